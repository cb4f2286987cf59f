/*
 * gw_value_plain.c
 *	  The everyday texts of everyday types, read by hand.
 *
 * Each reader takes the plain form of its type and gives what the type's input
 * function would; whatever else the cell says, that function judges.  What is
 * read here is ASCII by its form, so its encoding needs no check.  The unit
 * tests compare both.
 *
 * Keeps nothing; values live in the context that is current.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "schema/gw_iso.h"
#include "schema/gw_value_private.h"
#include "utils/float.h"

/* Powers of ten that a double holds exactly, and whole numbers below which all are. */
#define FLOAT_EXACT_POWER 22
#define FLOAT_EXACT_INT (UINT64CONST(1) << 53)
#define FLOAT_BITS 53

/* Digits that fit into 64 bits whatever they are, and powers of ten that do. */
#define WORD_DIGITS 19

/* Longest plain number that is made a numeric by hand. */
#define NUMERIC_LENGTH 40
#define NUMERIC_MAX_SCALE 63

static Datum plain_int(GwDecoder *d, const GwCell *cell);
static Datum plain_bool(GwDecoder *d, const GwCell *cell);
static Datum plain_float8(GwDecoder *d, const GwCell *cell);
static Datum plain_numeric(GwDecoder *d, const GwCell *cell);
static Datum plain_date(GwDecoder *d, const GwCell *cell);
static Datum plain_timestamp(GwDecoder *d, const GwCell *cell);

GwDecodeFn
gw_value_pick_plain(const GwDecoder *d)
{
	switch (d->to)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return plain_int;
		case BOOLOID:
			return plain_bool;
		case FLOAT8OID:
			return plain_float8;
		case NUMERICOID:
			return plain_numeric;
		case DATEOID:
			return plain_date;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return plain_timestamp;
		default:
			return NULL;
	}
}

static inline bool
plain_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Up to 18 plain digits; more may be too many. */
static Datum
plain_int(GwDecoder *d, const GwCell *cell)
{
	const char *p = cell->data;
	const char *end = p + cell->len;
	bool negative = p < end && *p == '-';
	int64 value = 0;

	if (negative)
		p++;
	if (p == end || end - p > WORD_DIGITS - 1)
		return gw_value_input(d, cell);
	for (; p < end; p++)
	{
		if (!plain_is_digit(*p))
			return gw_value_input(d, cell);
		value = value * 10 + (*p - '0');
	}
	if (negative)
		value = -value;

	if (d->to == INT8OID)
		return Int64GetDatum(value);
	if (d->to == INT4OID && value >= PG_INT32_MIN && value <= PG_INT32_MAX)
		return Int32GetDatum((int32) value);
	if (d->to == INT2OID && value >= PG_INT16_MIN && value <= PG_INT16_MAX)
		return Int16GetDatum((int16) value);
	return gw_value_input(d, cell);
}

static Datum
plain_bool(GwDecoder *d, const GwCell *cell)
{
	if (cell->len == 1 && (cell->data[0] == 't' || cell->data[0] == 'f'))
		return BoolGetDatum(cell->data[0] == 't');
	if (cell->len == 4 && memcmp(cell->data, "true", 4) == 0)
		return BoolGetDatum(true);
	if (cell->len == 5 && memcmp(cell->data, "false", 5) == 0)
		return BoolGetDatum(false);
	return gw_value_input(d, cell);
}

/* ---- floating point ---- */

/* A decimal: digits * 10 ^ power. */
typedef struct PlainDecimal
{
	uint64 digits;
	int power;
	bool negative;
} PlainDecimal;

/* "-12.5e-3"; false: it is not written so, or has too many digits. */
static bool
plain_decimal(const char *p, const char *end, PlainDecimal *decimal)
{
	int count = 0, exponent = 0;
	const char *begin;
	bool minus;

	decimal->digits = 0;
	decimal->power = 0;
	decimal->negative = p < end && *p == '-';
	p += decimal->negative;
	for (begin = p; p < end && plain_is_digit(*p); p++)
	{
		decimal->digits = decimal->digits * 10 + (*p - '0');
		count += decimal->digits != 0;
	}
	if (p == begin || count > WORD_DIGITS)
		return false;
	if (p < end && *p == '.')
	{
		for (begin = ++p; p < end && plain_is_digit(*p) && count <= WORD_DIGITS; p++)
		{
			decimal->digits = decimal->digits * 10 + (*p - '0');
			count += decimal->digits != 0;
		}
		decimal->power = -(int) (p - begin);
		if (p == begin || count > WORD_DIGITS)
			return false;
	}
	if (p < end && (*p == 'e' || *p == 'E'))
	{
		minus = ++p < end && *p == '-';
		p += p < end && (*p == '-' || *p == '+');
		for (begin = p; p < end && plain_is_digit(*p) && p - begin < 3; p++)
			exponent = exponent * 10 + (*p - '0');
		if (p == begin)
			return false;
		decimal->power += minus ? -exponent : exponent;
	}
	return p == end;
}

#ifdef HAVE_INT128
/*
 * digits / 10 ^ power, rounded to the nearest double: the quotient has 62 bits
 * at least, and the remainder tells which side of the middle it is on.
 */
static double
plain_quotient(uint64 digits, int power)
{
	int left = 63 - pg_leftmost_one_pos64(digits);
	uint64 divisor = 1;
	int width, drop;
	uint128 dividend;
	uint64 quotient, mantissa, low, half;

	for (int i = 0; i < power; i++)
		divisor *= 10;
	width = pg_leftmost_one_pos64(divisor);
	dividend = (uint128) (digits << left) << width;
	quotient = (uint64) (dividend / divisor);
	drop = pg_leftmost_one_pos64(quotient) + 1 - FLOAT_BITS;
	mantissa = quotient >> drop;
	low = quotient & ((UINT64CONST(1) << drop) - 1);
	half = UINT64CONST(1) << (drop - 1);
	if (low > half || (low == half && ((uint128) quotient * divisor != dividend ||
									   (mantissa & 1) != 0)))
		mantissa++;
	return ldexp((double) mantissa, drop - left - width);
}
#endif

/* The nearest double, as strtod() finds it; false: it is not known here. */
static bool
plain_nearest(const PlainDecimal *decimal, double *value)
{
	static const double powers[] = {1e0,  1e1,	1e2,  1e3,	1e4,  1e5,	1e6,  1e7,
									1e8,  1e9,	1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
									1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	uint64 digits = decimal->digits;
	int power = decimal->power;

	if (digits == 0)
		*value = 0;
#if FLT_EVAL_METHOD == 0
	/* Both are exact, so one operation rounds once. */
	else if (digits <= FLOAT_EXACT_INT && power >= -FLOAT_EXACT_POWER &&
			 power <= FLOAT_EXACT_POWER)
		*value = power < 0 ? (double) digits / powers[-power] : (double) digits * powers[power];
#endif
#ifdef HAVE_INT128
	else if (power <= 0 && power >= -WORD_DIGITS)
		*value = plain_quotient(digits, -power);
#endif
	else
		return false;
	if (decimal->negative)
		*value = -*value;
	return true;
}

static Datum
plain_float8(GwDecoder *d, const GwCell *cell)
{
	PlainDecimal decimal;
	double value;

	if (!plain_decimal(cell->data, cell->data + cell->len, &decimal) ||
		!plain_nearest(&decimal, &value))
		return gw_value_input(d, cell);
	return Float8GetDatum(value);
}

/* ---- numeric ---- */

/* Digits as they stand; of a modifier the scale is added, if nothing is lost by it. */
static Datum
plain_numeric(GwDecoder *d, const GwCell *cell)
{
	const char *p = cell->data;
	const char *end = p + cell->len;
	const char *begin;
	int whole, scale = 0;
	char *value;

	if (cell->len > NUMERIC_LENGTH)
		return gw_value_input(d, cell);
	p += p < end && *p == '-';
	while (end - p > 1 && p[0] == '0' && plain_is_digit(p[1]))
		p++;
	for (begin = p; p < end && plain_is_digit(*p); p++)
		;
	whole = p - begin;
	if (whole == 0)
		return gw_value_input(d, cell);
	whole -= *begin == '0';
	if (p < end && *p == '.')
	{
		for (begin = ++p; p < end && plain_is_digit(*p); p++)
			;
		scale = p - begin;
		if (scale == 0)
			return gw_value_input(d, cell);
	}
	if (p < end)
		return gw_value_input(d, cell);
	if (d->typmod >= 0)
	{
		int digits = ((d->typmod - VARHDRSZ) >> 16) & 0xffff;
		int places = (d->typmod - VARHDRSZ) & 0x7ff;

		/* (Negative scales are large numbers here.) */
		if (places > NUMERIC_MAX_SCALE || scale > places || whole > digits - places)
			return gw_value_input(d, cell);
		scale = places;
	}
	value = palloc(cell->len + 16);
	(void) gw_value_numeric_write(value, cell->data, cell->len, scale);
	return PointerGetDatum(value);
}

/* ---- days and moments ---- */

static Datum
plain_date(GwDecoder *d, const GwCell *cell)
{
	const char *p = cell->data;
	const char *end = p + cell->len;
	int day;

	if (!gw_iso_day(&p, end, &day) || p != end)
		return gw_value_input(d, cell);
	return DateADTGetDatum(day);
}

/*
 * "2024-02-29 12:00:00.123456", with a T as well and no more digits than the
 * type has; of timestamptz with +00, Z or, where it is one of UTC, nothing
 * behind it.
 */
static Datum
plain_timestamp(GwDecoder *d, const GwCell *cell)
{
	const char *p = cell->data;
	const char *end = p + cell->len;
	int most = d->typmod < 0 ? MAX_TIMESTAMP_PRECISION : d->typmod;
	GwIsoClock clock;
	int day;

	if (!gw_iso_day(&p, end, &day) ||
		(!gw_iso_char(&p, end, ' ') && !gw_iso_char(&p, end, 'T')) ||
		!gw_iso_clock(&p, end, most, &clock) || !clock.seconds)
		return gw_value_input(d, cell);
	if (d->to == TIMESTAMPTZOID)
	{
		if (end - p == 1 && *p == 'Z')
			p++;
		else if (end - p == 3 && memcmp(p, "+00", 3) == 0)
			p += 3;
		else if (p != end || !d->utc)
			return gw_value_input(d, cell);
	}
	if (p != end)
		return gw_value_input(d, cell);
	return TimestampGetDatum(day * USECS_PER_DAY + clock.micros);
}
