/*
 * gw_value_binary.c
 *	  Cells in PostgreSQL's binary format.
 *
 * The common fixed-length types are read by hand, with their length and their
 * range checked; other types by their own receive functions.  Text-like types
 * are not decoded here: their binary form is their text.  The sender's type is
 * always one that was compared with what the decoder expects.
 *
 * Decoded values live in the context that is current when they are decoded.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "schema/gw_value_private.h"

static Datum binary_receive(GwDecoder *d, const GwCell *cell);

/* ---- which types ---- */

bool
gw_value_is_encoding_free(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case BYTEAOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INTERVALOID:
		case UUIDOID:
		case BITOID:
		case VARBITOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
			return true;
		default:
			return false;
	}
}

/*
 * Types whose text is the same wherever it is written: another local type may
 * be made of it.
 */
static bool
binary_is_plain(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case BYTEAOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/*
 * Other built-in types whose binary form gives a value of the very same type:
 * nothing in it is converted, or what is text in it is verified while the
 * encoding is pinned.
 */
static bool
binary_is_same(Oid type)
{
	switch (type)
	{
		case TIMESTAMPTZOID:
		case TIMETZOID:
		case INTERVALOID:
		case OIDOID:
		case BITOID:
		case VARBITOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
		case MACADDR8OID:
		case INT4RANGEOID:
		case INT8RANGEOID:
		case NUMRANGEOID:
		case TSRANGEOID:
		case TSTZRANGEOID:
		case DATERANGEOID:
			return true;
		default:
			break;
	}
	if (type < FirstGenbkiObjectId)
	{
		Oid element = get_element_type(type);

		return binary_is_plain(element) || gw_value_is_text_like(element) ||
			element == TIMESTAMPTZOID;
	}
	return false;
}

bool
gw_value_binary_wanted(Oid to)
{
	Oid type = getBaseType(to);

	return binary_is_plain(type) || gw_value_is_text_like(type) || type == JSONOID ||
		type == JSONBOID || type == NAMEOID || binary_is_same(type);
}

bool
gw_value_binary_fits(Oid from, Oid to)
{
	return binary_is_plain(from) || gw_value_is_text_like(from) || from == JSONOID ||
		from == JSONBOID || from == NAMEOID ||
		(getBaseType(to) == from && binary_is_same(from));
}

/* ---- cells ---- */

void
gw_value_bad_binary(const GwDecoder *d, const GwCell *cell)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("%d bytes that came for column \"%s\" are no value of type %s", cell->len,
					d->name, format_type_be(d->from))));
}

/* Is the cell as long as every value of its type? */
static inline void
binary_check_length(const GwDecoder *d, const GwCell *cell, int len)
{
	if (unlikely(cell->len != len))
		gw_value_bad_binary(d, cell);
}

static inline uint64
binary_word64(const GwDecoder *d, const GwCell *cell)
{
	uint64 n;

	binary_check_length(d, cell, sizeof(n));
	memcpy(&n, cell->data, sizeof(n));
	return pg_ntoh64(n);
}

static inline uint32
binary_word32(const GwDecoder *d, const GwCell *cell)
{
	uint32 n;

	binary_check_length(d, cell, sizeof(n));
	memcpy(&n, cell->data, sizeof(n));
	return pg_ntoh32(n);
}

static Datum
binary_int2(GwDecoder *d, const GwCell *cell)
{
	uint16 n;

	binary_check_length(d, cell, sizeof(n));
	memcpy(&n, cell->data, sizeof(n));
	return Int16GetDatum((int16) pg_ntoh16(n));
}

static Datum
binary_int4(GwDecoder *d, const GwCell *cell)
{
	return Int32GetDatum((int32) binary_word32(d, cell));
}

static Datum
binary_int8(GwDecoder *d, const GwCell *cell)
{
	return Int64GetDatum((int64) binary_word64(d, cell));
}

static Datum
binary_float4(GwDecoder *d, const GwCell *cell)
{
	uint32 n = binary_word32(d, cell);
	float4 value;

	memcpy(&value, &n, sizeof(value));
	return Float4GetDatum(value);
}

static Datum
binary_float8(GwDecoder *d, const GwCell *cell)
{
	uint64 n = binary_word64(d, cell);
	float8 value;

	memcpy(&value, &n, sizeof(value));
	return Float8GetDatum(value);
}

static Datum
binary_bool(GwDecoder *d, const GwCell *cell)
{
	binary_check_length(d, cell, 1);
	return BoolGetDatum(cell->data[0] != 0);
}

static Datum
binary_date(GwDecoder *d, const GwCell *cell)
{
	DateADT value = (DateADT) binary_word32(d, cell);

	if (!DATE_NOT_FINITE(value) && !IS_VALID_DATE(value))
		return binary_receive(d, cell); /* raises the type's own error */
	return DateADTGetDatum(value);
}

static Datum
binary_time(GwDecoder *d, const GwCell *cell)
{
	TimeADT value = (TimeADT) binary_word64(d, cell);

	if (value < 0 || value > USECS_PER_DAY)
		return binary_receive(d, cell);
	return TimeADTGetDatum(value);
}

/* timestamp and timestamptz */
static Datum
binary_timestamp(GwDecoder *d, const GwCell *cell)
{
	Timestamp value = (Timestamp) binary_word64(d, cell);

	if (!TIMESTAMP_NOT_FINITE(value) && !IS_VALID_TIMESTAMP(value))
		return binary_receive(d, cell);
	return TimestampGetDatum(value);
}

static Datum
binary_numeric(GwDecoder *d, const GwCell *cell)
{
	Datum value = gw_value_numeric_receive(cell);

	return value != (Datum) 0 ? value : binary_receive(d, cell);
}

static Datum
binary_uuid(GwDecoder *d, const GwCell *cell)
{
	binary_check_length(d, cell, UUID_LEN);
	return UUIDPGetDatum((pg_uuid_t *) memcpy(palloc(UUID_LEN), cell->data, UUID_LEN));
}

static Datum
binary_bytea(GwDecoder *d, const GwCell *cell)
{
	return PointerGetDatum(cstring_to_text_with_len(cell->data, cell->len));
}

GwDecodeFn
gw_value_pick_binary(const GwDecoder *d)
{
	switch (d->to)
	{
		case INT2OID:
			return binary_int2;
		case INT4OID:
			return binary_int4;
		case INT8OID:
			return binary_int8;
		case FLOAT4OID:
			return binary_float4;
		case FLOAT8OID:
			return binary_float8;
		case BOOLOID:
			return binary_bool;
		case DATEOID:
			return binary_date;
		case TIMEOID:
			return binary_time;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return binary_timestamp;
		case NUMERICOID:
			return binary_numeric;
		case UUIDOID:
			return binary_uuid;
		case BYTEAOID:
			return binary_bytea;
		default:
			return binary_receive;
	}
}

static Datum
binary_receive(GwDecoder *d, const GwCell *cell)
{
	return gw_value_receive(d, cell, d->typmod);
}

Datum
gw_value_receive(GwDecoder *d, const GwCell *cell, int32 typmod)
{
	StringInfoData buf;
	Datum value;

	buf.data = (char *) cell->data;
	buf.len = cell->len;
	buf.maxlen = cell->len + 1;
	buf.cursor = 0;

	if (gw_value_is_encoding_free(d->from) || pg_get_client_encoding() == GetDatabaseEncoding())
		value = ReceiveFunctionCall(&d->from_receive, &buf, d->from_ioparam, typmod);
	else
	{
		/* Text inside the value is in the database's encoding, not the client's. */
		int saved = pg_get_client_encoding();

		PG_TRY();
		{
			if (SetClientEncoding(GetDatabaseEncoding()) < 0)
				elog(ERROR, "could not pin the client encoding");
			value = ReceiveFunctionCall(&d->from_receive, &buf, d->from_ioparam, typmod);
		}
		PG_FINALLY();
		{
			(void) SetClientEncoding(saved);
		}
		PG_END_TRY();
	}
	if (buf.cursor != buf.len)
		gw_value_bad_binary(d, cell);
	return value;
}
