/*
 * gw_stream_binary.c
 *	  Which of a stream's columns travel in binary, and all of them as a COPY.
 *
 * The types that a binary cell is read as must be the remote's own.  Where one
 * is not fit, its column is asked for as text, or the whole statement is; the
 * connection remembers that for the next time.
 *
 * COPY says nothing of types, so the statement is described first: in the
 * remote transaction, where its tables keep what they are until the end.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "schema/gw_value.h"
#include "session/gw_stream_private.h"

/* Fewer rows than that are not worth another round trip. */
#define BINARY_COPY_ROWS 2000

static void binary_adapt(GwStream *stream, const SessionMisfit *misfit);
static GwRun *binary_describe(GwStream *stream, const GwBatch **shape);

void
gw_stream_set_types(GwStream *stream, const GwStreamSpec *spec)
{
	GwSession *session = stream->session;
	const char *sql = stream->stmt.sql;
	int i;

	if (spec->types != NULL)
	{
		stream->ntypes = spec->ntypes;
		stream->types = MemoryContextAlloc(stream->cxt, Max(spec->ntypes, 1) * sizeof(Oid));
		memcpy(stream->types, spec->types, spec->ntypes * sizeof(Oid));
	}
	if (spec->types != NULL && (spec->flags & GW_STREAM_DECODED) != 0)
	{
		stream->stmt.meant = stream->types;
		stream->stmt.nmeant = stream->ntypes;
	}
	stream->stmt.binary = stream->stmt.binary && spec->types != NULL &&
						  (session->platform->caps & GW_CAP_BINARY_ROWS) != 0;
	if (!stream->stmt.binary)
		return;
	stream->copy = !stream->cursor && !stream->concurrent && stream->stmt.nparams == 0 &&
				   (stream->flags & GW_STREAM_LOOKUP) == 0 &&
				   (spec->rows <= 0 || spec->rows >= BINARY_COPY_ROWS) &&
				   gw_dialect_has_copy_out(session->platform->dialect);
	stream->hash = Max(hash_bytes((const unsigned char *) sql, strlen(sql)), 1);
	for (i = 0; i < SESSION_MISFITS; i++)
	{
		if (session->misfits[i].hash == stream->hash)
		{
			binary_adapt(stream, &session->misfits[i]);
			break;
		}
	}
}

bool
gw_stream_types_fit(GwStream *stream, const GwColumnInfo *columns, int ncolumns)
{
	GwSession *session = stream->session;
	SessionMisfit misfit = {.hash = stream->hash};
	/* Another number of columns is for the reader to judge. */
	int n = Min(ncolumns, stream->ntypes);
	int nmisfits = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		if (gw_value_binary_fits(columns[i].type_oid, stream->types[i]))
			continue;
		nmisfits++;
		if (i < 64)
			misfit.as_text |= UINT64CONST(1) << i;
	}
	if (nmisfits == 0)
		return true;
	if (nmisfits < n && n == ncolumns && n <= 64 &&
		(stream->flags & GW_STREAM_UNORDERED) != 0)
		misfit.ncolumns = n;
	session->misfits[session->nmisfits++ % SESSION_MISFITS] = misfit;
	binary_adapt(stream, &misfit);
	return false;
}

/* A statement that is no good as it is: some of its columns as text, or all. */
static void
binary_adapt(GwStream *stream, const SessionMisfit *misfit)
{
	bool as_text[64];
	GwSqlBuf sql;
	int i;

	gw_sqlbuf_init(&sql);
	for (i = 0; i < misfit->ncolumns; i++)
		as_text[i] = (misfit->as_text & (UINT64CONST(1) << i)) != 0;
	if (misfit->ncolumns > 0 &&
		gw_dialect_columns_as_text(stream->session->platform->dialect, &sql, stream->stmt.sql,
								   misfit->ncolumns, as_text))
		stream->stmt.sql = MemoryContextStrdup(stream->cxt, gw_sqlbuf_text(&sql));
	else
		stream->stmt.binary = stream->copy = false;
}

bool
gw_stream_start_copy(GwStream *stream)
{
	GwSession *session = stream->session;
	GwStatement stmt = stream->stmt;
	const GwBatch *shape;
	GwRun *described;
	GwSqlBuf sql;
	GwError err;

	if (!stream->copy)
		return false;
	described = binary_describe(stream, &shape);
	if (!gw_stream_types_fit(stream, shape->columns, shape->ncolumns))
	{
		session->platform->transport->finish(described);
		if (!stream->copy)
			return false;
		described = binary_describe(stream, &shape);
	}
	gw_sqlbuf_init(&sql);
	gw_dialect_copy_out(session->platform->dialect, &sql, stream->stmt.sql);
	stmt.sql = gw_sqlbuf_text(&sql);
	stmt.copied = shape->columns;
	stmt.ncopied = shape->ncolumns;
	if (session->platform->transport->start(session->link, stream->cxt, &stmt, &stream->run,
											&err) != GW_OK)
		gw_session_fail(session, &err, stream->stmt.sql);
	session->platform->transport->finish(described);
	return true;
}

/* The statement's columns, which live as long as the run. */
static GwRun *
binary_describe(GwStream *stream, const GwBatch **shape)
{
	GwSession *session = stream->session;
	GwStatement stmt = stream->stmt;
	GwRun *run;
	GwStatus status;
	GwError err;

	stmt.describe = true;
	status = session->platform->transport->start(session->link, stream->cxt, &stmt, &run, &err);
	if (status == GW_OK)
		status = gw_session_step(session, run, 0, shape, &err);
	if (status != GW_DONE)
		gw_session_fail(session, &err, stream->stmt.sql);
	return run;
}
