/*
 * gw_value.h
 *	  Cells to Datums and Datums to parameter text: one decoder per column,
 *	  picked once when a scan opens.
 */
#ifndef GW_VALUE_H
#define GW_VALUE_H

#include "base/gw_batch.h"
#include "access/attnum.h"
#include "fmgr.h"

typedef struct GwDecoder GwDecoder;

/*
 * A decoder for cells of the column `from` into type `to` with typmod.
 * name is the local column's, for error messages.  Lives in
 * CurrentMemoryContext.
 */
extern GwDecoder *gw_decoder_create(const GwColumnInfo *from, Oid to, int32 typmod,
									const char *name);

/*
 * Decode one cell; by-reference results are palloc'd in CurrentMemoryContext.
 * A value that does not fit raises the type's own SQLSTATE with the column's
 * name and the value's head in the CONTEXT; nothing is cut or rounded.
 */
extern Datum gw_decode(GwDecoder *decoder, const GwCell *cell, bool *isnull);

/*
 * The same for a row: cell i goes to values and isnull of attribute attnos[i].
 */
extern void gw_decode_row(GwDecoder **decoders, const AttrNumber *attnos, int ncells,
						  const GwCell *cells, Datum *values, bool *isnull);

/* Does the binary format do for a column of this local type? */
extern bool gw_value_binary_wanted(Oid to);

/*
 * Is a binary cell of the remote's type `from` sure to give the value that its
 * text would give for the local type `to`?
 */
extern bool gw_value_binary_fits(Oid from, Oid to);

/*
 * Between these two the session's output settings (DateStyle, IntervalStyle,
 * extra_float_digits, search_path) are such that gw_value_text() is exact and
 * independent of the user's own; returns the GUC nest level for the end.
 */
extern int gw_value_begin_text(void);
extern void gw_value_end_text(int nestlevel);

/* A Datum as parameter text in CurrentMemoryContext. */
extern char *gw_value_text(Datum value, Oid type);

/*
 * The text of a cell that is not NULL and came as something else, whatever the
 * session's settings are; moments of a remote in UTC.  In CurrentMemoryContext.
 */
extern char *gw_value_cell_text(const GwColumnInfo *column, const GwCell *cell);

#endif /* GW_VALUE_H */
