/*
 * gw_transport_odbc_catalog.c
 *	  The reserved statements about the catalog, by ODBC's catalog functions.
 *
 * Runs in the worker's thread.  Answers in the shapes of GwCatalogId; a table is
 * described as a JSON document of what the driver says of it, which the
 * platform reads.  What a schema is follows from what the source puts before
 * a table's name: schemas, or catalogs where it has no schemas, or nothing.
 */
#include "postgres.h"

#include <stdlib.h>

#include "transport/gw_transport_odbc.h"

/* Columns of SQLTables, SQLColumns and SQLPrimaryKeys. */
enum
{
	TABLES_CATALOG = 0,
	TABLES_SCHEMA,
	TABLES_NAME,
	TABLES_TYPE,
	TABLES_REMARKS,
	COLUMNS_NAME = 3,
	COLUMNS_DATA_TYPE,
	COLUMNS_TYPE_NAME,
	COLUMNS_SIZE,
	COLUMNS_DIGITS = 8,
	COLUMNS_NULLABLE = 10,
	COLUMNS_REMARKS,
	COLUMNS_DEFAULT,
	KEYS_NAME = 3,
	KEYS_POSITION,
	KEYS_CONSTRAINT,
};

typedef struct CatalogTable
{
	char *schema, *name; /* schema NULL: there are none */
	char *kind, *remarks;
} CatalogTable;

typedef struct CatalogRead
{
	OdbcWorker *worker;
	OdbcRows *out;
	CatalogTable *tables;
	int ntables, max_tables;
	const CatalogTable *table; /* whose columns and keys are read */
	OdbcText document, keys;
	char *key_name;
} CatalogRead;

typedef bool (*CatalogVisit)(CatalogRead *read, const char *const *values, int n);

/* ---- rows that the driver gives ---- */

#define CATALOG_MAX_VALUES 32

/* Call visit for each row of a catalog function; texts or NULL. */
static bool
catalog_each(CatalogRead *read, SQLRETURN rc, CatalogVisit visit)
{
	OdbcWorker *worker = read->worker;
	bool good = odbc_result_open(worker, rc);

	while (good && !worker->result.ended)
	{
		int row;

		good = odbc_result_fetch(worker, 0);
		for (row = 0; good && row < worker->rows->nrows; row++)
		{
			const OdbcCell *cells = &worker->rows->cells[row * worker->rows->ncolumns];
			const char *values[CATALOG_MAX_VALUES] = {NULL};
			int n = Min(worker->rows->ncolumns, CATALOG_MAX_VALUES);
			int i;

			for (i = 0; i < n; i++)
				values[i] = cells[i].len < 0 ? NULL : worker->rows->text.data + cells[i].offset;
			good = visit(read, values, n) || odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
		}
	}
	odbc_rows_free(worker->rows);
	worker->rows = NULL;
	odbc_close_statement(worker);
	return good;
}

/* ---- rows that are handed on ---- */

static bool
catalog_give(CatalogRead *read, const char *const *values)
{
	OdbcCell *cells = odbc_rows_add(read->out);
	int i;

	for (i = 0; cells != NULL && i < read->out->ncolumns; i++)
	{
		size_t offset = read->out->text.len;

		cells[i].len = -1;
		if (values[i] == NULL)
			continue;
		odbc_text_put(&read->out->text, values[i]);
		if (!odbc_rows_cell(read->out, &cells[i], offset))
			return false;
	}
	return cells != NULL;
}

/* ---- arguments ---- */

/* A name as a pattern that matches only itself. */
static SQLWCHAR *
catalog_exactly(const OdbcWorker *worker, const char *name)
{
	OdbcText text = {0};
	SQLWCHAR *units = NULL;
	const char *p;

	odbc_text_put(&text, "");
	for (p = name; *p != '\0'; p++)
	{
		if (*p == '_' || *p == '%' || (worker->facts.escape[0] != '\0' &&
									   *p == worker->facts.escape[0]))
			odbc_text_put(&text, worker->facts.escape);
		odbc_text_bytes(&text, p, 1);
	}
	if (!text.failed)
		units = odbc_utf16(text.data, NULL);
	odbc_text_free(&text);
	return units;
}

/* What stands before a table's name there, of what a row says. */
static const char *
catalog_schema(const OdbcWorker *worker, const char *const *values)
{
	const char *schema = worker->facts.schemas	  ? values[TABLES_SCHEMA]
						 : worker->facts.catalogs ? values[TABLES_CATALOG]
												  : NULL;

	return schema != NULL && schema[0] != '\0' ? schema : NULL;
}

static const char *
catalog_kind(const char *type)
{
	if (type == NULL)
		return "table";
	if (strstr(type, "MATERIALIZED") != NULL)
		return "materialized_view";
	if (strstr(type, "VIEW") != NULL)
		return "view";
	if (strstr(type, "TEMPORARY") != NULL)
		return "temporary";
	if (strstr(type, "FOREIGN") != NULL)
		return "foreign";
	return "table";
}

/* ---- SQLTables ---- */

static bool
catalog_visit_table(CatalogRead *read, const char *const *values, int n)
{
	const char *type = n > TABLES_TYPE ? values[TABLES_TYPE] : NULL;
	CatalogTable *table;
	const char *schema;

	if (n <= TABLES_REMARKS || values[TABLES_NAME] == NULL)
		return true;
	/* The source's own, unless their schema is asked for. */
	if (type != NULL && strncmp(type, "SYSTEM", 6) == 0 && read->worker->job.args[0] == NULL)
		return true;
	if (type != NULL && (strstr(type, "INDEX") != NULL || strstr(type, "SEQUENCE") != NULL))
		return true;
	if (read->ntables == read->max_tables)
	{
		int max = Max(64, read->max_tables * 2);
		CatalogTable *tables = realloc(read->tables, max * sizeof(CatalogTable));

		if (tables == NULL)
			return false;
		read->tables = tables;
		read->max_tables = max;
	}
	schema = catalog_schema(read->worker, values);
	table = &read->tables[read->ntables];
	table->schema = schema ? strdup(schema) : NULL;
	table->name = strdup(values[TABLES_NAME]);
	table->kind = strdup(catalog_kind(type));
	table->remarks = values[TABLES_REMARKS] != NULL && values[TABLES_REMARKS][0] != '\0'
						 ? strdup(values[TABLES_REMARKS])
						 : NULL;
	read->ntables++;
	return table->name != NULL && table->kind != NULL &&
		(schema == NULL || table->schema != NULL);
}

/* The tables of a schema (NULL: any), by a pattern or by name. */
static bool
catalog_find_tables(CatalogRead *read, const char *schema, const char *name, bool pattern)
{
	OdbcWorker *worker = read->worker;
	SQLWCHAR *before = NULL;
	SQLWCHAR *table = NULL;
	bool in_catalog = worker->facts.catalogs;
	bool good = odbc_open_statement(worker);

	if (good && schema != NULL && in_catalog)
		before = odbc_utf16(schema, NULL);
	else if (good && schema != NULL && worker->facts.schemas)
		before = catalog_exactly(worker, schema);
	if (good && name != NULL)
		table = pattern ? odbc_utf16(name, NULL) : catalog_exactly(worker, name);
	/* NULL would be every schema, and every name. */
	if (good && ((before == NULL && schema != NULL && (in_catalog || worker->facts.schemas)) ||
				 (table == NULL && name != NULL)))
		good = odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
	if (good)
		good = catalog_each(read,
							SQLTablesW(worker->stmt, in_catalog ? before : NULL, SQL_NTS,
									   in_catalog ? NULL : before, SQL_NTS, table, SQL_NTS, NULL,
									   SQL_NTS),
							catalog_visit_table);
	free(before);
	free(table);
	return good;
}

static void
catalog_tables(CatalogRead *read)
{
	const OdbcJob *job = &read->worker->job;
	int i;

	if (!catalog_find_tables(read, job->args[0], job->args[1], true))
		return;
	for (i = 0; i < read->ntables; i++)
	{
		const CatalogTable *table = &read->tables[i];
		const char *values[] = {table->schema, table->name, table->kind,
								NULL,		   NULL,		table->remarks};

		if (!catalog_give(read, values))
			(void) odbc_fault(read->worker, ODBC_FAULT_MEMORY, -1);
	}
}

/* ---- SQLColumns and SQLPrimaryKeys: one document a table ---- */

static void
catalog_member(OdbcText *text, const char *key, const char *value)
{
	odbc_text_put(text, text->len > 0 && text->data[text->len - 1] == '{' ? "" : ",");
	odbc_text_json(text, key);
	odbc_text_put(text, ":");
	odbc_text_json(text, value);
}

/* Does a row belong to the table, whatever a pattern may have matched? */
static bool
catalog_is_of(const CatalogRead *read, const char *const *values)
{
	const char *schema = catalog_schema(read->worker, values);

	return values[TABLES_NAME] != NULL && strcmp(values[TABLES_NAME], read->table->name) == 0 &&
		(schema == NULL || read->table->schema == NULL ||
		 strcmp(schema, read->table->schema) == 0);
}

static bool
catalog_visit_column(CatalogRead *read, const char *const *values, int n)
{
	OdbcText *text = &read->document;

	if (n <= COLUMNS_DEFAULT || values[COLUMNS_NAME] == NULL || !catalog_is_of(read, values))
		return true;
	odbc_text_put(text, text->data[text->len - 1] == '[' ? "{" : ",{");
	catalog_member(text, "name", values[COLUMNS_NAME]);
	catalog_member(text, "sql_type", values[COLUMNS_DATA_TYPE]);
	catalog_member(text, "type_name", values[COLUMNS_TYPE_NAME]);
	catalog_member(text, "size", values[COLUMNS_SIZE]);
	catalog_member(text, "digits", values[COLUMNS_DIGITS]);
	catalog_member(text, "nullable", values[COLUMNS_NULLABLE]);
	catalog_member(text, "comment", values[COLUMNS_REMARKS]);
	catalog_member(text, "default", values[COLUMNS_DEFAULT]);
	odbc_text_put(text, "}");
	return !text->failed;
}

/* Rows come in the order of the positions. */
static bool
catalog_visit_key(CatalogRead *read, const char *const *values, int n)
{
	if (n <= KEYS_CONSTRAINT || values[KEYS_NAME] == NULL || !catalog_is_of(read, values))
		return true;
	if (read->keys.len > 0)
		odbc_text_put(&read->keys, ",");
	odbc_text_json(&read->keys, values[KEYS_NAME]);
	if (read->key_name == NULL && values[KEYS_CONSTRAINT] != NULL)
		read->key_name = strdup(values[KEYS_CONSTRAINT]);
	return !read->keys.failed;
}

static bool
catalog_columns(CatalogRead *read)
{
	OdbcWorker *worker = read->worker;
	const CatalogTable *table = read->table;
	bool in_catalog = worker->facts.catalogs;
	SQLWCHAR *before = table->schema == NULL ? NULL
					   : in_catalog			 ? odbc_utf16(table->schema, NULL)
											 : catalog_exactly(worker, table->schema);
	SQLWCHAR *name = catalog_exactly(worker, table->name);
	bool made = name != NULL && (table->schema == NULL || before != NULL);
	bool good = (made || odbc_fault(worker, ODBC_FAULT_MEMORY, -1)) &&
		odbc_open_statement(worker) &&
		catalog_each(read,
					 SQLColumnsW(worker->stmt, in_catalog ? before : NULL, SQL_NTS,
								 in_catalog ? NULL : before, SQL_NTS, name, SQL_NTS, NULL,
								 SQL_NTS),
					 catalog_visit_column);

	free(before);
	free(name);
	return good;
}

/* A driver that does not know keys has none to tell. */
static bool
catalog_keys(CatalogRead *read)
{
	OdbcWorker *worker = read->worker;
	const CatalogTable *table = read->table;
	bool in_catalog = worker->facts.catalogs;
	SQLWCHAR *before = table->schema ? odbc_utf16(table->schema, NULL) : NULL;
	SQLWCHAR *name = odbc_utf16(table->name, NULL);
	bool made = name != NULL && (table->schema == NULL || before != NULL);
	bool good = (made || odbc_fault(worker, ODBC_FAULT_MEMORY, -1)) &&
		odbc_open_statement(worker);

	if (good && !catalog_each(read,
							  SQLPrimaryKeysW(worker->stmt, in_catalog ? before : NULL, SQL_NTS,
											  in_catalog ? NULL : before, SQL_NTS, name,
											  SQL_NTS),
							  catalog_visit_key))
	{
		good = worker->outcome.fault == ODBC_FAULT_DRIVER &&
			worker->outcome.diags[0].sqlstate[0] != '0';
		if (good)
			memset(&worker->outcome, 0, sizeof(OdbcOutcome));
	}
	free(before);
	free(name);
	return good;
}

static bool
catalog_document(CatalogRead *read)
{
	OdbcText *text = &read->document;

	text->len = read->keys.len = 0;
	odbc_text_put(text, "{");
	catalog_member(text, "dbms", read->worker->facts.dbms);
	catalog_member(text, "version", read->worker->facts.version);
	catalog_member(text, "database", read->worker->facts.database);
	catalog_member(text, "schema", read->table->schema);
	catalog_member(text, "table", read->table->name);
	catalog_member(text, "kind", read->table->kind);
	catalog_member(text, "comment", read->table->remarks);
	odbc_text_put(text, ",\"columns\":[");
	if (!catalog_columns(read) || !catalog_keys(read))
		return false;
	odbc_text_put(text, "],\"primary\":[");
	odbc_text_bytes(text, read->keys.data ? read->keys.data : "", read->keys.len);
	odbc_text_put(text, "]");
	catalog_member(text, "primary_name", read->key_name);
	odbc_text_put(text, "}");
	free(read->key_name);
	read->key_name = NULL;
	return !text->failed || odbc_fault(read->worker, ODBC_FAULT_MEMORY, -1);
}

static void
catalog_describe(CatalogRead *read)
{
	const OdbcJob *job = &read->worker->job;
	int i;

	if (!catalog_find_tables(read, job->args[0], job->args[1], false))
		return;
	for (i = 0; i < read->ntables; i++)
	{
		const char *values[3];

		read->table = &read->tables[i];
		if (job->args[1] != NULL && strcmp(job->args[1], read->table->name) != 0)
			continue;
		if (!catalog_document(read))
			return;
		values[0] = read->table->schema;
		values[1] = read->table->name;
		values[2] = read->document.data;
		if (!catalog_give(read, values))
			(void) odbc_fault(read->worker, ODBC_FAULT_MEMORY, -1);
	}
}

/* ---- lists of names ---- */

static bool
catalog_visit_catalog(CatalogRead *read, const char *const *values, int n)
{
	const char *given[2] = {values[TABLES_CATALOG], NULL};

	return given[0] == NULL || given[0][0] == '\0' || catalog_give(read, given);
}

static bool
catalog_visit_schema(CatalogRead *read, const char *const *values, int n)
{
	const char *given[2] = {n > TABLES_SCHEMA ? values[TABLES_SCHEMA] : NULL, NULL};

	return given[0] == NULL || given[0][0] == '\0' || catalog_give(read, given);
}

/* What stands for all of them, with nothing in the other places, lists them. */
static void
catalog_names(CatalogRead *read, bool schemas)
{
	OdbcWorker *worker = read->worker;
	SQLWCHAR all[] = {'%', 0};
	SQLWCHAR none[] = {0};

	if (!worker->facts.schemas && !worker->facts.catalogs)
		return;
	schemas = schemas && worker->facts.schemas;
	if (odbc_open_statement(worker))
		(void) catalog_each(read,
							SQLTablesW(worker->stmt, schemas ? none : all, SQL_NTS,
									   schemas ? all : none, SQL_NTS, none, SQL_NTS, none,
									   SQL_NTS),
							schemas ? catalog_visit_schema : catalog_visit_catalog);
}

static void
catalog_identity(CatalogRead *read)
{
	const OdbcFacts *facts = &read->worker->facts;
	char version[256];
	const char *values[4] = {version, facts->user, facts->database,
							 facts->catalogs ? facts->database : NULL};

	snprintf(version, sizeof(version), "%s %s", facts->dbms, facts->version);
	if (!catalog_give(read, values))
		(void) odbc_fault(read->worker, ODBC_FAULT_MEMORY, -1);
}

void
odbc_do_catalog(OdbcWorker *worker)
{
	static const int widths[] = {
		[ODBC_CATALOG_IDENTITY] = 4, [ODBC_CATALOG_DATABASES] = 2, [ODBC_CATALOG_SCHEMAS] = 2,
		[ODBC_CATALOG_TABLES] = 6,	 [ODBC_CATALOG_DESCRIBE] = 3,
	};
	CatalogRead read = {.worker = worker};
	int i;

	read.out = odbc_rows_create(widths[worker->job.catalog]);
	if (read.out == NULL)
	{
		(void) odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
		return;
	}
	switch (worker->job.catalog)
	{
		case ODBC_CATALOG_IDENTITY:
			catalog_identity(&read);
			break;
		case ODBC_CATALOG_DATABASES:
			catalog_names(&read, false);
			break;
		case ODBC_CATALOG_SCHEMAS:
			catalog_names(&read, true);
			break;
		case ODBC_CATALOG_TABLES:
			catalog_tables(&read);
			break;
		case ODBC_CATALOG_DESCRIBE:
			catalog_describe(&read);
			break;
	}
	for (i = 0; i < read.ntables; i++)
	{
		free(read.tables[i].schema);
		free(read.tables[i].name);
		free(read.tables[i].kind);
		free(read.tables[i].remarks);
	}
	free(read.tables);
	free(read.key_name);
	odbc_text_free(&read.document);
	odbc_text_free(&read.keys);
	worker->rows = read.out;
	worker->result.ended = true;
}
