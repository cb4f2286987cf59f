/*
 * gw_value_jsonb.c
 *	  jsonb values made by hand from the text that jsonb is sent as.
 *
 * A remote writes a document with its keys sorted and unique, so that the
 * stored form can be written in one go: tokens first, then the containers.
 * Every rule that makes this right is checked; the first thing that is out of
 * the ordinary (an escape, an exponent, keys in another order, deep nesting,
 * bad syntax) leaves the document to jsonb's own input function, which also
 * raises the errors.
 *
 * The stored form is described in PostgreSQL's utils/jsonb.h; the unit tests and
 * the fuzzer compare ours with what jsonb_in() makes, byte for byte.
 */
#include "postgres.h"

#include "schema/gw_value_private.h"
#include "utils/jsonb.h"

#define JSONB_MAX_DEPTH 32
#define JSONB_MAX_TEXT (16 * 1024 * 1024)

/* As many decimals as gw_value_numeric_write() surely has room for. */
#define JSONB_MAX_DECIMALS 40

typedef enum JsonbKind
{
	JSONB_STRING,
	JSONB_NUMBER,
	JSONB_TRUE,
	JSONB_FALSE,
	JSONB_NULL,
	JSONB_ARRAY,
	JSONB_OBJECT,
} JsonbKind;

/* A value in the order of the text; a container's children follow it. */
typedef struct JsonbToken
{
	JsonbKind kind;
	int next;		  /* the token behind this value and all in it */
	int n;			  /* bytes of a string or number; elements or pairs */
	const char *text; /* string, number */
} JsonbToken;

struct GwJsonbReader
{
	const char *at, *end;
	JsonbToken *tokens;
	int ntokens, max_tokens;
	Size size; /* what is surely enough for the value */
};

/* The value under construction. */
typedef struct JsonbWriter
{
	const JsonbToken *tokens;
	char *start; /* behind the varlena header */
	char *at;
} JsonbWriter;

static bool jsonb_read_value(GwJsonbReader *reader, int depth);
static JEntry jsonb_write_value(JsonbWriter *writer, int index);

GwJsonbReader *
gw_jsonb_reader_create(void)
{
	GwJsonbReader *reader = palloc0(sizeof(GwJsonbReader));

	reader->max_tokens = 64;
	reader->tokens = palloc(reader->max_tokens * sizeof(JsonbToken));
	return reader;
}

/* ---- text to tokens ---- */

static inline void
jsonb_skip_space(GwJsonbReader *reader)
{
	while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
										*reader->at == '\t' || *reader->at == '\r'))
		reader->at++;
}

/* The next character that means something, or NUL. */
static inline char
jsonb_peek(GwJsonbReader *reader)
{
	jsonb_skip_space(reader);
	return reader->at < reader->end ? *reader->at : '\0';
}

/* A new token; its index. */
static inline int
jsonb_add(GwJsonbReader *reader, JsonbKind kind, const char *text, int n)
{
	JsonbToken *token;

	if (reader->ntokens == reader->max_tokens)
	{
		reader->max_tokens *= 2;
		reader->tokens = repalloc_huge(reader->tokens,
									   (Size) reader->max_tokens * sizeof(JsonbToken));
	}
	token = &reader->tokens[reader->ntokens];
	token->kind = kind;
	token->text = text;
	token->n = n;
	token->next = reader->ntokens + 1;
	/* Its entry, its padding, and what it holds (a number: two bytes for four). */
	reader->size += sizeof(JEntry) + 3 + (kind == JSONB_NUMBER ? n + 16 : Max(n, 4));
	return reader->ntokens++;
}

static bool
jsonb_read_string(GwJsonbReader *reader)
{
	const char *start = reader->at + 1;
	const char *p = start;

	while (p < reader->end && *p != '"')
	{
		if (*p == '\\' || (unsigned char) *p < 0x20)
			return false;
		p++;
	}
	if (p >= reader->end)
		return false;
	(void) jsonb_add(reader, JSONB_STRING, start, p - start);
	reader->at = p + 1;
	return true;
}

static bool
jsonb_read_digits(GwJsonbReader *reader)
{
	const char *start = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > start;
}

static bool
jsonb_read_number(GwJsonbReader *reader)
{
	const char *start = reader->at;
	const char *first = start + (*start == '-');

	reader->at = first;
	if (!jsonb_read_digits(reader) || (*first == '0' && reader->at > first + 1))
		return false;
	if (reader->at < reader->end && *reader->at == '.')
	{
		reader->at++;
		if (!jsonb_read_digits(reader))
			return false;
	}
	if (reader->at - start > JSONB_MAX_DECIMALS)
		return false;
	/* An exponent, or something that is no number after all. */
	if (reader->at < reader->end && strchr(",]} \n\t\r", *reader->at) == NULL)
		return false;
	(void) jsonb_add(reader, JSONB_NUMBER, start, reader->at - start);
	return true;
}

static bool
jsonb_read_word(GwJsonbReader *reader, const char *word, JsonbKind kind)
{
	Size len = strlen(word);

	if (reader->end - reader->at < len || memcmp(reader->at, word, len) != 0)
		return false;
	reader->at += len;
	if (reader->at < reader->end && strchr(",]} \n\t\r", *reader->at) == NULL)
		return false;
	(void) jsonb_add(reader, kind, NULL, 0);
	return true;
}

/* Keys are sorted by length, then by bytes; none comes twice. */
static bool
jsonb_key_follows(const GwJsonbReader *reader, int before, int key)
{
	const JsonbToken *a = &reader->tokens[before];
	const JsonbToken *b = &reader->tokens[key];

	return a->n < b->n || (a->n == b->n && memcmp(a->text, b->text, a->n) < 0);
}

static bool
jsonb_read_container(GwJsonbReader *reader, bool object, int depth)
{
	int self = jsonb_add(reader, object ? JSONB_OBJECT : JSONB_ARRAY, NULL, 0);
	char close = object ? '}' : ']';
	int before = -1;
	int n = 0;

	reader->at++;
	if (jsonb_peek(reader) == close)
		reader->at++;
	else
	{
		for (;;)
		{
			char c;

			if (object)
			{
				int key = reader->ntokens;

				if (jsonb_peek(reader) != '"' || !jsonb_read_string(reader) ||
					(before >= 0 && !jsonb_key_follows(reader, before, key)) ||
					jsonb_peek(reader) != ':')
					return false;
				reader->at++;
				before = key;
			}
			if (!jsonb_read_value(reader, depth + 1))
				return false;
			n++;
			c = jsonb_peek(reader);
			if (c != ',' && c != close)
				return false;
			reader->at++;
			if (c == close)
				break;
		}
	}
	reader->tokens[self].n = n;
	reader->tokens[self].next = reader->ntokens;
	return true;
}

static bool
jsonb_read_value(GwJsonbReader *reader, int depth)
{
	if (depth > JSONB_MAX_DEPTH)
		return false;
	switch (jsonb_peek(reader))
	{
		case '{':
			return jsonb_read_container(reader, true, depth);
		case '[':
			return jsonb_read_container(reader, false, depth);
		case '"':
			return jsonb_read_string(reader);
		case 't':
			return jsonb_read_word(reader, "true", JSONB_TRUE);
		case 'f':
			return jsonb_read_word(reader, "false", JSONB_FALSE);
		case 'n':
			return jsonb_read_word(reader, "null", JSONB_NULL);
		default:
			return jsonb_read_number(reader);
	}
}

/* ---- tokens to the stored form ---- */

static inline void
jsonb_pad(JsonbWriter *writer)
{
	while ((writer->at - writer->start) % sizeof(uint32) != 0)
		*writer->at++ = '\0';
}

/* Write entry i of a container whose children have taken `total` bytes with it. */
static inline void
jsonb_put_entry(JEntry *entries, int i, JEntry entry, uint32 total)
{
	if (i % JB_OFFSET_STRIDE == 0)
		entry = (entry & JENTRY_TYPEMASK) | total | JENTRY_HAS_OFF;
	entries[i] = entry;
}

/*
 * A container: its header, an entry for each child, the children; of an object
 * all keys before all values.  An array may stand for a lone scalar.
 */
static JEntry
jsonb_write_container(JsonbWriter *writer, bool object, bool scalar, int n, int child)
{
	const char *base = writer->at;
	uint32 header = n | (object ? JB_FOBJECT : JB_FARRAY) | (scalar ? JB_FSCALAR : 0);
	JEntry *entries;
	uint32 total = 0;
	int at;
	int i;

	jsonb_pad(writer);
	memcpy(writer->at, &header, sizeof(header));
	entries = (JEntry *) (writer->at + sizeof(header));
	writer->at = (char *) (entries + (object ? 2 * n : n));
	for (i = 0, at = child; object && i < n; i++)
	{
		JEntry entry = jsonb_write_value(writer, at);

		total += JBE_OFFLENFLD(entry);
		jsonb_put_entry(entries, i, entry, total);
		at = writer->tokens[at + 1].next;
	}
	for (i = 0, at = child; i < n; i++)
	{
		JEntry entry;

		if (object)
			at++; /* its key */
		entry = jsonb_write_value(writer, at);
		total += JBE_OFFLENFLD(entry);
		jsonb_put_entry(entries, object ? n + i : i, entry, total);
		at = writer->tokens[at].next;
	}
	return JENTRY_ISCONTAINER | (uint32) (writer->at - base);
}

static JEntry
jsonb_write_value(JsonbWriter *writer, int index)
{
	const JsonbToken *token = &writer->tokens[index];
	const char *base = writer->at;

	switch (token->kind)
	{
		case JSONB_STRING:
			memcpy(writer->at, token->text, token->n);
			writer->at += token->n;
			return JENTRY_ISSTRING | token->n;
		case JSONB_NUMBER:
			jsonb_pad(writer);
			writer->at += gw_value_numeric_write(writer->at, token->text, token->n, 0);
			return JENTRY_ISNUMERIC | (uint32) (writer->at - base);
		case JSONB_TRUE:
			return JENTRY_ISBOOL_TRUE;
		case JSONB_FALSE:
			return JENTRY_ISBOOL_FALSE;
		case JSONB_NULL:
			return JENTRY_ISNULL;
		case JSONB_ARRAY:
		case JSONB_OBJECT:
			break;
	}
	return jsonb_write_container(writer, token->kind == JSONB_OBJECT, false, token->n, index + 1);
}

Datum
gw_jsonb_read(GwJsonbReader *reader, const char *text, int len)
{
	JsonbWriter writer;
	Jsonb *result;
	const JsonbToken *root;

	if (len <= 0 || len > JSONB_MAX_TEXT)
		return (Datum) 0;
	reader->at = text;
	reader->end = text + len;
	reader->ntokens = 0;
	/* The header, and the array around a lone scalar. */
	reader->size = VARHDRSZ + sizeof(uint32);
	if (!jsonb_read_value(reader, 0))
		return (Datum) 0;
	jsonb_skip_space(reader);
	if (reader->at != reader->end)
		return (Datum) 0;

	result = palloc(reader->size);
	root = reader->tokens;
	writer.tokens = reader->tokens;
	writer.start = writer.at = (char *) &result->root;
	if (root->kind == JSONB_ARRAY || root->kind == JSONB_OBJECT)
		(void) jsonb_write_value(&writer, 0);
	else
		(void) jsonb_write_container(&writer, false, true, 1, 0);
	SET_VARSIZE(result, VARHDRSZ + (writer.at - writer.start));
	return JsonbPGetDatum(result);
}
