/*
 * gw_dialect_postgres_rules.c
 *	  Where two PostgreSQL servers may differ on a built-in: what it needs of
 *	  the collations, the version that brought it or gave it its present
 *	  meaning, and what never agrees.
 *
 * An immutable built-in that is not listed is the same on every server; one
 * whose arguments have a collation must be listed to be pushed.
 */
#include "postgres.h"

#include "dialect/gw_dialect_postgres.h"

/* A name for any arguments, and one for certain arguments. */
#define ANY(name, kind, need, since) {name, kind, NULL, NULL, GW_EXACT, need, since}
#define FOR(name, kind, args, need, since) {name, kind, args, NULL, GW_EXACT, need, since}
#define NEVER(name, kind, args) {name, kind, args, NULL, GW_LOCAL, GW_COLL_NONE, 0}

/*
 * Aggregates: those whose result PostgreSQL defines, given the order it gets
 * its input in.  PARTS: what two parts come to can be worked out from them.
 * SHOWN: the order can be seen in the result.
 */
#define PARTS(name, args, need, since) \
	{name, 'a', args, NULL, GW_EXACT, need, since, GW_RULE_PARTIAL}
#define SHOWN(name, kind, since) \
	{name, kind, NULL, NULL, GW_EXACT, GW_COLL_NONE, since, GW_RULE_ORDERED}

#define EXTREMES(args, need, since) \
	PARTS("min", args, need, since), PARTS("max", args, need, since)

/* Of floats, version 12 has another algorithm than those before. */
#define SPREADS(name) \
	FOR(name, 'a', "float4", GW_COLL_NONE, 120000), \
		FOR(name, 'a', "float8", GW_COLL_NONE, 120000), ANY(name, 'a', GW_COLL_NONE, 0)

#define EQUALITIES(args) \
	FOR("=", 'o', args, GW_COLL_EQUALITY, 0), FOR("<>", 'o', args, GW_COLL_EQUALITY, 0)

#define ORDERINGS(args) \
	FOR("<", 'o', args, GW_COLL_ORDER, 0), FOR("<=", 'o', args, GW_COLL_ORDER, 0), \
		FOR(">", 'o', args, GW_COLL_ORDER, 0), FOR(">=", 'o', args, GW_COLL_ORDER, 0)

/* LIKE compares characters one by one under every deterministic collation. */
#define LIKES(args) \
	FOR("~~", 'o', args, GW_COLL_EQUALITY, 0), FOR("!~~", 'o', args, GW_COLL_EQUALITY, 0), \
		FOR("~~*", 'o', args, GW_COLL_CTYPE, 0), FOR("!~~*", 'o', args, GW_COLL_CTYPE, 0)

/* Version 14 changed what \W and \D match. */
#define REGEXES(args) \
	FOR("~", 'o', args, GW_COLL_CTYPE, 140000), FOR("!~", 'o', args, GW_COLL_CTYPE, 140000), \
		FOR("~*", 'o', args, GW_COLL_CTYPE, 140000), \
		FOR("!~*", 'o', args, GW_COLL_CTYPE, 140000)

#define BYTE_ORDERINGS(args) \
	FOR("~<~", 'o', args, GW_COLL_NONE, 0), FOR("~<=~", 'o', args, GW_COLL_NONE, 0), \
		FOR("~>~", 'o', args, GW_COLL_NONE, 0), FOR("~>=~", 'o', args, GW_COLL_NONE, 0)

#define NEVER_ORDERED(args) \
	NEVER("<", 'o', args), NEVER("<=", 'o', args), NEVER(">", 'o', args), NEVER(">=", 'o', args)

const GwFuncRule gw_dialect_postgres_rules[] = {
	/* Comparing strings. */
	EQUALITIES("text,text"),
	EQUALITIES("bpchar,bpchar"),
	EQUALITIES("name,name"),
	EQUALITIES("name,text"),
	EQUALITIES("text,name"),
	ORDERINGS("text,text"),
	ORDERINGS("bpchar,bpchar"),
	ORDERINGS("name,name"),
	ORDERINGS("name,text"),
	ORDERINGS("text,name"),
	BYTE_ORDERINGS("text,text"),
	BYTE_ORDERINGS("bpchar,bpchar"),
	LIKES("text,text"),
	LIKES("name,text"),
	LIKES("bpchar,text"),
	REGEXES("text,text"),
	REGEXES("name,text"),
	REGEXES("bpchar,text"),
	FOR("^@", 'o', "text,text", GW_COLL_EQUALITY, 110000),

	/* Functions of strings that look at characters only. */
	ANY("length", 'f', GW_COLL_NONE, 0),
	ANY("char_length", 'f', GW_COLL_NONE, 0),
	ANY("character_length", 'f', GW_COLL_NONE, 0),
	ANY("octet_length", 'f', GW_COLL_NONE, 0),
	ANY("bit_length", 'f', GW_COLL_NONE, 0),
	ANY("substr", 'f', GW_COLL_NONE, 0),
	ANY("overlay", 'f', GW_COLL_NONE, 0),
	ANY("lpad", 'f', GW_COLL_NONE, 0),
	ANY("rpad", 'f', GW_COLL_NONE, 0),
	FOR("ltrim", 'f', "bytea,bytea", GW_COLL_NONE, 140000),
	ANY("ltrim", 'f', GW_COLL_NONE, 0),
	FOR("rtrim", 'f', "bytea,bytea", GW_COLL_NONE, 140000),
	ANY("rtrim", 'f', GW_COLL_NONE, 0),
	ANY("btrim", 'f', GW_COLL_NONE, 0),
	ANY("left", 'f', GW_COLL_NONE, 0),
	ANY("right", 'f', GW_COLL_NONE, 0),
	FOR("reverse", 'f', "bytea", GW_COLL_NONE, 180000),
	ANY("reverse", 'f', GW_COLL_NONE, 0),
	ANY("repeat", 'f', GW_COLL_NONE, 0),
	ANY("translate", 'f', GW_COLL_NONE, 0),
	ANY("ascii", 'f', GW_COLL_NONE, 0),
	ANY("md5", 'f', GW_COLL_NONE, 0),
	ANY("encode", 'f', GW_COLL_NONE, 0),
	ANY("decode", 'f', GW_COLL_NONE, 0),
	ANY("like_escape", 'f', GW_COLL_NONE, 0),
	ANY("similar_to_escape", 'f', GW_COLL_NONE, 0),
	ANY("quote_literal", 'f', GW_COLL_NONE, 0),
	ANY("quote_nullable", 'f', GW_COLL_NONE, 0),
	ANY("text", 'f', GW_COLL_NONE, 0),
	ANY("varchar", 'f', GW_COLL_NONE, 0),
	ANY("bpchar", 'f', GW_COLL_NONE, 0),
	ANY("name", 'f', GW_COLL_NONE, 0),
	ANY("char", 'f', GW_COLL_NONE, 0),
	FOR("substring", 'f', "text,int4", GW_COLL_NONE, 0),
	FOR("substring", 'f', "text,int4,int4", GW_COLL_NONE, 0),
	FOR("||", 'o', "text,text", GW_COLL_NONE, 0),
	ANY("textcat", 'f', GW_COLL_NONE, 0),
	ANY("unistr", 'f', GW_COLL_NONE, 140000),

	/* Functions of strings that look for one string in another. */
	ANY("strpos", 'f', GW_COLL_EQUALITY, 0),
	ANY("position", 'f', GW_COLL_EQUALITY, 0),
	ANY("replace", 'f', GW_COLL_EQUALITY, 0),
	ANY("starts_with", 'f', GW_COLL_EQUALITY, 110000),
	ANY("string_to_array", 'f', GW_COLL_EQUALITY, 0),
	ANY("split_part", 'f', GW_COLL_EQUALITY, 140000),

	/* Case and character classes. */
	FOR("lower", 'f', "text", GW_COLL_CTYPE, 0),
	FOR("upper", 'f', "text", GW_COLL_CTYPE, 0),
	FOR("initcap", 'f', "text", GW_COLL_CTYPE, 0),
	FOR("substring", 'f', "text,text", GW_COLL_CTYPE, 140000),
	FOR("substring", 'f', "text,text,text", GW_COLL_CTYPE, 140000),
	FOR("regexp_replace", 'f', "text,text,text", GW_COLL_CTYPE, 140000),
	FOR("regexp_replace", 'f', "text,text,text,text", GW_COLL_CTYPE, 140000),
	ANY("regexp_replace", 'f', GW_COLL_CTYPE, 150000),
	ANY("regexp_match", 'f', GW_COLL_CTYPE, 140000),
	ANY("regexp_split_to_array", 'f', GW_COLL_CTYPE, 140000),
	ANY("regexp_count", 'f', GW_COLL_CTYPE, 150000),
	ANY("regexp_instr", 'f', GW_COLL_CTYPE, 150000),
	ANY("regexp_like", 'f', GW_COLL_CTYPE, 150000),
	ANY("regexp_substr", 'f', GW_COLL_CTYPE, 150000),
	ANY("casefold", 'f', GW_COLL_CTYPE, 180000),

	/* Arrays compare their elements. */
	EQUALITIES("anyarray,anyarray"),
	ORDERINGS("anyarray,anyarray"),
	FOR("@>", 'o', "anyarray,anyarray", GW_COLL_EQUALITY, 0),
	FOR("<@", 'o', "anyarray,anyarray", GW_COLL_EQUALITY, 0),
	FOR("&&", 'o', "anyarray,anyarray", GW_COLL_EQUALITY, 0),
	ANY("array_position", 'f', GW_COLL_EQUALITY, 0),
	ANY("array_positions", 'f', GW_COLL_EQUALITY, 0),
	ANY("array_remove", 'f', GW_COLL_EQUALITY, 0),
	ANY("array_replace", 'f', GW_COLL_EQUALITY, 0),
	FOR("width_bucket", 'f', "anycompatible,anycompatiblearray", GW_COLL_ORDER, 0),
	FOR("||", 'o', "anycompatiblearray,anycompatiblearray", GW_COLL_NONE, 0),
	FOR("||", 'o', "anycompatiblearray,anycompatible", GW_COLL_NONE, 0),
	FOR("||", 'o', "anycompatible,anycompatiblearray", GW_COLL_NONE, 0),
	ANY("array_append", 'f', GW_COLL_NONE, 0),
	ANY("array_prepend", 'f', GW_COLL_NONE, 0),
	ANY("array_cat", 'f', GW_COLL_NONE, 0),
	ANY("array_ndims", 'f', GW_COLL_NONE, 0),
	ANY("array_dims", 'f', GW_COLL_NONE, 0),
	ANY("array_lower", 'f', GW_COLL_NONE, 0),
	ANY("array_upper", 'f', GW_COLL_NONE, 0),
	ANY("array_length", 'f', GW_COLL_NONE, 0),
	ANY("cardinality", 'f', GW_COLL_NONE, 0),
	ANY("num_nulls", 'f', GW_COLL_NONE, 0),
	ANY("num_nonnulls", 'f', GW_COLL_NONE, 0),
	ANY("trim_array", 'f', GW_COLL_NONE, 140000),
	ANY("array_reverse", 'f', GW_COLL_NONE, 180000),
	ANY("array_sort", 'f', GW_COLL_ORDER, 180000),

	/* JSON: keys compare by bytes; jsonb itself sorts by the database's collation. */
	ANY("->", 'o', GW_COLL_NONE, 0),
	ANY("->>", 'o', GW_COLL_NONE, 0),
	ANY("#>", 'o', GW_COLL_NONE, 0),
	ANY("#>>", 'o', GW_COLL_NONE, 0),
	ANY("?", 'o', GW_COLL_NONE, 0),
	ANY("?|", 'o', GW_COLL_NONE, 0),
	ANY("?&", 'o', GW_COLL_NONE, 0),
	ANY("#-", 'o', GW_COLL_NONE, 0),
	FOR("-", 'o', "jsonb,text", GW_COLL_NONE, 0),
	FOR("-", 'o', "jsonb,_text", GW_COLL_NONE, 100000),
	ANY("jsonb_object_field", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_object_field_text", 'f', GW_COLL_NONE, 0),
	ANY("json_object_field", 'f', GW_COLL_NONE, 0),
	ANY("json_object_field_text", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_extract_path", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_extract_path_text", 'f', GW_COLL_NONE, 0),
	ANY("json_extract_path", 'f', GW_COLL_NONE, 0),
	ANY("json_extract_path_text", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_exists", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_exists_any", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_exists_all", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_set", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_insert", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_delete", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_delete_path", 'f', GW_COLL_NONE, 0),
	ANY("jsonb_set_lax", 'f', GW_COLL_NONE, 130000),
	NEVER_ORDERED("jsonb,jsonb"),
	NEVER("jsonb_cmp", 'f', NULL),

	/* A JSON path may hold a regular expression, of which we know no collation. */
	NEVER("@?", 'o', "jsonb,jsonpath"),
	NEVER("@@", 'o', "jsonb,jsonpath"),
	NEVER("jsonb_path_*", 'f', NULL),
	FOR("bool", 'f', "jsonb", GW_COLL_NONE, 110000),
	FOR("int2", 'f', "jsonb", GW_COLL_NONE, 110000),
	FOR("int4", 'f', "jsonb", GW_COLL_NONE, 110000),
	FOR("int8", 'f', "jsonb", GW_COLL_NONE, 110000),
	FOR("float4", 'f', "jsonb", GW_COLL_NONE, 110000),
	FOR("float8", 'f', "jsonb", GW_COLL_NONE, 110000),
	FOR("numeric", 'f', "jsonb", GW_COLL_NONE, 110000),

	/* Dates: the field is a constant string. */
	ANY("date_part", 'f', GW_COLL_NONE, 0),
	FOR("date_trunc", 'f', "text,timestamptz,text", GW_COLL_NONE, 120000),
	ANY("date_trunc", 'f', GW_COLL_NONE, 0),
	ANY("extract", 'f', GW_COLL_NONE, 140000),
	ANY("date_bin", 'f', GW_COLL_NONE, 140000),
	ANY("timezone", 'f', GW_COLL_NONE, 0),

	/* Range constructors: the bounds are a constant string. */
	ANY("int4range", 'f', GW_COLL_NONE, 0),
	ANY("int8range", 'f', GW_COLL_NONE, 0),
	ANY("numrange", 'f', GW_COLL_NONE, 0),
	ANY("tsrange", 'f', GW_COLL_NONE, 0),
	ANY("tstzrange", 'f', GW_COLL_NONE, 0),
	ANY("daterange", 'f', GW_COLL_NONE, 0),

	/* Newer than the oldest server one meets. */
	ANY("sha224", 'f', GW_COLL_NONE, 110000),
	ANY("sha256", 'f', GW_COLL_NONE, 110000),
	ANY("sha384", 'f', GW_COLL_NONE, 110000),
	ANY("sha512", 'f', GW_COLL_NONE, 110000),
	ANY("sinh", 'f', GW_COLL_NONE, 120000),
	ANY("cosh", 'f', GW_COLL_NONE, 120000),
	ANY("tanh", 'f', GW_COLL_NONE, 120000),
	ANY("asinh", 'f', GW_COLL_NONE, 120000),
	ANY("acosh", 'f', GW_COLL_NONE, 120000),
	ANY("atanh", 'f', GW_COLL_NONE, 120000),
	ANY("log10", 'f', GW_COLL_NONE, 120000),
	ANY("gcd", 'f', GW_COLL_NONE, 130000),
	ANY("lcm", 'f', GW_COLL_NONE, 130000),
	ANY("min_scale", 'f', GW_COLL_NONE, 130000),
	ANY("trim_scale", 'f', GW_COLL_NONE, 130000),
	ANY("bit_count", 'f', GW_COLL_NONE, 140000),
	ANY("erf", 'f', GW_COLL_NONE, 160000),
	ANY("erfc", 'f', GW_COLL_NONE, 160000),
	ANY("to_bin", 'f', GW_COLL_NONE, 170000),
	ANY("to_oct", 'f', GW_COLL_NONE, 170000),
	ANY("uuid_extract_timestamp", 'f', GW_COLL_NONE, 170000),
	ANY("uuid_extract_version", 'f', GW_COLL_NONE, 170000),
	ANY("crc32", 'f', GW_COLL_NONE, 180000),
	ANY("crc32c", 'f', GW_COLL_NONE, 180000),
	ANY("gamma", 'f', GW_COLL_NONE, 180000),
	ANY("lgamma", 'f', GW_COLL_NONE, 180000),
	FOR("|>>", 'o', "point,point", GW_COLL_NONE, 140000),
	FOR("<<|", 'o', "point,point", GW_COLL_NONE, 140000),
	FOR("+", 'o', "pg_lsn,numeric", GW_COLL_NONE, 140000),
	FOR("-", 'o', "pg_lsn,numeric", GW_COLL_NONE, 140000),
	FOR("bytea", 'f', NULL, GW_COLL_NONE, 180000),
	FOR("int2", 'f', "bytea", GW_COLL_NONE, 180000),
	FOR("int4", 'f', "bytea", GW_COLL_NONE, 180000),
	FOR("int8", 'f', "bytea", GW_COLL_NONE, 180000),

	/* Depends on the server's encoding, key words, tables of Unicode, or build. */
	NEVER("chr", 'f', NULL),
	NEVER("hash*", 'f', NULL),
	NEVER("to_ascii", 'f', NULL),
	NEVER("quote_ident", 'f', NULL),
	NEVER("parse_ident", 'f', NULL),
	NEVER("normalize", 'f', NULL),
	NEVER("is_normalized", 'f', NULL),
	NEVER("pg_size_bytes", 'f', NULL),
	NEVER("convert", 'f', NULL),
	NEVER("convert_from", 'f', NULL),
	NEVER("convert_to", 'f', NULL),
	NEVER("unicode_assigned", 'f', NULL),

	/* Aggregates.  One that is not listed is computed here. */
	PARTS("count", NULL, GW_COLL_NONE, 0),
	PARTS("sum", "int2", GW_COLL_NONE, 0),
	PARTS("sum", "int4", GW_COLL_NONE, 0),
	ANY("sum", 'a', GW_COLL_NONE, 0),
	ANY("avg", 'a', GW_COLL_NONE, 0),
	EXTREMES("text", GW_COLL_ORDER, 0),
	EXTREMES("bpchar", GW_COLL_ORDER, 0),
	EXTREMES("anyarray", GW_COLL_ORDER, 0),
	EXTREMES("bytea", GW_COLL_NONE, 180000),
	EXTREMES("record", GW_COLL_ORDER, 180000),
	EXTREMES("xid8", GW_COLL_NONE, 160000),
	EXTREMES(NULL, GW_COLL_NONE, 0),
	PARTS("bool_and", NULL, GW_COLL_NONE, 0),
	PARTS("bool_or", NULL, GW_COLL_NONE, 0),
	PARTS("every", NULL, GW_COLL_NONE, 0),
	ANY("bit_and", 'a', GW_COLL_NONE, 0),
	ANY("bit_or", 'a', GW_COLL_NONE, 0),
	ANY("bit_xor", 'a', GW_COLL_NONE, 140000),
	SPREADS("stddev"),
	SPREADS("stddev_pop"),
	SPREADS("stddev_samp"),
	SPREADS("variance"),
	SPREADS("var_pop"),
	SPREADS("var_samp"),
	ANY("corr", 'a', GW_COLL_NONE, 120000),
	ANY("covar_pop", 'a', GW_COLL_NONE, 120000),
	ANY("covar_samp", 'a', GW_COLL_NONE, 120000),
	ANY("regr_avgx", 'a', GW_COLL_NONE, 120000),
	ANY("regr_avgy", 'a', GW_COLL_NONE, 120000),
	ANY("regr_count", 'a', GW_COLL_NONE, 120000),
	ANY("regr_intercept", 'a', GW_COLL_NONE, 120000),
	ANY("regr_r2", 'a', GW_COLL_NONE, 120000),
	ANY("regr_slope", 'a', GW_COLL_NONE, 120000),
	ANY("regr_sxx", 'a', GW_COLL_NONE, 120000),
	ANY("regr_sxy", 'a', GW_COLL_NONE, 120000),
	ANY("regr_syy", 'a', GW_COLL_NONE, 120000),
	ANY("mode", 'a', GW_COLL_ORDER, 0),
	ANY("percentile_cont", 'a', GW_COLL_NONE, 0),
	ANY("percentile_disc", 'a', GW_COLL_ORDER, 0),
	SHOWN("array_agg", 'a', 0),
	SHOWN("string_agg", 'a', 0),

	/* Window functions. */
	ANY("rank", 'w', GW_COLL_NONE, 0),
	ANY("dense_rank", 'w', GW_COLL_NONE, 0),
	ANY("percent_rank", 'w', GW_COLL_NONE, 0),
	ANY("cume_dist", 'w', GW_COLL_NONE, 0),
	SHOWN("row_number", 'w', 0),
	SHOWN("ntile", 'w', 0),
	SHOWN("lag", 'w', 0),
	SHOWN("lead", 'w', 0),
	SHOWN("first_value", 'w', 0),
	SHOWN("last_value", 'w', 0),
	SHOWN("nth_value", 'w', 0),

	/* Types whose values name objects of one database, or depend on its settings. */
	NEVER("reg*", 't', NULL),
	NEVER("_reg*", 't', NULL),
	NEVER("aclitem", 't', NULL),
	NEVER("_aclitem", 't', NULL),
	NEVER("money", 't', NULL),
	NEVER("_money", 't', NULL),
	NEVER("xml", 't', NULL),
	NEVER("_xml", 't', NULL),
	NEVER("unknown", 't', NULL),
	NEVER("cstring", 't', NULL),
	NEVER("refcursor", 't', NULL),
	NEVER("_refcursor", 't', NULL),
	NEVER("gtsvector", 't', NULL),
	NEVER("_gtsvector", 't', NULL),
	NEVER("pg_node_tree", 't', NULL),
	NEVER("pg_ndistinct", 't', NULL),
	NEVER("pg_dependencies", 't', NULL),
	NEVER("pg_mcv_list", 't', NULL),
	NEVER("pg_brin_*", 't', NULL),
	NEVER("txid_snapshot", 't', NULL),
	NEVER("_txid_snapshot", 't', NULL),
	NEVER("pg_snapshot", 't', NULL),
	NEVER("_pg_snapshot", 't', NULL),
	NEVER("jsonpath", 't', NULL),
	NEVER("_jsonpath", 't', NULL),
	NEVER("_jsonb", 't', NULL),

	/* Types newer than the oldest server one meets. */
	ANY("macaddr8", 't', GW_COLL_NONE, 100000),
	ANY("_macaddr8", 't', GW_COLL_NONE, 100000),
	ANY("xid8", 't', GW_COLL_NONE, 130000),
	ANY("_xid8", 't', GW_COLL_NONE, 130000),
	ANY("int4multirange", 't', GW_COLL_NONE, 140000),
	ANY("int8multirange", 't', GW_COLL_NONE, 140000),
	ANY("nummultirange", 't', GW_COLL_NONE, 140000),
	ANY("tsmultirange", 't', GW_COLL_NONE, 140000),
	ANY("tstzmultirange", 't', GW_COLL_NONE, 140000),
	ANY("datemultirange", 't', GW_COLL_NONE, 140000),
	ANY("_int4multirange", 't', GW_COLL_NONE, 140000),
	ANY("_int8multirange", 't', GW_COLL_NONE, 140000),
	ANY("_nummultirange", 't', GW_COLL_NONE, 140000),
	ANY("_tsmultirange", 't', GW_COLL_NONE, 140000),
	ANY("_tstzmultirange", 't', GW_COLL_NONE, 140000),
	ANY("_datemultirange", 't', GW_COLL_NONE, 140000),
	{NULL},
};
