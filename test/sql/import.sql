-- IMPORT FOREIGN SCHEMA: names, types, options, and what is skipped and why.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;

CREATE SCHEMA imp_src;
CREATE SCHEMA imp_a;
CREATE SCHEMA imp_b;
CREATE TYPE imp_src.mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN imp_src.positive AS int CHECK (VALUE > 0);
CREATE TYPE imp_src.pair AS (a int, b text);
CREATE TABLE imp_src.types (
  c_bool bool NOT NULL,
  c_int2 int2, c_int4 int4, c_int8 int8,
  c_num numeric, c_num_ps numeric(12,3), c_f4 float4, c_f8 float8,
  c_text text, c_varchar varchar(10), c_char char(3), c_bytea bytea,
  c_date date, c_time time(3), c_timetz timetz, c_ts timestamp(0), c_tstz timestamptz, c_interval interval,
  c_uuid uuid, c_json json, c_jsonb jsonb, c_inet inet, c_bit bit(4), c_varbit varbit(9),
  c_int_array int[], c_text_array text[], c_range int4range,
  c_mood imp_src.mood, c_domain imp_src.positive, c_tsvector tsvector, c_point point,
  c_coll text COLLATE "C",
  c_pair imp_src.pair, c_pairs imp_src.pair[], c_money money, c_oid oid, c_lsn pg_lsn
);
CREATE TABLE imp_src."Orders" ("Id" int NOT NULL, "Amount" numeric(10,2), "from" date);
CREATE TABLE imp_src.orders (id int);
CREATE TABLE imp_src."two Columns" ("A" int, a int);
CREATE TABLE imp_src.nothing ();
CREATE TABLE imp_src.log (day date, what text) PARTITION BY RANGE (day);
CREATE TABLE imp_src.log_2026 PARTITION OF imp_src.log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW imp_src.seen AS SELECT id FROM imp_src.orders;
CREATE MATERIALIZED VIEW imp_src.kept AS SELECT 1 AS one;
INSERT INTO imp_src.types (c_bool, c_text_array, c_range, c_mood, c_domain, c_tsvector, c_point)
VALUES (true, '{a,NULL}', '[1,5)', 'ok', 7, 'a b', '(1,2)');

CREATE SERVER imp_local FOREIGN DATA WRAPPER gw_local;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER imp_postgres FOREIGN DATA WRAPPER gw_postgres
                  OPTIONS (host %L, port %L, dbname %L)',
                 split_part(current_setting('unix_socket_directories'), ',', 1),
                 current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER imp_postgres
                  OPTIONS (user %L, password_required ''false'')', current_user);
END
$$;

CREATE VIEW imp_columns AS
SELECT n.nspname AS schema, c.relname AS "table", a.attname AS "column",
       format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation END AS coll,
       a.attfdwoptions AS options
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind = 'f' AND a.attnum > 0 AND n.nspname IN ('imp_a', 'imp_b')
ORDER BY n.nspname, c.relname COLLATE "C", a.attnum;

-- everything, from both platforms: the same tables
IMPORT FOREIGN SCHEMA imp_src FROM SERVER imp_local INTO imp_a;
IMPORT FOREIGN SCHEMA imp_src FROM SERVER imp_postgres INTO imp_b;
SELECT "table", "column", type, not_null, coll, options FROM imp_columns WHERE schema = 'imp_a';
(SELECT "table", "column", type, not_null, coll, options FROM imp_columns WHERE schema = 'imp_a'
 EXCEPT SELECT "table", "column", type, not_null, coll, options FROM imp_columns WHERE schema = 'imp_b')
UNION ALL
(SELECT "table", "column", type, not_null, coll, options FROM imp_columns WHERE schema = 'imp_b'
 EXCEPT SELECT "table", "column", type, not_null, coll, options FROM imp_columns WHERE schema = 'imp_a');
SELECT ftrelid::regclass, ftoptions FROM pg_foreign_table WHERE ftrelid = 'imp_b."Orders"'::regclass;
SELECT c_bool, c_text_array, c_range, c_mood, c_domain, c_tsvector, c_point FROM imp_a.types;
SELECT c_bool, c_text_array, c_range, c_mood, c_domain, c_tsvector, c_point FROM imp_b.types;
DROP SCHEMA imp_a CASCADE;
CREATE SCHEMA imp_a;

-- LIMIT TO and EXCEPT take the exact spelling
IMPORT FOREIGN SCHEMA imp_src LIMIT TO ("Orders", log_2026) FROM SERVER imp_postgres INTO imp_a;
SELECT DISTINCT "table" FROM imp_columns WHERE schema = 'imp_a' ORDER BY 1;
IMPORT FOREIGN SCHEMA imp_src LIMIT TO ("ORDERS") FROM SERVER imp_postgres INTO imp_a;
\echo :SQLSTATE
DROP SCHEMA imp_a CASCADE;
CREATE SCHEMA imp_a;
IMPORT FOREIGN SCHEMA imp_src EXCEPT (types, "two Columns", nothing, keept) FROM SERVER imp_local INTO imp_a;
SELECT DISTINCT "table" FROM imp_columns WHERE schema = 'imp_a' ORDER BY 1;
DROP SCHEMA imp_a CASCADE;
CREATE SCHEMA imp_a;

-- options
IMPORT FOREIGN SCHEMA imp_src EXCEPT (types) FROM SERVER imp_postgres INTO imp_a
  OPTIONS (case 'lower', prefix 'src_', import_not_null 'false', import_views 'false');
SELECT "table", "column", type, not_null, options FROM imp_columns WHERE schema = 'imp_a';
SELECT * FROM imp_a.src_orders;
DROP SCHEMA imp_a CASCADE;
CREATE SCHEMA imp_a;
IMPORT FOREIGN SCHEMA imp_src LIMIT TO ("Orders") FROM SERVER imp_postgres INTO imp_a OPTIONS (case 'lower');
SELECT "table", "column", type, not_null, options FROM imp_columns WHERE schema = 'imp_a';
DROP SCHEMA imp_a CASCADE;
CREATE SCHEMA imp_a;
IMPORT FOREIGN SCHEMA imp_src LIMIT TO (types) FROM SERVER imp_postgres INTO imp_a OPTIONS (import_collate 'false');
SELECT "column", coll FROM imp_columns WHERE schema = 'imp_a' AND "column" = 'c_coll';

-- names longer than PostgreSQL's 63 bytes can only come with a prefix
IMPORT FOREIGN SCHEMA imp_src LIMIT TO (orders, seen) FROM SERVER imp_postgres INTO imp_a
  OPTIONS (prefix 'a_prefix_that_is_as_long_as_a_name_can_possibly_be_in_postgres_');
SELECT "table" FROM imp_columns WHERE schema = 'imp_a' AND "table" LIKE 'a_prefix%';

-- mistakes
IMPORT FOREIGN SCHEMA imp_src FROM SERVER imp_postgres INTO imp_b OPTIONS (import_view 'false');
\echo :SQLSTATE
IMPORT FOREIGN SCHEMA imp_src FROM SERVER imp_postgres INTO imp_b OPTIONS (case 'upper');
\echo :SQLSTATE
IMPORT FOREIGN SCHEMA imp_scr FROM SERVER imp_postgres INTO imp_b;
\echo :SQLSTATE
IMPORT FOREIGN SCHEMA imp_scr FROM SERVER imp_local INTO imp_b;
\echo :SQLSTATE

SET client_min_messages = warning;
DROP VIEW imp_columns;
DROP SERVER imp_local, imp_postgres CASCADE;
DROP SCHEMA imp_src, imp_a, imp_b CASCADE;
