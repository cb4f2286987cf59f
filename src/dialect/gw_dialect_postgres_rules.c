/*
 * gw_dialect_postgres_rules.c
 *	  Where two PostgreSQL servers may differ on a built-in: what it needs of
 *	  the collations, the version that brought it, and what never agrees.
 *
 * What is not listed is the same on every server, except that a function of
 * text that is not listed needs collations which agree in every respect.
 */
#include "postgres.h"

#include "dialect/gw_dialect_postgres.h"

/* The four orderings of a text-like type. */
#define ORDERINGS(args) \
	{"<", 'o', args, NULL, GW_EXACT, GW_COLL_ORDER, 0}, \
	{"<=", 'o', args, NULL, GW_EXACT, GW_COLL_ORDER, 0}, \
	{">", 'o', args, NULL, GW_EXACT, GW_COLL_ORDER, 0}, \
	{">=", 'o', args, NULL, GW_EXACT, GW_COLL_ORDER, 0}

#define EQUALITIES(args) \
	{"=", 'o', args, NULL, GW_EXACT, GW_COLL_EQUALITY, 0}, \
	{"<>", 'o', args, NULL, GW_EXACT, GW_COLL_EQUALITY, 0}

const GwFuncRule gw_dialect_postgres_rules[] = {
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
	{NULL},
};
