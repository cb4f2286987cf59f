/*
 * gw_json.c
 *	  Reading and building JSON documents over PostgreSQL's jsonb.
 *
 * Knows nothing of what a document means.  All memory belongs to the context
 * that is current at the call.
 */
#include "postgres.h"

#include "base/gw_json.h"
#include "base/gw_json_stream.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* So many members have all objects of the document together. */
static int
json_members(Jsonb *doc)
{
	JsonbIterator *it = JsonbIteratorInit(&doc->root);
	JsonbIteratorToken token;
	JsonbValue value;
	int members = 0;

	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
		members += token == WJB_KEY;
	return members;
}

/*
 * jsonb_in() would raise for a bad text: the pull reader, which writes into what it
 * reads, judges a copy first.  Of members of one name it would keep the last.
 */
JsonbValue *
gw_json_parse(const char *text, size_t len, GwError *err)
{
	GwJsonReader reader;
	GwJsonToken token = GW_JSON_BAD;
	int members = 0;
	Jsonb *doc;
	char *copy;

	if (text == NULL || len >= MaxAllocSize / 2 ||
		!pg_verify_mbstr(PG_UTF8, text, (int) len, true))
	{
		(void) gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer is no JSON text in UTF-8");
		return NULL;
	}
	copy = pnstrdup(text, len);
	gw_json_begin(&reader, copy, len, true);
	do
	{
		token = gw_json_next(&reader);
		members += token == GW_JSON_KEY;
	} while (token != GW_JSON_END && token != GW_JSON_BAD);
	pfree(copy);
	if (token == GW_JSON_BAD)
	{
		(void) gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer is no JSON: %s", reader.problem);
		return NULL;
	}
	copy = pg_any_to_server(pnstrdup(text, len), (int) len, PG_UTF8);
	doc = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(copy)));
	if (json_members(doc) != members)
	{
		(void) gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"the remote's answer says a thing twice");
		return NULL;
	}
	return gw_json_root(doc);
}

JsonbValue *
gw_json_root(Jsonb *doc)
{
	JsonbValue *value = palloc0(sizeof(JsonbValue));

	if (JB_ROOT_IS_SCALAR(doc))
		return getIthJsonbValueFromContainer(&doc->root, 0);
	value->type = jbvBinary;
	value->val.binary.data = &doc->root;
	value->val.binary.len = VARSIZE(doc) - VARHDRSZ;
	return value;
}

bool
gw_json_is_object(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary &&
		   JsonContainerIsObject(value->val.binary.data);
}

bool
gw_json_is_array(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBinary &&
		   JsonContainerIsArray(value->val.binary.data);
}

const char *
gw_json_kind(const JsonbValue *value)
{
	if (value == NULL)
		return "null";
	switch (value->type)
	{
		case jbvString:
			return "string";
		case jbvNumeric:
			return "number";
		case jbvBool:
			return "boolean";
		case jbvBinary:
			return gw_json_is_array(value) ? "array" : "object";
		default:
			return "null";
	}
}

JsonbValue *
gw_json_get(const JsonbValue *object, const char *key)
{
	JsonbValue *value;

	if (!gw_json_is_object(object))
		return NULL;
	value = getKeyJsonValueFromContainer(object->val.binary.data, key, strlen(key), NULL);
	return value == NULL || value->type == jbvNull ? NULL : value;
}

int
gw_json_length(const JsonbValue *value)
{
	if (value == NULL || value->type != jbvBinary)
		return 0;
	return JsonContainerSize(value->val.binary.data);
}

JsonbValue *
gw_json_item(const JsonbValue *array, int i)
{
	if (!gw_json_is_array(array))
		return NULL;
	return getIthJsonbValueFromContainer(array->val.binary.data, i);
}

bool
gw_json_text(const JsonbValue *value, char **text)
{
	if (value == NULL || value->type != jbvString)
		return false;
	*text = pnstrdup(value->val.string.val, value->val.string.len);
	return true;
}

bool
gw_json_int(const JsonbValue *value, int64 *number)
{
	Datum text, back;
	char *digits;
	char *end;

	if (value == NULL || value->type != jbvNumeric || numeric_is_nan(value->val.numeric))
		return false;
	/* 2.0 is the integer 2; 2.5 is none. */
	text = DirectFunctionCall2(numeric_trunc, NumericGetDatum(value->val.numeric),
							   Int32GetDatum(0));
	back = DirectFunctionCall2(numeric_eq, text, NumericGetDatum(value->val.numeric));
	if (!DatumGetBool(back))
		return false;
	digits = DatumGetCString(DirectFunctionCall1(numeric_out, text));
	errno = 0;
	*number = strtoll(digits, &end, 10);
	return errno == 0 && *end == '\0';
}

bool
gw_json_bool(const JsonbValue *value, bool *flag)
{
	if (value == NULL || value->type != jbvBool)
		return false;
	*flag = value->val.boolean;
	return true;
}

char *
gw_json_get_text(const JsonbValue *object, const char *key)
{
	char *text;

	return gw_json_text(gw_json_get(object, key), &text) ? text : NULL;
}

int64
gw_json_get_int(const JsonbValue *object, const char *key, int64 fallback)
{
	int64 number;

	return gw_json_int(gw_json_get(object, key), &number) ? number : fallback;
}

int64
gw_json_get_number(const JsonbValue *object, const char *key, int64 fallback)
{
	const char *text = gw_json_get_text(object, key);

	if (text == NULL)
		return gw_json_get_int(object, key, fallback);
	return text[0] != '\0' ? strtoll(text, NULL, 10) : fallback;
}

bool
gw_json_get_bool(const JsonbValue *object, const char *key, bool fallback)
{
	bool flag;

	return gw_json_bool(gw_json_get(object, key), &flag) ? flag : fallback;
}

Jsonb *
gw_json_document(const JsonbValue *value)
{
	return JsonbValueToJsonb((JsonbValue *) value);
}

void
gw_json_each(const JsonbValue *object,
			 void (*visit)(char *key, JsonbValue *value, void *arg), void *arg)
{
	JsonbIterator *it;
	JsonbValue pair;
	JsonbIteratorToken token;
	char *key = NULL;

	if (!gw_json_is_object(object))
		return;
	it = JsonbIteratorInit(object->val.binary.data);
	while ((token = JsonbIteratorNext(&it, &pair, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(pair.val.string.val, pair.val.string.len);
		else if (token == WJB_VALUE)
		{
			JsonbValue *value = palloc(sizeof(JsonbValue));

			*value = pair;
			visit(key, value, arg);
		}
	}
}

void
gw_json_begin_object(GwJsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_BEGIN_OBJECT, NULL);
}

void
gw_json_end_object(GwJsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_END_OBJECT, NULL);
}

void
gw_json_begin_array(GwJsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_BEGIN_ARRAY, NULL);
}

void
gw_json_end_array(GwJsonBuilder *b)
{
	b->result = pushJsonbValue(&b->state, WJB_END_ARRAY, NULL);
}

void
gw_json_key(GwJsonBuilder *b, const char *key)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = pstrdup(key);
	value.val.string.len = strlen(key);
	b->result = pushJsonbValue(&b->state, WJB_KEY, &value);
}

/* Are we inside an array (else after a key)? */
static JsonbIteratorToken
json_slot(const GwJsonBuilder *b)
{
	return b->state->contVal.type == jbvArray ? WJB_ELEM : WJB_VALUE;
}

void
gw_json_add_value(GwJsonBuilder *b, const JsonbValue *value)
{
	b->result = pushJsonbValue(&b->state, json_slot(b), (JsonbValue *) value);
}

void
gw_json_add_text(GwJsonBuilder *b, const char *text)
{
	JsonbValue value;

	value.type = jbvNull;
	if (text != NULL)
	{
		value.type = jbvString;
		value.val.string.val = pstrdup(text);
		value.val.string.len = strlen(text);
	}
	gw_json_add_value(b, &value);
}

void
gw_json_add_int(GwJsonBuilder *b, int64 number)
{
	JsonbValue value;

	value.type = jbvNumeric;
	value.val.numeric = int64_to_numeric(number);
	gw_json_add_value(b, &value);
}

void
gw_json_add_bool(GwJsonBuilder *b, bool flag)
{
	JsonbValue value;

	value.type = jbvBool;
	value.val.boolean = flag;
	gw_json_add_value(b, &value);
}

void
gw_json_put_text(GwJsonBuilder *b, const char *key, const char *text)
{
	if (text == NULL)
		return;
	gw_json_key(b, key);
	gw_json_add_text(b, text);
}

void
gw_json_put_int(GwJsonBuilder *b, const char *key, int64 number)
{
	gw_json_key(b, key);
	gw_json_add_int(b, number);
}

void
gw_json_put_bool(GwJsonBuilder *b, const char *key, bool flag)
{
	gw_json_key(b, key);
	gw_json_add_bool(b, flag);
}

void
gw_json_put_value(GwJsonBuilder *b, const char *key, const JsonbValue *value)
{
	if (value == NULL)
		return;
	gw_json_key(b, key);
	gw_json_add_value(b, value);
}

void
gw_json_put_doc(GwJsonBuilder *b, const char *key, Jsonb *doc)
{
	if (doc != NULL)
		gw_json_put_value(b, key, gw_json_root(doc));
}

Jsonb *
gw_json_finish(GwJsonBuilder *b)
{
	return JsonbValueToJsonb(b->result);
}
