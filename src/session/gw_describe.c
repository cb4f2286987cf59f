/*
 * gw_describe.c
 *	  Asking a platform's catalog, and remembering what it said.
 *
 * Knows the shapes of catalog results (gw_platform.h), no vendor's catalog.
 * A remembered schema is given without asking while the remote transaction
 * lasts: its snapshot is the same.  Later the platform is asked for the table's
 * version token first, which is far cheaper than the description.
 */
#include "postgres.h"

#include "base/gw_near.h"
#include "catalog/pg_type.h"
#include "session/gw_session_private.h"
#include "utils/memutils.h"
#include "utils/builtins.h"
#include "utils/guc.h"

/* A name this far off is no longer the same word mistyped. */
#define NEAREST_MAX_DISTANCE 3

/* So many tables are remembered from one transaction to the next. */
#define REMEMBER_MAX_TABLES 256

/* Columns of GW_CATALOG_IDENTITY and GW_CATALOG_TABLES used here. */
#define IDENTITY_DEFAULT_SCHEMA 3
#define TABLES_NAME 1

typedef struct DescribeEntry
{
	MemoryContext cxt; /* the entry's own, schema included */
	char *schema_name; /* NULL: the default */
	char *table;
	char *version;			/* the platform's token; NULL: for this transaction only */
	const GwSchema *schema;
	bool checked;			/* holds in this transaction */
	bool stale;				/* still pointed to, but not to be given again */
} DescribeEntry;

static MemoryContext describe_memory(GwSession *session);
static DescribeEntry *describe_find(GwSession *session, const char *schema_name,
									const char *table);
static DescribeEntry *describe_remember(GwSession *session, const char *schema_name,
										const char *table);
static char *describe_version(GwSession *session, const char *schema_name, const char *table);
static const GwSchema *describe_ask(GwSession *session, const char *schema_name,
									const char *table);
static const GwSchema *describe_read(GwSession *session, const char *document);
static void describe_detail(GwSession *session, const char *schema_name, GwSchema *schema);
static void describe_missing(GwSession *session, const char *schema_name, const char *table);

GwStream *
gw_session_catalog(GwSession *session, GwCatalogId id, int nargs, const char *const *args)
{
	const char *sql = session->platform->catalog[id];
	GwStreamSpec spec = {.flags = GW_STREAM_ANY | GW_STREAM_HARMLESS};
	GwStatement stmt = {.sql = sql, .nparams = nargs, .any_path = id == GW_CATALOG_IDENTITY};
	bool wrote = session->may_write;
	int write_level = session->write_level;
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
	/* Reading a catalog is no write that could be lost, or be in doubt. */
	session->may_write = wrote;
	session->write_level = write_level;
	pfree(params);
	return stream;
}

const GwSchema *
gw_session_describe(GwSession *session, const char *schema_name, const char *table,
					bool missing_ok, bool cached)
{
	const GwSchema *schema;

	if (schema_name == NULL)
		schema_name = gw_session_default_schema(session);
	if (cached)
	{
		DescribeEntry *entry = describe_find(session, schema_name, table);

		if (entry == NULL)
			entry = describe_remember(session, schema_name, table);
		schema = entry ? entry->schema : NULL;
	}
	else
	{
		schema = describe_ask(session, schema_name, table);
		if (schema != NULL)
			describe_detail(session, schema_name, unconstify(GwSchema *, schema));
	}
	if (schema == NULL && !missing_ok)
		describe_missing(session, schema_name, table);
	return schema;
}

List *
gw_session_describe_all(GwSession *session, const char *schema_name, bool detail)
{
	const char *args[2] = {NULL, NULL};
	List *list = NIL;
	GwDescribeRows rows = {NULL};
	const char *document;
	int nestlevel;
	ListCell *cell;

	args[0] = schema_name ? schema_name : gw_session_default_schema(session);

	/*
	 * Where the catalog is our own: compiling so long a statement takes
	 * seconds, running it milliseconds.
	 */
	nestlevel = NewGUCNestLevel();
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	rows.stream = gw_session_catalog(session, GW_CATALOG_DESCRIBE, 2, args);
	while (gw_describe_next(&rows, &document))
		list = lappend(list, unconstify(GwSchema *, describe_read(session, document)));
	gw_stream_close(rows.stream);
	foreach(cell, list)
	{
		GwSchema *schema = (GwSchema *) lfirst(cell);

		if (detail)
			describe_detail(session, schema->schema, schema);
	}
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
 * What was remembered has to prove itself again before it is given.  At the
 * end of a transaction nobody points to it any more, and what cannot be proved
 * later goes.
 */
void
gw_describe_forget(GwSession *session)
{
	bool keep = list_length(session->facts) <= REMEMBER_MAX_TABLES;
	ListCell *cell;

	foreach(cell, session->facts)
	{
		DescribeEntry *entry = (DescribeEntry *) lfirst(cell);

		entry->checked = false;
		if (!session->used && (!keep || entry->stale || entry->version == NULL))
		{
			session->facts = foreach_delete_current(session->facts, cell);
			MemoryContextDelete(entry->cxt);
		}
	}
	if (!session->used && session->default_schema != NULL)
	{
		pfree(session->default_schema);
		session->default_schema = NULL;
	}
}

/* The entry of a table, if it holds now. */
static DescribeEntry *
describe_find(GwSession *session, const char *schema_name, const char *table)
{
	ListCell *cell;

	foreach(cell, session->facts)
	{
		DescribeEntry *entry = (DescribeEntry *) lfirst(cell);
		char *version;

		if (entry->stale || strcmp(entry->table, table) != 0 ||
			(entry->schema_name == NULL) != (schema_name == NULL) ||
			(schema_name != NULL && strcmp(entry->schema_name, schema_name) != 0))
			continue;
		/* A platform inside our own transaction sees what we change in it. */
		if (entry->checked &&
			(session->platform->caps & GW_CAP_SHARES_TRANSACTION) == 0)
			return entry;
		version = entry->version ? describe_version(session, schema_name, table) : NULL;
		if (version != NULL && strcmp(version, entry->version) == 0)
		{
			entry->checked = true;
			return entry;
		}
		entry->stale = true;
		/* A table that was not there was handed to nobody. */
		if (entry->schema == NULL)
		{
			session->facts = foreach_delete_current(session->facts, cell);
			MemoryContextDelete(entry->cxt);
		}
	}
	return NULL;
}

/*
 * Describe a table and remember it.  The token is asked for first: should the
 * table change in between, it no longer matches and the table is asked for again.
 * NULL: there is no such table, which is not worth remembering.
 */
static DescribeEntry *
describe_remember(GwSession *session, const char *schema_name, const char *table)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "gw described table",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	DescribeEntry *entry = palloc0(sizeof(DescribeEntry));

	entry->cxt = cxt;
	entry->schema_name = schema_name ? pstrdup(schema_name) : NULL;
	entry->table = pstrdup(table);
	entry->version = describe_version(session, schema_name, table);
	entry->schema = describe_ask(session, schema_name, table);
	entry->checked = true;
	if (entry->schema == NULL)
	{
		MemoryContextSwitchTo(old);
		MemoryContextDelete(cxt);
		return NULL;
	}
	MemoryContextSetParent(cxt, describe_memory(session));
	MemoryContextSwitchTo(session->facts_cxt);
	session->facts = lappend(session->facts, entry);
	MemoryContextSwitchTo(old);
	return entry;
}

/* The platform's version token of a table; NULL: it has none, or no such table. */
static char *
describe_version(GwSession *session, const char *schema_name, const char *table)
{
	const char *args[2] = {schema_name, table};
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext scratch;
	char *version = NULL;
	GwStream *stream;
	const GwBatch *batch;

	if (schema_name == NULL || session->platform->catalog[GW_CATALOG_VERSION] == NULL)
		return NULL;
	scratch = AllocSetContextCreate(keep, "gw describe", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	stream = gw_session_catalog(session, GW_CATALOG_VERSION, 2, args);
	while ((batch = gw_stream_next(stream)) != NULL)
	{
		const char *text = gw_batch_text(batch, 0, 0);

		if (version == NULL && text != NULL)
			version = MemoryContextStrdup(keep, text);
	}
	gw_stream_close(stream);
	MemoryContextSwitchTo(keep);
	MemoryContextDelete(scratch);
	return version;
}

/* Where what is remembered lives, as long as the connection. */
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
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext scratch;
	GwDescribeRows rows = {NULL};
	const char *document;

	/* What asking takes is many times what the answer takes, which is kept. */
	scratch = AllocSetContextCreate(keep, "gw describe", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(scratch);
	rows.stream = gw_session_catalog(session, GW_CATALOG_DESCRIBE, 2, args);
	while (gw_describe_next(&rows, &document))
	{
		MemoryContextSwitchTo(keep);
		if (schema == NULL && document != NULL)
			schema = describe_read(session, document);
		MemoryContextSwitchTo(scratch);
	}
	gw_stream_close(rows.stream);
	MemoryContextSwitchTo(keep);
	MemoryContextDelete(scratch);
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

/* What only a statement about the one table tells of it. */
static void
describe_detail(GwSession *session, const char *schema_name, GwSchema *schema)
{
	const char *args[2] = {schema_name, schema->table};
	GwDescribeRows rows = {NULL};
	const char *document;
	GwError err;

	if (session->platform->read_detail == NULL || strcmp(schema->kind, "table") != 0)
		return;
	rows.stream = gw_session_catalog(session, GW_CATALOG_DETAIL, 2, args);
	while (gw_describe_next(&rows, &document))
		if (session->platform->read_detail(document, schema, &err) != GW_OK)
			gw_session_fail(session, &err, NULL);
	gw_stream_close(rows.stream);
}

/* 42P01, with the nearest name that does exist. */
static void
describe_missing(GwSession *session, const char *schema_name, const char *table)
{
	const char *args[2] = {schema_name, NULL};
	char *nearest = NULL;
	GwNear near;
	GwStream *stream;
	const GwBatch *batch;
	int row;

	gw_near_begin(&near, table, NEAREST_MAX_DISTANCE);
	if (session->platform->catalog[GW_CATALOG_TABLES] != NULL)
	{
		stream = gw_session_catalog(session, GW_CATALOG_TABLES, 2, args);
		while ((batch = gw_stream_next(stream)) != NULL)
		{
			for (row = 0; row < batch->nrows; row++)
			{
				const char *name = gw_batch_text(batch, row, TABLES_NAME);

				if (name != NULL && gw_near_offer(&near, name, (int) strlen(name)))
					nearest = pstrdup(name);
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
