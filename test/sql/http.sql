-- Services over HTTP without one: where they may be, who may say so, and what
-- credentials have to be.  Nothing here leaves this machine.
\set VERBOSITY terse
CREATE SERVER web FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', region 'EU');
SELECT srvoptions FROM pg_foreign_server WHERE srvname = 'web';

-- addresses of this machine and of private networks, by number and by name
CREATE USER MAPPING FOR CURRENT_USER SERVER web OPTIONS (token 'ya29.regress-token');
ALTER SERVER web OPTIONS (ADD api_endpoint 'https://127.0.0.1:1');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER SERVER web OPTIONS (SET api_endpoint 'https://localhost:1');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER SERVER web OPTIONS (SET api_endpoint 'https://169.254.169.254/x');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER SERVER web OPTIONS (SET api_endpoint 'https://[::ffff:10.0.0.1]/');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
-- spellings that nobody writes in earnest
ALTER SERVER web OPTIONS (SET api_endpoint 'https://2130706433/');
ALTER SERVER web OPTIONS (SET api_endpoint 'https://user@example.com/');
ALTER SERVER web OPTIONS (SET api_endpoint 'ftp://example.com/');
-- hosts that the administrator has not allowed
SET warehouse_gw.allowed_hosts = '*.example.com';
ALTER SERVER web OPTIONS (SET api_endpoint 'https://example.org');
SELECT ok, sqlstate, message FROM gw.check_connection('web');
RESET warehouse_gw.allowed_hosts;
-- nobody listens: asked again, then told
ALTER SERVER web OPTIONS (SET api_endpoint 'https://127.0.0.1:1', ADD allow_private_network 'on');
SELECT ok, error_class, sqlstate, split_part(message, ': ', 1) AS message FROM gw.check_connection('web');
SELECT breaker, calls, failures, retries FROM gw.remote_health() WHERE service = '127.0.0.1:1/projects/p';
-- a service in trouble is left alone
DO $$
BEGIN
  FOR i IN 1 .. 3 LOOP
    PERFORM gw.check_connection('web');
  END LOOP;
END $$;
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
SELECT breaker, open_until > now() AS waits FROM gw.remote_health() WHERE service = '127.0.0.1:1/projects/p';
SELECT gw.reset_breaker('127.0.0.1:1/projects/p'), gw.reset_breaker('nobody');
SELECT breaker FROM gw.remote_health() WHERE service = '127.0.0.1:1/projects/p';

-- credentials
ALTER USER MAPPING FOR CURRENT_USER SERVER web OPTIONS (DROP token);
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER USER MAPPING FOR CURRENT_USER SERVER web OPTIONS (ADD keyfile_json 'no json');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER USER MAPPING FOR CURRENT_USER SERVER web OPTIONS (SET keyfile_json '{"type":"service_account"}');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER USER MAPPING FOR CURRENT_USER SERVER web
  OPTIONS (SET keyfile_json '{"client_email":"a@b","private_key":"WGW-no-key-at-all","token_uri":"https://127.0.0.1:1/t"}');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');
ALTER USER MAPPING FOR CURRENT_USER SERVER web OPTIONS (DROP keyfile_json, ADD keyfile '/etc/passwd');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web');

-- what only a superuser may
CREATE ROLE regress_gw_web;
GRANT USAGE ON FOREIGN DATA WRAPPER gw_bigquery TO regress_gw_web;
GRANT USAGE ON SCHEMA gw TO regress_gw_web;
SELECT gw.grant_usage('regress_gw_web', 'reader');
SET ROLE regress_gw_web;
CREATE SERVER web2 FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', api_endpoint 'http://example.com');
CREATE SERVER web2 FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', allow_private_network 'on');
CREATE SERVER web2 FOREIGN DATA WRAPPER gw_bigquery OPTIONS (api_endpoint 'https://127.0.0.1:1');
CREATE USER MAPPING FOR CURRENT_USER SERVER web2 OPTIONS (method 'metadata');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web2');
ALTER USER MAPPING FOR CURRENT_USER SERVER web2 OPTIONS (ADD token_uri 'http://169.254.169.254/');
ALTER USER MAPPING FOR CURRENT_USER SERVER web2 OPTIONS (SET method 'none');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web2');
CREATE SERVER web3 FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', iam_endpoint 'http://169.254.169.254/');
CREATE SERVER web3 FOREIGN DATA WRAPPER gw_bigquery OPTIONS (project 'p', iam_endpoint 'https://127.0.0.1:1');
CREATE USER MAPPING FOR CURRENT_USER SERVER web3 OPTIONS (token 'WGW-no-token', impersonate_service_account 'a@b');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web3');
ALTER USER MAPPING FOR CURRENT_USER SERVER web3 OPTIONS (DROP token, DROP impersonate_service_account, ADD keyfile_json
  '{"type":"external_account","audience":"a","subject_token_type":"t","token_url":"https://127.0.0.1:1/","credential_source":{"file":"/etc/passwd"}}');
SELECT ok, error_class, sqlstate, message FROM gw.check_connection('web3');
DROP SERVER web3 CASCADE;
SELECT count(*) FROM gw.remote_jobs();
SELECT gw.reset_breaker();
DROP SERVER web2 CASCADE;
RESET ROLE;
DROP SERVER web CASCADE;
REVOKE USAGE ON FOREIGN DATA WRAPPER gw_bigquery FROM regress_gw_web;
DROP OWNED BY regress_gw_web;
DROP ROLE regress_gw_web;
