/*
 * gw_transport_mysql_wkt.c
 *	  MySQL's geometries as well-known text.
 *
 * The server sends four bytes of SRID and the well-known binary of OGC Simple
 * Features (https://www.ogc.org/standard/sfa/), little- or big-endian.
 * Coordinates are written as shortest texts that read back the same.  The
 * input is a remote's: every length is checked, and nesting is limited.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "port/pg_bswap.h"
#include "transport/gw_transport_mysql.h"
#include "utils/float.h"

#define WKT_MAX_DEPTH 32

typedef enum WktKind
{
	WKT_POINT = 1,
	WKT_LINE,
	WKT_POLYGON,
	WKT_POINTS,
	WKT_LINES,
	WKT_POLYGONS,
	WKT_COLLECTION,
} WktKind;

static const char *const wkt_names[] = {
	NULL,		  "POINT",			 "LINESTRING",	 "POLYGON",
	"MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION",
};

typedef struct WktReader
{
	const char *at, *end;
	bool swapped; /* the other byte order than little-endian */
	int depth;
	StringInfoData out;
} WktReader;

static bool wkt_geometry(WktReader *r, bool named);

static bool
wkt_count(WktReader *r, uint32 *value)
{
	const unsigned char *b = (const unsigned char *) r->at;

	if (r->end - r->at < 4)
		return false;
	*value = r->swapped
				 ? (uint32) b[0] << 24 | (uint32) b[1] << 16 | (uint32) b[2] << 8 | b[3]
				 : (uint32) b[3] << 24 | (uint32) b[2] << 16 | (uint32) b[1] << 8 | b[0];
	r->at += 4;
	return true;
}

static bool
wkt_number(WktReader *r)
{
	union
	{
		uint64 bits;
		double number;
	} value = {0};
	char *text;

	if (r->end - r->at < 8)
		return false;
	for (int i = 0; i < 8; i++)
		value.bits |= (uint64) (unsigned char) r->at[i] << 8 * (r->swapped ? 7 - i : i);
	r->at += 8;
	text = float8out_internal(value.number);
	appendStringInfoString(&r->out, text);
	pfree(text);
	return true;
}

static bool
wkt_pair(WktReader *r)
{
	if (!wkt_number(r))
		return false;
	appendStringInfoChar(&r->out, ' ');
	return wkt_number(r);
}

/* A count, then that many of whatever item reads. */
static bool
wkt_list(WktReader *r, bool (*item)(WktReader *r))
{
	uint32 n;

	if (!wkt_count(r, &n))
		return false;
	appendStringInfoChar(&r->out, '(');
	for (uint32 i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoChar(&r->out, ',');
		if (!item(r))
			return false;
	}
	appendStringInfoChar(&r->out, ')');
	return true;
}

static bool
wkt_ring(WktReader *r)
{
	return wkt_list(r, wkt_pair);
}

static bool
wkt_member(WktReader *r)
{
	return wkt_geometry(r, true);
}

static bool
wkt_nameless(WktReader *r)
{
	return wkt_geometry(r, false);
}

/* Byte order, kind, and what that kind consists of. */
static bool
wkt_geometry(WktReader *r, bool named)
{
	uint32 kind;
	bool ok;

	if (r->at == r->end || *r->at > 1 || ++r->depth > WKT_MAX_DEPTH)
		return false;
	r->swapped = *r->at++ == 0;
	if (!wkt_count(r, &kind) || kind < WKT_POINT || kind > WKT_COLLECTION)
		return false;
	if (named)
		appendStringInfoString(&r->out, wkt_names[kind]);
	switch ((WktKind) kind)
	{
		case WKT_POINT:
			appendStringInfoChar(&r->out, '(');
			ok = wkt_pair(r);
			appendStringInfoChar(&r->out, ')');
			break;
		case WKT_LINE:
			ok = wkt_ring(r);
			break;
		case WKT_POLYGON:
			ok = wkt_list(r, wkt_ring);
			break;
		case WKT_COLLECTION:
			ok = wkt_list(r, wkt_member);
			break;
		default:
			ok = wkt_list(r, wkt_nameless);
			break;
	}
	r->depth--;
	return ok;
}

char *
gw_mysql_geometry_text(const char *data, Size len)
{
	WktReader r = {.at = data + 4, .end = data + len};

	if (len < 4)
		return NULL;
	initStringInfo(&r.out);
	if (!wkt_geometry(&r, true) || r.at != r.end)
		return NULL;
	return r.out.data;
}
