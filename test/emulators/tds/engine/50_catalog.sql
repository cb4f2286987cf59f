-- What the emulator keeps of its objects, and sys.* over it.
CREATE SCHEMA meta;
CREATE SCHEMA sys;
CREATE SCHEMA isv;
CREATE DOMAIN ms.bit AS smallint;
CREATE DOMAIN ms.tinyint AS smallint;
CREATE DOMAIN ms.datetime AS bigint;
CREATE DOMAIN ms.sysname AS ms.str;
CREATE DOMAIN ms.nvarchar AS ms.str;
CREATE DOMAIN ms.char2 AS ms.str;
CREATE DOMAIN ms.variant AS ms.str;

CREATE SEQUENCE meta.ids START 245575913 INCREMENT 16;
CREATE TABLE meta.schemas (schema_id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO meta.schemas VALUES (1, 'dbo'), (2, 'guest'), (3, 'INFORMATION_SCHEMA'), (4, 'sys');
CREATE SCHEMA u_dbo;
-- Temporary tables stand in a schema of their session: minus its process.
CREATE TABLE meta.objects (
	object_id integer PRIMARY KEY DEFAULT nextval('meta.ids'), schema_id integer NOT NULL, name text NOT NULL,
	type text NOT NULL, parent integer NOT NULL DEFAULT 0, definition text, made bigint NOT NULL DEFAULT ms.now());
CREATE UNIQUE INDEX ON meta.objects (schema_id, lower(name));
CREATE TABLE meta.columns (
	object_id integer NOT NULL, column_id integer NOT NULL, name text NOT NULL, type text NOT NULL, bytes integer NOT NULL,
	prec integer NOT NULL, scale integer NOT NULL, coll text, nullable boolean NOT NULL, declared text NOT NULL, pg text NOT NULL,
	identity_seed bigint, identity_step bigint, computed text, persisted boolean NOT NULL DEFAULT false,
	default_id integer NOT NULL DEFAULT 0, sysname boolean NOT NULL DEFAULT false, PRIMARY KEY (object_id, column_id));
CREATE TABLE meta.indexes (
	object_id integer NOT NULL, index_id integer NOT NULL, name text, type integer NOT NULL, is_unique boolean NOT NULL,
	constraint_id integer NOT NULL DEFAULT 0, filter text, PRIMARY KEY (object_id, index_id));
CREATE TABLE meta.index_columns (
	object_id integer NOT NULL, index_id integer NOT NULL, position integer NOT NULL, column_id integer NOT NULL,
	key_ordinal integer NOT NULL, down boolean NOT NULL, included boolean NOT NULL);
CREATE TABLE meta.foreign_keys (object_id integer PRIMARY KEY, parent integer NOT NULL, referenced integer NOT NULL,
	on_delete text NOT NULL, on_update text NOT NULL);
CREATE TABLE meta.foreign_key_columns (object_id integer NOT NULL, position integer NOT NULL, column_id integer NOT NULL, referenced_id integer NOT NULL);
CREATE TABLE meta.properties (class integer NOT NULL, major_id integer NOT NULL, minor_id integer NOT NULL, name text NOT NULL,
	value text, PRIMARY KEY (class, major_id, minor_id, name));
CREATE TABLE meta.options (name text PRIMARY KEY, value text);
CREATE TABLE meta.databases (database_id integer PRIMARY KEY, name text NOT NULL, snapshot boolean NOT NULL, rcsi boolean NOT NULL);

-- A table or view with its columns, as JSON; NULL where there is none.
CREATE FUNCTION meta.describe(schema_name text, object_name text) RETURNS json LANGUAGE sql STABLE AS $$
SELECT json_build_object('id', o.object_id, 'schema', s.name, 'name', o.name, 'type', o.type, 'columns', (
	SELECT json_agg(json_build_object('id', c.column_id, 'name', c.name, 'type', c.declared, 'nullable', c.nullable, 'collation', c.coll,
		'pg', c.pg, 'seed', c.identity_seed, 'step', c.identity_step, 'computed', c.computed, 'default', c.default_id) ORDER BY c.column_id)
	FROM meta.columns AS c WHERE c.object_id = o.object_id))
FROM meta.objects AS o JOIN (SELECT schema_id, name FROM meta.schemas UNION ALL SELECT -pg_backend_pid(), '#') AS s ON s.schema_id = o.schema_id
WHERE lower(s.name) = lower(schema_name) AND lower(o.name) = lower(object_name)$$;

CREATE FUNCTION meta.name_parts(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
SELECT array_agg(CASE WHEN m[1] LIKE '[%' THEN replace(substr(m[1], 2, length(m[1]) - 2), ']]', ']')
	WHEN m[1] LIKE '"%' THEN replace(substr(m[1], 2, length(m[1]) - 2), '""', '"') ELSE btrim(m[1]) END)
FROM regexp_matches(name, '(\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|[^.\[\]"]+|(?<=\.)(?=\.))', 'g') AS m$$;
CREATE FUNCTION meta.object_id(name text, kind text) RETURNS integer LANGUAGE sql STABLE AS $$
SELECT o.object_id FROM meta.objects AS o LEFT JOIN meta.schemas AS s ON s.schema_id = o.schema_id,
	LATERAL (SELECT meta.name_parts($1) AS p) AS x
WHERE lower(o.name) = lower(p[cardinality(p)]) AND ($2 IS NULL OR rtrim(o.type) = upper(btrim($2)))
	AND CASE WHEN p[cardinality(p)] LIKE '#%' THEN o.schema_id = -pg_backend_pid()
		ELSE lower(s.name) = lower(CASE WHEN cardinality(p) > 1 THEN coalesce(nullif(p[cardinality(p) - 1], ''), 'dbo') ELSE 'dbo' END) END
UNION ALL
SELECT v.object_id FROM sys.system_objects AS v, LATERAL (SELECT meta.name_parts($1) AS p) AS x
WHERE lower(p[1]) = 'sys' AND cardinality(p) = 2 AND v.name::text = lower(p[2])
LIMIT 1$$;
CREATE FUNCTION meta.column_property(id integer, column_name text, property text) RETURNS integer LANGUAGE sql STABLE AS $$
SELECT CASE lower(property) WHEN 'columnid' THEN column_id WHEN 'allowsnull' THEN nullable::integer
	WHEN 'isidentity' THEN (identity_seed IS NOT NULL)::integer WHEN 'iscomputed' THEN (computed IS NOT NULL)::integer
	WHEN 'precision' THEN prec WHEN 'scale' THEN scale END
FROM meta.columns WHERE object_id = id AND lower(name) = lower(column_name)$$;
CREATE FUNCTION meta.object_property(id integer, property text) RETURNS integer LANGUAGE sql STABLE AS $$
SELECT CASE lower(property) WHEN 'istable' THEN (type = 'U')::integer WHEN 'isusertable' THEN (type = 'U')::integer
	WHEN 'isview' THEN (type = 'V')::integer WHEN 'ismsshipped' THEN 0
	WHEN 'tablehasidentity' THEN EXISTS (SELECT FROM meta.columns AS c WHERE c.object_id = id AND identity_seed IS NOT NULL)::integer
	WHEN 'tablehasprimarykey' THEN EXISTS (SELECT FROM meta.objects AS c WHERE c.parent = id AND c.type = 'PK')::integer
	WHEN 'ownerid' THEN 1 END FROM meta.objects WHERE object_id = id$$;
CREATE FUNCTION meta.server_property(property text) RETURNS ms.str LANGUAGE sql STABLE AS $$
SELECT (CASE lower(property) WHEN 'productversion' THEN '16.0.4135.4' WHEN 'productlevel' THEN 'RTM' WHEN 'edition' THEN 'Developer Edition (64-bit)'
	WHEN 'engineedition' THEN '3' WHEN 'collation' THEN 'SQL_Latin1_General_CP1_CI_AS' WHEN 'productmajorversion' THEN '16' WHEN 'productminorversion' THEN '0'
	WHEN 'productupdatelevel' THEN 'CU14' WHEN 'servername' THEN 'EMULATOR' WHEN 'machinename' THEN 'EMULATOR' WHEN 'isclustered' THEN '0'
	WHEN 'ishadrenabled' THEN '0' WHEN 'isintegratedsecurityonly' THEN '0' WHEN 'isfulltextinstalled' THEN '0' WHEN 'sqlcharsetname' THEN 'iso_1' END)::ms.str$$;
CREATE FUNCTION meta.database_property(db text, property text) RETURNS ms.str LANGUAGE sql STABLE AS $$
SELECT (CASE lower(property) WHEN 'collation' THEN 'SQL_Latin1_General_CP1_CI_AS' WHEN 'status' THEN 'ONLINE' WHEN 'updateability' THEN 'READ_WRITE'
	WHEN 'useraccess' THEN 'MULTI_USER' WHEN 'recovery' THEN 'SIMPLE' WHEN 'version' THEN '957' END)::ms.str$$;
CREATE FUNCTION meta.collation_property(name text, property text) RETURNS integer LANGUAGE sql STABLE AS $$
SELECT CASE lower(property) WHEN 'codepage' THEN CASE WHEN lower(name) LIKE '%utf8' THEN 65001 ELSE 1252 END WHEN 'lcid' THEN 1033 END$$;
CREATE FUNCTION meta.ident_current(name text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
	found text;
	out bigint;
BEGIN
	SELECT pg_get_serial_sequence(format('%I.%I', 'u_' || s.name, o.name), c.name) INTO found
	FROM meta.objects AS o JOIN meta.schemas AS s USING (schema_id) JOIN meta.columns AS c USING (object_id)
	WHERE o.object_id = meta.object_id(name, NULL) AND c.identity_seed IS NOT NULL;
	EXECUTE 'SELECT last_value FROM ' || found INTO out;
	RETURN out;
END$$;

-- https://learn.microsoft.com/en-us/sql/relational-databases/system-catalog-views/object-catalog-views-transact-sql
CREATE VIEW sys.databases AS SELECT name::ms.sysname AS name, database_id, NULL::int AS source_database_id, ms.round_ticks(ms.now(), 'datetime', 3)::ms.datetime AS create_date,
	160::int2::ms.tinyint AS compatibility_level, 'SQL_Latin1_General_CP1_CI_AS'::ms.str::ms.sysname AS collation_name, 0::int2::ms.bit AS is_read_only,
	0::int2::ms.tinyint AS state, 'ONLINE'::ms.str::ms.sysname AS state_desc, snapshot::int::int2::ms.tinyint AS snapshot_isolation_state,
	CASE WHEN snapshot THEN 'ON' ELSE 'OFF' END::ms.str::ms.sysname AS snapshot_isolation_state_desc, rcsi::int::int2::ms.bit AS is_read_committed_snapshot_on,
	'SIMPLE'::ms.str::ms.sysname AS recovery_model_desc, 'MULTI_USER'::ms.str::ms.sysname AS user_access_desc
	FROM meta.databases;
CREATE VIEW sys.schemas AS SELECT name::ms.sysname AS name, schema_id, 1 AS principal_id FROM meta.schemas;
CREATE VIEW sys.objects AS SELECT name::ms.sysname AS name, object_id, NULL::int AS principal_id, schema_id, parent AS parent_object_id,
	rpad(type, 2)::ms.str::ms.char2 AS type, CASE type WHEN 'U' THEN 'USER_TABLE' WHEN 'V' THEN 'VIEW' WHEN 'PK' THEN 'PRIMARY_KEY_CONSTRAINT' WHEN 'UQ' THEN 'UNIQUE_CONSTRAINT'
		WHEN 'F' THEN 'FOREIGN_KEY_CONSTRAINT' WHEN 'C' THEN 'CHECK_CONSTRAINT' WHEN 'D' THEN 'DEFAULT_CONSTRAINT' WHEN 'SN' THEN 'SYNONYM' END::ms.str::ms.sysname AS type_desc,
	ms.round_ticks(made, 'datetime', 3)::ms.datetime AS create_date, ms.round_ticks(made, 'datetime', 3)::ms.datetime AS modify_date,
	0::int2::ms.bit AS is_ms_shipped, 0::int2::ms.bit AS is_published FROM meta.objects WHERE schema_id > 0;
CREATE VIEW sys.tables AS SELECT o.*, 0::int2::ms.bit AS is_memory_optimized, 0::int2::ms.tinyint AS temporal_type, 0::int2::ms.bit AS is_external, NULL::int AS history_table_id
	FROM sys.objects AS o WHERE o.type OPERATOR(ms.=) 'U'::ms.str;
CREATE VIEW sys.views AS SELECT o.*, 0::int2::ms.bit AS with_check_option FROM sys.objects AS o WHERE o.type OPERATOR(ms.=) 'V'::ms.str;
CREATE VIEW sys.synonyms AS SELECT o.*, ''::ms.str::ms.nvarchar AS base_object_name FROM sys.objects AS o WHERE o.type OPERATOR(ms.=) 'SN'::ms.str;
CREATE VIEW sys.sql_modules AS SELECT object_id, definition::ms.str::ms.nvarchar AS definition FROM meta.objects WHERE type = 'V';
CREATE TABLE meta.types (name text, system_type_id integer, user_type_id integer, bytes integer, prec integer, scale integer, coll text);
CREATE VIEW sys.types AS SELECT name::ms.sysname AS name, system_type_id::int2::ms.tinyint AS system_type_id, user_type_id, 4 AS schema_id, bytes::smallint AS max_length,
	prec::int2::ms.tinyint AS precision, scale::int2::ms.tinyint AS scale, coll::ms.sysname AS collation_name, 1::int2::ms.bit AS is_nullable,
	0::int2::ms.bit AS is_user_defined, 0::int2::ms.bit AS is_assembly_type, 0 AS default_object_id, 0::int2::ms.bit AS is_table_type FROM meta.types;
CREATE VIEW sys.columns AS SELECT c.object_id, c.name::ms.sysname AS name, c.column_id, ty.system_type_id::int2::ms.tinyint AS system_type_id,
	CASE WHEN c.sysname THEN 256 ELSE ty.user_type_id END AS user_type_id, c.bytes::smallint AS max_length, c.prec::int2::ms.tinyint AS precision, c.scale::int2::ms.tinyint AS scale,
	c.coll::ms.sysname AS collation_name, c.nullable::int::int2::ms.bit AS is_nullable, 1::int2::ms.bit AS is_ansi_padded, 0::int2::ms.bit AS is_rowguidcol,
	(c.identity_seed IS NOT NULL)::int::int2::ms.bit AS is_identity, (c.computed IS NOT NULL)::int::int2::ms.bit AS is_computed, 0::int2::ms.bit AS is_sparse, 0::int2::ms.bit AS is_hidden,
	0::int2::ms.bit AS is_xml_document, 0 AS xml_collection_id, c.default_id AS default_object_id, 0 AS rule_object_id, 0::int2::ms.tinyint AS generated_always_type
	FROM meta.columns AS c JOIN meta.types AS ty ON ty.name = c.type;
CREATE VIEW sys.all_columns AS SELECT * FROM sys.columns;
CREATE VIEW sys.all_objects AS SELECT * FROM sys.objects;
CREATE VIEW sys.identity_columns AS SELECT c.*, ('bigint|' || m.identity_seed)::ms.str::ms.variant AS seed_value, ('bigint|' || m.identity_step)::ms.str::ms.variant AS increment_value,
	NULL::ms.str::ms.variant AS last_value, 0::int2::ms.bit AS is_not_for_replication
	FROM sys.columns AS c JOIN meta.columns AS m USING (object_id, column_id) WHERE m.identity_seed IS NOT NULL;
CREATE VIEW sys.computed_columns AS SELECT c.*, m.computed::ms.str::ms.nvarchar AS definition, 0::int2::ms.bit AS uses_database_collation, m.persisted::int::int2::ms.bit AS is_persisted
	FROM sys.columns AS c JOIN meta.columns AS m USING (object_id, column_id) WHERE m.computed IS NOT NULL;
CREATE VIEW sys.default_constraints AS SELECT o.*, c.column_id AS parent_column_id, m.definition::ms.str::ms.nvarchar AS definition, 0::int2::ms.bit AS is_system_named
	FROM sys.objects AS o JOIN meta.objects AS m USING (object_id) JOIN meta.columns AS c ON c.object_id = m.parent AND c.default_id = m.object_id WHERE m.type = 'D';
CREATE VIEW sys.check_constraints AS SELECT o.*, 0::int2::ms.bit AS is_disabled, 0::int2::ms.bit AS is_not_for_replication, 0::int2::ms.bit AS is_not_trusted, 0 AS parent_column_id,
	m.definition::ms.str::ms.nvarchar AS definition, 0::int2::ms.bit AS is_system_named FROM sys.objects AS o JOIN meta.objects AS m USING (object_id) WHERE m.type = 'C';
CREATE VIEW sys.key_constraints AS SELECT o.*, i.index_id AS unique_index_id, 0::int2::ms.bit AS is_system_named, 1::int2::ms.bit AS is_enforced
	FROM sys.objects AS o JOIN meta.indexes AS i ON i.constraint_id = o.object_id;
CREATE VIEW sys.indexes AS SELECT i.object_id, i.name::ms.sysname AS name, i.index_id, i.type::int2::ms.tinyint AS type,
	CASE i.type WHEN 0 THEN 'HEAP' WHEN 1 THEN 'CLUSTERED' WHEN 2 THEN 'NONCLUSTERED' WHEN 5 THEN 'CLUSTERED COLUMNSTORE' ELSE 'NONCLUSTERED COLUMNSTORE' END::ms.str::ms.sysname AS type_desc,
	i.is_unique::int::int2::ms.bit AS is_unique, 1 AS data_space_id, 0::int2::ms.bit AS ignore_dup_key, coalesce(k.type = 'PK', false)::int::int2::ms.bit AS is_primary_key,
	coalesce(k.type = 'UQ', false)::int::int2::ms.bit AS is_unique_constraint, 0::int2::ms.tinyint AS fill_factor, 0::int2::ms.bit AS is_padded, 0::int2::ms.bit AS is_disabled,
	0::int2::ms.bit AS is_hypothetical, (i.filter IS NOT NULL)::int::int2::ms.bit AS has_filter, i.filter::ms.str::ms.nvarchar AS filter_definition
	FROM meta.indexes AS i LEFT JOIN meta.objects AS k ON k.object_id = i.constraint_id
	UNION ALL SELECT o.object_id, NULL, 0, 0::int2, 'HEAP'::ms.str, 0::int2, 1, 0::int2, 0::int2, 0::int2, 0::int2, 0::int2, 0::int2, 0::int2, 0::int2, NULL
	FROM meta.objects AS o WHERE o.type = 'U' AND NOT EXISTS (SELECT FROM meta.indexes AS c WHERE c.object_id = o.object_id AND c.type IN (1, 5));
CREATE VIEW sys.index_columns AS SELECT object_id, index_id, position AS index_column_id, column_id, key_ordinal::int2::ms.tinyint AS key_ordinal, 0::int2::ms.tinyint AS partition_ordinal,
	down::int::int2::ms.bit AS is_descending_key, included::int::int2::ms.bit AS is_included_column FROM meta.index_columns;
CREATE VIEW sys.foreign_keys AS SELECT o.*, f.referenced AS referenced_object_id, 1 AS key_index_id, 0::int2::ms.bit AS is_disabled, 0::int2::ms.bit AS is_not_trusted,
	(CASE f.on_delete WHEN 'CASCADE' THEN 1 WHEN 'SET NULL' THEN 2 WHEN 'SET DEFAULT' THEN 3 ELSE 0 END)::int2::ms.tinyint AS delete_referential_action,
	replace(f.on_delete, ' ', '_')::ms.str::ms.sysname AS delete_referential_action_desc,
	(CASE f.on_update WHEN 'CASCADE' THEN 1 WHEN 'SET NULL' THEN 2 WHEN 'SET DEFAULT' THEN 3 ELSE 0 END)::int2::ms.tinyint AS update_referential_action,
	replace(f.on_update, ' ', '_')::ms.str::ms.sysname AS update_referential_action_desc FROM sys.objects AS o JOIN meta.foreign_keys AS f USING (object_id);
CREATE VIEW sys.foreign_key_columns AS SELECT c.object_id AS constraint_object_id, c.position AS constraint_column_id, f.parent AS parent_object_id, c.column_id AS parent_column_id,
	f.referenced AS referenced_object_id, c.referenced_id AS referenced_column_id FROM meta.foreign_key_columns AS c JOIN meta.foreign_keys AS f USING (object_id);
CREATE VIEW sys.extended_properties AS SELECT class::int2::ms.tinyint AS class, 'OBJECT_OR_COLUMN'::ms.str::ms.sysname AS class_desc, major_id, minor_id, name::ms.sysname AS name,
	value::ms.str::ms.variant AS value FROM meta.properties;
CREATE FUNCTION meta.rows(id integer) RETURNS bigint LANGUAGE sql STABLE AS $$
SELECT greatest(c.reltuples::bigint, 0) FROM meta.objects AS o JOIN meta.schemas AS s USING (schema_id)
	JOIN pg_class AS c ON c.relname = o.name AND c.relnamespace = to_regnamespace(quote_ident('u_' || s.name)) WHERE o.object_id = id$$;
CREATE VIEW sys.partitions AS SELECT i.object_id::bigint * 100 + i.index_id AS partition_id, i.object_id, i.index_id, 1 AS partition_number, i.object_id::bigint AS hobt_id, meta.rows(i.object_id) AS rows,
	0::int2::ms.tinyint AS data_compression FROM sys.indexes AS i;
CREATE VIEW sys.dm_db_partition_stats AS SELECT p.partition_id, p.object_id, p.index_id, p.partition_number, p.rows AS row_count, (p.rows / 50 + 1)::bigint AS used_page_count,
	(p.rows / 50 + 1)::bigint AS reserved_page_count, (p.rows / 50 + 1)::bigint AS in_row_data_page_count FROM sys.partitions AS p;
CREATE VIEW sys.allocation_units AS SELECT partition_id AS allocation_unit_id, partition_id AS container_id, used_page_count AS total_pages, used_page_count AS used_pages FROM sys.dm_db_partition_stats;
CREATE VIEW sys.system_objects AS SELECT (-(row_number() OVER (ORDER BY relname)))::int AS object_id, relname::text::ms.str::ms.sysname AS name, 4 AS schema_id, 'V'::ms.str::ms.char2 AS type
	FROM pg_class WHERE relnamespace = 'sys'::regnamespace;
CREATE VIEW sys.dm_exec_sessions AS SELECT a.pid::smallint AS session_id, a.usename::text::ms.str::ms.sysname AS login_name,
	CASE a.state WHEN 'active' THEN 'running' ELSE 'sleeping' END::ms.str::ms.sysname AS status, a.application_name::ms.str::ms.sysname AS program_name FROM pg_stat_activity AS a
	WHERE a.datname = current_database();
CREATE VIEW sys.configurations AS SELECT 1 AS configuration_id, 'max degree of parallelism'::ms.str::ms.sysname AS name;
CREATE VIEW sys.database_principals AS SELECT 'dbo'::ms.str::ms.sysname AS name, 1 AS principal_id, 'S'::ms.str::ms.char2 AS type;
CREATE VIEW sys.triggers AS SELECT o.*, 0::int2::ms.bit AS is_disabled, 0::int2::ms.bit AS is_instead_of_trigger, parent_object_id AS parent_id FROM sys.objects AS o WHERE o.type OPERATOR(ms.=) 'TR'::ms.str;
CREATE VIEW sys.partition_schemes AS SELECT ''::ms.str::ms.sysname AS name, 0 AS data_space_id, 0 AS function_id WHERE false;
CREATE VIEW sys.data_spaces AS SELECT 'PRIMARY'::ms.str::ms.sysname AS name, 1 AS data_space_id, 'FG'::ms.str::ms.char2 AS type;

-- https://learn.microsoft.com/en-us/sql/relational-databases/system-information-schema-views/system-information-schema-views-transact-sql
CREATE VIEW isv.schemata AS SELECT NULL::ms.str::ms.sysname AS "CATALOG_NAME", name::ms.sysname AS "SCHEMA_NAME", 'dbo'::ms.str::ms.sysname AS "SCHEMA_OWNER" FROM meta.schemas;
CREATE VIEW isv.tables AS SELECT (SELECT value FROM meta.options WHERE name = 'database')::ms.sysname AS "TABLE_CATALOG", s.name::ms.sysname AS "TABLE_SCHEMA", o.name::ms.sysname AS "TABLE_NAME",
	CASE o.type WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END::ms.str::ms.sysname AS "TABLE_TYPE" FROM meta.objects AS o JOIN meta.schemas AS s USING (schema_id) WHERE o.type IN ('U', 'V');
CREATE VIEW isv.views AS SELECT t."TABLE_CATALOG", t."TABLE_SCHEMA", t."TABLE_NAME", NULL::ms.str::ms.nvarchar AS "VIEW_DEFINITION" FROM isv.tables AS t WHERE t."TABLE_TYPE" OPERATOR(ms.=) 'VIEW'::ms.str;
CREATE VIEW isv.columns AS SELECT (SELECT value FROM meta.options WHERE name = 'database')::ms.sysname AS "TABLE_CATALOG", s.name::ms.sysname AS "TABLE_SCHEMA", o.name::ms.sysname AS "TABLE_NAME",
	c.name::ms.sysname AS "COLUMN_NAME", c.column_id AS "ORDINAL_POSITION", d.definition::ms.str::ms.nvarchar AS "COLUMN_DEFAULT", CASE WHEN c.nullable THEN 'YES' ELSE 'NO' END::ms.str::ms.sysname AS "IS_NULLABLE",
	c.type::ms.sysname AS "DATA_TYPE", CASE WHEN c.type LIKE 'n%char' AND c.bytes > 0 THEN c.bytes / 2 WHEN c.type LIKE '%char' OR c.type LIKE '%binary' THEN c.bytes END AS "CHARACTER_MAXIMUM_LENGTH",
	CASE WHEN c.type LIKE '%char' OR c.type LIKE '%binary' THEN c.bytes END AS "CHARACTER_OCTET_LENGTH",
	CASE WHEN c.type IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney', 'float', 'real') THEN c.prec END::int2::ms.tinyint AS "NUMERIC_PRECISION",
	CASE WHEN c.type IN ('float', 'real') THEN 2 WHEN c.prec > 0 AND c.type NOT LIKE '%time%' AND c.type <> 'date' THEN 10 END::smallint AS "NUMERIC_PRECISION_RADIX",
	CASE WHEN c.type IN ('tinyint', 'smallint', 'int', 'bigint', 'decimal', 'money', 'smallmoney') THEN c.scale END AS "NUMERIC_SCALE",
	CASE WHEN c.type LIKE '%time%' OR c.type = 'date' THEN c.scale END::smallint AS "DATETIME_PRECISION", NULL::ms.str::ms.sysname AS "CHARACTER_SET_NAME", c.coll::ms.sysname AS "COLLATION_NAME",
	NULL::ms.str::ms.sysname AS "DOMAIN_NAME"
	FROM meta.columns AS c JOIN meta.objects AS o USING (object_id) JOIN meta.schemas AS s USING (schema_id) LEFT JOIN meta.objects AS d ON d.object_id = c.default_id;
CREATE VIEW isv.table_constraints AS SELECT (SELECT value FROM meta.options WHERE name = 'database')::ms.sysname AS "CONSTRAINT_CATALOG", s.name::ms.sysname AS "CONSTRAINT_SCHEMA", k.name::ms.sysname AS "CONSTRAINT_NAME",
	s.name::ms.sysname AS "TABLE_SCHEMA", o.name::ms.sysname AS "TABLE_NAME",
	CASE k.type WHEN 'PK' THEN 'PRIMARY KEY' WHEN 'UQ' THEN 'UNIQUE' WHEN 'F' THEN 'FOREIGN KEY' ELSE 'CHECK' END::ms.str::ms.sysname AS "CONSTRAINT_TYPE"
	FROM meta.objects AS k JOIN meta.objects AS o ON o.object_id = k.parent JOIN meta.schemas AS s ON s.schema_id = o.schema_id WHERE k.type IN ('PK', 'UQ', 'F', 'C');
CREATE VIEW isv.key_column_usage AS SELECT s.name::ms.sysname AS "CONSTRAINT_SCHEMA", k.name::ms.sysname AS "CONSTRAINT_NAME", s.name::ms.sysname AS "TABLE_SCHEMA", o.name::ms.sysname AS "TABLE_NAME",
	c.name::ms.sysname AS "COLUMN_NAME", x.key_ordinal AS "ORDINAL_POSITION"
	FROM meta.indexes AS i JOIN meta.objects AS k ON k.object_id = i.constraint_id JOIN meta.objects AS o ON o.object_id = i.object_id JOIN meta.schemas AS s ON s.schema_id = o.schema_id
	JOIN meta.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id JOIN meta.columns AS c ON c.object_id = i.object_id AND c.column_id = x.column_id;
