/*
 * gw_databricks_param.c
 *	  Parameters: PostgreSQL's texts as typed values of the API, or as constants.
 *
 * What a type there cannot hold is an error here, not a rounded value.  The
 * dialect writes around :p1 what makes of a text what has no form as a parameter
 * (bytes, arrays).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "dialect/gw_dialect.h"
#include "fmgr.h"
#include "platform/gw_databricks_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define DECIMAL_DIGITS 38

/* "DECIMAL(p,s)" of just these digits; NULL: it has no such number. */
static const char *
param_decimal(const char *text)
{
	int whole, scale;

	if (text[strspn(text, "-0123456789.")] != '\0')
		return NULL; /* NaN, Infinity */
	gw_rest_digits(text, &whole, &scale);
	if (whole + scale > DECIMAL_DIGITS)
		return NULL;
	return psprintf("DECIMAL(%d,%d)", Max(whole + scale, 1), scale);
}

/* NULL: there is none. */
static const char *
param_type(Oid type, const char *text)
{
	switch (type)
	{
		case INT2OID:
			return "SMALLINT";
		case INT4OID:
			return "INT";
		case INT8OID:
		case OIDOID:
			return "BIGINT";
		case FLOAT4OID:
			return "FLOAT";
		case FLOAT8OID:
			return "DOUBLE";
		case NUMERICOID:
			return text ? param_decimal(text) : "DECIMAL(38,0)";
		case BOOLOID:
			return "BOOLEAN";
		case DATEOID:
			return "DATE";
		case TIMESTAMPOID:
			return "TIMESTAMP_NTZ";
		case TIMESTAMPTZOID:
			return "TIMESTAMP";
		case BYTEAOID: /* its hexadecimal digits */
		case INTERVALOID:
		case TIMEOID:
		case JSONOID:
		case JSONBOID:
		case InvalidOid:
		case UNKNOWNOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
			return "STRING";
		default:
			return get_typtype(type) == TYPTYPE_ENUM ? "STRING" : NULL;
	}
}

/* In UTC, whatever the session's time zone is; NULL: no such moment there. */
static char *
param_timestamptz(const char *text)
{
	TimestampTz at = DatumGetTimestampTz(
		DirectFunctionCall3(timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							Int32GetDatum(-1)));
	StringInfoData out;

	initStringInfo(&out);
	if (TIMESTAMP_NOT_FINITE(at) ||
		!gw_rest_moment(at + GW_REST_USECS_1970_TO_2000, true, &out) ||
		strspn(out.data, "0123456789") != 4 || strstr(out.data, " BC") != NULL)
		return NULL;
	appendStringInfoString(&out, ":00");
	return out.data;
}

/* Years 1 to 9999, neither BC nor infinite? */
static bool
param_year_fits(const char *text)
{
	return strspn(text, "0123456789") == 4 && strstr(text, "BC") == NULL;
}

/* The elements as a JSON array, which the statement casts. */
static GwStatus
param_array(int n, Oid element, const char *text, const char **value, GwError *err)
{
	const char *at = text + 1;
	StringInfoData out;
	char *item;

	if (*text != '{' || *at == '{')
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
							"parameter %d is an array of more than one dimension, or one that "
							"does not begin at 1",
							n);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	while ((at = gw_rest_array_element(at, &item)) != NULL)
	{
		if (out.len > 1)
			appendStringInfoChar(&out, ',');
		if (item == NULL)
			appendStringInfoString(&out, "null");
		else if (element == BOOLOID)
			appendStringInfoString(&out, *item == 't' ? "true" : "false");
		else if (element == INT2OID || element == INT4OID || element == INT8OID ||
				 (element == NUMERICOID && strpbrk(item, "NI") == NULL))
			appendStringInfoString(&out, item);
		else
			escape_json(&out, item);
	}
	appendStringInfoChar(&out, ']');
	*value = out.data;
	return GW_OK;
}

/* Bytes and arrays have no form of their own: does the statement make them of a text? */
static GwStatus
param_made(int n, const char *sql, const char *function, GwError *err)
{
	const char *call = psprintf("%s(:p%d)", function, n);

	if (strstr(sql, call) != NULL)
		return GW_OK;
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
				 "parameter %d is of a type that has no form as a parameter there", n);
	gw_error_hint(err, "Write %s in the statement, which makes it of a text.", call);
	return GW_FAILED;
}

/* Its type and its value there; what there is no form for is an error. */
static GwStatus
param_convert(int n, const GwStatement *stmt, const char **type, const char **value, GwError *err)
{
	const GwParam *param = &stmt->params[n - 1];
	Oid oid = OidIsValid(param->type) ? getBaseType(param->type) : InvalidOid;
	Oid element = OidIsValid(oid) && oid != NAMEOID ? get_element_type(oid) : InvalidOid;
	const char *text = param->value;

	*value = text;
	if (OidIsValid(element))
	{
		*type = "STRING";
		if (param_made(n, stmt->sql, "parse_json", err) != GW_OK)
			return GW_FAILED;
		return text ? param_array(n, element, text, value, err) : GW_OK;
	}
	*type = param_type(oid, text);
	if (*type == NULL && oid == NUMERICOID)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
							"parameter %d is a number that DECIMAL cannot hold", n);
	if (*type == NULL)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
					 "parameter %d is of type %s, which has no form as a parameter there", n,
					 format_type_be(oid));
		gw_error_hint(err, "Cast it to text here, and from STRING in the statement.");
		return GW_FAILED;
	}
	if (oid == BYTEAOID && param_made(n, stmt->sql, "unhex", err) != GW_OK)
		return GW_FAILED;
	if (text == NULL)
		return GW_OK;
	if ((oid == JSONOID || oid == JSONBOID) && param->native != NULL)
		return gw_databricks_document_fits(n, param->native, text, err);
	if (oid == TIMESTAMPTZOID)
		*value = param_timestamptz(text);
	if (*value == NULL || ((oid == DATEOID || oid == TIMESTAMPOID) && !param_year_fits(text)))
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
							"parameter %d is a date outside of the years 1 to 9999", n);
	if (oid == BOOLOID)
		*value = text[0] == 't' ? "true" : "false";
	else if (oid == BYTEAOID && strncmp(text, "\\x", 2) == 0)
		*value = text + 2;
	return GW_OK;
}

GwStatus
gw_databricks_params(StringInfo body, const GwStatement *stmt, GwError *err)
{
	for (int i = 0; i < stmt->nparams; i++)
	{
		const char *type, *value;

		if (param_convert(i + 1, stmt, &type, &value, err) != GW_OK)
			return GW_FAILED;
		appendStringInfoString(body, i > 0 ? ",{" : "{");
		gw_rest_member(body, "name", psprintf("p%d", i + 1));
		gw_rest_member(body, "type", type);
		gw_rest_member(body, "value", value);
		appendStringInfoChar(body, '}');
	}
	return GW_OK;
}

/* A parameter as a constant of its type. */
static GwStatus
inlined_value(int n, const GwStatement *stmt, GwSqlBuf *out, GwError *err)
{
	const char *type, *value;
	bool text;

	if (param_convert(n, stmt, &type, &value, err) != GW_OK)
		return GW_FAILED;
	text = strcmp(type, "STRING") == 0;
	gw_sql(out, text ? "" : "CAST(");
	if (value == NULL)
		gw_sql(out, "NULL");
	else
		gw_dialect_string(&gw_dialect_databricks, out, value);
	gw_sql(out, text ? "" : " AS ");
	gw_sql_rendered(out, text ? "" : type);
	gw_sql(out, text ? "" : ")");
	return GW_OK;
}

char *
gw_databricks_inlined(const GwStatement *stmt, const char *sql, GwError *err)
{
	GwSqlBuf out;

	gw_sqlbuf_init(&out);
	while (*sql != '\0')
	{
		int n = strncmp(sql, ":p", 2) == 0 ? atoi(sql + 2) : 0;

		if (n > 0 && n <= stmt->nparams)
		{
			if (inlined_value(n, stmt, &out, err) != GW_OK)
				return NULL;
			sql += 2 + strspn(sql + 2, "0123456789");
		}
		else if (*sql == '\'' || *sql == '"' || *sql == '`')
		{
			const char *begin = sql;
			char quote = *sql++;

			while (*sql != '\0' && *sql != quote)
				sql += *sql == '\\' && quote != '`' && sql[1] != '\0' ? 2 : 1;
			sql += *sql != '\0';
			appendBinaryStringInfo(&out.text, begin, (int) (sql - begin));
		}
		else
			appendStringInfoChar(&out.text, *sql++);
	}
	return out.text.data;
}
