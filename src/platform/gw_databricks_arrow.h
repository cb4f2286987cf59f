/*
 * gw_databricks_arrow.h
 *	  What the files that read Arrow streams for Databricks share.  Nobody else
 *	  includes it.
 */
#ifndef GW_DATABRICKS_ARROW_H
#define GW_DATABRICKS_ARROW_H

#include "base/gw_arrow.h"
#include "platform/gw_databricks_private.h"

/* Some rows of a column that become cells. */
typedef struct DbFill
{
	const GwArrowField *field;
	const DbColumn *column;
	Oid type;
	bool binary;
	int64 first; /* row of the batch */
	int n;
	GwCell *cells;
	int stride; /* to the next row's cell */
	GwError *err;
} DbFill;

/*
 * Fills the cells; what they point to lies in the page or is palloc'd in the current
 * context.  GW_FAILED with fill->err: a value has no such form (08P01, 22008).
 */
typedef GwStatus (*DbFillFn)(const DbFill *fill);

/* Goes over the rows that are no NULL: cell and row. */
#define DB_FILL_EACH(fill)                                                                     \
	GwCell *cell = (fill)->cells;                                                              \
	for (int64 row = (fill)->first; row < (fill)->first + (fill)->n;                           \
		 row++, cell += (fill)->stride)                                                        \
		if (gw_arrow_is_null((fill)->field, row))                                              \
			*cell = (GwCell){.data = NULL, .len = -1};                                         \
		else

/* TEXT and BYTES: a value. */
static inline const char *
db_arrow_bytes(const GwArrowField *field, int64 row, size_t *len)
{
	int64 from = gw_arrow_offset(field, row);

	*len = (size_t) (gw_arrow_offset(field, row + 1) - from);
	return field->data + from;
}

/* ---- gw_databricks_arrow_cell.c ---- */
extern GwStatus gw_databricks_fill_null(const DbFill *fill);
extern GwStatus gw_databricks_fill_bool(const DbFill *fill);
extern GwStatus gw_databricks_fill_int(const DbFill *fill);
extern GwStatus gw_databricks_fill_float(const DbFill *fill);
extern GwStatus gw_databricks_fill_decimal(const DbFill *fill);
extern GwStatus gw_databricks_fill_date(const DbFill *fill);
extern GwStatus gw_databricks_fill_moment(const DbFill *fill); /* or an INT of microseconds */
extern GwStatus gw_databricks_fill_interval(const DbFill *fill);
extern GwStatus gw_databricks_fill_text(const DbFill *fill);
extern GwStatus gw_databricks_fill_bytes(const DbFill *fill);

/* More than the text of a decimal and its end. */
#define DB_DECIMAL_TEXT 42

/* Write a decimal with all of its scale; its length. */
extern int gw_databricks_decimal(const GwArrowField *field, int64 row, char *out);

/* ---- gw_databricks_arrow_json.c ---- */

/* Lists, maps and structs as documents, as to_json() would write them. */
extern GwStatus gw_databricks_fill_document(const DbFill *fill);

#endif /* GW_DATABRICKS_ARROW_H */
