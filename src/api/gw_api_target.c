/*
 * gw_api_target.c
 *	  Names of remote tables in arguments: reading them, and the database they
 *	  may say.
 *
 * Results are palloc'd in the caller's context.
 */
#include "postgres.h"

#include "api/gw_api_target.h"
#include "base/gw_compat.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

static GW_NORETURN void
target_bad_name(const char *text, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_NAME), errmsg("invalid table name \"%s\": %s", text, why),
			 errhint("Write table, schema.table or database.schema.table, and a part that "
					 "holds a dot in double quotes.")));
}

/* One part of a dotted name, exactly as it is spelled; *at moves behind it. */
static char *
target_name_part(const char *text, const char **at)
{
	StringInfoData part;
	const char *c = *at;

	initStringInfo(&part);
	if (*c == '"')
	{
		for (c++;; c++)
		{
			if (*c == '\0')
				target_bad_name(text, "a double quote is not closed");
			if (*c == '"' && *++c != '"')
				break;
			appendStringInfoChar(&part, *c);
		}
		if (*c != '.' && *c != '\0')
			target_bad_name(text, "something follows a closing double quote");
	}
	else
		for (; *c != '\0' && *c != '.'; c++)
			appendStringInfoChar(&part, *c);
	if (part.len == 0)
		target_bad_name(text, "a part is empty");
	*at = c;
	return part.data;
}

/* A part may be given in the name and as an argument when both agree. */
static const char *
target_agree(const char *what, const char *inside, const char *argument)
{
	if (inside != NULL && argument != NULL && strcmp(inside, argument) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the table's name says %s \"%s\", the argument \"%s\"", what, inside,
						argument),
				 errhint("Write a name that holds a dot in double quotes.")));
	return inside != NULL ? inside : argument;
}

GwTargetName
gw_target_parse(const char *text, const char *schema, const char *database)
{
	const char *at = text;
	char *parts[3];
	GwTargetName name;
	int n = 0;

	for (;;)
	{
		if (n == 3)
			target_bad_name(text, "it has more than three parts");
		parts[n++] = target_name_part(text, &at);
		if (*at == '\0')
			break;
		at++; /* the dot */
	}
	name.table = parts[n - 1];
	name.schema = target_agree("schema", n > 1 ? parts[n - 2] : NULL, schema);
	name.database = target_agree("database", n > 2 ? parts[0] : NULL, database);
	return name;
}

void
gw_target_check_database(GwSession *session, const char *wanted)
{
	GwStream *stream;
	const GwBatch *batch;
	char *connected = NULL;

	if (wanted == NULL)
		return;
	stream = gw_session_catalog(session, GW_CATALOG_IDENTITY, 0, NULL);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *database = gw_batch_text(batch, 0, 2);

		if (database != NULL)
			connected = pstrdup(database);
	}
	gw_stream_close(stream);
	if (connected == NULL || strcmp(connected, wanted) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("server \"%s\" is connected to database \"%s\", not \"%s\"",
						gw_session_server_name(session), connected ? connected : "", wanted),
				 errhint("Use a server that connects to database \"%s\".", wanted)));
}
