/*
 * gw_batch.h
 *	  Rows on their way in: what a transport hands up and a decoder reads.
 */
#ifndef GW_BATCH_H
#define GW_BATCH_H

#include "postgres.h"

/* How the cells of one column are encoded. */
typedef enum GwCellFormat
{
	GW_CELL_TEXT,	/* the type's text, NUL-terminated, in the database encoding */
	GW_CELL_BINARY, /* PostgreSQL's binary send format */
	GW_CELL_DATUM,	/* a Datum of the column's type_oid (transport_spi only) */
} GwCellFormat;

/* One value: a slice that lives until the next batch.  len < 0 is NULL. */
typedef struct GwCell
{
	union
	{
		const char *data; /* TEXT, BINARY */
		Datum datum;	  /* DATUM */
	};
	int32 len; /* bytes; -1 = SQL NULL; 0 with DATUM is a value */
} GwCell;

/* What text cells look like, where PostgreSQL's input functions would misread them. */
typedef enum GwTextForm
{
	GW_FORM_POSTGRES = 0,
	GW_FORM_HEX, /* as bytea: hex digits and nothing else */
} GwTextForm;

/* What is known about one result column. */
typedef struct GwColumnInfo
{
	char *name;
	Oid type_oid; /* the remote's type oid where it is PostgreSQL's, else 0 */
	int32 typmod;
	GwCellFormat format;
	GwTextForm form;
} GwColumnInfo;

/*
 * Some rows, row-major: cells[row * ncolumns + column].  Owned by the stream;
 * overwritten by the next call.
 */
typedef struct GwBatch
{
	int ncolumns;
	int nrows;
	GwColumnInfo *columns;
	GwCell *cells;
} GwBatch;

#endif /* GW_BATCH_H */
