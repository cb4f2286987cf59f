/*
 * gw_value_private.h
 *	  What the files of the decoders share.  Nobody else includes it.
 */
#ifndef GW_VALUE_PRIVATE_H
#define GW_VALUE_PRIVATE_H

#include "base/gw_compat.h"
#include "schema/gw_value.h"

typedef Datum (*GwDecodeFn)(GwDecoder *decoder, const GwCell *cell);

typedef struct GwJsonbReader GwJsonbReader;

struct GwDecoder
{
	GwDecodeFn decode;
	const char *name;
	GwCellFormat format;
	GwTextForm form;
	Oid from;	  /* the remote's type, 0 unknown */
	Oid to;		  /* local type below any domain */
	int32 typmod; /* its modifier */
	Oid domain;	  /* the local column's domain, or 0 */
	void *domain_extra;
	MemoryContext cxt;
	MemoryContext scratch; /* for an input function that leaves much behind */
	GwJsonbReader *jsonb;  /* to jsonb only */
	bool unproven; /* the modifier might change a value: compare */
	bool utc;	   /* a moment without a zone is one of UTC */
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

/* A text cell by the type's own input function, its encoding and its modifier checked. */
extern Datum gw_value_input(GwDecoder *d, const GwCell *cell);

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

/* ---- gw_value_plain.c ---- */

/* A decoder that reads the type's plain texts by hand; NULL: there is none. */
extern GwDecodeFn gw_value_pick_plain(const GwDecoder *d);

/* ---- gw_value_numeric.c ---- */

/* Values with more digits to the base of 10000 are left to numeric's own functions. */
#define GW_NUMERIC_DIGITS 32

/* A value in CurrentMemoryContext; 0: let numeric_recv() judge the cell. */
extern Datum gw_value_numeric_receive(const GwCell *cell);

/*
 * Write the value of plain decimal text (-12.345, at most 40 characters) at
 * out, 4-aligned, with room for 16 bytes more than the text has; its size.
 * It is shown with so many digits behind the point, or as many as there are.
 */
extern Size gw_value_numeric_write(char *out, const char *text, int len, int scale);

/* ---- gw_value_jsonb.c ---- */

/* Working memory for many documents, in CurrentMemoryContext. */
extern GwJsonbReader *gw_jsonb_reader_create(void);

/*
 * The jsonb of a text that was verified to be of the database's encoding, in
 * CurrentMemoryContext; 0: let jsonb_in() judge it.
 */
extern Datum gw_jsonb_read(GwJsonbReader *reader, const char *text, int len);

/* ---- gw_value_binary.c ---- */

/* The cell is not what its type sends: 08P01. */
extern GW_NORETURN void gw_value_bad_binary(const GwDecoder *d, const GwCell *cell);

#endif /* GW_VALUE_PRIVATE_H */
