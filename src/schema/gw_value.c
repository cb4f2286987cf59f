/*
 * gw_value.c
 *	  Cells to Datums and Datums to parameter text.
 *
 * How a column is decoded is settled once, in gw_decoder_create(): the
 * per-cell path only follows function pointers.  What a value looks like is
 * never judged here beyond "does it fit the local type without change": the
 * types' own input and receive functions do that, and their SQLSTATEs pass.
 *
 * "Fits" means that a type modifier may pad (char) but never round or cut:
 * numeric(10,2) refuses 1.234 instead of storing 1.23.  Floating-point types
 * hold the nearest value by nature, so they take what their input function
 * makes of the text.
 *
 * A decoder lives in the context that was current when it was made; decoded
 * values live in the context that is current when they are decoded.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "schema/gw_value.h"

/* How many bytes of a value an error shows. */
#define VALUE_HEAD 60

typedef Datum (*GwDecodeFn)(GwDecoder *decoder, const GwCell *cell);

struct GwDecoder
{
	GwDecodeFn decode;
	const char *name;
	GwCellFormat format;
	Oid from;	  /* the remote's type, 0 unknown */
	Oid to;		  /* local type below any domain */
	int32 typmod; /* its modifier */
	Oid domain;	  /* the local column's domain, or 0 */
	void *domain_extra;
	MemoryContext cxt;
	bool unproven; /* the modifier might change a value: compare */
	int16 typlen;
	bool typbyval;
	Oid ioparam; /* of `to` */
	FmgrInfo input, output;
	Oid from_ioparam; /* of `from`, where it is received or printed */
	FmgrInfo from_receive, from_output;
	FmgrInfo equal; /* unproven only */
	/* The text that is being decoded, for the error context. */
	const char *text;
	int textlen;
};

static Datum decode_datum_copy(GwDecoder *d, const GwCell *cell);
static Datum decode_datum_via_text(GwDecoder *d, const GwCell *cell);
static Datum decode_binary_int(GwDecoder *d, const GwCell *cell);
static Datum decode_binary_receive(GwDecoder *d, const GwCell *cell);
static Datum decode_binary_via_text(GwDecoder *d, const GwCell *cell);
static Datum decode_text_int(GwDecoder *d, const GwCell *cell);
static Datum decode_text_bool(GwDecoder *d, const GwCell *cell);
static Datum decode_text_string(GwDecoder *d, const GwCell *cell);
static Datum decode_text_input(GwDecoder *d, const GwCell *cell);

/* Is the type stored as nothing but its text, below a varlena header? */
static bool
value_is_text_like(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

/*
 * Receive functions that convert nothing: whatever client_encoding is, they
 * give the same value.
 */
static bool
value_is_encoding_free(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case BYTEAOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
		case UUIDOID:
		case BITOID:
		case VARBITOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
			return true;
		default:
			return false;
	}
}

/* Types of which the remote's oid means the same here. */
static bool
value_is_builtin(Oid type)
{
	return OidIsValid(type) && type < FirstGenbkiObjectId;
}

static GwDecodeFn
value_pick_text(const GwDecoder *d)
{
	if (d->to == INT2OID || d->to == INT4OID || d->to == INT8OID)
		return decode_text_int;
	if (d->to == BOOLOID)
		return decode_text_bool;
	if (value_is_text_like(d->to) && d->typmod < 0)
		return decode_text_string;
	return decode_text_input;
}

static GwDecodeFn
value_pick_binary(GwDecoder *d)
{
	bool varlena;
	Oid receive;

	if (value_is_text_like(d->from) || d->from == JSONOID || d->from == NAMEOID)
		return value_pick_text(d); /* their binary form is their text */
	if (!value_is_builtin(d->from))
		elog(ERROR, "column \"%s\" came in binary with an unknown type", d->name);

	getTypeBinaryInputInfo(d->from, &receive, &d->from_ioparam);
	fmgr_info_cxt(receive, &d->from_receive, d->cxt);
	if (d->from == d->to && !d->unproven)
	{
		if (d->to == INT2OID || d->to == INT4OID || d->to == INT8OID)
			return decode_binary_int;
		return decode_binary_receive;
	}
	getTypeOutputInfo(d->from, &receive, &varlena);
	fmgr_info_cxt(receive, &d->from_output, d->cxt);
	return decode_binary_via_text;
}

static GwDecodeFn
value_pick_datum(GwDecoder *d)
{
	Oid base = getBaseType(d->from);
	bool varlena;
	Oid output;

	if (!d->unproven && (base == d->to || (value_is_text_like(base) && d->to == TEXTOID)))
		return decode_datum_copy;
	getTypeOutputInfo(d->from, &output, &varlena);
	fmgr_info_cxt(output, &d->from_output, d->cxt);
	return decode_datum_via_text;
}

/* Could applying the local type modifier change a value that arrives? */
static bool
value_is_unproven(GwDecoder *d, const GwColumnInfo *from)
{
	TypeCacheEntry *entry;

	if (d->typmod < 0)
		return false;
	if (from->typmod == d->typmod && (from->format == GW_CELL_DATUM
									  ? getBaseType(from->type_oid) == d->to
									  : value_is_builtin(d->to) && from->type_oid == d->to))
		return false;
	entry = lookup_type_cache(d->to, TYPECACHE_EQ_OPR);
	if (!OidIsValid(entry->eq_opr))
		return false; /* no way to compare; the modifier's own check must do */
	fmgr_info_cxt(get_opcode(entry->eq_opr), &d->equal, d->cxt);
	return true;
}

GwDecoder *
gw_decoder_create(const GwColumnInfo *from, Oid to, int32 typmod, const char *name)
{
	GwDecoder *d = palloc0(sizeof(GwDecoder));
	bool varlena;
	Oid fn;

	d->cxt = CurrentMemoryContext;
	d->name = pstrdup(name);
	d->format = from->format;
	d->from = from->type_oid;
	d->typmod = typmod;
	d->to = getBaseTypeAndTypmod(to, &d->typmod);
	if (d->to != to)
		d->domain = to;
	d->unproven = value_is_unproven(d, from);

	get_typlenbyval(d->to, &d->typlen, &d->typbyval);
	getTypeInputInfo(d->to, &fn, &d->ioparam);
	fmgr_info_cxt(fn, &d->input, d->cxt);
	getTypeOutputInfo(d->to, &fn, &varlena);
	fmgr_info_cxt(fn, &d->output, d->cxt);

	switch (from->format)
	{
		case GW_CELL_TEXT:
			d->decode = value_pick_text(d);
			break;
		case GW_CELL_BINARY:
			d->decode = value_pick_binary(d);
			break;
		case GW_CELL_DATUM:
			d->decode = value_pick_datum(d);
			break;
	}
	return d;
}

/* A printable head of a text whose encoding is not to be trusted. */
static char *
value_head(const char *text, int len)
{
	char *head;
	int n = Min(len, VALUE_HEAD);
	int i;

	if (pg_verify_mbstr(GetDatabaseEncoding(), text, len, true))
	{
		n = pg_mbcliplen(text, len, VALUE_HEAD);
		head = pnstrdup(text, n);
	}
	else
	{
		head = pnstrdup(text, n);
		for (i = 0; i < n; i++)
			if (IS_HIGHBIT_SET(head[i]) || head[i] == '\0')
				head[i] = '?';
	}
	for (i = 0; i < n; i++)
		if ((unsigned char) head[i] < 0x20 || head[i] == 0x7f)
			head[i] = ' ';
	return n < len ? psprintf("%s...", head) : head;
}

static void
value_error_context(void *arg)
{
	GwDecoder *d = arg;

	if (d->text != NULL)
		errcontext("column \"%s\", value \"%s\"", d->name, value_head(d->text, d->textlen));
	else
		errcontext("column \"%s\"", d->name);
}

Datum
gw_decode(GwDecoder *decoder, const GwCell *cell, bool *isnull)
{
	ErrorContextCallback callback;
	Datum result = (Datum) 0;

	callback.callback = value_error_context;
	callback.arg = decoder;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	decoder->text = NULL;

	*isnull = cell->len < 0;
	if (!*isnull)
		result = decoder->decode(decoder, cell);
	if (OidIsValid(decoder->domain))
		domain_check(result, *isnull, decoder->domain, &decoder->domain_extra, decoder->cxt);

	error_context_stack = callback.previous;
	return result;
}

/* ---------- values that need no conversion ---------- */

static Datum
decode_datum_copy(GwDecoder *d, const GwCell *cell)
{
	/*
	 * The stream's snapshot may be gone before the value is used, and with it
	 * the guarantee that its TOAST rows stay: fetch them now.
	 */
	if (d->typlen == -1 && VARATT_IS_EXTERNAL(DatumGetPointer(cell->datum)) &&
		!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(cell->datum)))
		return PointerGetDatum(
			detoast_external_attr((struct varlena *) DatumGetPointer(cell->datum)));
	return datumCopy(cell->datum, d->typbyval, d->typlen);
}

/* ---------- text ---------- */

static void pg_attribute_noreturn()
value_does_not_fit(const GwDecoder *d)
{
	int sqlstate;

	switch (d->to)
	{
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
			sqlstate = ERRCODE_DATETIME_VALUE_OUT_OF_RANGE;
			break;
		case NUMERICOID:
			sqlstate = ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
			break;
		default:
			sqlstate = ERRCODE_STRING_DATA_RIGHT_TRUNCATION;
	}
	ereport(ERROR,
			(errcode(sqlstate),
			 errmsg("value does not fit type %s of column \"%s\" without a change",
					format_type_with_typemod(d->to, d->typmod), d->name),
			 errdetail("The type would round or cut it."),
			 errhint("Declare the column with the remote column's own type or a wider one.")));
}

/* Turn verified text into a value of d->to. */
static Datum
value_from_text(GwDecoder *d, const char *text)
{
	Datum value = InputFunctionCall(&d->input, (char *) text, d->ioparam, d->typmod);

	if (d->unproven)
	{
		Datum plain = InputFunctionCall(&d->input, (char *) text, d->ioparam, -1);

		if (!DatumGetBool(FunctionCall2Coll(&d->equal, C_COLLATION_OID, value, plain)))
			value_does_not_fit(d);
	}
	else if ((d->to == NAMEOID || d->to == CHAROID) &&
			 strcmp(OutputFunctionCall(&d->output, value), text) != 0)
		value_does_not_fit(d); /* their input functions cut without a word */
	return value;
}

static void
value_verify(GwDecoder *d, const GwCell *cell)
{
	d->text = cell->data;
	d->textlen = cell->len;
	pg_verifymbstr(cell->data, cell->len, false);
}

static Datum
decode_text_input(GwDecoder *d, const GwCell *cell)
{
	value_verify(d, cell);
	return value_from_text(d, cell->data);
}

static Datum
decode_text_string(GwDecoder *d, const GwCell *cell)
{
	value_verify(d, cell);
	return PointerGetDatum(cstring_to_text_with_len(cell->data, cell->len));
}

static Datum
decode_text_bool(GwDecoder *d, const GwCell *cell)
{
	if (cell->len == 1 && (cell->data[0] == 't' || cell->data[0] == 'f'))
		return BoolGetDatum(cell->data[0] == 't');
	return decode_text_input(d, cell);
}

/* Up to 18 plain digits by hand; the input function judges all the rest. */
static Datum
decode_text_int(GwDecoder *d, const GwCell *cell)
{
	const char *p = cell->data;
	const char *end = p + cell->len;
	bool negative = p < end && *p == '-';
	int64 value = 0;

	if (negative)
		p++;
	if (p == end || end - p > 18)
		return decode_text_input(d, cell);
	for (; p < end; p++)
	{
		if (*p < '0' || *p > '9')
			return decode_text_input(d, cell);
		value = value * 10 + (*p - '0');
	}
	if (negative)
		value = -value;

	if (d->to == INT8OID)
		return Int64GetDatum(value);
	if (d->to == INT4OID && value >= PG_INT32_MIN && value <= PG_INT32_MAX)
		return Int32GetDatum((int32) value);
	if (d->to == INT2OID && value >= PG_INT16_MIN && value <= PG_INT16_MAX)
		return Int16GetDatum((int16) value);
	return decode_text_input(d, cell);
}

/* ---------- binary ---------- */

static Datum
value_receive(GwDecoder *d, const GwCell *cell, int32 typmod)
{
	StringInfoData buf;
	Datum value;

	buf.data = (char *) cell->data;
	buf.len = cell->len;
	buf.maxlen = cell->len + 1;
	buf.cursor = 0;

	if (value_is_encoding_free(d->from) || pg_get_client_encoding() == GetDatabaseEncoding())
		value = ReceiveFunctionCall(&d->from_receive, &buf, d->from_ioparam, typmod);
	else
	{
		/* Text inside the value is in the database's encoding, not the client's. */
		int saved = pg_get_client_encoding();

		PG_TRY();
		{
			if (SetClientEncoding(GetDatabaseEncoding()) < 0)
				elog(ERROR, "could not pin the client encoding");
			value = ReceiveFunctionCall(&d->from_receive, &buf, d->from_ioparam, typmod);
		}
		PG_FINALLY();
		{
			(void) SetClientEncoding(saved);
		}
		PG_END_TRY();
	}
	if (buf.cursor != buf.len)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("incorrect binary data format in column \"%s\"", d->name)));
	return value;
}

static Datum
decode_binary_receive(GwDecoder *d, const GwCell *cell)
{
	return value_receive(d, cell, d->typmod);
}

static Datum
decode_binary_int(GwDecoder *d, const GwCell *cell)
{
	uint16 n2;
	uint32 n4;
	uint64 n8;

	if (d->to == INT4OID && cell->len == sizeof(n4))
	{
		memcpy(&n4, cell->data, sizeof(n4));
		return Int32GetDatum((int32) pg_ntoh32(n4));
	}
	if (d->to == INT8OID && cell->len == sizeof(n8))
	{
		memcpy(&n8, cell->data, sizeof(n8));
		return Int64GetDatum((int64) pg_ntoh64(n8));
	}
	if (d->to == INT2OID && cell->len == sizeof(n2))
	{
		memcpy(&n2, cell->data, sizeof(n2));
		return Int16GetDatum((int16) pg_ntoh16(n2));
	}
	return value_receive(d, cell, -1); /* wrong length: the type's own error */
}

/* ---------- from another type, through its text ---------- */

static Datum
value_via_text(GwDecoder *d, Datum value)
{
	int nestlevel = gw_value_begin_text();
	char *text = OutputFunctionCall(&d->from_output, value);

	gw_value_end_text(nestlevel);
	d->text = text;
	d->textlen = strlen(text);
	return value_from_text(d, text);
}

static Datum
decode_binary_via_text(GwDecoder *d, const GwCell *cell)
{
	return value_via_text(d, value_receive(d, cell, -1));
}

static Datum
decode_datum_via_text(GwDecoder *d, const GwCell *cell)
{
	return value_via_text(d, cell->datum);
}

/* ---------- Datums as parameter text ---------- */

static void
value_pin(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

int
gw_value_begin_text(void)
{
	int nestlevel = NewGUCNestLevel();

	if (DateStyle != USE_ISO_DATES)
		value_pin("datestyle", "ISO");
	if (IntervalStyle != INTSTYLE_POSTGRES)
		value_pin("intervalstyle", "postgres");
	if (extra_float_digits < 3)
		value_pin("extra_float_digits", "3");
	if (bytea_output != BYTEA_OUTPUT_HEX)
		value_pin("bytea_output", "hex");
	/* regclass and its like must print schema-qualified names. */
	value_pin("search_path", "pg_catalog");
	return nestlevel;
}

void
gw_value_end_text(int nestlevel)
{
	AtEOXact_GUC(true, nestlevel);
}

char *
gw_value_text(Datum value, Oid type)
{
	Oid output;
	bool varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}
