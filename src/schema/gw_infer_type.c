/*
 * gw_infer_type.c
 *	  From evidence to types and a schema.
 *
 * The type of a node is a function of its evidence alone: the first of the
 * lattice that holds every value seen.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base/gw_json.h"
#include "base/gw_text.h"
#include "schema/gw_infer_private.h"

typedef struct InferWriter
{
	const GwInferOptions *options;
	List **notices;
	const char *path;
} InferWriter;

typedef struct InferNotice
{
	const char *code, *column, *message;
} InferNotice;

static void infer_type(InferWriter *w, const GwInferNode *node, GwColumn *column);

void
gw_infer_notice(List **notices, const char *code, const char *column, const char *fmt, ...)
{
	InferNotice *notice = palloc(sizeof(InferNotice));
	va_list args;

	va_start(args, fmt);
	notice->message = gw_text_format(fmt, args);
	va_end(args);
	notice->code = code;
	notice->column = column;
	*notices = lappend(*notices, notice);
}

/* ---------- scalars ---------- */

/*
 * Whole numbers that fit are INT64, else as many digits as were seen; a double
 * only where it keeps every digit.  false: no type of numbers holds them all.
 */
static bool
infer_number(const GwInferNode *node, GwType *type)
{
	int digits = node->whole + node->scale;

	if (node->beyond || (node->special && node->inexact))
		return false;
	if (!node->exponent && !node->special && node->scale == 0 && node->int64_fits)
		*type = gw_type_make(GW_TYPE_INT64);
	else if (!node->exponent && !node->special && Max(digits, 1) <= 38)
	{
		*type = gw_type_make(GW_TYPE_NUMERIC);
		type->precision = Min(Max(digits, 1) + (node->options->headroom ? 1 : 0), 38);
		type->scale = node->scale;
		type->has_scale = true;
	}
	else if (!node->inexact)
		*type = gw_type_make(GW_TYPE_FLOAT64);
	else
		*type = gw_type_make(GW_TYPE_NUMERIC);
	return true;
}

static bool
infer_timestamp(const GwInferNode *node, GwTypeId id, GwType *type)
{
	*type = gw_type_make(id);
	if (node->fraction > 6)
		type->fraction = node->fraction;
	return true;
}

/* What every text can be read as; false: STRING. */
static bool
infer_text_type(const GwInferNode *node, GwType *type)
{
	static const struct
	{
		uint32 fits;
		GwTypeId id;
	} rest[] = {
		{GW_FITS_BOOL, GW_TYPE_BOOL},
		{GW_FITS_DATE, GW_TYPE_DATE},
		{GW_FITS_UUID, GW_TYPE_UUID},
		{GW_FITS_JSON, GW_TYPE_JSON},
	};

	if (node->fits & GW_FITS_NUMBER && !(node->fits & GW_FITS_BOOL))
		return infer_number(node, type);
	for (int i = 0; i < lengthof(rest); i++)
		if (node->fits & rest[i].fits)
		{
			*type = gw_type_make(rest[i].id);
			return true;
		}
	if (node->fits & GW_FITS_TIMESTAMP)
		return infer_timestamp(node, GW_TYPE_TIMESTAMP, type);
	if (node->fits & GW_FITS_TIMESTAMPTZ)
		return infer_timestamp(node, GW_TYPE_TIMESTAMPTZ, type);
	if (node->fits & GW_FITS_TIME)
		return infer_timestamp(node, GW_TYPE_TIME, type);
	return false;
}

/* The caller's formats; the column keeps the one it is in. */
static bool
infer_formatted(const GwInferNode *node, GwColumn *column)
{
	for (int i = 0; i < node->options->nformats; i++)
	{
		const char *format = node->options->formats[i];
		GwJsonBuilder b = {NULL, NULL};

		if (!(node->formats & (1u << i)))
			continue;
		column->type = gw_type_make(gw_infer_format_has_time(format) ? GW_TYPE_TIMESTAMP
																	 : GW_TYPE_DATE);
		gw_json_begin_object(&b);
		gw_json_put_text(&b, "date_format", format);
		gw_json_end_object(&b);
		column->extra = gw_json_finish(&b);
		return true;
	}
	return false;
}

/* A column of texts that is almost something else: say what stands against it. */
static void
infer_explain_text(InferWriter *w, const GwInferNode *node)
{
	static const char *const names[GW_NFITS] = {"BOOL", "a number", "DATE", "TIMESTAMP",
												"TIMESTAMPTZ", "TIME", "UUID", "JSON"};
	StringInfoData list;
	int best = 0;

	for (int i = 1; i < GW_NFITS; i++)
		if (node->hits[i] > node->hits[best])
			best = i;
	if (node->hits[3] > 0 && node->hits[4] > 0 && node->hits[3] + node->hits[4] == node->texts)
		gw_infer_notice(w->notices, "mixed_zones", w->path,
						"some values have a time zone and some have none");
	else if (node->hits[best] * 2 >= node->texts && node->misfit_row[best] != 0)
		gw_infer_notice(w->notices, "not_all", w->path,
						INT64_FORMAT " of " INT64_FORMAT " values can be read as %s; the first "
						"that cannot is \"%s\" in row " INT64_FORMAT,
						node->hits[best], node->texts, names[best], node->misfit[best],
						node->misfit_row[best]);
	initStringInfo(&list);
	for (int i = 0; gw_infer_common_formats[i] != NULL; i++)
		if (node->common & (1u << i))
			appendStringInfo(&list, "%s%s", list.len ? ", " : "", gw_infer_common_formats[i]);
	if (list.len > 0)
		gw_infer_notice(w->notices, "date_format_candidates", w->path,
						"every value is a date in the format: %s (option date_formats)",
						list.data);
}

static void
infer_texts(InferWriter *w, const GwInferNode *node, GwColumn *column)
{
	if (infer_text_type(node, &column->type) || infer_formatted(node, column))
		return;
	column->type = gw_type_make(GW_TYPE_STRING);
	if (w->options->lengths && node->length > 0)
		column->type.length = node->length;
	infer_explain_text(w, node);
}

/* ---------- parts ---------- */

static GwColumn *
infer_part(InferWriter *w, const GwInferNode *node, const char *suffix)
{
	GwColumn *part = palloc0(sizeof(GwColumn));
	const char *path = w->path;

	w->path = psprintf("%s%s", path, suffix);
	infer_type(w, node, part);
	w->path = path;
	part->extra = NULL;
	part->nullable = !w->options->not_null || node->nulls > 0;
	return part;
}

static void
infer_array(InferWriter *w, const GwInferNode *node, GwColumn *column)
{
	GwType json = gw_type_make(GW_TYPE_JSON);

	column->type = gw_type_make(GW_TYPE_ARRAY);
	if (node->element == NULL)
		column->type.element = gw_type_part(&json);
	else
		column->type.element = infer_part(w, node->element, "[]");
	/* Nothing but nulls: no evidence either. */
	if (node->element != NULL && node->element->nulls > 0 &&
		column->type.element->type.id == GW_TYPE_STRING && node->element->texts == 0)
		column->type.element->type = json;
}

static int
infer_by_name(const void *a, const void *b)
{
	const GwInferField *x = *(GwInferField *const *) a, *y = *(GwInferField *const *) b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->name, y->name, x->len);
}

/* In the order of their first appearance, or as jsonb keeps them. */
static GwInferField **
infer_ordered(const GwInferNode *node)
{
	GwInferField **fields = palloc(Max(node->nfields, 1) * sizeof(GwInferField *));

	if (node->nfields > 0)
		memcpy(fields, node->fields, node->nfields * sizeof(GwInferField *));
	if (node->options->sorted)
		qsort(fields, node->nfields, sizeof(GwInferField *), infer_by_name);
	return fields;
}

static void
infer_fields(InferWriter *w, const GwInferNode *node, GwType *type)
{
	GwInferField **fields = infer_ordered(node);

	type->nfields = node->nfields;
	type->fields = palloc0(node->nfields * sizeof(GwColumn));
	for (int i = 0; i < node->nfields; i++)
	{
		const GwInferField *field = fields[i];
		GwColumn *column = infer_part(w, field->node, psprintf(".%s", field->name));

		type->fields[i] = *column;
		type->fields[i].name = field->name;
		type->fields[i].ordinal = i + 1;
		if (field->node->present < node->objects)
			type->fields[i].nullable = true;
	}
}

/* So many keys that they are data: a map when their values have one type. */
static void
infer_map(InferWriter *w, const GwInferNode *node, GwColumn *column)
{
	GwInferNode *all = gw_infer_node(w->options, node->depth + 1);
	GwType key = gw_type_make(GW_TYPE_STRING);
	List *ignored = NIL;
	InferWriter quiet = {w->options, &ignored, w->path};
	GwColumn *value;

	for (int i = 0; i < node->nfields; i++)
		gw_infer_merge(all, node->fields[i]->node);
	value = infer_part(&quiet, all, "{v}");
	column->type = gw_type_make(GW_TYPE_JSON);
	if (value->type.id == GW_TYPE_JSON)
		return;
	column->type = gw_type_make(GW_TYPE_MAP);
	column->type.key = gw_type_part(&key);
	column->type.key->nullable = false;
	column->type.value = value;
}

static bool
infer_has_empty_name(const GwInferNode *node)
{
	for (int i = 0; i < node->nfields; i++)
		if (node->fields[i]->len == 0)
			return true;
	return false;
}

static void
infer_object(InferWriter *w, const GwInferNode *node, GwColumn *column)
{
	if (node->nfields > GW_INFER_MAX_FIELDS)
		infer_map(w, node, column);
	else if (node->nfields == 0 || infer_has_empty_name(node))
		column->type = gw_type_make(GW_TYPE_JSON);
	else
	{
		column->type = gw_type_make(GW_TYPE_STRUCT);
		infer_fields(w, node, &column->type);
	}
}

static void
infer_type(InferWriter *w, const GwInferNode *node, GwColumn *column)
{
	int kinds = (node->bools > 0) + (node->numbers > 0) + (node->texts > 0) +
		(node->objects > 0) + (node->arrays > 0);

	check_stack_depth();
	column->nullable = true;
	if (kinds == 0)
	{
		column->type = gw_type_make(GW_TYPE_STRING);
		gw_infer_notice(w->notices, "no_evidence", w->path, "no value was seen");
	}
	else if (kinds > 1 || node->too_deep)
	{
		column->type = gw_type_make(GW_TYPE_JSON);
		gw_infer_notice(w->notices, kinds > 1 ? "mixed_kinds" : "too_deep", w->path,
						kinds > 1 ? "values of different kinds are kept as JSON"
								  : "parts below this depth are kept as JSON");
	}
	else if (node->bools > 0)
		column->type = gw_type_make(GW_TYPE_BOOL);
	else if (node->numbers > 0)
	{
		if (!infer_number(node, &column->type))
			column->type = gw_type_make(GW_TYPE_JSON);
	}
	else if (node->texts > 0)
		infer_texts(w, node, column);
	else if (node->arrays > 0)
		infer_array(w, node, column);
	else
		infer_object(w, node, column);
}

void
gw_infer_column(const GwInferNode *node, const GwInferOptions *options, GwColumn *column,
				List **notices)
{
	InferWriter w = {options, notices, column->name};

	infer_type(&w, node, column);
	column->nullable = !options->not_null || node->nulls > 0;
}

/* ---------- names and the schema ---------- */

/* Lower case; what is no letter or digit becomes one _ between words. */
char *
gw_infer_standard_name(const char *name)
{
	StringInfoData out;

	initStringInfo(&out);
	for (const char *at = name; *at != '\0'; at++)
	{
		unsigned char c = *at;

		if (IS_HIGHBIT_SET(c) || isalnum(c))
			appendStringInfoChar(&out, pg_tolower(c));
		else if (out.len > 0 && out.data[out.len - 1] != '_')
			appendStringInfoChar(&out, '_');
	}
	while (out.len > 0 && out.data[out.len - 1] == '_')
		out.data[--out.len] = '\0';
	if (out.len == 0)
		return pstrdup("unnamed_column");
	return isdigit((unsigned char) out.data[0]) ? psprintf("_%s", out.data) : out.data;
}

static bool
infer_name_taken(const GwSchema *schema, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(schema->columns[i].name, name) == 0)
			return true;
	return false;
}

/* The name as told, or a free one with the told one kept beside it. */
static void
infer_name(const GwInferOptions *options, GwSchema *schema, int n, const char *told)
{
	GwColumn *column = &schema->columns[n];
	const char *name = told;
	GwJsonBuilder b = {NULL, NULL};

	if (options->standard_names)
		name = gw_infer_standard_name(told);
	else if (told[0] == '\0')
		name = psprintf("column_%d", n + 1);
	column->name = name;
	for (int i = 2; infer_name_taken(schema, n, column->name); i++)
		column->name = psprintf("%s_%d", name, i);
	if (strcmp(column->name, told) == 0)
		return;
	gw_json_begin_object(&b);
	gw_json_put_text(&b, "original_name", told);
	gw_json_end_object(&b);
	column->extra = gw_json_finish(&b);
}

/* original_name and date_format in one document. */
static Jsonb *
infer_both_extras(Jsonb *a, Jsonb *b)
{
	GwJsonBuilder builder = {NULL, NULL};
	JsonbValue *value;

	if (a == NULL || b == NULL)
		return a ? a : b;
	gw_json_begin_object(&builder);
	if ((value = gw_json_get(gw_json_root(a), "original_name")) != NULL)
		gw_json_put_value(&builder, "original_name", value);
	if ((value = gw_json_get(gw_json_root(b), "date_format")) != NULL)
		gw_json_put_value(&builder, "date_format", value);
	gw_json_end_object(&builder);
	return gw_json_finish(&builder);
}

static Jsonb *
infer_notices(const List *notices)
{
	GwJsonBuilder b = {NULL, NULL};
	ListCell *lc;

	if (notices == NIL)
		return NULL;
	gw_json_begin_array(&b);
	foreach(lc, notices)
	{
		const InferNotice *notice = lfirst(lc);

		gw_json_begin_object(&b);
		gw_json_put_text(&b, "code", notice->code);
		gw_json_put_text(&b, "column", notice->column);
		gw_json_put_text(&b, "message", notice->message);
		gw_json_end_object(&b);
	}
	gw_json_end_array(&b);
	return gw_json_finish(&b);
}

void
gw_infer_complete(GwSchema *schema, const GwInferOptions *options, int64 rows, bool cut,
				  const List *notices)
{
	GwJsonBuilder b = {NULL, NULL};

	schema->kind = "inferred";
	schema->table = options->table;
	schema->rows = rows;
	schema->bytes = GW_ABSENT;
	schema->approximate = cut;
	schema->notices = infer_notices(notices);
	if (!cut)
		return;
	gw_json_begin_object(&b);
	gw_json_put_int(&b, "sampled", rows);
	gw_json_end_object(&b);
	schema->extra = gw_json_finish(&b);
}

/* Records that are all objects give their keys; others are one column. */
static int
infer_record(GwInferNode *record, GwInferNode ***nodes, const char ***names)
{
	bool others = record->bools + record->numbers + record->texts + record->arrays > 0;
	int n = others ? 1 : record->nfields;
	GwInferField **fields = infer_ordered(record);

	*nodes = palloc(Max(n, 1) * sizeof(GwInferNode *));
	*names = palloc(Max(n, 1) * sizeof(char *));
	for (int i = 0; i < n; i++)
	{
		(*nodes)[i] = others ? record : fields[i]->node;
		(*names)[i] = others ? "value" : fields[i]->name;
	}
	return n;
}

GwSchema *
gw_infer_schema(const GwInferOptions *options, GwInferNode **nodes, const char **names, int n,
				GwInferNode *record, int64 rows, bool cut, List *notices)
{
	GwSchema *schema = palloc0(sizeof(GwSchema));

	if (record != NULL)
		n = infer_record(record, &nodes, &names);
	if (n == 0)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("there are no columns to infer a schema from")));
	if (n > MaxHeapAttributeNumber)
		ereport(ERROR, (errcode(ERRCODE_TOO_MANY_COLUMNS),
						errmsg("the records have %d keys, a table has at most %d columns", n,
							   MaxHeapAttributeNumber),
						errhint("Wrap each record as the value of one key: such an object "
								"becomes a MAP.")));
	schema->ncolumns = n;
	schema->columns = palloc0(n * sizeof(GwColumn));
	for (int i = 0; i < n; i++)
	{
		const GwInferNode *node = nodes[i];
		GwColumn *column = &schema->columns[i];
		Jsonb *named;

		infer_name(options, schema, i, names[i]);
		named = column->extra;
		column->extra = NULL;
		gw_infer_column(node, options, column, &notices);
		column->extra = infer_both_extras(named, column->extra);
		column->ordinal = i + 1;
		if (record != NULL && node != record &&
			(node->present < record->objects || record->nulls > 0))
			column->nullable = true;
	}
	gw_infer_complete(schema, options, rows, cut, notices);
	return schema;
}
