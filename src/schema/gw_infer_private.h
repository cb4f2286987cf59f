/*
 * gw_infer_private.h
 *	  What the evidence about a column is.  For gw_infer.c, which gathers it,
 *	  and gw_infer_type.c, which reads it.
 */
#ifndef GW_INFER_PRIVATE_H
#define GW_INFER_PRIVATE_H

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "schema/gw_infer.h"
#include "utils/palloc.h"

/* Parts that lie deeper are JSON as a whole. */
#define GW_INFER_MAX_DEPTH 15
/* An object with more keys is a map. */
#define GW_INFER_MAX_FIELDS 200

typedef struct GwInferField
{
	char *name;
	int len;
	GwInferNode *node;
} GwInferField;

struct GwInferNode
{
	const GwInferOptions *options;
	MemoryContext context;
	int depth;

	/* how many values of each kind; present: objects that have this field */
	int64 nulls, bools, numbers, texts, objects, arrays, present;
	int64 last_object; /* that had this field, to see a key twice */

	/* numbers, and texts that are some */
	int whole, scale;
	bool int64_fits, exponent, inexact, special;
	bool beyond; /* a number no type holds */

	/* texts: what every one of them fits */
	uint32 fits, formats, common;
	int fraction;
	int64 length; /* of the longest, in characters */

	/* for the notices: how many fit, and the first that does not */
	int64 hits[GW_NFITS], misfit_row[GW_NFITS];
	const char *misfit[GW_NFITS];

	bool too_deep; /* parts were not told apart */
	GwInferNode *element;
	GwInferField **fields;
	int nfields;
	int *slots; /* hash table of 1-based places in fields; 0: free */
	int nslots;
};

#endif /* GW_INFER_PRIVATE_H */
