/*
 * gw_databricks_error.c
 *	  What statements fail with, and what requests are answered instead.
 *
 * https://docs.databricks.com/error-messages: a message begins with its class
 * in brackets and ends with its SQLSTATE, of which some are not PostgreSQL's.
 */
#include "postgres.h"

#include "platform/gw_databricks_private.h"

/* States of the service that have another name here. */
static const struct
{
	const char *state;
	int sqlstate;
	GwErrorClass cls; /* NONE: what the state stands for */
} states[] = {
	{"22018", ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_NONE},
	{"42704", ERRCODE_UNDEFINED_OBJECT, GW_ERR_NOT_FOUND},
	{"42P01", ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{"42P08", ERRCODE_UNDEFINED_DATABASE, GW_ERR_NOT_FOUND},
	{"42K09", ERRCODE_DATATYPE_MISMATCH, GW_ERR_INVALID},
	{"42K05", ERRCODE_INVALID_NAME, GW_ERR_INVALID},
	{"42617", ERRCODE_SYNTAX_ERROR, GW_ERR_INVALID},
	{"42711", ERRCODE_DUPLICATE_COLUMN, GW_ERR_NONE},
	{"42802", ERRCODE_SYNTAX_ERROR, GW_ERR_INVALID},
	{"23001", ERRCODE_CHECK_VIOLATION, GW_ERR_NONE},
	{"23512", ERRCODE_CHECK_VIOLATION, GW_ERR_NONE},
	{"21506", ERRCODE_CARDINALITY_VIOLATION, GW_ERR_NONE},
	{"54006", ERRCODE_STRING_DATA_RIGHT_TRUNCATION, GW_ERR_NONE},
	{"2D521", ERRCODE_T_R_SERIALIZATION_FAILURE, GW_ERR_CONFLICT},
	{"HY008", ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{"57KD0", ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
};

/* error_code of an answer or a failed statement: the API's "ErrorCode". */
static const struct
{
	const char *code;
	GwErrorClass cls;
	int sqlstate;
} codes[] = {
	{"REQUEST_LIMIT_EXCEEDED", GW_ERR_THROTTLED, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED},
	{"RESOURCE_EXHAUSTED", GW_ERR_THROTTLED, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED},
	{"TEMPORARILY_UNAVAILABLE", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"WORKSPACE_TEMPORARILY_UNAVAILABLE", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"SERVICE_UNDER_MAINTENANCE", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"DEADLINE_EXCEEDED", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"IO_ERROR", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"INTERNAL_ERROR", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"ABORTED", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION},
	{"UNAUTHENTICATED", GW_ERR_AUTH, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION},
	{"PERMISSION_DENIED", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_PRIVILEGE},
	{"NOT_FOUND", GW_ERR_NOT_FOUND, ERRCODE_UNDEFINED_OBJECT},
	{"RESOURCE_DOES_NOT_EXIST", GW_ERR_NOT_FOUND, ERRCODE_UNDEFINED_OBJECT},
	{"INVALID_PARAMETER_VALUE", GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE},
	{"CANCELLED", GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED},
};

/* The five characters behind "SQLSTATE: "; NULL: it does not say. */
static const char *
message_state(const char *message)
{
	const char *at = message ? strstr(message, "SQLSTATE: ") : NULL;

	if (at == NULL)
		return NULL;
	at += strlen("SQLSTATE: ");
	return strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 5 ? pnstrdup(at, 5) : NULL;
}

static void
error_of_state(const char *state, GwErrorClass *cls, int *sqlstate)
{
	if (state == NULL || strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 5)
		return;
	*sqlstate = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	*cls = gw_error_class_of_sqlstate(*sqlstate);
	for (int i = 0; i < lengthof(states); i++)
		if (strcmp(states[i].state, state) == 0)
		{
			*sqlstate = states[i].sqlstate;
			*cls = states[i].cls ? states[i].cls : gw_error_class_of_sqlstate(*sqlstate);
		}
}

static bool
error_of_code(const char *code, GwErrorClass *cls, int *sqlstate)
{
	for (int i = 0; code != NULL && i < lengthof(codes); i++)
		if (strcmp(codes[i].code, code) == 0)
		{
			*cls = codes[i].cls;
			*sqlstate = codes[i].sqlstate;
			return true;
		}
	return false;
}

static GwStatus
error_fill(GwErrorClass cls, int sqlstate, const char *code, const char *message, GwError *err)
{
	char shown[900];

	gw_error_remote_text(shown, sizeof(shown),
						 message && message[0] ? message : "the service gave no reason");
	gw_error_set(err, cls, sqlstate, "%s", shown);
	if (code != NULL && code[0] != '\0')
	{
		gw_error_remote_text(shown, 100, code);
		gw_error_detail(err, "The service's code is \"%s\".", shown);
	}
	return GW_FAILED;
}

GwStatus
gw_databricks_statement_error(GwRestJob *job, const JsonbValue *status, GwError *err)
{
	const char *state = gw_json_get_text(status, "state");
	JsonbValue *error = gw_json_get(status, "error");
	const char *code = gw_json_get_text(error, "error_code");
	const char *message = gw_json_get_text(error, "message");
	const char *sqlstate_text = gw_json_get_text(status, "sql_state");
	GwErrorClass cls = GW_ERR_PERMANENT;
	int sqlstate = ERRCODE_FDW_ERROR;

	if (strcmp(state, "CANCELED") == 0)
		return gw_error_set(err, GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED,
							"the statement was cancelled there");
	if (strcmp(state, "CLOSED") == 0)
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_CONNECTION_FAILURE,
							"the service keeps the statement's result no longer");
	if (strcmp(state, "FAILED") != 0)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer has a state that is none");
	if (sqlstate_text == NULL)
		sqlstate_text = message_state(message);
	(void) error_of_code(code, &cls, &sqlstate);
	error_of_state(sqlstate_text, &cls, &sqlstate);
	/* The statement has ended over there: to ask again is to run it again. */
	job->failed = cls == GW_ERR_TRANSIENT || cls == GW_ERR_THROTTLED;
	return error_fill(cls, sqlstate, code, message, err);
}

/*
 * An address that was given for a chunk does not do any more, or for no obvious reason.
 * Those behind it are no younger, and asked for again before they fail as well.
 */
static bool
error_of_link(GwRestJob *job, GwRestKind kind, const GwRestAnswer *answer, GwError *err)
{
	DbJob *data = (DbJob *) job->data;
	DbChunk *chunk;

	if (kind != GW_REST_PAGE || answer->page.number >= data->nchunks)
		return false;
	chunk = &data->chunks[answer->page.number];
	if (!chunk->direct || answer->status / 100 != 4 || answer->status == 429)
		return false;
	for (int i = answer->page.number; i < data->nchunks; i++)
		data->chunks[i].url = NULL;
	gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
				 "a part of the result cannot be fetched (HTTP status %d)", answer->status);
	return true;
}

GwStatus
gw_databricks_read_error(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer, GwError *err)
{
	const GwBuf *body = answer->page.body;
	int status = answer->status;
	GwErrorClass cls = GW_ERR_PERMANENT;
	int sqlstate = ERRCODE_FDW_ERROR;
	GwError ignored;
	JsonbValue *root;
	const char *code, *message;

	if (error_of_link(job, kind, answer, err))
		return GW_FAILED;
	root = body->len > 0 ? gw_json_parse(body->data, body->len, &ignored) : NULL;
	code = gw_json_get_text(root, "error_code");
	message = gw_json_get_text(root, "message");
	/* A personal access token that is none is "forbidden", too. */
	if (status == 403 && message != NULL && strstr(message, "nvalid access token") != NULL)
		status = 401;
	/* What may not be looked at may be used: the answer came, and the token was good. */
	if (kind == GW_REST_HELLO && status == 403)
		return GW_OK;
	/* A redirect is not followed, wherever it leads. */
	if (status / 100 == 3)
		sqlstate = ERRCODE_PROTOCOL_VIOLATION;
	else if (status == 408 || status == 500 || status == 502 || status == 503 || status == 504)
	{
		cls = GW_ERR_TRANSIENT;
		sqlstate = ERRCODE_CONNECTION_EXCEPTION;
	}
	error_of_state(message_state(message), &cls, &sqlstate);
	(void) error_of_code(code, &cls, &sqlstate);
	if (status == 401)
	{
		cls = GW_ERR_AUTH;
		sqlstate = ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
	}
	else if (status == 429)
	{
		cls = GW_ERR_THROTTLED;
		sqlstate = ERRCODE_CONFIGURATION_LIMIT_EXCEEDED;
	}
	if (message == NULL)
		message = psprintf("the service gave no reason (HTTP status %d)", status);
	(void) error_fill(cls, sqlstate, code, message, err);
	err->vendor_code = status;
	return GW_FAILED;
}
