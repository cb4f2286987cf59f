/*
 * gw_dialect.h
 *	  The dialect contract: how SQL is written, and what it means there.
 *
 * A dialect is data first: quotes, limits, semantic flags, and tables that say
 * which operators, functions and aggregates mean on the remote exactly what
 * they mean in PostgreSQL.  What data cannot say is a hook.  A member that is
 * NULL (or a rule that is missing) is looked for in the parent; the ansi
 * dialect has no parent and fills every hook.  The gw_dialect_*() functions
 * do that walk; nobody calls a slot directly.
 *
 * Hooks write into a GwSqlBuf and cannot fail, except that they may raise
 * 42602 for an identifier and 22021 for a string the platform cannot hold.
 */
#ifndef GW_DIALECT_H
#define GW_DIALECT_H

#include "access/attnum.h"
#include "dialect/gw_sqlbuf.h"
#include "nodes/lockoptions.h"
#include "schema/gw_schema.h"

typedef struct GwDialect GwDialect;

/* May a clause be evaluated remotely? */
typedef enum GwVerdict
{
	GW_LOCAL = 0, /* no: evaluated here */
	GW_SUPERSET,  /* keeps every row PostgreSQL would keep, maybe more: recheck */
	GW_EXACT,	  /* means exactly the same: not rechecked */
} GwVerdict;

/* What a rule needs of the collation its text arguments are compared under. */
typedef enum GwCollationNeed
{
	GW_COLL_NONE = 0,  /* result does not depend on a collation */
	GW_COLL_EQUALITY,  /* depends on which strings are equal */
	GW_COLL_ORDER,	   /* depends on how strings sort */
	GW_COLL_CTYPE,	   /* depends on character classes or case mapping */
} GwCollationNeed;

/*
 * One operator, function, aggregate or type.  args names PostgreSQL argument
 * types separated by commas ("int4,int4"), "text*" for text and varchar
 * alike, "*" for any one, "" for none, NULL for any number of any; sql is a template in
 * which {1}, {2} ... stand for the arguments, NULL for the usual form.  A
 * function's or type's name that ends in '*' stands for all that begin so.
 */
typedef struct GwFuncRule
{
	const char *name; /* pg_catalog name: "=", "date_trunc", "count" */
	char kind;		  /* 'o' operator, 'f' function, 'a' aggregate, 'w' window, 't' type */
	const char *args;
	const char *sql;
	GwVerdict verdict;
	GwCollationNeed collation;
	int since; /* remote server_version it needs, 0 = any */
	uint32 flags; /* GW_RULE_* */
} GwFuncRule;

/* Aggregates: */
#define GW_RULE_PARTIAL 0x0001 /* its result is its state: parts may be combined here */
#define GW_RULE_ORDERED 0x0002 /* the order of its input shows in the result */

/* Semantic flags. */
#define GW_DIALECT_POSTGRES 0x0001		  /* every immutable built-in means the same */
#define GW_DIALECT_BOOL_VALUES 0x0002	  /* boolean expressions are values */
#define GW_DIALECT_NULLS_CLAUSE 0x0004	  /* ORDER BY ... NULLS FIRST | LAST */
#define GW_DIALECT_NULLS_LARGE 0x0008	  /* NULL sorts above every value by default */
#define GW_DIALECT_TRANSACTIONAL_DDL 0x0010
#define GW_DIALECT_COLLATE_C 0x0020		  /* COLLATE "C" exists and compares bytes */
#define GW_DIALECT_QUALIFY 0x0040		  /* the search_path is the user's: qualify built-ins */
#define GW_DIALECT_RETURNING 0x0080		  /* INSERT, UPDATE, DELETE ... RETURNING */
#define GW_DIALECT_DO_NOTHING 0x0100	  /* INSERT ... ON CONFLICT DO NOTHING */
#define GW_DIALECT_IDENT_CHARS 0x0200	  /* ident_max counts characters, not bytes */

/* How a remote collation compares to a local one. */
typedef struct GwCollationFacts
{
	char provider;		  /* 'c' libc, 'i' icu, 'b' byte order, 0 unknown */
	const char *locale;	  /* provider's name of it; libc: LC_COLLATE */
	const char *ctype;	  /* libc: LC_CTYPE; NULL: unknown, or the provider has one locale */
	const char *version;  /* provider's version, or NULL */
	bool deterministic;
	int encoding; /* PostgreSQL encoding id, or -1 */
} GwCollationFacts;

/*
 * A hidden column that tells the remote's rows apart as long as they are
 * locked, and the local system column that carries its value from the scan to
 * the write.
 */
typedef struct GwRowId
{
	const char *name;
	AttrNumber carrier;
	Oid type; /* of the remote column */
} GwRowId;

struct GwDialect
{
	const char *name;
	const GwDialect *parent;

	char ident_open, ident_close; /* 0: ask the parent */
	int ident_max;				  /* bytes or characters; 0: ask the parent */
	uint32 flags;				  /* own flags; not inherited */

	const GwFuncRule *rules; /* ends with a NULL name; the parent's follow */

	/* Write one identifier, quoted. */
	void (*identifier)(const GwDialect *d, GwSqlBuf *buf, const char *name);
	/* Write a string constant, quoted. */
	void (*string)(const GwDialect *d, GwSqlBuf *buf, const char *value);
	/* Write a typed constant; text is the PostgreSQL output of type, NULL for a null. */
	void (*literal)(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type, int32 typmod);
	/*
	 * Write the n-th parameter (1-based) of that type; InvalidOid: of the type
	 * its place asks for.
	 */
	void (*param)(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod);
	/* Write the remote's name of a PostgreSQL type; false: it has none. */
	bool (*type_name)(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod);
	/* Write " ASC NULLS LAST" or what has that effect after a sort key. */
	void (*order_suffix)(const GwDialect *d, GwSqlBuf *buf, bool descending, bool nulls_first);
	/* Write " LIMIT x OFFSET y"; either may be NULL (already rendered text). */
	void (*limit)(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset);
	/* Transactions: isolation is "read committed" ... "serializable". */
	void (*begin)(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only);
	void (*savepoint)(const GwDialect *d, GwSqlBuf *buf, int level);
	void (*release)(const GwDialect *d, GwSqlBuf *buf, int level);
	void (*rollback_to)(const GwDialect *d, GwSqlBuf *buf, int level);
	/* Cursors; NULL all the way up: the platform has none. */
	void (*cursor_open)(const GwDialect *d, GwSqlBuf *buf, const char *cursor, const char *query,
						bool scroll);
	void (*cursor_fetch)(const GwDialect *d, GwSqlBuf *buf, const char *cursor, int rows);
	void (*cursor_close)(const GwDialect *d, GwSqlBuf *buf, const char *cursor);
	/* Ends with a NULL name.  NULL all the way up: rows are found by their keys. */
	const GwRowId *row_id;
	/* Write " FOR UPDATE" or its like.  NULL: rows are not locked. */
	void (*lock_rows)(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
					  LockWaitPolicy policy);
	/*
	 * Write what takes rows as gw_encode.h makes them; relation and columns are
	 * rendered already.  NULL: there is no such statement.
	 */
	void (*copy_in)(const GwDialect *d, GwSqlBuf *buf, const char *relation,
					const char *columns, bool binary);
	/* Write TRUNCATE of rendered relations.  NULL: there is none. */
	void (*truncate)(const GwDialect *d, GwSqlBuf *buf, const char *relations, bool cascade,
					 bool restart_identity);
	/* Write the COPY that sends the query's rows to the client in binary; NULL: none. */
	void (*copy_out)(const GwDialect *d, GwSqlBuf *buf, const char *query);
	/*
	 * Write a SELECT of the query's rows in which the columns with as_text are
	 * the text their output functions write.  NULL: there is no way to say that.
	 */
	void (*columns_as_text)(const GwDialect *d, GwSqlBuf *buf, const char *query, int ncolumns,
							const bool *as_text);
	/* Write what after a table's name makes a sample of that share of it; NULL: nothing does. */
	void (*table_sample)(const GwDialect *d, GwSqlBuf *buf, const char *method, double percent);
	/* Read the collation facts of an introspected column; false: unknown. */
	bool (*collation_facts)(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts);
};

extern const GwDialect gw_dialect_ansi;
extern const GwDialect gw_dialect_postgres;

/* PostgreSQL under a search_path that nobody pinned: this database itself. */
extern const GwDialect gw_dialect_local;

/* The other families: how they write names and constants. */
extern const GwDialect gw_dialect_bigquery, gw_dialect_databricks, gw_dialect_mysql,
	gw_dialect_redshift, gw_dialect_snowflake, gw_dialect_sqlserver;

/* For hooks: 42602 unless name is not empty and within ident_max. */
extern void gw_dialect_check_name(const GwDialect *d, const char *name);

/*
 * For string hooks where a backslash is an escape character: it is doubled,
 * and so is a quote unless escaped_quote; then it gets a backslash, and line
 * ends become \n and \r.
 */
extern void gw_dialect_string_escaped(GwSqlBuf *buf, const char *value, bool escaped_quote);

/* The walks: each calls the nearest dialect that fills the slot. */
extern void gw_dialect_identifier(const GwDialect *d, GwSqlBuf *buf, const char *name);
extern void gw_dialect_string(const GwDialect *d, GwSqlBuf *buf, const char *value);
extern void gw_dialect_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type,
							   int32 typmod);
extern void gw_dialect_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod);
extern bool gw_dialect_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod);
extern void gw_dialect_order_suffix(const GwDialect *d, GwSqlBuf *buf, bool descending,
									bool nulls_first);
extern void gw_dialect_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit,
							 const char *offset);
extern void gw_dialect_begin(const GwDialect *d, GwSqlBuf *buf, const char *isolation,
							 bool read_only);
extern void gw_dialect_savepoint(const GwDialect *d, GwSqlBuf *buf, int level);
extern void gw_dialect_release(const GwDialect *d, GwSqlBuf *buf, int level);
extern void gw_dialect_rollback_to(const GwDialect *d, GwSqlBuf *buf, int level);
extern bool gw_dialect_has_cursors(const GwDialect *d);
extern void gw_dialect_cursor_open(const GwDialect *d, GwSqlBuf *buf, const char *cursor,
								   const char *query, bool scroll);
extern void gw_dialect_cursor_fetch(const GwDialect *d, GwSqlBuf *buf, const char *cursor,
									int rows);
extern void gw_dialect_cursor_close(const GwDialect *d, GwSqlBuf *buf, const char *cursor);
extern bool gw_dialect_has_copy_out(const GwDialect *d);
extern void gw_dialect_copy_out(const GwDialect *d, GwSqlBuf *buf, const char *query);

/* false: nothing written, the dialect cannot say it. */
extern bool gw_dialect_columns_as_text(const GwDialect *d, GwSqlBuf *buf, const char *query,
									   int ncolumns, const bool *as_text);
extern bool gw_dialect_has_table_sample(const GwDialect *d);
extern void gw_dialect_table_sample(const GwDialect *d, GwSqlBuf *buf, const char *method,
									double percent);
extern bool gw_dialect_collation_facts(const GwDialect *d, const GwColumn *column,
									   GwCollationFacts *facts);

/* NULL: the dialect has none. */
extern const GwRowId *gw_dialect_row_id(const GwDialect *d);
/* false: nothing was written, there is no such thing. */
extern bool gw_dialect_lock_rows(const GwDialect *d, GwSqlBuf *buf,
								 LockClauseStrength strength, LockWaitPolicy policy);
extern bool gw_dialect_copy_in(const GwDialect *d, GwSqlBuf *buf, const char *relation,
							   const char *columns, bool binary);
extern bool gw_dialect_truncate(const GwDialect *d, GwSqlBuf *buf, const char *relations,
								bool cascade, bool restart_identity);

/* schema.table, each part quoted; schema may be NULL. */
extern void gw_dialect_relation(const GwDialect *d, GwSqlBuf *buf, const char *schema,
								const char *table);

/* ---- gw_funcmap.c: the rule tables ---- */

/*
 * The rule for a pg_catalog operator, function, aggregate or type (nargs 0),
 * own table first, then the parents'; NULL: none.  Without a rule a built-in
 * stays local, except on a GW_DIALECT_POSTGRES dialect, where the tables hold
 * only what is not plainly the same: needs of collations, versions, refusals.
 */
extern const GwFuncRule *gw_dialect_rule(const GwDialect *d, char kind, const char *name,
										 const Oid *argtypes, int nargs);

/* Every rule that gw_dialect_rule() can find for d, nearest first. */
extern void gw_dialect_each_rule(const GwDialect *d,
								 void (*visit)(const GwDialect *owner, const GwFuncRule *rule,
											   void *arg),
								 void *arg);

#endif /* GW_DIALECT_H */
