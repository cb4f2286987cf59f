-- tables.sql as a Snowflake user would declare it.
CREATE TABLE "basics" (
  "id" NUMBER(9,0) NOT NULL PRIMARY KEY, "i2" NUMBER(5,0), "i4" NUMBER(10,0), "i8" NUMBER(19,0), "n" NUMBER(38,10),
  "n2" NUMBER(12,4), "f4" FLOAT, "f8" FLOAT, "b" BOOLEAN);
CREATE TABLE "texts" (
  "id" NUMBER(9,0) NOT NULL PRIMARY KEY, "s" VARCHAR, "v" VARCHAR(40), "c" VARCHAR(8), "other" VARCHAR);
CREATE TABLE "times" (
  "id" NUMBER(9,0) NOT NULL PRIMARY KEY, "d" DATE, "t" TIME(6), "ts" TIMESTAMP_NTZ(6), "tz" TIMESTAMP_LTZ(6), "iv" VARCHAR);
CREATE TABLE "others" (
  "id" NUMBER(9,0) NOT NULL PRIMARY KEY, "u" VARCHAR(36), "j" VARIANT, "raw" BINARY, "a" ARRAY, "ta" ARRAY, "net" VARCHAR);
CREATE TABLE "customers" (
  "id" NUMBER(9,0) NOT NULL PRIMARY KEY, "name" VARCHAR NOT NULL, "region" VARCHAR, "active" BOOLEAN NOT NULL, "since" DATE);
CREATE TABLE "orders" (
  "id" NUMBER(9,0) NOT NULL PRIMARY KEY, "customer_id" NUMBER(9,0), "amount" NUMBER(12,2), "placed_at" TIMESTAMP_LTZ(6) NOT NULL,
  "status" VARCHAR NOT NULL, "quantity" NUMBER(9,0)) CLUSTER BY ("status");
