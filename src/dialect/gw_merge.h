/*
 * gw_merge.h
 *	  Load patterns as a platform's SQL: from a staging table into a target.
 *	  Needs no connection and no platform.
 *
 * A plan is statements in their order and checks that must count 0 before
 * them.  Every statement leaves the target so that running all of them again
 * with the same staging rows and the same load_ts changes nothing; on a
 * platform without transactions that is also how an interrupted load goes on.
 *
 * Everything is palloc'd in CurrentMemoryContext.  Failures are GW_FAILED with
 * class invalid and 22023; a name the platform cannot hold raises 42602.
 */
#ifndef GW_MERGE_H
#define GW_MERGE_H

#include "dialect/gw_ddl.h"

typedef enum GwLoadPattern
{
	GW_LOAD_FULL_REFRESH = 0,
	GW_LOAD_APPEND,
	GW_LOAD_INCREMENTAL_APPEND,
	GW_LOAD_INCREMENTAL_TIMESTAMP,
	GW_LOAD_UPSERT,
	GW_LOAD_DELETE_INSERT,
	GW_LOAD_SCD1,
	GW_LOAD_SCD2,
	GW_LOAD_SNAPSHOT,
	GW_LOAD_INSERT_OVERWRITE,
	GW_LOAD_MICROBATCH,
	GW_LOAD_CDC,
	GW_NLOAD_PATTERNS
} GwLoadPattern;

/* What a load may be told; NULL and NIL: not given.  Lists are of char *. */
typedef struct GwLoadOptions
{
	/* names; the source's schema and database may be NULL */
	const char *table_name, *schema_name, *database_name;
	const char *source, *source_schema, *source_database;
	List *keys, *columns, *order_by, *update_columns, *partition_by, *check_columns;

	const char *load_ts; /* when the load counts as made; NULL: now */
	const char *valid_from, *valid_to, *is_current, *is_deleted, *open_end;
	const char *updated_at;				/* scd2, snapshot: when the source's row changed */
	const char *hard_deletes;			/* ignore, invalidate, new_record */
	const char *cursor, *since, *floor; /* incremental_timestamp */
	const char *lookback;				/* interval, taken off since */
	const char *event_time, *from, *to, *batch_size; /* microbatch */
	const char *op_column, *seq_column, *after_seq;	 /* cdc */
	const char *deletes;							 /* hard, soft, ignore */
	List *delete_values;
	const char *update;					   /* changed, all, none */
	const char *set_created, *set_updated; /* columns stamped with load_ts */

	bool no_transaction; /* leave out BEGIN and COMMIT */
	bool no_truncate;	 /* full_refresh: delete instead */
	bool no_merge;		 /* two statements where MERGE would do */
	bool no_lock;
} GwLoadOptions;

/* A query that must give 0 before the statements run. */
typedef struct GwLoadCheck
{
	const char *sql;
	const char *problem; /* what it means when it does not */
} GwLoadCheck;

typedef struct GwLoadPlan
{
	List *statements; /* char * */
	List *checks;	  /* GwLoadCheck * */
} GwLoadPlan;

/* "full_refresh" ... with the aliases replace, merge, cdc_apply; any case. */
extern bool gw_load_pattern(const char *name, GwLoadPattern *pattern);
extern const char *gw_load_pattern_name(GwLoadPattern pattern);

/* Defaults, and what an options object says; unknown members are refused. */
extern GwStatus gw_load_options_read(Jsonb *doc, GwLoadOptions *options, GwError *err);

/*
 * The plan of a pattern for a target table's schema.  Without options->columns
 * the staging table has every column of it that a load can write.
 */
extern GwStatus gw_load_plan(GwLoadPattern pattern, const GwSchema *schema,
							 const GwDdlTarget *target, const GwLoadOptions *options,
							 GwLoadPlan *plan, GwError *err);

/* What keeps other loads of the table out, first in the transaction; NULL: nothing does. */
extern char *gw_load_lock(const GwSchema *schema, const GwDdlTarget *target,
						  const GwLoadOptions *options);

/*
 * A query for the greatest value of the cursor in the target, as text that
 * since takes; NULL where there is no cursor.
 */
extern char *gw_load_cursor_query(const GwSchema *schema, const GwDdlTarget *target,
								  const GwLoadOptions *options);

/* Does the load fill this column itself, whether or not the staging table has it? */
extern bool gw_load_fills(const GwLoadOptions *options, const char *column);

/* Columns of the staging table that steer the load and need no place in the target. */
extern bool gw_load_steers(const GwLoadOptions *options, const char *column);

/* Can a load write the column: not generated, not always an identity? */
extern bool gw_load_writes(const GwColumn *column);

#endif /* GW_MERGE_H */
