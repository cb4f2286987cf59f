/*
 * gw_yaml.h
 *	  Reading YAML: one document, as a tree that knows its lines.
 *
 * All scalars are texts, whatever they look like: who reads them knows what
 * they mean.  "${NAME}" in a scalar is a variable, also unquoted in a flow
 * mapping, and is replaced by gw_yaml_expand(), once, after the tree stands:
 * what a variable holds is never read as YAML.  "$${" is a plain "${".  The
 * text of a node may be read only after it was expanded.
 *
 * Everything is palloc'd in CurrentMemoryContext.  Failures are GW_FAILED with
 * a message that names the line and never shows a scalar.
 */
#ifndef GW_YAML_H
#define GW_YAML_H

#include "base/gw_error.h"
#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* Limits; what is beyond them is refused (54000). */
#define GW_YAML_MAX_BYTES (1024 * 1024)
#define GW_YAML_MAX_DEPTH 32
#define GW_YAML_MAX_ALIASES 100
#define GW_YAML_MAX_NODES 20000 /* aliases counted as what they stand for */

typedef enum GwYamlKind
{
	GW_YAML_NULL, /* nothing, ~ or null */
	GW_YAML_TEXT,
	GW_YAML_LIST,
	GW_YAML_MAP,
} GwYamlKind;

typedef struct GwYaml
{
	GwYamlKind kind;
	int line;		   /* from 1 */
	int nodes;		   /* of the whole subtree */
	char *text;		   /* GW_YAML_TEXT */
	bool has_variable; /* text came, in part or whole, from a variable */
	bool expanded;	   /* gw_yaml_expand() has been here */
	List *items;	   /* GW_YAML_LIST: GwYaml *; GW_YAML_MAP: GwYamlPair * */
} GwYaml;

typedef struct GwYamlPair
{
	char *key;
	int line;
	GwYaml *value;
} GwYamlPair;

/*
 * Read a text in the database encoding that holds one document (an empty one
 * is GW_YAML_NULL).  Refused: further documents, keys that are no plain
 * scalars or stand twice, tags, aliases of what is not complete yet.  Subtrees
 * under an anchor are shared by its aliases.
 */
extern GwStatus gw_yaml_parse(const char *text, GwYaml **root, GwError *err);

/* The pair or value of a key; NULL when absent or not a mapping. */
extern GwYamlPair *gw_yaml_pair(const GwYaml *map, const char *key);
extern GwYaml *gw_yaml_get(const GwYaml *map, const char *key);

/*
 * base with what over says: mappings are merged key by key, anything else is
 * replaced.  Neither tree is changed; the result shares their parts.
 */
extern GwYaml *gw_yaml_merge(GwYaml *base, GwYaml *over);

/*
 * Replace the variables of a subtree, in place.  lookup returns the value
 * (palloc'd or longer-lived) or NULL where there is none, which fails (22023).
 */
extern GwStatus gw_yaml_expand(GwYaml *node, const char *(*lookup)(const char *name, void *arg),
							   void *arg, GwError *err);

/* Append text as a scalar that reads back as that text, on one line. */
extern void gw_yaml_write(StringInfo out, const char *text);

#endif /* GW_YAML_H */
