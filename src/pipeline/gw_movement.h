/*
 * gw_movement.h
 *	  What the parts of one sync share: the job, its options, its window.
 *
 * Everything here lives in the job's memory context, which survives the
 * commits of a sync and is deleted at its end.
 */
#ifndef GW_MOVEMENT_H
#define GW_MOVEMENT_H

#include "pipeline/gw_sync.h"
#include "session/gw_session.h"
#include "utils/relcache.h"

typedef enum GwSyncMode
{
	GW_SYNC_REPLACE,
	GW_SYNC_APPEND,
	GW_SYNC_MERGE,
} GwSyncMode;

/* How a cursor column advances. */
typedef enum GwCursorKind
{
	GW_CURSOR_NONE,	  /* no cursor: the whole source each time */
	GW_CURSOR_TIME,	  /* timestamp with time zone */
	GW_CURSOR_NAIVE,  /* timestamp or date without: the source's local time */
	GW_CURSOR_NUMBER, /* ids */
} GwCursorKind;

/* The options argument, checked. */
typedef struct GwSyncOptions
{
	const char *on_conflict;	 /* error, skip, wait */
	const char *on_drift;		 /* alert, permissive, strict */
	const char *null_cursor;	 /* error, exclude, include */
	const char *on_empty_source; /* error, skip, replace */
	const char *replace_method;	 /* auto, truncate, delete */
	const char *name;			 /* of a new stream, or NULL */
	const char *time_zone;		 /* of cursors without, or NULL */
	int horizon_wait;			 /* ms */
	int horizon_margin;			 /* ms */
	int settle;					 /* ms; -1: not given */
	int lookback;				 /* ms below the watermark to read again */
	int fetch_size;				 /* 0: the server's */
	bool create_target;
} GwSyncOptions;

/* How far the stream has come, as stored. */
typedef struct GwWatermark
{
	char *generation, *version; /* numbers as text, for the next statement */
	char *value, *type;			/* NULL: nothing applied yet */
	char *id, *id_type;
	char *horizon; /* the samples, jsonb text */
	char *columns; /* text[] of the columns loaded so far, or NULL */
} GwWatermark;

/* What this run reads: (lo, hi]. */
typedef struct GwWindow
{
	GwCursorKind kind;
	const GwColumn *column, *id_column; /* of the source; NULL: none */
	const char *unit;					/* microseconds, milliseconds, second, day */
	char *lo, *lo_id;					/* NULL: from the beginning */
	char *hi;							/* NULL: nothing is proven yet, read nothing */
	char *clock;						/* the source's, when the run looked at it */
	char *samples;						/* to be stored */
	int64 waiting;						/* rows above hi */
	int64 null_rows;					/* rows left out for want of a cursor */
	char *reached, *reached_id;			/* greatest (cursor, id) read, or NULL */
} GwWindow;

/* One source column and where it goes. */
typedef struct GwMove
{
	const GwColumn *column;
	char *type_text; /* the local type of the source's column */
	Oid type;
	int32 typmod;
	bool as_text; /* has no local type: fetched as its text */
	bool is_key;
} GwMove;

typedef struct GwSync
{
	MemoryContext cxt;
	const GwSyncRequest *request;
	GwSyncOptions options;
	GwSyncMode mode;
	const char *options_text;

	/* names, settled first */
	Oid server_oid;
	char *source_schema, *source_table, *source;
	char *target_schema, *target_table, *target;

	/* the stream and this run */
	char *stream_id, *stream_name;
	int32 lock_id;
	char *run_id, *task_id;
	char *home;
	char *known_target, *known_home; /* the target of earlier runs */

	/* the work */
	GwSession *session;
	const GwPlatform *platform;
	const GwSchema *schema;
	GwMove *moves;
	int nmoves;
	Oid target_oid;
	bool target_is_new;
	GwWatermark watermark;
	GwWindow window;
	char *stage; /* qualified name of the staging table, or NULL */

	/* what happened; -1: unknown */
	int64 read, inserted, updated, deleted, deduplicated;
} GwSync;

/* gw_sync_options.c */
extern void gw_sync_read_options(GwSync *sync);

/* gw_sync_names.c: which tables are meant */
extern void gw_sync_split_name(const char *text, const char *what, char **schema, char **table);
extern char *gw_sync_quote(const char *schema, const char *table);
extern void gw_sync_find_target(const char *text, char **schema, char **table, Oid *relid);

/* gw_sync_plan.c: what the run is about to do; ends before the first row */
extern void gw_sync_plan(GwSync *sync);

/* gw_sync_compare.c: source against target before anything is read */
extern void gw_sync_compare(GwSync *sync);

/* gw_sync_target.c: making the target, rights, keys */
extern void gw_sync_create_target(GwSync *sync);
extern void gw_sync_check_target(GwSync *sync);

/* gw_horizon.c: the window */
extern void gw_horizon_open_window(GwSync *sync);

/* gw_extract.c: reading the source */
extern bool gw_extract_row(GwSync *sync, const char *sql, int nparams, const GwParam *params,
						   int ncolumns, char **row);
extern bool gw_extract_clock(GwSync *sync, GwCatalogId id, int ncolumns, char **row);
extern void gw_extract_from(const GwSync *sync, GwSqlBuf *buf);
extern void gw_extract_compare(const GwSync *sync, GwSqlBuf *buf, const GwColumn *column,
							   const char *operator, int param);
extern int64 gw_extract_count(GwSync *sync, const char *condition, int nparams,
							  const GwParam *params);

typedef struct GwExtract GwExtract;
extern GwExtract *gw_extract_open(GwSync *sync);
extern const GwBatch *gw_extract_next(GwExtract *extract);
extern void gw_extract_close(GwExtract *extract);

/* gw_copy.c: straight into a table, as COPY does it */
extern bool gw_copy_types_fit(GwSync *sync, Relation rel);
extern bool gw_copy_cells_fit(GwSync *sync, Relation rel, const GwBatch *batch);
extern bool gw_copy_may_enter(Relation rel);
extern int64 gw_copy_rows(GwSync *sync, Relation rel, GwExtract *extract, const GwBatch *first);

/* gw_swap.c: into a new table, or a new heap for the target that is replaced */
extern bool gw_fill_fits(GwSync *sync, Relation rel);
extern void gw_fill_rows(GwSync *sync, Relation rel, GwExtract *extract, const GwBatch *first,
						 bool fresh);
extern bool gw_swap_fits(GwSync *sync, Relation rel);
extern void gw_swap_rows(GwSync *sync, Relation rel, GwExtract *extract, const GwBatch *first);

/* gw_stage.c: by way of a staging table */
extern void gw_stage_rows(GwSync *sync, GwExtract *extract, const GwBatch *first);

/* gw_load.c: the source's rows into the target */
extern void gw_load_rows(GwSync *sync);

/* gw_watermark.c */
extern void gw_watermark_read(GwSync *sync);
extern void gw_watermark_store(GwSync *sync);

#endif /* GW_MOVEMENT_H */
