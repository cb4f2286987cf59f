/*
 * gw_schema_read.h
 *	  Private to the schema reader: where it stands, and what it found wrong.
 */
#ifndef GW_SCHEMA_READ_H
#define GW_SCHEMA_READ_H

#include "base/gw_json.h"
#include "lib/stringinfo.h"
#include "schema/gw_schema.h"

typedef struct GwReader
{
	StringInfoData path; /* "$.columns[2]" */
	int depth;			 /* of nested types */
	List *problems;		 /* GwSchemaProblem * */
} GwReader;

extern void gw_reader_init(GwReader *r);

/* Step into a member; returns what gw_reader_leave() takes. */
extern int gw_reader_enter(GwReader *r, const char *member);
extern void gw_reader_leave(GwReader *r, int mark);

/* Note a problem at the current path, or at a member below it.  Always false. */
extern bool gw_reader_fault(GwReader *r, const char *member, const char *code, const char *fmt,
							...) pg_attribute_printf(4, 5);
extern void gw_reader_hint(GwReader *r, const char *hint);

/*
 * Members of a kind: false after noting a problem.  An absent (or null)
 * member leaves *out alone.
 */
extern bool gw_reader_text(GwReader *r, JsonbValue *object, const char *key, const char **out);
extern bool gw_reader_int(GwReader *r, JsonbValue *object, const char *key, int64 *out);
extern bool gw_reader_small(GwReader *r, JsonbValue *object, const char *key, int *out);
extern bool gw_reader_bool(GwReader *r, JsonbValue *object, const char *key, bool *out);
extern bool gw_reader_object(GwReader *r, JsonbValue *object, const char *key, JsonbValue **out);
extern bool gw_reader_array(GwReader *r, JsonbValue *object, const char *key, JsonbValue **out);
extern bool gw_reader_names(GwReader *r, JsonbValue *object, const char *key, const char ***out,
							int *n);

/* The members of an object that are not in the blank-separated list, or NULL. */
extern Jsonb *gw_reader_extra(JsonbValue *object, const char *known);

/* A column object; named says whether it must have a name. */
extern bool gw_reader_column(GwReader *r, JsonbValue *object, bool named, GwColumn *column);

#endif /* GW_SCHEMA_READ_H */
