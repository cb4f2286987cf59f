-- tables.sql as a SQL Server user would declare it.
CREATE TABLE basics (
  id int NOT NULL PRIMARY KEY, i2 smallint, i4 int, i8 bigint, n decimal(38,10), n2 decimal(12,4),
  f4 real, f8 float, b bit);
CREATE TABLE texts (
  id int NOT NULL PRIMARY KEY, s nvarchar(max), v nvarchar(40), c nchar(8), other nvarchar(max));
CREATE TABLE times (
  id int NOT NULL PRIMARY KEY, d date, t time(6), ts datetime2(6), tz datetimeoffset(6), iv nvarchar(80));
CREATE TABLE others (
  id int NOT NULL PRIMARY KEY, u uniqueidentifier, j nvarchar(max), raw varbinary(max),
  a nvarchar(max), ta nvarchar(max), net nvarchar(60));
CREATE TABLE customers (
  id int NOT NULL PRIMARY KEY, name nvarchar(200) NOT NULL, region nvarchar(20), active bit NOT NULL, since date);
CREATE TABLE orders (
  id int NOT NULL PRIMARY KEY, customer_id int, amount decimal(12,2), placed_at datetimeoffset(6) NOT NULL,
  status nvarchar(20) NOT NULL, quantity int);
