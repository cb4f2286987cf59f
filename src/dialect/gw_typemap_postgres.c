/*
 * gw_typemap_postgres.c
 *	  What PostgreSQL's own and well-known types are in canonical terms.
 *
 * One row per base type.  Arrays, domains, enums, composites and ranges are
 * put together by the catalog reader from these.
 */
#include "postgres.h"

#include "dialect/gw_typemap_postgres.h"
#include "schema/gw_schema.h"
#include "utils/timestamp.h"

typedef enum TypmodKind
{
	TYPMOD_NONE,
	TYPMOD_LENGTH_HEADER, /* varchar, bpchar: length + 4 */
	TYPMOD_LENGTH,		  /* bit */
	TYPMOD_NUMERIC,
	TYPMOD_FRACTION,
	TYPMOD_INTERVAL,
	TYPMOD_SRID,	   /* the number that ends the suffix */
	TYPMOD_DIMENSIONS, /* pgvector */
} TypmodKind;

typedef struct TypemapRow
{
	const char *name;
	GwTypeId id;
	TypmodKind typmod;
	bool exact; /* the canonical type leads back to this one */
} TypemapRow;

/* pg_catalog */
static const TypemapRow typemap_builtin[] = {
	{"bool", GW_TYPE_BOOL, TYPMOD_NONE, true},
	{"int2", GW_TYPE_INT16, TYPMOD_NONE, true},
	{"int4", GW_TYPE_INT32, TYPMOD_NONE, true},
	{"int8", GW_TYPE_INT64, TYPMOD_NONE, true},
	{"float4", GW_TYPE_FLOAT32, TYPMOD_NONE, true},
	{"float8", GW_TYPE_FLOAT64, TYPMOD_NONE, true},
	{"numeric", GW_TYPE_NUMERIC, TYPMOD_NUMERIC, true},
	{"text", GW_TYPE_STRING, TYPMOD_NONE, true},
	{"varchar", GW_TYPE_STRING, TYPMOD_LENGTH_HEADER, true},
	{"bpchar", GW_TYPE_CHAR, TYPMOD_LENGTH_HEADER, false},
	{"name", GW_TYPE_STRING, TYPMOD_NONE, false},
	{"char", GW_TYPE_STRING, TYPMOD_NONE, false},
	{"bytea", GW_TYPE_BYTES, TYPMOD_NONE, true},
	{"bit", GW_TYPE_BIT, TYPMOD_LENGTH, true},
	{"varbit", GW_TYPE_VARBIT, TYPMOD_LENGTH, true},
	{"date", GW_TYPE_DATE, TYPMOD_NONE, true},
	{"time", GW_TYPE_TIME, TYPMOD_FRACTION, true},
	{"timetz", GW_TYPE_TIMETZ, TYPMOD_FRACTION, true},
	{"timestamp", GW_TYPE_TIMESTAMP, TYPMOD_FRACTION, true},
	{"timestamptz", GW_TYPE_TIMESTAMPTZ, TYPMOD_FRACTION, true},
	{"interval", GW_TYPE_INTERVAL, TYPMOD_INTERVAL, true},
	{"json", GW_TYPE_JSON, TYPMOD_NONE, false},
	{"jsonb", GW_TYPE_JSON, TYPMOD_NONE, true},
	{"xml", GW_TYPE_XML, TYPMOD_NONE, true},
	{"uuid", GW_TYPE_UUID, TYPMOD_NONE, true},
	{"inet", GW_TYPE_INET, TYPMOD_NONE, true},
	{"cidr", GW_TYPE_CIDR, TYPMOD_NONE, true},
	{"macaddr", GW_TYPE_MACADDR, TYPMOD_NONE, true},
	{"macaddr8", GW_TYPE_MACADDR, TYPMOD_NONE, false},
};

/* Extensions, in whatever schema they were installed. */
static const TypemapRow typemap_extension[] = {
	{"citext", GW_TYPE_STRING, TYPMOD_NONE, false},
	{"geography", GW_TYPE_GEOGRAPHY, TYPMOD_SRID, false},
	{"geometry", GW_TYPE_GEOMETRY, TYPMOD_SRID, false},
	{"hstore", GW_TYPE_MAP, TYPMOD_NONE, false},
	{"vector", GW_TYPE_VECTOR, TYPMOD_DIMENSIONS, false},
	{"halfvec", GW_TYPE_VECTOR, TYPMOD_DIMENSIONS, false},
	{"sparsevec", GW_TYPE_VECTOR, TYPMOD_DIMENSIONS, false},
};

/* numeric's modifier: 16 bits of precision, 11 of (since 15) signed scale. */
static void
typemap_numeric(GwType *type, int32 typmod)
{
	int32 packed = typmod - VARHDRSZ;

	type->precision = (packed >> 16) & 0xffff;
	type->scale = ((packed & 0x7ff) ^ 1024) - 1024;
	type->has_scale = true;
}

/* "(Point,4326)": the last number, or nothing. */
static void
typemap_srid(GwType *type, const char *suffix)
{
	const char *comma = strrchr(suffix, ',');

	if (comma != NULL && comma[1] >= '0' && comma[1] <= '9')
		type->srid = atoi(comma + 1);
}

static void
typemap_apply(GwType *type, TypmodKind kind, int32 typmod, const char *suffix)
{
	if (typmod < 0)
		return;
	switch (kind)
	{
		case TYPMOD_NONE:
			break;
		case TYPMOD_LENGTH_HEADER:
			type->length = typmod - VARHDRSZ;
			break;
		case TYPMOD_LENGTH:
			type->length = typmod;
			break;
		case TYPMOD_NUMERIC:
			typemap_numeric(type, typmod);
			break;
		case TYPMOD_FRACTION:
			type->fraction = typmod;
			break;
		case TYPMOD_INTERVAL:
			if (INTERVAL_PRECISION(typmod) != INTERVAL_FULL_PRECISION)
				type->fraction = INTERVAL_PRECISION(typmod);
			break;
		case TYPMOD_SRID:
			typemap_srid(type, suffix);
			break;
		case TYPMOD_DIMENSIONS:
			type->dimensions = typmod;
			break;
	}
}

GwType
gw_typemap_postgres(const char *schema, const char *name, int32 typmod, const char *suffix,
					bool *exact)
{
	bool builtin = strcmp(schema, "pg_catalog") == 0;
	const TypemapRow *rows = builtin ? typemap_builtin : typemap_extension;
	int n = builtin ? lengthof(typemap_builtin) : lengthof(typemap_extension);
	GwType type = gw_type_make(GW_TYPE_OPAQUE);
	GwType part = gw_type_make(GW_TYPE_STRING);
	int i;

	*exact = false;
	for (i = 0; i < n; i++)
		if (strcmp(rows[i].name, name) == 0)
			break;
	if (i == n)
		return type;

	type = gw_type_make(rows[i].id);
	typemap_apply(&type, rows[i].typmod, typmod, suffix);
	*exact = rows[i].exact;
	if (type.id == GW_TYPE_VECTOR)
	{
		part = gw_type_make(GW_TYPE_FLOAT32);
		type.element = gw_type_part(&part);
	}
	if (type.id == GW_TYPE_MAP)
	{
		type.key = gw_type_part(&part);
		type.key->nullable = false;
		type.value = gw_type_part(&part);
	}
	return type;
}
