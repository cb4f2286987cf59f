/*
 * gw_databricks_arrow_cell.c
 *	  Cells: from the columns of an Arrow stream to texts and binary values PostgreSQL
 *	  reads.
 *
 * Many rows of a column at a time, so that what it is is asked once.  Nothing is
 * rounded or cut.  Cells point into the page or are of the current context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "datatype/timestamp.h"
#include "platform/gw_databricks_arrow.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

/* Digits of numeric's binary form are of four decimal ones. */
#define NUMERIC_BASE 10000
#define NUMERIC_WIDTH 4

/* ---- numbers, days, moments ---- */

GwStatus
gw_databricks_fill_int(const DbFill *fill)
{
	int width = fill->type == INT2OID ? 2 : fill->type == INT4OID ? 4 : 8;
	int room = fill->binary ? width : MAXINT8LEN + 1;
	char *out = palloc(fill->n * room);

	DB_FILL_EACH(fill)
	{
		int64 value = gw_arrow_int(fill->field, row);
		uint64 wire = pg_hton64((uint64) value << (64 - 8 * width));

		cell->data = out;
		cell->len = width;
		if (fill->binary)
			memcpy(out, &wire, width);
		else
			cell->len = pg_lltoa(value, out);
		out += room;
	}
	return GW_OK;
}

GwStatus
gw_databricks_fill_float(const DbFill *fill)
{
	int width = fill->field->width;
	int room = fill->binary ? width : DOUBLE_SHORTEST_DECIMAL_LEN;
	char *out = palloc(fill->n * room);

	DB_FILL_EACH(fill)
	{
		uint64 bits = width == 4 ? (uint64) gw_le32(fill->field->data + 4 * row) << 32
								 : gw_le64(fill->field->data + 8 * row);
		uint32 half = (uint32) (bits >> 32);
		uint64 wire = pg_hton64(bits);
		float single;
		double value;

		memcpy(&single, &half, sizeof(single));
		memcpy(&value, &bits, sizeof(value));
		cell->data = out;
		cell->len = width;
		if (fill->binary)
			memcpy(out, &wire, width);
		else if (width == 4)
			cell->len = float_to_shortest_decimal_buf(single, out);
		else
			cell->len = double_to_shortest_decimal_buf(value, out);
		out += room;
	}
	return GW_OK;
}

GwStatus
gw_databricks_fill_bool(const DbFill *fill)
{
	DB_FILL_EACH(fill)
	{
		bool value = gw_arrow_bool(fill->field, row);

		if (fill->binary)
			cell->data = value ? "\001" : "\0";
		else
			cell->data = value ? "true" : "false";
		cell->len = fill->binary ? 1 : (int32) strlen(cell->data);
	}
	return GW_OK;
}

GwStatus
gw_databricks_fill_date(const DbFill *fill)
{
	int room = fill->binary ? (int) sizeof(uint32) : 32;
	char *out = palloc(fill->n * room);

	DB_FILL_EACH(fill)
	{
		int32 days = (int32) gw_arrow_int(fill->field, row);
		int32 ours;
		uint32 wire;
		int year, month, day;

		if (days < DATETIME_MIN_JULIAN - UNIX_EPOCH_JDATE ||
			days >= DATE_END_JULIAN - UNIX_EPOCH_JDATE)
			return gw_error_set(fill->err, GW_ERR_INVALID, ERRCODE_DATETIME_VALUE_OUT_OF_RANGE,
								"a date is out of range");
		ours = days - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE);
		wire = pg_hton32((uint32) ours);
		cell->data = out;
		cell->len = sizeof(wire);
		if (fill->binary)
			memcpy(out, &wire, sizeof(wire));
		else
		{
			j2date(days + UNIX_EPOCH_JDATE, &year, &month, &day);
			cell->len = snprintf(out, room, "%04d-%02d-%02d%s", year > 0 ? year : 1 - year,
								 month, day, year > 0 ? "" : " BC");
		}
		out += room;
	}
	return GW_OK;
}

/* TIMESTAMP, or what is a number of microseconds. */
GwStatus
gw_databricks_fill_moment(const DbFill *fill)
{
	DB_FILL_EACH(fill)
	{
		char *zone;

		if (gw_databricks_moment(gw_arrow_int(fill->field, row), fill->binary, cell,
								 fill->err) != GW_OK)
			return GW_FAILED;
		/* What a clock shows is in no zone. */
		if (fill->type != TIMESTAMPOID || fill->binary)
			continue;
		zone = strrchr(unconstify(char *, cell->data), '+');
		memmove(zone, zone + 3, strlen(zone + 3) + 1);
		cell->len -= 3;
	}
	return GW_OK;
}

/* The texts that JSON has for them. */
GwStatus
gw_databricks_fill_interval(const DbFill *fill)
{
	DB_FILL_EACH(fill)
	{
		int64 value = gw_arrow_int(fill->field, row);
		uint64 most = value < 0 ? 0 - (uint64) value : (uint64) value;
		uint64 rest = most % USECS_PER_DAY;
		char text[64];

		if (fill->field->type == GW_ARROW_MONTHS)
			snprintf(text, sizeof(text), "%s%d-%d", value < 0 ? "-" : "", (int) (most / 12),
					 (int) (most % 12));
		else
			snprintf(text, sizeof(text), "%s%d %02d:%02d:%02d.%06d", value < 0 ? "-" : "",
					 (int) (most / USECS_PER_DAY), (int) (rest / USECS_PER_HOUR),
					 (int) (rest / USECS_PER_MINUTE % 60), (int) (rest / USECS_PER_SEC % 60),
					 (int) (rest % USECS_PER_SEC));
		if (gw_databricks_text(text, strlen(text), fill->column, false, cell, fill->err) != GW_OK)
			return GW_FAILED;
	}
	return GW_OK;
}

/* ---- decimals ---- */

/* A decimal without its point and sign. */
static uint128
decimal_read(const GwArrowField *field, int64 row, bool *negative)
{
	const char *at = field->data + 16 * row;
	uint128 value = (uint128) gw_le64(at + 8) << 64 | gw_le64(at);

	*negative = (int128) value < 0;
	return *negative ? -value : value;
}

/* Its digits, last first, with zeros up to the one before the point; how many. */
static int
decimal_digits(uint128 value, int scale, char *digits)
{
	uint64 low;
	int n = 0;

	/* Division of what fits into 64 bits is many times faster. */
	while (value > PG_UINT64_MAX)
	{
		digits[n++] = '0' + (int) (value % 10);
		value /= 10;
	}
	for (low = (uint64) value; low > 0 || n <= scale; low /= 10)
		digits[n++] = '0' + (int) (low % 10);
	return n;
}

int
gw_databricks_decimal(const GwArrowField *field, int64 row, char *out)
{
	char digits[DB_DECIMAL_TEXT];
	char *at = out;
	bool negative;
	uint128 value = decimal_read(field, row, &negative);
	int n = decimal_digits(value, field->scale, digits);

	if (negative)
		*at++ = '-';
	while (n-- > 0)
	{
		*at++ = digits[n];
		if (n == field->scale && n > 0)
			*at++ = '.';
	}
	*at = '\0';
	return (int) (at - out);
}

static void
decimal_put16(char *at, int n)
{
	uint16 wire = pg_hton16((uint16) n);

	memcpy(at, &wire, sizeof(wire));
}

/* As numeric_send() would write it; its length. */
static int
decimal_binary(const GwArrowField *field, int64 row, char *out)
{
	static const int powers[] = {1, 10, 100, 1000, 10000};
	int groups[DB_DECIMAL_TEXT / NUMERIC_WIDTH + 2];
	int behind = (field->scale + NUMERIC_WIDTH - 1) / NUMERIC_WIDTH;
	int over = behind * NUMERIC_WIDTH - field->scale;
	int first = 0, n = 0;
	bool negative;
	uint128 value = decimal_read(field, row, &negative);

	/* Groups, last first: the first of them may be short of digits behind the point. */
	if (over > 0)
	{
		groups[n++] = (int) (value % powers[NUMERIC_WIDTH - over]) * powers[over];
		value /= powers[NUMERIC_WIDTH - over];
	}
	for (; value > PG_UINT64_MAX; value /= NUMERIC_BASE)
		groups[n++] = (int) (value % NUMERIC_BASE);
	for (uint64 low = (uint64) value; low > 0; low /= NUMERIC_BASE)
		groups[n++] = (int) (low % NUMERIC_BASE);
	while (n > 0 && groups[n - 1] == 0)
		n--;
	while (first < n && groups[first] == 0)
		first++;
	decimal_put16(out, n - first);
	decimal_put16(out + 2, n > 0 ? n - behind - 1 : 0);
	decimal_put16(out + 4, negative ? 0x4000 : 0);
	decimal_put16(out + 6, field->scale);
	for (int i = n - 1; i >= first; i--)
		decimal_put16(out + 8 + 2 * (n - 1 - i), groups[i]);
	return 8 + 2 * (n - first);
}

GwStatus
gw_databricks_fill_decimal(const DbFill *fill)
{
	char *out = palloc(fill->n * DB_DECIMAL_TEXT);

	DB_FILL_EACH(fill)
	{
		cell->data = out;
		cell->len = fill->binary ? decimal_binary(fill->field, row, out)
								 : gw_databricks_decimal(fill->field, row, out);
		out += DB_DECIMAL_TEXT;
	}
	return GW_OK;
}

/* ---- texts and bytes ---- */

/* Each with a NUL behind it, as decoders want texts. */
GwStatus
gw_databricks_fill_text(const DbFill *fill)
{
	size_t all = gw_arrow_offset(fill->field, fill->first + fill->n) -
				 gw_arrow_offset(fill->field, fill->first);
	char *out = palloc_extended(all + fill->n + 1, MCXT_ALLOC_HUGE);

	DB_FILL_EACH(fill)
	{
		size_t len;
		const char *text = db_arrow_bytes(fill->field, row, &len);

		memcpy(out, text, len);
		out[len] = '\0';
		if (fill->column->form != DB_PLAIN && strlen(out) != len)
			return gw_databricks_bad("a text with a zero byte", fill->err);
		if (gw_databricks_text(out, len, fill->column, fill->binary, cell, fill->err) != GW_OK)
			return GW_FAILED;
		out += len + 1;
	}
	return GW_OK;
}

GwStatus
gw_databricks_fill_bytes(const DbFill *fill)
{
	DB_FILL_EACH(fill)
	{
		size_t len;
		const char *data = db_arrow_bytes(fill->field, row, &len);
		char *out;

		cell->data = data;
		cell->len = (int32) len;
		if (fill->binary)
			continue;
		out = palloc_extended(2 * len + 3, MCXT_ALLOC_HUGE);
		memcpy(out, "\\x", 2);
		cell->len = (int32) hex_encode(data, len, out + 2) + 2;
		out[cell->len] = '\0';
		cell->data = out;
	}
	return GW_OK;
}

GwStatus
gw_databricks_fill_null(const DbFill *fill)
{
	DB_FILL_EACH(fill)
	Assert(false);
	return GW_OK;
}
