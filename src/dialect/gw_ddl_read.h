/*
 * gw_ddl_read.h
 *	  Between the files that read CREATE TABLE statements (gw_ddl_token.c,
 *	  gw_ddl_read*.c) only.
 */
#ifndef GW_DDL_READ_H
#define GW_DDL_READ_H

#include "dialect/gw_ddl_private.h"

typedef struct GwDdlToken
{
	char kind; /* 'w' word, 'q' quoted name, 's' string, 'n' number, 'p' punctuation, 0 end */
	const char *start, *end;
	char *text; /* without quotes */
} GwDdlToken;

typedef struct GwDdlReader
{
	const GwDdlTarget *target;
	const char *sql;
	GwDdlToken *tokens; /* end with one of kind 0 */
	int at;
	GwSchema *schema;
	List *unique, *foreign, *check; /* of GwKey * */
	List *columns;					/* of GwColumn * */
	List *notices;					/* of char *: code and message in turn */
	/* layout */
	List *cluster, *sort, *partition; /* of char * */
	const char *partition_kind, *granularity, *sort_style, *dist_style, *dist_column;
	GwError *err;
} GwDdlReader;

/* Cut the text into tokens; false: r->err says where it cannot be. */
extern bool gw_ddl_tokens(GwDdlReader *r);

/* Fail at a token. */
extern bool gw_ddl_fault(GwDdlReader *r, const GwDdlToken *token, const char *why);

/* The token at hand and the one behind it. */
extern const GwDdlToken *gw_ddl_peek(const GwDdlReader *r, int ahead);
/* Is the token at hand (ahead: one further on) this word or punctuation? */
extern bool gw_ddl_is(const GwDdlReader *r, int ahead, const char *word);
/* Step over these blank-separated words; false, and no step: they are not there. */
extern bool gw_ddl_accept(GwDdlReader *r, const char *words);
extern bool gw_ddl_expect(GwDdlReader *r, const char *words);
/* A name, folded as the platform does; a parenthesised list of them. */
extern bool gw_ddl_read_name(GwDdlReader *r, const char **name);
extern bool gw_ddl_read_names(GwDdlReader *r, List **names);
extern bool gw_ddl_read_string(GwDdlReader *r, const char **text);
/* The source text of a balanced "( ... )", without the outer parentheses. */
extern bool gw_ddl_read_parens(GwDdlReader *r, const char **text);
/* One or more tokens up to a comma, a closing parenthesis or what stop() says. */
extern bool gw_ddl_read_until(GwDdlReader *r, bool (*stop)(const GwDdlReader *r),
							  const char **text, int *first);
/* [database.][schema.]table */
extern bool gw_ddl_read_qualified(GwDdlReader *r, const char **database, const char **schema,
								  const char **table);

/* One column; a constraint of the table (false and no fault: it is none). */
extern bool gw_ddl_read_column(GwDdlReader *r);
extern bool gw_ddl_at_constraint(const GwDdlReader *r);
extern bool gw_ddl_read_constraint(GwDdlReader *r, const GwColumn *column);
/* OPTIONS(...): a description goes to comment, others are notices. */
extern bool gw_ddl_read_options(GwDdlReader *r, const char **comment);
extern void gw_ddl_read_notice(GwDdlReader *r, const char *code, const char *message);

#endif /* GW_DDL_READ_H */
