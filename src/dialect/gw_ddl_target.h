/*
 * gw_ddl_target.h
 *	  What one gw_ddl_<target>.c holds: the data and slots of a DDL target.
 *	  For those files and the common writer (gw_ddl*.c) only.
 */
#ifndef GW_DDL_TARGET_H
#define GW_DDL_TARGET_H

#include "dialect/gw_ddl.h"

/* What a CREATE TABLE of the platform can say, and how it has to. */
#define GW_DDL_IF_NOT_EXISTS 0x00000001		 /* CREATE TABLE IF NOT EXISTS */
#define GW_DDL_CAN_OR_REPLACE 0x00000002
#define GW_DDL_CAN_TEMPORARY 0x00000004
#define GW_DDL_CAN_TRANSIENT 0x00000008
#define GW_DDL_CAN_UNIQUE 0x00000010
#define GW_DDL_CAN_CHECK 0x00000020			 /* CHECK constraints in CREATE TABLE */
#define GW_DDL_CHECK_AFTERWARDS 0x00000040	 /* ... by ALTER TABLE only; after() writes them */
#define GW_DDL_CAN_ENFORCE 0x00000080		 /* primary, unique and foreign keys are enforced */
#define GW_DDL_CAN_NOT_ENFORCED 0x00000100	 /* keys carry NOT ENFORCED */
#define GW_DDL_CAN_NAMED_KEYS 0x00000200	 /* CONSTRAINT name before a key */
#define GW_DDL_CAN_RESTRICT 0x00000400		 /* ON DELETE RESTRICT */
#define GW_DDL_KEYS_HOLD_PARTITION 0x00000800 /* keys hold the partition's columns */
#define GW_DDL_CAN_STORED 0x00001000		 /* generated columns that are stored */
#define GW_DDL_CAN_VIRTUAL 0x00002000		 /* ... computed when read */
#define GW_DDL_COMPUTED 0x00004000			 /* a generated column has no type */
#define GW_DDL_CAN_NEGATIVE_SCALE 0x00008000 /* numeric(3,-2), numeric(2,5) */
#define GW_DDL_SAYS_NULL 0x00010000			 /* a nullable column says NULL */
#define GW_DDL_NAMES_FOLD 0x00020000		 /* names that differ in case only collide */
#define GW_DDL_ARRAY_REPEATED 0x00040000	 /* an array is never NULL and takes no NOT NULL */
#define GW_DDL_BACKSLASH 0x00080000			 /* a backslash escapes in constants */
#define GW_DDL_BOOL_IS_BIT 0x00100000		 /* boolean constants are 1 and 0 */
#define GW_DDL_ZONED_CONSTANT 0x00200000	 /* a time with an offset reads from a string */
#define GW_DDL_TRANSACTIONAL 0x00400000		 /* DDL obeys transactions */
#define GW_DDL_CAN_SET_DEFAULT 0x02000000	 /* ON DELETE SET DEFAULT */
#define GW_DDL_ONE_IDENTITY 0x01000000		 /* one identity a table */
#define GW_DDL_PARTITION_RULES 0x00800000	 /* partitions expire, queries must filter them */

/* When a type rule applies besides its type; all bits must hold. */
#define GW_WHEN_PARAM 0x0001	/* the length, precision or fraction is given */
#define GW_WHEN_NO_PARAM 0x0002 /* it is not */
#define GW_WHEN_CHARS 0x0004	/* the length counts characters */
#define GW_WHEN_BYTES 0x0008	/* the length counts bytes */
#define GW_WHEN_KEY 0x0010		/* the column is part of a key */
#define GW_WHEN_OF 0x0020		/* the element's type is of */
#define GW_WHEN_NESTED 0x0040	/* the element is ARRAY, STRUCT, MAP or VECTOR */
#define GW_WHEN_OPTION 0x0080	/* option structured */
#define GW_WHEN_TEXT_KEY 0x0100 /* MAP: the key is STRING, CHAR, UUID or ENUM */
#define GW_WHEN_UTF16 0x0200	/* the length counts UTF-16 units */
#define GW_WHEN_STRICT 0x0400	/* option strict */
#define GW_WHEN_OFF_ROW 0x0800	/* off_row(): the table's row would be too long with it */

/* What a check query looks for. */
typedef enum GwDdlCheck
{
	GW_CHECK_NONE = 0,
	GW_CHECK_NUMERIC,	/* beyond {w} whole or {s} decimal digits */
	GW_CHECK_CHARS,		/* longer than {n} characters */
	GW_CHECK_BYTES,		/* longer than {n} bytes as UTF-8 */
	GW_CHECK_UTF16,		/* longer than {n} UTF-16 units */
	GW_CHECK_SIZE,		/* a binary value longer than {n} bytes */
	GW_CHECK_FRACTION,	/* decimal digits of a second beyond {n} */
	GW_CHECK_FINITE,	/* NaN or an infinity */
	GW_CHECK_EPOCH,		/* not between 1970 and 2038 */
	GW_CHECK_YEARS_1000, /* not in the years 1000 to 9999 */
	GW_NCHECKS
} GwDdlCheck;

/*
 * One way to say a canonical type.  Rows of a type are tried in order, the
 * first that applies wins; a type without a row that applies is refused.
 *
 * In native and constraint stand for the type's parts:
 *	 {n} length or dimensions   {4n} four times the length   {p} {s} {f}
 *	 {b} length in bytes of so many bits   {srid}   {e} element   {k} key
 *	 {v} value   {fields}   {values}   {c} the column
 */
typedef struct GwDdlTypeRule
{
	GwTypeId type;
	GwDdlRule rule;
	const char *native; /* NULL: refused */
	const char *code;	/* of the notice; NULL for E and W */
	uint32 when;
	GwTypeId of;		   /* with GW_WHEN_OF */
	int64 max;			   /* length, precision, fraction or dimensions; 0: any */
	int max_scale;		   /* with max and NUMERIC: decimal digits */
	int max_whole;		   /* ... digits before the point; 0: as many as max */
	const char *constraint; /* a CHECK condition the column gets, or NULL */
	GwDdlCheck check;
	int64 limit; /* {n} of the check; 0: the type's own length */
} GwDdlTypeRule;

/* How the parameters of a native type are read. */
typedef enum GwNativeParams
{
	GW_NATIVE_NONE = 0, /* there are none; any given are ignored */
	GW_NATIVE_LENGTH,	/* (n), in length_unit */
	GW_NATIVE_NUMERIC,	/* (p[,s]) */
	GW_NATIVE_FRACTION, /* (f) */
	GW_NATIVE_SRID,		/* a number anywhere in the parameters */
	GW_NATIVE_ARRAY,	/* one type */
	GW_NATIVE_MAP,		/* two types */
	GW_NATIVE_STRUCT,	/* fields */
	GW_NATIVE_RANGE,	/* one type */
	GW_NATIVE_VECTOR,	/* [type,] dimensions */
	GW_NATIVE_VALUES,	/* string constants */
} GwNativeParams;

/*
 * One native type's name, in lower case and without parameters: "timestamp
 * with time zone" also where they stand inside ("timestamp(3) with ...").
 */
typedef struct GwDdlNative
{
	const char *name;
	GwTypeId type;
	GwNativeParams params;
	const char *lossy; /* what the canonical type does not carry, or NULL */
	int precision, scale; /* given by the name, or the default; 0: none */
	const char *length_unit;
	GwTypeId of; /* element, when the name implies one */
	int64 length; /* the default or implied length; 0: none */
	int64 unbounded; /* this length means none */
	int fraction; /* implied or default digits of a second, plus one; 0: none */
} GwDdlNative;

/* A canonical clock or generator in the target's SQL; NULL: it has none. */
typedef enum GwDdlFunction
{
	GW_FN_NOW = 0, /* this instant */
	GW_FN_LOCAL_NOW, /* wall clock */
	GW_FN_TODAY,
	GW_FN_UUID,
	GW_NFUNCTIONS
} GwDdlFunction;

struct GwDdlTarget
{
	const char *name;
	const char *title;			/* as people write it: "SQL Server" */
	const char *const *aliases; /* ends with NULL; or NULL */
	const GwDialect *dialect;
	uint32 can;

	/* names */
	char folds;					/* unquoted names become 'u' upper, 'l' lower case; ' ' kept */
	bool database_name;			/* a table's name can begin with its database */
	const char *temporary_word; /* "TEMPORARY " */
	const char *temporary_name; /* a temporary table has no schema and begins so; or NULL */
	const char *name_rule;		/* what bad_name() holds a name to, as a sentence */
	/* true: not a column's, or a table's or schema's, name; NULL: only the dialect's rule. */
	bool (*bad_name)(const char *name, bool column);

	/* types */
	int max_columns;
	int max_depth;			   /* of nested types; 0: any */
	bool integers_have_digits; /* they are numbers of a precision: NUMBER(p,0) */
	const GwDdlTypeRule *types; /* ends with GW_NTYPES */
	const GwDdlNative *natives; /* ends with a NULL name */
	/* Must this column be stored beside the row, for the row's limit?  NULL: never. */
	bool (*off_row)(const GwDdlWriter *w, const GwColumn *column);
	const char *text_type;	   /* R with on_lossy 'text' */
	const char *cut_numeric;   /* R with on_lossy 'truncate': "NUMBER({p},{s})"; NULL: none */
	int cut_precision, cut_scale, cut_whole;
	const char *field_separator;		/* between a field's name and its type */
	const char *checks[GW_NCHECKS];		/* conditions that are true for misfits */

	/* columns */
	char collate; /* COLLATE takes 'i' a name, 'w' a word, 's' a string; 0: none */
	const char *functions[GW_NFUNCTIONS]; /* {f}: digits of a second */
	const char *json_constant;			/* before a string that is JSON; NULL: no such default */
	const char *generated_open, *generated_stored, *generated_virtual;
	const char *comment_open, *comment_close; /* in the column; NULL: a statement of its own */
	bool table_comment_in_suffix;
	GwTypeId identity_type; /* the type an identity must have; GW_TYPE_NULL: any */
	/* Write the identity with a blank before it; NULL: there is none. */
	void (*identity)(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column);
	/* Does this default of this native type need parentheses?  NULL: none does. */
	bool (*default_in_parens)(const char *native, const char *sql);

	/* What follows the closing parenthesis: layout, table options; never NULL. */
	GwStatus (*suffix)(GwDdlWriter *w, GwSqlBuf *buf, GwError *err);
	/* What stands before CREATE for if_not_exists without such a clause; or NULL. */
	void (*exists_guard)(GwDdlWriter *w, GwSqlBuf *buf, const char *table);
	/* Statements before and after the CREATE; NULL: none. */
	GwStatus (*before)(GwDdlWriter *w, List **statements, GwError *err);
	GwStatus (*after)(GwDdlWriter *w, List **statements, GwError *err);
	/* Comment statements; NULL: COMMENT ON TABLE | COLUMN. */
	bool (*comment)(GwDdlWriter *w, GwSqlBuf *buf, const char *table, const GwColumn *column,
					const char *comment);
	/*
	 * Native types that no row can say (NUMBER(p,0) by its digits); false: not
	 * one of them.  args end the parameters; column has no name yet.
	 */
	bool (*map_native)(const char *name, const int64 *args, int nargs, GwColumn *column);
	/*
	 * The platform's own client.  {q} is a statement quoted for the shell,
	 * {json} the same as a JSON string; load_sql loads a CSV file with a
	 * header into {t} ({cols}) from {file}, a constant, or {uri}, the same with
	 * file:// before it, by way of {staged}, a constant of cli_stage and the
	 * file's own name; load_shell, where the client has a command of its own, from
	 * {file} into {name}, both quoted.
	 */
	const char *cli_run, *cli_load_sql, *cli_load_shell, *cli_stage;
};

extern const GwDdlTarget gw_ddl_bigquery, gw_ddl_databricks, gw_ddl_mysql, gw_ddl_postgres,
	gw_ddl_redshift, gw_ddl_snowflake, gw_ddl_sqlserver;

#endif /* GW_DDL_TARGET_H */
