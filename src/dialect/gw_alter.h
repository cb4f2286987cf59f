/*
 * gw_alter.h
 *	  Changing a table that exists: what each target can alter and how, and the
 *	  ordered steps that lead from one schema to another.
 *
 * A target is data: for each operation the method, the lock, and templates of
 * statements.  Words in braces are filled in by the planner:
 *
 *	  {table}       qualified name           {shadow} {old}  the copy, the original
 *	  {shadow_name} {table_name} {old_name}  the same without qualification
 *	  {column}      column                   {new}           its new name
 *	  {definition}  column as in CREATE      {bare}          name and type only
 *	  {restated}    the column as it stays, in full (MODIFY)
 *	  {type} {oldtype}  native types         {value}         conversion of {column}
 *	  {default}     default's expression     {null}          NULL or NOT NULL
 *	  {after}       FIRST or AFTER x         {path}          column and fields
 *	  {name}        of a constraint          {columns}       its columns
 *	  {nonnull}     all of them not null     {references}    table, columns, actions
 *	  {check}       its expression           {mode}          of an identity
 *	  {label}       new enum label           {udt}           the enum's own name
 *	  {create} {insert_columns} {select}     of the copy (swap only)
 *	  {create_table_text} and the like: the same as a string constant
 *
 * Needs no connection.  Everything is palloc'd in CurrentMemoryContext.
 */
#ifndef GW_ALTER_H
#define GW_ALTER_H

#include "dialect/gw_ddl.h"
#include "schema/gw_schema_diff.h"

/* How an operation is carried out. */
typedef enum GwAlterMethod
{
	GW_ALTER_IMPOSSIBLE = 0, /* not at all */
	GW_ALTER_NONE,			 /* nothing to do there */
	GW_ALTER_ONLINE,		 /* the catalog only */
	GW_ALTER_VALIDATE,		 /* reads every row */
	GW_ALTER_REWRITE,		 /* writes every row */
	GW_ALTER_SWAP,			 /* a new table takes the old one's place */
	GW_ALTER_API,			 /* not SQL: a call of the service */
} GwAlterMethod;

/* X(id, matrix): the 22 operations of the matrix, then those beside it. */
#define GW_ALTER_LIST(X)                                                                       \
	X(add_column, 1) X(add_not_null, 1) X(add_generated, 1) X(add_field, 1) X(drop_column, 1)  \
	X(rename_column, 1) X(move_column, 1) X(widen_integer, 1) X(raise_precision, 1)            \
	X(raise_scale, 1) X(lengthen, 1) X(shorten, 1) X(convert_number, 1) X(change_type, 1)      \
	X(change_zone, 1) X(append_label, 1) X(set_not_null, 1) X(drop_not_null, 1)                \
	X(set_default, 1) X(change_partition, 1) X(change_layout, 1) X(set_comment, 1)             \
	X(relax_type, 0) X(add_with_default, 0) X(drop_default, 0) X(drop_field, 0)             \
	X(add_identity, 0) X(drop_identity, 0) X(add_primary, 0) X(drop_primary, 0)                \
	X(add_unique, 0) X(drop_unique, 0) X(add_foreign, 0) X(drop_foreign, 0) X(add_check, 0)    \
	X(drop_check, 0) X(set_option, 0) X(change_collation, 0) X(swap, 0)

typedef enum GwAlterOp
{
#define X(name, matrix) GW_OP_##name,
	GW_ALTER_LIST(X)
#undef X
		GW_NALTER_OPS
} GwAlterOp;

#define GW_NALTER_MATRIX 22

#define GW_ALTER_MAX_SQL 5

/* One operation on one target. */
typedef struct GwAlterRule
{
	GwAlterMethod method;
	const char *lock;				   /* what it keeps others from, or NULL */
	const char *sql[GW_ALTER_MAX_SQL]; /* templates; NULL ends them */
	const char *undo;				   /* template, or NULL */
	const char *note;				   /* what a person should know, or NULL */
} GwAlterRule;

#define GW_ALTER_MAX_SWAP 8

typedef struct GwAlterTarget
{
	const char *name;		/* of the DDL target */
	bool transactional;		/* a failed plan leaves nothing behind */
	bool nested;			/* STRUCT and ARRAY are types of their own, altered in part */
	bool zone_utc_only;		/* a wall clock can only count as UTC */
	const char *layouts;	/* which of cluster, sort, distribution it has; NULL: none */
	const char *lock_table; /* keeps others away while a plan is applied, or NULL */
	const char *cast;		/* {column} {type} {oldtype} */
	const char *bool_cast;	/* the same where one side is BOOL; NULL: cast */
	const char *label_cast; /* the same by way of text, for ENUM and the like; NULL: cast */
	const char *zone_cast;	/* {column} {zone}: a wall clock's instant; NULL: cast */
	const char *zone_back;	/* the other way; NULL: cast */
	const char *differs;	/* {left} {right}: null-safe inequality of two texts */
	const char *text_type;	/* what values are compared as */
	const char *count;		/* counts rows; NULL: COUNT(*) */
	const char *identity_insert; /* put before VALUES or SELECT, or NULL */
	const char *identity_resume; /* {shadow_text} {column_text} {column} {shadow}, or NULL */
	const char *swap[GW_ALTER_MAX_SWAP];
	const char *swap_note;
	GwAlterRule rules[GW_NALTER_OPS];
} GwAlterTarget;

/* By the DDL target's name; NULL: none. */
extern const GwAlterTarget *gw_alter_target(const GwDdlTarget *target);

extern const char *gw_alter_op_name(GwAlterOp op);
extern const char *gw_alter_method_name(GwAlterMethod method);

/* One step of a plan. */
typedef struct GwAlterStep
{
	GwAlterOp op;
	List *path; /* char *; NIL: the table */
	GwAlterMethod method;
	const char *lock;
	bool destructive, reversible;
	List *sql, *preflight, *undo; /* char * */
	const char *allow;			  /* what must be allowed by name, or NULL */
	const char *note;			  /* or NULL */
	int order, seq;				  /* place in the plan */
	bool restates;				  /* says the whole column, so once is enough */
} GwAlterStep;

/* Words of templates and what stands for them. */
typedef struct GwAlterFill
{
	List *words, *values; /* char * */
} GwAlterFill;

extern void gw_alter_word(GwAlterFill *fill, const char *word, const char *value);

/* A template with its words filled in; an unknown word is an internal error. */
extern char *gw_alter_fill(const GwAlterFill *fill, const char *template);

typedef struct GwAlterRequest
{
	const GwDdlTarget *target;
	const GwSchema *old, *wanted;
	GwDiffOptions diff;
	const char *database_name, *schema_name, *table_name;
	const char *time_zone; /* in which a wall clock counts; NULL: not said */
} GwAlterRequest;

/* The options of a plan: those of a diff, and time_zone. */
extern GwStatus gw_alter_options_read(Jsonb *doc, GwAlterRequest *request, GwError *err);

/*
 * The steps from old to wanted, in the order in which they are to be taken:
 * List of GwAlterStep *; NIL when the target holds the wanted schema already.
 * What the target cannot hold is not wanted of it.
 */
extern GwStatus gw_alter_plan(const GwAlterRequest *request, List **steps, GwError *err);

/* Renames, and what is in their way, come before everything but dropped keys. */
#define GW_ALTER_ORDER_RENAME 20

/* Between the planner's files: a plan under way. */
typedef struct GwAlterPlan
{
	const GwAlterRequest *request;
	const GwAlterTarget *alter;
	GwSchema *old, *wanted; /* as the target can hold them */
	GwDdlOptions ddl;
	GwDdlWriter writer;
	List *changes; /* GwDiffChange *: what is left to do */
	List *steps;   /* GwAlterStep * */
	const char *table, *table_name; /* qualified; quoted alone */
	GwError *err;
} GwAlterPlan;

/* Words that every template may use. */
extern void gw_alter_common_words(GwAlterPlan *plan, GwAlterFill *fill);
extern char *gw_alter_quoted(GwAlterPlan *plan, const char *name);
extern char *gw_alter_qualified(GwAlterPlan *plan, const char *table);
extern char *gw_alter_constant(GwAlterPlan *plan, const char *text);

/* {column} converted, and the query that counts the values that would not come back. */
extern char *gw_alter_conversion(GwAlterPlan *plan, const char *column, const GwType *from,
								 const GwType *to, const char *oldtype, const char *type);
extern char *gw_alter_loss_query(GwAlterPlan *plan, const char *column, const GwType *from,
								 const GwType *to, const char *oldtype, const char *type);

/* Native text of a column there: its own where it was read there, else rendered. */
extern GwStatus gw_alter_native(GwAlterPlan *plan, const GwColumn *column, bool old, char **text);

/* What a native text means, parameter defaults included. */
extern GwType gw_alter_mapped(GwAlterPlan *plan, const char *native, const GwType *otherwise);

/* A query that counts the rows of a source for which a condition (or NULL) holds. */
extern char *gw_alter_count(const GwAlterPlan *plan, const char *source, const char *condition);

/* The old column that a wanted one was. */
extern const GwColumn *gw_alter_old_column(const GwAlterPlan *plan, const GwColumn *wanted);

/* A schema whose key columns and identities hold no NULL, for its columns to be changed. */
extern GwSchema *gw_alter_copy(const GwSchema *schema);

/* The wanted column a change belongs to, or NULL. */
extern const GwColumn *gw_alter_column_of(const GwAlterPlan *plan, const GwDiffChange *change);

/* Leave only the changes that show on the target. */
extern GwStatus gw_alter_keep_what_shows(GwAlterPlan *plan);

/* Steps of all renames; of a column that goes.  False with plan->err filled. */
extern bool gw_alter_renames(GwAlterPlan *plan);
extern bool gw_alter_drop_step(GwAlterPlan *plan, const GwColumn *column, int order);

/* A copy takes the table's place: one step instead of all others. */
extern GwStatus gw_alter_swap(GwAlterPlan *plan);

/* Steps for keys and checks; for partition, cluster, sort and distribution. */
extern void gw_alter_key_step(GwAlterPlan *plan, const GwDiffChange *change);
extern bool gw_alter_check_names(GwAlterPlan *plan, const GwKey *check, const GwColumn *column);
extern void gw_alter_label_step(GwAlterPlan *plan, const GwColumn *column);
extern void gw_alter_layout_step(GwAlterPlan *plan, const GwDiffChange *change);

/* A step by the target's rule, its templates filled. */
extern GwAlterStep *gw_alter_step(GwAlterPlan *plan, GwAlterOp op, List *path, int order,
								  GwAlterFill *fill);

/* ---- one data file each ---- */
extern const GwAlterTarget gw_alter_bigquery;
extern const GwAlterTarget gw_alter_databricks;
extern const GwAlterTarget gw_alter_mysql;
extern const GwAlterTarget gw_alter_postgres;
extern const GwAlterTarget gw_alter_redshift;
extern const GwAlterTarget gw_alter_snowflake;
extern const GwAlterTarget gw_alter_sqlserver;

#endif /* GW_ALTER_H */
