/*
 * gw_ddl.h
 *	  The DDL contract: canonical schemas as a platform's CREATE TABLE, and
 *	  native types as canonical ones.  Needs no connection and no platform.
 *
 * A target is data: one row per way to say a canonical type, one per native
 * type's name, limits, and flags for what CREATE TABLE can say; what data
 * cannot say is a slot.  A target is found by name or alias and is no GwPlatform: a platform's
 * file points to its target, but rendering works for targets without one.
 *
 * Everything is palloc'd in CurrentMemoryContext.  What the platform cannot
 * say becomes a notice in the writer, never silence; a refusal is GW_FAILED
 * with class invalid and 0A000.  A name the platform cannot hold raises 42602.
 */
#ifndef GW_DDL_H
#define GW_DDL_H

#include "dialect/gw_dialect.h"

typedef struct GwDdlTarget GwDdlTarget;

/* What becomes of a type's values; later ones are worse. */
typedef enum GwDdlRule
{
	GW_DDL_EXACT = 0, /* E: the same values and meaning */
	GW_DDL_WIDEN,	  /* W: every value kept, the target can hold more */
	GW_DDL_ANNOTATE,  /* A: every value kept, some of the meaning lost: notice */
	GW_DDL_CHECK,	  /* C: some values may not fit: notice with a check query */
	GW_DDL_REFUSE,	  /* R: not rendered unless on_lossy says how */
} GwDdlRule;

/* 'E', 'W', 'A', 'C' or 'R'. */
extern char gw_ddl_rule_code(GwDdlRule rule);

/* What to do with A, C and R; option on_lossy. */
typedef enum GwDdlLossy
{
	GW_LOSSY_ANNOTATE = 0, /* A and C render with a notice, R stops */
	GW_LOSSY_ERROR,		   /* A, C and R stop */
	GW_LOSSY_TEXT,		   /* R renders as the platform's text type */
	GW_LOSSY_TRUNCATE,	   /* R renders as the nearest type where there is one */
} GwDdlLossy;

/* Options of a rendering; gw_ddl_options_read() fills the defaults. */
typedef struct GwDdlOptions
{
	GwDdlLossy on_lossy;
	bool strict; /* C stops too */
	bool if_not_exists, or_replace, temporary, transient;
	bool quote_minimal;			/* quote only what needs it */
	bool case_upper;			/* Snowflake: names in upper case */
	bool structured;			/* Snowflake: ARRAY(T), OBJECT(...), MAP(K, V) */
	bool no_comments, no_foreign_keys;
	const char *format;			/* sql, json_schema, cli_create, cli_load */
	const char *file;			/* cli_load: what is loaded */
	const char *check_source;	/* relation the check queries read; NULL: the source's */
	const char *table_name, *schema_name, *database_name; /* NULL: the schema's source.* */
	Jsonb *layout;				/* instead of the schema's, or NULL */
} GwDdlOptions;

/* Something the platform cannot say, or cannot say without loss. */
typedef struct GwDdlNotice
{
	GwDdlRule rule;		/* GW_DDL_EXACT: not about a type (a clause was dropped) */
	const char *code;	/* stable: "partition_unsupported", "length_bytes", ... */
	const char *column; /* path: c, c[], c.f, c{v}; NULL: the table */
	const char *message;
	const char *check_sql;	   /* counts the values that do not fit; NULL: none */
	const char *check_dialect; /* target whose SQL check_sql is */
} GwDdlNotice;

/*
 * One rendering under way.  schema may be NULL when single columns are
 * rendered; then names given in options, or none, qualify the table.
 */
typedef struct GwDdlWriter
{
	const GwDdlTarget *target;
	const GwDdlOptions *options;
	const GwSchema *schema;
	List *notices;		/* of GwDdlNotice *, in the order they came up */
	GwDdlRule worst;	/* of the type rendered last */
	const char *code;	/* notice code of its worst part, or NULL */
	const char *path;	/* of the column or part being rendered */
	int depth;
	List *constraints;	/* char *: what the last type needs as a CHECK of its column */
} GwDdlWriter;

/* ---- finding a target ---- */

/* By name or alias, any case ("mssql", "postgresql", "bq"); NULL: unknown. */
extern const GwDdlTarget *gw_ddl_target(const char *name);

/* The i-th target in order of their names; NULL behind the last. */
extern const GwDdlTarget *gw_ddl_target_at(int i);

extern const char *gw_ddl_target_name(const GwDdlTarget *target);

/* What CREATE TABLE and the platform can do: GW_DDL_CAN_* of gw_ddl_target.h. */
extern bool gw_ddl_can(const GwDdlTarget *target, uint32 capability);

/* ---- options and writer ---- */

/* Defaults, and what an options object says; unknown members are refused (22023). */
extern GwStatus gw_ddl_options_read(Jsonb *doc, GwDdlOptions *options, GwError *err);

extern void gw_ddl_begin(GwDdlWriter *w, const GwDdlTarget *target,
						 const GwDdlOptions *options, const GwSchema *schema);

/* Add a notice about a clause of the table (column NULL) or of a column. */
extern void gw_ddl_notice(GwDdlWriter *w, const char *code, const char *column,
						  const char *fmt, ...) pg_attribute_printf(4, 5);

/* ---- pieces, also for ALTER ---- */

/* A name, quoted as the options say; limits checked (42602). */
extern void gw_ddl_identifier(const GwDdlWriter *w, GwSqlBuf *buf, const char *name);

/* database.schema.table, parts that are NULL left out. */
extern void gw_ddl_qualified(const GwDdlWriter *w, GwSqlBuf *buf, const char *database,
							 const char *schema, const char *table);

/* The table this rendering is about; 22023 when no name is known. */
extern GwStatus gw_ddl_table_name(GwDdlWriter *w, GwSqlBuf *buf, GwError *err);

/* A string constant. */
extern void gw_ddl_string(const GwDdlWriter *w, GwSqlBuf *buf, const char *value);

/*
 * The native type of a column, with its notices; w->worst is then its rule and
 * w->constraints what belongs behind the column as CHECKs.  GW_FAILED when
 * the rule and on_lossy refuse it, or (detail) the type nests too deep.
 */
extern GwStatus gw_ddl_type(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column,
							GwError *err);

/*
 * The default's expression in the target's SQL, without the keyword.  false:
 * there is none, or it cannot be said (notice default_unsupported).
 */
extern bool gw_ddl_default(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column);

/*
 * The whole column definition as CREATE TABLE and ADD COLUMN take it: name,
 * type, collation, nullability, default or identity or generation, checks,
 * and the comment where that stands in the column.
 */
extern GwStatus gw_ddl_column(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column,
							  GwError *err);

/*
 * The statement that sets (NULL: clears) the comment of the table or, with
 * column, of that column, where comments are statements of their own or ALTERs
 * (all but MySQL's columns, which MODIFY restates: false there).
 */
extern bool gw_ddl_comment(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column,
						   const char *comment, GwError *err);

/* ---- whole tables ---- */

/* Everything that creates the table, one statement an element (char *). */
extern GwStatus gw_ddl_create(GwDdlWriter *w, List **statements, GwError *err);

/* BigQuery's JSON schema file; 0A000 on other targets. */
extern GwStatus gw_ddl_json_schema(GwDdlWriter *w, char **text, GwError *err);

/* Shell commands of the platform's client: create (cli_create) or load a file. */
extern GwStatus gw_ddl_cli(GwDdlWriter *w, bool load, List **commands, GwError *err);

/* ---- native to canonical ---- */

/*
 * The canonical type of a native type's full text ("NUMBER(38,0)",
 * "array<struct<a:int>>").  A name the target does not know gives OPAQUE,
 * text that is no type GW_FAILED (22023).  column->lossy says what the
 * canonical type does not carry; column->native_type is the text.
 */
extern GwStatus gw_ddl_map_type(const GwDdlTarget *target, const char *native,
								GwColumn *column, GwError *err);

/*
 * The schema of one CREATE TABLE in the target's SQL, with the COMMENT ON
 * statements behind it.  GW_FAILED (42601) with line and character of the
 * first word that is not understood; what is understood and has no place in a
 * schema (an index) is a notice in it.  Everything is palloc'd.
 */
extern GwStatus gw_ddl_read(const GwDdlTarget *target, const char *sql, GwSchema **schema,
							GwError *err);

#endif /* GW_DDL_H */
