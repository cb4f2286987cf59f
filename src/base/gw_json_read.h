/*
 * gw_json_read.h
 *	  Members of an answer by the pull reader: a text, a number, true or false.
 *
 * For services whose answers are large: what is read here is copied into
 * CurrentMemoryContext, everything else is passed over where it stands.
 */
#ifndef GW_JSON_READ_H
#define GW_JSON_READ_H

#include "base/gw_error.h"
#include "base/gw_json_stream.h"

/* GW_FAILED (08P01) with what cannot be read and where, for answers against their reference. */
extern GwStatus gw_json_bad(const GwJsonReader *reader, const char *what, GwError *err);

/* Is that the key just read? */
extern bool gw_json_key_is(const GwJsonReader *reader, const char *key);

/* The string (or the text of a number) that follows; NULL for null. */
extern GwStatus gw_json_read_text(GwJsonReader *reader, char **value, GwError *err);

/* The integer that follows, also one in a string; *value stays for null. */
extern GwStatus gw_json_read_int(GwJsonReader *reader, int64 *value, GwError *err);

/* true or false; null is false. */
extern GwStatus gw_json_read_bool(GwJsonReader *reader, bool *value, GwError *err);

#endif /* GW_JSON_READ_H */
