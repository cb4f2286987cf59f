/*
 * gw_transport_mysql_cells.c
 *	  Rows of either protocol as cells.
 *
 * Binary rows become PostgreSQL's binary format where the two agree (whole
 * numbers, floats, dates), and text elsewhere.  Nothing is cut: what has no
 * fixed size is fetched with the length the server gave.  A date that is none
 * (zero, or with a day that month has not) follows the link's policy.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "transport/gw_transport_mysql.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

/* The character set number of what is no text. */
#define CHARSET_BINARY 63

/* The longest text of a date, a time or a whole number. */
#define CELL_TEXT_MAX 48

static MysqlForm cells_form(const MysqlLink *link, const MYSQL_FIELD *field, bool binary);
static void cells_bind(MysqlColumn *column, MYSQL_BIND *bind);
static void cells_convert(const MysqlLink *link, GwCell *cell);
static void cells_bits(GwGather *gather, int digits, const char *data, Size len, GwCell *cell);
static void cells_set(GwGather *gather, const char *data, Size len, GwCell *cell);
static GwStatus cells_geometry(GwGather *gather, int at, const char *data, Size len,
							   GwCell *cell, GwError *err);
static GwStatus cells_value(MysqlLink *link, GwGather *gather, int at, const char *data,
							Size len, GwCell *cell, GwError *err);
static GwStatus cells_date(MysqlLink *link, GwGather *gather, int at, GwCell *cell,
						   GwError *err);
static bool cells_day_exists(const MYSQL_TIME *time);

static bool
field_is_text(const MYSQL_FIELD *field)
{
	switch (field->type)
	{
		case MYSQL_TYPE_VARCHAR:
		case MYSQL_TYPE_VAR_STRING:
		case MYSQL_TYPE_STRING:
		case MYSQL_TYPE_TINY_BLOB:
		case MYSQL_TYPE_MEDIUM_BLOB:
		case MYSQL_TYPE_LONG_BLOB:
		case MYSQL_TYPE_BLOB:
			return field->charsetnr != CHARSET_BINARY;
		default:
			return true;
	}
}

/* Bytes of the PostgreSQL type that holds the field's whole numbers; 0: none does. */
static int
field_int_size(const MYSQL_FIELD *field)
{
	bool up = (field->flags & UNSIGNED_FLAG) != 0;

	switch (field->type)
	{
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_YEAR:
			return 2;
		case MYSQL_TYPE_SHORT:
			return up ? 4 : 2;
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
			return up ? 8 : 4;
		case MYSQL_TYPE_LONGLONG:
			return up ? 0 : 8;
		default:
			return 0;
	}
}

static MysqlForm
cells_form(const MysqlLink *link, const MYSQL_FIELD *field, bool binary)
{
	bool text = link->zero_dates == MYSQL_ZERO_TEXT;

	switch (field->type)
	{
		case MYSQL_TYPE_BIT:
			return MYSQL_FORM_BITS;
		case MYSQL_TYPE_GEOMETRY:
			return MYSQL_FORM_GEOMETRY;
		case MYSQL_TYPE_TINY:
		case MYSQL_TYPE_YEAR:
		case MYSQL_TYPE_SHORT:
		case MYSQL_TYPE_INT24:
		case MYSQL_TYPE_LONG:
		case MYSQL_TYPE_LONGLONG:
			if (!binary)
				return MYSQL_FORM_TEXT;
			/* One digit is what a boolean has, which reads text faster. */
			return field_int_size(field) == 0 || field->length == 1 ? MYSQL_FORM_INT_TEXT
																	: MYSQL_FORM_INT;
		case MYSQL_TYPE_FLOAT:
			return binary ? MYSQL_FORM_FLOAT4 : MYSQL_FORM_TEXT;
		case MYSQL_TYPE_DOUBLE:
			return binary ? MYSQL_FORM_FLOAT8 : MYSQL_FORM_TEXT;
		case MYSQL_TYPE_DATE:
		case MYSQL_TYPE_NEWDATE:
			return !binary ? MYSQL_FORM_TEXT : text ? MYSQL_FORM_DATE_TEXT : MYSQL_FORM_DATE;
		case MYSQL_TYPE_DATETIME:
		case MYSQL_TYPE_TIMESTAMP:
			return !binary ? MYSQL_FORM_TEXT : text ? MYSQL_FORM_DATE_TEXT : MYSQL_FORM_DATETIME;
		case MYSQL_TYPE_TIME:
			return binary ? MYSQL_FORM_TIME : MYSQL_FORM_TEXT;
		default:
			return field_is_text(field) ? MYSQL_FORM_TEXT : MYSQL_FORM_BYTES;
	}
}

void
gw_mysql_cells_begin(MysqlLink *link, const MYSQL_FIELD *fields, bool binary)
{
	int n = link->ncolumns;

	link->columns = MemoryContextAllocZero(link->cxt, n * sizeof(MysqlColumn));
	link->binds = MemoryContextAllocZero(link->cxt, n * sizeof(MYSQL_BIND));
	for (int i = 0; i < n; i++)
	{
		MysqlColumn *column = &link->columns[i];

		column->form = cells_form(link, &fields[i], binary);
		column->is_unsigned = (fields[i].flags & UNSIGNED_FLAG) != 0;
		column->date_only = fields[i].type == MYSQL_TYPE_DATE ||
							fields[i].type == MYSQL_TYPE_NEWDATE;
		column->dates = column->form == MYSQL_FORM_TEXT &&
						(column->date_only || fields[i].type == MYSQL_TYPE_DATETIME ||
						 fields[i].type == MYSQL_TYPE_TIMESTAMP);
		column->is_set = (fields[i].flags & SET_FLAG) != 0;
		if (column->form == MYSQL_FORM_INT)
			column->size = field_int_size(&fields[i]);
		else if (column->form == MYSQL_FORM_BITS)
			column->size = (int) fields[i].length;
		else
			column->size = Min((int) fields[i].decimals, 6);
		if (binary)
			cells_bind(column, &link->binds[i]);
	}
}

/* Where the library puts a value of fixed size; others get no room yet. */
static void
cells_bind(MysqlColumn *column, MYSQL_BIND *bind)
{
	bind->length = &column->length;
	bind->is_null = &column->is_null;
	bind->error = &column->error;
	bind->buffer = &column->value;
	bind->buffer_length = sizeof(column->value);
	switch (column->form)
	{
		case MYSQL_FORM_INT:
		case MYSQL_FORM_INT_TEXT:
			bind->buffer_type = MYSQL_TYPE_LONGLONG;
			bind->is_unsigned = column->is_unsigned;
			break;
		case MYSQL_FORM_FLOAT4:
			bind->buffer_type = MYSQL_TYPE_FLOAT;
			break;
		case MYSQL_FORM_FLOAT8:
			bind->buffer_type = MYSQL_TYPE_DOUBLE;
			break;
		case MYSQL_FORM_DATE:
		case MYSQL_FORM_DATETIME:
		case MYSQL_FORM_DATE_TEXT:
			bind->buffer_type = MYSQL_TYPE_DATETIME;
			break;
		case MYSQL_FORM_TIME:
			bind->buffer_type = MYSQL_TYPE_TIME;
			break;
		default:
			bind->buffer_type = MYSQL_TYPE_STRING;
			bind->buffer = NULL;
			bind->buffer_length = 0;
			break;
	}
}

void
gw_mysql_cells_describe(const MysqlLink *link, const MYSQL_FIELD *fields, GwGather *gather)
{
	GwBatch *batch = &gather->batch;

	batch->ncolumns = link->ncolumns;
	batch->columns = MemoryContextAllocZero(gather->cxt, link->ncolumns * sizeof(GwColumnInfo));
	for (int i = 0; i < link->ncolumns; i++)
	{
		const MYSQL_FIELD *field = &fields[i];
		const MysqlColumn *column = &link->columns[i];
		GwColumnInfo *info = &batch->columns[i];
		int digits = (int) field->length - (field->decimals > 0 ? 1 : 0) -
					 (column->is_unsigned ? 0 : 1);

		info->name = MemoryContextStrdup(
			gather->cxt, link->converts ? pg_any_to_server(field->name, field->name_length, PG_UTF8)
										: field->name);
		info->typmod = -1;
		info->format = GW_CELL_BINARY;
		switch (column->form)
		{
			case MYSQL_FORM_INT:
				info->type_oid = column->size == 2	 ? INT2OID
								 : column->size == 4 ? INT4OID
													 : INT8OID;
				break;
			case MYSQL_FORM_FLOAT4:
				info->type_oid = FLOAT4OID;
				break;
			case MYSQL_FORM_FLOAT8:
				info->type_oid = FLOAT8OID;
				break;
			case MYSQL_FORM_DATE:
				info->type_oid = DATEOID;
				break;
			case MYSQL_FORM_DATETIME:
				info->type_oid =
					field->type == MYSQL_TYPE_TIMESTAMP ? TIMESTAMPTZOID : TIMESTAMPOID;
				info->typmod = column->size;
				break;
			case MYSQL_FORM_BYTES:
				info->type_oid = BYTEAOID;
				break;
			default:
				info->format = GW_CELL_TEXT;
				break;
		}
		if (info->format != GW_CELL_TEXT)
			continue;
		if (IS_NUM(field->type))
			info->type_oid = NUMERICOID;
		/* Its modifier has been applied over there. */
		if (field->type == MYSQL_TYPE_NEWDECIMAL && field->decimals <= 30 && digits > 0)
		{
			info->type_oid = NUMERICOID;
			info->typmod = ((digits << 16) | (int) field->decimals) + VARHDRSZ;
		}
		else if (field->type == MYSQL_TYPE_TIME)
		{
			info->type_oid = TIMEOID;
			info->typmod = column->size;
		}
		else if (field->type == MYSQL_TYPE_BIT)
		{
			info->type_oid = BITOID;
			info->typmod = column->size;
		}
	}
}

GwStatus
gw_mysql_cells_text(MysqlLink *link, GwGather *gather, GwError *err)
{
	unsigned long *lengths = mysql_fetch_lengths(link->rows);
	GwCell *cells = gw_gather_row(gather);
	const char *start = NULL;
	const char *end = NULL;
	char *copy = NULL;

	/* The values of a row lie behind each other: one copy takes them all. */
	for (int i = 0; i < link->ncolumns; i++)
	{
		if (link->row[i] == NULL)
			continue;
		if (start == NULL)
			start = link->row[i];
		end = link->row[i] + lengths[i];
	}
	if (start != NULL)
	{
		copy = gw_gather_room(gather, end - start + 1);
		memcpy(copy, start, end - start);
		copy[end - start] = '\0';
	}
	for (int i = 0; i < link->ncolumns; i++)
	{
		GwCell *cell = &cells[i];

		cell->len = -1;
		if (link->row[i] == NULL)
			continue;
		cell->data = copy + (link->row[i] - start);
		cell->len = (int32) lengths[i];
		if (cells_value(link, gather, i, cell->data, lengths[i], cell, err) != GW_OK)
			return GW_FAILED;
		/* The byte behind it is the length of the next one; a day that is none has become NULL. */
		if (cell->len >= 0 && cell->data == copy + (link->row[i] - start))
			((char *) cell->data)[cell->len] = '\0';
	}
	return GW_OK;
}

/* A value that came as bytes: of the text protocol, or of no fixed size. */
static GwStatus
cells_value(MysqlLink *link, GwGather *gather, int at, const char *data, Size len, GwCell *cell,
			GwError *err)
{
	MysqlColumn *column = &link->columns[at];

	if (column->form == MYSQL_FORM_BITS)
		cells_bits(gather, column->size, data, len, cell);
	else if (column->form == MYSQL_FORM_GEOMETRY)
		return cells_geometry(gather, at, data, len, cell, err);
	else if (column->is_set)
		cells_set(gather, data, len, cell);
	else if (column->dates && link->zero_dates == MYSQL_ZERO_NULL && len >= 10)
	{
		MYSQL_TIME day = {.year = atoi(data), .month = atoi(data + 5), .day = atoi(data + 8)};

		if (!cells_day_exists(&day))
			cell->len = -1;
	}
	if (cell->len >= 0 && column->form == MYSQL_FORM_TEXT && link->converts)
		cells_convert(link, cell);
	return GW_OK;
}

/* The low bytes of a number, as they go over a wire; a cell's place is not aligned. */
static inline void
cells_put(char *room, int64 value, int size)
{
	uint64 wide = pg_hton64((uint64) value);
	const char *bytes = (const char *) &wide;

	if (size == 8)
		memcpy(room, bytes, 8);
	else if (size == 4)
		memcpy(room, bytes + 4, 4);
	else
		memcpy(room, bytes + 6, 2);
}

GwStatus
gw_mysql_cells_binary(MysqlLink *link, GwGather *gather, GwError *err)
{
	MYSQL_STMT *stmt = gw_mysql_stmt_of(link);
	GwCell *cells = gw_gather_row(gather);

	for (int i = 0; i < link->ncolumns; i++)
	{
		MysqlColumn *column = &link->columns[i];
		GwCell *cell = &cells[i];
		char *room;

		cell->len = -1;
		if (column->is_null)
			continue;
		switch (column->form)
		{
			case MYSQL_FORM_INT:
				cell->data = room = gw_gather_room(gather, column->size);
				cell->len = column->size;
				cells_put(room, column->value.integer, column->size);
				break;
			case MYSQL_FORM_INT_TEXT:
				cell->data = room = gw_gather_room(gather, CELL_TEXT_MAX);
				cell->len = snprintf(room, CELL_TEXT_MAX,
									 column->is_unsigned ? UINT64_FORMAT : INT64_FORMAT,
									 column->value.integer);
				break;
			case MYSQL_FORM_FLOAT4:
				cell->data = room = gw_gather_room(gather, 4);
				cell->len = 4;
				cells_put(room, column->value.integer, 4);
				break;
			case MYSQL_FORM_FLOAT8:
				cell->data = room = gw_gather_room(gather, 8);
				cell->len = 8;
				cells_put(room, column->value.integer, 8);
				break;
			case MYSQL_FORM_DATE:
			case MYSQL_FORM_DATETIME:
			case MYSQL_FORM_DATE_TEXT:
			case MYSQL_FORM_TIME:
				if (cells_date(link, gather, i, cell, err) != GW_OK)
					return GW_FAILED;
				break;
			default:
			{
				MYSQL_BIND bind = link->binds[i];

				/* Its length is known now, so it gets its room. */
				cell->data = room = gw_gather_room(gather, column->length + 1);
				cell->len = (int32) column->length;
				bind.buffer = room;
				bind.buffer_length = column->length;
				if (column->ahead != NULL)
					memcpy(room, column->ahead, column->length);
				else if (column->length > 0 && mysql_stmt_fetch_column(stmt, &bind, i, 0) != 0)
					return gw_mysql_error_take(link, err);
				room[cell->len] = '\0';
				if (cells_value(link, gather, i, room, cell->len, cell, err) != GW_OK)
					return GW_FAILED;
				break;
			}
		}
	}
	return GW_OK;
}

static void
cells_convert(const MysqlLink *link, GwCell *cell)
{
	char *text = pg_any_to_server(cell->data, cell->len, PG_UTF8);

	if (text == cell->data)
		return;
	cell->data = text;
	cell->len = (int32) strlen(text);
}

static void
cells_bits(GwGather *gather, int digits, const char *data, Size len, GwCell *cell)
{
	char *room = gw_gather_room(gather, digits + 1);

	for (int i = 0; i < digits; i++)
	{
		int bit = digits - 1 - i;
		Size byte = bit / 8;

		room[i] = byte < len && (data[len - 1 - byte] >> (bit % 8)) & 1 ? '1' : '0';
	}
	room[digits] = '\0';
	cell->data = room;
	cell->len = digits;
}

/* Members hold no comma, so it only separates: an array's text. */
static void
cells_set(GwGather *gather, const char *data, Size len, GwCell *cell)
{
	char *room = gw_gather_room(gather, 3 * len + 5);
	char *to = room;

	*to++ = '{';
	for (Size i = 0; i < len; i++)
	{
		if (i == 0)
			*to++ = '"';
		if (data[i] == ',')
		{
			*to++ = '"';
			*to++ = ',';
			*to++ = '"';
			continue;
		}
		if (data[i] == '"' || data[i] == '\\')
			*to++ = '\\';
		*to++ = data[i];
	}
	if (len > 0)
		*to++ = '"';
	*to++ = '}';
	*to = '\0';
	cell->data = room;
	cell->len = (int32) (to - room);
}

static GwStatus
cells_geometry(GwGather *gather, int at, const char *data, Size len, GwCell *cell, GwError *err)
{
	char *text = gw_mysql_geometry_text(data, len);
	char *room;

	if (text == NULL)
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
							"column \"%s\" holds a geometry of an unknown form",
							gather->batch.columns[at].name);
	cell->len = (int32) strlen(text);
	cell->data = room = gw_gather_room(gather, cell->len + 1);
	memcpy(room, text, cell->len + 1);
	pfree(text);
	return GW_OK;
}

/* Does the calendar have that day?  PostgreSQL's begins with the year 1. */
static bool
cells_day_exists(const MYSQL_TIME *time)
{
	return time->year >= 1 && time->month >= 1 && time->month <= 12 && time->day >= 1 &&
		   (int) time->day <= day_tab[isleap((int) time->year)][time->month - 1];
}

/* The text the server would have written. */
static int
cells_date_text(const MysqlColumn *column, char *room)
{
	const MYSQL_TIME *t = &column->value.time;
	unsigned long fraction = t->second_part;
	int len;

	if (column->form == MYSQL_FORM_TIME)
		len = snprintf(room, CELL_TEXT_MAX, "%s%02u:%02u:%02u", t->neg ? "-" : "",
					   t->day * 24 + t->hour, t->minute, t->second);
	else
		len = snprintf(room, CELL_TEXT_MAX, "%04u-%02u-%02u", t->year, t->month, t->day);
	if (column->date_only)
		return len;
	if (column->form != MYSQL_FORM_TIME)
		len += snprintf(room + len, CELL_TEXT_MAX - len, " %02u:%02u:%02u", t->hour, t->minute,
						t->second);
	if (column->size > 0)
	{
		for (int i = column->size; i < 6; i++)
			fraction /= 10;
		len += snprintf(room + len, CELL_TEXT_MAX - len, ".%0*lu", column->size, fraction);
	}
	return len;
}

static GwStatus
cells_date(MysqlLink *link, GwGather *gather, int at, GwCell *cell, GwError *err)
{
	MysqlColumn *column = &link->columns[at];
	const MYSQL_TIME *t = &column->value.time;
	char *room;
	int64 days;

	if (column->form == MYSQL_FORM_DATE_TEXT || column->form == MYSQL_FORM_TIME)
	{
		cell->data = room = gw_gather_room(gather, CELL_TEXT_MAX);
		cell->len = cells_date_text(column, room);
		return GW_OK;
	}
	if (!cells_day_exists(t))
	{
		char text[CELL_TEXT_MAX];

		if (link->zero_dates == MYSQL_ZERO_NULL)
			return GW_OK;
		(void) cells_date_text(column, text);
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_DATETIME_FIELD_OVERFLOW,
					 "column \"%s\" holds \"%s\", which is no date",
					 gather->batch.columns[at].name, text);
		gw_error_hint(err, "The server option \"zero_dates\" lets such values be read as null or "
						   "as text.");
		return GW_FAILED;
	}
	days = date2j((int) t->year, (int) t->month, (int) t->day) - POSTGRES_EPOCH_JDATE;
	if (column->form == MYSQL_FORM_DATE)
	{
		cell->data = room = gw_gather_room(gather, 4);
		cell->len = 4;
		cells_put(room, days, 4);
		return GW_OK;
	}
	cell->data = room = gw_gather_room(gather, 8);
	cell->len = 8;
	cells_put(room,
			  days * USECS_PER_DAY +
				  ((int64) t->hour * SECS_PER_HOUR + t->minute * SECS_PER_MINUTE + t->second) *
					  USECS_PER_SEC +
				  (int64) t->second_part,
			  8);
	return GW_OK;
}
