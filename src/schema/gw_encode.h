/*
 * gw_encode.h
 *	  Datums to the fields of a row as PostgreSQL's COPY reads them: one
 *	  encoder per column, picked once.
 */
#ifndef GW_ENCODE_H
#define GW_ENCODE_H

#include "lib/stringinfo.h"

typedef struct GwEncoder GwEncoder;

/*
 * Does the binary form of a local type carry its value to a remote column of
 * type `to`, whatever the encodings and settings of both sides are?
 */
extern bool gw_encode_binary_fits(Oid from, Oid to);

/* Does a type's text look the same under all settings of this session? */
extern bool gw_encode_text_is_plain(Oid type);

/* An encoder of a column's values; in CurrentMemoryContext. */
extern GwEncoder *gw_encoder_create(Oid type, bool binary);

/*
 * Append one field; what the type's output function makes on the way is left
 * in CurrentMemoryContext.  Texts need gw_value_begin_text() around them.
 */
extern void gw_encode(GwEncoder *encoder, StringInfo buf, Datum value, bool isnull);

/* What stands before the first field of a row, and after its last. */
extern void gw_encode_row_begin(StringInfo buf, int nfields, bool binary);
extern void gw_encode_row_end(StringInfo buf, bool binary);

/* Between two fields. */
extern void gw_encode_separator(StringInfo buf, bool binary);

/* Before the first row, and after the last. */
extern const char gw_encode_head[];
extern const int gw_encode_headlen;
extern const char gw_encode_tail[];
extern const int gw_encode_taillen;

#endif /* GW_ENCODE_H */
