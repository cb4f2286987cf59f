/*
 * gw_schema.h
 *	  The canonical schema as a structure, and its JSON form (version 1).
 *
 * A GwSchema and everything below it live in the memory context that was
 * current when it was made and are freed with it.  Strings are in the
 * database encoding.  Jsonb members hold what is free-form.
 */
#ifndef GW_SCHEMA_H
#define GW_SCHEMA_H

#include "schema/gw_type.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

typedef enum GwDefaultKind
{
	GW_DEFAULT_NONE = 0,
	GW_DEFAULT_LITERAL,	   /* value */
	GW_DEFAULT_EXPRESSION, /* sql in dialect */
	GW_DEFAULT_SEQUENCE,   /* sql in dialect */
	GW_DEFAULT_NULL,
} GwDefaultKind;

typedef struct GwColumn
{
	const char *name; /* NULL for an array's element */
	GwType type;
	bool nullable;
	int ordinal; /* 1-based, without gaps */
	GwDefaultKind default_kind;
	const char *default_sql; /* native text of the default */
	Jsonb *default_value;	 /* literal only */
	const char *default_dialect;
	const char *identity_mode; /* "always", "by_default" or NULL */
	int64 identity_start, identity_increment;
	const char *generated_sql; /* NULL: not generated */
	const char *generated_dialect;
	bool generated_stored;
	const char *collation; /* name as stored there, or NULL for the default */
	const char *charset;
	const char *comment;
	const char *native_type; /* exact text incl. parameters */
	Jsonb *native;			 /* free-form facts of the platform, or NULL */
	const char *id;			 /* stable column id, or NULL */
	const char **lossy;		 /* codes, or NULL */
	int nlossy;
	Jsonb *extra; /* keys we do not know, kept verbatim, or NULL */
} GwColumn;

/* A primary, unique or foreign key, or a check. */
typedef struct GwKey
{
	const char *name;
	const char **columns;
	int ncolumns;
	bool enforced;
	const char *ref_database, *ref_schema, *ref_table; /* foreign */
	const char **ref_columns;
	int nref_columns;
	const char *on_delete, *on_update;
	const char *sql, *dialect; /* check */
} GwKey;

typedef struct GwSchema
{
	/* source */
	const char *platform, *connection, *database, *schema, *table, *kind, *engine_version;
	const char *captured_at; /* ISO 8601, UTC */
	const char *comment;
	GwColumn *columns;
	int ncolumns;
	GwKey *primary; /* NULL: none */
	GwKey *unique, *foreign, *check;
	int nunique, nforeign, ncheck;
	Jsonb *layout;	  /* partition, cluster, sort, distribution; or NULL */
	Jsonb *options;	  /* per platform; or NULL */
	int64 rows, bytes; /* GW_ABSENT: unknown */
	bool approximate;
	Jsonb *notices; /* array, or NULL */
	Jsonb *extra;	/* owner, domain, tags and unknown keys, verbatim, or NULL */
} GwSchema;

/*
 * Read a document; also the bare {"columns":[{"name","type","nullable"}]}.
 * GW_FAILED with class invalid, SQLSTATE 22023 and the JSON path to the fault
 * in the message otherwise.
 */
extern GwStatus gw_schema_read(Jsonb *doc, GwSchema **schema, GwError *err);

/* One thing that is wrong with a document. */
typedef struct GwSchemaProblem
{
	const char *path;	 /* JSON path: $.columns[2].type */
	const char *code;	 /* stable: "missing", "wrong_kind", "unknown_type" ... */
	const char *message; /* what is wrong there */
	const char *hint;	 /* or NULL */
} GwSchemaProblem;

/* Everything that is wrong: List of GwSchemaProblem *; NIL when it is valid. */
extern List *gw_schema_problems(Jsonb *doc);

/* One column object alone, as it stands in "columns"; the name may be missing. */
extern GwStatus gw_schema_read_column(Jsonb *doc, GwColumn *column, GwError *err);

/* Write the normalised document, fingerprint included. */
extern Jsonb *gw_schema_write(const GwSchema *schema);

/* One column alone, as it stands in "columns". */
extern Jsonb *gw_schema_write_column(const GwColumn *column);

/* A key alone: 'p' primary, 'u' unique, 'f' foreign, 'c' check. */
extern Jsonb *gw_schema_write_key(const GwKey *key, char kind);

/* "s1:" + sha256 as CANONICAL 2.2 defines it; palloc'd. */
extern char *gw_schema_fingerprint(const GwSchema *schema);

/* The column of that exact name, or NULL. */
extern const GwColumn *gw_schema_column(const GwSchema *schema, const char *name);

/*
 * The PostgreSQL type a column gets in a foreign or synced table
 * (CANONICAL 3.3), as SQL text such as "numeric(10,2)".  *lossy (may be NULL)
 * becomes a code such as "unsupported_as_text", or NULL when nothing is lost.
 */
extern char *gw_schema_local_type(const GwColumn *column, const char **lossy);

/*
 * The type that such a text names, and the same spelled for a statement that
 * runs under the caller's search_path: a type of the caller's own that is
 * called "text" is never meant.  The first gives InvalidOid for a name that
 * is no type here when missing_ok, else both raise 42704.
 */
extern void gw_schema_local_type_id(const char *text, Oid *type, int32 *typmod, bool missing_ok);
extern char *gw_schema_local_type_sql(const char *text);

#endif /* GW_SCHEMA_H */
