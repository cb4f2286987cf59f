/*
 * gw_fdw_import.c
 *	  IMPORT FOREIGN SCHEMA: a CREATE FOREIGN TABLE for each remote table.
 *
 * Remote names keep their exact spelling in the options schema_name,
 * table_name and column_name; local names are the same unless the options
 * case and prefix, or PostgreSQL's 63 bytes, say otherwise.  A type that has
 * no counterpart here becomes text, with a NOTICE.  Comments and defaults are
 * not imported: the command accepts no COMMENT, and a default would be the
 * remote's SQL run here.
 *
 * Everything lives in the caller's context and ends with the command.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/gw_json.h"
#include "base/gw_near.h"
#include "fdw/gw_fdw.h"
#include "schema/gw_value.h"

/* OPTIONS of the command. */
typedef struct ImportOptions
{
	bool fold_lower;
	bool not_null;
	bool collate;
	bool views;
	const char *prefix;
} ImportOptions;

/* One import under way. */
typedef struct ImportRun
{
	ImportForeignSchemaStmt *stmt;
	ImportOptions options;
	const GwPlatform *platform;
	List *tables; /* GwSchema: every table of the remote schema */
	List *names;  /* local names given out: char * */
	List *owners; /* ... and the remote tables they went to */
} ImportRun;

/* ---- near names ---- */

/* The name of the list that is nearest to wanted, or NULL when none is near. */
static const char *
import_nearest(const char *wanted, List *names)
{
	const char *best = NULL;
	GwNear near;
	ListCell *lc;

	gw_near_begin(&near, wanted, Max((int) strlen(wanted) / 2, 2));
	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (gw_near_offer(&near, name, (int) strlen(name)))
			best = name;
	}
	return best;
}

static int
import_near_hint(const char *wanted, List *names)
{
	const char *near = import_nearest(wanted, names);

	return near != NULL ? errhint("Perhaps you meant \"%s\".", near) : 0;
}

/* ---- options ---- */

static void
import_read_case(DefElem *def, ImportOptions *options)
{
	const char *value = defGetString(def);

	if (pg_strcasecmp(value, "lower") == 0)
		options->fold_lower = true;
	else if (pg_strcasecmp(value, "keep") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value \"%s\" for import option \"case\"", value),
				 errhint("Use 'keep' or 'lower'.")));
}

static ImportOptions
import_read_options(List *list)
{
	ImportOptions options = {.not_null = true, .collate = true, .views = true, .prefix = ""};
	ListCell *lc;

	foreach(lc, list)
	{
		DefElem *def = lfirst_node(DefElem, lc);

		if (strcmp(def->defname, "case") == 0)
			import_read_case(def, &options);
		else if (strcmp(def->defname, "import_not_null") == 0)
			options.not_null = defGetBoolean(def);
		else if (strcmp(def->defname, "import_collate") == 0)
			options.collate = defGetBoolean(def);
		else if (strcmp(def->defname, "import_views") == 0)
			options.views = defGetBoolean(def);
		else if (strcmp(def->defname, "prefix") == 0)
			options.prefix = defGetString(def);
		else
			ereport(ERROR,
					(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
					 errmsg("unknown import option \"%s\"", def->defname),
					 import_near_hint(def->defname,
									  list_make5("case", "import_not_null", "import_collate",
												 "import_views", "prefix"))));
	}
	return options;
}

/* ---- what to import ---- */

static bool
import_is_listed(const ImportRun *run, const char *table)
{
	ListCell *lc;

	foreach(lc, run->stmt->table_list)
	{
		if (strcmp(lfirst_node(RangeVar, lc)->relname, table) == 0)
			return true;
	}
	return false;
}

/* Is the table a partition of another? */
static bool
import_is_partition(const GwSchema *table)
{
	return table->layout != NULL &&
		gw_json_get(gw_json_root(table->layout), "partition_of") != NULL;
}

/* The notice that says why we may not read the table, or NULL. */
static const char *
import_unreadable(const GwSchema *table)
{
	JsonbValue *notices = table->notices != NULL ? gw_json_root(table->notices) : NULL;
	int i;

	for (i = 0; i < gw_json_length(notices); i++)
	{
		const JsonbValue *notice = gw_json_item(notices, i);
		const char *code = gw_json_get_text(notice, "code");

		if (code != NULL && strcmp(code, "not_readable") == 0)
			return gw_json_get_text(notice, "message");
	}
	return NULL;
}

/*
 * Which of the remote tables the command means.  Partitions come with their
 * parent, so they are imported only when LIMIT TO names them.
 */
static bool
import_wants(const ImportRun *run, const GwSchema *table)
{
	bool listed = import_is_listed(run, table->table);

	if (run->stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
		return listed;
	if (run->stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT && listed)
		return false;
	if (!run->options.views && table->kind != NULL && strstr(table->kind, "view") != NULL)
		return false;
	return !import_is_partition(table);
}

static List *
import_table_names(const ImportRun *run)
{
	List *names = NIL;
	ListCell *lc;

	foreach(lc, run->tables)
		names = lappend(names, unconstify(char *, ((const GwSchema *) lfirst(lc))->table));
	return names;
}

/* A name in LIMIT TO or EXCEPT that the remote does not have is a mistake. */
static void
import_check_list(const ImportRun *run)
{
	List *names = import_table_names(run);
	ListCell *lc;

	foreach(lc, run->stmt->table_list)
	{
		const char *wanted = lfirst_node(RangeVar, lc)->relname;
		bool found = false;
		ListCell *name;

		foreach(name, names)
			found |= strcmp(lfirst(name), wanted) == 0;
		if (found)
			continue;
		ereport(run->stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO ? ERROR : NOTICE,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("remote schema \"%s\" has no table \"%s\"", run->stmt->remote_schema,
						wanted),
				 import_near_hint(wanted, names)));
	}
}

/* The names of the remote's schemas. */
static List *
import_schema_names(GwSession *session)
{
	GwStream *stream = gw_session_catalog(session, GW_CATALOG_SCHEMAS, 0, NULL);
	GwDecoder *decoder = NULL;
	List *names = NIL;
	const GwBatch *batch;
	int row;

	while ((batch = gw_stream_next(stream)) != NULL)
	{
		if (decoder == NULL)
			decoder = gw_decoder_create(&batch->columns[0], TEXTOID, -1, "schema");
		for (row = 0; row < batch->nrows; row++)
		{
			bool isnull;
			Datum name = gw_decode(decoder, &batch->cells[row * batch->ncolumns], &isnull);

			if (!isnull)
				names = lappend(names, TextDatumGetCString(name));
		}
	}
	gw_stream_close(stream);
	return names;
}

/* The remote has no table in that schema: does it have the schema? */
static void
import_check_schema(const ImportRun *run, GwSession *session)
{
	List *names = import_schema_names(session);
	ListCell *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), run->stmt->remote_schema) == 0)
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
			 errmsg("server \"%s\" has no schema \"%s\"", run->stmt->server_name,
					run->stmt->remote_schema),
			 import_near_hint(run->stmt->remote_schema, names)));
}

/* ---- local names ---- */

/* The local spelling of a remote name: folded if asked, cut to what fits. */
static char *
import_local_name(const ImportRun *run, const char *prefix, const char *remote)
{
	char *name = psprintf("%s%s", prefix, remote);

	if (run->options.fold_lower)
		name = downcase_identifier(name, strlen(name), false, false);
	if (strlen(name) >= NAMEDATALEN)
		name[pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1)] = '\0';
	return name;
}

/* Give a local name out; false (with a NOTICE) when another table has it. */
static bool
import_take_name(ImportRun *run, const char *local, const char *remote)
{
	ListCell *name;
	ListCell *owner;

	forboth(name, run->names, owner, run->owners)
	{
		if (strcmp(lfirst(name), local) != 0)
			continue;
		ereport(NOTICE,
				(errmsg("skipping remote table \"%s\"", remote),
				 errdetail("Its local name \"%s\" is that of remote table \"%s\".", local,
						   (char *) lfirst(owner)),
				 errhint("Import it with LIMIT TO into another schema, or create it by hand.")));
		return false;
	}
	run->names = lappend(run->names, unconstify(char *, local));
	run->owners = lappend(run->owners, unconstify(char *, remote));
	return true;
}

/* The local names of all columns, or NULL (with a NOTICE) when two are equal. */
static char **
import_column_names(const ImportRun *run, const GwSchema *table)
{
	char **names = palloc(sizeof(char *) * table->ncolumns);
	int i;
	int j;

	for (i = 0; i < table->ncolumns; i++)
	{
		names[i] = import_local_name(run, "", table->columns[i].name);
		for (j = 0; j < i; j++)
		{
			if (strcmp(names[i], names[j]) != 0)
				continue;
			ereport(NOTICE,
					(errmsg("skipping remote table \"%s\"", table->table),
					 errdetail("Its columns \"%s\" and \"%s\" would both be called \"%s\".",
							   table->columns[j].name, table->columns[i].name, names[i])));
			return NULL;
		}
	}
	return names;
}

/* ---- statements ---- */

/* COLLATE, where a collation of the remote's name exists here. */
static void
import_write_collation(StringInfo buf, const GwColumn *column, const char *type)
{
	Oid typeid;
	int32 typmod;

	if (column->collation == NULL)
		return;
	gw_schema_local_type_id(type, &typeid, &typmod, false);
	if (!OidIsValid(get_typcollation(typeid)))
		return;
	if (!OidIsValid(get_collation_oid(list_make2(makeString("pg_catalog"),
												 makeString(pstrdup(column->collation))),
									  true)))
		return;
	appendStringInfo(buf, " COLLATE pg_catalog.%s", quote_identifier(column->collation));
}

/* One option after the others; *n counts them. */
static void
import_write_option(StringInfo buf, int *n, const char *name, const char *value)
{
	appendStringInfo(buf, "%s%s %s", (*n)++ == 0 ? " OPTIONS (" : ", ", name,
					 quote_literal_cstr(value));
}

/* Where rows are found again by their key, the key's columns say so. */
static bool
import_is_key(const GwSchema *table, const GwPlatform *platform, const GwColumn *column)
{
	if ((platform->caps & GW_CAP_MODIFY) == 0 || gw_dialect_row_id(platform->dialect) != NULL ||
		table->primary == NULL)
		return false;
	for (int i = 0; i < table->primary->ncolumns; i++)
	{
		if (strcmp(table->primary->columns[i], column->name) == 0)
			return true;
	}
	return false;
}

static void
import_write_column(const ImportRun *run, StringInfo buf, const GwSchema *table,
					const GwColumn *column, const char *local)
{
	const char *lossy;
	char *type = gw_schema_local_type(column, &lossy);
	int n = 0;

	appendStringInfo(buf, "%s %s", quote_identifier(local), gw_schema_local_type_sql(type));
	if (strcmp(local, column->name) != 0)
		import_write_option(buf, &n, "column_name", column->name);
	if (lossy != NULL && column->native_type != NULL)
		import_write_option(buf, &n, "native_type", column->native_type);
	if (import_is_key(table, run->platform, column))
		import_write_option(buf, &n, "key", "true");
	if (n > 0)
		appendStringInfoChar(buf, ')');
	if (run->options.collate)
		import_write_collation(buf, column, type);
	if (run->options.not_null && !column->nullable)
		appendStringInfoString(buf, " NOT NULL");

	if (lossy != NULL)
		ereport(NOTICE,
				(errmsg("column \"%s\" of remote table \"%s\" is imported as %s",
						column->name, table->table, type),
				 errdetail("Its type %s has no exact counterpart here (%s).",
						   column->native_type != NULL ? column->native_type : "(unknown)",
						   lossy)));
}

/* local is written as it is: a quoted name, qualified or not. */
static char *
import_create(const ImportRun *run, const GwSchema *table, char **columns,
			  const char *remote_schema, const char *local)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE FOREIGN TABLE %s (", local);
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (i > 0)
			appendStringInfoString(&buf, ", ");
		import_write_column(run, &buf, table, &table->columns[i], columns[i]);
	}
	appendStringInfo(&buf, ") SERVER %s OPTIONS (", quote_identifier(run->stmt->server_name));
	/* Some sources have no schemas: whatever was named stands for all there is. */
	if (table->schema != NULL)
		appendStringInfo(&buf, "schema_name %s, ", quote_literal_cstr(remote_schema));
	appendStringInfo(&buf, "table_name %s)", quote_literal_cstr(table->table));
	return buf.data;
}

/* The statement for one table, or NULL (with a NOTICE) when it cannot be had. */
static char *
import_statement(ImportRun *run, const GwSchema *table)
{
	char *local = import_local_name(run, run->options.prefix, table->table);
	const char *why;
	char **columns;

	why = table->ncolumns == 0 ? "It has no columns." : import_unreadable(table);
	if (why != NULL)
	{
		ereport(NOTICE,
				(errmsg("skipping remote table \"%s\"", table->table),
				 errdetail("%s", why)));
		return NULL;
	}
	columns = import_column_names(run, table);
	if (columns == NULL || !import_take_name(run, local, table->table))
		return NULL;

	return import_create(run, table, columns, run->stmt->remote_schema, quote_identifier(local));
}

char *
gw_import_one(const char *server, const GwSchema *table, const char *local)
{
	ImportForeignSchemaStmt stmt = {.type = T_ImportForeignSchemaStmt};
	ImportRun run = {.stmt = &stmt, .options = import_read_options(NIL),
					 .platform = gw_server_platform(gw_server_lookup(server))};
	const char *why = table->ncolumns == 0 ? "It has no columns." : import_unreadable(table);
	char **columns;

	stmt.server_name = pstrdup(server);
	if (why != NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("remote table \"%s\" cannot be a foreign table", table->table),
						errdetail("%s", why)));
	columns = import_column_names(&run, table);
	if (columns == NULL)
		ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
						errmsg("remote table \"%s\" has two columns of one local name",
							   table->table)));
	return import_create(&run, table, columns, table->schema, local);
}

List *
gw_import_schema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	ImportRun run = {.stmt = stmt, .options = import_read_options(stmt->options),
					 .platform = gw_server_platform(serverid)};
	GwSession *session = gw_session_open(serverid, GetUserId(), GW_SESSION_READ);
	List *statements = NIL;
	ListCell *lc;

	run.tables = gw_session_describe_all(session, stmt->remote_schema, false);
	if (run.tables == NIL)
		import_check_schema(&run, session);
	import_check_list(&run);

	foreach(lc, run.tables)
	{
		const GwSchema *table = lfirst(lc);
		char *statement;

		if (!import_wants(&run, table))
			continue;
		statement = import_statement(&run, table);
		if (statement != NULL)
			statements = lappend(statements, statement);
	}

	/*
	 * The core compares LIMIT TO and EXCEPT with the local names once more,
	 * which says nothing where they differ from the remote ones.  The list has
	 * been applied, so take it out of its sight (the command's own copy).
	 */
	stmt->list_type = FDW_IMPORT_SCHEMA_ALL;
	return statements;
}
