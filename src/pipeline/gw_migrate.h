/*
 * gw_migrate.h
 *	  Changing a remote table into a wanted one, creating one, and the
 *	  baselines that drift is measured against.
 *
 * Everything is palloc'd in CurrentMemoryContext; failures are raised.
 */
#ifndef GW_MIGRATE_H
#define GW_MIGRATE_H

#include "dialect/gw_alter.h"
#include "session/gw_session.h"

/* A migration as it was asked for; the names are exact. */
typedef struct GwMigration
{
	const char *server, *schema_name, *table_name;
	Jsonb *wanted;
	Jsonb *options; /* of the plan, and base_fingerprint; or NULL */
	List *allow;	/* char *: what may be lost, by name */
	bool dry_run;
} GwMigration;

/* What it comes to. */
typedef struct GwMigrationPlan
{
	GwSession *session;
	const GwSchema *current;
	GwSchema *wanted;
	GwAlterRequest request;
	const char *base_fingerprint, *wanted_fingerprint;
	List *steps; /* GwAlterStep * */
} GwMigrationPlan;

/*
 * Describe the table and plan.  42P01: it does not exist, 42809: it is no
 * table, 55000: it shows no columns, or has changed since the fingerprint that
 * options name.
 */
extern void gw_migrate_plan(const GwMigration *migration, GwMigrationPlan *plan);

/*
 * Carry the plan out and prove that nothing is left to do; with dry_run only
 * tell.  Returns what a person would want to read, line by line (char *).
 */
extern List *gw_migrate_apply(const GwMigration *migration);

/* Lines of text about a plan (char *). */
extern List *gw_migrate_report(const GwMigration *migration, const GwMigrationPlan *plan);

/* The steps as a JSON array. */
extern Jsonb *gw_migrate_steps(const List *steps);

/* The plan of two documents for a target that needs no connection. */
extern List *gw_migrate_offline(const char *platform, Jsonb *old, Jsonb *wanted, Jsonb *options);

/*
 * Create a table of a canonical schema; the statements that were run (char *).
 * Every notice of the rendering is raised as one.
 */
extern List *gw_migrate_create(const char *server, Jsonb *schema, const char *table_name,
							   const char *schema_name, bool if_not_exists, Jsonb *options);

/* The DDL target of a platform; 0A000 when it has none. */
extern const GwDdlTarget *gw_migrate_target(const GwPlatform *platform);

/* ---- baselines (gw_drift.c) ---- */

typedef enum GwDriftPolicy
{
	GW_DRIFT_ALERT = 0,	 /* tell, and go on */
	GW_DRIFT_PERMISSIVE, /* take what harms nobody, tell of the rest */
	GW_DRIFT_STRICT,	 /* stop */
} GwDriftPolicy;

/* 22023 for a word that is none. */
extern GwDriftPolicy gw_drift_policy(const char *word);

/* The table's name as baselines carry it. */
extern char *gw_drift_source(const char *schema_name, const char *table_name);

/* The current role's baseline, or NULL. */
extern Jsonb *gw_drift_baseline(const char *server, const char *source);

/* Make a schema the baseline; how many open changes that settles. */
extern int64 gw_drift_accept(const char *server, const char *source, const GwSchema *schema,
							 const char *reason);

/*
 * Compare a schema with the baseline under a policy, record what changed, and
 * tell or raise (55000).  The first schema seen becomes the baseline.
 */
extern void gw_drift_check(const char *server, const char *source, const GwSchema *schema,
						   GwDriftPolicy policy);

#endif /* GW_MIGRATE_H */
