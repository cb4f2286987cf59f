/*
 * gw_transport_odbc_fetch.c
 *	  Results in the worker's thread: columns, block cursors, long values.
 *
 * Numbers, days and times are asked for as the driver's text, so that what a
 * source keeps beside its declared type is seen and not converted; floating
 * point as itself, written here with the digits that read back the same; text
 * as UTF-16.  A value longer than the room that was bound for it is fetched
 * again, whole, where the driver can, or else it is an error: never cut.
 */
#include "postgres.h"

#include <stdlib.h>

#include "catalog/pg_type_d.h"
#include "common/shortest_dec.h"
#include "transport/gw_transport_odbc.h"
#include "utils/memutils.h"

/* Room for one cell of a bound column, and for a block of rows. */
#define FETCH_CELL_BYTES 2048
#define FETCH_BLOCK_BYTES (256 * 1024)
#define FETCH_BLOCK_ROWS 500

/* A text that is bound without a second chance to read it has at most so many characters. */
#define FETCH_SURE_CHARS 8000

/* Rows are handed on when there are so many bytes of them. */
#define FETCH_BATCH_BYTES (1024 * 1024)

/* Rows when nobody says how many. */
#define FETCH_DEFAULT_ROWS 1000

/* A long value comes in pieces of this size. */
#define FETCH_PIECE_BYTES (64 * 1024)

/* Text forms of numbers and times are never longer, unless they are no such. */
#define FETCH_NARROW_BYTES 160

static bool fetch_bind(OdbcWorker *worker);

void
odbc_result_clear(OdbcResult *result)
{
	int i;

	for (i = 0; i < result->ncolumns && result->columns != NULL; i++)
	{
		free(result->columns[i].name);
		free(result->columns[i].values);
		free(result->columns[i].lens);
	}
	free(result->columns);
	free(result->status);
	odbc_text_free(&result->scratch);
	memset(result, 0, sizeof(OdbcResult));
}

static const OdbcType fetch_types[] = {
	{SQL_BIT, ODBC_NARROW, BOOLOID},
	{SQL_TINYINT, ODBC_NARROW, NUMERICOID},
	{SQL_SMALLINT, ODBC_NARROW, NUMERICOID},
	{SQL_INTEGER, ODBC_NARROW, NUMERICOID},
	{SQL_BIGINT, ODBC_NARROW, NUMERICOID},
	{SQL_NUMERIC, ODBC_NARROW, NUMERICOID},
	{SQL_DECIMAL, ODBC_NARROW, NUMERICOID},
	{SQL_TYPE_DATE, ODBC_NARROW, InvalidOid},
	{SQL_TYPE_TIME, ODBC_NARROW, InvalidOid},
	{SQL_TYPE_TIMESTAMP, ODBC_NARROW, InvalidOid},
	{SQL_GUID, ODBC_NARROW, InvalidOid},
	{SQL_REAL, ODBC_FLOAT, FLOAT8OID},
	{SQL_FLOAT, ODBC_DOUBLE, FLOAT8OID},
	{SQL_DOUBLE, ODBC_DOUBLE, FLOAT8OID},
	{SQL_BINARY, ODBC_BYTES, InvalidOid},
	{SQL_VARBINARY, ODBC_BYTES, InvalidOid},
	{SQL_LONGVARBINARY, ODBC_BYTES, InvalidOid},
};

const OdbcType *
odbc_type(SQLSMALLINT sql_type)
{
	static const OdbcType text = {SQL_WVARCHAR, ODBC_WIDE, InvalidOid};
	int i;

	for (i = 0; i < lengthof(fetch_types); i++)
		if (fetch_types[i].sql_type == sql_type)
			return &fetch_types[i];
	return &text;
}

static SQLSMALLINT
fetch_c_type(OdbcKind kind)
{
	switch (kind)
	{
		case ODBC_NARROW:
		case ODBC_UTF8:
			return SQL_C_CHAR;
		case ODBC_DOUBLE:
		case ODBC_FLOAT:
			return SQL_C_DOUBLE;
		case ODBC_BYTES:
			return SQL_C_BINARY;
		case ODBC_WIDE:
			break;
	}
	return SQL_C_WCHAR;
}

/* Bytes of the NUL that the driver puts behind a value. */
static size_t
fetch_terminator(OdbcKind kind)
{
	return kind == ODBC_WIDE ? sizeof(SQLWCHAR) : kind == ODBC_NARROW || kind == ODBC_UTF8 ? 1 : 0;
}

bool
odbc_result_describe(OdbcWorker *worker)
{
	OdbcResult *result = &worker->result;
	SQLSMALLINT n = 0;
	int i;

	if (!odbc_good(worker, SQLNumResultCols(worker->stmt, &n), SQL_HANDLE_STMT, worker->stmt))
		return false;
	if (n == 0)
		return true;
	result->columns = calloc(n, sizeof(OdbcColumn));
	if (result->columns == NULL)
		return odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
	result->ncolumns = n;
	for (i = 0; i < n; i++)
	{
		OdbcColumn *column = &result->columns[i];
		SQLWCHAR name[512] = {0};
		SQLSMALLINT len = 0, digits, nullable;
		OdbcText text = {0};

		if (!odbc_good(worker,
					   SQLDescribeColW(worker->stmt, (SQLUSMALLINT) (i + 1), name, lengthof(name),
									   &len, &column->sql_type, &column->size, &digits,
									   &nullable),
					   SQL_HANDLE_STMT, worker->stmt))
			return false;
		(void) odbc_text_reserve(&text, 1);
		if (!odbc_text_utf16(&text, name, Min(Max(len, 0), (int) lengthof(name) - 1)))
			odbc_text_put(&text, "?");
		odbc_text_bytes(&text, "", 0);
		if (text.failed)
			return odbc_fault(worker, ODBC_FAULT_MEMORY, i);
		column->name = text.data;
		column->kind = odbc_type(column->sql_type)->kind;
		if (column->kind == ODBC_WIDE && worker->utf8)
			column->kind = ODBC_UTF8;
	}
	return true;
}

/*
 * Errors of later results come only when they are asked for, so every result is
 * gone through; the first with columns is the one that is read.
 */
bool
odbc_result_open(OdbcWorker *worker, SQLRETURN rc)
{
	OdbcResult *result = &worker->result;
	int64 affected = -1;

	for (;;)
	{
		SQLLEN rows = -1;

		if (!odbc_good(worker, rc, SQL_HANDLE_STMT, worker->stmt) ||
			!odbc_result_describe(worker))
			return false;
		if (result->ncolumns > 0)
			return fetch_bind(worker);
		if (rc != SQL_NO_DATA && SQL_SUCCEEDED(SQLRowCount(worker->stmt, &rows)) && rows >= 0)
			affected = Max(affected, 0) + rows;
		else if (rc == SQL_NO_DATA)
			affected = Max(affected, 0);
		rc = SQLMoreResults(worker->stmt);
		if (rc == SQL_NO_DATA)
			break;
	}
	result->affected = affected;
	result->ended = true;
	return true;
}

/* Behind the last row: nothing but the end may follow. */
static bool
fetch_end(OdbcWorker *worker)
{
	for (;;)
	{
		SQLRETURN rc = SQLMoreResults(worker->stmt);
		SQLSMALLINT n = 0;

		if (rc == SQL_NO_DATA)
			break;
		if (!odbc_good(worker, rc, SQL_HANDLE_STMT, worker->stmt))
			return false;
		(void) SQLNumResultCols(worker->stmt, &n);
		if (n > 0)
			return odbc_fault(worker, ODBC_FAULT_MORE, -1);
	}
	worker->result.ended = true;
	return true;
}

/* ---- binding ---- */

/* Can a bound value that was cut be read again? */
static bool
fetch_again(const OdbcWorker *worker)
{
	return (worker->facts.getdata & SQL_GD_BOUND) != 0 &&
		(worker->facts.getdata & SQL_GD_ANY_COLUMN) != 0;
}

/* How much room a cell gets; 0: it is not bound but read in pieces. */
static size_t
fetch_width(const OdbcWorker *worker, const OdbcColumn *column)
{
	bool known = column->size > 0 && column->size <= FETCH_SURE_CHARS &&
		column->sql_type != SQL_LONGVARCHAR && column->sql_type != SQL_WLONGVARCHAR &&
		column->sql_type != SQL_LONGVARBINARY;
	size_t unit = column->kind == ODBC_WIDE	  ? sizeof(SQLWCHAR)
				  : column->kind == ODBC_UTF8 ? 4
											  : 1;
	size_t width;

	switch (column->kind)
	{
		case ODBC_DOUBLE:
		case ODBC_FLOAT:
			return sizeof(double);
		case ODBC_NARROW:
			return FETCH_NARROW_BYTES;
		default:
			break;
	}
	if (!known && !fetch_again(worker))
		return 0;
	width = known ? column->size * unit : FETCH_CELL_BYTES;
	if (fetch_again(worker))
		width = Min(width, FETCH_CELL_BYTES);
	width += fetch_terminator(column->kind);
	return TYPEALIGN(8, width);
}

/*
 * Decide what is bound and how many rows are a block.  Without SQL_GD_BLOCK a
 * driver reads values in pieces in blocks of one row only, and what is read so
 * must stand behind everything bound.
 */
static bool
fetch_bind(OdbcWorker *worker)
{
	OdbcResult *result = &worker->result;
	bool block = (worker->facts.getdata & SQL_GD_BLOCK) != 0 && fetch_again(worker);
	bool pieces = false;
	size_t row_bytes = 0;
	int i;

	for (i = 0; i < result->ncolumns; i++)
	{
		OdbcColumn *column = &result->columns[i];

		column->width = fetch_width(worker, column);
		pieces = pieces || column->width == 0;
		column->bound = !pieces;
		if (column->bound)
			row_bytes += column->width + sizeof(SQLLEN);
	}
	result->block = 1;
	if (!pieces && (block || !fetch_again(worker)))
		result->block =
			Max(1, Min(FETCH_BLOCK_ROWS, FETCH_BLOCK_BYTES / Max(row_bytes, 1)));
	/* A driver without blocks says so here. */
	if (result->block > 1 &&
		!SQL_SUCCEEDED(SQLSetStmtAttr(worker->stmt, SQL_ATTR_ROW_ARRAY_SIZE,
									  (SQLPOINTER) result->block, 0)))
		result->block = 1;
	SQLSetStmtAttr(worker->stmt, SQL_ATTR_ROWS_FETCHED_PTR, &result->fetched, 0);
	result->status = calloc(result->block, sizeof(SQLUSMALLINT));
	if (result->status == NULL)
		return odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
	SQLSetStmtAttr(worker->stmt, SQL_ATTR_ROW_STATUS_PTR, result->status, 0);
	for (i = 0; i < result->ncolumns; i++)
	{
		OdbcColumn *column = &result->columns[i];

		if (!column->bound)
			continue;
		column->values = calloc(result->block, column->width);
		column->lens = calloc(result->block, sizeof(SQLLEN));
		if (column->values == NULL || column->lens == NULL)
			return odbc_fault(worker, ODBC_FAULT_MEMORY, i);
		if (!odbc_good(worker,
					   SQLBindCol(worker->stmt, (SQLUSMALLINT) (i + 1),
								  fetch_c_type(column->kind), column->values,
								  (SQLLEN) column->width, column->lens),
					   SQL_HANDLE_STMT, worker->stmt))
			return false;
	}
	return true;
}

/* ---- values ---- */

/*
 * The digits that read back the same.  Of single precision the fewest of those;
 * it is asked for as double, since drivers get arrays of the other wrong.
 */
static void
fetch_number(double value, bool single, char *digits)
{
	if (single && (double) (float) value == value)
		(void) float_to_shortest_decimal_buf((float) value, digits);
	else
		(void) double_to_shortest_decimal_buf(value, digits);
}

/* A day whose year has less than four digits, as some drivers write them. */
static bool
fetch_is_short_day(const OdbcColumn *column, const char *value, size_t len)
{
	size_t n = 0;

	if (column->sql_type != SQL_TYPE_DATE && column->sql_type != SQL_TYPE_TIMESTAMP)
		return false;
	while (n < len && value[n] >= '0' && value[n] <= '9')
		n++;
	return n > 0 && n < 4 && n < len && value[n] == '-';
}

/* Write one whole value as the cell's text. */
static bool
fetch_put(OdbcWorker *worker, OdbcCell *cell, int i, const char *value, size_t len)
{
	const OdbcColumn *column = &worker->result.columns[i];
	OdbcText *text = &worker->rows->text;
	size_t offset = text->len;
	char number[DOUBLE_SHORTEST_DECIMAL_LEN];
	size_t at;

	switch (column->kind)
	{
		case ODBC_NARROW:
			/* Some drivers give the bit itself and not its digit. */
			if (column->sql_type == SQL_BIT && len == 1 && (unsigned char) value[0] <= 1)
			{
				odbc_text_put(text, value[0] ? "1" : "0");
				break;
			}
			for (at = 0; at < len; at++)
				if ((unsigned char) value[at] >= 0x80 || value[at] == '\0')
					return odbc_fault(worker, ODBC_FAULT_TEXT, i);
			if (fetch_is_short_day(column, value, len))
				odbc_text_bytes(text, "000", 4 - (strchr(value, '-') - value));
			odbc_text_bytes(text, value, len);
			break;
		case ODBC_WIDE:
			if (len % sizeof(SQLWCHAR) != 0 ||
				!odbc_text_utf16(text, (const SQLWCHAR *) value, len / sizeof(SQLWCHAR)))
				return odbc_fault(worker, ODBC_FAULT_TEXT, i);
			break;
		case ODBC_UTF8:
			if (!odbc_text_is_utf8(value, len))
				return odbc_fault(worker, ODBC_FAULT_TEXT, i);
			odbc_text_bytes(text, value, len);
			break;
		case ODBC_DOUBLE:
		case ODBC_FLOAT:
			fetch_number(*(const double *) value, column->kind == ODBC_FLOAT, number);
			odbc_text_put(text, number);
			break;
		case ODBC_BYTES:
			odbc_text_put(text, "\\x");
			odbc_text_hex(text, (const unsigned char *) value, len);
			break;
	}
	if (text->failed)
		return odbc_fault(worker, ODBC_FAULT_MEMORY, i);
	if (!odbc_rows_cell(worker->rows, cell, offset))
		return odbc_fault(worker, text->failed ? ODBC_FAULT_MEMORY : ODBC_FAULT_TOO_LONG, i);
	return true;
}

/* Did the driver say that it left something out, and of what? */
static bool
fetch_info_is(OdbcWorker *worker, const char *state)
{
	SQLWCHAR found[6] = {0};
	SQLWCHAR message[8];
	SQLINTEGER native;
	SQLSMALLINT len;
	SQLSMALLINT i;

	for (i = 1; SQL_SUCCEEDED(SQLGetDiagRecW(SQL_HANDLE_STMT, worker->stmt, i, found, &native,
											 message, lengthof(message), &len));
		 i++)
	{
		bool same = true;
		int at;

		for (at = 0; at < 5; at++)
			same = same && found[at] == (SQLWCHAR) state[at];
		if (same)
			return true;
	}
	return false;
}

/* The whole value of a column, in pieces. */
static bool
fetch_pieces(OdbcWorker *worker, OdbcCell *cell, int i)
{
	OdbcText *scratch = &worker->result.scratch;
	const OdbcColumn *column = &worker->result.columns[i];
	size_t end = fetch_terminator(column->kind);

	scratch->len = 0;
	for (;;)
	{
		SQLLEN len = 0;
		size_t room;
		SQLRETURN rc;

		if (!odbc_text_reserve(scratch, FETCH_PIECE_BYTES))
			return odbc_fault(worker, ODBC_FAULT_MEMORY, i);
		/* A multiple of the unit, less the terminator, is what comes. */
		room = TYPEALIGN_DOWN(sizeof(SQLWCHAR), scratch->max - scratch->len);
		rc = SQLGetData(worker->stmt, (SQLUSMALLINT) (i + 1), fetch_c_type(column->kind),
						scratch->data + scratch->len, (SQLLEN) room, &len);
		if (rc == SQL_NO_DATA)
			break;
		if (!odbc_good(worker, rc, SQL_HANDLE_STMT, worker->stmt))
			return false;
		if (len == SQL_NULL_DATA)
		{
			cell->len = -1;
			return true;
		}
		if (rc == SQL_SUCCESS || (len != SQL_NO_TOTAL && (size_t) len + end <= room))
		{
			if (len < 0 || (size_t) len > room)
				return odbc_fault(worker, ODBC_FAULT_CUT, i);
			scratch->len += len;
			break;
		}
		scratch->len += room - end;
		if (scratch->len > MaxAllocSize)
			return odbc_fault(worker, ODBC_FAULT_TOO_LONG, i);
	}
	return fetch_put(worker, cell, i, scratch->data ? scratch->data : "", scratch->len);
}

static bool
fetch_cell(OdbcWorker *worker, OdbcCell *cell, int i)
{
	OdbcResult *result = &worker->result;
	const OdbcColumn *column = &result->columns[i];
	SQLLEN len;

	if (!column->bound)
		return fetch_pieces(worker, cell, i);
	len = column->lens[result->at];
	if (len == SQL_NULL_DATA)
	{
		cell->len = -1;
		return true;
	}
	if (column->kind == ODBC_DOUBLE || column->kind == ODBC_FLOAT)
		len = (SQLLEN) column->width;
	else if (len == SQL_NO_TOTAL || len < 0 ||
			 (size_t) len + fetch_terminator(column->kind) > column->width)
	{
		if (!fetch_again(worker))
			return odbc_fault(worker, ODBC_FAULT_CUT, i);
		if (result->block > 1 &&
			!odbc_good(worker,
					   SQLSetPos(worker->stmt, (SQLSETPOSIROW) (result->at + 1), SQL_POSITION,
								 SQL_LOCK_NO_CHANGE),
					   SQL_HANDLE_STMT, worker->stmt))
			return false;
		return fetch_pieces(worker, cell, i);
	}
	return fetch_put(worker, cell, i, column->values + result->at * column->width, len);
}

/* The next block; false: an error or, with result.ended, the end. */
static bool
fetch_block(OdbcWorker *worker)
{
	OdbcResult *result = &worker->result;
	SQLRETURN rc;
	SQLULEN i;

	result->at = result->fetched = 0;
	rc = SQLFetch(worker->stmt);
	if (rc == SQL_NO_DATA)
	{
		(void) fetch_end(worker);
		return false;
	}
	if (!odbc_good(worker, rc, SQL_HANDLE_STMT, worker->stmt))
		return false;
	/* Digits of a number or of a second that did not fit. */
	if (rc == SQL_SUCCESS_WITH_INFO && fetch_info_is(worker, "01S07"))
		return odbc_fault(worker, ODBC_FAULT_CUT, -1);
	if (result->block == 1)
		result->fetched = 1;
	for (i = 0; i < result->fetched; i++)
	{
		if (result->status[i] == SQL_ROW_ERROR)
			return odbc_good(worker, SQL_ERROR, SQL_HANDLE_STMT, worker->stmt);
	}
	return true;
}

bool
odbc_result_fetch(OdbcWorker *worker, int max_rows)
{
	OdbcResult *result = &worker->result;
	OdbcRows *rows;

	if (worker->rows == NULL)
		worker->rows = odbc_rows_create(result->ncolumns);
	rows = worker->rows;
	if (rows == NULL)
		return odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
	rows->nrows = 0;
	rows->text.len = 0;
	if (max_rows <= 0)
		max_rows = FETCH_DEFAULT_ROWS;
	while (!result->ended && rows->nrows < max_rows && rows->text.len < FETCH_BATCH_BYTES)
	{
		OdbcCell *cells;
		int i;

		if (result->at >= result->fetched && !fetch_block(worker))
			break;
		cells = odbc_rows_add(rows);
		if (cells == NULL)
			return odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
		for (i = 0; i < result->ncolumns; i++)
			if (!fetch_cell(worker, &cells[i], i))
				return false;
		result->at++;
	}
	return worker->outcome.fault == ODBC_FAULT_NONE;
}

/*
 * Read to the end and keep nothing.  Closing a result half-way would do, but
 * there are servers that roll a transaction back when a statement is stopped.
 */
void
odbc_result_skip(OdbcWorker *worker)
{
	while (!worker->result.ended && worker->stmt != SQL_NULL_HSTMT && fetch_block(worker))
		continue;
}
