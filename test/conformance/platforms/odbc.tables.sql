-- tables.sql as a MariaDB user would declare it, with BIT for truth values: ODBC knows no other.
CREATE TABLE basics (
  id INT PRIMARY KEY, i2 SMALLINT, i4 INT, i8 BIGINT, n DECIMAL(65,30), n2 DECIMAL(12,4),
  f4 FLOAT, f8 DOUBLE, b BIT(1));
CREATE TABLE texts (
  id INT PRIMARY KEY, s TEXT, v VARCHAR(40), c CHAR(8), other TEXT);
CREATE TABLE times (
  id INT PRIMARY KEY, d DATE, t TIME(6), ts DATETIME(6), tz TIMESTAMP(6) NULL, iv VARCHAR(80));
CREATE TABLE others (
  id INT PRIMARY KEY, u UUID, j JSON, raw LONGBLOB, a JSON, ta JSON, net VARCHAR(50));
CREATE TABLE customers (
  id INT PRIMARY KEY, name TEXT NOT NULL, region TEXT, active BIT(1) NOT NULL, since DATE);
CREATE TABLE orders (
  id INT PRIMARY KEY, customer_id INT, amount DECIMAL(12,2), placed_at TIMESTAMP(6) NOT NULL,
  status VARCHAR(20) NOT NULL, quantity INT);
