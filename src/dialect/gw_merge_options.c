/*
 * gw_merge_options.c
 *	  The options of a load, the names of its patterns, and its constants.
 *
 * Says nothing about SQL but constants.  Values live in CurrentMemoryContext.
 */
#include "postgres.h"

#include "base/gw_json_options.h"
#include "base/gw_text.h"
#include "dialect/gw_merge_private.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

static const char *const pattern_names[] = {
	"full_refresh", "append", "incremental_append", "incremental_timestamp",
	"upsert", "delete_insert", "scd1", "scd2",
	"snapshot", "insert_overwrite", "microbatch", "cdc",
};

static const struct
{
	const char *alias;
	GwLoadPattern pattern;
} pattern_aliases[] = {
	{"replace", GW_LOAD_FULL_REFRESH}, {"merge", GW_LOAD_UPSERT},
	{"scd_type1", GW_LOAD_SCD1},	   {"scd_type2", GW_LOAD_SCD2},
	{"cdc_apply", GW_LOAD_CDC},
};

bool
gw_load_pattern(const char *name, GwLoadPattern *pattern)
{
	for (int i = 0; i < lengthof(pattern_names); i++)
	{
		if (pg_strcasecmp(pattern_names[i], name) == 0)
		{
			*pattern = (GwLoadPattern) i;
			return true;
		}
	}
	for (int i = 0; i < lengthof(pattern_aliases); i++)
	{
		if (pg_strcasecmp(pattern_aliases[i].alias, name) == 0)
		{
			*pattern = pattern_aliases[i].pattern;
			return true;
		}
	}
	return false;
}

const char *
gw_load_pattern_name(GwLoadPattern pattern)
{
	return pattern_names[pattern];
}

/* ---------- options ---------- */

typedef enum LoadOptionKind
{
	LOAD_TEXT,
	LOAD_SCALAR, /* a string, or a number's text */
	LOAD_NAMES,
	LOAD_NOT, /* a flag that is stored the other way round */
} LoadOptionKind;

typedef struct LoadOption
{
	const char *name;
	LoadOptionKind kind;
	size_t offset;
	const char *fallback;
	const char *choices; /* between blanks; NULL: any */
} LoadOption;

#define OPTION(kind, name, ...) {#name, LOAD_##kind, offsetof(GwLoadOptions, name), __VA_ARGS__}
#define FLAG(name, member) {name, LOAD_NOT, offsetof(GwLoadOptions, member)}

static const LoadOption load_options[] = {
	OPTION(TEXT, table_name),
	OPTION(TEXT, schema_name),
	OPTION(TEXT, database_name),
	OPTION(TEXT, source),
	OPTION(TEXT, source_schema),
	OPTION(TEXT, source_database),
	OPTION(NAMES, keys),
	OPTION(NAMES, columns),
	OPTION(NAMES, order_by),
	OPTION(NAMES, update_columns),
	OPTION(NAMES, partition_by),
	OPTION(NAMES, check_columns),
	OPTION(TEXT, load_ts),
	OPTION(TEXT, valid_from, "valid_from"),
	OPTION(TEXT, valid_to, "valid_to"),
	OPTION(TEXT, is_current, "is_current"),
	OPTION(TEXT, is_deleted, "is_deleted"),
	OPTION(TEXT, open_end),
	OPTION(TEXT, updated_at),
	OPTION(TEXT, hard_deletes, NULL, " ignore invalidate new_record "),
	OPTION(TEXT, cursor),
	OPTION(SCALAR, since),
	OPTION(SCALAR, floor),
	OPTION(TEXT, lookback),
	OPTION(TEXT, event_time),
	OPTION(TEXT, from),
	OPTION(TEXT, to),
	OPTION(TEXT, batch_size, "day", " hour day month year "),
	OPTION(TEXT, op_column, "_op"),
	OPTION(TEXT, seq_column, "_seq"),
	OPTION(SCALAR, after_seq),
	OPTION(TEXT, deletes, "hard", " hard soft ignore "),
	OPTION(NAMES, delete_values),
	OPTION(TEXT, update, "changed", " changed all none "),
	OPTION(TEXT, set_created),
	OPTION(TEXT, set_updated),
	FLAG("transaction", no_transaction),
	FLAG("truncate", no_truncate),
	FLAG("merge", no_merge),
	FLAG("lock", no_lock),
};

static const char *
load_option_names(const LoadOption *row, JsonbValue *value, GwLoadOptions *options)
{
	List **member = (List **) ((char *) options + row->offset);
	char *text;

	if (gw_json_text(value, &text))
	{
		*member = list_make1(text);
		return NULL;
	}
	if (!gw_json_is_array(value))
		return "a name or an array of names";
	*member = NIL;
	for (int i = 0; i < gw_json_length(value); i++)
	{
		if (!gw_json_text(gw_json_item(value, i), &text) || gw_texts_have(*member, text))
			return "an array of different names";
		*member = lappend(*member, text);
	}
	return NULL;
}

static const char *
load_option_set(const void *option, JsonbValue *value, void *options)
{
	const LoadOption *row = option;
	char *member = (char *) options + row->offset;
	char *text;
	bool flag;

	switch (row->kind)
	{
		case LOAD_NOT:
			if (!gw_json_bool(value, &flag))
				return "true or false";
			*(bool *) member = !flag;
			return NULL;
		case LOAD_NAMES:
			return load_option_names(row, value, options);
		case LOAD_SCALAR:
			if (value->type == jbvNumeric)
			{
				*(const char **) member = gw_ddl_number(value);
				return NULL;
			}
			/* FALLTHROUGH */
		case LOAD_TEXT:
			if (!gw_json_text(value, &text) || text[0] == '\0')
				return "a string";
			if (row->choices != NULL &&
				(strchr(text, ' ') != NULL || strstr(row->choices, psprintf(" %s ", text)) == NULL))
				return psprintf("one of:%.*s", (int) strlen(row->choices) - 1, row->choices);
			*(const char **) member = text;
			return NULL;
	}
	return NULL;
}

static const GwJsonOptions load_table = {
	.rows = load_options,
	.row_size = sizeof(LoadOption),
	.nrows = lengthof(load_options),
	.set = load_option_set,
};

GwStatus
gw_load_options_read(Jsonb *doc, GwLoadOptions *options, GwError *err)
{
	memset(options, 0, sizeof(*options));
	for (int i = 0; i < lengthof(load_options); i++)
	{
		if (load_options[i].fallback != NULL)
			*(const char **) ((char *) options + load_options[i].offset) =
				load_options[i].fallback;
	}
	options->delete_values = list_make4("D", "d", "DELETE", "delete");
	return gw_json_options_read(doc, &load_table, options, err);
}

/* ---------- constants ---------- */

/* Does the text end with an offset or Z, behind a time of day? */
static bool
instant_has_zone(const char *text)
{
	const char *time = strchr(text, ':');
	size_t len = strlen(text);

	if (time == NULL)
		return false;
	return text[len - 1] == 'Z' || text[len - 1] == 'z' || strpbrk(time, "+-") != NULL;
}

/* ISO 8601 only: digits and what may stand between them. */
static bool
instant_is_iso(const char *text)
{
	if (strlen(text) < 8 || strspn(text, "0123456789-:. TtZz+") != strlen(text))
		return false;
	return strspn(text, "0123456789") == 4 && text[4] == '-';
}

bool
gw_merge_instant(const char *text, const char *less, bool zoned, char **utc)
{
	Timestamp value;
	fsec_t fsec;
	struct pg_tm tm;

	if (!instant_is_iso(text) || (!zoned && instant_has_zone(text)))
		return false;
	if (strchr(text, ':') == NULL && strlen(text) > 10)
		return false;
	if (instant_has_zone(text) || (zoned && strchr(text, ':') != NULL))
		value = DatumGetTimestampTz(DirectFunctionCall3(
			timestamptz_in,
			CStringGetDatum(instant_has_zone(text) ? text : psprintf("%sZ", text)),
			ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
	else
		value = DatumGetTimestamp(DirectFunctionCall3(timestamp_in, CStringGetDatum(text),
													  ObjectIdGetDatum(InvalidOid),
													  Int32GetDatum(-1)));
	if (less != NULL)
	{
		Datum interval = DirectFunctionCall3(interval_in, CStringGetDatum(less),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

		value = DatumGetTimestamp(
			DirectFunctionCall2(timestamp_mi_interval, TimestampGetDatum(value), interval));
	}
	if (TIMESTAMP_NOT_FINITE(value) || timestamp2tm(value, NULL, &tm, &fsec, NULL, NULL) != 0)
		return false;
	if (tm.tm_year < 1 || tm.tm_year > 9999)
		return false;
	*utc = psprintf("%04d-%02d-%02d %02d:%02d:%02d.%06d", tm.tm_year, tm.tm_mon, tm.tm_mday,
					tm.tm_hour, tm.tm_min, tm.tm_sec, fsec);
	return true;
}

/* Digits of a second beyond the column's would be rounded there, upwards too. */
static char *
constant_cut(const GwColumn *column, const char *utc)
{
	int digits = column->type.fraction;

	if (digits == GW_ABSENT || digits > 6)
		digits = 6;
	return pnstrdup(utc, digits == 0 ? 19 : 20 + digits);
}

static bool
constant_is_number(const char *text)
{
	const char *digits = text + (*text == '-');

	return *digits != '\0' && strspn(digits, "0123456789.") == strlen(digits) &&
		   strchr(digits, '.') == strrchr(digits, '.') && strcmp(digits, ".") != 0;
}

GwStatus
gw_merge_constant(GwMerge *m, const GwColumn *column, const char *text, char **sql)
{
	const GwMergeTarget *target = m->target;
	const char *pairs[] = {"{v}", NULL, NULL};
	char *utc;
	GwSqlBuf buf;

	switch (column->type.id)
	{
		case GW_TYPE_DATE:
			if (!gw_merge_instant(text, NULL, false, &utc) ||
				strcmp(utc + 10, " 00:00:00.000000") != 0)
				return gw_merge_fail(m, "\"%s\" is no date for column \"%s\"", text, column->name);
			pairs[1] = pnstrdup(utc, 10);
			*sql = gw_merge_fill(target->date, pairs);
			return GW_OK;
		case GW_TYPE_TIMESTAMP:
		case GW_TYPE_TIMESTAMPTZ:
		case GW_TYPE_TIMESTAMPOFFSET:
			if (!gw_merge_instant(text, NULL, column->type.id != GW_TYPE_TIMESTAMP, &utc))
				return gw_merge_fail(m, "\"%s\" is no time in ISO 8601 for column \"%s\"", text,
									 column->name);
			pairs[1] = constant_cut(column, utc);
			*sql = gw_merge_fill(column->type.id == GW_TYPE_TIMESTAMP ? target->timestamp
																	  : target->timestamptz,
								 pairs);
			return GW_OK;
		case GW_TYPE_STRING:
		case GW_TYPE_CHAR:
			gw_sqlbuf_init(&buf);
			gw_ddl_string(&m->writer, &buf, text);
			*sql = buf.text.data;
			return GW_OK;
		default:
			if (!constant_is_number(text))
				return gw_merge_fail(m, "\"%s\" is no number for column \"%s\"", text,
									 column->name);
			*sql = pstrdup(text);
			return GW_OK;
	}
}

char *
gw_merge_load_ts(GwMerge *m, const GwColumn *column)
{
	const char *pairs[] = {"{v}", constant_cut(column, m->load_ts), NULL};

	return gw_merge_fill(column->type.id == GW_TYPE_TIMESTAMP ? m->target->timestamp
															  : m->target->timestamptz,
						 pairs);
}

char *
gw_merge_flag(const GwMerge *m, const GwColumn *column, bool value)
{
	if (column->type.id != GW_TYPE_BOOL)
		return pstrdup(value ? "1" : "0");
	return pstrdup(value ? m->target->yes : m->target->no);
}
