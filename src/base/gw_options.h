/*
 * gw_options.h
 *	  Declarative option tables: one row drives the validator, the aliases,
 *	  the redaction and the generated documentation.
 *
 * An option set is what one foreign table (or server) means for one user: the
 * options of SERVER, USER MAPPING and TABLE folded into canonical names, with
 * the table's defaults behind them.
 */
#ifndef GW_OPTIONS_H
#define GW_OPTIONS_H

#include "base/gw_error.h"
#include "nodes/pg_list.h"

/* Where an option may stand. */
#define GW_OPT_SERVER 0x01
#define GW_OPT_MAPPING 0x02
#define GW_OPT_TABLE 0x04
#define GW_OPT_COLUMN 0x08
#define GW_OPT_CALL 0x10 /* the options argument of a function */

/* What an option's value looks like. */
typedef enum GwOptionKind
{
	GW_OPT_STRING,
	GW_OPT_BOOL, /* whatever parse_bool() takes */
	GW_OPT_INT,	 /* within [min, max] */
	GW_OPT_ENUM, /* one of values, any case, separated by '|' if there is one, else blanks */
	GW_OPT_REF,	 /* a secret reference: 'file:name' or 'env:NAME' */
	GW_OPT_PATH, /* a server-side file, absolute: superuser or pg_read_server_files */
} GwOptionKind;

/* Properties. */
#define GW_OPTF_SECRET 0x01	   /* never shown, logged or explained */
#define GW_OPTF_SUPERUSER 0x02 /* only a superuser may set it */
#define GW_OPTF_WIRE 0x04	   /* handed to the transport under its canonical name */
#define GW_OPTF_IDENTITY 0x08  /* says who connects: a mapping must carry it */

typedef struct GwOption
{
	const char *name;	 /* canonical spelling */
	const char *aliases; /* other accepted spellings, blank-separated, or NULL */
	int where;			 /* GW_OPT_* bits */
	GwOptionKind kind;
	int flags;			  /* GW_OPTF_* bits */
	const char *values;	  /* GW_OPT_ENUM: the accepted values */
	int64 min, max;		  /* GW_OPT_INT */
	const char *fallback; /* the default, or NULL for none */
	const char *doc;	  /* one sentence for the generated reference */
} GwOption;

/* A table of options; parent (may be NULL) is searched after it. */
typedef struct GwOptionTable
{
	const GwOption *options;
	int noptions;
	const struct GwOptionTable *parent;
} GwOptionTable;

/* The options every platform knows (fetch_size, read_only, ...). */
extern const GwOptionTable gw_common_options;

/* The option called name (any spelling), or NULL. */
extern const GwOption *gw_option_find(const GwOptionTable *table, const char *name);

/*
 * The option of the places where whose name or an alias of it is nearest to a
 * misspelt name, or NULL when none is near.
 */
extern const GwOption *gw_option_nearest(const GwOptionTable *table, int where,
										 const char *name);

/*
 * Check a DefElem list for one place (GW_OPT_SERVER ...); platform is the name
 * used in messages.  Raises HV00D for an unknown name, with the nearest valid
 * one or the right place as a hint, 22023 for a bad value or options that
 * exclude each other, 42501 for an option the current user may not set, 42710
 * when an option is given twice, also in two spellings, HV00J when a mapping
 * lacks an option that says who connects.
 */
extern void gw_options_validate(const GwOptionTable *table, const char *platform, int where,
								List *options);

typedef struct GwOptionSet GwOptionSet;

/*
 * Fold option lists (each may be NIL) into one set, later lists winning.
 * Allocated in CurrentMemoryContext; values are copied, those of an enum in
 * the table's spelling.  Options the table does not know are passed over.
 * Secrets are registered for redaction.
 */
extern GwOptionSet *gw_options_fold(const GwOptionTable *table, List *server, List *mapping,
									List *ftable);

/*
 * The local role for whom a connection is opened.  Set it before
 * GwPlatform.settings() is called: what only a superuser may do (connect
 * without a password of the mapping) is refused while it is InvalidOid.
 */
extern void gw_options_set_user(GwOptionSet *set, Oid userid);
extern Oid gw_options_user(const GwOptionSet *set);

/* A value by canonical name, else its default, else NULL / 0 / false. */
extern const char *gw_option_str(const GwOptionSet *set, const char *name);
extern int64 gw_option_int(const GwOptionSet *set, const char *name);
extern bool gw_option_bool(const GwOptionSet *set, const char *name);
/* Was it written by the user (not a default)? */
extern bool gw_option_given(const GwOptionSet *set, const char *name);

/*
 * The secret called name: its literal value, else what <name>_ref refers to,
 * else NULL.  palloc'd in CurrentMemoryContext.  GW_FAILED (auth) when the
 * reference cannot be resolved.
 */
extern GwStatus gw_option_secret(const GwOptionSet *set, const char *name, char **value,
								 GwError *err);

/* Visit each given option whose flags contain all of flags. */
extern void gw_options_each(const GwOptionSet *set, int flags,
							void (*visit)(const GwOption *option, const char *value, void *arg),
							void *arg);

/* "server", "user mapping", ... for one GW_OPT_* bit. */
extern const char *gw_option_place_name(int where);

/* "string", "boolean", ... */
extern const char *gw_option_kind_name(GwOptionKind kind);

/* Is word one of the blank-separated words? words may be NULL. */
extern bool gw_option_word_in(const char *words, const char *word);

#endif /* GW_OPTIONS_H */
