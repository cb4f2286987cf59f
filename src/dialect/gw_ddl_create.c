/*
 * gw_ddl_create.c
 *	  A whole table: what has to hold before it can be said, the CREATE TABLE
 *	  with its keys, and the statements around it.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "dialect/gw_ddl_private.h"
#include "utils/formatting.h"

/* ---------- what has to hold ---------- */

static GwStatus
create_check_columns(const GwDdlWriter *w, const GwColumn *columns, int n, const char *where,
					 GwError *err)
{
	bool fold = gw_ddl_can(w->target, GW_DDL_NAMES_FOLD) || w->options->case_upper;
	char **names = palloc(Max(n, 1) * sizeof(char *));

	for (int i = 0; i < n; i++)
	{
		const char *name = columns[i].name ? columns[i].name : "";

		names[i] = fold ? str_tolower(name, strlen(name), DEFAULT_COLLATION_OID) : pstrdup(name);
		for (int j = 0; j < i; j++)
			if (strcmp(names[i], names[j]) == 0)
			{
				gw_error_set(err, GW_ERR_INVALID, ERRCODE_DUPLICATE_COLUMN,
							 "\"%s\" and \"%s\"%s are one name in %s", columns[j].name, name,
							 where, w->target->title);
				gw_error_detail(err, "Names that differ in case only collide there.");
				gw_error_hint(err, "Rename one of them in the schema first.");
				return GW_FAILED;
			}
		if (columns[i].type.id == GW_TYPE_STRUCT &&
			create_check_columns(w, columns[i].type.fields, columns[i].type.nfields,
								 psprintf(" in %s", name), err) != GW_OK)
			return GW_FAILED;
	}
	return GW_OK;
}

static GwStatus
create_check(const GwDdlWriter *w, GwError *err)
{
	if (w->schema->ncolumns > w->target->max_columns)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_TOO_MANY_COLUMNS,
					 "%d columns are too many for %s", w->schema->ncolumns, w->target->title);
		gw_error_detail(err, "A table has at most %d there.", w->target->max_columns);
		return GW_FAILED;
	}
	return create_check_columns(w, w->schema->columns, w->schema->ncolumns, "", err);
}

/* ---------- keys ---------- */

/* A name of the source would collide when the table has another one. */
static const char *
create_key_name(const GwDdlWriter *w, const GwKey *key)
{
	const char *renamed = w->options->table_name;

	if (renamed != NULL && (w->schema->table == NULL || strcmp(renamed, w->schema->table) != 0))
		return NULL;
	return key->name;
}

static void
create_key_end(GwDdlWriter *w, GwSqlBuf *buf, const GwKey *key, const char *kind)
{
	if (gw_ddl_can(w->target, GW_DDL_CAN_NOT_ENFORCED))
		gw_sql(buf, " NOT ENFORCED");
	if (key->enforced && !gw_ddl_can(w->target, GW_DDL_CAN_ENFORCE))
		gw_ddl_notice(w, "key_not_enforced", NULL, "%s does not enforce the %s key",
					  w->target->title, kind);
}

static bool
create_has_columns(const GwKey *key, const char **columns, int n)
{
	for (int i = 0; i < n; i++)
	{
		bool found = false;

		for (int k = 0; k < key->ncolumns; k++)
			found = found || strcmp(key->columns[k], columns[i]) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Partitioned tables of some platforms want their columns in every key. */
static bool
create_key_is_whole(GwDdlWriter *w, const GwKey *key, const char *kind)
{
	const JsonbValue *partition = gw_json_get(gw_ddl_layout(w), "partition");
	const char **columns;
	int n = gw_ddl_layout_names(gw_json_get(partition, "columns"), &columns);

	if (!gw_ddl_can(w->target, GW_DDL_KEYS_HOLD_PARTITION) || partition == NULL ||
		create_has_columns(key, columns, n))
		return true;
	gw_ddl_notice(w, "key_without_partition", NULL,
				  "the %s key is left out: it would have to hold the partition's columns", kind);
	return false;
}

static void
create_key(GwDdlWriter *w, GwSqlBuf *buf, const GwKey *key, const char *kind, const char *sql)
{
	if (!create_key_is_whole(w, key, kind))
		return;
	gw_sql(buf, ",\n    ");
	gw_ddl_constraint_name(w, buf, create_key_name(w, key));
	gw_sql(buf, sql);
	gw_ddl_names(w, buf, key->columns, key->ncolumns);
	gw_sql(buf, ")");
	create_key_end(w, buf, key, kind);
}

static void
create_action(GwDdlWriter *w, GwSqlBuf *buf, const char *event, const char *action)
{
	static const char *const actions[][2] = {
		{"cascade", "CASCADE"}, {"set null", "SET NULL"}, {"set default", "SET DEFAULT"},
		{"restrict", "RESTRICT"}};

	for (int i = 0; action != NULL && i < lengthof(actions); i++)
		if (pg_strcasecmp(actions[i][0], action) == 0)
		{
			/* NO ACTION is the default, and what RESTRICT is without deferring. */
			if (!gw_ddl_can(w->target, GW_DDL_CAN_ENFORCE) ||
				(i == 3 && !gw_ddl_can(w->target, GW_DDL_CAN_RESTRICT)))
				return;
			if (i == 2 && !gw_ddl_can(w->target, GW_DDL_CAN_SET_DEFAULT))
			{
				gw_ddl_notice(w, "action_unsupported", NULL,
							  "%s has no SET DEFAULT: the key refuses instead",
							  w->target->title);
				return;
			}
			gw_sql(buf, event);
			gw_sql(buf, actions[i][1]);
			return;
		}
}

static void
create_foreign(GwDdlWriter *w, GwSqlBuf *buf, const GwKey *key)
{
	const char *schema = key->ref_schema;

	/* What stood beside the table stands beside it there too. */
	if (schema != NULL && w->schema->schema != NULL && w->options->schema_name != NULL &&
		strcmp(schema, w->schema->schema) == 0)
		schema = w->options->schema_name[0] ? w->options->schema_name : NULL;
	gw_sql(buf, ",\n    ");
	gw_ddl_constraint_name(w, buf, create_key_name(w, key));
	gw_sql(buf, "FOREIGN KEY (");
	gw_ddl_names(w, buf, key->columns, key->ncolumns);
	gw_sql(buf, ") REFERENCES ");
	gw_ddl_qualified(w, buf, NULL, schema, key->ref_table);
	if (key->nref_columns > 0)
	{
		gw_sql(buf, " (");
		gw_ddl_names(w, buf, key->ref_columns, key->nref_columns);
		gw_sql(buf, ")");
	}
	create_action(w, buf, " ON DELETE ", key->on_delete);
	create_action(w, buf, " ON UPDATE ", key->on_update);
	create_key_end(w, buf, key, "foreign");
}

/* The condition of a check that the target can take; NULL: it cannot. */
const char *
gw_ddl_check_condition(GwDdlWriter *w, const GwKey *key)
{
	const char *sql = key->sql;

	if (sql == NULL || key->dialect == NULL || gw_ddl_target(key->dialect) != w->target ||
		!gw_ddl_is_expression(w->target, sql))
	{
		gw_ddl_notice(w, "check_unsupported", NULL, "the check %s is left out: %s",
					  key->name ? key->name : "", sql ? sql : "");
		return NULL;
	}
	return sql;
}

static void
create_keys(GwDdlWriter *w, GwSqlBuf *buf)
{
	const GwSchema *schema = w->schema;
	uint32 can = w->target->can;

	if (schema->primary != NULL)
		create_key(w, buf, schema->primary, "primary", "PRIMARY KEY (");
	for (int i = 0; i < schema->nunique; i++)
	{
		if (can & GW_DDL_CAN_UNIQUE)
			create_key(w, buf, &schema->unique[i], "unique", "UNIQUE (");
		else
			gw_ddl_notice(w, "unique_unsupported", NULL, "%s has no unique keys: %s is left out",
						  w->target->title,
						  schema->unique[i].name ? schema->unique[i].name : "one");
	}
	for (int i = 0; i < schema->nforeign && !w->options->no_foreign_keys; i++)
		create_foreign(w, buf, &schema->foreign[i]);
	for (int i = 0; i < schema->ncheck; i++)
	{
		const char *sql;

		if (w->target->after != NULL && !(can & GW_DDL_CAN_CHECK) &&
			(can & GW_DDL_CHECK_AFTERWARDS))
			continue;
		if (!(can & GW_DDL_CAN_CHECK))
			gw_ddl_notice(w, "check_unsupported", NULL, "%s has no checks: %s is left out",
						  w->target->title,
						  schema->check[i].name ? schema->check[i].name : "one");
		else if ((sql = gw_ddl_check_condition(w, &schema->check[i])) != NULL)
		{
			gw_sql(buf, ",\n    ");
			gw_ddl_constraint_name(w, buf, create_key_name(w, &schema->check[i]));
			gw_sql(buf, "CHECK (");
			gw_sql_rendered(buf, sql);
			gw_sql(buf, ")");
		}
	}
}

/* ---------- the statement ---------- */

static void
create_option(GwDdlWriter *w, GwSqlBuf *buf, bool wanted, uint32 can, const char *sql,
			  const char *code)
{
	if (!wanted)
		return;
	if (gw_ddl_can(w->target, can))
		gw_sql(buf, sql);
	else
		gw_ddl_notice(w, code, NULL, "%s cannot say it: the statement is a plain CREATE",
					  w->target->title);
}

static GwStatus
create_head(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	const GwDdlOptions *o = w->options;
	const JsonbValue *own = gw_ddl_platform_options(w);
	bool transient = o->transient || gw_json_get_bool(own, "transient", false);

	if (o->if_not_exists && !gw_ddl_can(w->target, GW_DDL_IF_NOT_EXISTS) &&
		w->target->exists_guard != NULL)
	{
		GwSqlBuf name;

		gw_sqlbuf_init(&name);
		if (gw_ddl_table_name(w, &name, err) != GW_OK)
			return GW_FAILED;
		w->target->exists_guard(w, buf, name.text.data);
	}
	gw_sql(buf, "CREATE ");
	create_option(w, buf, o->or_replace, GW_DDL_CAN_OR_REPLACE, "OR REPLACE ",
				  "or_replace_unsupported");
	if (o->temporary && w->target->temporary_name != NULL && w->target->temporary_name[0] != '\0')
		; /* the name says it */
	else
		create_option(w, buf, o->temporary, GW_DDL_CAN_TEMPORARY, w->target->temporary_word,
					  "temporary_unsupported");
	if (!o->temporary)
		create_option(w, buf, transient, GW_DDL_CAN_TRANSIENT, "TRANSIENT ",
					  "transient_unsupported");
	gw_sql(buf, "TABLE ");
	if (o->if_not_exists && gw_ddl_can(w->target, GW_DDL_IF_NOT_EXISTS))
		gw_sql(buf, "IF NOT EXISTS ");
	return gw_ddl_table_name(w, buf, err);
}

/* What goes with a partition on some platforms only. */
static void
create_partition_rules(GwDdlWriter *w)
{
	const JsonbValue *partition = gw_ddl_layout_part(w, "partition");

	if (gw_ddl_can(w->target, GW_DDL_PARTITION_RULES))
		return;
	if (gw_json_get(partition, "expiration_days") != NULL)
		gw_ddl_notice(w, "expiration_unsupported", NULL,
					  "%s does not let partitions expire: rows stay", w->target->title);
	if (gw_json_get_bool(partition, "require_filter", false))
		gw_ddl_notice(w, "require_filter_unsupported", NULL,
					  "%s does not make queries filter the partition", w->target->title);
}

static GwStatus
create_statement(GwDdlWriter *w, GwSqlBuf *buf, GwError *err)
{
	if (create_head(w, buf, err) != GW_OK)
		return GW_FAILED;
	gw_sql(buf, " (");
	for (int i = 0; i < w->schema->ncolumns; i++)
	{
		gw_sql(buf, i > 0 ? ",\n    " : "\n    ");
		if (gw_ddl_column(w, buf, &w->schema->columns[i], err) != GW_OK)
			return GW_FAILED;
	}
	create_keys(w, buf);
	gw_sql(buf, "\n)");
	create_partition_rules(w);
	return w->target->suffix(w, buf, err);
}

/* Comments that are statements of their own. */
static GwStatus
create_comments(GwDdlWriter *w, List **statements, GwError *err)
{
	const GwSchema *schema = w->schema;

	for (int i = -1; i < schema->ncolumns; i++)
	{
		const GwColumn *column = i < 0 ? NULL : &schema->columns[i];
		const char *comment = column ? column->comment : schema->comment;
		GwSqlBuf buf;

		if (comment == NULL || (column ? w->target->comment_open != NULL
									   : w->target->table_comment_in_suffix))
			continue;
		gw_sqlbuf_init(&buf);
		if (!gw_ddl_comment(w, &buf, column, comment, err))
			return GW_FAILED;
		*statements = lappend(*statements, buf.text.data);
	}
	return GW_OK;
}

GwStatus
gw_ddl_create(GwDdlWriter *w, List **statements, GwError *err)
{
	GwSqlBuf buf;

	*statements = NIL;
	if (create_check(w, err) != GW_OK)
		return GW_FAILED;
	if (w->target->before != NULL && w->target->before(w, statements, err) != GW_OK)
		return GW_FAILED;
	gw_sqlbuf_init(&buf);
	if (create_statement(w, &buf, err) != GW_OK)
		return GW_FAILED;
	*statements = lappend(*statements, buf.text.data);
	if (w->target->after != NULL && w->target->after(w, statements, err) != GW_OK)
		return GW_FAILED;
	if (w->options->no_comments)
		return GW_OK;
	return create_comments(w, statements, err);
}
