/*
 * gw_type.c
 *	  The canonical types: names, aliases, parameters, equality.
 *
 * Data first: one row per type, one per alias.  Text forms are read and
 * written in gw_type_text.c.  Nothing here allocates but gw_type_part().
 */
#include "postgres.h"

#include "base/gw_near.h"
#include "schema/gw_schema.h"

#include "utils/formatting.h"

static const char *const type_names[GW_NTYPES] = {
#define X(name) #name,
	GW_TYPE_LIST(X)
#undef X
};

/* Parameters; a type that is not listed takes none. */
static const int type_parameters[GW_NTYPES] = {
	[GW_TYPE_DECFLOAT] = GW_TP_PRECISION,
	[GW_TYPE_NUMERIC] = GW_TP_PRECISION | GW_TP_SCALE,
	[GW_TYPE_STRING] = GW_TP_LENGTH,
	[GW_TYPE_CHAR] = GW_TP_LENGTH,
	[GW_TYPE_BYTES] = GW_TP_LENGTH,
	[GW_TYPE_FIXED_BYTES] = GW_TP_LENGTH,
	[GW_TYPE_BIT] = GW_TP_LENGTH,
	[GW_TYPE_VARBIT] = GW_TP_LENGTH,
	[GW_TYPE_TIME] = GW_TP_FRACTION,
	[GW_TYPE_TIMETZ] = GW_TP_FRACTION,
	[GW_TYPE_TIMESTAMP] = GW_TP_FRACTION,
	[GW_TYPE_TIMESTAMPTZ] = GW_TP_FRACTION,
	[GW_TYPE_TIMESTAMPOFFSET] = GW_TP_FRACTION,
	[GW_TYPE_INTERVAL_DS] = GW_TP_FRACTION,
	[GW_TYPE_INTERVAL] = GW_TP_FRACTION,
	[GW_TYPE_ENUM] = GW_TP_VALUES,
	[GW_TYPE_SET] = GW_TP_VALUES,
	[GW_TYPE_GEOGRAPHY] = GW_TP_SRID,
	[GW_TYPE_GEOMETRY] = GW_TP_SRID,
	[GW_TYPE_RANGE] = GW_TP_ELEMENT,
	[GW_TYPE_VECTOR] = GW_TP_ELEMENT | GW_TP_DIMENSIONS,
	[GW_TYPE_ARRAY] = GW_TP_ELEMENT | GW_TP_DIMENSIONS,
	[GW_TYPE_STRUCT] = GW_TP_FIELDS,
	[GW_TYPE_MAP] = GW_TP_PAIR,
};

/* Other accepted spellings; they are never written. */
static const struct
{
	const char *name;
	GwTypeId id;
} type_aliases[] = {
	{"BIGINT", GW_TYPE_INT64},
	{"INTEGER", GW_TYPE_INT32},
	{"INT", GW_TYPE_INT32},
	{"SMALLINT", GW_TYPE_INT16},
	{"FLOAT", GW_TYPE_FLOAT64},
	{"DOUBLE", GW_TYPE_FLOAT64},
	{"DOUBLE PRECISION", GW_TYPE_FLOAT64},
	{"REAL", GW_TYPE_FLOAT32},
	{"DECIMAL", GW_TYPE_NUMERIC},
	{"BIGNUMERIC", GW_TYPE_NUMERIC},
	{"TEXT", GW_TYPE_STRING},
	{"VARCHAR", GW_TYPE_STRING},
	{"BOOLEAN", GW_TYPE_BOOL},
	{"BINARY", GW_TYPE_BYTES},
	{"DATETIME", GW_TYPE_TIMESTAMP},
	{"TIMESTAMP_NTZ", GW_TYPE_TIMESTAMP},
	{"TIMESTAMP_LTZ", GW_TYPE_TIMESTAMPTZ},
	{"TIMESTAMP_TZ", GW_TYPE_TIMESTAMPOFFSET},
	{"RECORD", GW_TYPE_STRUCT},
};

GwType
gw_type_make(GwTypeId id)
{
	GwType type;

	memset(&type, 0, sizeof(type));
	type.id = id;
	type.length = GW_ABSENT;
	type.precision = GW_ABSENT;
	type.fraction = GW_ABSENT;
	type.dimensions = GW_ABSENT;
	type.srid = GW_ABSENT;
	return type;
}

const char *
gw_type_name(GwTypeId id)
{
	return type_names[id];
}

int
gw_type_parameters(GwTypeId id)
{
	return type_parameters[id];
}

bool
gw_type_lookup(const char *name, GwTypeId *id)
{
	int i;

	for (i = 0; i < GW_NTYPES; i++)
		if (pg_strcasecmp(type_names[i], name) == 0)
		{
			*id = (GwTypeId) i;
			return true;
		}
	for (i = 0; i < lengthof(type_aliases); i++)
		if (pg_strcasecmp(type_aliases[i].name, name) == 0)
		{
			*id = type_aliases[i].id;
			return true;
		}
	return false;
}

const char *
gw_type_nearest(const char *name)
{
	char *upper = asc_toupper(name, strlen(name));
	const char *nearest = NULL;
	GwNear near;
	int i;

	gw_near_begin(&near, upper, Max((int) strlen(upper) / 2, 1));
	for (i = 0; i < GW_NTYPES + lengthof(type_aliases); i++)
	{
		const char *known = i < GW_NTYPES ? type_names[i] : type_aliases[i - GW_NTYPES].name;

		if (gw_near_offer(&near, known, (int) strlen(known)))
			nearest = known;
	}
	return nearest;
}

GwColumn *
gw_type_part(const GwType *type)
{
	GwColumn *column = palloc0(sizeof(GwColumn));

	column->type = *type;
	column->nullable = true;
	return column;
}

static bool
type_text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
type_column_equal(const GwColumn *a, const GwColumn *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return type_text_equal(a->name, b->name) && a->nullable == b->nullable &&
		   gw_type_equal(&a->type, &b->type);
}

bool
gw_type_equal(const GwType *a, const GwType *b)
{
	int i;

	if (a->id != b->id || a->length != b->length || a->precision != b->precision ||
		a->has_scale != b->has_scale || (a->has_scale && a->scale != b->scale) ||
		a->fraction != b->fraction || a->dimensions != b->dimensions || a->srid != b->srid ||
		a->nfields != b->nfields || a->nvalues != b->nvalues ||
		!type_text_equal(a->length_unit, b->length_unit) ||
		!type_column_equal(a->element, b->element) || !type_column_equal(a->key, b->key) ||
		!type_column_equal(a->value, b->value))
		return false;
	for (i = 0; i < a->nfields; i++)
		if (!type_column_equal(&a->fields[i], &b->fields[i]))
			return false;
	for (i = 0; i < a->nvalues; i++)
		if (strcmp(a->values[i], b->values[i]) != 0)
			return false;
	return true;
}

/* The parameter that is given although the type takes none such, or NULL. */
static const char *
type_stray_parameter(const GwType *type)
{
	int takes = type_parameters[type->id];

	if (type->length != GW_ABSENT && !(takes & GW_TP_LENGTH))
		return "length";
	if (type->length_unit != NULL && !(takes & GW_TP_LENGTH))
		return "length_unit";
	if (type->precision != GW_ABSENT && !(takes & GW_TP_PRECISION))
		return "precision";
	if (type->has_scale && !(takes & GW_TP_SCALE))
		return "scale";
	if (type->fraction != GW_ABSENT && !(takes & GW_TP_FRACTION))
		return "fraction";
	if (type->dimensions != GW_ABSENT && !(takes & GW_TP_DIMENSIONS))
		return "dimensions";
	if (type->srid != GW_ABSENT && !(takes & GW_TP_SRID))
		return "srid";
	if (type->element != NULL && !(takes & GW_TP_ELEMENT))
		return "element";
	if (type->key != NULL && !(takes & GW_TP_PAIR))
		return "key";
	if (type->value != NULL && !(takes & GW_TP_PAIR))
		return "value";
	if (type->nfields > 0 && !(takes & GW_TP_FIELDS))
		return "fields";
	if (type->nvalues > 0 && !(takes & GW_TP_VALUES))
		return "values";
	return NULL;
}

/* Numbers in range: the widest any platform has, not one platform's. */
static const char *
type_check_numbers(const GwType *type, const char **member)
{
	*member = "length";
	if (type->length != GW_ABSENT && type->length < 1)
		return "a length must be at least 1";
	*member = "length_unit";
	if (type->length_unit != NULL && strcmp(type->length_unit, "char") != 0 &&
		strcmp(type->length_unit, "byte") != 0 && strcmp(type->length_unit, "utf16") != 0)
		return "a length unit is \"char\", \"byte\" or \"utf16\"";
	if (type->length_unit != NULL && type->length == GW_ABSENT)
		return "a length unit needs a length";
	*member = "precision";
	if (type->precision != GW_ABSENT && (type->precision < 1 || type->precision > 1000))
		return "a precision must be between 1 and 1000";
	*member = "scale";
	if (type->has_scale && type->precision == GW_ABSENT)
		return "a scale needs a precision";
	if (type->has_scale && (type->scale < -1000 || type->scale > 1000))
		return "a scale must be between -1000 and 1000";
	*member = "fraction";
	if (type->fraction != GW_ABSENT && (type->fraction < 0 || type->fraction > 12))
		return "a fraction must be between 0 and 12 digits";
	*member = "dimensions";
	if (type->dimensions != GW_ABSENT && type->dimensions < 1)
		return "dimensions must be at least 1";
	*member = "srid";
	if (type->srid != GW_ABSENT && type->srid < 0)
		return "a srid must not be negative";
	return NULL;
}

const char *
gw_type_check(const GwType *type, const char **member)
{
	int takes = type_parameters[type->id];
	const char *stray = type_stray_parameter(type);
	const char *fault;
	int i, j;

	if (stray != NULL)
	{
		*member = stray;
		return psprintf("%s takes no %s", gw_type_name(type->id), stray);
	}
	fault = type_check_numbers(type, member);
	if (fault != NULL)
		return fault;

	*member = "element";
	if ((takes & GW_TP_ELEMENT) && type->element == NULL)
		return psprintf("%s needs an element type", gw_type_name(type->id));
	*member = type->key == NULL ? "key" : "value";
	if ((takes & GW_TP_PAIR) && (type->key == NULL || type->value == NULL))
		return "MAP needs a key and a value type";
	*member = "fields";
	if ((takes & GW_TP_FIELDS) && type->nfields == 0)
		return "STRUCT needs at least one field";
	for (i = 0; i < type->nfields; i++)
		for (j = 0; j < i; j++)
			if (strcmp(type->fields[i].name, type->fields[j].name) == 0)
				return psprintf("the field \"%s\" is given twice", type->fields[i].name);
	*member = "values";
	if ((takes & GW_TP_VALUES) && type->nvalues == 0)
		return psprintf("%s needs at least one value", gw_type_name(type->id));
	for (i = 0; i < type->nvalues; i++)
		for (j = 0; j < i; j++)
			if (strcmp(type->values[i], type->values[j]) == 0)
				return psprintf("the value \"%s\" is given twice", type->values[i]);
	*member = NULL;
	return NULL;
}
