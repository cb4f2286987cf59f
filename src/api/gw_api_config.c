/*
 * gw_api_config.c
 *	  SQL functions about configurations: load from a text or a file, export,
 *	  the default connection.
 *
 * Shells, and reading the server's files for whoever may.  Nothing lives
 * longer than the call.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/gw_config.h"
#include "api/gw_secret_hook.h"
#include "base/gw_envfile.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"

PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_load_config);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_load_config_file);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_export_config);
PGDLLEXPORT PG_FUNCTION_INFO_V1(gw_api_server_default);

static Datum config_load(FunctionCallInfo fcinfo, GwConfigSource *source);
static char *config_argument(FunctionCallInfo fcinfo, int n);
static char *config_read_file(const char *path, bool secrets);

/* gw.load_config(yaml, environment, skip_unknown) */
Datum
gw_api_load_config(PG_FUNCTION_ARGS)
{
	GwConfigSource source = {0};

	source.yaml = config_argument(fcinfo, 0);
	source.environment = config_argument(fcinfo, 1);
	source.skip_unknown = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	if (source.yaml == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the configuration is null")));
	return config_load(fcinfo, &source);
}

/* gw.load_config_file(path, env_file, environment, skip_unknown) */
Datum
gw_api_load_config_file(PG_FUNCTION_ARGS)
{
	GwConfigSource source = {0};
	char *path = config_argument(fcinfo, 0);
	char *env_file = config_argument(fcinfo, 1);
	List *variables = NIL;
	GwError err;

	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("the file's path is null")));
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read a file of the server"),
				 errdetail("Only a superuser or a member of pg_read_server_files may."),
				 errhint("gw.load_config() takes the text itself.")));
	gw_secret_hook_watch();
	source.yaml = config_read_file(path, false);
	source.environment = config_argument(fcinfo, 2);
	source.skip_unknown = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	if (env_file != NULL &&
		gw_envfile_parse(config_read_file(env_file, true), &variables, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	source.variables = variables;
	return config_load(fcinfo, &source);
}

Datum
gw_api_export_config(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(gw_config_export()));
}

Datum
gw_api_server_default(PG_FUNCTION_ARGS)
{
	const char *server = gw_config_default();

	if (server == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(server));
}

static char *
config_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* All of it is read and checked before anything is made. */
static Datum
config_load(FunctionCallInfo fcinfo, GwConfigSource *source)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	bool target_made = false;
	GwConfig *config;
	ListCell *lc;

	gw_secret_hook_watch();
	InitMaterializedSRF(fcinfo, 0);
	config = gw_config_read(source);
	foreach(lc, config->connections)
	{
		GwConfigConnection *connection = lfirst(lc);
		GwConfigResult result = gw_config_apply(connection);
		Datum values[5];
		bool nulls[5] = {false};

		if (config->target != NULL && strcmp(config->target, connection->name) == 0)
			target_made = connection->platform != NULL;
		values[0] = CStringGetTextDatum(connection->name);
		values[1] = CStringGetTextDatum(connection->platform ? connection->platform->name
															  : connection->type);
		values[2] = CStringGetTextDatum(result.server_action);
		values[3] = CStringGetTextDatum(result.mapping_action);
		values[4] = Int32GetDatum(connection->line);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
	if (target_made)
		gw_config_set_default(config->target);
	else if (config->target != NULL)
		ereport(NOTICE, (errmsg("line %d: the default connection stays as it was, because \"%s\" "
								"is skipped",
								config->target_line, config->target)));
	return (Datum) 0;
}

/* What is wrong with an open file, or NULL. */
static const char *
config_file_fault(int fd, bool secrets, const char **hint)
{
	struct stat st;

	*hint = NULL;
	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	if (st.st_size > GW_YAML_MAX_BYTES)
		return "it is larger than 1 MiB";
	if (secrets && (st.st_mode & 007) != 0)
	{
		*hint = "It may hold secrets: set its mode to 0600 or 0640.";
		return "everybody on the machine can reach it";
	}
	return NULL;
}

/* A whole file in the database encoding, which it must be written in. */
static char *
config_read_file(const char *path, bool secrets)
{
	char *text = palloc(GW_YAML_MAX_BYTES + 1);
	const char *fault, *hint;
	size_t used = 0;
	ssize_t n;
	int fd;

	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME), errmsg("the path \"%s\" is not absolute", path)));
	/* O_NONBLOCK: opening a FIFO must not hang; it is refused afterwards. */
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not open file \"%s\": %m", path)));
	fault = config_file_fault(fd, secrets, &hint);
	if (fault != NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("file \"%s\" cannot be used: %s", path, fault),
						hint ? errhint("%s", hint) : 0));
	while ((n = read(fd, text + used, GW_YAML_MAX_BYTES + 1 - used)) != 0)
	{
		if (n < 0 && errno != EINTR)
			ereport(ERROR,
					(errcode_for_file_access(), errmsg("could not read file \"%s\": %m", path)));
		used += Max(n, 0);
		if (used > GW_YAML_MAX_BYTES)
			ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
							errmsg("file \"%s\" is larger than 1 MiB", path)));
	}
	CloseTransientFile(fd);
	text[used] = '\0';
	/* Our own message: the usual one shows bytes of the file. */
	if (strlen(text) != used || !pg_verifymbstr(text, (int) used, true))
		ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
						errmsg("file \"%s\" is not text in the database encoding, %s", path,
							   GetDatabaseEncodingName())));
	return text;
}
