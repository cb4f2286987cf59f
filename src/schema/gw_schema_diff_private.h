/*
 * gw_schema_diff_private.h
 *	  Between the files of the differ: the diff under way and how changes are
 *	  added to it.
 */
#ifndef GW_SCHEMA_DIFF_PRIVATE_H
#define GW_SCHEMA_DIFF_PRIVATE_H

#include "schema/gw_schema_diff.h"

typedef struct GwDiffer
{
	const GwSchema *old, *new;
	const GwDiffOptions *options;
	List *changes; /* GwDiffChange * */

	/* For each old column its new one, or -1; the other way round. */
	int *new_of, *old_of;
} GwDiffer;

/* What a kind of change does unless it is said otherwise. */
extern GwDiffChange *gw_differ_add(GwDiffer *d, GwDiffKind kind, List *path, const char *cls);
extern void gw_differ_safety(GwDiffChange *change, const char *read, const char *write,
							 const char *data);

/* Old columns find their new ones; false with err filled for a bad rename. */
extern GwStatus gw_differ_match(GwDiffer *d, GwError *err);
extern void gw_differ_suggest(GwDiffer *d);

/* Keys, checks, layout, options. */
extern void gw_differ_keys(GwDiffer *d);
extern void gw_differ_layout(GwDiffer *d);

/* Texts and documents, NULL being one of the values. */
extern bool gw_differ_same_text(const char *a, const char *b);
extern bool gw_differ_same_doc(Jsonb *a, Jsonb *b);
extern Jsonb *gw_differ_text(const char *text);
extern Jsonb *gw_differ_flag(bool flag);

/*
 * Two expressions.  Texts that one catalog wrote are compared as they are;
 * where a person wrote one of them, blanks, case, parentheses and casts do not
 * count, since the catalog writes them anew.
 */
extern bool gw_differ_same_expression(const GwDiffer *d, const char *a, const char *b);

#endif /* GW_SCHEMA_DIFF_PRIVATE_H */
