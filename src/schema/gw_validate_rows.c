/*
 * gw_validate_rows.c
 *	  Checks JSON rows against a canonical schema, value by value.
 *
 * A value fits when it is of the type's own kind, or a text that can be read
 * as the type without loss, by the rules that inference uses.  Everything is
 * palloc'd.
 */
#include "postgres.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/gw_infer.h"
#include "schema/gw_validate_rows.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

typedef struct RowChecker
{
	int64 row;
	List *faults;
	const JsonbValue *value;
	const char *path;
} RowChecker;

static void rows_check(RowChecker *c, const GwColumn *column, const JsonbValue *value,
					   const char *path);

static void
rows_fault(RowChecker *c, const char *code, const char *message)
{
	GwRowFault *fault = palloc(sizeof(GwRowFault));

	fault->row = c->row;
	fault->path = c->path;
	fault->code = code;
	fault->message = message;
	fault->value = c->value;
	c->faults = lappend(c->faults, fault);
}

static void
rows_wrong_kind(RowChecker *c, const GwColumn *column)
{
	rows_fault(c, "type", psprintf("%s is no %s", gw_json_kind(c->value),
								   gw_type_text(&column->type)));
}

/* The text of a number or a string; NULL for other kinds. */
static char *
rows_text(const JsonbValue *value)
{
	if (value->type == jbvNumeric)
		return DatumGetCString(DirectFunctionCall1(numeric_out,
												   NumericGetDatum(value->val.numeric)));
	if (value->type == jbvString)
		return pnstrdup(value->val.string.val, value->val.string.len);
	return NULL;
}

/* ---------- numbers ---------- */

static bool
rows_integer_fits(GwTypeId id, const char *text, const GwTextFacts *facts)
{
	static const struct
	{
		GwTypeId id;
		const char *low, *high; /* digits without the sign */
	} bounds[] = {
		{GW_TYPE_INT8, "128", "127"}, {GW_TYPE_INT16, "32768", "32767"},
		{GW_TYPE_INT32, "2147483648", "2147483647"},
		{GW_TYPE_INT64, "9223372036854775808", "9223372036854775807"},
		{GW_TYPE_INT128, "170141183460469231731687303715884105728",
		 "170141183460469231731687303715884105727"},
		{GW_TYPE_UINT8, "0", "255"}, {GW_TYPE_UINT16, "0", "65535"},
		{GW_TYPE_UINT32, "0", "4294967295"}, {GW_TYPE_UINT64, "0", "18446744073709551615"},
	};

	for (int i = 0; i < lengthof(bounds); i++)
	{
		const char *bound = *text == '-' ? bounds[i].low : bounds[i].high;
		const char *digits = *text == '-' ? text + 1 : text;
		int len = strlen(bound);

		if (bounds[i].id != id)
			continue;
		return facts->whole < len || (facts->whole == len && strncmp(digits, bound, len) <= 0);
	}
	return true;
}

/* Is the double nearest to a number written as that number again? */
static bool
rows_double_keeps(const char *text)
{
	char written[DOUBLE_SHORTEST_DECIMAL_LEN];
	double value = strtod(text, NULL);
	Datum a, b;

	if (isinf(value))
		return false;
	double_to_shortest_decimal_buf(value, written);
	a = DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							Int32GetDatum(-1));
	b = DirectFunctionCall3(numeric_in, CStringGetDatum(written), ObjectIdGetDatum(InvalidOid),
							Int32GetDatum(-1));
	return DatumGetBool(DirectFunctionCall2(numeric_eq, a, b));
}

static bool
rows_is_integer(GwTypeId id)
{
	return id >= GW_TYPE_INT8 && id <= GW_TYPE_UINT64;
}

static void
rows_number(RowChecker *c, const GwColumn *column)
{
	const GwType *type = &column->type;
	int scale = type->has_scale ? type->scale : 0;
	char *text = rows_text(c->value);
	GwInferOptions plain = {NULL};
	GwTextFacts facts;

	if (text == NULL)
	{
		rows_wrong_kind(c, column);
		return;
	}
	gw_infer_text(text, strlen(text), &plain, &facts);
	if (!(facts.fits & GW_FITS_NUMBER) ||
		(rows_is_integer(type->id) && (facts.exponent || facts.special || facts.scale > 0)))
		rows_fault(c, "type", psprintf("%s is no %s", text, gw_type_text(type)));
	else if (rows_is_integer(type->id) && !rows_integer_fits(type->id, text, &facts))
		rows_fault(c, "range", psprintf("%s is out of range for %s", text, gw_type_text(type)));
	else if (type->id == GW_TYPE_NUMERIC && type->precision != GW_ABSENT &&
			 (facts.exponent || facts.special || facts.scale > scale ||
			  facts.whole > type->precision - scale))
		rows_fault(c, "range", psprintf("%s does not fit %s without loss", text,
										gw_type_text(type)));
	else if ((type->id == GW_TYPE_FLOAT32 || type->id == GW_TYPE_FLOAT64) && facts.inexact &&
			 !rows_double_keeps(text))
		rows_fault(c, "range", psprintf("%s has digits that %s does not keep", text,
										gw_type_text(type)));
}

/* ---------- texts ---------- */

static void
rows_length(RowChecker *c, const GwColumn *column, const char *text)
{
	const GwType *type = &column->type;
	int64 length;

	if (type->length == GW_ABSENT)
		return;
	length = type->length_unit != NULL && strcmp(type->length_unit, "byte") == 0
		? strlen(text) : pg_mbstrlen(text);
	if (length > type->length)
		rows_fault(c, "length", psprintf("length " INT64_FORMAT " exceeds %s", length,
										 gw_type_text(type)));
}

static void
rows_enum(RowChecker *c, const GwColumn *column, const char *text)
{
	for (int i = 0; i < column->type.nvalues; i++)
		if (strcmp(column->type.values[i], text) == 0)
			return;
	rows_fault(c, "enum", psprintf("\"%s\" is not a member of %s", text,
								   gw_type_text(&column->type)));
}

static void
rows_read_as(RowChecker *c, const GwColumn *column, const char *text, uint32 fits)
{
	const char *format = column->extra
		? gw_json_get_text(gw_json_root(column->extra), "date_format") : NULL;
	GwInferOptions plain = {NULL};
	GwTextFacts facts;
	int fraction;

	if (format != NULL)
	{
		if (!gw_infer_matches(text, strlen(text), format, &fraction))
			rows_fault(c, "date_format", psprintf("\"%s\" is not a date in the format %s", text,
												  format));
		return;
	}
	gw_infer_text(text, strlen(text), &plain, &facts);
	if (!(facts.fits & fits))
		rows_fault(c, "type", psprintf("\"%s\" is no %s", text, gw_type_text(&column->type)));
	else if (facts.fraction > (column->type.fraction == GW_ABSENT ? 6 : column->type.fraction) &&
			 fits != GW_FITS_UUID && fits != GW_FITS_BOOL)
		rows_fault(c, "range", psprintf("\"%s\" has more digits of a second than %s", text,
										gw_type_text(&column->type)));
}

static void
rows_string(RowChecker *c, const GwColumn *column)
{
	char *text;

	if (c->value->type != jbvString)
	{
		rows_wrong_kind(c, column);
		return;
	}
	text = rows_text(c->value);
	switch (column->type.id)
	{
		case GW_TYPE_STRING:
		case GW_TYPE_CHAR:
			rows_length(c, column, text);
			break;
		case GW_TYPE_ENUM:
			rows_enum(c, column, text);
			break;
		case GW_TYPE_DATE:
			rows_read_as(c, column, text, GW_FITS_DATE);
			break;
		case GW_TYPE_TIME:
			rows_read_as(c, column, text, GW_FITS_TIME);
			break;
		case GW_TYPE_TIMESTAMP:
			rows_read_as(c, column, text, GW_FITS_TIMESTAMP);
			break;
		case GW_TYPE_TIMESTAMPTZ:
		case GW_TYPE_TIMESTAMPOFFSET:
			rows_read_as(c, column, text, GW_FITS_TIMESTAMPTZ);
			break;
		case GW_TYPE_UUID:
			rows_read_as(c, column, text, GW_FITS_UUID);
			break;
		default:
			break;
	}
}

/* ---------- parts ---------- */

typedef struct RowMembers
{
	RowChecker *checker;
	const GwColumn *columns; /* or NULL: a map's values */
	int ncolumns;
	const GwColumn *value;
	const char *path;
} RowMembers;

static void
rows_member(char *key, JsonbValue *value, void *arg)
{
	RowMembers *m = arg;

	if (m->columns == NULL)
	{
		rows_check(m->checker, m->value, value, psprintf("%s{%s}", m->path, key));
		return;
	}
	for (int i = 0; i < m->ncolumns; i++)
		if (strcmp(m->columns[i].name, key) == 0)
			return;
	m->checker->path = psprintf("%s%s%s", m->path, m->path[0] ? "." : "", key);
	m->checker->value = value;
	rows_fault(m->checker, "extra", "the schema has no such column");
}

/* The declared members first, in their order, then those that are too many. */
static void
rows_object(RowChecker *c, const GwColumn *columns, int n, const JsonbValue *value,
			const char *path)
{
	RowMembers members = {c, columns, n, NULL, path};

	for (int i = 0; i < n; i++)
	{
		const GwColumn *column = &columns[i];
		JsonbValue key;
		JsonbValue *found;
		const char *inner = psprintf("%s%s%s", path, path[0] ? "." : "", column->name);

		key.type = jbvString;
		key.val.string.val = unconstify(char *, column->name);
		key.val.string.len = strlen(column->name);
		found = findJsonbValueFromContainer(value->val.binary.data, JB_FOBJECT, &key);
		if (found != NULL)
			rows_check(c, column, found, inner);
		else if (!column->nullable && column->default_kind == GW_DEFAULT_NONE &&
				 column->identity_mode == NULL && column->generated_sql == NULL)
		{
			c->path = inner;
			c->value = NULL;
			rows_fault(c, "missing", "a value is required");
		}
	}
	gw_json_each(value, rows_member, &members);
}

static void
rows_array(RowChecker *c, const GwColumn *column, const JsonbValue *value, const char *path)
{
	int n = gw_json_length(value);

	for (int i = 0; i < n; i++)
		rows_check(c, column->type.element, gw_json_item(value, i), psprintf("%s[%d]", path, i));
}

/* A value of a type that has parts; false: it has none. */
static bool
rows_nested(RowChecker *c, const GwColumn *column, const JsonbValue *value, const char *path)
{
	const GwType *type = &column->type;
	RowMembers members = {c, NULL, 0, type->value, path};
	bool array = type->id == GW_TYPE_ARRAY || type->id == GW_TYPE_VECTOR;

	if (!array && type->id != GW_TYPE_STRUCT && type->id != GW_TYPE_MAP)
		return false;
	if (array ? !gw_json_is_array(value) : !gw_json_is_object(value))
		rows_wrong_kind(c, column);
	else if (array)
		rows_array(c, column, value, path);
	else if (type->id == GW_TYPE_STRUCT)
		rows_object(c, type->fields, type->nfields, value, path);
	else
		gw_json_each(value, rows_member, &members);
	return true;
}

static void
rows_check(RowChecker *c, const GwColumn *column, const JsonbValue *value, const char *path)
{
	GwTypeId id = column->type.id;

	check_stack_depth();
	c->path = path;
	c->value = value;
	if (value->type == jbvNull)
	{
		if (!column->nullable)
			rows_fault(c, "not_null", "null is not allowed");
		return;
	}
	if (id == GW_TYPE_JSON || id == GW_TYPE_VARIANT || rows_nested(c, column, value, path))
		return;
	if (rows_is_integer(id) || id == GW_TYPE_FLOAT32 || id == GW_TYPE_FLOAT64 ||
		id == GW_TYPE_NUMERIC || id == GW_TYPE_DECFLOAT)
		rows_number(c, column);
	else if (id != GW_TYPE_BOOL)
		rows_string(c, column);
	else if (value->type == jbvString)
		rows_read_as(c, column, rows_text(value), GW_FITS_BOOL);
	else if (value->type != jbvBool)
		rows_wrong_kind(c, column);
}

List *
gw_validate_row(const GwSchema *schema, const JsonbValue *value, int64 row, List *faults)
{
	RowChecker c = {row, faults, value, ""};

	if (gw_json_is_object(value))
		rows_object(&c, schema->columns, schema->ncolumns, value, "");
	else
		rows_fault(&c, "not_object", psprintf("a row is an object, not %s", gw_json_kind(value)));
	return c.faults;
}
