/*
 * gw_dialect_rules.h
 *	  Short words for the rows of a dialect's table of rules (GwFuncRule).
 *
 * For gw_dialect_*_rules.c only, which is why they have no prefix.  A word that
 * holds a product's own SQL stays in that product's file.
 */
#ifndef GW_DIALECT_RULES_H
#define GW_DIALECT_RULES_H

#include "dialect/gw_dialect.h"

/* The template means what the built-in means; COLLATED: given that of the collation. */
#define COLLATED(name, kind, args, sql, need)                                                  \
	{                                                                                          \
		name, kind, args, sql, GW_EXACT, need, 0, 0                                            \
	}
#define EXACT(name, kind, args, sql) COLLATED(name, kind, args, sql, GW_COLL_NONE)

/* LIKE: there the escape character at the end is another error, or none. */
#define LIKE(name, args, sql)                                                                  \
	{                                                                                          \
		name, 'o', args, sql, GW_EXACT, GW_COLL_EQUALITY, 0, GW_RULE_KNOWN_PATTERN             \
	}

/* The same, where an escape before a character that needs none is an error, or undefined. */
#define STRICT_LIKE(name, args, sql)                                                           \
	{                                                                                          \
		name, 'o', args, sql, GW_EXACT, GW_COLL_EQUALITY, 0,                                   \
			GW_RULE_KNOWN_PATTERN | GW_RULE_STRICT_ESCAPES                                     \
	}

/* A function in which the bytes of texts show, which are UTF-8 there. */
#define OF_BYTES(name, args, sql)                                                              \
	{                                                                                          \
		name, 'f', args, sql, GW_EXACT, GW_COLL_NONE, 0, GW_RULE_BYTES                         \
	}

/* What a parent's rules would send, and this dialect must not. */
#define LOCAL(name, kind, args)                                                                \
	{                                                                                          \
		name, kind, args, NULL, GW_LOCAL, GW_COLL_NONE, 0, 0                                   \
	}

/* A type that is kept as it is. */
#define TYPE(name) EXACT(name, 't', NULL, NULL)

/* Aggregates that pass over NULL; of all but a TOTAL parts may be combined here. */
#define COLLATED_AGGREGATE(name, args, sql, need)                                              \
	{                                                                                          \
		name, 'a', args, sql, GW_EXACT, need, 0, GW_RULE_PARTIAL | GW_RULE_SKIPS_NULLS         \
	}
#define AGGREGATE(name, args, sql) COLLATED_AGGREGATE(name, args, sql, GW_COLL_NONE)
#define TOTAL(name, args, sql)                                                                 \
	{                                                                                          \
		name, 'a', args, sql, GW_EXACT, GW_COLL_NONE, 0, GW_RULE_SKIPS_NULLS                   \
	}

#define WINDOW(name, args, sql, flags)                                                         \
	{                                                                                          \
		name, 'w', args, sql, GW_EXACT, GW_COLL_NONE, 0, flags                                 \
	}

/* No collation, no scale, no rounding, no value that one side lacks. */
#define COMPARISONS(args)                                                                      \
	EXACT("=", 'o', args, "({1} = {2})"), EXACT("<>", 'o', args, "({1} <> {2})"),              \
		EXACT("<", 'o', args, "({1} < {2})"), EXACT("<=", 'o', args, "({1} <= {2})"),          \
		EXACT(">", 'o', args, "({1} > {2})"), EXACT(">=", 'o', args, "({1} >= {2})")

/* As keys, and what comes of their order. */
#define ORDERED(type)                                                                          \
	EXACT(type, 's', NULL, NULL), EXACT(type, 'g', NULL, NULL),                                \
		AGGREGATE("min", type, "MIN({1})"), AGGREGATE("max", type, "MAX({1})")

#endif /* GW_DIALECT_RULES_H */
