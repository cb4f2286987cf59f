/*
 * gw_transport_libpq_copyout.c
 *	  Rows of a COPY to the client in the binary format.
 *
 * libpq hands out a row as one piece of memory, which makes this the
 * cheapest way to read many: cells point into it.  Which columns there are
 * the caller has to know, since COPY does not say.
 *
 * Rows live until the next batch; an array that a guard of the run owns
 * holds them.
 */
#include "postgres.h"

#include "port/pg_bswap.h"
#include "transport/gw_transport_libpq.h"

/* What every binary copy begins with; flags and an extension follow. */
static const char copy_signature[] = "PGCOPY\n\377\r\n";

#define COPY_HEADER_LEN (sizeof(copy_signature) + 2 * sizeof(uint32))

/* A batch of copied rows stops growing at this many bytes. */
#define COPY_BATCH_BYTES (256 * 1024)

static void copy_release_rows(void *handle);
static const char *copy_header(LibpqRun *run, const char *data, const char *end);
static bool copy_row(LibpqRun *run, char *data, int len);

void
libpq_copy_begin(LibpqRun *run)
{
	LibpqRows *rows = MemoryContextAllocZero(run->head.cxt, sizeof(LibpqRows));

	rows->max = 256;
	rows->data = MemoryContextAlloc(run->head.cxt, rows->max * sizeof(char *));
	run->copied = gw_guard_create(run->head.cxt, copy_release_rows);
	gw_guard_put(run->copied, rows);
}

void
libpq_copy_forget(LibpqRun *run)
{
	if (run->copied == NULL)
		return;
	/* The guard of rows that are kept stays behind in the run's context. */
	if (run->head.keep)
		libpq_copy_begin(run);
	else
		copy_release_rows(gw_guard_get(run->copied));
}

/*
 * GW_OK: the batch holds rows.  GW_DONE: the copy is over, and what its end
 * was worth the results that follow tell.
 */
GwStatus
libpq_copy_next(LibpqRun *run, LibpqLink *link, int max_rows, GwDeadline deadline, GwError *err)
{
	PGconn *conn = libpq_conn(link);
	LibpqRows *rows = gw_guard_get(run->copied);
	bool tried = false;

	if (conn == NULL || link->broken)
		return libpq_error_lost(link, err);
	for (;;)
	{
		char *data = NULL;
		GwStatus status;
		int len;

		if (run->batch.nrows > 0 &&
			(run->batch.nrows >= max_rows || run->bytes >= COPY_BATCH_BYTES))
			return GW_OK;
		if (rows->n == rows->max)
		{
			rows->data = repalloc_huge(rows->data, (Size) rows->max * 2 * sizeof(char *));
			rows->max *= 2;
		}
		libpq_run_cells(run, 1);
		len = PQgetCopyData(conn, &data, 1);
		if (len > 0)
		{
			rows->data[rows->n++] = data;
			if (copy_row(run, data, len))
				continue;
			link->broken = true;
			return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROTOCOL_VIOLATION,
								"the remote sent a row that is none of a binary COPY");
		}
		if (len == -1)
		{
			run->copying = false;
			return GW_DONE;
		}
		if (len < 0)
			return libpq_error_lost(link, err);
		if (run->batch.nrows > 0)
			return GW_OK;
		status = libpq_read(link, &tried, deadline, GW_WAIT_NORMAL, err);
		if (status != GW_OK)
			return status;
	}
}

/* Behind the header, or NULL when it is none. */
static const char *
copy_header(LibpqRun *run, const char *data, const char *end)
{
	uint32 extension;

	if (end - data < COPY_HEADER_LEN ||
		memcmp(data, copy_signature, sizeof(copy_signature)) != 0)
		return NULL;
	memcpy(&extension, data + COPY_HEADER_LEN - sizeof(extension), sizeof(extension));
	extension = pg_ntoh32(extension);
	data += COPY_HEADER_LEN;
	run->copy_begun = true;
	return extension <= end - data ? data + extension : NULL;
}

/*
 * Take a row's cells; false: it is malformed.  Text has to end with a NUL: the
 * length of the next field, once read, makes room for it, and behind the last
 * one libpq has put one.
 */
static bool
copy_row(LibpqRun *run, char *data, int len)
{
	char *at = data;
	const char *end = data + len;
	GwCell *cell = &run->batch.cells[(Size) run->batch.nrows * run->batch.ncolumns];
	uint16 nfields;
	int i;

	if (!run->copy_begun)
		at = unconstify(char *, copy_header(run, at, end));
	if (at == NULL || run->copy_ended || end - at < sizeof(nfields))
		return false;
	memcpy(&nfields, at, sizeof(nfields));
	nfields = pg_ntoh16(nfields);
	at += sizeof(nfields);
	if (nfields == PG_UINT16_MAX)
	{
		run->copy_ended = true;
		return at == end;
	}
	if (nfields != run->batch.ncolumns)
		return false;
	for (i = 0; i < nfields; i++, cell++)
	{
		uint32 size;

		if (end - at < sizeof(size))
			return false;
		memcpy(&size, at, sizeof(size));
		cell->len = (int32) pg_ntoh32(size);
		*at = '\0';
		at += sizeof(size);
		cell->data = at;
		if (cell->len < 0)
			cell->len = -1;
		else if (cell->len > end - at)
			return false;
		else
			at += cell->len;
	}
	run->batch.nrows++;
	run->nrows++;
	run->bytes += len + run->batch.ncolumns * sizeof(GwCell);
	return at == end;
}

static void
copy_release_rows(void *handle)
{
	LibpqRows *rows = handle;

	while (rows->n > 0)
		PQfreemem(rows->data[--rows->n]);
}
