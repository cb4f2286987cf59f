\echo
\echo '== An administrator installs the extension and opens two servers to the role "analyst"'
\echo
CREATE EXTENSION warehouse_gw;

CREATE SERVER warehouse FOREIGN DATA WRAPPER gw_postgres
  OPTIONS (host '127.0.0.1', port :'port', database 'warehouse', sslmode 'disable');

CREATE SERVER here FOREIGN DATA WRAPPER gw_local;

CREATE ROLE analyst LOGIN;

GRANT USAGE ON FOREIGN SERVER warehouse, here TO analyst;

CREATE USER MAPPING FOR analyst SERVER warehouse
  OPTIONS (user 'reporting', password 'let-me-in');

SELECT gw.grant_usage('analyst', 'operator');

GRANT CREATE ON DATABASE analytics TO analyst;

\set ECHO none
-- What the demo compares with; not part of the story.
CREATE FUNCTION public.expect(what text, got numeric, wanted numeric) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF got IS DISTINCT FROM wanted THEN
    RAISE EXCEPTION 'the demo is off: %: got %, wanted %', what, got, wanted;
  END IF;
  RETURN format('ok: %s: %s', what, got);
END
$$;
