/*
 * gw_ddl_token.c
 *	  A platform's DDL cut into tokens, and the steps over them.
 *
 * Knows quotes, comments and names, no statement.  Tokens point into the text.
 */
#include "postgres.h"

#include "dialect/gw_ddl_read.h"
#include "mb/pg_wchar.h"

bool
gw_ddl_fault(GwDdlReader *r, const GwDdlToken *token, const char *why)
{
	const char *begin = r->sql;
	int line = 1;

	for (const char *at = r->sql; at < token->start; at++)
		if (*at == '\n')
		{
			line++;
			begin = at + 1;
		}
	gw_error_set(r->err, GW_ERR_INVALID, ERRCODE_SYNTAX_ERROR,
				 "this DDL of %s cannot be read at line %d, character %d", r->target->title,
				 line, pg_mbstrlen_with_len(begin, token->start - begin) + 1);
	if (token->kind == 0)
		gw_error_detail(r->err, "At the end: %s.", why);
	else
		gw_error_detail(r->err, "At \"%.*s\": %s.",
						pg_mbcliplen(token->start, token->end - token->start, 60),
						token->start, why);
	return false;
}

/* ---------- cutting ---------- */

static char
token_name_quote(const GwDdlTarget *target)
{
	const GwDialect *d = target->dialect;

	while (d->ident_open == 0)
		d = d->parent;
	return d->ident_open;
}

/* Behind blanks and comments; NULL: a comment does not end. */
static const char *
token_skip_blank(const GwDdlTarget *target, const char *at)
{
	bool hash = token_name_quote(target) == '`';

	for (;;)
	{
		at += strspn(at, " \t\r\n\f");
		if ((at[0] == '-' && at[1] == '-') || (hash && at[0] == '#'))
			at += strcspn(at, "\n");
		else if (at[0] == '/' && at[1] == '*')
		{
			at = strstr(at + 2, "*/");
			if (at == NULL)
				return NULL;
			at += 2;
		}
		else
			return at;
	}
}

/* Behind the closing quote with the text taken out; NULL: there is none. */
static const char *
token_quoted(const char *at, char close, bool backslash, char **text)
{
	StringInfoData plain;

	initStringInfo(&plain);
	for (at++; *at != '\0'; at++)
	{
		char c = *at;

		if (c == close && at[1] != close)
		{
			*text = plain.data;
			return at + 1;
		}
		if (c == close)
			at++;
		else if (backslash && c == '\\' && at[1] != '\0')
		{
			c = *++at;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
		}
		appendStringInfoChar(&plain, c);
	}
	return NULL;
}

static bool
token_in_word(char c)
{
	return c == '_' || c == '$' || c == '@' || isalnum((unsigned char) c) || IS_HIGHBIT_SET(c);
}

/* The token at `at`; NULL: a quote does not end. */
static const char *
token_cut(const GwDdlTarget *target, const char *at, const GwDdlToken *before,
		  GwDdlToken *token)
{
	char quote = token_name_quote(target);
	const char *end = at;
	bool escapes = (target->can & GW_DDL_BACKSLASH) != 0;

	if (*at == quote || (*at == '"' && quote != '`'))
	{
		token->kind = 'q';
		return token_quoted(at, *at == '[' ? ']' : *at, false, &token->text);
	}
	if (*at == '\'' || *at == '"')
	{
		/* E'...' */
		if (before != NULL && before->kind == 'w' && before->end == at &&
			pg_strcasecmp(before->text, "e") == 0)
			escapes = true;
		token->kind = 's';
		return token_quoted(at, *at, escapes, &token->text);
	}
	if (isdigit((unsigned char) *at))
	{
		token->kind = 'n';
		while (token_in_word(*end) || *end == '.')
			end++;
	}
	else if (token_in_word(*at))
	{
		token->kind = 'w';
		while (token_in_word(*end))
			end++;
	}
	else
	{
		token->kind = 'p';
		end = at + pg_mblen(at);
	}
	token->text = pnstrdup(at, end - at);
	return end;
}

bool
gw_ddl_tokens(GwDdlReader *r)
{
	const char *at = r->sql;
	int n = 0, space = 256;

	r->tokens = palloc(space * sizeof(GwDdlToken));
	for (;;)
	{
		GwDdlToken *token;
		const char *start = at;

		if (n == space)
		{
			space *= 2;
			r->tokens = repalloc_huge(r->tokens, space * sizeof(GwDdlToken));
		}
		token = &r->tokens[n];
		memset(token, 0, sizeof(*token));
		at = token_skip_blank(r->target, at);
		token->start = token->end = at ? at : start;
		if (at == NULL)
			return gw_ddl_fault(r, token, "a comment does not end");
		if (*at == '\0')
			return true;
		at = token_cut(r->target, at, n > 0 ? token - 1 : NULL, token);
		token->end = at ? at : token->start + strlen(token->start);
		if (at == NULL)
			return gw_ddl_fault(r, token, "a quote does not end");
		n++;
	}
}

/* ---------- steps ---------- */

const GwDdlToken *
gw_ddl_peek(const GwDdlReader *r, int ahead)
{
	int at = r->at;

	while (ahead-- > 0 && r->tokens[at].kind != 0)
		at++;
	return &r->tokens[at];
}

bool
gw_ddl_is(const GwDdlReader *r, int ahead, const char *word)
{
	const GwDdlToken *token = gw_ddl_peek(r, ahead);

	return (token->kind == 'w' || token->kind == 'p') && pg_strcasecmp(token->text, word) == 0;
}

bool
gw_ddl_accept(GwDdlReader *r, const char *words)
{
	int n = 0;

	while (*words != '\0')
	{
		int len = strcspn(words, " ");
		char *word = pnstrdup(words, len);

		if (!gw_ddl_is(r, n, word))
			return false;
		n++;
		words += len + (words[len] == ' ');
	}
	r->at += n;
	return true;
}

bool
gw_ddl_expect(GwDdlReader *r, const char *words)
{
	return gw_ddl_accept(r, words) ||
		gw_ddl_fault(r, gw_ddl_peek(r, 0), psprintf("%s is expected", words));
}

bool
gw_ddl_read_name(GwDdlReader *r, const char **name)
{
	const GwDdlToken *token = gw_ddl_peek(r, 0);
	char *folded;

	if (token->kind != 'w' && token->kind != 'q')
		return gw_ddl_fault(r, token, "a name is expected");
	if (token->text[0] == '\0')
		return gw_ddl_fault(r, token, "a name is empty");
	folded = pstrdup(token->text);
	for (char *c = folded; token->kind == 'w' && *c != '\0'; c++)
		*c = r->target->folds == 'u' ? pg_ascii_toupper(*c)
			: r->target->folds == 'l' ? pg_ascii_tolower(*c) : *c;
	*name = folded;
	r->at++;
	return true;
}

bool
gw_ddl_read_names(GwDdlReader *r, List **names)
{
	if (!gw_ddl_expect(r, "("))
		return false;
	do
	{
		const char *name;

		if (!gw_ddl_read_name(r, &name))
			return false;
		*names = lappend(*names, unconstify(char *, name));
		(void) gw_ddl_accept(r, "asc");
	} while (gw_ddl_accept(r, ","));
	return gw_ddl_expect(r, ")");
}

bool
gw_ddl_read_string(GwDdlReader *r, const char **text)
{
	const GwDdlToken *token = gw_ddl_peek(r, 0);

	if (token->kind == 'w' && gw_ddl_peek(r, 1)->kind == 's' &&
		gw_ddl_peek(r, 1)->start == token->end)
		token = gw_ddl_peek(r, 1); /* N'...', E'...' */
	if (token->kind != 's')
		return gw_ddl_fault(r, token, "a string is expected");
	r->at = token - r->tokens + 1;
	*text = token->text;
	return true;
}

bool
gw_ddl_read_parens(GwDdlReader *r, const char **text)
{
	const GwDdlToken *open = gw_ddl_peek(r, 0), *token;
	int depth = 0;

	if (!gw_ddl_is(r, 0, "("))
		return gw_ddl_fault(r, open, "( is expected");
	do
	{
		token = gw_ddl_peek(r, 0);
		if (token->kind == 0)
			return gw_ddl_fault(r, open, "the parenthesis is not closed");
		depth += gw_ddl_is(r, 0, "(") - gw_ddl_is(r, 0, ")");
		r->at++;
	} while (depth > 0);
	*text = pnstrdup(open->end, token->start - open->end);
	return true;
}

bool
gw_ddl_read_until(GwDdlReader *r, bool (*stop)(const GwDdlReader *r), const char **text,
				  int *first)
{
	const GwDdlToken *begin = gw_ddl_peek(r, 0);
	int depth = 0;

	*first = r->at;
	while (gw_ddl_peek(r, 0)->kind != 0)
	{
		if (depth == 0 && (gw_ddl_is(r, 0, ",") || gw_ddl_is(r, 0, ")") ||
						   (r->at > *first && stop(r))))
			break;
		depth += gw_ddl_is(r, 0, "(") + gw_ddl_is(r, 0, "<") - gw_ddl_is(r, 0, ")") -
			gw_ddl_is(r, 0, ">");
		r->at++;
	}
	if (r->at == *first)
		return gw_ddl_fault(r, begin, "something is missing here");
	*text = pnstrdup(begin->start, r->tokens[r->at - 1].end - begin->start);
	return true;
}

/* `project.dataset.table` in one pair of quotes, where no name holds a dot. */
static void
token_split_name(const GwDdlTarget *target, const char **database, const char **schema,
				 const char **table)
{
	char *name = pstrdup(*table), *dot = strrchr(name, '.');

	if (dot == NULL || target->bad_name == NULL || !target->bad_name(name, false))
		return;
	*dot = '\0';
	*table = dot + 1;
	*schema = name;
	dot = strrchr(name, '.');
	if (dot == NULL)
		return;
	*dot = '\0';
	*schema = dot + 1;
	*database = name;
}

bool
gw_ddl_read_qualified(GwDdlReader *r, const char **database, const char **schema,
					  const char **table)
{
	*database = *schema = NULL;
	for (int i = 0;; i++)
	{
		if (!gw_ddl_read_name(r, table))
			return false;
		if (!gw_ddl_accept(r, "."))
		{
			if (i == 0)
				token_split_name(r->target, database, schema, table);
			return true;
		}
		if (i == 2)
			return gw_ddl_fault(r, gw_ddl_peek(r, 0), "a name has at most three parts");
		*database = *schema;
		*schema = *table;
	}
}
