/*
 * gw_snowflake_error.c
 *	  What the service's error codes mean here.
 *
 * Codes first, the SQLSTATE that comes beside them else: it is often 42000 or
 * 22000 for anything.  Keeps nothing.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "platform/gw_snowflake_private.h"

/* Numbers as documents and drivers have them; 0 as class: that of the SQLSTATE. */
static const struct
{
	int code;
	int sqlstate;
	GwErrorClass cls;
} codes[] = {
	{1003, ERRCODE_SYNTAX_ERROR, GW_ERR_NONE},
	{904, ERRCODE_UNDEFINED_COLUMN, GW_ERR_NONE},
	{2028, ERRCODE_AMBIGUOUS_COLUMN, GW_ERR_NONE},
	{1104, ERRCODE_GROUPING_ERROR, GW_ERR_NONE},
	{1795, ERRCODE_PROGRAM_LIMIT_EXCEEDED, GW_ERR_PERMANENT},
	{2031, ERRCODE_FEATURE_NOT_SUPPORTED, GW_ERR_NONE},
	{979, ERRCODE_GROUPING_ERROR, GW_ERR_NONE},
	{1044, ERRCODE_UNDEFINED_FUNCTION, GW_ERR_NONE},
	{2140, ERRCODE_UNDEFINED_FUNCTION, GW_ERR_NONE},
	{2040, ERRCODE_UNDEFINED_OBJECT, GW_ERR_NONE},
	{2003, ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{2043, ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{2002, ERRCODE_DUPLICATE_OBJECT, GW_ERR_NONE},
	{2020, ERRCODE_SYNTAX_ERROR, GW_ERR_NONE},
	{2049, ERRCODE_UNDEFINED_PARAMETER, GW_ERR_NONE},
	{8, ERRCODE_SYNTAX_ERROR, GW_ERR_NONE},
	{3001, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},
	{606, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, GW_ERR_PERMANENT},
	{90073, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, GW_ERR_PERMANENT},
	{90105, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, GW_ERR_PERMANENT},
	{90106, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, GW_ERR_PERMANENT},
	{604, ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{605, ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{630, ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{625, ERRCODE_LOCK_NOT_AVAILABLE, GW_ERR_CONFLICT},
	{100035, ERRCODE_INVALID_DATETIME_FORMAT, GW_ERR_NONE},
	{100037, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_NONE},
	{100038, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_NONE},
	{100040, ERRCODE_INVALID_DATETIME_FORMAT, GW_ERR_NONE},
	{100108, ERRCODE_INVALID_DATETIME_FORMAT, GW_ERR_NONE},
	{100115, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_NONE},
	{100069, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_NONE},
	{100039, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, GW_ERR_NONE},
	{100046, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, GW_ERR_NONE},
	{100132, ERRCODE_FDW_ERROR, GW_ERR_PERMANENT},
	{100051, ERRCODE_DIVISION_BY_ZERO, GW_ERR_NONE},
	{100072, ERRCODE_NOT_NULL_VIOLATION, GW_ERR_NONE},
	{100078, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, GW_ERR_NONE},
	{100080, ERRCODE_BAD_COPY_FILE_FORMAT, GW_ERR_NONE},
	{100090, ERRCODE_CARDINALITY_VIOLATION, GW_ERR_NONE},
	{90150, ERRCODE_CARDINALITY_VIOLATION, GW_ERR_NONE},
	{391908, ERRCODE_PROGRAM_LIMIT_EXCEEDED, GW_ERR_PERMANENT},
	{391911, ERRCODE_FEATURE_NOT_SUPPORTED, GW_ERR_PERMANENT},
	{390505, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, GW_ERR_THROTTLED},
};

/* By the status of HTTP alone. */
static void
error_by_status(int status, GwErrorClass *cls, int *sqlstate)
{
	*cls = GW_ERR_PERMANENT;
	*sqlstate = ERRCODE_FDW_ERROR;
	if (status == 401)
	{
		*cls = GW_ERR_AUTH;
		*sqlstate = ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
	}
	else if (status == 403)
		*sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
	else if (status == 429)
	{
		*cls = GW_ERR_THROTTLED;
		*sqlstate = ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
	}
	/* A redirect is not followed, wherever it leads. */
	else if (status / 100 == 3)
		*sqlstate = ERRCODE_PROTOCOL_VIOLATION;
	/* The statement's own limit of time has passed. */
	else if (status == 408)
	{
		*cls = GW_ERR_CANCELLED;
		*sqlstate = ERRCODE_QUERY_CANCELED;
	}
	else if (status == 500 || status == 502 || status == 503 || status == 504)
	{
		*cls = GW_ERR_TRANSIENT;
		*sqlstate = ERRCODE_CONNECTION_EXCEPTION;
	}
}

/* The SQLSTATE that the service says, where it says more than "some error". */
static int
error_said_state(const char *state)
{
	if (state == NULL || strlen(state) != 5 || strcmp(state + 2, "000") == 0 ||
		strncmp(state, "02", 2) == 0 || strncmp(state, "00", 2) == 0)
		return 0;
	return MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
}

/*
 * What one of several statements failed with, out of what the service makes of it:
 * "... failed on statement "..." (at line 1, position 2).\nWHAT in SYSTEM$MULTISTMT at ...".
 */
static char *
error_of_several(char *message)
{
	char *what = strstr(message, ").\n");
	char *end = what ? strstr(what, " in SYSTEM$MULTISTMT") : NULL;

	return end ? pnstrdup(what + 3, end - what - 3) : message;
}

GwStatus
gw_snowflake_read_error(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	const SfJob *data = (const SfJob *) job->data;
	const GwBuf *body = answer->page.body;
	GwError ignored;
	JsonbValue *root = body->len > 0 ? gw_json_parse(body->data, body->len, &ignored) : NULL;
	char *message = root ? gw_json_get_text(root, "message") : NULL;
	char *code_text = root ? gw_json_get_text(root, "code") : NULL;
	int code = code_text ? atoi(code_text) : 0;
	char shown[900];
	GwErrorClass cls;
	int sqlstate;

	if (kind == GW_REST_HELLO && (answer->status == 404 || answer->status == 422))
		return GW_OK;
	/* It runs on, says a busy service (sql-api/handling-responses: "202 or 429"). */
	if (kind == GW_REST_POLL && answer->status == 429 && root != NULL &&
		gw_json_get_text(root, "statementHandle") != NULL)
		return GW_OK;
	/* A catalog that asks for what is not there: no rows. */
	if (data->own && answer->status == 422 && (code == 2003 || code == 2043))
	{
		job->ready = true;
		job->total_rows = -1;
		return GW_OK;
	}
	if (code == 100132 && message != NULL)
		message = error_of_several(message);
	error_by_status(answer->status, &cls, &sqlstate);
	if (answer->status == 422 && root != NULL)
	{
		int said = error_said_state(gw_json_get_text(root, "sqlState"));

		if (said != 0)
			sqlstate = said;
		cls = said != 0 ? gw_error_class_of_sqlstate(said) : GW_ERR_PERMANENT;
	}
	for (int i = 0; answer->status != 401 && i < lengthof(codes); i++)
		if (codes[i].code == code)
		{
			sqlstate = codes[i].sqlstate;
			cls = codes[i].cls != GW_ERR_NONE ? codes[i].cls : gw_error_class_of_sqlstate(sqlstate);
		}
	gw_error_remote_text(shown, sizeof(shown),
						 message ? message
								 : psprintf("the service gave no reason (HTTP status %d)",
											answer->status));
	gw_error_set(err, cls, sqlstate, "%s", shown);
	err->vendor_code = code ? code : answer->status;
	if (code_text != NULL)
	{
		gw_error_remote_text(shown, sizeof(shown), code_text);
		gw_error_detail(err, "Snowflake's code is %s.", shown);
	}
	return GW_FAILED;
}
