/*
 * gw_fdw_query_facts.c
 *	  What is known of the columns of a remote query: their names and types.
 *
 * The remote plans the query and returns no rows.  It says nothing of
 * collations, keys or row counts, so those stay unknown.  The result lives in
 * CurrentMemoryContext.
 */
#include "postgres.h"

#include "access/transam.h"
#include "fdw/gw_deparse.h"

/* SELECT * FROM (query) AS q LIMIT 0 */
static const char *
facts_statement(const GwDialect *dialect, const char *query)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	/* The newline ends a comment the query may end with. */
	gw_sql(&buf, "SELECT * FROM (");
	gw_sql_rendered(&buf, query);
	gw_sql(&buf, "\n) AS ");
	gw_dialect_identifier(dialect, &buf, "q");
	gw_dialect_limit(dialect, &buf, "0", NULL);
	return gw_sqlbuf_text(&buf);
}

/* A built-in type has the same oid on every server; others have none to trust. */
static const char *
facts_type(Oid type)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	if (!OidIsValid(type) || type >= FirstGenbkiObjectId ||
		!gw_dialect_type_name(&gw_dialect_postgres, &buf, type, -1))
		return NULL;
	return gw_sqlbuf_text(&buf);
}

const GwSchema *
gw_query_facts(GwSession *session, const char *query)
{
	const GwDialect *dialect = gw_session_dialect(session);
	GwStatement stmt = {0};
	GwStreamSpec spec = {0};
	GwSchema *facts;
	GwStream *stream;
	const GwColumnInfo *columns;
	int ncolumns = 0;

	if ((dialect->flags & GW_DIALECT_POSTGRES) == 0)
		return NULL;

	stmt.sql = facts_statement(dialect, query);
	stmt.read_only = true;
	stream = gw_stream_open(session, &stmt, &spec);
	while (gw_stream_next(stream) != NULL)
		;
	columns = gw_stream_columns(stream, &ncolumns);

	facts = palloc0(sizeof(GwSchema));
	facts->columns = palloc0(sizeof(GwColumn) * Max(ncolumns, 1));
	facts->ncolumns = ncolumns;
	facts->rows = GW_ABSENT;
	facts->bytes = GW_ABSENT;
	for (int i = 0; i < ncolumns; i++)
	{
		facts->columns[i].name = pstrdup(columns[i].name);
		facts->columns[i].ordinal = i + 1;
		facts->columns[i].native_type = facts_type(columns[i].type_oid);
	}
	gw_stream_close(stream);
	return facts;
}
