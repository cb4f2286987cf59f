/*
 * gw_json_stream.c
 *	  The pull reader: a token at a time, unescaped in place.
 *
 * Owns nothing; the text is the caller's.  A token that is not complete yet
 * leaves the reader where the token begins, except that a long string's scan
 * goes on where it stopped.
 */
#include "postgres.h"

#include "base/gw_json_stream.h"
#include "port/pg_bitutils.h"

/* What may come next. */
enum
{
	EXPECT_VALUE,	   /* after a comma in an array, a colon, or at the start */
	EXPECT_ITEM_OR_END, /* after [ */
	EXPECT_KEY_OR_END, /* after { */
	EXPECT_KEY,		   /* after a comma in an object */
	EXPECT_COLON,
	EXPECT_COMMA_OR_END, /* after a value inside something */
	EXPECT_NOTHING,		 /* after the outermost value */
};

static GwJsonToken
json_bad(GwJsonReader *reader, const char *problem)
{
	reader->problem = problem;
	return GW_JSON_BAD;
}

void
gw_json_begin(GwJsonReader *reader, char *data, size_t len, bool whole)
{
	memset(reader, 0, sizeof(*reader));
	reader->data = data;
	reader->len = len;
	reader->whole = whole;
	reader->expect = EXPECT_VALUE;
}

void
gw_json_feed(GwJsonReader *reader, char *data, size_t len, bool whole)
{
	reader->data = data;
	reader->len = len;
	reader->whole = whole;
}

/* The byte at the reader's place, also where a NUL stands for it. */
static inline char
json_peek(const GwJsonReader *reader)
{
	return reader->held != '\0' && reader->held_at == reader->at ? reader->held
																 : reader->data[reader->at];
}

/*
 * Which of the eight bytes end a run of plain string characters?  0: none; else
 * the lowest byte that is not 0 is the first that does, those above it mean nothing.
 */
static inline uint64
json_word_ends(uint64 word)
{
	const uint64 ones = UINT64CONST(0x0101010101010101);
	const uint64 highs = UINT64CONST(0x8080808080808080);
	uint64 quote = word ^ (ones * '"');
	uint64 slash = word ^ (ones * '\\');

	return (((quote - ones) & ~quote) | ((slash - ones) & ~slash) |
			((word - ones * 0x20) & ~word)) & highs;
}

/* Over plain string characters, eight at a time. */
static inline const char *
json_run(const char *at, const char *end)
{
	while (end - at >= 8)
	{
		uint64 word, ends;

		memcpy(&word, at, 8);
		ends = json_word_ends(word);
		if (ends != 0)
		{
#ifndef WORDS_BIGENDIAN
			at += pg_rightmost_one_pos64(ends) / 8;
#endif
			break;
		}
		at += 8;
	}
	return at;
}

static int
json_hex4(const char *at)
{
	int value = 0;

	for (int i = 0; i < 4; i++)
	{
		char c = at[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if (c >= 'a' && c <= 'f')
			value |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value |= c - 'A' + 10;
		else
			return -1;
	}
	return value;
}

/* \uXXXX, or two of them, behind the u; bytes consumed, or 0 with *problem. */
static size_t
json_unicode(const char *at, const char *end, char **out, const char **problem)
{
	int code = end - at >= 4 ? json_hex4(at) : -1;
	size_t used = 4;
	unsigned char *to = (unsigned char *) *out;

	if (code < 0)
	{
		*problem = "\\u is not followed by four hexadecimal digits";
		return 0;
	}
	if (code >= 0xd800 && code <= 0xdfff)
	{
		int low = end - at >= 10 && at[4] == '\\' && at[5] == 'u' ? json_hex4(at + 6) : -1;

		if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
		{
			*problem = "half of a surrogate pair";
			return 0;
		}
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
		used = 10;
	}
	if (code == 0)
	{
		*problem = "a string holds the character U+0000, which no text here can";
		return 0;
	}
	if (code < 0x80)
		*to++ = code;
	else if (code < 0x800)
	{
		*to++ = 0xc0 | code >> 6;
		*to++ = 0x80 | (code & 0x3f);
	}
	else if (code < 0x10000)
	{
		*to++ = 0xe0 | code >> 12;
		*to++ = 0x80 | (code >> 6 & 0x3f);
		*to++ = 0x80 | (code & 0x3f);
	}
	else
	{
		*to++ = 0xf0 | code >> 18;
		*to++ = 0x80 | (code >> 12 & 0x3f);
		*to++ = 0x80 | (code >> 6 & 0x3f);
		*to++ = 0x80 | (code & 0x3f);
	}
	*out = (char *) to;
	return used;
}

/* Unescape text[0 .. len) in place; its new length, or -1 with a problem. */
static ssize_t
json_unescape(char *text, size_t len, const char **problem)
{
	static const char from[] = "\"\\/bfnrt";
	static const char into[] = "\"\\/\b\f\n\r\t";
	const char *at = memchr(text, '\\', len);
	const char *end = text + len;
	char *out = unconstify(char *, at);

	while (at < end)
	{
		const char *found;

		if (*at != '\\')
		{
			const char *next = memchr(at, '\\', end - at);
			size_t run = (next ? next : end) - at;

			memmove(out, at, run);
			out += run;
			at += run;
			continue;
		}
		at++;
		if (*at == 'u')
		{
			size_t used = json_unicode(at + 1, end, &out, problem);

			if (used == 0)
				return -1;
			at += 1 + used;
			continue;
		}
		found = *at != '\0' ? strchr(from, *at) : NULL;
		if (found == NULL)
		{
			*problem = "an unknown escape";
			return -1;
		}
		*out++ = into[found - from];
		at++;
	}
	return out - text;
}

/* A string whose opening quote is at reader->at. */
static GwJsonToken
json_string(GwJsonReader *reader, GwJsonToken token)
{
	const char *begin = reader->data + reader->at + 1;
	const char *end = reader->data + reader->len;
	const char *at = begin + reader->scanned;
	const char *problem = NULL;
	ssize_t len;

	for (;;)
	{
		at = json_run(at, end);
		if (at >= end || *at == '"')
			break;
		if (*at == '\\')
		{
			/* The escaped byte is part of the string, whatever it is. */
			if (end - at < 2)
				break;
			reader->escaped = true;
			at++;
		}
		else if ((unsigned char) *at < 0x20)
			return json_bad(reader, "a control character within a string");
		at++;
	}
	if (at >= end || *at != '"')
	{
		reader->scanned = at - begin;
		return reader->whole ? json_bad(reader, "a string without its end") : GW_JSON_MORE;
	}
	len = at - begin;
	reader->text = begin;
	reader->at = at + 1 - reader->data;
	if (reader->escaped)
	{
		len = json_unescape(unconstify(char *, begin), len, &problem);
		if (len < 0)
			return json_bad(reader, problem);
	}
	unconstify(char *, begin)[len] = '\0';
	reader->textlen = len;
	reader->scanned = 0;
	reader->escaped = false;
	return token;
}

/* Is it a number as RFC 8259 writes them? */
static bool
json_number_valid(const char *at, const char *end)
{
	const char *digits;

	if (at < end && *at == '-')
		at++;
	digits = at;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	if (at == digits || (*digits == '0' && at - digits > 1))
		return false;
	if (at < end && *at == '.')
	{
		digits = ++at;
		while (at < end && *at >= '0' && *at <= '9')
			at++;
		if (at == digits)
			return false;
	}
	if (at < end && (*at == 'e' || *at == 'E'))
	{
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		digits = at;
		while (at < end && *at >= '0' && *at <= '9')
			at++;
		if (at == digits)
			return false;
	}
	return at == end;
}

/* May the byte be part of a number or a word? */
static bool
json_is_bare(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		   c == '-' || c == '+' || c == '.';
}

/* A number, true, false or null: as long as it goes on. */
static GwJsonToken
json_bare(GwJsonReader *reader)
{
	char *begin = reader->data + reader->at;
	char *end = reader->data + reader->len;
	char *at = begin + reader->scanned;
	size_t len;

	while (at < end && json_is_bare(*at))
		at++;
	len = at - begin;
	if (at == end && !reader->whole)
	{
		reader->scanned = len;
		return GW_JSON_MORE;
	}
	reader->scanned = 0;
	if (len == 4 && memcmp(begin, "true", 4) == 0)
	{
		reader->at += len;
		return GW_JSON_TRUE;
	}
	if (len == 5 && memcmp(begin, "false", 5) == 0)
	{
		reader->at += len;
		return GW_JSON_FALSE;
	}
	if (len == 4 && memcmp(begin, "null", 4) == 0)
	{
		reader->at += len;
		return GW_JSON_NULL;
	}
	if (!json_number_valid(begin, at))
		return json_bad(reader, len == 0 ? "an unexpected character" : "an unknown word");
	reader->text = begin;
	reader->textlen = len;
	reader->at += len;
	if (at < end)
	{
		reader->held = *at;
		reader->held_at = reader->at;
	}
	*at = '\0';
	return GW_JSON_NUMBER;
}

/* What comes after a value that has ended here. */
static void
json_after_value(GwJsonReader *reader)
{
	reader->expect = reader->depth == 0 ? EXPECT_NOTHING : EXPECT_COMMA_OR_END;
}

static GwJsonToken
json_open(GwJsonReader *reader, bool object)
{
	if (reader->depth >= GW_JSON_MAX_DEPTH)
		return json_bad(reader, "more than 64 levels");
	if (object)
		reader->objects |= UINT64CONST(1) << reader->depth;
	else
		reader->objects &= ~(UINT64CONST(1) << reader->depth);
	reader->depth++;
	reader->at++;
	reader->expect = object ? EXPECT_KEY_OR_END : EXPECT_ITEM_OR_END;
	return object ? GW_JSON_OBJECT : GW_JSON_ARRAY;
}

static GwJsonToken
json_close(GwJsonReader *reader, bool object)
{
	reader->at++;
	reader->depth--;
	json_after_value(reader);
	return object ? GW_JSON_OBJECT_END : GW_JSON_ARRAY_END;
}

static bool
json_in_object(const GwJsonReader *reader)
{
	return reader->depth > 0 && (reader->objects >> (reader->depth - 1) & 1) != 0;
}

static GwJsonToken
json_value(GwJsonReader *reader, char c)
{
	GwJsonToken token;

	if (c == '{' || c == '[')
		return json_open(reader, c == '{');
	token = c == '"' ? json_string(reader, GW_JSON_STRING) : json_bare(reader);
	if (token != GW_JSON_MORE && token != GW_JSON_BAD)
		json_after_value(reader);
	return token;
}

GwJsonToken
gw_json_next(GwJsonReader *reader)
{
	GwJsonToken token;

	if (reader->problem != NULL)
		return GW_JSON_BAD;
	for (;;)
	{
		char c;

		if (reader->at >= reader->len)
		{
			if (!reader->whole)
				return GW_JSON_MORE;
			return reader->expect == EXPECT_NOTHING ? GW_JSON_END
													: json_bad(reader, "the text ends too early");
		}
		c = json_peek(reader);
		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
		{
			reader->at++;
			continue;
		}
		switch (reader->expect)
		{
			case EXPECT_COMMA_OR_END:
				if (c == ',')
				{
					reader->at++;
					reader->expect = json_in_object(reader) ? EXPECT_KEY : EXPECT_VALUE;
					continue;
				}
				if (c == (json_in_object(reader) ? '}' : ']'))
					return json_close(reader, c == '}');
				return json_bad(reader, "neither a comma nor an end");
			case EXPECT_COLON:
				if (c != ':')
					return json_bad(reader, "a key without a colon");
				reader->at++;
				reader->expect = EXPECT_VALUE;
				continue;
			case EXPECT_KEY_OR_END:
				if (c == '}')
					return json_close(reader, true);
				/* FALLTHROUGH */
			case EXPECT_KEY:
				if (c != '"')
					return json_bad(reader, "a key that is no string");
				token = json_string(reader, GW_JSON_KEY);
				if (token == GW_JSON_KEY)
					reader->expect = EXPECT_COLON;
				return token;
			case EXPECT_ITEM_OR_END:
				if (c == ']')
					return json_close(reader, false);
				/* FALLTHROUGH */
			case EXPECT_VALUE:
				return json_value(reader, c);
			default:
				return json_bad(reader, "something after the end");
		}
	}
}

GwJsonToken
gw_json_skip(GwJsonReader *reader, GwJsonToken first)
{
	GwJsonToken token = first;

	/* skip_depth is one more than the depth outside of the value; 0: none. */
	if (first == GW_JSON_KEY)
	{
		reader->skip_depth = reader->depth + 1;
		token = gw_json_next(reader);
	}
	else if (first == GW_JSON_OBJECT || first == GW_JSON_ARRAY)
		reader->skip_depth = reader->depth;
	else if (first == GW_JSON_MORE && reader->skip_depth > 0)
		token = gw_json_next(reader);
	else
		return first;
	while (token != GW_JSON_MORE && token != GW_JSON_BAD && token != GW_JSON_END)
	{
		if (reader->depth < reader->skip_depth)
		{
			reader->skip_depth = 0;
			return token;
		}
		token = gw_json_next(reader);
	}
	return token;
}

GwJsonToken
gw_json_next_item(GwJsonReader *reader)
{
	const char *at = reader->data + reader->at;
	size_t left = reader->len - reader->at;
	bool comma = reader->expect == EXPECT_COMMA_OR_END;

	/* Usually there are no blanks. */
	if (left < 6 || (comma ? *at++ != ',' : reader->expect != EXPECT_ITEM_OR_END) ||
		json_in_object(reader) || reader->depth == 0 || reader->problem != NULL ||
		reader->scanned > 0)
		return gw_json_next(reader);
	if (*at == '"')
	{
		const char *begin = at + 1;
		char *end = unconstify(char *, json_run(begin, reader->data + reader->len));

		/* Whatever else ends the run, and a string that is not all here, is not for here. */
		if (end - reader->data >= reader->len || *end != '"')
			return gw_json_next(reader);
		*end = '\0';
		reader->text = begin;
		reader->textlen = end - begin;
		reader->at = end + 1 - reader->data;
		reader->expect = EXPECT_COMMA_OR_END;
		return GW_JSON_STRING;
	}
	if (memcmp(at, "null", 4) != 0 || left < 7 || (at[4] != ',' && at[4] != ']'))
		return gw_json_next(reader);
	reader->at = at + 4 - reader->data;
	reader->expect = EXPECT_COMMA_OR_END;
	return GW_JSON_NULL;
}

/* A value has been read: nothing else may be in its object. */
static GwJsonToken
json_box_end(GwJsonReader *reader, GwJsonToken token)
{
	const char *text = reader->text;
	size_t textlen = reader->textlen;
	GwJsonToken end = gw_json_next(reader);

	if (end == GW_JSON_BAD)
		return end;
	if (end != GW_JSON_OBJECT_END)
		return json_bad(reader, "an object with more than one member");
	reader->text = text;
	reader->textlen = textlen;
	return token;
}

/* The same token by token. */
static GwJsonToken
json_unbox_slowly(GwJsonReader *reader, char key)
{
	GwJsonToken token = gw_json_next(reader);

	if (token == GW_JSON_ARRAY_END || token == GW_JSON_BAD)
		return token;
	if (token != GW_JSON_OBJECT)
		return json_bad(reader, "an item that is no object");
	token = gw_json_next(reader);
	if (token != GW_JSON_KEY || reader->textlen != 1 || reader->text[0] != key)
		return json_bad(reader, "an object without the member it has to have");
	token = gw_json_next(reader);
	if (token == GW_JSON_OBJECT || token == GW_JSON_ARRAY || token == GW_JSON_BAD)
		return token;
	return json_box_end(reader, token);
}

GwJsonToken
gw_json_unbox(GwJsonReader *reader, char key)
{
	const char *at = reader->data + reader->at;
	const char *end = reader->data + reader->len;
	bool comma = reader->expect == EXPECT_COMMA_OR_END;
	GwJsonToken token;

	/* Usually there are no blanks. */
	if ((!comma && reader->expect != EXPECT_ITEM_OR_END) || json_in_object(reader) ||
		reader->depth + 2 > GW_JSON_MAX_DEPTH || end - at < 12 || (comma && *at++ != ',') ||
		at[0] != '{' || at[1] != '"' || at[2] != key || at[3] != '"' || at[4] != ':')
		return json_unbox_slowly(reader, key);
	at += 5;
	if (*at == '"' || *at == '[')
	{
		reader->objects |= UINT64CONST(1) << reader->depth++;
		reader->at = at - reader->data;
		if (*at == '[')
			return json_open(reader, false);
		token = json_string(reader, GW_JSON_STRING);
		if (token != GW_JSON_STRING)
			return token == GW_JSON_BAD ? token : json_bad(reader, "a string without its end");
		reader->expect = EXPECT_COMMA_OR_END;
		if (reader->at >= reader->len || reader->data[reader->at] != '}')
			return json_box_end(reader, token);
		reader->at++;
		reader->depth--;
		return token;
	}
	if (memcmp(at, "null}", 5) != 0)
		return json_unbox_slowly(reader, key);
	reader->at = at + 5 - reader->data;
	reader->expect = EXPECT_COMMA_OR_END;
	return GW_JSON_NULL;
}
