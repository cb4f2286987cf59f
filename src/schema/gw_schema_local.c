/*
 * gw_schema_local.c
 *	  Which PostgreSQL type a canonical column gets here.
 *
 * A column that comes from a PostgreSQL catalog carries its own type's name
 * (native.udt_*) where the canonical type alone would not lead back to it.
 * Such a type is used when it exists here under the same name and means the
 * same: a built-in, or a user type whose kind (and labels, and fields) agree.
 * Everything else follows the table below; what has no place becomes text.
 *
 * Only names that were looked up here are written, never a remote's text.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/tupdesc.h"
#include "base/gw_compat.h"
#include "base/gw_json.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "parser/parse_type.h"
#include "schema/gw_schema.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#define LOSSY_TEXT "unsupported_as_text"

/* Types without parameters; NULL: see local_type_of(). */
static const char *const local_names[GW_NTYPES] = {
	[GW_TYPE_BOOL] = "boolean",
	[GW_TYPE_INT8] = "smallint",
	[GW_TYPE_UINT8] = "smallint",
	[GW_TYPE_INT16] = "smallint",
	[GW_TYPE_UINT16] = "integer",
	[GW_TYPE_INT32] = "integer",
	[GW_TYPE_UINT32] = "bigint",
	[GW_TYPE_INT64] = "bigint",
	[GW_TYPE_UINT64] = "numeric(20,0)",
	[GW_TYPE_INT128] = "numeric(39,0)",
	[GW_TYPE_FLOAT32] = "real",
	[GW_TYPE_FLOAT64] = "double precision",
	[GW_TYPE_DECFLOAT] = "numeric",
	[GW_TYPE_STRING] = "text",
	[GW_TYPE_CHAR] = "text",
	[GW_TYPE_BYTES] = "bytea",
	[GW_TYPE_FIXED_BYTES] = "bytea",
	[GW_TYPE_ROWVERSION] = "bytea",
	[GW_TYPE_HLLSKETCH] = "bytea",
	[GW_TYPE_DATE] = "date",
	[GW_TYPE_INTERVAL_YM] = "interval",
	[GW_TYPE_JSON] = "jsonb",
	[GW_TYPE_VARIANT] = "jsonb",
	[GW_TYPE_STRUCT] = "jsonb",
	[GW_TYPE_MAP] = "jsonb",
	[GW_TYPE_XML] = "xml",
	[GW_TYPE_UUID] = "uuid",
	[GW_TYPE_ENUM] = "text",
	[GW_TYPE_SET] = "text[]",
	[GW_TYPE_INET] = "inet",
	[GW_TYPE_CIDR] = "cidr",
	[GW_TYPE_MACADDR] = "macaddr",
	[GW_TYPE_VECTOR] = "real[]",
	[GW_TYPE_NULL] = "text",
};

/*
 * Built-in types whose text means something else on another server (names
 * that are looked up, money in the local currency), or that take no input.
 */
static bool
local_is_portable(const char *name)
{
	static const char *const never[] = {
		"money", "aclitem", "pg_node_tree", "pg_ndistinct", "pg_dependencies",
		"pg_mcv_list", "gtsvector", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary",
		"regclass", "regcollation", "regconfig", "regdictionary", "regnamespace", "regoper",
		"regoperator", "regproc", "regprocedure", "regrole", "regtype"};
	int i;

	for (i = 0; i < lengthof(never); i++)
		if (strcmp(never[i], name) == 0)
			return false;
	return true;
}

/* Do a local enum's labels agree with the remote's, in order? */
static bool
local_enum_agrees(Oid type, const GwType *wanted)
{
	CatCList *list = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	bool agrees = list->n_members == wanted->nvalues;
	float4 previous = 0;
	int i, j;

	for (i = 0; agrees && i < wanted->nvalues; i++)
	{
		Form_pg_enum found = NULL;

		for (j = 0; j < list->n_members; j++)
		{
			Form_pg_enum label = (Form_pg_enum) GETSTRUCT(&list->members[j]->tuple);

			if (strcmp(NameStr(label->enumlabel), wanted->values[i]) == 0)
				found = label;
		}
		agrees = found != NULL && (i == 0 || found->enumsortorder > previous);
		if (agrees)
			previous = found->enumsortorder;
	}
	ReleaseSysCacheList(list);
	return agrees;
}

/* Do a local composite type's fields agree with the remote's? */
static bool
local_struct_agrees(Oid type, const GwType *wanted)
{
	TupleDesc desc = lookup_rowtype_tupdesc(type, -1);
	int n = 0;
	bool agrees = true;
	int i;

	for (i = 0; agrees && i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		char *here;

		if (att->attisdropped)
			continue;
		agrees = n < wanted->nfields && strcmp(NameStr(att->attname), wanted->fields[n].name) == 0;
		if (agrees && wanted->fields[n].native_type != NULL)
		{
			here = format_type_extended(att->atttypid, att->atttypmod,
										FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
			if (strncmp(here, "pg_catalog.", 11) == 0)
				here += 11;
			agrees = strcmp(here, wanted->fields[n].native_type) == 0;
		}
		n++;
	}
	agrees = agrees && n == wanted->nfields;
	ReleaseTupleDesc(desc);
	return agrees;
}

/* The local type of the column's own name when it means the same, or NULL. */
static char *
local_same_type(const GwColumn *column, const char *schema, const char *name)
{
	const GwType *type = &column->type;
	Oid namespace = get_namespace_oid(schema, true);
	Oid oid;
	bool builtin;
	bool agrees;

	if (!OidIsValid(namespace))
		return NULL;
	oid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
						  ObjectIdGetDatum(namespace));
	if (!OidIsValid(oid) || !get_typisdefined(oid))
		return NULL;
	builtin = strcmp(schema, "pg_catalog") == 0;
	switch (get_typtype(oid))
	{
		case TYPTYPE_BASE:
			agrees = type->id != GW_TYPE_ENUM && type->id != GW_TYPE_STRUCT &&
					 type->id != GW_TYPE_RANGE;
			break;
		case TYPTYPE_ENUM:
			agrees = type->id == GW_TYPE_ENUM && local_enum_agrees(oid, type);
			break;
		case TYPTYPE_COMPOSITE:
			agrees = type->id == GW_TYPE_STRUCT && local_struct_agrees(oid, type);
			break;
		case TYPTYPE_RANGE:
			agrees = type->id == GW_TYPE_RANGE;
			break;
		case TYPTYPE_MULTIRANGE:
			agrees = type->id == GW_TYPE_OPAQUE;
			break;
		default:
			agrees = false;
	}
	if (!agrees || (builtin && (oid >= FirstGenbkiObjectId || !local_is_portable(name))))
		return NULL;
	return format_type_extended(oid, -1, builtin ? 0 : FORMAT_TYPE_FORCE_QUALIFY);
}

static char *
local_fraction(const char *name, const char *rest, int fraction, const char **lossy)
{
	if (fraction > 6)
	{
		*lossy = "fraction_over_6";
		fraction = GW_ABSENT;
	}
	return fraction == GW_ABSENT ? psprintf("%s%s", name, rest)
								 : psprintf("%s(%d)%s", name, fraction, rest);
}

static char *
local_numeric(const GwType *type, const char **lossy)
{
	/* A negative scale, or one above the precision, is new in 15. */
	if (type->precision == GW_ABSENT)
		return pstrdup("numeric");
	if (!GW_HAVE_SIGNED_SCALE && (type->scale < 0 || type->scale > type->precision))
		return pstrdup("numeric");
	return psprintf("numeric(%d,%d)", type->precision, type->has_scale ? type->scale : 0);
}

/* The range type whose bounds are of that type, or NULL. */
static const char *
local_range(const GwType *type)
{
	switch (type->element->type.id)
	{
		case GW_TYPE_INT32:
			return "int4range";
		case GW_TYPE_INT64:
			return "int8range";
		case GW_TYPE_NUMERIC:
			return "numrange";
		case GW_TYPE_DATE:
			return "daterange";
		case GW_TYPE_TIMESTAMP:
			return "tsrange";
		case GW_TYPE_TIMESTAMPTZ:
			return "tstzrange";
		default:
			return NULL;
	}
}

static char *
local_array(const GwColumn *column, const char **lossy)
{
	const GwColumn *element = column->type.element;
	GwTypeId id = element->type.id;
	bool postgres = column->native_type != NULL && column->native_type[0] != '\0' &&
					strcmp(column->native_type + strlen(column->native_type) - 1, "]") == 0;

	if (!postgres && (id == GW_TYPE_STRUCT || id == GW_TYPE_ARRAY || id == GW_TYPE_MAP ||
					  id == GW_TYPE_SET || id == GW_TYPE_VECTOR || id == GW_TYPE_VARIANT))
		return pstrdup("jsonb");
	return psprintf("%s[]", gw_schema_local_type(element, lossy));
}

/* By the canonical type alone. */
static char *
local_type_of(const GwColumn *column, const char **lossy)
{
	const GwType *type = &column->type;
	const char *name = local_names[type->id];

	switch (type->id)
	{
		case GW_TYPE_NUMERIC:
			return local_numeric(type, lossy);
		case GW_TYPE_BIT:
			return psprintf("bit(%d)", type->length == GW_ABSENT ? 1 : (int) type->length);
		case GW_TYPE_VARBIT:
			return type->length == GW_ABSENT ? pstrdup("bit varying")
											 : psprintf("bit varying(%d)", (int) type->length);
		case GW_TYPE_TIME:
			return local_fraction("time", " without time zone", type->fraction, lossy);
		case GW_TYPE_TIMETZ:
			return local_fraction("time", " with time zone", type->fraction, lossy);
		case GW_TYPE_TIMESTAMP:
			return local_fraction("timestamp", " without time zone", type->fraction, lossy);
		case GW_TYPE_TIMESTAMPOFFSET:
			*lossy = "offset_dropped";
			/* FALLTHROUGH */
		case GW_TYPE_TIMESTAMPTZ:
			return local_fraction("timestamp", " with time zone", type->fraction, lossy);
		case GW_TYPE_INTERVAL:
		case GW_TYPE_INTERVAL_DS:
			return local_fraction("interval", "", type->fraction, lossy);
		case GW_TYPE_ARRAY:
			return local_array(column, lossy);
		case GW_TYPE_RANGE:
			name = local_range(type);
			break;
		case GW_TYPE_ENUM:
		case GW_TYPE_SET:
			*lossy = "values_unchecked";
			break;
		default:
			break;
	}
	if (name == NULL)
	{
		*lossy = LOSSY_TEXT;
		name = "text";
	}
	return pstrdup(name);
}

char *
gw_schema_local_type(const GwColumn *column, const char **lossy)
{
	const char *ignored = NULL;
	const char *schema, *name;
	JsonbValue *native;
	char *same;

	if (lossy == NULL)
		lossy = &ignored;
	*lossy = NULL;
	native = column->native == NULL ? NULL : gw_json_root(column->native);
	schema = gw_json_get_text(native, "udt_schema");
	name = gw_json_get_text(native, "udt_name");
	if (schema == NULL || name == NULL)
		return local_type_of(column, lossy);

	if (column->type.id == GW_TYPE_CHAR && strcmp(name, "bpchar") == 0)
		return column->type.length == GW_ABSENT
				   ? pstrdup("bpchar")
				   : psprintf("character(%d)", (int) column->type.length);
	same = local_same_type(column, schema, name);
	if (same != NULL)
		return same;
	/* Its text is PostgreSQL's own, so no other type can be promised to read it. */
	*lossy = LOSSY_TEXT;
	return pstrdup("text");
}

void
gw_schema_local_type_id(const char *text, Oid *type, int32 *typmod, bool missing_ok)
{
	int nestlevel = NewGUCNestLevel();

	/* Built-in types are written without their schema, and none is temporary. */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	gw_parse_type(text, type, typmod, missing_ok);
	AtEOXact_GUC(true, nestlevel);
}

char *
gw_schema_local_type_sql(const char *text)
{
	Oid type;
	int32 typmod;

	gw_schema_local_type_id(text, &type, &typmod, false);
	return format_type_extended(type, typmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}
