-- The catalogs as Redshift shows them; loaded after schema.sql.  Columns that PostgreSQL has and
-- Redshift (a PostgreSQL 8.0 here) does not are absent.  Pages are below
-- https://docs.aws.amazon.com/redshift/latest/dg/.
--
-- What PostgreSQL has no place for is kept in check constraints that hold always: rs_style,
-- rs_distkey, rs_sortkey, rs_encode_COLUMN, and keys, which Redshift does not enforce
-- (t_Defining_constraints.html), under their own names.  They follow renamed columns and go with
-- dropped ones.
SET client_min_messages = warning;
SET search_path = rs, pg_catalog;
CREATE FUNCTION style(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION distkey(boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION sortkey(text, VARIADIC boolean[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION encode(text, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION key(text, VARIADIC boolean[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';

-- One row for each fact of a table: what, its argument, the columns' numbers.
CREATE VIEW fact AS
	SELECT c.oid, c.conname, c.connamespace, c.conrelid AS relid, part[1] AS kind, part[2] AS argument, c.conkey AS columns
	FROM pg_catalog.pg_constraint c, LATERAL pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS said,
		LATERAL pg_catalog.regexp_match(said, '^(?:rs\.)?"?(style|distkey|sortkey|encode|key)"?\((?:''([^'']*)'')?') AS part
	WHERE c.contype = 'c' AND part IS NOT NULL;
CREATE VIEW sort_column AS
	SELECT relid, argument, number::smallint AS attnum, place::integer AS place
	FROM fact, LATERAL pg_catalog.unnest(columns) WITH ORDINALITY AS u(number, place) WHERE kind = 'sortkey';
CREATE FUNCTION sort_order(oid, smallint) RETURNS integer LANGUAGE sql STABLE
	AS $$SELECT CASE WHEN argument = 'interleaved' AND place % 2 = 1 THEN -place ELSE place END
		FROM rs.sort_column WHERE relid = $1 AND attnum = $2$$;
CREATE FUNCTION is_distkey(oid, smallint) RETURNS boolean LANGUAGE sql STABLE
	AS $$SELECT EXISTS (SELECT FROM rs.fact WHERE relid = $1 AND kind = 'distkey' AND columns[1] = $2)$$;
CREATE FUNCTION encoding_of(oid, smallint) RETURNS text LANGUAGE sql STABLE
	AS $$SELECT argument FROM rs.fact WHERE relid = $1 AND kind = 'encode' AND columns[1] = $2$$;
CREATE FUNCTION dist_style(oid) RETURNS text LANGUAGE sql STABLE
	AS $$SELECT COALESCE((SELECT pg_catalog.max(argument) FROM rs.fact WHERE relid = $1 AND kind = 'style'),
		CASE WHEN EXISTS (SELECT FROM rs.fact WHERE relid = $1 AND kind = 'distkey') THEN 'KEY' ELSE 'AUTO' END)$$;
-- The texts of encodings; their numbers are this table's own.
CREATE TABLE encoding (number integer, name text);
INSERT INTO encoding SELECT place - 1, name FROM pg_catalog.unnest(
	'{none,bytedict,delta,delta32k,lzo,mostly8,mostly16,mostly32,raw,runlength,text255,text32k,zstd,az64}'::text[])
	WITH ORDINALITY AS u(name, place);
CREATE FUNCTION format_encoding(integer) RETURNS varchar LANGUAGE sql STABLE
	AS $$SELECT name FROM rs.encoding WHERE number = $1$$;

-- c_intro_catalog_views.html; the columns are PostgreSQL 8.0's and those that r_PG_*.html add.
CREATE VIEW pg_class AS
	SELECT oid, relname, relnamespace, reltype, relowner, relam, relfilenode, reltablespace, relpages, reltuples,
		reltoastrelid, relhasindex, relisshared, relkind, relnatts, relchecks, false AS relhasoids,
		EXISTS (SELECT FROM rs.fact f WHERE f.relid = c.oid AND f.kind = 'key' AND f.argument = 'p') AS relhaspkey,
		relhasrules, relhassubclass, relacl,
		CASE rs.dist_style(oid) WHEN 'EVEN' THEN 0 WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 ELSE 9 END::smallint AS reldiststyle
	FROM pg_catalog.pg_class c;
CREATE VIEW pg_attribute AS
	SELECT attrelid, attname, atttypid, attstattarget, attlen, attnum, attndims, attcacheoff, atttypmod, attbyval, attstorage,
		attalign, attnotnull, atthasdef, attisdropped, attislocal, attinhcount,
		rs.is_distkey(attrelid, attnum) AS attisdistkey, COALESCE(rs.sort_order(attrelid, attnum), 0) AS attsortkeyord,
		COALESCE((SELECT number FROM rs.encoding WHERE name = rs.encoding_of(attrelid, attnum)), 0) AS attencodingtype
	FROM pg_catalog.pg_attribute;
-- A default of an IDENTITY column reads "identity"(table, column, 'seed,step').
CREATE VIEW pg_attrdef AS
	SELECT oid, adrelid, adnum, adbin::text AS adbin, pg_catalog.pg_get_expr(adbin, adrelid) AS adsrc FROM pg_catalog.pg_attrdef
	UNION ALL
	SELECT s.seqrelid, d.refobjid, d.refobjsubid::smallint, NULL,
		format('%s(%s, %s, %L::text)', CASE a.attidentity WHEN 'a' THEN '"identity"' ELSE '"default_identity"' END, d.refobjid,
			d.refobjsubid - 1, s.seqstart::text || ',' || s.seqincrement)
	FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_depend d ON d.objid = s.seqrelid AND d.deptype = 'i'
		JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attidentity <> '';
CREATE FUNCTION referred(text) RETURNS oid LANGUAGE sql STABLE
	AS $$SELECT pg_catalog.to_regclass(NULLIF(pg_catalog.split_part($1, ' ', 2), ''))::oid$$;
CREATE VIEW pg_constraint AS
	SELECT c.oid, c.conname, c.connamespace, COALESCE(left(f.argument, 1)::"char", c.contype) AS contype, c.condeferrable, c.condeferred,
		c.conrelid, c.contypid, COALESCE(rs.referred(f.argument), c.confrelid) AS confrelid,
		c.confupdtype, c.confdeltype, c.confmatchtype, c.conkey,
		COALESCE((SELECT pg_catalog.array_agg(a.attnum ORDER BY place)
			FROM pg_catalog.unnest(pg_catalog.string_to_array(NULLIF(split_part(f.argument, ' ', 3), ''), ',')) WITH ORDINALITY u(name, place)
			JOIN pg_catalog.pg_attribute a ON a.attname = u.name AND a.attrelid = rs.referred(f.argument)),
			(SELECT k.columns FROM rs.fact k WHERE k.relid = rs.referred(f.argument) AND k.kind = 'key' AND k.argument = 'p'), c.confkey) AS confkey,
		NULL::text AS conbin, NULL::text AS consrc
	FROM pg_catalog.pg_constraint c LEFT JOIN rs.fact f ON f.oid = c.oid
	WHERE f.oid IS NULL OR f.kind = 'key';
CREATE VIEW pg_namespace AS
	SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE nspname <> 'rs';
CREATE VIEW pg_type AS
	SELECT oid, typname, typnamespace, typowner, typlen, typbyval, typtype, typisdefined, typdelim, typrelid, typelem,
		typinput, typoutput, typreceive, typsend, typanalyze, typalign, typstorage, typnotnull, typbasetype, typtypmod,
		typndims, NULL::text AS typdefaultbin, typdefault
	FROM pg_catalog.pg_type;
CREATE VIEW pg_tables AS
	SELECT schemaname, tablename, tableowner, tablespace, hasindexes, hasrules, hastriggers FROM pg_catalog.pg_tables
	WHERE schemaname <> 'rs';
CREATE VIEW pg_stat_activity AS
	SELECT datid, datname, pid AS procpid, usesysid, usename, query AS current_query, query_start FROM pg_catalog.pg_stat_activity;
-- r_PG_TABLE_DEF.html: only schemas of the search path
CREATE VIEW pg_table_def AS
	SELECT n.nspname::varchar AS schemaname, c.relname::varchar AS tablename, a.attname::varchar AS "column",
		pg_catalog.format_type(a.atttypid, a.atttypmod)::varchar AS type,
		COALESCE(rs.encoding_of(c.oid, a.attnum), 'none')::varchar AS encoding, rs.is_distkey(c.oid, a.attnum) AS distkey,
		COALESCE(rs.sort_order(c.oid, a.attnum), 0) AS sortkey, a.attnotnull AS "notnull"
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
	WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT IN ('rs', 'pg_catalog', 'information_schema')
		AND n.nspname = ANY (pg_catalog.current_schemas(false));

-- r_SVV_TABLES.html and the views that show the same with other names
CREATE VIEW relation AS
	SELECT c.oid, pg_catalog.current_database()::varchar AS database_name, n.nspname::varchar AS schema_name,
		c.relname::varchar AS table_name, CASE WHEN c.relkind IN ('v', 'm') THEN 'VIEW' ELSE 'BASE TABLE' END::varchar AS table_type,
		c.relacl::varchar AS table_acl, pg_catalog.obj_description(c.oid, 'pg_class')::varchar AS remarks, c.relowner
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('rs', 'information_schema')
		AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')
			OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE'));
CREATE VIEW relation_column AS
	SELECT r.*, a.attnum, a.attname::varchar AS column_name, a.attnum::integer AS ordinal_position,
		CASE WHEN a.attidentity <> '' THEN format('"identity"(%s, %s, %L::text)', r.oid, a.attnum,
			(SELECT s.seqstart::text || ',' || s.seqincrement FROM pg_catalog.pg_sequence s
				WHERE s.seqrelid = pg_catalog.pg_get_serial_sequence(format('%I.%I', r.schema_name, r.table_name), a.attname)::regclass))
			ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END::varchar AS column_default,
		CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END::varchar AS is_nullable,
		pg_catalog.format_type(a.atttypid, NULL)::varchar AS data_type,
		CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar', 'varbyte') THEN a.atttypmod - 4 END AS character_maximum_length,
		CASE t.typname WHEN 'int2' THEN 16 WHEN 'int4' THEN 32 WHEN 'int8' THEN 64 WHEN 'float4' THEN 24 WHEN 'float8' THEN 53
			WHEN 'numeric' THEN CASE WHEN a.atttypmod >= 4 THEN ((a.atttypmod - 4) >> 16) & 65535 END END AS numeric_precision,
		CASE WHEN t.typname IN ('int2', 'int4', 'int8') THEN 0
			WHEN t.typname = 'numeric' AND a.atttypmod >= 4 THEN (a.atttypmod - 4) & 2047 END AS numeric_scale,
		pg_catalog.col_description(r.oid, a.attnum)::varchar AS column_remarks
	FROM relation r JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
		LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE a.attnum > 0 AND NOT a.attisdropped;
CREATE VIEW svv_tables AS
	SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, table_type, remarks FROM relation;
CREATE VIEW svv_columns AS -- r_SVV_COLUMNS.html
	SELECT database_name AS table_catalog, schema_name AS table_schema, table_name, column_name, ordinal_position, column_default,
		is_nullable, data_type, character_maximum_length, numeric_precision,
		CASE WHEN numeric_precision IS NOT NULL THEN 10 END AS numeric_precision_radix, numeric_scale,
		NULL::integer AS datetime_precision, NULL::varchar AS interval_type, NULL::varchar AS interval_precision,
		NULL::varchar AS character_set_catalog, NULL::varchar AS character_set_schema, NULL::varchar AS character_set_name,
		NULL::varchar AS collation_catalog, NULL::varchar AS collation_schema, NULL::varchar AS collation_name,
		NULL::varchar AS domain_name, column_remarks AS remarks
	FROM relation_column;
CREATE VIEW svv_all_columns AS -- r_SVV_ALL_COLUMNS.html
	SELECT database_name, schema_name, table_name, column_name, ordinal_position, column_default, is_nullable, data_type,
		character_maximum_length, numeric_precision, numeric_scale, column_remarks AS remarks FROM relation_column;
CREATE VIEW svv_redshift_columns AS -- r_SVV_REDSHIFT_COLUMNS.html
	SELECT database_name, schema_name, table_name, column_name, ordinal_position, data_type, column_default, is_nullable,
		COALESCE(rs.encoding_of(oid, attnum), 'none')::varchar AS encoding, rs.is_distkey(oid, attnum) AS distkey,
		COALESCE(rs.sort_order(oid, attnum), 0) AS sortkey, NULL::varchar AS column_acl, column_remarks AS remarks FROM relation_column;
CREATE VIEW svv_all_tables AS -- r_SVV_ALL_TABLES.html
	SELECT database_name, schema_name, table_name, CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' ELSE table_type END::varchar AS table_type,
		table_acl, remarks FROM relation;
CREATE VIEW svv_redshift_tables AS SELECT * FROM svv_all_tables; -- r_SVV_REDSHIFT_TABLES.html
CREATE VIEW svv_redshift_schemas AS -- r_SVV_REDSHIFT_SCHEMAS.html
	SELECT pg_catalog.current_database()::varchar AS database_name, nspname::varchar AS schema_name, nspowner::integer AS schema_owner,
		'local'::varchar AS schema_type, nspacl::varchar AS schema_acl, NULL::varchar AS schema_option
	FROM pg_catalog.pg_namespace WHERE nspname NOT IN ('rs', 'pg_toast');
CREATE VIEW svv_all_schemas AS -- r_SVV_ALL_SCHEMAS.html
	SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, NULL::varchar AS source_database, schema_option FROM svv_redshift_schemas;
CREATE VIEW svv_redshift_databases AS -- r_SVV_REDSHIFT_DATABASES.html
	SELECT datname::varchar AS database_name, datdba::integer AS database_owner, 'local'::varchar AS database_type,
		datacl::varchar AS database_acl, NULL::varchar AS database_options, 'Serializable'::varchar AS database_isolation_level
	FROM pg_catalog.pg_database WHERE datallowconn;
CREATE VIEW svv_external_tables AS -- r_SVV_EXTERNAL_TABLES.html: no external schema here
	SELECT NULL::varchar AS schemaname, NULL::varchar AS tablename, NULL::varchar AS location WHERE false;
CREATE VIEW svv_external_columns AS -- r_SVV_EXTERNAL_COLUMNS.html
	SELECT NULL::varchar AS schemaname, NULL::varchar AS tablename, NULL::varchar AS columnname, NULL::varchar AS external_type,
		NULL::integer AS columnnum, NULL::integer AS part_key, NULL::varchar AS is_nullable WHERE false;
-- PG_GET_LATE_BINDING_VIEW_COLS.html: its caller says the columns; there are no such views here.
CREATE FUNCTION pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql STABLE AS $$SELECT NULL::name, NULL::name, NULL::name, NULL::varchar, NULL::integer WHERE false$$;
-- r_SVV_TABLE_INFO.html: empty tables are not shown; superusers only, unless granted
CREATE VIEW svv_table_info AS
	SELECT r.database_name AS database, r.schema_name AS schema, r.oid AS table_id, r.table_name AS "table",
		CASE WHEN EXISTS (SELECT FROM rs.fact f WHERE f.relid = r.oid AND f.kind = 'encode' AND f.argument NOT IN ('raw', 'none')) THEN 'Y' ELSE 'N' END::varchar AS encoded,
		CASE rs.dist_style(r.oid) WHEN 'KEY' THEN 'KEY(' || (SELECT a.attname FROM rs.fact f JOIN pg_catalog.pg_attribute a
			ON a.attrelid = f.relid AND a.attnum = f.columns[1] WHERE f.relid = r.oid AND f.kind = 'distkey') || ')'
			WHEN 'AUTO' THEN 'AUTO(ALL)' ELSE rs.dist_style(r.oid) END::varchar AS diststyle,
		(SELECT a.attname::varchar FROM rs.sort_column s JOIN pg_catalog.pg_attribute a ON a.attrelid = s.relid AND a.attnum = s.attnum
			WHERE s.relid = r.oid AND s.place = 1) AS sortkey1,
		(SELECT pg_catalog.max(a.atttypmod - 4) FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.oid AND a.atttypid = 'varchar'::regtype) AS max_varchar,
		(SELECT pg_catalog.count(*)::integer FROM rs.sort_column s WHERE s.relid = r.oid) AS sortkey_num,
		GREATEST(1, pg_catalog.pg_relation_size(r.oid) / 1048576) AS size, 0::numeric AS empty, 0::numeric AS unsorted,
		CASE WHEN c.reltuples < 0 THEN 100 ELSE 0 END::numeric AS stats_off,
		GREATEST(c.reltuples, st.n_live_tup)::bigint::numeric AS tbl_rows, NULL::numeric AS skew_sortkey1, NULL::numeric AS skew_rows,
		GREATEST(c.reltuples, st.n_live_tup)::bigint::numeric AS estimated_visible_rows
	FROM relation r JOIN pg_catalog.pg_class c ON c.oid = r.oid LEFT JOIN pg_catalog.pg_stat_all_tables st ON st.relid = r.oid
	WHERE r.table_type = 'BASE TABLE' AND GREATEST(c.reltuples, st.n_live_tup) > 0;
CREATE VIEW stv_recents AS -- r_STV_RECENTS.html
	SELECT usesysid::integer AS userid, CASE state WHEN 'active' THEN 'Running' ELSE 'Done' END::varchar AS status, query_start AS starttime,
		0 AS duration, usename::varchar AS user_name, datname::varchar AS db_name, query::varchar AS query, pid
	FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend';
CREATE VIEW stv_sessions AS -- r_STV_SESSIONS.html
	SELECT backend_start AS starttime, pid AS process, usename::varchar AS user_name, datname::varchar AS db_name, 0 AS timeout_sec
	FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend';
GRANT SELECT ON ALL TABLES IN SCHEMA rs TO PUBLIC;
REVOKE ALL ON rs.svv_table_info FROM PUBLIC;
