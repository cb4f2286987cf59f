-- Options: names, places, values and rights.  Needs nothing but the extension;
-- connects to nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;

-- what there is
SELECT name, wrapper, aliases, capabilities FROM gw.platforms() ORDER BY name;
SELECT name, aliases, places, kind, accepted, default_value, secret, superuser_only
FROM gw.options('pg') ORDER BY name;
SELECT count(*) FROM gw.options('LOCAL') l WHERE NOT EXISTS
  (SELECT FROM gw.options('PostgreSQL') p WHERE p.name = l.name);
SELECT name FROM gw.options('local') WHERE description IS NULL OR description !~ '\.$';
SELECT * FROM gw.options('oracle');
\echo :LAST_ERROR_SQLSTATE

-- unknown names
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (fetchsize '5');
\echo :LAST_ERROR_SQLSTATE
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (nonsense 'x');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_local OPTIONS (host 'x');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (datbase 'x');
ALTER FOREIGN DATA WRAPPER gw_postgres OPTIONS (ADD host 'x');
\echo :LAST_ERROR_SQLSTATE

-- right name, wrong place
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (password 'WGWCANARY_1');
\echo :LAST_ERROR_SQLSTATE
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (pass 'WGWCANARY_1');

-- bad values
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (port 'http');
\echo :LAST_ERROR_SQLSTATE
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (port '70000');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (port '5432x');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (port '99999999999999999999');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (max_rows '0');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (read_only 'maybe');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (isolation_level 'repeatable');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (sslmode 'strict');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (sslrootcert 'ca.pem');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (dbname '');
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (host 'a', hostaddr ',10.0.0.1');

-- one option, two spellings
CREATE SERVER opt_bad FOREIGN DATA WRAPPER gw_postgres OPTIONS (dbname 'a', database 'b');
\echo :LAST_ERROR_SQLSTATE

-- good ones; enums take any case
CREATE SERVER opt_pg FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (server 'db.example.com', db 'x', isolation_level 'Repeatable Read', read_only 'on');
CREATE SERVER opt_local FOREIGN DATA WRAPPER gw_local OPTIONS (fetch_size '100');
ALTER SERVER opt_pg OPTIONS (ADD port '5433');
ALTER SERVER opt_pg OPTIONS (ADD dbname 'y');
\echo :LAST_ERROR_SQLSTATE

-- TLS: weaker modes are free nearby, and warned about elsewhere
CREATE SERVER opt_near FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host '127.0.0.1,localhost,/tmp', sslmode 'disable');
ALTER SERVER opt_pg OPTIONS (ADD sslmode 'require');
ALTER SERVER opt_pg OPTIONS (SET sslmode 'verify-full');
ALTER SERVER opt_near OPTIONS (SET host '127.0.0.1.example.com');
ALTER SERVER opt_near OPTIONS (SET host '127.0.0.1');

-- a query or a table
CREATE FOREIGN TABLE opt_ft (a int) SERVER opt_pg OPTIONS (query 'SELECT 1', table_name 't');
\echo :LAST_ERROR_SQLSTATE
CREATE FOREIGN TABLE opt_ft (a int) SERVER opt_pg OPTIONS (query 'SELECT 1', schema_name 's');
CREATE FOREIGN TABLE opt_ft (a int OPTIONS (table_name 'b')) SERVER opt_pg;
CREATE FOREIGN TABLE opt_ft (a int OPTIONS (column_nam 'b')) SERVER opt_pg;
CREATE FOREIGN TABLE opt_ft (a int OPTIONS (column_name 'b')) SERVER opt_pg OPTIONS (table 't');
DROP FOREIGN TABLE opt_ft;

-- a mapping says who
CREATE USER MAPPING FOR CURRENT_USER SERVER opt_pg;
\echo :LAST_ERROR_SQLSTATE
CREATE USER MAPPING FOR CURRENT_USER SERVER opt_local OPTIONS (user 'x');
CREATE USER MAPPING FOR CURRENT_USER SERVER opt_pg OPTIONS (username 'x', sslkey '/x');
CREATE USER MAPPING FOR CURRENT_USER SERVER opt_local;
DROP USER MAPPING FOR CURRENT_USER SERVER opt_local;

-- an ordinary role with USAGE on the wrapper
CREATE ROLE opt_admin;
GRANT USAGE ON FOREIGN DATA WRAPPER gw_postgres TO opt_admin;
GRANT USAGE ON SCHEMA gw TO opt_admin;
SET warehouse_gw.allowed_hosts = '*.example.com, 10.1.*';
SET ROLE opt_admin;
\set VERBOSITY sqlstate
SHOW warehouse_gw.secret_dir;
\set VERBOSITY default
SET warehouse_gw.allowed_hosts = '*';
SELECT count(*) > 10 FROM gw.options('pg');
CREATE SERVER opt_own FOREIGN DATA WRAPPER gw_postgres OPTIONS (host 'DB.example.com');
ALTER SERVER opt_own OPTIONS (ADD sslmode 'prefer');
\echo :LAST_ERROR_SQLSTATE
ALTER SERVER opt_own OPTIONS (ADD sslrootcert '/etc/passwd');
\echo :LAST_ERROR_SQLSTATE
ALTER SERVER opt_own OPTIONS (SET host 'db.example.org');
\echo :LAST_ERROR_SQLSTATE
ALTER SERVER opt_own OPTIONS (ADD hostaddr '169.254.169.254');
ALTER SERVER opt_own OPTIONS (ADD hostaddr '10.1.2.3');
CREATE USER MAPPING FOR CURRENT_USER SERVER opt_own OPTIONS (user 'x', password_required 'false');
\echo :LAST_ERROR_SQLSTATE
CREATE USER MAPPING FOR CURRENT_USER SERVER opt_own
  OPTIONS (user 'x', sslcert '/etc/c.pem', sslkey '/etc/k.pem');
RESET ROLE;
GRANT pg_read_server_files TO opt_admin;
SET ROLE opt_admin;
ALTER SERVER opt_own OPTIONS (ADD sslrootcert '/etc/ssl/ca.pem');
RESET ROLE;
RESET warehouse_gw.allowed_hosts;

DROP SERVER opt_own, opt_near, opt_pg, opt_local CASCADE;
DROP OWNED BY opt_admin;
DROP ROLE opt_admin;
