/*
 * gw_spool.c
 *	  Rows put aside in a temporary file.
 *
 * Knows nothing of connections.  The file belongs to the resource owner it
 * was made under, so that it lives as long as the stream and no longer.
 */
#include "postgres.h"

#include "session/gw_spool.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

struct GwSpool
{
	MemoryContext cxt;
	MemoryContext rows; /* the values of the last batch */
	ResourceOwner owner;
	BufFile *file;
	GwCell *cells;
	int64 max_cells;
	int64 put, got; /* rows */
};

static void spool_read(GwSpool *spool, void *into, size_t len);

GwSpool *
gw_spool_create(MemoryContext cxt, ResourceOwner owner)
{
	GwSpool *spool = MemoryContextAllocZero(cxt, sizeof(GwSpool));
	ResourceOwner old_owner = CurrentResourceOwner;
	MemoryContext old = MemoryContextSwitchTo(cxt);

	spool->cxt = cxt;
	spool->owner = owner;
	spool->rows = AllocSetContextCreate(cxt, "gw spool rows", ALLOCSET_DEFAULT_SIZES);
	CurrentResourceOwner = owner;
	spool->file = BufFileCreateTemp(false);
	CurrentResourceOwner = old_owner;
	MemoryContextSwitchTo(old);
	return spool;
}

void
gw_spool_close(GwSpool *spool)
{
	BufFileClose(spool->file);
	MemoryContextDelete(spool->rows);
	if (spool->cells != NULL)
		pfree(spool->cells);
	pfree(spool);
}

void
gw_spool_put(GwSpool *spool, const GwBatch *batch, int first)
{
	ResourceOwner old_owner = CurrentResourceOwner;
	int64 at = (int64) first * batch->ncolumns;
	int64 end = (int64) batch->nrows * batch->ncolumns;

	CurrentResourceOwner = spool->owner;
	for (; at < end; at++)
	{
		const GwCell *cell = &batch->cells[at];
		int32 len = cell->len;

		BufFileWrite(spool->file, &len, sizeof(len));
		if (len > 0)
			BufFileWrite(spool->file, unconstify(char *, cell->data), len);
	}
	CurrentResourceOwner = old_owner;
	spool->put += batch->nrows - first;
}

void
gw_spool_rewind(GwSpool *spool)
{
	if (BufFileSeek(spool->file, 0, 0, SEEK_SET) != 0)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not rewind a temporary file")));
	spool->got = 0;
}

int
gw_spool_get(GwSpool *spool, int max_rows, GwBatch *batch)
{
	int64 nrows = Min(spool->put - spool->got, max_rows);
	int64 ncells = nrows * batch->ncolumns;
	int64 i;

	MemoryContextReset(spool->rows);
	if (ncells > spool->max_cells)
	{
		if (spool->cells != NULL)
			pfree(spool->cells);
		spool->cells = MemoryContextAllocHuge(spool->cxt, ncells * sizeof(GwCell));
		spool->max_cells = ncells;
	}
	for (i = 0; i < ncells; i++)
	{
		GwCell *cell = &spool->cells[i];
		char *data = NULL;

		spool_read(spool, &cell->len, sizeof(cell->len));
		if (cell->len >= 0)
		{
			data = MemoryContextAllocHuge(spool->rows, (Size) cell->len + 1);
			spool_read(spool, data, cell->len);
			data[cell->len] = '\0';
		}
		cell->data = data;
	}
	spool->got += nrows;
	batch->cells = spool->cells;
	batch->nrows = (int) nrows;
	return (int) nrows;
}

static void
spool_read(GwSpool *spool, void *into, size_t len)
{
	if (len > 0 && BufFileRead(spool->file, into, len) != len)
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not read from a temporary file")));
}
