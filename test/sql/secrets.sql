-- Secrets by reference: form, rights, and what a user gets to see.  Needs
-- nothing but the extension; connects to nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS warehouse_gw;
RESET client_min_messages;

CREATE SERVER sec_pg FOREIGN DATA WRAPPER gw_postgres OPTIONS (host 'db.example.com');
CREATE ROLE sec_user;
CREATE ROLE sec_team;
GRANT USAGE ON FOREIGN SERVER sec_pg TO sec_user;

-- form
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'WGWCANARY_2');
\echo :LAST_ERROR_SQLSTATE
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'file:../pw');
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'file:/etc/pw');
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'file:.pw');
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'file:');
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'env:A=B');
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'cmd:ls');
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'env:WGW_PW');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (SET password_ref 'file:pw');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (ADD pass 'WGWCANARY_3');
\echo :LAST_ERROR_SQLSTATE
DROP USER MAPPING FOR CURRENT_USER SERVER sec_pg;

-- a value is taken, with a word of advice; in messages it is masked
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password 'WGWCANARY_4');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (SET password '');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (ADD password 'WGWCANARY_5');
DROP USER MAPPING FOR CURRENT_USER SERVER sec_pg;

-- who may name a reference
SET ROLE sec_user;
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'env:WGW_PW');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SHOW warehouse_gw.grantable_secrets;
\set VERBOSITY default
SET warehouse_gw.grantable_secrets = 'sec_user=env:WGW_PW';
RESET ROLE;
SET warehouse_gw.grantable_secrets = 'nobody_there=file:a; sec_team = file:team , env:WGW_PW';
SET ROLE sec_user;
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'env:WGW_PW');
RESET ROLE;
GRANT sec_team TO sec_user;
SET ROLE sec_user;
CREATE USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (user 'x', password_ref 'env:WGW_PW');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (SET password_ref 'file:team');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (SET password_ref 'file:tea');
RESET ROLE;

-- once the right is gone the mapping can only lose the reference
RESET warehouse_gw.grantable_secrets;
SET ROLE sec_user;
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (SET user 'y');
ALTER USER MAPPING FOR CURRENT_USER SERVER sec_pg OPTIONS (DROP password_ref);
RESET ROLE;

DROP SERVER sec_pg CASCADE;
DROP ROLE sec_user, sec_team;
