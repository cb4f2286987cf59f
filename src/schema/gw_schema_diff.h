/*
 * gw_schema_diff.h
 *	  What separates two canonical schemas, and what that does to whoever
 *	  reads the table, writes it, or has rows in it.
 *
 * Pure functions over documents that are already normalised (parameter
 * defaults of platforms included); nothing here connects, and no platform is
 * known by name.  Everything is palloc'd in CurrentMemoryContext and points
 * into the schemas given.
 */
#ifndef GW_SCHEMA_DIFF_H
#define GW_SCHEMA_DIFF_H

#include "schema/gw_schema.h"

/*
 * What a change of type means for the values there are; later ones are worse,
 * and a nested type is as bad as its worst part.
 */
typedef enum GwTypeChange
{
	GW_CHANGE_SAME = 0,
	GW_CHANGE_WIDEN,		/* every value kept, with its meaning */
	GW_CHANGE_ANNOTATE,		/* every value kept, some meaning lost (padding, offset) */
	GW_CHANGE_TEXTUAL,		/* every value kept in another notation */
	GW_CHANGE_REMAP,		/* every value kept, stored codes change (enum order) */
	GW_CHANGE_NARROW,		/* the other way round it would widen: check the values */
	GW_CHANGE_CONVERT,		/* another type: each value converts or does not, check */
	GW_CHANGE_REINTERPRET,	/* needs a fact that is not in the value (a time zone) */
	GW_CHANGE_LOSSY,		/* parts of values are lost */
	GW_CHANGE_INCOMPATIBLE, /* no meaningful conversion */
	GW_NTYPE_CHANGES
} GwTypeChange;

/* "widen" ... as it stands in results. */
extern const char *gw_type_change_name(GwTypeChange change);

/* What becomes of the values when a column goes from one type to the other. */
extern GwTypeChange gw_type_change(const GwType *from, const GwType *to);

/* Does every value of one type stand in the other, with its meaning? */
extern bool gw_type_widens(const GwType *from, const GwType *to);

/* Kinds of change, in the order in which they are reported. */
#define GW_DIFF_LIST(X)                                                                        \
	X(table_added) X(table_removed) X(table_renamed)                                           \
	X(column_added) X(column_removed) X(column_renamed) X(column_moved)                        \
	X(type_changed) X(nullability_changed) X(default_changed) X(identity_changed)              \
	X(generated_changed) X(collation_changed) X(charset_changed) X(comment_changed)            \
	X(pk_added) X(pk_removed) X(pk_changed) X(unique_added) X(unique_removed)                  \
	X(fk_added) X(fk_removed) X(fk_changed) X(check_added) X(check_removed) X(check_changed)   \
	X(partition_changed) X(cluster_changed) X(sort_changed) X(distribution_changed)            \
	X(option_changed) X(native_only_changed)

typedef enum GwDiffKind
{
#define X(name) GW_DIFF_##name,
	GW_DIFF_LIST(X)
#undef X
		GW_NDIFF_KINDS
} GwDiffKind;

/* One change. */
typedef struct GwDiffChange
{
	GwDiffKind kind;
	List *path;			  /* char *: column, then "[]", "{k}", "{v}" or a field */
	Jsonb *from, *to;	  /* what it was and is; NULL: nothing */
	const GwColumn *old_column, *new_column; /* the columns or parts concerned, or NULL */
	const GwKey *old_key, *new_key;			 /* the keys concerned, or NULL */
	GwTypeChange type;	  /* of type_changed */
	const char *cls;	  /* "added", "widen", "rename", "rename_candidate" ... */
	const char *read, *write, *data; /* ok, maybe, break; data: also checked ... */
	const char *risk;	  /* none, low, medium, high */
	bool reversible;
	const char *message;  /* for people */
	int seq;			  /* place among changes of the same kind */
} GwDiffChange;

typedef struct GwDiffOptions
{
	Jsonb *renames;		  /* {"old name": "new name"}, or NULL */
	bool accept_renames;  /* take suggested renames as such */
	bool order;			  /* report moved columns (default true) */
	bool comments, defaults, keys, layout, options, native; /* compare them (default true) */
	bool names;			  /* compare the tables' own names (default false) */
	bool loose;			  /* expressions by their words only, also of two catalogs */
} GwDiffOptions;

extern const char *gw_diff_kind_name(GwDiffKind kind);

/* Defaults, and what an options object says; unknown members are refused (22023). */
extern GwStatus gw_diff_options_read(Jsonb *doc, GwDiffOptions *options, GwError *err);

/*
 * The changes that lead from one schema to the other, in the order of their
 * kinds, then of the columns: List of GwDiffChange *.  Either may be NULL: the
 * table is added or removed.
 */
extern GwStatus gw_schema_diff(const GwSchema *old, const GwSchema *new,
							   const GwDiffOptions *options, List **changes, GwError *err);

/* Do readers, writers, or rows ("read", "write", "data") come through unharmed? */
extern bool gw_diff_harmless(const GwDiffChange *change, const char *direction);

#endif /* GW_SCHEMA_DIFF_H */
