-- The tables every query case reads.  Run on the remote side in a schema of
-- its own; the local copy gets the same columns and the rows of rows.sql.
CREATE TABLE basics (
  id int PRIMARY KEY, i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(12,4),
  f4 real, f8 double precision, b boolean);
CREATE TABLE texts (
  id int PRIMARY KEY, s text, v varchar(40), c char(8), other text);
CREATE TABLE times (
  id int PRIMARY KEY, d date, t time, ts timestamp, tz timestamptz, iv interval);
CREATE TABLE others (
  id int PRIMARY KEY, u uuid, j jsonb, raw bytea, a int[], ta text[], net inet);
CREATE TABLE customers (
  id int PRIMARY KEY, name text NOT NULL, region text, active boolean NOT NULL, since date);
CREATE TABLE orders (
  id int PRIMARY KEY, customer_id int, amount numeric(12,2), placed_at timestamptz NOT NULL,
  status text NOT NULL, quantity int);
