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

/* Which parameters a type takes. */
#define GW_TP_LENGTH 0x0001
#define GW_TP_PRECISION 0x0002
#define GW_TP_SCALE 0x0004
#define GW_TP_FRACTION 0x0008
#define GW_TP_DIMENSIONS 0x0010
#define GW_TP_SRID 0x0020
#define GW_TP_ELEMENT 0x0040 /* must have one, VECTOR: FLOAT32 by default */
#define GW_TP_PAIR 0x0080	 /* MAP: key and value */
#define GW_TP_FIELDS 0x0100
#define GW_TP_VALUES 0x0200

extern int gw_type_parameters(GwTypeId id);

/* How deep types may nest, so that no document exhausts the stack. */
#define GW_TYPE_MAX_DEPTH 32

/*
 * What every reader has to hold a type to: parameters in range and not at
 * odds, parts that must be there.  NULL when sound, else what is wrong;
 * *member (never NULL) then names the member at fault.
 */
extern const char *gw_type_check(const GwType *type, const char **member);

/* The canonical name or alias nearest to a misspelt one, or NULL. */
extern const char *gw_type_nearest(const char *name);

/* A type of that id with every parameter absent. */
extern GwType gw_type_make(GwTypeId id);

/* "INT64" ... for an id; the id for a canonical name or alias (any case). */
extern const char *gw_type_name(GwTypeId id);
extern bool gw_type_lookup(const char *name, GwTypeId *id);

/* A nameless, nullable column of a type: an element, a key, a value. */
extern struct GwColumn *gw_type_part(const GwType *type);

/*
 * Parse "NUMERIC(10,2)", "ARRAY<STRUCT<a INT64 NOT NULL>>" and the aliases.
 * GW_FAILED with the position in err->detail when it is not a type.
 */
extern GwStatus gw_type_parse(const char *text, GwType *type, GwError *err);

/*
 * The same for a type inside a document: the parts of ARRAY, MAP, STRUCT and
 * ENUM may be missing from the text, because siblings may bring them.
 */
extern GwStatus gw_type_parse_open(const char *text, GwType *type, GwError *err);

/* The parametrised text; parse(print(t)) equals t.  palloc'd. */
extern char *gw_type_text(const GwType *type);

extern bool gw_type_equal(const GwType *a, const GwType *b);

#endif /* GW_TYPE_H */
