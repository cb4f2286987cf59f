/*
 * gw_flatbuf.h
 *	  FlatBuffers, read where they lie: tables, their members, vectors.
 *
 * For texts of strangers: whatever would lie outside of the buffer makes it
 * `bad` and reads as absent, so that a reader asks once, at its end.  Nothing is
 * allocated.
 */
#ifndef GW_FLATBUF_H
#define GW_FLATBUF_H

#include "postgres.h"

#include "port/pg_bswap.h"

typedef struct GwFlatbuf
{
	const char *data;
	uint32 len;
	bool bad; /* it does not keep its own rules */
} GwFlatbuf;

/* A table; buf NULL: there is none. */
typedef struct GwFlatTable
{
	GwFlatbuf *buf;
	uint32 at;	   /* where it begins */
	uint32 vtable; /* where its members' places are told */
	uint32 nslots; /* of so many members */
} GwFlatTable;

/* Elements side by side. */
typedef struct GwFlatVector
{
	GwFlatbuf *buf;
	uint32 at; /* the first */
	uint32 n;
} GwFlatVector;

/* Numbers as they lie there, at any address. */
static inline uint16
gw_le16(const char *at)
{
	uint16 n;

	memcpy(&n, at, sizeof(n));
#ifdef WORDS_BIGENDIAN
	n = pg_bswap16(n);
#endif
	return n;
}

static inline uint32
gw_le32(const char *at)
{
	uint32 n;

	memcpy(&n, at, sizeof(n));
#ifdef WORDS_BIGENDIAN
	n = pg_bswap32(n);
#endif
	return n;
}

static inline uint64
gw_le64(const char *at)
{
	uint64 n;

	memcpy(&n, at, sizeof(n));
#ifdef WORDS_BIGENDIAN
	n = pg_bswap64(n);
#endif
	return n;
}

/* The table that all of it is. */
extern GwFlatTable gw_flat_root(GwFlatbuf *buf);

/* A number of 1, 2, 4 or 8 bytes, with its sign; absent: what it is by default. */
extern int64 gw_flat_int(GwFlatTable table, int slot, int width, int64 absent);

/* Members that lie elsewhere; absent: buf is NULL, n is 0. */
extern GwFlatTable gw_flat_table(GwFlatTable table, int slot);
extern GwFlatVector gw_flat_vector(GwFlatTable table, int slot, int width);

/* A table out of a vector of them (whose elements are 4 bytes). */
extern GwFlatTable gw_flat_item(GwFlatVector vector, uint32 i);

#endif /* GW_FLATBUF_H */
