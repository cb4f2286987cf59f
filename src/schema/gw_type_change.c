/*
 * gw_type_change.c
 *	  What becomes of a column's values when its type changes.
 *
 * A type stands for a set of values.  One widens into another when its set is
 * contained in the other's; that relation is transitive because it is decided
 * by bounds (digits, lengths, bits), never by a list of pairs.  Pairs outside
 * of it get a class from the families of both types.  Parameters that are
 * absent mean "unbounded" for lengths and precisions and "unknown" for
 * fractions.  Allocates nothing.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "schema/gw_schema_diff.h"

/* Digits that a double and a single hold whatever they are. */
#define FLOAT64_DIGITS 15
#define FLOAT64_SCALE 300

/* The fraction an absent one might be: at least, at most. */
#define FRACTION_LEAST 6
#define FRACTION_MOST 9

/* The same for the precision of a DECFLOAT. */
#define DECFLOAT_LEAST 34
#define DECFLOAT_MOST 38

typedef enum Family
{
	FAMILY_OTHER = 0,
	FAMILY_BOOL,
	FAMILY_INTEGER,
	FAMILY_DECIMAL,
	FAMILY_FLOAT,
	FAMILY_TEXT,
	FAMILY_BYTES,
	FAMILY_BITS,
	FAMILY_DATE,
	FAMILY_TIME,
	FAMILY_WALL,	/* TIMESTAMP */
	FAMILY_INSTANT, /* TIMESTAMPTZ, TIMESTAMPOFFSET */
	FAMILY_INTERVAL,
	FAMILY_DOCUMENT,
	FAMILY_LABEL, /* ENUM, SET */
	FAMILY_NET,
	FAMILY_GEO,
	FAMILY_NESTED,
} Family;

/* bits: of an integer's magnitude; digits: enough for every value of it. */
static const struct
{
	Family family;
	int bits, digits;
	bool is_signed;
} change_facts[GW_NTYPES] = {
	[GW_TYPE_BOOL] = {FAMILY_BOOL, 0, 0, false},
	[GW_TYPE_INT8] = {FAMILY_INTEGER, 7, 3, true},
	[GW_TYPE_INT16] = {FAMILY_INTEGER, 15, 5, true},
	[GW_TYPE_INT32] = {FAMILY_INTEGER, 31, 10, true},
	[GW_TYPE_INT64] = {FAMILY_INTEGER, 63, 19, true},
	[GW_TYPE_INT128] = {FAMILY_INTEGER, 127, 39, true},
	[GW_TYPE_UINT8] = {FAMILY_INTEGER, 8, 3, false},
	[GW_TYPE_UINT16] = {FAMILY_INTEGER, 16, 5, false},
	[GW_TYPE_UINT32] = {FAMILY_INTEGER, 32, 10, false},
	[GW_TYPE_UINT64] = {FAMILY_INTEGER, 64, 20, false},
	[GW_TYPE_FLOAT32] = {FAMILY_FLOAT, 24, 0, true},
	[GW_TYPE_FLOAT64] = {FAMILY_FLOAT, 53, 0, true},
	[GW_TYPE_DECFLOAT] = {FAMILY_DECIMAL, 0, 0, true},
	[GW_TYPE_NUMERIC] = {FAMILY_DECIMAL, 0, 0, true},
	[GW_TYPE_STRING] = {FAMILY_TEXT, 0, 0, false},
	[GW_TYPE_CHAR] = {FAMILY_TEXT, 0, 0, false},
	[GW_TYPE_BYTES] = {FAMILY_BYTES, 0, 0, false},
	[GW_TYPE_FIXED_BYTES] = {FAMILY_BYTES, 0, 0, false},
	[GW_TYPE_ROWVERSION] = {FAMILY_BYTES, 0, 0, false},
	[GW_TYPE_HLLSKETCH] = {FAMILY_BYTES, 0, 0, false},
	[GW_TYPE_BIT] = {FAMILY_BITS, 0, 0, false},
	[GW_TYPE_VARBIT] = {FAMILY_BITS, 0, 0, false},
	[GW_TYPE_DATE] = {FAMILY_DATE, 0, 0, false},
	[GW_TYPE_TIME] = {FAMILY_TIME, 0, 0, false},
	[GW_TYPE_TIMETZ] = {FAMILY_TIME, 0, 0, false},
	[GW_TYPE_TIMESTAMP] = {FAMILY_WALL, 0, 0, false},
	[GW_TYPE_TIMESTAMPTZ] = {FAMILY_INSTANT, 0, 0, false},
	[GW_TYPE_TIMESTAMPOFFSET] = {FAMILY_INSTANT, 0, 0, false},
	[GW_TYPE_INTERVAL_YM] = {FAMILY_INTERVAL, 0, 0, false},
	[GW_TYPE_INTERVAL_DS] = {FAMILY_INTERVAL, 0, 0, false},
	[GW_TYPE_INTERVAL] = {FAMILY_INTERVAL, 0, 0, false},
	[GW_TYPE_JSON] = {FAMILY_DOCUMENT, 0, 0, false},
	[GW_TYPE_VARIANT] = {FAMILY_DOCUMENT, 0, 0, false},
	[GW_TYPE_ENUM] = {FAMILY_LABEL, 0, 0, false},
	[GW_TYPE_SET] = {FAMILY_LABEL, 0, 0, false},
	[GW_TYPE_INET] = {FAMILY_NET, 0, 0, false},
	[GW_TYPE_CIDR] = {FAMILY_NET, 0, 0, false},
	[GW_TYPE_GEOGRAPHY] = {FAMILY_GEO, 0, 0, false},
	[GW_TYPE_GEOMETRY] = {FAMILY_GEO, 0, 0, false},
	[GW_TYPE_RANGE] = {FAMILY_NESTED, 0, 0, false},
	[GW_TYPE_VECTOR] = {FAMILY_NESTED, 0, 0, false},
	[GW_TYPE_ARRAY] = {FAMILY_NESTED, 0, 0, false},
	[GW_TYPE_STRUCT] = {FAMILY_NESTED, 0, 0, false},
	[GW_TYPE_MAP] = {FAMILY_NESTED, 0, 0, false},
};

static const char *const change_names[GW_NTYPE_CHANGES] = {
	"same",	  "widen",	 "annotate",	"textual", "remap",
	"narrow", "convert", "reinterpret", "lossy",   "incompatible"};

const char *
gw_type_change_name(GwTypeChange change)
{
	return change_names[change];
}

static Family
change_family(const GwType *type)
{
	return change_facts[type->id].family;
}

/* ---------- bounds ---------- */

/* May a parameter that holds "from" be held by one that holds "to"? */
static bool
change_bound_fits(int64 from, int64 to)
{
	return to == GW_ABSENT || (from != GW_ABSENT && from <= to);
}

static bool
change_fraction_fits(int from, int to)
{
	if (from == to)
		return true;
	return (from == GW_ABSENT ? FRACTION_MOST : from) <= (to == GW_ABSENT ? FRACTION_LEAST : to);
}

/* What a length is counted in. */
static char
change_unit(const GwType *type)
{
	return type->length_unit == NULL ? 'c' : type->length_unit[0];
}

/* The length that a text of one unit may need in another; a CHAR has one. */
static int64
change_length_in(const GwType *from, char unit)
{
	int64 length = from->id == GW_TYPE_CHAR && from->length == GW_ABSENT ? 1 : from->length;
	char own = change_unit(from);

	if (length == GW_ABSENT || own == unit || unit == 'c' || own == 'b')
		return length;
	if (unit == 'b')
		return own == 'c' ? length * 4 : length * 3;
	return length * 2; /* characters in UTF-16 units */
}

static int64
change_own_length(const GwType *type)
{
	bool one = type->id == GW_TYPE_CHAR || type->id == GW_TYPE_BIT;

	return one && type->length == GW_ABSENT ? 1 : type->length;
}

static bool
change_text_fits(const GwType *from, const GwType *to)
{
	int64 room = change_own_length(to);

	return room == GW_ABSENT || change_bound_fits(change_length_in(from, change_unit(to)), room);
}

static int
change_label_length(const char *label, char unit)
{
	return unit == 'c' ? pg_mbstrlen(label) : unit == 'b' ? strlen(label)
														  : 2 * pg_mbstrlen(label);
}

/* The longest text of an ENUM, or of a SET with all its members. */
static bool
change_labels_fit(const GwType *from, const GwType *to)
{
	char unit = change_unit(to);
	int64 longest = 0, sum = 0;

	for (int i = 0; i < from->nvalues; i++)
	{
		int length = change_label_length(from->values[i], unit);

		longest = Max(longest, length);
		sum += length + (i > 0 ? 1 : 0);
	}
	return change_bound_fits(from->id == GW_TYPE_SET ? sum : longest, to->length);
}

/* Are the first labels of one those of the other? */
static bool
change_labels_begin(const GwType *from, const GwType *to)
{
	if (from->nvalues > to->nvalues)
		return false;
	for (int i = 0; i < from->nvalues; i++)
	{
		if (strcmp(from->values[i], to->values[i]) != 0)
			return false;
	}
	return true;
}

static bool
change_labels_among(const GwType *from, const GwType *to)
{
	for (int i = 0; i < from->nvalues; i++)
	{
		bool found = false;

		for (int j = 0; j < to->nvalues && !found; j++)
			found = strcmp(from->values[i], to->values[j]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* ---------- numbers ---------- */

static int
change_scale(const GwType *type)
{
	return type->has_scale ? type->scale : 0;
}

static bool
change_integer_widens(const GwType *from, const GwType *to)
{
	int bits = change_facts[from->id].bits;
	int digits = change_facts[from->id].digits;

	if (change_family(to) == FAMILY_INTEGER)
		return change_facts[to->id].bits >= bits &&
			   (change_facts[to->id].is_signed || !change_facts[from->id].is_signed);
	if (change_family(to) == FAMILY_FLOAT)
		return change_facts[to->id].bits >= bits;
	if (to->id == GW_TYPE_NUMERIC)
		return to->precision == GW_ABSENT ||
			   (change_scale(to) >= 0 && to->precision - change_scale(to) >= digits);
	if (to->id == GW_TYPE_DECFLOAT)
		return (to->precision == GW_ABSENT ? DECFLOAT_LEAST : to->precision) >= digits;
	return false;
}

static bool
change_numeric_widens(const GwType *from, const GwType *to)
{
	int scale = change_scale(from);

	if (to->id == GW_TYPE_NUMERIC)
		return to->precision == GW_ABSENT ||
			   (from->precision != GW_ABSENT && change_scale(to) >= scale &&
				to->precision - change_scale(to) >= from->precision - scale);
	if (from->precision == GW_ABSENT)
		return false;
	if (to->id == GW_TYPE_DECFLOAT)
		return (to->precision == GW_ABSENT ? DECFLOAT_LEAST : to->precision) >= from->precision;
	return to->id == GW_TYPE_FLOAT64 && from->precision <= FLOAT64_DIGITS &&
		   abs(scale) <= FLOAT64_SCALE;
}

static bool
change_decfloat_widens(const GwType *from, const GwType *to)
{
	return to->id == GW_TYPE_DECFLOAT &&
		   (from->precision == GW_ABSENT ? DECFLOAT_MOST : from->precision) <=
			   (to->precision == GW_ABSENT ? DECFLOAT_LEAST : to->precision);
}

/* ---------- containment ---------- */

/* A part may become nullable, not the other way round. */
static bool
change_part_widens(const GwColumn *from, const GwColumn *to)
{
	return (to->nullable || !from->nullable) && gw_type_widens(&from->type, &to->type);
}

static const GwColumn *
change_field(const GwType *type, const char *name)
{
	for (int i = 0; i < type->nfields; i++)
	{
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	}
	return NULL;
}

/* Each field kept and widened, new ones nullable; order does not count. */
static bool
change_struct_widens(const GwType *from, const GwType *to)
{
	for (int i = 0; i < from->nfields; i++)
	{
		const GwColumn *kept = change_field(to, from->fields[i].name);

		if (kept == NULL || !change_part_widens(&from->fields[i], kept))
			return false;
	}
	for (int i = 0; i < to->nfields; i++)
	{
		if (!to->fields[i].nullable && change_field(from, to->fields[i].name) == NULL)
			return false;
	}
	return true;
}

/* A discrete range holds other values when it becomes a continuous one. */
static bool
change_range_widens(const GwType *from, const GwType *to)
{
	const GwType *f = &from->element->type, *t = &to->element->type;

	if (f->id != t->id &&
		!(change_family(f) == FAMILY_INTEGER && change_family(t) == FAMILY_INTEGER))
		return false;
	return gw_type_widens(f, t);
}

static bool
change_same_id_widens(const GwType *from, const GwType *to)
{
	switch (from->id)
	{
		case GW_TYPE_NUMERIC:
			return change_numeric_widens(from, to);
		case GW_TYPE_DECFLOAT:
			return change_decfloat_widens(from, to);
		case GW_TYPE_STRING:
		case GW_TYPE_CHAR:
			return change_text_fits(from, to);
		case GW_TYPE_BYTES:
		case GW_TYPE_VARBIT:
			return change_bound_fits(from->length, to->length);
		case GW_TYPE_FIXED_BYTES:
			return from->length == to->length;
		case GW_TYPE_BIT:
			return change_own_length(from) == change_own_length(to);
		case GW_TYPE_TIME:
		case GW_TYPE_TIMETZ:
		case GW_TYPE_TIMESTAMP:
		case GW_TYPE_TIMESTAMPTZ:
		case GW_TYPE_TIMESTAMPOFFSET:
		case GW_TYPE_INTERVAL_DS:
		case GW_TYPE_INTERVAL:
			return change_fraction_fits(from->fraction, to->fraction);
		case GW_TYPE_ENUM:
		case GW_TYPE_SET:
			return change_labels_begin(from, to);
		case GW_TYPE_GEOGRAPHY:
		case GW_TYPE_GEOMETRY:
			return to->srid == GW_ABSENT || from->srid == to->srid;
		case GW_TYPE_RANGE:
			return change_range_widens(from, to);
		case GW_TYPE_VECTOR:
			return (to->dimensions == GW_ABSENT || from->dimensions == to->dimensions) &&
				   change_part_widens(from->element, to->element);
		case GW_TYPE_ARRAY:
			return change_part_widens(from->element, to->element);
		case GW_TYPE_STRUCT:
			return change_struct_widens(from, to);
		case GW_TYPE_MAP:
			return gw_type_equal(&from->key->type, &to->key->type) &&
				   change_part_widens(from->value, to->value);
		default:
			return true;
	}
}

bool
gw_type_widens(const GwType *from, const GwType *to)
{
	if (from->id == to->id)
		return change_same_id_widens(from, to);
	switch (from->id)
	{
		case GW_TYPE_NULL:
			return true;
		case GW_TYPE_NUMERIC:
			return change_numeric_widens(from, to);
		case GW_TYPE_FLOAT32:
			return to->id == GW_TYPE_FLOAT64;
		case GW_TYPE_FIXED_BYTES:
			return to->id == GW_TYPE_BYTES && change_bound_fits(from->length, to->length);
		case GW_TYPE_BIT:
			return to->id == GW_TYPE_VARBIT &&
				   change_bound_fits(change_own_length(from), to->length);
		case GW_TYPE_DATE:
			return to->id == GW_TYPE_TIMESTAMP;
		case GW_TYPE_TIMESTAMPTZ:
			return to->id == GW_TYPE_TIMESTAMPOFFSET &&
				   change_fraction_fits(from->fraction, to->fraction);
		case GW_TYPE_INTERVAL_YM:
			return to->id == GW_TYPE_INTERVAL;
		case GW_TYPE_INTERVAL_DS:
			return to->id == GW_TYPE_INTERVAL &&
				   change_fraction_fits(from->fraction, to->fraction);
		case GW_TYPE_JSON:
			return to->id == GW_TYPE_VARIANT;
		case GW_TYPE_CIDR:
			return to->id == GW_TYPE_INET;
		case GW_TYPE_UUID:
			return to->id == GW_TYPE_STRING && change_bound_fits(36, to->length);
		case GW_TYPE_ENUM:
		case GW_TYPE_SET:
			return to->id == GW_TYPE_STRING && change_labels_fit(from, to);
		default:
			return change_family(from) == FAMILY_INTEGER && change_integer_widens(from, to);
	}
}

/* ---------- everything else ---------- */

/* Every value kept, but padding, an offset or a role is lost. */
static bool
change_annotates(const GwType *from, const GwType *to)
{
	switch (from->id)
	{
		case GW_TYPE_CHAR:
			return to->id == GW_TYPE_STRING && change_text_fits(from, to);
		case GW_TYPE_TIMESTAMPOFFSET:
			return to->id == GW_TYPE_TIMESTAMPTZ &&
				   change_fraction_fits(from->fraction, to->fraction);
		case GW_TYPE_VARIANT:
			return to->id == GW_TYPE_JSON;
		case GW_TYPE_ROWVERSION:
			return (to->id == GW_TYPE_BYTES && change_bound_fits(8, to->length)) ||
				   (to->id == GW_TYPE_FIXED_BYTES && to->length == 8);
		case GW_TYPE_HLLSKETCH:
			return to->id == GW_TYPE_BYTES && to->length == GW_ABSENT;
		case GW_TYPE_VECTOR:
			return to->id == GW_TYPE_ARRAY && change_part_widens(from->element, to->element);
		default:
			return false;
	}
}

/* Into text: any value can be written as one; a length may not suffice. */
static GwTypeChange
change_to_text(const GwType *from, const GwType *to)
{
	if (change_family(from) == FAMILY_TEXT)
		return GW_CHANGE_CONVERT;
	if (change_family(from) == FAMILY_NESTED && from->id != GW_TYPE_VECTOR &&
		from->id != GW_TYPE_RANGE)
		return GW_CHANGE_INCOMPATIBLE;
	return to->id == GW_TYPE_STRING && to->length == GW_ABSENT ? GW_CHANGE_TEXTUAL
															   : GW_CHANGE_CONVERT;
}

/* Out of text: each value converts or does not. */
static GwTypeChange
change_from_text(const GwType *to)
{
	switch (to->id)
	{
		case GW_TYPE_ARRAY:
		case GW_TYPE_STRUCT:
		case GW_TYPE_MAP:
		case GW_TYPE_VECTOR:
		case GW_TYPE_NULL:
		case GW_TYPE_OPAQUE:
		case GW_TYPE_ROWVERSION:
		case GW_TYPE_HLLSKETCH:
			return GW_CHANGE_INCOMPATIBLE;
		default:
			return GW_CHANGE_CONVERT;
	}
}

static bool
change_is_number(Family family)
{
	return family == FAMILY_INTEGER || family == FAMILY_DECIMAL || family == FAMILY_FLOAT;
}

static GwTypeChange
change_numbers(const GwType *from, const GwType *to)
{
	if (change_family(to) == FAMILY_FLOAT && change_family(from) != FAMILY_FLOAT)
		return GW_CHANGE_LOSSY;
	return GW_CHANGE_CONVERT;
}

static GwTypeChange
change_times(Family from, Family to)
{
	if (from == FAMILY_WALL && to == FAMILY_INSTANT)
		return GW_CHANGE_REINTERPRET;
	if (from == FAMILY_INSTANT && to == FAMILY_WALL)
		return GW_CHANGE_REINTERPRET;
	if (from == FAMILY_TIME && to == FAMILY_TIME)
		return GW_CHANGE_REINTERPRET;
	if (from == FAMILY_DATE && to == FAMILY_INSTANT)
		return GW_CHANGE_LOSSY;
	if ((from == FAMILY_WALL || from == FAMILY_INSTANT) && (to == FAMILY_DATE || to == FAMILY_TIME))
		return GW_CHANGE_LOSSY;
	return GW_CHANGE_INCOMPATIBLE;
}

static bool
change_is_time(Family family)
{
	return family == FAMILY_DATE || family == FAMILY_TIME || family == FAMILY_WALL ||
		   family == FAMILY_INSTANT;
}

/* Both types are of the same make, so that "narrower" makes sense. */
static bool
change_comparable(const GwType *from, const GwType *to)
{
	Family f = change_family(from), t = change_family(to);

	if (from->id == to->id)
		return from->id != GW_TYPE_ENUM && from->id != GW_TYPE_SET;
	if (from->id == GW_TYPE_ROWVERSION || to->id == GW_TYPE_ROWVERSION ||
		to->id == GW_TYPE_HLLSKETCH)
		return false;
	return f == t && f != FAMILY_OTHER;
}

/* Two arrays, structs or maps: as bad as the worst of their parts. */
static GwTypeChange
change_part(const GwColumn *from, const GwColumn *to)
{
	GwTypeChange change = gw_type_change(&from->type, &to->type);

	return from->nullable && !to->nullable ? Max(change, GW_CHANGE_NARROW) : change;
}

static GwTypeChange
change_structs(const GwType *from, const GwType *to)
{
	GwTypeChange worst = GW_CHANGE_WIDEN;

	for (int i = 0; i < from->nfields; i++)
	{
		const GwColumn *kept = change_field(to, from->fields[i].name);
		GwTypeChange change = kept == NULL ? GW_CHANGE_LOSSY : change_part(&from->fields[i], kept);

		worst = Max(worst, change);
	}
	for (int i = 0; i < to->nfields; i++)
	{
		if (!to->fields[i].nullable && change_field(from, to->fields[i].name) == NULL)
			worst = Max(worst, GW_CHANGE_CONVERT);
	}
	return worst;
}

static GwTypeChange
change_nested(const GwType *from, const GwType *to)
{
	if (from->id == GW_TYPE_STRUCT && to->id == GW_TYPE_STRUCT)
		return change_structs(from, to);
	if (from->id == GW_TYPE_ARRAY && to->id == GW_TYPE_ARRAY)
		return change_part(from->element, to->element);
	if (from->id == GW_TYPE_MAP && to->id == GW_TYPE_MAP &&
		gw_type_equal(&from->key->type, &to->key->type))
		return change_part(from->value, to->value);
	if (from->id == GW_TYPE_VECTOR && to->id == GW_TYPE_ARRAY)
		return Max(GW_CHANGE_ANNOTATE, change_part(from->element, to->element));
	if (from->id == GW_TYPE_ARRAY && to->id == GW_TYPE_VECTOR)
		return Max(GW_CHANGE_CONVERT, change_part(from->element, to->element));
	return GW_CHANGE_INCOMPATIBLE;
}

static GwTypeChange
change_labels(const GwType *from, const GwType *to)
{
	if (from->id == to->id)
		return change_labels_among(from, to) ? GW_CHANGE_REMAP : GW_CHANGE_CONVERT;
	return from->id == GW_TYPE_ENUM && change_labels_among(from, to) ? GW_CHANGE_TEXTUAL
																	 : GW_CHANGE_CONVERT;
}

/* Documents: into one only what is written the same way, out of one by value. */
static GwTypeChange
change_documents(const GwType *from, const GwType *to)
{
	Family f = change_family(from), t = change_family(to);

	if (t == FAMILY_DOCUMENT)
		return from->id == GW_TYPE_STRUCT || from->id == GW_TYPE_ARRAY ? GW_CHANGE_TEXTUAL
																	   : GW_CHANGE_INCOMPATIBLE;
	return t == FAMILY_BOOL || change_is_number(t) || (from->id == GW_TYPE_VARIANT &&
													   (change_is_time(t) || t == FAMILY_BYTES))
			   ? GW_CHANGE_CONVERT
			   : f == FAMILY_DOCUMENT ? GW_CHANGE_INCOMPATIBLE : GW_CHANGE_CONVERT;
}

static GwTypeChange
change_by_family(const GwType *from, const GwType *to)
{
	Family f = change_family(from), t = change_family(to);

	if (to->id == GW_TYPE_NULL)
		return GW_CHANGE_LOSSY;
	if (to->id == GW_TYPE_OPAQUE || to->id == GW_TYPE_ROWVERSION || to->id == GW_TYPE_HLLSKETCH)
		return GW_CHANGE_INCOMPATIBLE;
	if (t == FAMILY_TEXT)
		return change_to_text(from, to);
	if (f == FAMILY_TEXT)
		return change_from_text(to);
	if (change_is_number(f) && change_is_number(t))
		return change_numbers(from, to);
	if (f == FAMILY_BOOL && change_is_number(t))
		return GW_CHANGE_TEXTUAL;
	if (t == FAMILY_BOOL && (change_is_number(f) || f == FAMILY_BITS))
		return GW_CHANGE_CONVERT;
	if (f == FAMILY_BOOL && t == FAMILY_BITS)
		return GW_CHANGE_TEXTUAL;
	if (change_is_time(f) && change_is_time(t))
		return change_times(f, t);
	if (f == FAMILY_DOCUMENT || t == FAMILY_DOCUMENT)
		return change_documents(from, to);
	if (f == FAMILY_LABEL && t == FAMILY_LABEL)
		return change_labels(from, to);
	if (f == FAMILY_NESTED && t == FAMILY_NESTED)
		return change_nested(from, to);
	if (f == FAMILY_GEO && t == FAMILY_GEO)
		return GW_CHANGE_REINTERPRET;
	if (f == t && (f == FAMILY_INTERVAL || f == FAMILY_NET || f == FAMILY_BITS ||
				   (f == FAMILY_BYTES && from->id != GW_TYPE_HLLSKETCH)))
		return GW_CHANGE_CONVERT;
	return GW_CHANGE_INCOMPATIBLE;
}

GwTypeChange
gw_type_change(const GwType *from, const GwType *to)
{
	if (gw_type_equal(from, to))
		return GW_CHANGE_SAME;
	if (gw_type_widens(from, to))
		return GW_CHANGE_WIDEN;
	if (change_annotates(from, to))
		return GW_CHANGE_ANNOTATE;
	if (change_comparable(from, to) && (gw_type_widens(to, from) || change_annotates(to, from)))
		return GW_CHANGE_NARROW;
	return change_by_family(from, to);
}
