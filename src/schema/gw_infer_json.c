/*
 * gw_infer_json.c
 *	  Reads JSON text as evidence, number by number as they are written.
 *
 * jsonb would forget how a number was written and which key came twice, so the
 * text is read here.  Accepts what RFC 8259 does, less what jsonb cannot hold
 * (\u0000, lone surrogates).  Keeps nothing but the nodes.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/gw_infer.h"

typedef struct JsonReader
{
	const char *start, *at, *end;
	int64 row;
	List **notices;
	const char *why;	/* what is wrong at `at`; NULL: nothing yet */
	StringInfoData text; /* the string read last */
} JsonReader;

static bool json_value(JsonReader *r, GwInferNode *node);

static bool
json_fault(JsonReader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
	return false;
}

static void
json_blank(JsonReader *r)
{
	while (r->at < r->end &&
		   (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
		r->at++;
}

static bool
json_take(JsonReader *r, char c)
{
	json_blank(r);
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* ---------- strings ---------- */

static bool
json_hex(JsonReader *r, pg_wchar *code)
{
	*code = 0;
	if (r->end - r->at < 4)
		return json_fault(r, "\\u needs four hexadecimal digits");
	for (int i = 0; i < 4; i++, r->at++)
	{
		char c = *r->at;

		if (!isxdigit((unsigned char) c))
			return json_fault(r, "\\u needs four hexadecimal digits");
		*code = *code * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return true;
}

static bool
json_unicode(JsonReader *r)
{
	unsigned char out[MAX_UNICODE_EQUIVALENT_STRING + 1];
	pg_wchar code, low;

	if (!json_hex(r, &code))
		return false;
	if (code == 0)
		return json_fault(r, "\\u0000 cannot be converted to text");
	if (is_utf16_surrogate_second(code))
		return json_fault(r, "a low surrogate must follow a high one");
	if (is_utf16_surrogate_first(code))
	{
		if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
			return json_fault(r, "a low surrogate must follow a high one");
		r->at += 2;
		if (!json_hex(r, &low))
			return false;
		if (!is_utf16_surrogate_second(low))
			return json_fault(r, "a low surrogate must follow a high one");
		code = surrogate_pair_to_codepoint(code, low);
	}
	memset(out, 0, sizeof(out));
	pg_unicode_to_server(code, out);
	appendStringInfoString(&r->text, (char *) out);
	return true;
}

static bool
json_escape(JsonReader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (r->at >= r->end)
		return json_fault(r, "the string does not end");
	if (*r->at == 'u')
	{
		r->at++;
		return json_unicode(r);
	}
	found = strchr(from, *r->at);
	if (found == NULL || *r->at == '\0')
		return json_fault(r, "no such escape sequence");
	appendStringInfoChar(&r->text, to[found - from]);
	r->at++;
	return true;
}

/* Behind its opening quote; the string is in r->text. */
static bool
json_string(JsonReader *r)
{
	resetStringInfo(&r->text);
	for (;;)
	{
		const char *from = r->at;

		while (r->at < r->end && *r->at != '"' && *r->at != '\\' &&
			   (unsigned char) *r->at >= ' ')
			r->at++;
		appendBinaryStringInfo(&r->text, from, r->at - from);
		if (r->at >= r->end)
			return json_fault(r, "the string does not end");
		if (*r->at == '"')
		{
			r->at++;
			return true;
		}
		if (*r->at != '\\')
			return json_fault(r, "a control character in a string must be escaped");
		r->at++;
		if (!json_escape(r))
			return false;
	}
}

/* ---------- values ---------- */

static bool
json_number(JsonReader *r, GwInferNode *node)
{
	const char *from = r->at;
	GwTextFacts facts;

	while (r->at < r->end && (isalnum((unsigned char) *r->at) || *r->at == '-' ||
							  *r->at == '+' || *r->at == '.'))
		r->at++;
	if (!gw_infer_number(from, r->at - from, &facts))
	{
		r->at = from;
		return json_fault(r, "not a number that can be stored");
	}
	if (node != NULL)
		gw_infer_add_number(node, from, r->at - from);
	return true;
}

static bool
json_word(JsonReader *r, const char *word)
{
	int len = strlen(word);

	if (r->end - r->at < len || memcmp(r->at, word, len) != 0 ||
		(r->end - r->at > len && isalnum((unsigned char) r->at[len])))
		return false;
	r->at += len;
	return true;
}

static bool
json_array(JsonReader *r, GwInferNode *node)
{
	if (node != NULL)
		gw_infer_add_array(node);
	if (json_take(r, ']'))
		return true;
	do
	{
		if (!json_value(r, node ? gw_infer_element(node) : NULL))
			return false;
	} while (json_take(r, ','));
	return json_take(r, ']') || json_fault(r, "expected \",\" or \"]\"");
}

static bool
json_member(JsonReader *r, GwInferNode *node)
{
	GwInferNode *field = NULL;

	if (!json_take(r, '"'))
		return json_fault(r, "expected a key in double quotes");
	if (!json_string(r))
		return false;
	if (node != NULL)
		field = gw_infer_field(node, r->text.data, r->text.len);
	if (field != NULL && gw_infer_field_again(field, gw_infer_objects(node)))
		gw_infer_notice(r->notices, "duplicate_key", NULL,
						"key \"%s\" stands twice in an object of row " INT64_FORMAT
						"; both values count", r->text.data, r->row);
	if (!json_take(r, ':'))
		return json_fault(r, "expected \":\" behind a key");
	return json_value(r, field);
}

static bool
json_object(JsonReader *r, GwInferNode *node)
{
	if (node != NULL)
		gw_infer_add_object(node);
	if (json_take(r, '}'))
		return true;
	do
	{
		if (!json_member(r, node))
			return false;
	} while (json_take(r, ','));
	return json_take(r, '}') || json_fault(r, "expected \",\" or \"}\"");
}

static bool
json_value(JsonReader *r, GwInferNode *node)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (json_take(r, '{'))
		return json_object(r, node);
	if (json_take(r, '['))
		return json_array(r, node);
	if (json_take(r, '"'))
	{
		if (!json_string(r))
			return false;
		if (node != NULL)
			gw_infer_add_text(node, r->text.data, r->text.len, r->row, false);
		return true;
	}
	if (r->at >= r->end)
		return json_fault(r, "a value is missing");
	if (json_word(r, "null"))
	{
		if (node != NULL)
			gw_infer_add_null(node);
		return true;
	}
	if (json_word(r, "true") || json_word(r, "false"))
	{
		if (node != NULL)
			gw_infer_add_bool(node);
		return true;
	}
	return json_number(r, node);
}

/* ---------- the text ---------- */

static GwStatus
json_report(JsonReader *r, GwError *err)
{
	int line = 1;
	const char *begin = r->start;

	for (const char *at = r->start; at < r->at; at++)
		if (*at == '\n')
		{
			line++;
			begin = at + 1;
		}
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_TEXT_REPRESENTATION,
				 "the JSON text cannot be read at line %d, character %d", line,
				 pg_mbstrlen_with_len(begin, r->at - begin) + 1);
	gw_error_detail(err, "In row " INT64_FORMAT ": %s.", r->row, r->why);
	return GW_FAILED;
}

static bool
json_enough(const JsonReader *r, const GwInferOptions *options)
{
	return options->sample > 0 && r->row >= options->sample;
}

/* The elements of a top-level array are rows. */
static bool
json_rows(JsonReader *r, const GwInferOptions *options, GwInferNode *node, bool *cut)
{
	if (json_take(r, ']'))
		return true;
	do
	{
		if (json_enough(r, options))
		{
			*cut = true;
			return true;
		}
		r->row++;
		if (!json_value(r, node))
			return false;
	} while (json_take(r, ','));
	return json_take(r, ']') || json_fault(r, "expected \",\" or \"]\"");
}

GwStatus
gw_infer_json(const char *text, int len, const GwInferOptions *options, GwInferNode *node,
			  int64 *rows, bool *cut, List **notices, GwError *err)
{
	JsonReader r = {text, text, text + len};

	r.notices = notices;
	r.row = *rows;
	initStringInfo(&r.text);
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		r.at += 3;
	*cut = false;
	for (json_blank(&r); r.at < r.end && !*cut; json_blank(&r))
	{
		if (json_take(&r, '['))
		{
			if (!json_rows(&r, options, node, cut))
				return json_report(&r, err);
			continue;
		}
		if (json_enough(&r, options))
		{
			*cut = true;
			break;
		}
		r.row++;
		if (!json_value(&r, node))
			return json_report(&r, err);
	}
	*rows = r.row;
	pfree(r.text.data);
	return GW_OK;
}

GwStatus
gw_infer_json_value(const char *text, int len, GwInferNode *node, int64 row, List **notices,
					GwError *err)
{
	JsonReader r = {text, text, text + len};
	bool fine;

	r.notices = notices;
	r.row = row;
	initStringInfo(&r.text);
	fine = json_value(&r, node);
	json_blank(&r);
	if (fine && r.at < r.end)
		fine = json_fault(&r, "text follows the value");
	pfree(r.text.data);
	return fine ? GW_OK : json_report(&r, err);
}

bool
gw_infer_is_json(const char *text, int len)
{
	JsonReader r = {text, text, text + len};
	bool fine;

	initStringInfo(&r.text);
	fine = json_value(&r, NULL);
	json_blank(&r);
	pfree(r.text.data);
	return fine && r.at == r.end;
}
