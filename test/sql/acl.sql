-- Who may call and see what right after CREATE EXTENSION, and whether every
-- object says what it is.  Each list below is complete: a new function that
-- PUBLIC may call, or one without a comment, shows up as a difference.

\set SHOW_CONTEXT never

-- Functions that PUBLIC may execute: those that neither reach a remote system
-- nor tell of runs.
SELECT p.oid::regprocedure AS open_to_public
FROM pg_proc p
WHERE p.pronamespace = 'gw'::regnamespace
  AND has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY p.oid::regprocedure::text;

-- PUBLIC may not even see the schema.
SELECT has_schema_privilege('public', 'gw', 'USAGE') AS usage,
  has_schema_privilege('public', 'gw', 'CREATE') AS create;

-- Tables and wrappers that PUBLIC may use.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'gw'::regnamespace AND c.relkind IN ('r', 'v', 'S')
  AND (has_table_privilege('public', c.oid, 'SELECT') OR has_table_privilege('public', c.oid, 'INSERT'))
ORDER BY 1;
SELECT fdwname FROM pg_foreign_data_wrapper
WHERE fdwname LIKE 'gw\_%' AND has_foreign_data_wrapper_privilege('public', oid, 'USAGE')
ORDER BY 1;

-- What has no comment.
SELECT p.oid::regprocedure AS without_comment
FROM pg_proc p
WHERE p.pronamespace = 'gw'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
ORDER BY 1;
SELECT c.oid::regclass AS without_comment
FROM pg_class c
WHERE c.relnamespace = 'gw'::regnamespace AND c.relkind IN ('r', 'v')
  AND obj_description(c.oid, 'pg_class') IS NULL
ORDER BY c.relname;

-- Functions in SQL and plpgsql pin their search_path; nothing runs as its owner.
SELECT p.oid::regprocedure AS unpinned
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'gw'::regnamespace AND l.lanname IN ('sql', 'plpgsql') AND p.prokind <> 'p'
  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
ORDER BY 1;
SELECT p.oid::regprocedure AS security_definer
FROM pg_proc p WHERE p.pronamespace = 'gw'::regnamespace AND p.prosecdef
ORDER BY 1;

-- gw.grant_usage: what a reader and an operator gain, and what is refused.
CREATE ROLE regress_gw_reader;
CREATE ROLE regress_gw_operator;
SELECT gw.grant_usage('regress_gw_reader');
SELECT gw.grant_usage('regress_gw_operator', 'operator');
SELECT p.proname, has_function_privilege('regress_gw_reader', p.oid, 'EXECUTE') AS reader,
  has_function_privilege('regress_gw_operator', p.oid, 'EXECUTE') AS operator
FROM pg_proc p
WHERE p.pronamespace = 'gw'::regnamespace
  AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY p.proname, p.oid::regprocedure::text;
SELECT gw.grant_usage('regress_gw_reader', 'king');
\echo :LAST_ERROR_SQLSTATE
SELECT gw.grant_usage('regress_gw_nobody');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_gw_reader;
SELECT gw.grant_usage('regress_gw_reader', 'operator');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP OWNED BY regress_gw_reader, regress_gw_operator;
DROP ROLE regress_gw_reader, regress_gw_operator;
