/*
 * gw_fill.h
 *	  Filling names and parameters into statements of our own, for services
 *	  that take no parameters where the statement needs them.
 */
#ifndef GW_FILL_H
#define GW_FILL_H

#include "dialect/gw_dialect.h"
#include "transport/gw_transport.h"

typedef struct GwFill
{
	const GwDialect *dialect;
	int nparams;
	const GwParam *params;
	bool url; /* the text is a path: each value is a segment of it, or part of one */

	/*
	 * What a word in braces stands for; NULL: nothing.  rendered (preset false):
	 * it is SQL and stands as it is.
	 */
	const char *(*word)(const char *word, bool *rendered, void *arg);
	void *arg;
} GwFill;

/*
 * The text with each {word}, and {1}, {2} for parameters, written by the
 * dialect: an identifier within the dialect's quotes for one, a string within
 * single quotes, else a string constant, or NULL.  palloc'd.
 */
extern char *gw_fill(const GwFill *fill, const char *text);

#endif /* GW_FILL_H */
