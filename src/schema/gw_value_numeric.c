/*
 * gw_value_numeric.c
 *	  numeric values made by hand, from the wire and from plain decimal text.
 *
 * Only the short form of the stored format is written (up to 63 digits behind
 * the point), which has not changed since PostgreSQL 9.1; the unit tests
 * compare it with what numeric's own functions make.  Whatever is out of the
 * ordinary is left to those.
 */
#include "postgres.h"

#include "port/pg_bswap.h"
#include "schema/gw_value_private.h"

/* The stored form: a header of 16 bits, then digits to the base of 10000. */
#define NUMERIC_SHORT_FORM 0x8000
#define NUMERIC_SHORT_MINUS 0x2000
#define NUMERIC_SHORT_SCALE_SHIFT 7
#define NUMERIC_SHORT_MAX_SCALE 63
#define NUMERIC_SHORT_WEIGHT_BITS 0x007f /* with the sign, two's complement */
#define NUMERIC_SHORT_MIN_WEIGHT (-64)
#define NUMERIC_SHORT_MAX_WEIGHT 63

#define NUMERIC_DIGIT_BASE 10000
#define NUMERIC_DIGIT_WIDTH 4

/* On the wire: counts and the digits, each of 16 bits. */
#define NUMERIC_WIRE_HEADER (4 * sizeof(uint16))
#define NUMERIC_WIRE_MINUS 0x4000

static const int numeric_powers[NUMERIC_DIGIT_WIDTH] = {1, 10, 100, 1000};

/* Header and digits of a value at out; its size. */
static Size
numeric_write(char *out, bool negative, int weight, int scale, const int16 *digits, int ndigits)
{
	Size size = VARHDRSZ + sizeof(uint16) + ndigits * sizeof(int16);
	uint16 header = NUMERIC_SHORT_FORM | (negative ? NUMERIC_SHORT_MINUS : 0) |
		(scale << NUMERIC_SHORT_SCALE_SHIFT) | (weight & NUMERIC_SHORT_WEIGHT_BITS);

	SET_VARSIZE(out, size);
	memcpy(out + VARHDRSZ, &header, sizeof(header));
	memcpy(out + VARHDRSZ + sizeof(header), digits, ndigits * sizeof(int16));
	return size;
}

static inline uint16
numeric_wire16(const char *at)
{
	uint16 n;

	memcpy(&n, at, sizeof(n));
	return pg_ntoh16(n);
}

Datum
gw_value_numeric_receive(const GwCell *cell)
{
	int16 digits[GW_NUMERIC_DIGITS];
	int ndigits, weight, sign, scale, hidden;
	char *value;
	int i;

	if (cell->len < NUMERIC_WIRE_HEADER)
		return (Datum) 0;
	ndigits = numeric_wire16(cell->data);
	weight = (int16) numeric_wire16(cell->data + 2);
	sign = numeric_wire16(cell->data + 4);
	scale = numeric_wire16(cell->data + 6);
	if (ndigits > GW_NUMERIC_DIGITS || scale > NUMERIC_SHORT_MAX_SCALE ||
		(sign != 0 && sign != NUMERIC_WIRE_MINUS) || weight < NUMERIC_SHORT_MIN_WEIGHT ||
		weight > NUMERIC_SHORT_MAX_WEIGHT ||
		cell->len != NUMERIC_WIRE_HEADER + ndigits * sizeof(uint16))
		return (Datum) 0;
	for (i = 0; i < ndigits; i++)
	{
		uint16 digit = numeric_wire16(cell->data + NUMERIC_WIRE_HEADER + i * sizeof(uint16));

		if (digit >= NUMERIC_DIGIT_BASE)
			return (Datum) 0;
		digits[i] = (int16) digit;
	}
	if (ndigits == 0)
	{
		if (sign != 0 || weight != 0)
			return (Datum) 0;
	}
	else
	{
		/* No zeros at either end, and nothing behind the last place of the scale. */
		hidden = (ndigits - weight - 1) * NUMERIC_DIGIT_WIDTH - scale;
		if (digits[0] == 0 || digits[ndigits - 1] == 0 || hidden >= NUMERIC_DIGIT_WIDTH ||
			(hidden > 0 && digits[ndigits - 1] % numeric_powers[hidden] != 0))
			return (Datum) 0;
	}
	value = palloc(VARHDRSZ + sizeof(uint16) + ndigits * sizeof(int16));
	numeric_write(value, sign != 0, weight, scale, digits, ndigits);
	return PointerGetDatum(value);
}

Size
gw_value_numeric_write(char *out, const char *text, int len, int scale)
{
	int16 digits[GW_NUMERIC_DIGITS];
	bool negative = text[0] == '-';
	const char *at = text + negative;
	const char *end = text + len;
	const char *point = memchr(at, '.', end - at);
	int places = point != NULL ? end - point - 1 : 0;
	int whole = (point != NULL ? point : end) - at;
	int weight = (whole + NUMERIC_DIGIT_WIDTH - 1) / NUMERIC_DIGIT_WIDTH - 1;
	int place = whole; /* digits from here to the point, negative behind it */
	int ndigits = (weight + 1) + (places + NUMERIC_DIGIT_WIDTH - 1) / NUMERIC_DIGIT_WIDTH;
	int first = 0;

	memset(digits, 0, ndigits * sizeof(int16));
	for (; at < end; at++)
	{
		int index;

		if (*at == '.')
			continue;
		place--;
		/* Digit groups count from the point: place 3..0 is weight 0, -1..-4 is -1. */
		index = weight - (place >= 0 ? place / NUMERIC_DIGIT_WIDTH
									 : -((-place - 1) / NUMERIC_DIGIT_WIDTH) - 1);
		digits[index] += (*at - '0') * numeric_powers[(place % NUMERIC_DIGIT_WIDTH +
													   NUMERIC_DIGIT_WIDTH) %
													  NUMERIC_DIGIT_WIDTH];
	}
	while (ndigits > 0 && digits[ndigits - 1] == 0)
		ndigits--;
	while (first < ndigits && digits[first] == 0)
		first++;
	scale = Max(scale, places);
	if (first == ndigits)
		return numeric_write(out, false, 0, scale, digits, 0);
	return numeric_write(out, negative, weight - first, scale, digits + first, ndigits - first);
}
