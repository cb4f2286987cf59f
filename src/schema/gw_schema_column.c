/*
 * gw_schema_column.c
 *	  One column of a canonical schema, read from JSON.
 *
 * A type may be written as a bare name with siblings, as parametrised text,
 * as an object of its own, or under the names other tools use (logical_type,
 * data_type).  What a column says twice must agree.
 */
#include "postgres.h"

#include "schema/gw_schema_read.h"

/* Members we give a meaning to; all others are kept verbatim. */
#define COLUMN_MEMBERS                                                                         \
	"name type logical_type data_type nullable is_nullable ordinal position length "           \
	"max_length length_unit precision scale fraction fields element key value values "         \
	"dimensions srid default identity generated collation charset comment description "        \
	"native_type native id lossy"

static bool column_read_type(GwReader *r, JsonbValue *object, GwType *type);

/* A type written as text: "NUMERIC(10,2)"; open: parts may follow as siblings. */
static bool
column_type_text(GwReader *r, const char *member, const char *text, bool open, GwType *type)
{
	GwError err;
	GwStatus status = open ? gw_type_parse_open(text, type, &err) : gw_type_parse(text, type, &err);

	if (status == GW_OK)
		return true;
	(void) gw_reader_fault(r, member,
						   strstr(err.message, "not a canonical type") ? "unknown_type"
																	   : "bad_type",
						   "%s", err.message);
	if (err.hint[0] != '\0')
		gw_reader_hint(r, pstrdup(err.hint));
	return false;
}

/* The first of two spellings of a member that is there. */
static const char *
column_spelling(JsonbValue *object, const char *name, const char *other)
{
	return gw_json_get(object, name) == NULL && gw_json_get(object, other) != NULL ? other
																				   : name;
}

/* Take a number that the type's text may have given already. */
static bool
column_number(GwReader *r, JsonbValue *object, const char *key, int absent, int *value)
{
	int number = absent;

	if (gw_json_get(object, key) == NULL)
		return true;
	if (!gw_reader_small(r, object, key, &number))
		return false;
	if (*value != absent && *value != number)
		return gw_reader_fault(r, key, "conflict", "%d here, but %d in the type", number,
							   *value);
	*value = number;
	return true;
}

/* An element, key or value: a column object, or just a type's text. */
static bool
column_part(GwReader *r, JsonbValue *object, const char *key, GwColumn **part)
{
	JsonbValue *value = gw_json_get(object, key);
	GwType type;
	bool ok;
	int mark;

	if (value == NULL)
		return true;
	if (*part != NULL)
		return gw_reader_fault(r, key, "conflict", "the type gives it already");
	if (value->type == jbvString)
	{
		char *text;

		(void) gw_json_text(value, &text);
		if (!column_type_text(r, key, text, false, &type))
			return false;
		*part = gw_type_part(&type);
		return true;
	}
	if (!gw_json_is_object(value))
		return gw_reader_fault(r, key, "wrong_kind", "expected a column, found %s",
							   gw_json_kind(value));
	*part = palloc0(sizeof(GwColumn));
	mark = gw_reader_enter(r, key);
	ok = gw_reader_column(r, value, false, *part);
	gw_reader_leave(r, mark);
	return ok;
}

static bool
column_fields(GwReader *r, JsonbValue *object, GwType *type)
{
	JsonbValue *array;
	int i;

	if (!gw_reader_array(r, object, "fields", &array))
		return false;
	if (array == NULL)
		return true;
	if (type->nfields > 0)
		return gw_reader_fault(r, "fields", "conflict", "the type gives them already");
	type->fields = palloc0(Max(gw_json_length(array), 1) * sizeof(GwColumn));
	for (i = 0; i < gw_json_length(array); i++)
	{
		int mark = gw_reader_enter(r, psprintf("fields[%d]", i));
		bool ok = gw_reader_column(r, gw_json_item(array, i), true, &type->fields[i]);

		gw_reader_leave(r, mark);
		if (!ok)
			return false;
		type->fields[i].ordinal = i + 1;
	}
	type->nfields = i;
	return true;
}

/* Parameters that stand beside the type. */
static bool
column_siblings(GwReader *r, JsonbValue *object, GwType *type)
{
	const char *length = column_spelling(object, "length", "max_length");
	const char *unit = NULL;
	int64 n = GW_ABSENT;
	int scale = 0;

	if (!gw_reader_int(r, object, length, &n))
		return false;
	if (gw_json_get(object, length) != NULL && type->length != GW_ABSENT && type->length != n)
		return gw_reader_fault(r, length, "conflict", INT64_FORMAT " here, but " INT64_FORMAT
							   " in the type", n, type->length);
	if (gw_json_get(object, length) != NULL)
		type->length = n < 0 ? 0 : n; /* 0 is refused below, as too short */
	if (!gw_reader_text(r, object, "length_unit", &unit))
		return false;
	if (unit != NULL)
		type->length_unit = strcmp(unit, "char") == 0 ? NULL : unit;

	if (!column_number(r, object, "precision", GW_ABSENT, &type->precision) ||
		!column_number(r, object, "fraction", GW_ABSENT, &type->fraction) ||
		!column_number(r, object, "dimensions", GW_ABSENT, &type->dimensions) ||
		!column_number(r, object, "srid", GW_ABSENT, &type->srid))
		return false;
	if (gw_json_get(object, "scale") != NULL)
	{
		if (!gw_reader_small(r, object, "scale", &scale))
			return false;
		if (type->has_scale && type->scale != scale)
			return gw_reader_fault(r, "scale", "conflict", "%d here, but %d in the type", scale,
								   type->scale);
		type->scale = scale;
		type->has_scale = true;
	}

	if (!column_part(r, object, "element", &type->element) ||
		!column_part(r, object, "key", &type->key) ||
		!column_part(r, object, "value", &type->value) || !column_fields(r, object, type))
		return false;
	if (gw_json_get(object, "values") == NULL)
		return true;
	if (type->nvalues > 0)
		return gw_reader_fault(r, "values", "conflict", "the type gives them already");
	return gw_reader_names(r, object, "values", &type->values, &type->nvalues);
}

static bool
column_read_type(GwReader *r, JsonbValue *object, GwType *type)
{
	const char *member = column_spelling(object, "type", "logical_type");
	JsonbValue *value;
	char *text;
	bool ok;

	member = gw_json_get(object, member) == NULL ? column_spelling(object, "type", "data_type")
												 : member;
	value = gw_json_get(object, member);
	if (value == NULL)
		return gw_reader_fault(r, "type", "missing", "a column needs a type");
	if (gw_json_is_object(value))
	{
		int mark = gw_reader_enter(r, member);

		if (gw_json_get(value, "type") == NULL && gw_json_text(gw_json_get(value, "name"), &text))
			ok = column_type_text(r, "name", text, true, type) && column_siblings(r, value, type);
		else
			ok = column_read_type(r, value, type);
		gw_reader_leave(r, mark);
	}
	else if (gw_json_text(value, &text))
		ok = column_type_text(r, member, text, true, type);
	else
		return gw_reader_fault(r, member, "wrong_kind", "expected a type's name, found %s",
							   gw_json_kind(value));
	return ok && column_siblings(r, object, type);
}

/* The type as a whole, once everything that describes it has been read. */
static bool
column_type(GwReader *r, JsonbValue *object, GwType *type)
{
	const char *fault;
	const char *member;

	*type = gw_type_make(GW_TYPE_NULL);
	if (!column_read_type(r, object, type))
		return false;
	if (type->id == GW_TYPE_VECTOR && type->element == NULL)
	{
		GwType element = gw_type_make(GW_TYPE_FLOAT32);

		type->element = gw_type_part(&element);
	}
	fault = gw_type_check(type, &member);
	return fault == NULL || gw_reader_fault(r, member, "bad_type", "%s", fault);
}

static bool
column_default(GwReader *r, JsonbValue *object, GwColumn *column)
{
	static const char *const kinds[] = {"", "literal", "expression", "sequence", "null"};
	JsonbValue *dflt;
	JsonbValue *value;
	const char *kind = NULL;
	int mark;
	int i;
	bool ok;

	if (!gw_reader_object(r, object, "default", &dflt))
		return false;
	if (dflt == NULL)
		return true;
	mark = gw_reader_enter(r, "default");
	ok = gw_reader_text(r, dflt, "kind", &kind) &&
		 gw_reader_text(r, dflt, "sql", &column->default_sql) &&
		 gw_reader_text(r, dflt, "dialect", &column->default_dialect);
	value = gw_json_get(dflt, "value");
	if (value != NULL)
		column->default_value = gw_json_document(value);
	if (ok && kind == NULL)
		kind = value != NULL ? "literal" : column->default_sql != NULL ? "expression" : "null";
	for (i = 1; ok && i < lengthof(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			column->default_kind = (GwDefaultKind) i;
	if (ok && column->default_kind == GW_DEFAULT_NONE)
		ok = gw_reader_fault(r, "kind", "bad_value",
							 "\"%s\" is not literal, expression, sequence or null", kind);
	gw_reader_leave(r, mark);
	return ok;
}

static bool
column_identity(GwReader *r, JsonbValue *object, GwColumn *column)
{
	JsonbValue *identity;
	const char *mode = NULL;
	int mark;
	bool ok;

	if (!gw_reader_object(r, object, "identity", &identity))
		return false;
	if (identity == NULL)
		return true;
	column->identity_start = column->identity_increment = 1;
	mark = gw_reader_enter(r, "identity");
	ok = gw_reader_text(r, identity, "mode", &mode) &&
		 gw_reader_int(r, identity, "start", &column->identity_start) &&
		 gw_reader_int(r, identity, "increment", &column->identity_increment);
	if (ok && (mode == NULL || (strcmp(mode, "always") != 0 && strcmp(mode, "by_default") != 0)))
		ok = gw_reader_fault(r, "mode", mode == NULL ? "missing" : "bad_value",
							 "an identity's mode is \"always\" or \"by_default\"");
	gw_reader_leave(r, mark);
	column->identity_mode = mode;
	return ok;
}

static bool
column_generated(GwReader *r, JsonbValue *object, GwColumn *column)
{
	JsonbValue *generated;
	int mark;
	bool ok;

	if (!gw_reader_object(r, object, "generated", &generated))
		return false;
	if (generated == NULL)
		return true;
	column->generated_stored = true;
	mark = gw_reader_enter(r, "generated");
	ok = gw_reader_text(r, generated, "sql", &column->generated_sql) &&
		 gw_reader_text(r, generated, "dialect", &column->generated_dialect) &&
		 gw_reader_bool(r, generated, "stored", &column->generated_stored);
	if (ok && column->generated_sql == NULL)
		ok = gw_reader_fault(r, "sql", "missing", "a generated column needs its expression");
	gw_reader_leave(r, mark);
	return ok;
}

static bool
column_attributes(GwReader *r, JsonbValue *object, GwColumn *column)
{
	const char *nullable = column_spelling(object, "nullable", "is_nullable");
	const char *ordinal = column_spelling(object, "ordinal", "position");
	const char *comment = column_spelling(object, "comment", "description");
	JsonbValue *native = gw_json_get(object, "native");
	JsonbValue *id = gw_json_get(object, "id");
	int64 number;

	column->nullable = true;
	if (!gw_reader_bool(r, object, nullable, &column->nullable) ||
		!gw_reader_small(r, object, ordinal, &column->ordinal) ||
		!gw_reader_text(r, object, comment, &column->comment) ||
		!gw_reader_text(r, object, "collation", &column->collation) ||
		!gw_reader_text(r, object, "charset", &column->charset) ||
		!gw_reader_text(r, object, "native_type", &column->native_type) ||
		!gw_reader_names(r, object, "lossy", &column->lossy, &column->nlossy) ||
		!column_default(r, object, column) || !column_identity(r, object, column) ||
		!column_generated(r, object, column))
		return false;
	if (gw_json_get(object, ordinal) != NULL && column->ordinal < 1)
		return gw_reader_fault(r, ordinal, "out_of_range", "positions start at 1");
	if (id != NULL && gw_json_int(id, &number))
		column->id = psprintf(INT64_FORMAT, number);
	else if (!gw_reader_text(r, object, "id", &column->id))
		return false;
	if (native != NULL)
		column->native = gw_json_document(native);
	return true;
}

bool
gw_reader_column(GwReader *r, JsonbValue *object, bool named, GwColumn *column)
{
	bool ok;

	if (!gw_json_is_object(object))
		return gw_reader_fault(r, NULL, "wrong_kind", "expected a column, found %s",
							   gw_json_kind(object));
	if (r->depth >= GW_TYPE_MAX_DEPTH)
		return gw_reader_fault(r, NULL, "too_deep", "types nest deeper than %d levels",
							   GW_TYPE_MAX_DEPTH);
	if (!gw_reader_text(r, object, "name", &column->name))
		return false;
	if (named && column->name == NULL)
		return gw_reader_fault(r, "name", "missing", "a column needs a name");
	if (column->name != NULL && column->name[0] == '\0')
		return gw_reader_fault(r, "name", "empty", "a name must not be empty");

	r->depth++;
	ok = column_type(r, object, &column->type) && column_attributes(r, object, column);
	r->depth--;
	if (ok)
		column->extra = gw_reader_extra(object, COLUMN_MEMBERS);
	return ok;
}
