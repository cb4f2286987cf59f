/*
 * gw_value_private.h
 *	  What the files of the decoders share.  Nobody else includes it.
 */
#ifndef GW_VALUE_PRIVATE_H
#define GW_VALUE_PRIVATE_H

#include "schema/gw_value.h"

typedef Datum (*GwDecodeFn)(GwDecoder *decoder, const GwCell *cell);

struct GwDecoder
{
	GwDecodeFn decode;
	const char *name;
	GwCellFormat format;
	Oid from;	  /* the remote's type, 0 unknown */
	Oid to;		  /* local type below any domain */
	int32 typmod; /* its modifier */
	Oid domain;	  /* the local column's domain, or 0 */
	void *domain_extra;
	MemoryContext cxt;
	MemoryContext scratch; /* for an input function that leaves much behind */
	bool unproven; /* the modifier might change a value: compare */
	int16 typlen;
	bool typbyval;
	Oid ioparam; /* of `to` */
	FmgrInfo input, output;
	Oid from_ioparam; /* of `from`, where it is received or printed */
	FmgrInfo from_receive, from_output;
	FmgrInfo equal; /* unproven only */
	/* The text that is being decoded, for the error context. */
	const char *text;
	int textlen;
};

/* ---- gw_value.c ---- */

/* Is the type stored as nothing but its text, below a varlena header? */
extern bool gw_value_is_text_like(Oid type);

/* Refuse a text that is not of the database's encoding; errors will show it. */
extern void gw_value_verify(GwDecoder *d, const GwCell *cell);

/* ---- gw_value_binary.c ---- */

/*
 * Types whose send and receive functions convert nothing: whatever
 * client_encoding is, they carry the same value.
 */
extern bool gw_value_is_encoding_free(Oid type);

/* The decoder of binary cells of d->to itself, proven to need no modifier. */
extern GwDecodeFn gw_value_pick_binary(const GwDecoder *d);

/* Let the receive function of d->from read a cell. */
extern Datum gw_value_receive(GwDecoder *d, const GwCell *cell, int32 typmod);

/* The cell is not what its type sends: 08P01. */
extern void gw_value_bad_binary(const GwDecoder *d, const GwCell *cell) pg_attribute_noreturn();

#endif /* GW_VALUE_PRIVATE_H */
