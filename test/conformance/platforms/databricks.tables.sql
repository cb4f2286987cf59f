-- tables.sql as a Databricks user would declare it.
CREATE TABLE basics (
  id INT NOT NULL, i2 SMALLINT, i4 INT, i8 BIGINT, n DECIMAL(38, 10), n2 DECIMAL(12, 4),
  f4 FLOAT, f8 DOUBLE, b BOOLEAN, CONSTRAINT basics_pk PRIMARY KEY (id));
CREATE TABLE texts (
  id INT NOT NULL, s STRING, v VARCHAR(40), c STRING, other STRING, CONSTRAINT texts_pk PRIMARY KEY (id));
CREATE TABLE times (
  id INT NOT NULL, d DATE, t STRING, ts TIMESTAMP_NTZ, tz TIMESTAMP, iv STRING, CONSTRAINT times_pk PRIMARY KEY (id));
CREATE TABLE others (
  id INT NOT NULL, u STRING, j VARIANT, raw BINARY, a ARRAY<INT>, ta ARRAY<STRING>, net STRING,
  CONSTRAINT others_pk PRIMARY KEY (id));
CREATE TABLE customers (
  id INT NOT NULL, name STRING NOT NULL, region STRING, active BOOLEAN NOT NULL, since DATE,
  CONSTRAINT customers_pk PRIMARY KEY (id));
CREATE TABLE orders (
  id INT NOT NULL, customer_id INT, amount DECIMAL(12, 2), placed_at TIMESTAMP NOT NULL,
  status STRING NOT NULL, quantity INT, CONSTRAINT orders_pk PRIMARY KEY (id)) CLUSTER BY (status);
