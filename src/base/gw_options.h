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

/* What an option's value looks like. */
typedef enum GwOptionKind
{
	GW_OPT_STRING,
	GW_OPT_BOOL, /* whatever parse_bool() takes */
	GW_OPT_INT,	 /* within [min, max] */
	GW_OPT_ENUM, /* one of values, separated by blanks */
	GW_OPT_REF,	 /* a secret reference: 'file:name' or 'env:NAME' */
	GW_OPT_PATH, /* a server-side file: superuser or pg_read_server_files */
} GwOptionKind;

/* Properties. */
#define GW_OPTF_SECRET 0x01	   /* never shown, logged or explained */
#define GW_OPTF_SUPERUSER 0x02 /* only a superuser may set it */
#define GW_OPTF_WIRE 0x04	   /* handed to the transport under its canonical name */
#define GW_OPTF_IDENTITY 0x08  /* says who connects: a mapping must carry one */

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
 * Check a DefElem list for one place (GW_OPT_SERVER ...).  Raises HV00D for
 * an unknown name with the nearest valid one as a hint, HV00B for a bad
 * value, 42501 for an option the current user may not set, 42710 when two
 * spellings of one option are given.
 */
extern void gw_options_validate(const GwOptionTable *table, const char *platform, int where,
								List *options);

typedef struct GwOptionSet GwOptionSet;

/*
 * Fold option lists (each may be NIL) into one set, later lists winning.
 * Allocated in CurrentMemoryContext; values are copied.
 */
extern GwOptionSet *gw_options_fold(const GwOptionTable *table, List *server, List *mapping,
									List *ftable);

/* A value by canonical name, else its default, else NULL / 0 / false. */
extern const char *gw_option_str(const GwOptionSet *set, const char *name);
extern int64 gw_option_int(const GwOptionSet *set, const char *name);
extern bool gw_option_bool(const GwOptionSet *set, const char *name);
/* Was it written by the user (not a default)? */
extern bool gw_option_given(const GwOptionSet *set, const char *name);

/* Visit each given option whose flags contain all of flags. */
extern void gw_options_each(const GwOptionSet *set, int flags,
							void (*visit)(const GwOption *option, const char *value, void *arg),
							void *arg);

#endif /* GW_OPTIONS_H */
