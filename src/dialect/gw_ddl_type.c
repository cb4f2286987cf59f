/*
 * gw_ddl_type.c
 *	  A canonical type in a target's own words, with its rule and notices.
 *
 * Knows no target: which row applies and what it says is the target's data.
 * Everything lives in the context current at the call.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"

/* What a notice code means; every row of a target names one of these. */
static const struct
{
	const char *code;
	const char *meaning;
} type_codes[] = {
	{"bool_as_number", "other numbers than 0 and 1 can be stored"},
	{"padding", "values are not padded with blanks"},
	{"length_unenforced", "the length is not enforced"},
	{"length_check", "the length is enforced by a CHECK"},
	{"length_bytes", "the length counts bytes there"},
	{"length_utf16", "the length counts UTF-16 units there"},
	{"length_capped", "longer values do not fit"},
	{"digits_capped", "numbers with more digits do not fit"},
	{"bits_as_bytes", "bits are kept as bytes, their number is not"},
	{"bit_as_bool", "the bit is kept as a boolean"},
	{"fraction_capped", "further digits of a second are lost"},
	{"date_range", "years before 1000 do not fit"},
	{"epoch_range", "instants before 1970 or after 2038 do not fit"},
	{"offset_dropped", "the instant is kept, its offset is not"},
	{"offset_utc", "the instant is kept, with the offset +00:00"},
	{"utc_by_convention", "the instant is kept as its wall clock in UTC"},
	{"as_text", "kept as text, whose form is not checked"},
	{"as_json", "kept as JSON, whose inner types are not declared"},
	{"as_super", "kept as SUPER, which has a limit of 16 MB"},
	{"as_binary", "kept as bytes without a meaning there"},
	{"as_struct", "kept as a STRUCT of its bounds"},
	{"enum_check", "kept as text with a CHECK of its members; their order is lost"},
	{"values_unenforced", "kept as text, the members are not enforced"},
	{"untyped", "inner types are not declared"},
	{"no_null_arrays", "NULL and the empty array become the same, and an element cannot be NULL"},
	{"wrapped_array", "inner arrays are wrapped into a STRUCT"},
	{"map_as_pairs", "kept as pairs of key and value, keys are not unique"},
	{"not_finite", "NaN and infinities cannot be stored"},
	{"srid_dropped", "the spatial reference is not declared"},
	{"as_geometry", "kept as a planar geometry"},
	{"dimensions_unenforced", "the number of dimensions is not enforced"},
	{"not_automatic", "the value is kept, the platform does not renew it"},
	{"opaque", "a type without a canonical meaning is kept as text"},
};

const char *
gw_ddl_code_meaning(const char *code)
{
	for (int i = 0; i < lengthof(type_codes); i++)
		if (strcmp(type_codes[i].code, code) == 0)
			return type_codes[i].meaning;
	elog(ERROR, "notice code \"%s\" has no meaning", code);
}

/* The same type with what a missing parameter means said. */
static GwType
type_normal(const GwDdlTarget *target, const GwType *type, bool *widened)
{
	GwType normal = *type;

	*widened = false;
	if (type->id == GW_TYPE_BIT && type->length == GW_ABSENT)
		normal.length = 1;
	if (type->id != GW_TYPE_NUMERIC || type->precision == GW_ABSENT)
		return normal;
	if (!type->has_scale)
		normal.scale = 0;
	normal.has_scale = true;
	if (target->can & GW_DDL_CAN_NEGATIVE_SCALE)
		return normal;

	/* numeric(3,-2) has five digits, numeric(2,5) five behind the point. */
	if (normal.scale < 0)
	{
		normal.precision -= normal.scale;
		normal.scale = 0;
		*widened = true;
	}
	if (normal.scale > normal.precision)
	{
		normal.precision = normal.scale;
		*widened = true;
	}
	return normal;
}

/* The parameter that rows limit, and whether the schema gives it. */
static bool
type_parameter(const GwType *type, int64 *value)
{
	int takes = gw_type_parameters(type->id);

	*value = GW_ABSENT;
	if (takes & GW_TP_LENGTH)
		*value = type->length;
	else if (takes & GW_TP_PRECISION)
		*value = type->precision;
	else if (takes & GW_TP_FRACTION)
		*value = type->fraction;
	else if ((takes & GW_TP_DIMENSIONS) && type->id == GW_TYPE_VECTOR)
		*value = type->dimensions;
	else if (takes & GW_TP_SRID)
		*value = type->srid;
	else if (takes & GW_TP_VALUES)
		*value = type->nvalues;
	if (*value != GW_ABSENT)
		return true;
	if (takes & GW_TP_FRACTION)
		*value = GW_DDL_FRACTION;
	return false;
}

static bool
type_is_text_key(const GwColumn *key)
{
	return key != NULL && (key->type.id == GW_TYPE_STRING || key->type.id == GW_TYPE_CHAR ||
						   key->type.id == GW_TYPE_UUID || key->type.id == GW_TYPE_ENUM);
}

static bool
type_is_nested(const GwColumn *element)
{
	if (element == NULL)
		return false;
	switch (element->type.id)
	{
		case GW_TYPE_ARRAY:
		case GW_TYPE_STRUCT:
		case GW_TYPE_MAP:
		case GW_TYPE_VECTOR:
		case GW_TYPE_SET:
			return true;
		default:
			return false;
	}
}

bool
gw_ddl_in_key(const GwDdlWriter *w, const GwColumn *column)
{
	const GwSchema *schema = w->schema;

	if (schema == NULL || w->depth > 0 || column->name == NULL)
		return false;
	for (int k = -1; k < schema->nunique; k++)
	{
		const GwKey *key = k < 0 ? schema->primary : &schema->unique[k];

		for (int i = 0; key != NULL && i < key->ncolumns; i++)
			if (strcmp(key->columns[i], column->name) == 0)
				return true;
	}
	return false;
}

static bool
type_unit_is(const GwType *type, const char *unit)
{
	return strcmp(type->length_unit ? type->length_unit : "char", unit) == 0;
}

static bool
type_row_applies(const GwDdlWriter *w, const GwDdlTypeRule *row, const GwType *type,
				 const GwColumn *column)
{
	int64 value;
	bool given = type_parameter(type, &value);
	uint32 when = row->when;

	if (row->type != type->id || ((when & GW_WHEN_PARAM) && !given) ||
		((when & GW_WHEN_NO_PARAM) && given) ||
		((when & GW_WHEN_CHARS) && !type_unit_is(type, "char")) ||
		((when & GW_WHEN_BYTES) && !type_unit_is(type, "byte")) ||
		((when & GW_WHEN_UTF16) && !type_unit_is(type, "utf16")) ||
		((when & GW_WHEN_KEY) && !gw_ddl_in_key(w, column)) ||
		((when & GW_WHEN_OF) && (type->element == NULL || type->element->type.id != row->of)) ||
		((when & GW_WHEN_NESTED) && !type_is_nested(type->element)) ||
		((when & GW_WHEN_OPTION) && !w->options->structured) ||
		((when & GW_WHEN_STRICT) && !w->options->strict) ||
		((when & GW_WHEN_TEXT_KEY) && !type_is_text_key(type->key)) ||
		((when & GW_WHEN_OFF_ROW) &&
		 (w->depth > 0 || w->schema == NULL || !w->target->off_row(w, column))))
		return false;
	if (row->max == 0)
		return true;
	if (value == GW_ABSENT || value > row->max)
		return false;
	if (type->id != GW_TYPE_NUMERIC)
		return true;
	return type->scale <= row->max_scale &&
		   type->precision - type->scale <= (row->max_whole ? row->max_whole : row->max);
}

static const GwDdlTypeRule *
type_find(const GwDdlWriter *w, const GwType *type, const GwColumn *column)
{
	for (const GwDdlTypeRule *row = w->target->types; row->type != GW_NTYPES; row++)
		if (type_row_applies(w, row, type, column))
			return row;
	return NULL;
}

static void
type_values(GwDdlWriter *w, GwSqlBuf *buf, const GwType *type)
{
	bool first = true;

	for (int i = 0; i < type->nvalues; i++)
	{
		gw_sql_separator(buf, &first, ", ");
		gw_ddl_string(w, buf, type->values[i]);
	}
}

/* One part under a path of its own. */
static GwStatus
type_part(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *part, const char *suffix, GwError *err)
{
	const char *path = w->path;
	GwStatus status;

	w->path = psprintf("%s%s", path ? path : "", suffix);
	w->depth++;
	status = gw_ddl_type_part(w, buf, part, err);
	w->depth--;
	w->path = path;
	return status;
}

static GwStatus
type_fields(GwDdlWriter *w, GwSqlBuf *buf, const GwType *type, GwError *err)
{
	bool first = true;

	for (int i = 0; i < type->nfields; i++)
	{
		const GwColumn *field = &type->fields[i];

		gw_sql_separator(buf, &first, ", ");
		gw_ddl_identifier(w, buf, field->name ? field->name : "");
		gw_sql(buf, w->target->field_separator);
		if (type_part(w, buf, field, psprintf(".%s", field->name), err) != GW_OK)
			return GW_FAILED;
		if (!field->nullable && !gw_ddl_array_is_repeated(w->target, &field->type))
			gw_sql(buf, " NOT NULL");
	}
	return GW_OK;
}

/* One {name} of a template. */
static GwStatus
type_slot(GwDdlWriter *w, GwSqlBuf *buf, const char *slot, const GwType *type,
		  const GwColumn *column, GwError *err)
{
	int64 value;

	(void) type_parameter(type, &value);
	if (strcmp(slot, "n") == 0 || strcmp(slot, "f") == 0)
		gw_sql_int(buf, value);
	else if (strcmp(slot, "4n") == 0)
		gw_sql_int(buf, value * 4);
	else if (strcmp(slot, "b") == 0)
		gw_sql_int(buf, (value + 7) / 8);
	else if (strcmp(slot, "p") == 0)
		gw_sql_int(buf, type->precision);
	else if (strcmp(slot, "s") == 0)
		gw_sql_int(buf, type->scale);
	else if (strcmp(slot, "srid") == 0)
		gw_sql_int(buf, type->srid);
	else if (strcmp(slot, "e") == 0)
		return type_part(w, buf, type->element, "[]", err);
	else if (strcmp(slot, "k") == 0)
		return type_part(w, buf, type->key, "{k}", err);
	else if (strcmp(slot, "v") == 0)
		return type_part(w, buf, type->value, "{v}", err);
	else if (strcmp(slot, "fields") == 0)
		return type_fields(w, buf, type, err);
	else if (strcmp(slot, "values") == 0)
		type_values(w, buf, type);
	else if (strcmp(slot, "c") == 0)
		gw_ddl_identifier(w, buf, column->name);
	else
		elog(ERROR, "unknown slot \"%s\" in a type rule of %s", slot, w->target->name);
	return GW_OK;
}

static GwStatus
type_expand(GwDdlWriter *w, GwSqlBuf *buf, const char *text, const GwType *type,
			const GwColumn *column, GwError *err)
{
	while (*text != '\0')
	{
		const char *end = *text == '{' ? strchr(text, '}') : NULL;

		if (end == NULL)
			appendStringInfoChar(&buf->text, *text++);
		else
		{
			char *slot = pnstrdup(text + 1, end - text - 1);

			if (type_slot(w, buf, slot, type, column, err) != GW_OK)
				return GW_FAILED;
			text = end + 1;
		}
	}
	return GW_OK;
}

/* The nearest decimal: whole digits are kept, digits behind the point are cut. */
static bool
type_cut_numeric(const GwDdlWriter *w, GwType *type)
{
	int whole = type->precision - type->scale;

	if (w->target->cut_numeric == NULL || type->id != GW_TYPE_NUMERIC ||
		type->precision == GW_ABSENT || whole > w->target->cut_whole)
		return false;
	type->scale = Min(Min(type->scale, w->target->cut_precision - whole), w->target->cut_scale);
	type->precision = Max(whole + type->scale, 1);
	return true;
}

static GwStatus
type_refuse(GwDdlWriter *w, const GwColumn *column, GwDdlRule rule, const char *why, GwError *err)
{
	bool cell = rule == GW_DDL_REFUSE;

	gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
				 "column \"%s\": %s cannot be a column of %s%s", w->path ? w->path : "",
				 gw_type_text(&column->type), w->target->title, cell ? "" : " without loss");
	gw_error_detail(err, "%s.", why);
	if (cell)
		gw_error_hint(err, "Give the column another type, or say on_lossy => 'text'%s.",
					  w->target->cut_numeric && column->type.id == GW_TYPE_NUMERIC
						  ? " or 'truncate'" : "");
	else
		gw_error_hint(err, "Give the column another type, or say on_lossy => 'annotate' without "
						   "strict.");
	return GW_FAILED;
}

/* The worst part's code is the column's; of equals the outermost, noted last. */
static void
type_note(GwDdlWriter *w, const GwColumn *column, GwDdlRule rule, const GwDdlTypeRule *row,
		  const char *code, const char *native)
{
	GwDdlNotice *notice;

	if (rule > w->worst || (rule == w->worst && code != NULL))
	{
		w->worst = rule;
		w->code = code;
	}
	if (rule < GW_DDL_ANNOTATE)
		return;
	notice = palloc0(sizeof(GwDdlNotice));
	notice->rule = rule;
	notice->code = code;
	notice->column = w->path;
	notice->message = psprintf("%s becomes %s: %s", gw_type_text(&column->type), native,
							   gw_ddl_code_meaning(code));
	if (rule == GW_DDL_CHECK && row != NULL && w->depth == 0)
		gw_ddl_check_query(w, column, row, notice);
	w->notices = lappend(w->notices, notice);
}

/* A type without a canonical meaning goes home as it was. */
static bool
type_same_platform(const GwDdlWriter *w, const GwColumn *column)
{
	GwColumn known;
	GwError ignored;

	return w->schema != NULL && w->schema->platform != NULL && column->native_type != NULL &&
		   gw_ddl_target(w->schema->platform) == w->target &&
		   gw_ddl_map_type(w->target, column->native_type, &known, &ignored) == GW_OK;
}

/*
 * Of an integer that stands for a number of so many digits there, its own type holds what it
 * holds; that of all such integers is wider, and reads back as the next one.
 */
static bool
type_has_digits(const GwDdlWriter *w, const GwColumn *column)
{
	GwColumn known;
	GwError ignored;

	return w->target->integers_have_digits && column->native_type != NULL &&
		   gw_ddl_map_type(w->target, column->native_type, &known, &ignored) == GW_OK &&
		   gw_type_equal(&known.type, &column->type);
}

static GwStatus
type_render_refused(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column, GwType *type,
					GwError *err)
{
	if (w->options->on_lossy == GW_LOSSY_TRUNCATE && type_cut_numeric(w, type))
	{
		static const GwDdlTypeRule cut = {.check = GW_CHECK_NUMERIC};
		GwDdlTypeRule row = cut;
		int start = buf->text.len;

		if (type_expand(w, buf, w->target->cut_numeric, type, column, err) != GW_OK)
			return GW_FAILED;
		row.max_scale = type->scale;
		row.max_whole = type->precision - type->scale;
		type_note(w, column, GW_DDL_CHECK, &row, "digits_capped", buf->text.data + start);
		return GW_OK;
	}
	if (w->options->on_lossy == GW_LOSSY_TEXT)
	{
		gw_sql(buf, w->target->text_type);
		type_note(w, column, GW_DDL_ANNOTATE, NULL, "as_text", w->target->text_type);
		return GW_OK;
	}
	return type_refuse(w, column, GW_DDL_REFUSE,
					   psprintf("%s has no type that keeps its values", w->target->title), err);
}

GwStatus
gw_ddl_type_part(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column, GwError *err)
{
	bool widened;
	GwType type = type_normal(w->target, &column->type, &widened);
	const GwDdlTypeRule *row = type_find(w, &type, column);
	int start = buf->text.len;
	GwDdlRule rule;

	if (w->depth > (w->target->max_depth > 0 ? w->target->max_depth : GW_TYPE_MAX_DEPTH))
		return type_refuse(w, column, GW_DDL_REFUSE,
						   psprintf("Types nest at most %d levels deep there",
									w->target->max_depth ? w->target->max_depth
														 : GW_TYPE_MAX_DEPTH), err);
	if (type.id == GW_TYPE_OPAQUE && type_same_platform(w, column))
	{
		gw_sql_rendered(buf, column->native_type);
		return GW_OK;
	}
	if (row != NULL && row->rule == GW_DDL_WIDEN && type_has_digits(w, column))
	{
		gw_sql_rendered(buf, column->native_type);
		return GW_OK;
	}
	if (row == NULL || row->rule == GW_DDL_REFUSE)
		return type_render_refused(w, buf, column, &type, err);
	rule = row->rule;
	if (rule == GW_DDL_EXACT &&
		(widened || (type.length != GW_ABSENT && !type_unit_is(&type, "char") &&
					 (row->when & (GW_WHEN_BYTES | GW_WHEN_UTF16)) == 0)))
		rule = GW_DDL_WIDEN; /* as many characters as bytes or units is never less */
	if ((rule == GW_DDL_CHECK && w->options->strict) ||
		(rule >= GW_DDL_ANNOTATE && w->options->on_lossy == GW_LOSSY_ERROR))
		return type_refuse(w, column, rule, gw_ddl_code_meaning(row->code), err);

	if (type_expand(w, buf, row->native, &type, column, err) != GW_OK)
		return GW_FAILED;
	type_note(w, column, rule, row, row->code, buf->text.data + start);
	if (row->constraint != NULL && w->depth == 0 && column->name != NULL)
	{
		GwSqlBuf check;

		gw_sqlbuf_init(&check);
		if (type_expand(w, &check, row->constraint, &type, column, err) != GW_OK)
			return GW_FAILED;
		w->constraints = lappend(w->constraints, check.text.data);
	}
	return GW_OK;
}

GwStatus
gw_ddl_type(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column, GwError *err)
{
	w->worst = GW_DDL_EXACT;
	w->code = NULL;
	w->constraints = NIL;
	w->path = column->name;
	w->depth = 0;
	return gw_ddl_type_part(w, buf, column, err);
}
