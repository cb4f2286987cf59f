/*
 * gw_describe.c
 *	  Asking a platform's catalog, and remembering what it said.
 *
 * Knows the shapes of catalog results (gw_platform.h), no vendor's catalog.
 * Remembered schemas live in the session until the transaction ends: within
 * it the remote's snapshot is the same, beyond it the table may have changed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "session/gw_session_private.h"
#include "utils/memutils.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/varlena.h"

/* A name this far off is no longer the same word mistyped. */
#define NEAREST_MAX_DISTANCE 3

/* Columns of GW_CATALOG_DESCRIBE and GW_CATALOG_IDENTITY used here. */
#define DESCRIBE_DOCUMENT 2
#define IDENTITY_DEFAULT_SCHEMA 3
#define TABLES_NAME 1

typedef struct DescribeEntry
{
	char *schema_name; /* NULL: the default */
	char *table;
	const GwSchema *schema; /* NULL: known not to exist */
	bool stale;				/* still pointed to, but not to be given again */
} DescribeEntry;

static MemoryContext describe_memory(GwSession *session);
static const GwSchema *describe_ask(GwSession *session, const char *schema_name,
									const char *table);
static const GwSchema *describe_read(GwSession *session, const char *document);
static void describe_missing(GwSession *session, const char *schema_name, const char *table);

GwStream *
gw_session_catalog(GwSession *session, GwCatalogId id, int nargs, const char *const *args)
{
	const char *sql = session->platform->catalog[id];
	GwStreamSpec spec = {.flags = GW_STREAM_ANY};
	GwStatement stmt = {.sql = sql, .nparams = nargs};
	GwParam *params;
	GwStream *stream;
	int i;

	if (sql == NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("%s has no such catalog to ask", session->platform->title)));
	params = palloc0(Max(nargs, 1) * sizeof(GwParam));
	for (i = 0; i < nargs; i++)
	{
		params[i].type = TEXTOID;
		params[i].value = args[i];
	}
	stmt.params = params;
	stream = gw_stream_open(session, &stmt, &spec);
	pfree(params);
	return stream;
}

const GwSchema *
gw_session_describe(GwSession *session, const char *schema_name, const char *table,
					bool missing_ok, bool cached)
{
	const GwSchema *schema = NULL;
	DescribeEntry *entry = NULL;
	ListCell *cell;
	MemoryContext old;

	if (schema_name == NULL)
		schema_name = gw_session_default_schema(session);
	foreach(cell, cached ? session->facts : NIL)
	{
		DescribeEntry *each = (DescribeEntry *) lfirst(cell);

		if (!each->stale && strcmp(each->table, table) == 0 &&
			(each->schema_name == NULL) == (schema_name == NULL) &&
			(schema_name == NULL || strcmp(each->schema_name, schema_name) == 0))
			entry = each;
	}
	if (entry != NULL)
		schema = entry->schema;
	else if (!cached)
		schema = describe_ask(session, schema_name, table);
	else
	{
		old = MemoryContextSwitchTo(describe_memory(session));
		schema = describe_ask(session, schema_name, table);
		entry = palloc0(sizeof(DescribeEntry));
		entry->schema_name = schema_name ? pstrdup(schema_name) : NULL;
		entry->table = pstrdup(table);
		entry->schema = schema;
		session->facts = lappend(session->facts, entry);
		MemoryContextSwitchTo(old);
	}
	if (schema == NULL && !missing_ok)
		describe_missing(session, schema_name, table);
	return schema;
}

List *
gw_session_describe_all(GwSession *session, const char *schema_name)
{
	const char *args[2] = {NULL, NULL};
	List *list = NIL;
	GwStream *stream;
	const GwBatch *batch;
	int nestlevel;
	int row;

	args[0] = schema_name ? schema_name : gw_session_default_schema(session);

	/*
	 * Where the catalog is our own: compiling so long a statement takes
	 * seconds, running it milliseconds.
	 */
	nestlevel = NewGUCNestLevel();
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	stream = gw_session_catalog(session, GW_CATALOG_DESCRIBE, 2, args);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		for (row = 0; row < batch->nrows; row++)
		{
			const char *document = gw_batch_text(batch, row, DESCRIBE_DOCUMENT);

			list = lappend(list, unconstify(GwSchema *, describe_read(session, document)));
		}
	}
	gw_stream_close(stream);
	AtEOXact_GUC(false, nestlevel);
	return list;
}

const char *
gw_session_default_schema(GwSession *session)
{
	const char *option = gw_option_str(session->options, "schema");
	GwStream *stream;
	const GwBatch *batch;

	if (option != NULL && option[0] != '\0')
		return option;
	if (session->platform->default_schema != NULL)
		return session->platform->default_schema;
	if (session->default_schema != NULL ||
		session->platform->catalog[GW_CATALOG_IDENTITY] == NULL)
		return session->default_schema;
	stream = gw_session_catalog(session, GW_CATALOG_IDENTITY, 0, NULL);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *name = gw_batch_text(batch, 0, IDENTITY_DEFAULT_SCHEMA);

		if (name != NULL && session->default_schema == NULL)
			session->default_schema = MemoryContextStrdup(describe_memory(session), name);
	}
	gw_stream_close(stream);
	return session->default_schema;
}

/*
 * What was remembered is not given any more.  At the end of a transaction
 * (nobody points to it) the memory goes too.
 */
void
gw_describe_forget(GwSession *session)
{
	ListCell *cell;

	if (!session->used)
	{
		if (session->facts_cxt != NULL)
			MemoryContextReset(session->facts_cxt);
		session->facts = NIL;
		session->default_schema = NULL;
		return;
	}
	foreach(cell, session->facts)
		((DescribeEntry *) lfirst(cell))->stale = true;
}

/* Where what is remembered lives; emptied at the transaction's end. */
static MemoryContext
describe_memory(GwSession *session)
{
	if (session->facts_cxt == NULL)
		session->facts_cxt =
			AllocSetContextCreate(session->cxt, "gw session facts", ALLOCSET_DEFAULT_SIZES);
	return session->facts_cxt;
}

static const GwSchema *
describe_ask(GwSession *session, const char *schema_name, const char *table)
{
	const char *args[2] = {schema_name, table};
	const GwSchema *schema = NULL;
	GwStream *stream = gw_session_catalog(session, GW_CATALOG_DESCRIBE, 2, args);
	const GwBatch *batch;

	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *document = gw_batch_text(batch, 0, DESCRIBE_DOCUMENT);

		if (schema == NULL && document != NULL)
			schema = describe_read(session, document);
	}
	gw_stream_close(stream);
	return schema;
}

static const GwSchema *
describe_read(GwSession *session, const char *document)
{
	GwSchema *schema = NULL;
	GwError err;

	if (document == NULL || session->platform->read_document == NULL)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("%s does not describe its tables", session->platform->title)));
	if (session->platform->read_document(document, &schema, &err) != GW_OK)
		gw_session_fail(session, &err, NULL);
	return schema;
}

/* 42P01, with the nearest name that does exist. */
static void
describe_missing(GwSession *session, const char *schema_name, const char *table)
{
	const char *args[2] = {schema_name, NULL};
	char *nearest = NULL;
	int best = NEAREST_MAX_DISTANCE + 1;
	GwStream *stream;
	const GwBatch *batch;
	int row;

	if (session->platform->catalog[GW_CATALOG_TABLES] != NULL)
	{
		stream = gw_session_catalog(session, GW_CATALOG_TABLES, 2, args);
		while ((batch = gw_stream_next(stream)) != NULL)
		{
			for (row = 0; row < batch->nrows; row++)
			{
				const char *name = gw_batch_text(batch, row, TABLES_NAME);
				int distance;

				/* The distance function raises on longer texts. */
				if (name == NULL || strlen(name) > 255 || strlen(table) > 255)
					continue;
				distance = varstr_levenshtein_less_equal(table, strlen(table), name,
														 strlen(name), 1, 1, 1, best, true);
				if (distance < best)
				{
					best = distance;
					nearest = pstrdup(name);
				}
			}
		}
		gw_stream_close(stream);
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 schema_name ? errmsg("table \"%s.%s\" does not exist on server \"%s\"", schema_name,
								  table, session->server_name)
						 : errmsg("table \"%s\" does not exist on server \"%s\"", table,
								  session->server_name),
			 nearest ? errhint("Did you mean \"%s\"?", nearest)
					 : errhint("gw.list_tables(%s) shows what there is.",
							   quote_literal_cstr(session->server_name))));
}
