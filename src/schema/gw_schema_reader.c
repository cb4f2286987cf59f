/*
 * gw_schema_reader.c
 *	  The schema reader's hands: paths, problems, members of a wanted kind.
 *
 * Knows JSON, not what a schema means.  Memory is the caller's context.
 */
#include "postgres.h"

#include "base/gw_text.h"
#include "schema/gw_schema_read.h"

void
gw_reader_init(GwReader *r)
{
	memset(r, 0, sizeof(*r));
	initStringInfo(&r->path);
	appendStringInfoChar(&r->path, '$');
}

int
gw_reader_enter(GwReader *r, const char *member)
{
	int mark = r->path.len;

	appendStringInfo(&r->path, ".%s", member);
	return mark;
}

void
gw_reader_leave(GwReader *r, int mark)
{
	r->path.len = mark;
	r->path.data[mark] = '\0';
}

bool
gw_reader_fault(GwReader *r, const char *member, const char *code, const char *fmt, ...)
{
	GwSchemaProblem *problem = palloc0(sizeof(GwSchemaProblem));
	va_list args;

	va_start(args, fmt);
	problem->message = gw_text_format(fmt, args);
	va_end(args);
	problem->path = member == NULL ? pstrdup(r->path.data)
								   : psprintf("%s.%s", r->path.data, member);
	problem->code = code;
	r->problems = lappend(r->problems, problem);
	return false;
}

void
gw_reader_hint(GwReader *r, const char *hint)
{
	((GwSchemaProblem *) llast(r->problems))->hint = hint;
}

static bool
reader_wrong_kind(GwReader *r, const char *key, const char *wanted, const JsonbValue *found)
{
	return gw_reader_fault(r, key, "wrong_kind", "expected %s, found %s", wanted,
						   gw_json_kind(found));
}

bool
gw_reader_text(GwReader *r, JsonbValue *object, const char *key, const char **out)
{
	JsonbValue *value = gw_json_get(object, key);
	char *text;

	if (value == NULL)
		return true;
	if (!gw_json_text(value, &text))
		return reader_wrong_kind(r, key, "a string", value);
	*out = text;
	return true;
}

bool
gw_reader_int(GwReader *r, JsonbValue *object, const char *key, int64 *out)
{
	JsonbValue *value = gw_json_get(object, key);

	if (value == NULL || gw_json_int(value, out))
		return true;
	if (value->type == jbvNumeric)
		return gw_reader_fault(r, key, "out_of_range", "expected a whole number of 64 bits");
	return reader_wrong_kind(r, key, "a number", value);
}

bool
gw_reader_small(GwReader *r, JsonbValue *object, const char *key, int *out)
{
	int64 number;

	if (gw_json_get(object, key) == NULL)
		return true;
	if (!gw_reader_int(r, object, key, &number))
		return false;
	if (number < PG_INT32_MIN || number > PG_INT32_MAX)
		return gw_reader_fault(r, key, "out_of_range", "expected a whole number of 32 bits");
	*out = number;
	return true;
}

bool
gw_reader_bool(GwReader *r, JsonbValue *object, const char *key, bool *out)
{
	JsonbValue *value = gw_json_get(object, key);

	return value == NULL || gw_json_bool(value, out) ||
		   reader_wrong_kind(r, key, "true or false", value);
}

bool
gw_reader_object(GwReader *r, JsonbValue *object, const char *key, JsonbValue **out)
{
	*out = gw_json_get(object, key);
	return *out == NULL || gw_json_is_object(*out) ||
		   reader_wrong_kind(r, key, "an object", *out);
}

bool
gw_reader_array(GwReader *r, JsonbValue *object, const char *key, JsonbValue **out)
{
	*out = gw_json_get(object, key);
	return *out == NULL || gw_json_is_array(*out) ||
		   reader_wrong_kind(r, key, "an array", *out);
}

bool
gw_reader_names(GwReader *r, JsonbValue *object, const char *key, const char ***out, int *n)
{
	JsonbValue *array;
	int i;

	if (!gw_reader_array(r, object, key, &array))
		return false;
	*n = gw_json_length(array);
	*out = palloc0(Max(*n, 1) * sizeof(char *));
	for (i = 0; i < *n; i++)
	{
		JsonbValue *item = gw_json_item(array, i);
		char *text;

		if (!gw_json_text(item, &text))
			return gw_reader_fault(r, psprintf("%s[%d]", key, i), "wrong_kind",
								   "expected a string, found %s", gw_json_kind(item));
		(*out)[i] = text;
	}
	return true;
}

typedef struct ExtraState
{
	const char *known;
	GwJsonBuilder builder;
	int n;
} ExtraState;

/* Is word one of the blank-separated words of list? */
static bool
reader_listed(const char *list, const char *word)
{
	size_t len = strlen(word);
	const char *p = list;

	if (len == 0)
		return false;
	while ((p = strstr(p, word)) != NULL)
	{
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			return true;
		p += len;
	}
	return false;
}

static void
reader_keep_extra(char *key, JsonbValue *value, void *arg)
{
	ExtraState *state = arg;

	if (reader_listed(state->known, key))
		return;
	if (state->n++ == 0)
		gw_json_begin_object(&state->builder);
	gw_json_put_value(&state->builder, key, value);
}

Jsonb *
gw_reader_extra(JsonbValue *object, const char *known)
{
	ExtraState state;

	memset(&state, 0, sizeof(state));
	state.known = known;
	gw_json_each(object, reader_keep_extra, &state);
	if (state.n == 0)
		return NULL;
	gw_json_end_object(&state.builder);
	return gw_json_finish(&state.builder);
}
