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
 * numeric(10,2) refuses 1.234 instead of storing 1.23.  Nor does a type drop a
 * part of the value: no day without its time, no time without its day.
 * Floating-point types hold the nearest value by nature, so they take what
 * their input function makes of the text.
 *
 * A moment that comes without a zone is one of UTC, as it is sent and compared
 * there; the session's own zone would make another of it for everyone.
 *
 * A decoder lives in the context that was current when it was made; decoded
 * values live in the context that is current when they are decoded.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/float.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "schema/gw_value_private.h"

/* The one version there is of jsonb's binary form. */
#define JSONB_WIRE_VERSION 1

/* How many bytes of a value an error shows. */
#define VALUE_HEAD 60

static Datum decode_datum_copy(GwDecoder *d, const GwCell *cell);
static Datum decode_datum_via_text(GwDecoder *d, const GwCell *cell);
static Datum decode_binary_via_text(GwDecoder *d, const GwCell *cell);
static Datum decode_binary_jsonb(GwDecoder *d, const GwCell *cell);
static Datum decode_text_string(GwDecoder *d, const GwCell *cell);
static Datum decode_text_hex(GwDecoder *d, const GwCell *cell);
static void value_pin_utc(void);

bool
gw_value_is_text_like(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
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
	GwDecodeFn plain = gw_value_pick_plain(d);

	if (plain != NULL)
		return plain;
	if (d->to == BYTEAOID && d->form == GW_FORM_HEX)
		return decode_text_hex;
	/* The very same type has applied the very same modifier there. */
	if (gw_value_is_text_like(d->to) && (d->typmod < 0 || (d->from == d->to && !d->unproven)))
		return decode_text_string;
	return gw_value_input;
}

static GwDecodeFn
value_pick_binary(GwDecoder *d)
{
	bool varlena;
	Oid receive;

	if (gw_value_is_text_like(d->from) || d->from == JSONOID || d->from == NAMEOID)
		return value_pick_text(d); /* their binary form is their text */
	if (d->from == JSONBOID)
		return decode_binary_jsonb; /* ... after a version */
	if (!value_is_builtin(d->from))
		elog(ERROR, "column \"%s\" came in binary with an unknown type", d->name);

	getTypeBinaryInputInfo(d->from, &receive, &d->from_ioparam);
	fmgr_info_cxt(receive, &d->from_receive, d->cxt);
	if (d->from == d->to && !d->unproven)
		return gw_value_pick_binary(d);
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

	if (!d->unproven && (base == d->to || (gw_value_is_text_like(base) && d->to == TEXTOID)))
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

/* Types whose modifier is a number of digits, 6 being those that are stored. */
static bool
value_has_micros(Oid type)
{
	return type == TIMEOID || type == TIMETZOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
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
	d->form = from->form;
	d->from = from->type_oid;
	d->typmod = typmod;
	d->to = getBaseTypeAndTypmod(to, &d->typmod);
	if (d->to != to)
		d->domain = to;
	if (value_has_micros(d->to) && d->typmod == MAX_TIMESTAMP_PRECISION)
		d->typmod = -1; /* all digits there are */
	d->unproven = value_is_unproven(d, from);
	d->utc = (d->to == TIMESTAMPTZOID || d->to == TIMETZOID) && from->format != GW_CELL_DATUM;

	get_typlenbyval(d->to, &d->typlen, &d->typbyval);
	getTypeInputInfo(d->to, &fn, &d->ioparam);
	fmgr_info_cxt(fn, &d->input, d->cxt);
	getTypeOutputInfo(d->to, &fn, &varlena);
	fmgr_info_cxt(fn, &d->output, d->cxt);

	/* Parsing a document takes many times its size. */
	if (d->to == JSONBOID)
	{
		d->scratch = AllocSetContextCreate(d->cxt, "gw decoder", ALLOCSET_DEFAULT_SIZES);
		d->jsonb = gw_jsonb_reader_create();
	}

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

/* The decoder at work, for the error context. */
typedef struct ValueAtWork
{
	GwDecoder *decoder;
} ValueAtWork;

static void
value_error_context(void *arg)
{
	GwDecoder *d = ((ValueAtWork *) arg)->decoder;

	if (d->text != NULL)
		errcontext("column \"%s\", value \"%s\"", d->name, value_head(d->text, d->textlen));
	else
		errcontext("column \"%s\"", d->name);
}

static inline Datum
value_decode(GwDecoder *decoder, const GwCell *cell, bool *isnull)
{
	Datum result = (Datum) 0;

	decoder->text = NULL;
	*isnull = cell->len < 0;
	if (!*isnull)
		result = decoder->decode(decoder, cell);
	if (OidIsValid(decoder->domain))
		domain_check(result, *isnull, decoder->domain, &decoder->domain_extra, decoder->cxt);
	return result;
}

void
gw_decode_row(GwDecoder **decoders, const AttrNumber *attnos, int ncells, const GwCell *cells,
			  Datum *values, bool *isnull)
{
	ValueAtWork work = {NULL};
	ErrorContextCallback callback = {error_context_stack, value_error_context, &work};
	int i;

	error_context_stack = &callback;
	for (i = 0; i < ncells; i++)
	{
		int at = attnos[i] - 1;

		work.decoder = decoders[i];
		values[at] = value_decode(decoders[i], &cells[i], &isnull[at]);
	}
	error_context_stack = callback.previous;
}

Datum
gw_decode(GwDecoder *decoder, const GwCell *cell, bool *isnull)
{
	AttrNumber first = 1;
	Datum result;

	gw_decode_row(&decoder, &first, 1, cell, &result, isnull);
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

static GW_NORETURN void
value_does_not_fit(const GwDecoder *d)
{
	int sqlstate;

	switch (d->to)
	{
		case DATEOID:
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

/*
 * A document, by hand or by its input function: then the value alone, what
 * else that allocates is freed at once.
 */
static Datum
value_from_document(GwDecoder *d, const char *text)
{
	MemoryContext old;
	Datum value = gw_jsonb_read(d->jsonb, text, d->textlen);

	if (value != (Datum) 0)
		return value;
	old = MemoryContextSwitchTo(d->scratch);
	value = InputFunctionCall(&d->input, (char *) text, d->ioparam, d->typmod);
	MemoryContextSwitchTo(old);
	value = datumCopy(value, d->typbyval, d->typlen);
	MemoryContextReset(d->scratch);
	return value;
}

/* The input function's value; whether the session's zone would have a say is settled here. */
static Datum
value_input_call(GwDecoder *d, const char *text, int32 typmod)
{
	const char *colon = strchr(text, ':');
	Datum value;
	int nestlevel;

	if (!d->utc || (colon != NULL && strpbrk(colon, "+-Z") != NULL))
		return InputFunctionCall(&d->input, (char *) text, d->ioparam, typmod);
	nestlevel = NewGUCNestLevel();
	value_pin_utc();
	value = InputFunctionCall(&d->input, (char *) text, d->ioparam, typmod);
	AtEOXact_GUC(true, nestlevel);
	return value;
}

/* Does a day stand in the text of a time?  A clock is followed by no number, but by its zone. */
static bool
value_names_day(const char *text)
{
	const char *colon = strchr(text, ':');

	if (colon != NULL && memchr(text + 1, '-', Max(colon - text, 1) - 1) != NULL)
		return true;
	for (; *text != '\0'; text++)
		if (strchr(" Tt", *text) != NULL && isdigit((unsigned char) text[1]))
			return true;
	return false;
}

/* date_in() forgets a time of day, time_in() a day, without a word. */
static void
value_check_parts(const GwDecoder *d, const char *text, Datum value)
{
	size_t digits = strspn(text, "0123456789-");
	Datum moment;

	if (d->to != DATEOID)
	{
		if (value_names_day(text))
			value_does_not_fit(d);
		return;
	}
	/* Most are a day alone; years beyond those of timestamp are written so as well. */
	if (text[digits] == '\0' || strcmp(text + digits, " BC") == 0)
		return;
	moment = DirectFunctionCall3(timestamp_in, CStringGetDatum(text),
								 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (DatumGetTimestamp(moment) != DatumGetTimestamp(DirectFunctionCall1(date_timestamp, value)))
		value_does_not_fit(d);
}

/* Turn verified text, d->text, into a value of d->to. */
static Datum
value_from_text(GwDecoder *d, const char *text)
{
	Datum value;

	if (d->scratch != NULL)
		return value_from_document(d, text);
	value = value_input_call(d, text, d->typmod);
	if (d->unproven)
	{
		Datum plain = value_input_call(d, text, -1);

		if (!DatumGetBool(FunctionCall2Coll(&d->equal, C_COLLATION_OID, value, plain)))
			value_does_not_fit(d);
	}
	else if ((d->to == NAMEOID || d->to == CHAROID) &&
			 strcmp(OutputFunctionCall(&d->output, value), text) != 0)
		value_does_not_fit(d); /* their input functions cut without a word */
	if (d->to == DATEOID || d->to == TIMEOID || d->to == TIMETZOID)
		value_check_parts(d, text, value);
	return value;
}

void
gw_value_verify(GwDecoder *d, const GwCell *cell)
{
	d->text = cell->data;
	d->textlen = cell->len;
	pg_verifymbstr(cell->data, cell->len, false);
}

Datum
gw_value_input(GwDecoder *d, const GwCell *cell)
{
	gw_value_verify(d, cell);
	return value_from_text(d, cell->data);
}

static Datum
decode_text_string(GwDecoder *d, const GwCell *cell)
{
	gw_value_verify(d, cell);
	return PointerGetDatum(cstring_to_text_with_len(cell->data, cell->len));
}

/* Without a prefix bytea's input function would take the digits for bytes. */
static Datum
decode_text_hex(GwDecoder *d, const GwCell *cell)
{
	bytea *value = palloc(cell->len / 2 + VARHDRSZ);
	uint64 len;

	gw_value_verify(d, cell);
	len = hex_decode(cell->data, cell->len, VARDATA(value));
	SET_VARSIZE(value, len + VARHDRSZ);
	return PointerGetDatum(value);
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
	return value_via_text(d, gw_value_receive(d, cell, -1));
}

/* A version, then the text, which the input function reads. */
static Datum
decode_binary_jsonb(GwDecoder *d, const GwCell *cell)
{
	GwCell text = {.data = cell->data + 1, .len = cell->len - 1};

	if (cell->len < 1 || cell->data[0] != JSONB_WIRE_VERSION)
		gw_value_bad_binary(d, cell);
	return gw_value_input(d, &text);
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

static void
value_pin_utc(void)
{
	if (strcmp(pg_get_timezone_name(session_timezone), "UTC") != 0)
		value_pin("timezone", "UTC");
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
	if (strcmp(namespace_search_path, "pg_catalog") != 0)
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

char *
gw_value_cell_text(const GwColumnInfo *column, const GwCell *cell)
{
	int nestlevel = gw_value_begin_text();
	GwDecoder d = {.from = column->type_oid, .name = column->name, .cxt = CurrentMemoryContext};
	Datum value = cell->datum;
	char *text;
	Oid receive;

	if (column->format == GW_CELL_BINARY)
	{
		/* As a remote that sends text says it. */
		value_pin_utc();
		getTypeBinaryInputInfo(d.from, &receive, &d.from_ioparam);
		fmgr_info(receive, &d.from_receive);
		value = gw_value_receive(&d, cell, -1);
	}
	text = gw_value_text(value, d.from);
	gw_value_end_text(nestlevel);
	return text;
}
