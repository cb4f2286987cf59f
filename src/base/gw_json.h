/*
 * gw_json.h
 *	  Reading and building JSON documents over PostgreSQL's jsonb.
 *
 * Readers return what the document holds and never raise; a member that is
 * absent and one that is JSON null are the same.  Everything handed out is
 * allocated in CurrentMemoryContext and may point into the document.
 */
#ifndef GW_JSON_H
#define GW_JSON_H

#include "postgres.h"
#include "base/gw_error.h"
#include "utils/jsonb.h"

/* ---------- reading ---------- */

/*
 * Read a JSON text in UTF-8 that somebody else wrote, which stays as it is;
 * its root.  NULL with err (08P01) when it is no JSON, or holds what jsonb or the
 * database encoding cannot.
 */
extern JsonbValue *gw_json_parse(const char *text, size_t len, GwError *err);

/* The document's root as a value. */
extern JsonbValue *gw_json_root(Jsonb *doc);

extern bool gw_json_is_object(const JsonbValue *value);
extern bool gw_json_is_array(const JsonbValue *value);

/* "object", "array", "string", "number", "boolean" or "null". */
extern const char *gw_json_kind(const JsonbValue *value);

/* A member of an object; NULL when absent, null, or not an object. */
extern JsonbValue *gw_json_get(const JsonbValue *object, const char *key);

/* Elements of an array (0 when it is none) and pairs of an object. */
extern int gw_json_length(const JsonbValue *value);
extern JsonbValue *gw_json_item(const JsonbValue *array, int i);

/* Scalars: false when the value is of another kind or does not fit. */
extern bool gw_json_text(const JsonbValue *value, char **text);
extern bool gw_json_int(const JsonbValue *value, int64 *number);
extern bool gw_json_bool(const JsonbValue *value, bool *flag);

/* Shorthands for members; the fallback when absent or of another kind. */
extern char *gw_json_get_text(const JsonbValue *object, const char *key);
extern int64 gw_json_get_int(const JsonbValue *object, const char *key, int64 fallback);

/* The same of a number, or a text that begins with one, as rows of plain columns have it. */
extern int64 gw_json_get_number(const JsonbValue *object, const char *key, int64 fallback);

extern bool gw_json_get_bool(const JsonbValue *object, const char *key, bool fallback);

/* A value as a document of its own. */
extern Jsonb *gw_json_document(const JsonbValue *value);

/* Visit the pairs of an object in storage order; key is palloc'd. */
extern void gw_json_each(const JsonbValue *object,
						 void (*visit)(char *key, JsonbValue *value, void *arg), void *arg);

/* ---------- building ---------- */

typedef struct GwJsonBuilder
{
	JsonbParseState *state;
	JsonbValue *result;
} GwJsonBuilder;

extern void gw_json_begin_object(GwJsonBuilder *b);
extern void gw_json_end_object(GwJsonBuilder *b);
extern void gw_json_begin_array(GwJsonBuilder *b);
extern void gw_json_end_array(GwJsonBuilder *b);
extern void gw_json_key(GwJsonBuilder *b, const char *key);

/* A value: after gw_json_key(), or the next element of an array. */
extern void gw_json_add_text(GwJsonBuilder *b, const char *text); /* NULL: null */
extern void gw_json_add_int(GwJsonBuilder *b, int64 number);
extern void gw_json_add_bool(GwJsonBuilder *b, bool flag);
extern void gw_json_add_value(GwJsonBuilder *b, const JsonbValue *value);

/* Key and value at once; nothing is written for NULL. */
extern void gw_json_put_text(GwJsonBuilder *b, const char *key, const char *text);
extern void gw_json_put_int(GwJsonBuilder *b, const char *key, int64 number);
extern void gw_json_put_bool(GwJsonBuilder *b, const char *key, bool flag);
extern void gw_json_put_doc(GwJsonBuilder *b, const char *key, Jsonb *doc);
extern void gw_json_put_value(GwJsonBuilder *b, const char *key, const JsonbValue *value);

/* The finished document; the builder is done with. */
extern Jsonb *gw_json_finish(GwJsonBuilder *b);

#endif /* GW_JSON_H */
