/*
 * gw_merge_private.h
 *	  Between the files of the load writer (gw_merge*.c) only.
 */
#ifndef GW_MERGE_PRIVATE_H
#define GW_MERGE_PRIVATE_H

#include "dialect/gw_ddl_private.h"
#include "dialect/gw_merge.h"

/* How an expression of a type is compared byte for byte; {c} is the column. */
typedef struct GwMergeText
{
	GwTypeId type;
	const char *sql;
} GwMergeText;

/* How a statement without MERGE reaches the source's rows. */
typedef enum GwMergeShape
{
	GW_MERGE_ONLY = 0, /* by MERGE */
	GW_MERGE_FROM,	   /* UPDATE ... FROM, DELETE ... USING */
	GW_MERGE_JOIN,	   /* UPDATE t JOIN s, DELETE t FROM t JOIN s */
	GW_MERGE_EXISTS,   /* DELETE ... WHERE EXISTS */
} GwMergeShape;

/*
 * What a platform's load statements are made of.  {a} and {b} are two
 * expressions, {t} the table, {v} a value's digits.
 */
typedef struct GwMergeTarget
{
	const char *name; /* of the DDL target */
	bool can_merge;
	GwMergeShape update, remove;
	bool plain_update, plain_remove; /* UPDATE, DELETE take no alias of the target */
	const char *same, *differs;	  /* null-safe */
	const char *begin, *commit;	  /* NULL: no transactions of several statements */
	const char *lock;			  /* NULL: none is needed or there is none */
	const char *clear;			  /* empties the table within a transaction */
	const char *remove_all;		  /* the same by DELETE */
	const char *overwrite;		  /* "INSERT OVERWRITE INTO {t}": instead of clear and insert */
	bool replaces;				  /* INSERT ... REPLACE WHERE and REPLACE ON */
	const char *merge_hint, *end; /* behind MERGE's target, behind the statement */
	const char *except;			  /* NULL: NOT EXISTS does it */
	const char *date, *timestamp, *timestamptz; /* constants */
	const char *cursor_text;	  /* {c} of a timestamptz as text in UTC */
	const char *yes, *no;
	const GwMergeText *texts; /* ends with GW_NTYPES */
} GwMergeTarget;

/* NULL: loads are not written for it. */
extern const GwMergeTarget *gw_merge_target(const GwDdlTarget *target);

/* A placeholder for the target's name or alias in conditions; no name holds it. */
#define GW_MERGE_T "\001"

/* One plan under way. */
typedef struct GwMerge
{
	GwLoadPattern pattern;
	const GwMergeTarget *target;
	const GwLoadOptions *options;
	GwDdlOptions ddl_options;
	GwDdlWriter writer;
	const GwSchema *schema;
	char *table, *source; /* qualified */
	char *table_name;	  /* alone */
	bool use_merge;
	List *columns;		  /* const GwColumn *: taken from the source */
	List *keys, *values;  /* those of columns that are keys, and the others */
	List *extra;		  /* char *: the source's columns that only steer */
	List *order;		  /* char *: expressions; the first of a key's rows wins */
	char *load_ts;		  /* ISO 8601 in UTC, microseconds */
	GwLoadPlan *plan;
	GwError *err;
} GwMerge;

/*
 * What becomes of the target's rows that a source row meets (matched), and of
 * source rows that meet none.  Conditions are NULL where there is none.
 */
typedef struct GwMergeStep
{
	const char *source; /* a SELECT; its rows are s */
	List *on;			/* const GwColumn *: null-safe equality with s */
	const char *target; /* only these rows of the target take part */
	bool target_meets;	/* that condition speaks of s too */
	const char *remove; /* DELETE when; "" always; NULL: never */
	List *sets;			/* char *: assignments of the UPDATE; NIL: none */
	const char *set_when;
	List *names, *exprs; /* char *: INSERT; NIL: none */
	const char *insert_when;
} GwMergeStep;

/* ---- gw_merge.c: pieces ---- */

extern char *gw_merge_fill(const char *text, const char *const *pairs);
extern char *gw_merge_name(const GwMerge *m, const char *name);
extern char *gw_merge_ref(const GwMerge *m, const char *row, const char *name);

/* Null-safe equality of a column of two rows; plain where it cannot be NULL. */
extern char *gw_merge_same(const GwMerge *m, const GwColumn *column, const char *a,
						   const char *b);

/* Are any of the columns different, byte for byte?  NULL: there are none. */
extern char *gw_merge_differs(const GwMerge *m, List *columns, const char *a, const char *b);

/* A condition and another; either may be NULL. */
extern char *gw_merge_and(const char *a, const char *b);

/* Joined with a separator. */
extern char *gw_merge_join(List *texts, const char *separator);

/* The source's columns; filter speaks of r; one row a key when dedup. */
extern char *gw_merge_select(const GwMerge *m, bool dedup, const char *filter);

/* Add the statements of a step. */
extern void gw_merge_apply(GwMerge *m, const GwMergeStep *step);

/* Add one statement; the target goes by its alias t. */
extern void gw_merge_add(GwMerge *m, const char *sql);

/* A constant for a column: text as the caller gave it. */
extern GwStatus gw_merge_constant(GwMerge *m, const GwColumn *column, const char *text,
								  char **sql);
extern char *gw_merge_load_ts(GwMerge *m, const GwColumn *column);
extern char *gw_merge_flag(const GwMerge *m, const GwColumn *column, bool value);

/* An instant or wall clock as "YYYY-MM-DD HH:MM:SS.ffffff" (UTC); false: it is none. */
extern bool gw_merge_instant(const char *text, const char *less, bool zoned, char **utc);

/* A column of the target by name; GW_FAILED (22023) names the option. */
extern GwStatus gw_merge_column(GwMerge *m, const char *option, const char *name,
								const GwColumn **column);

extern GwStatus gw_merge_fail(GwMerge *m, const char *fmt, ...) pg_attribute_printf(2, 3);

extern void gw_merge_check(GwMerge *m, const char *problem, char *sql);

/* Columns of both the target's schema and the names, in the schema's order. */
extern List *gw_merge_pick(List *columns, List *names, bool in);

/* ---- gw_merge_history.c, gw_merge_cdc.c ---- */
extern GwStatus gw_merge_history(GwMerge *m);
extern GwStatus gw_merge_cdc(GwMerge *m);

/* ---- gw_merge_pattern.c ---- */

/* Names and expressions of an INSERT: the columns of s, and what is stamped. */
extern void gw_merge_insert(GwMerge *m, const char *row, List **names, List **exprs);
extern List *gw_merge_sets(GwMerge *m, List *columns);

/* "column = expr" as this platform's UPDATE takes it. */
extern char *gw_merge_assign(const GwMerge *m, const char *name, const char *expr);

/* The assignment of set_updated, behind others; with no others none is added. */
extern List *gw_merge_stamp(GwMerge *m, List *sets);

/* A source column that only steers: it must exist there. */
extern void gw_merge_steer(GwMerge *m, const char *name);

/* The rows with the greatest value of a source column come first. */
extern void gw_merge_newest(GwMerge *m, const char *name);

#endif /* GW_MERGE_PRIVATE_H */
