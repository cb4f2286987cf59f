/*
 * gw_type.h
 *	  The canonical types: 49 names with parameters, and their text form.
 */
#ifndef GW_TYPE_H
#define GW_TYPE_H

#include "base/gw_error.h"

/* X(id, canonical name) in the order of the specification. */
#define GW_TYPE_LIST(X)                                                                        \
	X(BOOL) X(INT8) X(INT16) X(INT32) X(INT64) X(INT128) X(UINT8) X(UINT16) X(UINT32)          \
	X(UINT64) X(FLOAT32) X(FLOAT64) X(DECFLOAT) X(NUMERIC) X(STRING) X(CHAR) X(BYTES)          \
	X(FIXED_BYTES) X(BIT) X(VARBIT) X(DATE) X(TIME) X(TIMETZ) X(TIMESTAMP) X(TIMESTAMPTZ)      \
	X(TIMESTAMPOFFSET) X(INTERVAL_YM) X(INTERVAL_DS) X(INTERVAL) X(JSON) X(VARIANT) X(XML)     \
	X(UUID) X(ENUM) X(SET) X(INET) X(CIDR) X(MACADDR) X(GEOGRAPHY) X(GEOMETRY) X(RANGE)        \
	X(VECTOR) X(ARRAY) X(STRUCT) X(MAP) X(ROWVERSION) X(HLLSKETCH) X(NULL) X(OPAQUE)

typedef enum GwTypeId
{
#define X(name) GW_TYPE_##name,
	GW_TYPE_LIST(X)
#undef X
		GW_NTYPES
} GwTypeId;

struct GwColumn;

#define GW_ABSENT (-1)

/* A type with its parameters; GW_ABSENT (or NULL) where one is not given. */
typedef struct GwType
{
	GwTypeId id;
	int64 length;			 /* STRING CHAR BYTES FIXED_BYTES BIT VARBIT */
	const char *length_unit; /* "char" (default), "byte", "utf16"; NULL = default */
	int precision;			 /* NUMERIC DECFLOAT */
	int scale;				 /* may be negative when has_scale */
	bool has_scale;
	int fraction;				/* TIME TIMESTAMP ... INTERVAL_DS */
	int dimensions;				/* VECTOR, PostgreSQL arrays */
	int srid;					/* GEOGRAPHY GEOMETRY */
	struct GwColumn *element;	/* ARRAY RANGE VECTOR: a nameless column */
	struct GwColumn *key;		/* MAP */
	struct GwColumn *value;		/* MAP */
	struct GwColumn *fields;	/* STRUCT: nfields columns */
	int nfields;
	const char **values; /* ENUM SET */
	int nvalues;
} GwType;

/* A type of that id with every parameter absent. */
extern GwType gw_type_make(GwTypeId id);

/* "INT64" ... for an id; the id for a canonical name or alias (any case). */
extern const char *gw_type_name(GwTypeId id);
extern bool gw_type_lookup(const char *name, GwTypeId *id);

/*
 * Parse "NUMERIC(10,2)", "ARRAY<STRUCT<a INT64 NOT NULL>>" and the aliases.
 * GW_FAILED with the position in err->detail when it is not a type.
 */
extern GwStatus gw_type_parse(const char *text, GwType *type, GwError *err);

/* The parametrised text; parse(print(t)) equals t.  palloc'd. */
extern char *gw_type_text(const GwType *type);

extern bool gw_type_equal(const GwType *a, const GwType *b);

#endif /* GW_TYPE_H */
