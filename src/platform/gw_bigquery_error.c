/*
 * gw_bigquery_error.c
 *	  What the service's reasons and messages mean: class, SQLSTATE, hint.
 *	  Which requests are tried again it does not decide.
 */
#include "postgres.h"

#include "platform/gw_bigquery_private.h"

/* A reason of an error, and what it means: docs/error-messages. */
static const struct
{
	const char *reason;
	GwErrorClass cls;
	int sqlstate;
	bool job; /* the job has failed; the same request will not do */
} reasons[] = {
	{"rateLimitExceeded", GW_ERR_THROTTLED, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, false},
	{"jobRateLimitExceeded", GW_ERR_THROTTLED, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, true},
	{"backendError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, false},
	{"internalError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, false},
	{"badGateway", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, false},
	{"tableUnavailable", GW_ERR_TRANSIENT, ERRCODE_OBJECT_IN_USE, true},
	{"jobBackendError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, true},
	{"jobInternalError", GW_ERR_TRANSIENT, ERRCODE_CONNECTION_EXCEPTION, true},
	{"quotaExceeded", GW_ERR_PERMANENT, ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, false},
	{"accessDenied", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_PRIVILEGE, false},
	{"billingNotEnabled", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_PRIVILEGE, false},
	{"authError", GW_ERR_AUTH, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, false},
	{"required", GW_ERR_INVALID, ERRCODE_FDW_ERROR, false},
	{"notFound", GW_ERR_NOT_FOUND, ERRCODE_UNDEFINED_TABLE, false},
	{"duplicate", GW_ERR_CONFLICT, ERRCODE_DUPLICATE_OBJECT, false},
	{"invalidQuery", GW_ERR_INVALID, ERRCODE_SYNTAX_ERROR, false},
	{"invalid", GW_ERR_INVALID, ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION, false},
	{"responseTooLarge", GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED, false},
	{"resourcesExceeded", GW_ERR_PERMANENT, ERRCODE_INSUFFICIENT_RESOURCES, false},
	{"billingTierLimitExceeded", GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED, false},
	{"bytesBilledLimitExceeded", GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED, false},
	{"stopped", GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED, false},
	{"timeout", GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED, false},
	{"notImplemented", GW_ERR_PERMANENT, ERRCODE_FEATURE_NOT_SUPPORTED, false},
	{"resourceInUse", GW_ERR_PERMANENT, ERRCODE_OBJECT_IN_USE, false},
};

/* What only the message of an invalidQuery tells. */
static const struct
{
	const char *words;
	int sqlstate;
} messages[] = {
	{"division by zero", ERRCODE_DIVISION_BY_ZERO},
	{"overflow", ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE},
	{"out of range", ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE},
	{"Bad ", ERRCODE_INVALID_TEXT_REPRESENTATION},
	{"Invalid ", ERRCODE_INVALID_TEXT_REPRESENTATION},
	{"ore than one element", ERRCODE_CARDINALITY_VIOLATION},
	{"Required field", ERRCODE_NOT_NULL_VIOLATION},
	{"partition elimination", ERRCODE_FEATURE_NOT_SUPPORTED},
	{"Unrecognized name", ERRCODE_UNDEFINED_COLUMN},
	{"at most one source row", ERRCODE_CARDINALITY_VIOLATION},
	{"streaming buffer", ERRCODE_OBJECT_IN_USE},
	{"due to concurrent update", ERRCODE_T_R_SERIALIZATION_FAILURE},
};

GwStatus
gw_bigquery_error(GwRestJob *job, const char *reason, const char *message, int status,
				  GwError *err)
{
	char shown[900];
	GwErrorClass cls = GW_ERR_PERMANENT;
	int sqlstate = ERRCODE_FDW_ERROR;

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
	/* "forbidden", "insufficientPermissions", "accessNotConfigured", "blocked" ... */
	else if (status == 403)
		sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
	/* A redirect is not followed, wherever it leads. */
	else if (status / 100 == 3)
		sqlstate = ERRCODE_PROTOCOL_VIOLATION;
	else if (status == 408 || status == 500 || status == 502 || status == 503 || status == 504)
	{
		cls = GW_ERR_TRANSIENT;
		sqlstate = ERRCODE_CONNECTION_EXCEPTION;
	}
	for (int i = 0; reason != NULL && status != 401 && i < lengthof(reasons); i++)
		if (strcmp(reasons[i].reason, reason) == 0)
		{
			cls = reasons[i].cls;
			sqlstate = reasons[i].sqlstate;
			job->failed = reasons[i].job;
		}
	for (int i = 0; reason != NULL && strcmp(reason, "invalidQuery") == 0 &&
					i < lengthof(messages); i++)
		if (message != NULL && strstr(message, messages[i].words) != NULL)
			sqlstate = messages[i].sqlstate;
	gw_error_remote_text(shown, sizeof(shown),
						 message ? message
								 : psprintf("the service gave no reason (HTTP status %d)", status));
	gw_error_set(err, cls, sqlstate, "%s", shown);
	err->vendor_code = status;
	if (reason != NULL)
		gw_error_detail(err, "BigQuery's reason is \"%s\".", reason);
	if (message != NULL && strstr(message, "partition elimination") != NULL)
		gw_error_hint(err, "The table demands a filter on its partitioning column: add one to the "
						   "WHERE clause that can be evaluated there.");
	else if (reason != NULL && strcmp(reason, "bytesBilledLimitExceeded") == 0)
		gw_error_hint(err, "The limit is the server option \"maximum_bytes_billed\".");
	return GW_FAILED;
}
