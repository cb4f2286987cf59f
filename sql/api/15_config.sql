-- Connections from a file: servers and user mappings made of YAML.
CREATE OR REPLACE FUNCTION gw.load_config(
    yaml text, environment text DEFAULT NULL, skip_unknown boolean DEFAULT false,
    OUT server text, OUT platform text, OUT server_action text, OUT mapping_action text,
    OUT line integer)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_load_config';
COMMENT ON FUNCTION gw.load_config(text, text, boolean) IS
'Makes a server for each connection of a YAML text, and a user mapping of the caller for what says who connects; existing ones are altered. A row each: server_action (created, altered, unchanged, skipped), mapping_action (created, altered, unchanged, none), the line. Options that the text gives no more stay, with a NOTICE. environment: which of `environments` is merged in. skip_unknown: connections to platforms that this build has not are skipped with a NOTICE, else an error. ${NAME} is a variable of the server''s environment that the caller may refer to as env:NAME. `target` becomes gw.server_default(). Reaches no remote. Rights as for CREATE SERVER and CREATE USER MAPPING. Errors: 22023 what the text gets wrong, with the line (unknown keys with the nearest, undefined variables, unknown platforms); 54000 more than 1 MiB, 32 levels, 100 aliases or 20000 values; 42809 a server of that name is of another platform; 42501; those of the wrappers'' validators. On an error nothing is made.';
REVOKE ALL ON FUNCTION gw.load_config(text, text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.load_config_file(
    path text, env_file text DEFAULT NULL, environment text DEFAULT NULL,
    skip_unknown boolean DEFAULT false,
    OUT server text, OUT platform text, OUT server_action text, OUT mapping_action text,
    OUT line integer)
RETURNS SETOF record
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'gw_api_load_config_file';
COMMENT ON FUNCTION gw.load_config_file(text, text, text, boolean) IS
'gw.load_config() of a file on the server. env_file (NAME=value lines; not accessible to everybody) gives the variables, before the server''s environment. Both are absolute paths of regular files of at most 1 MiB in the database encoding. Only superusers and members of pg_read_server_files. Errors: 42501 not allowed, 58P01 no such file, 42602 not an absolute path, 22021 another encoding; otherwise as gw.load_config().';
REVOKE ALL ON FUNCTION gw.load_config_file(text, text, text, boolean) FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.export_config() RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'gw_api_export_config';
COMMENT ON FUNCTION gw.export_config() IS
'The servers that the caller has USAGE on, with the caller''s user mappings, as YAML for gw.load_config(). In the place of a secret, or a reference to one, stands ${SERVER_OPTION}. Reaches no remote.';
REVOKE ALL ON FUNCTION gw.export_config() FROM PUBLIC;

CREATE OR REPLACE FUNCTION gw.server_default() RETURNS text
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'gw_api_server_default';
COMMENT ON FUNCTION gw.server_default() IS
'The `target` of the configuration that the caller has loaded last, else of the one a superuser has; NULL: none, or that server is gone. For calls such as gw.list_tables(gw.server_default()). Reaches no remote.';
REVOKE ALL ON FUNCTION gw.server_default() FROM PUBLIC;
