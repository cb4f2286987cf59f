/*
 * gw_platform.h
 *	  The platform contract: what a vendor means.
 *
 * One immutable table per warehouse, at the end of its one file.  It names a
 * transport and a dialect, declares the options, and says in SQL how the
 * vendor's catalogs are read.  Results of catalog queries have the shapes
 * given here, so nothing above ever sees a vendor's catalog.
 */
#ifndef GW_PLATFORM_H
#define GW_PLATFORM_H

#include "base/gw_options.h"
#include "dialect/gw_dialect.h"
#include "platform/gw_settings.h"
#include "transport/gw_transport.h"

/* Capability bits: what is absent is an absent bit, never a stub. */
#define GW_CAP_TRANSACTIONS 0x0001		 /* BEGIN / COMMIT / ROLLBACK */
#define GW_CAP_SAVEPOINTS 0x0002		 /* follow local subtransactions */
#define GW_CAP_CURSORS 0x0004			 /* server-side cursors */
#define GW_CAP_SHARES_TRANSACTION 0x0008 /* runs inside the local transaction */
#define GW_CAP_NEEDS_MAPPING 0x0010		 /* a user mapping is required */
#define GW_CAP_WRITES 0x0020			 /* INSERT, UPDATE, DELETE, DDL */
#define GW_CAP_HORIZON 0x0040			 /* can prove when a commit window is closed */
#define GW_CAP_POSTGRES_TYPES 0x0080	 /* its type names are PostgreSQL's */
#define GW_CAP_BINARY_ROWS 0x0100		 /* rows in PostgreSQL's binary format */
#define GW_CAP_MODIFY 0x0200			 /* foreign tables take INSERT, UPDATE, DELETE */
#define GW_CAP_COPY_IN 0x0400			 /* rows go out as one statement */
#define GW_CAP_TOGETHER 0x0800			 /* statements go out together, as a transaction */

/*
 * Catalog queries.  Parameters are text; a NULL parameter means "any" or "the
 * default".  Result columns are text in this order.
 */
typedef enum GwCatalogId
{
	GW_CATALOG_DATABASES = 0, /* () -> name, comment */
	GW_CATALOG_SCHEMAS,		  /* () -> name, comment */
	/* (schema, LIKE pattern) -> schema, name, kind, rows, bytes, comment */
	GW_CATALOG_TABLES,
	/*
	 * (schema, table or NULL for all) -> schema, table, document.  A remote that
	 * cannot write JSON gives any rows that begin with schema and table, a table's
	 * together, of four columns or more: its document is then an array with an object
	 * for each of its rows, without the NULLs, all values text.
	 */
	GW_CATALOG_DESCRIBE,
	GW_CATALOG_IDENTITY, /* () -> server_version, current_user, database, default_schema */
	GW_CATALOG_CLOCK,	 /* (zone) -> clock (UTC, with offset), wall clock in the zone */
	/* (zone) -> both clocks, active writers (text[]; NULL: unknown), database id */
	GW_CATALOG_HORIZON,
	/* (schema, table) -> a token that changes when the description could; no row: gone */
	GW_CATALOG_VERSION,
	/*
	 * (schema, table) -> column, type oid, 't' for one that is generated; no row
	 * at all where COPY would do other things than INSERT.  Needs GW_CAP_COPY_IN; NULL
	 * with it: every table takes rows as COPY's text.
	 */
	GW_CATALOG_COPY_TARGET,
	/*
	 * (schema, table, action) -> 't' or 'f': may our remote user do it?  Actions:
	 * select insert update delete truncate alter drop create; no row: no such
	 * table (or, to create one, schema).
	 */
	GW_CATALOG_PERMISSION,
	/*
	 * (schema, table) -> a row of three or more columns, all there is to say of a
	 * table beyond DESCRIBE, for read_detail; asked where a table's schema is wanted
	 * for itself, not for a plan.
	 */
	GW_CATALOG_DETAIL,
	GW_NCATALOG
} GwCatalogId;

typedef struct GwPlatform
{
	const char *name;	 /* as in gw_platform_list.h */
	const char *aliases; /* blank-separated, or "" */
	const char *title;	 /* for people */
	const GwTransport *transport;
	const GwDialect *dialect;
	const GwOptionTable *options; /* own options; parent = gw_common_options */
	uint32 caps;
	const char *default_schema; /* when nobody names one, or NULL: ask IDENTITY */
	const char *ddl_target;		/* of gw_ddl.h; NULL: the one of the platform's name */

	/*
	 * Rules between options of one place (GW_OPT_SERVER ...), and on their
	 * values, that the table cannot say; called when they are written, after
	 * gw_options_validate().  May warn.  NULL: none.
	 */
	GwStatus (*check)(int where, const GwOptionSet *given, GwError *err);

	/*
	 * Add the transport's settings that follow from the options to the list,
	 * in CurrentMemoryContext, resolving secrets (gw_option_secret).  Call
	 * gw_options_set_user() first: without it the user counts as an ordinary
	 * one.  NULL: the transport needs none.
	 */
	GwStatus (*settings)(const GwOptionSet *options, GwSettings *list, GwError *err);

	/*
	 * A statement that pins the session and reads the pins back: rows of
	 * (name, wanted, actual).  A difference refuses the connection.  NULL:
	 * nothing to pin.
	 */
	const char *pin_sql;

	/*
	 * The same for the user's own SQL, whose names shall mean what they mean
	 * on the remote; $1 is the server's option `schema` or NULL.  NULL: the
	 * user's SQL runs under our pins.
	 */
	const char *user_sql_pin;

	/*
	 * Correct what the transport knows of a result's columns: types whose oids
	 * are not PostgreSQL's, the form of their texts.  May be called for the same
	 * columns again.  Never fails.  NULL: they are right.
	 */
	void (*columns)(GwColumnInfo *columns, int ncolumns);

	/* The part of pin_sql that decides how values are written as text. */
	const char *value_pin_sql;

	/* Catalog queries; NULL: not available. */
	const char *catalog[GW_NCATALOG];

	/* A DESCRIBE document to a schema, in CurrentMemoryContext. */
	GwStatus (*read_document)(const char *document, GwSchema **schema, GwError *err);

	/*
	 * Add to a table's schema (not to a view's) what a DETAIL document, an array of
	 * one object, says.  NULL: there is no such catalog.
	 */
	GwStatus (*read_detail)(const char *document, GwSchema *schema, GwError *err);

	/*
	 * Refine a filled error: class, a hint that names the option to set.
	 * NULL: the class follows from the SQLSTATE.
	 */
	void (*classify)(GwError *err, const GwOptionSet *options);

	/*
	 * First words, blank-separated, of statements that commit the transaction
	 * they run in: they need a connection of their own.  NULL: there are none.
	 */
	const char *committing;

	/* Statement whose first row explains $SQL as JSON: prefix, or NULL. */
	const char *explain_prefix;
	bool explain_text; /* ... its rows are lines of text instead */
	/* ... and asking is free, its member "bytes" is what the statement would read. */
	bool explain_bytes;
} GwPlatform;

/* Every platform, in list order. */
extern const GwPlatform *const *gw_platforms(int *n);

/* A capability's name as users see it, or NULL for a bit without one. */
extern const char *gw_capability_name(uint32 bit);

/* By name or alias, any case; NULL: unknown. */
extern const GwPlatform *gw_platform_find(const char *name);

/*
 * The platform a foreign data wrapper belongs to, found through its validator
 * function, so a renamed wrapper still works.  NULL: not one of ours.
 */
extern const GwPlatform *gw_platform_of_wrapper(Oid fdwid);

#endif /* GW_PLATFORM_H */
