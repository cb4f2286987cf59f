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
 * One thing that PostgreSQL's expressions are made of, and what it is there.
 *
 *	kind	name					args
 *	'o'		operator: "=", "~~"		its operand types
 *	'f'		function: "date_trunc"	its argument types
 *	'a'		aggregate: "count"		its argument types (of an ordered set: the direct ones)
 *	'w'		window function			its argument types
 *	't'		type: values of it exist there and mean the same; args and sql are NULL
 *	'c'		cast to the type of that name; args: the source type
 *	'x'		a form that has no name in pg_catalog, see below
 *	's'		sorting by a key of that type: sql makes a key that sorts as here
 *	'g'		grouping by (DISTINCT, PARTITION BY) a key of that type: sql makes a key
 *			that is equal there exactly when the values are equal here
 *	'h'		operator: a test that keeps whatever its 'o' rule keeps, written beside it
 *			where only the truth counts (FALSE is as good as NULL), for an index's sake
 *
 * args names PostgreSQL types as in pg_type, separated by commas ("int4,int4"):
 * "text*" is text or varchar, "*" any one, "" none, NULL any number of any,
 * "'month'" a text that is this constant (in any case), and a last piece that
 * ends in "..." stands for one or more of it.  A function's or type's name that
 * ends in '*' stands for all that begin so.
 *
 * sql is a template; NULL is the usual form, which only PostgreSQL's own
 * dialects have, and identity for 's', 'g' and 't'.  In it
 *	{1} {2}	an argument; a template may repeat it, or leave it out
 *	{?1}	an argument of type boolean as a condition, where that is not a value
 *	{*} {*2}	all arguments (from the second on), separated by commas
 *	{=}		'x' distinct: the rendered "=" of the two operands
 *	{t}		the remote's name (slot type_name) of the type of the result
 *	{d}		aggregates: where "DISTINCT " goes; without it DISTINCT stays here
 *	{order}	aggregates: where "ORDER BY ..." goes; without it ORDER BY stays here
 * A template stands in parentheses of its own unless it is a call.
 *
 * Forms ('x'): their args are the types of the operands.
 *	coalesce, greatest, least	as the standard has them: NULLs are skipped
 *	case	CASE WHEN ... END of that type; sql is not used
 *	distinct	{1} IS DISTINCT FROM {2}
 *	in, not_in	{1} among the constants {*2}; without a rule core writes IN where
 *			"=" is "({1} = {2})", else a chain of "=" joined by OR
 *	null_test	{1} IS NULL; sql is not used
 *	with	WITH name AS (...), where GW_CAN_CTE; sql is not used
 *	is_true, is_false, is_unknown	of the condition {?1}; NOT gives the others
 *	as_condition	the boolean value {1} as a condition    (without
 *	as_value	the condition {?1} as a boolean value       GW_DIALECT_BOOL_VALUES)
 *	set_operation	its columns of that type; only a local verdict counts, and not for
 *			numbers that are declared with one scale
 *	any_of	some value of a group whose keys are grouped by their 'g' template
 */
typedef struct GwFuncRule
{
	const char *name;
	char kind;
	const char *args;
	const char *sql;
	GwVerdict verdict;
	GwCollationNeed collation;
	int since;	  /* remote server_version it needs, 0 = any */
	uint32 flags; /* GW_RULE_* */
} GwFuncRule;

/* Aggregates: */
#define GW_RULE_PARTIAL 0x0001	  /* its result is its state: parts may be combined here */
#define GW_RULE_ORDERED 0x0002	  /* the order of its input shows in the result */
#define GW_RULE_SKIPS_NULLS 0x0004 /* FILTER may be a CASE without ELSE around {1} */
#define GW_RULE_WRAPPED 0x0020	   /* its call stands inside the template: OVER cannot follow */
/* Window functions: */
#define GW_RULE_FRAMED 0x0008 /* it heeds the frame, as aggregates do */
/* Functions of type boolean, where GW_DIALECT_BOOL_VALUES is missing: */
#define GW_RULE_VALUE 0x0010 /* it gives a value, not a condition */
/* LIKE, where a pattern that ends with its escape character is no error: */
#define GW_RULE_KNOWN_PATTERN 0x0040 /* its pattern has to be a constant */
#define GW_RULE_STRICT_ESCAPES 0x0080 /* only %, _ and the escape itself may be escaped */
/* Functions of texts, where those of the remote are UTF-8: */
#define GW_RULE_BYTES 0x0100 /* the bytes of a text show: only from a database in UTF-8 */

/*
 * Text in a dialect without GW_DIALECT_POSTGRES.  A remote collation has no
 * equal here, so the template itself compares bytes, and minds case, accents
 * and blanks at the end.  Then a rule's need
 *	NONE		is always met
 *	EQUALITY	by every deterministic collation here: equal means equal bytes
 *	ORDER		by a collation here that sorts bytes ("C"), and UTF-8 there
 *	CTYPE		never
 * An exact template may contain a wider test for the sake of an index:
 * "({1} = {2} AND CAST({1} AS BINARY) = CAST({2} AS BINARY))".
 */

/* Semantic flags (GwDialect.flags; not inherited). */
#define GW_DIALECT_POSTGRES 0x0001		  /* every immutable built-in means the same */
#define GW_DIALECT_BOOL_VALUES 0x0002	  /* boolean expressions are values */
#define GW_DIALECT_NULLS_CLAUSE 0x0004	  /* ORDER BY ... NULLS FIRST | LAST */
#define GW_DIALECT_NULLS_LARGE 0x0008	  /* NULL sorts above every value by default */
#define GW_DIALECT_TRANSACTIONAL_DDL 0x0010
#define GW_DIALECT_COLLATE_C 0x0020		  /* COLLATE "C" exists and compares bytes */
#define GW_DIALECT_QUALIFY 0x0040		  /* the search_path is the user's: qualify built-ins */
#define GW_DIALECT_RETURNING 0x0080		  /* INSERT, UPDATE, DELETE ... RETURNING */
#define GW_DIALECT_DO_NOTHING 0x0100	  /* INSERT leaves out rows that break a key: do_nothing */
#define GW_DIALECT_IDENT_CHARS 0x0200	  /* ident_max counts characters, not bytes */
#define GW_DIALECT_POSITIONAL 0x0400	  /* parameters have no numbers: one for each place */
#define GW_DIALECT_OUTPUT 0x0800		  /* RETURNING is OUTPUT INSERTED.x | DELETED.x */
#define GW_DIALECT_NEEDS_WHERE 0x1000	  /* UPDATE and DELETE must say WHERE */
#define GW_DIALECT_OFFSET_ORDERED 0x4000  /* OFFSET needs an ORDER BY */
#define GW_DIALECT_SET_DISTINCT 0x8000	  /* UNION is spelled UNION DISTINCT */
#define GW_DIALECT_SET_IN_TURN 0x10000	  /* UPDATE SET a = 1, b = a: b becomes 1 */
#define GW_DIALECT_KEEPS_ROWS 0x20000	  /* no triggers: what is written is what is stored */
#define GW_DIALECT_NO_LIMIT 0x40000		  /* there is no way to say LIMIT or OFFSET */
#define GW_DIALECT_PARAM_SETS 0x80000	  /* rows go out as sets of one row's parameters */
#define GW_DIALECT_GROUP_EMPTY 0x200000 /* HAVING needs GROUP BY, if only of nothing: () */
#define GW_DIALECT_GROUP_WHOLE 0x400000 /* after GROUP BY a + 1, (a + 1) * 2 is refused */
#define GW_DIALECT_TRUNCATE_EACH 0x800000 /* a TRUNCATE names one table */
#define GW_DIALECT_IN_UNLIMITED 0x1000000 /* IN, EXISTS: no LIMIT but in a derived table */
#define GW_DIALECT_ARMS_PLAIN 0x2000000 /* no ORDER BY or LIMIT in a side of UNION */
#define GW_DIALECT_JOIN_EQUAL 0x4000000 /* outer joins, EXISTS need left = right; ON: no SELECT */
#define GW_DIALECT_WINDOW_NULLS_LOW 0x8000000 /* in windows but for ROWS, NULL is below all */
#define GW_DIALECT_TYPED_PARAMS 0x100000 /* a parameter has a type of its own: none is inferred */

/* What statements may be made of (GwDialect.can; not inherited). */
#define GW_CAN_FULL_JOIN 0x0001
#define GW_CAN_EXISTS 0x0002		/* [NOT] EXISTS (correlated) in WHERE */
#define GW_CAN_SUBSELECT 0x0004		/* sub-selects in expressions: scalar, IN (SELECT) */
#define GW_CAN_CORRELATED 0x0008	/* ... that read the query around them */
#define GW_CAN_LATERAL 0x0010
#define GW_CAN_CTE 0x0020			/* WITH */
#define GW_CAN_RECURSIVE 0x0040
#define GW_CAN_UNION 0x0080			/* UNION, UNION ALL of queries in parentheses */
#define GW_CAN_INTERSECT 0x0100		/* INTERSECT, EXCEPT */
#define GW_CAN_INTERSECT_ALL 0x0200
#define GW_CAN_GROUPING_SETS 0x0400
#define GW_CAN_DISTINCT_ON 0x0800
#define GW_CAN_FILTER 0x1000		/* agg(...) FILTER (WHERE ...) */
#define GW_CAN_WINDOWS 0x2000		/* OVER (PARTITION BY ORDER BY), ROWS BETWEEN */
#define GW_CAN_RANGE_FRAMES 0x4000	/* RANGE BETWEEN, without offsets */
#define GW_CAN_GROUPS_FRAMES 0x8000 /* GROUPS BETWEEN */
#define GW_CAN_EXCLUDE 0x10000		/* a frame's EXCLUDE */
#define GW_CAN_WITH_TIES 0x20000
#define GW_CAN_MATERIALIZED 0x40000 /* WITH x AS [NOT] MATERIALIZED */
#define GW_CAN_ORDERED_SUBSELECT 0x80000 /* ORDER BY in a sub-select without LIMIT */
#define GW_CAN_NESTED_CTE 0x200000	/* WITH in sub-selects */
#define GW_CAN_CORRELATED_FROM 0x400000 /* sub-selects in FROM that read a query around theirs */
#define GW_CAN_EXISTS_ANY 0x100000	/* EXISTS that is not correlated by an equality too */

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
	uint32 can;					  /* own GW_CAN_*; not inherited */
	/*
	 * Exact numbers that meet become one type with the digits of all of them before and
	 * behind the point, at most so many, and what is more is rounded.  0: nothing is.
	 */
	int meeting_digits;
	int returning_since;		  /* whose INSERT and DELETE have RETURNING; 0: as flags say */
	int params_max;				  /* parameters of a statement; 0: ask the parent */
	int rows_max;				  /* rows of one INSERT ... VALUES; 0: any number */

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
	/*
	 * Does a parameter of that type arrive unchanged in an expression, whatever its
	 * value?  typmod -1: not known.  NULL all the way up: yes.
	 */
	bool (*takes_param)(const GwDialect *d, Oid type, int32 typmod);
	/*
	 * Is the column compared there as the value that is read from it?  ansi: YEAR is
	 * not, for which 24 is 2024.
	 */
	bool (*compared_as_read)(const GwDialect *d, const GwColumn *column);
	/*
	 * Write the n-th parameter, a text as this side writes the column's values, as
	 * a value of the column's own type.  NULL all the way up: CAST(... AS that type).
	 */
	void (*text_param)(const GwDialect *d, GwSqlBuf *buf, int n, const GwColumn *column);
	/*
	 * Write the n-th parameter as the new value of a column that has that type
	 * here.  NULL all the way up: the parameter alone, of the type its place asks for.
	 */
	void (*assign)(const GwDialect *d, GwSqlBuf *buf, int n, Oid type);
	/*
	 * The same where a value of some types here (asks_native) is stored as another thing,
	 * according to the column's type there: native, as the catalog has it.  false: nothing
	 * was written, assign does it.  NULL all the way up, both: it makes no difference.
	 */
	bool (*assign_native)(const GwDialect *d, GwSqlBuf *buf, int n, const char *native);
	bool (*asks_native)(const GwDialect *d, Oid type);
	/*
	 * INSERT as SELECT ... FROM VALUES, where VALUES alone cannot hold what is stored:
	 * write the n-th parameter as a value of a row, and what is stored of a column of
	 * the rows, for a column that has that type here.  NULL all the way up, both:
	 * INSERT ... VALUES with assign.
	 */
	void (*row_value)(const GwDialect *d, GwSqlBuf *buf, int n, Oid type);
	void (*row_stored)(const GwDialect *d, GwSqlBuf *buf, int column, Oid type);
	/* Write the remote's name of a PostgreSQL type; false: it has none. */
	bool (*type_name)(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod);
	/*
	 * Can the remote's type hold this constant (text as for literal, not NULL)?
	 * ansi: not NaN, infinities, or years outside 1 to 9999.
	 */
	bool (*holds)(const GwDialect *d, const char *text, Oid type);
	/*
	 * Where does the value (text as for literal) lie of what the remote's type can
	 * hold: -1 before all of it, 1 behind it, 0 among it or not known?  Only where
	 * no remote value is equal to it.  NULL all the way up: not known of any.
	 */
	int (*beyond)(const GwDialect *d, const char *text, Oid type);
	/*
	 * Write one whole sort key; key is rendered already.  ansi: says NULLS FIRST
	 * | LAST with GW_DIALECT_NULLS_CLAUSE, else sorts by IS NULL first where the
	 * remote's own place for NULL is another.
	 */
	void (*sort_key)(const GwDialect *d, GwSqlBuf *buf, const char *key, bool descending,
					 bool nulls_first);
	/*
	 * Write " LIMIT x OFFSET y"; either may be NULL (already rendered text).
	 * gw_dialect_limit_offset() is the form most products have, ansi's is OFFSET
	 * y ROWS FETCH FIRST x ROWS ONLY.
	 */
	void (*limit)(const GwDialect *d, GwSqlBuf *buf, const char *limit, const char *offset);
	/*
	 * Write " TOP (x)" after SELECT [DISTINCT]: then a query without OFFSET is
	 * limited by it and not by limit.  NULL all the way up: there is no such.
	 */
	void (*top)(const GwDialect *d, GwSqlBuf *buf, const char *limit);
	/*
	 * Write an output column of the outermost select list so that the platform
	 * can read its value exactly; expr is rendered already and written once.
	 * column is the remote column when it is one, else NULL.  NULL all the way
	 * up: as it is.
	 */
	void (*fetch)(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
				  const GwColumn *column);
	/*
	 * Write what follows "INSERT INTO t" for a row of defaults; column, written already,
	 * is one of the table's ("": none is known).  ansi: DEFAULT VALUES.
	 */
	void (*default_row)(const GwDialect *d, GwSqlBuf *buf, const char *column);
	/*
	 * With GW_DIALECT_DO_NOTHING: write what after VALUES leaves out rows that
	 * break a unique key, and nothing else; column, written already, is one of
	 * the table's.  Where the remote's own count of rows says too much, it is
	 * skipped_id that tells.  ansi: ON CONFLICT DO NOTHING.
	 */
	void (*do_nothing)(const GwDialect *d, GwSqlBuf *buf, const char *column);
	uint64 skipped_id; /* see GwStatement; not inherited */
	/*
	 * Write what stands after the only table in FROM to lock the rows that are
	 * read for UPDATE and DELETE.  NULL all the way up: nothing, see lock_rows.
	 */
	void (*lock_source)(const GwDialect *d, GwSqlBuf *buf, LockClauseStrength strength,
						LockWaitPolicy policy);
	/* Transactions: isolation is "read committed" ... "serializable". */
	void (*begin)(const GwDialect *d, GwSqlBuf *buf, const char *isolation, bool read_only);
	/*
	 * One savepoint for each level of local subtransactions, named by it; a name
	 * may be used again after release or rollback_to.  release may write nothing.
	 */
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
	 * rendered already, types are the columns' here.  NULL: there is no such statement.
	 */
	void (*copy_in)(const GwDialect *d, GwSqlBuf *buf, const char *relation,
					const char *columns, int ncolumns, const Oid *types, bool binary);
	/*
	 * Write TRUNCATE of rendered relations, of one where GW_DIALECT_TRUNCATE_EACH;
	 * false: not in this form.  NULL: there is none.
	 */
	bool (*truncate)(const GwDialect *d, GwSqlBuf *buf, const char *relations, bool cascade,
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
	/*
	 * Read the collation facts of an introspected column; false: unknown.  In a
	 * foreign dialect only deterministic counts: false where the templates of the
	 * rules do not get around this collation; unknown is no hindrance.
	 */
	bool (*collation_facts)(const GwDialect *d, const GwColumn *column, GwCollationFacts *facts);
	/*
	 * Foreign dialects: what a column of texts is in an expression where not every text may
	 * stand beside it, a template of its name; NULL, or returns NULL: as it is.
	 */
	const char *(*column_text)(const GwDialect *d, const GwColumn *column);
	/*
	 * Of such a column: a test that an index serves, and that follows from its equality with
	 * the text {2}, a template of its name in the current context; or NULL.
	 */
	char *(*column_hint)(const GwDialect *d, const GwColumn *column);
};

extern const GwDialect gw_dialect_ansi;
extern const GwDialect gw_dialect_postgres;

/* PostgreSQL under a search_path that nobody pinned: this database itself. */
extern const GwDialect gw_dialect_local;

/* The other families: how they write names and constants. */
extern const GwDialect gw_dialect_bigquery, gw_dialect_databricks, gw_dialect_mysql,
	gw_dialect_odbc, gw_dialect_redshift, gw_dialect_snowflake, gw_dialect_sqlserver;

/* For hooks: 42602 unless name is not empty and within ident_max. */
extern void gw_dialect_check_name(const GwDialect *d, const char *name);

/* For slots type_name: PostgreSQL's types and what they are called there. */
typedef struct GwTypeName
{
	Oid type;
	const char *name;
} GwTypeName;

/* Write the name that the list has for the type; false: it has none. */
extern bool gw_dialect_type_listed(GwSqlBuf *buf, const GwTypeName *names, int nnames, Oid type);

/* For slots literal: CAST(NULL AS type), or NULL for a type without a name there. */
extern void gw_dialect_typed_null(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod);

/*
 * For string hooks where a backslash is an escape character: it is doubled,
 * and so is a quote unless escaped_quote; then it gets a backslash, and line
 * ends become \n and \r.
 */
extern void gw_dialect_string_escaped(GwSqlBuf *buf, const char *value, bool escaped_quote);

/* For limit slots: " LIMIT x OFFSET y", each where it is given. */
extern void gw_dialect_limit_offset(const GwDialect *d, GwSqlBuf *buf, const char *limit,
									const char *offset);

/* Is a column's type there YEAR, whose 1 to 99 are other years? */
extern bool gw_dialect_is_year(const char *native);

/*
 * For dialects whose types have neither infinity nor NaN, nor years outside 1 to
 * 9999, nor 24:00: the slots beyond, and takes_param for those types.
 */
extern int gw_dialect_plain_beyond(const GwDialect *d, const char *text, Oid type);
extern bool gw_dialect_plain_params(const GwDialect *d, Oid type, int32 typmod);

/* The same where floats have both, and numbers are no longer than declared ones. */
extern int gw_dialect_moments_beyond(const GwDialect *d, const char *text, Oid type);
extern bool gw_dialect_moments_params(const GwDialect *d, Oid type, int32 typmod);

/* Is a number so declared that it has at most so many digits, and behind the point? */
extern bool gw_dialect_number_fits(int32 typmod, int digits, int scale);

/* The walks: each calls the nearest dialect that fills the slot. */
extern void gw_dialect_identifier(const GwDialect *d, GwSqlBuf *buf, const char *name);
extern void gw_dialect_string(const GwDialect *d, GwSqlBuf *buf, const char *value);
extern void gw_dialect_literal(const GwDialect *d, GwSqlBuf *buf, const char *text, Oid type,
							   int32 typmod);
extern void gw_dialect_param(const GwDialect *d, GwSqlBuf *buf, int n, Oid type, int32 typmod);
extern bool gw_dialect_takes_param(const GwDialect *d, Oid type, int32 typmod);
extern bool gw_dialect_compared_as_read(const GwDialect *d, const GwColumn *column);
/* native: NULL where it is not known, or gw_dialect_asks_native() says no. */
extern void gw_dialect_assign(const GwDialect *d, GwSqlBuf *buf, int n, Oid type,
							  const char *native);
/* Does it matter for gw_dialect_assign() what a column of that type here is there? */
extern bool gw_dialect_asks_native(const GwDialect *d, Oid type);
/* false: nothing was written, rows stand in VALUES as they are stored. */
extern bool gw_dialect_row_stored(const GwDialect *d, GwSqlBuf *buf, int column, Oid type);
extern void gw_dialect_row_value(const GwDialect *d, GwSqlBuf *buf, int n, Oid type,
								 const char *native);
extern void gw_dialect_text_param(const GwDialect *d, GwSqlBuf *buf, int n,
								  const GwColumn *column);
extern bool gw_dialect_type_name(const GwDialect *d, GwSqlBuf *buf, Oid type, int32 typmod);
extern bool gw_dialect_holds(const GwDialect *d, const char *text, Oid type);
extern int gw_dialect_beyond(const GwDialect *d, const char *text, Oid type);

/* May beyond say anything about values of that type? */
extern bool gw_dialect_has_bounds(const GwDialect *d, Oid type);
extern void gw_dialect_sort_key(const GwDialect *d, GwSqlBuf *buf, const char *key,
								bool descending, bool nulls_first);
/* Append such a key, and a comma behind it. */
extern void gw_dialect_nulls_key(GwSqlBuf *buf, const char *key, bool nulls_first);
/* Does sort_key need the place of NULL said with an expression of its own? */
extern bool gw_dialect_sorts_nulls_apart(const GwDialect *d, bool descending, bool nulls_first);
extern void gw_dialect_limit(const GwDialect *d, GwSqlBuf *buf, const char *limit,
							 const char *offset);
/* false: nothing was written, there is no such thing. */
extern bool gw_dialect_top(const GwDialect *d, GwSqlBuf *buf, const char *limit);
extern bool gw_dialect_lock_source(const GwDialect *d, GwSqlBuf *buf,
								   LockClauseStrength strength, LockWaitPolicy policy);
extern bool gw_dialect_has_top(const GwDialect *d);
extern bool gw_dialect_has_fetch(const GwDialect *d);
extern void gw_dialect_fetch(const GwDialect *d, GwSqlBuf *buf, const char *expr, Oid type,
							 const GwColumn *column);
extern void gw_dialect_default_row(const GwDialect *d, GwSqlBuf *buf, const char *column);
extern void gw_dialect_do_nothing(const GwDialect *d, GwSqlBuf *buf, const char *column);
extern int gw_dialect_params_max(const GwDialect *d);
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
extern const char *gw_dialect_column_text(const GwDialect *d, const GwColumn *column);
extern char *gw_dialect_column_hint(const GwDialect *d, const GwColumn *column);

/* NULL: the dialect has none. */
extern const GwRowId *gw_dialect_row_id(const GwDialect *d);
/* Are there row locks, by lock_source or by lock_rows? */
extern bool gw_dialect_locks(const GwDialect *d);

/* false: nothing was written, there is no such thing. */
extern bool gw_dialect_lock_rows(const GwDialect *d, GwSqlBuf *buf,
								 LockClauseStrength strength, LockWaitPolicy policy);
extern bool gw_dialect_copy_in(const GwDialect *d, GwSqlBuf *buf, const char *relation,
							   const char *columns, int ncolumns, const Oid *types,
							   bool binary);
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

/*
 * The same where constants among the arguments are known: words has for each
 * the text of a constant in lower case, or NULL.
 */
extern const GwFuncRule *gw_dialect_rule_of(const GwDialect *d, char kind, const char *name,
											const Oid *argtypes, const char *const *words,
											int nargs);

/* Every rule that gw_dialect_rule() can find for d, nearest first. */
extern void gw_dialect_each_rule(const GwDialect *d,
								 void (*visit)(const GwDialect *owner, const GwFuncRule *rule,
											   void *arg),
								 void *arg);

#endif /* GW_DIALECT_H */
