/*
 * gw_encode.c
 *	  Rows in PostgreSQL's COPY formats, binary and text.
 *
 * The common types are written by hand, the others by their own send and
 * output functions.  Nothing is checked: a Datum is a value of its type.
 *
 * An encoder lives in the context that was current when it was made.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "schema/gw_encode.h"
#include "schema/gw_value_private.h"

typedef void (*EncodeFn)(GwEncoder *encoder, StringInfo buf, Datum value);

struct GwEncoder
{
	EncodeFn encode;
	bool binary;
	FmgrInfo function; /* send or output */
};

/* signature, no flags, no extension */
const char gw_encode_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
const int gw_encode_headlen = 19;
const char gw_encode_tail[] = "\377\377";
const int gw_encode_taillen = 2;

/* ---- binary ---- */

static inline void
binary_word16(StringInfo buf, uint16 n)
{
	n = pg_hton16(n);
	appendBinaryStringInfo(buf, (char *) &n, sizeof(n));
}

static inline void
binary_word32(StringInfo buf, uint32 n)
{
	n = pg_hton32(n);
	appendBinaryStringInfo(buf, (char *) &n, sizeof(n));
}

/* A length and a value of 4 or 8 bytes, in one piece. */
static inline void
binary_field32(StringInfo buf, uint32 value)
{
	uint32 words[2] = {pg_hton32(sizeof(value)), pg_hton32(value)};

	appendBinaryStringInfo(buf, (char *) words, sizeof(words));
}

static inline void
binary_field64(StringInfo buf, uint64 value)
{
	char bytes[sizeof(uint32) + sizeof(uint64)];
	uint32 len = pg_hton32(sizeof(value));

	value = pg_hton64(value);
	memcpy(bytes, &len, sizeof(len));
	memcpy(bytes + sizeof(len), &value, sizeof(value));
	appendBinaryStringInfo(buf, bytes, sizeof(bytes));
}

static void
binary_int2(GwEncoder *encoder, StringInfo buf, Datum value)
{
	binary_word32(buf, sizeof(int16));
	binary_word16(buf, (uint16) DatumGetInt16(value));
}

static void
binary_int4(GwEncoder *encoder, StringInfo buf, Datum value)
{
	binary_field32(buf, (uint32) DatumGetInt32(value));
}

/* int8, timestamp, timestamptz, time */
static void
binary_int8(GwEncoder *encoder, StringInfo buf, Datum value)
{
	binary_field64(buf, (uint64) DatumGetInt64(value));
}

static void
binary_float4(GwEncoder *encoder, StringInfo buf, Datum value)
{
	float4 f = DatumGetFloat4(value);
	uint32 n;

	memcpy(&n, &f, sizeof(n));
	binary_field32(buf, n);
}

static void
binary_float8(GwEncoder *encoder, StringInfo buf, Datum value)
{
	float8 f = DatumGetFloat8(value);
	uint64 n;

	memcpy(&n, &f, sizeof(n));
	binary_field64(buf, n);
}

static void
binary_bool(GwEncoder *encoder, StringInfo buf, Datum value)
{
	binary_word32(buf, 1);
	appendStringInfoCharMacro(buf, DatumGetBool(value) ? 1 : 0);
}

/* Types that are sent as the bytes they hold; we write the database encoding. */
static void
binary_bytes(GwEncoder *encoder, StringInfo buf, Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

	binary_word32(buf, (uint32) VARSIZE_ANY_EXHDR(bytes));
	appendBinaryStringInfo(buf, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
	if ((Pointer) bytes != DatumGetPointer(value))
		pfree(bytes);
}

/* A version, then the text. */
static void
binary_jsonb(GwEncoder *encoder, StringInfo buf, Datum value)
{
	char *text = OutputFunctionCall(&encoder->function, value);
	Size len = strlen(text);

	binary_word32(buf, (uint32) len + 1);
	appendStringInfoCharMacro(buf, 1);
	appendBinaryStringInfo(buf, text, (int) len);
	pfree(text);
}

static void
binary_send(GwEncoder *encoder, StringInfo buf, Datum value)
{
	bytea *bytes = SendFunctionCall(&encoder->function, value);

	binary_word32(buf, (uint32) (VARSIZE(bytes) - VARHDRSZ));
	appendBinaryStringInfo(buf, VARDATA(bytes), VARSIZE(bytes) - VARHDRSZ);
	pfree(bytes);
}

static EncodeFn
binary_pick(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return binary_bool;
		case INT2OID:
			return binary_int2;
		case INT4OID:
		case DATEOID:
			return binary_int4;
		case INT8OID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return binary_int8;
		case FLOAT4OID:
			return binary_float4;
		case FLOAT8OID:
			return binary_float8;
		case BYTEAOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case JSONOID:
			return binary_bytes;
		case JSONBOID:
			return binary_jsonb;
		default:
			return binary_send;
	}
}

bool
gw_encode_binary_fits(Oid from, Oid to)
{
	Oid type = getBaseType(from);

	if (gw_value_is_text_like(type))
		return gw_value_is_text_like(to);
	return type == to &&
		(gw_value_is_encoding_free(type) || type == JSONOID || type == JSONBOID);
}

/* ---- text ---- */

static void
text_append(StringInfo buf, const char *text)
{
	const char *start = text;
	const char *p;

	for (p = text; *p != '\0'; p++)
	{
		char escaped;

		switch (*p)
		{
			case '\\':
				escaped = '\\';
				break;
			case '\n':
				escaped = 'n';
				break;
			case '\r':
				escaped = 'r';
				break;
			case '\t':
				escaped = 't';
				break;
			default:
				continue;
		}
		appendBinaryStringInfo(buf, start, (int) (p - start));
		appendStringInfoCharMacro(buf, '\\');
		appendStringInfoCharMacro(buf, escaped);
		start = p + 1;
	}
	appendBinaryStringInfo(buf, start, (int) (p - start));
}

static void
text_output(GwEncoder *encoder, StringInfo buf, Datum value)
{
	char *text = OutputFunctionCall(&encoder->function, value);

	text_append(buf, text);
	pfree(text);
}

bool
gw_encode_text_is_plain(Oid type)
{
	switch (getBaseType(type))
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case UUIDOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case JSONOID:
		case JSONBOID:
			return true;
		default:
			return false;
	}
}

/* ---- rows ---- */

GwEncoder *
gw_encoder_create(Oid type, bool binary)
{
	GwEncoder *encoder = palloc0(sizeof(GwEncoder));
	Oid base = getBaseType(type);
	bool varlena;
	Oid function;

	encoder->binary = binary;
	encoder->encode = binary ? binary_pick(base) : text_output;
	if (encoder->encode == binary_send)
		getTypeBinaryOutputInfo(base, &function, &varlena);
	else
		getTypeOutputInfo(base, &function, &varlena);
	fmgr_info(function, &encoder->function);
	return encoder;
}

void
gw_encode(GwEncoder *encoder, StringInfo buf, Datum value, bool isnull)
{
	if (!isnull)
		encoder->encode(encoder, buf, value);
	else if (encoder->binary)
		binary_word32(buf, (uint32) -1);
	else
		appendBinaryStringInfo(buf, "\\N", 2);
}

void
gw_encode_row_begin(StringInfo buf, int nfields, bool binary)
{
	if (binary)
		binary_word16(buf, (uint16) nfields);
}

void
gw_encode_separator(StringInfo buf, bool binary)
{
	if (!binary)
		appendStringInfoCharMacro(buf, '\t');
}

void
gw_encode_row_end(StringInfo buf, bool binary)
{
	if (!binary)
		appendStringInfoCharMacro(buf, '\n');
}
