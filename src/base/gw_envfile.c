/*
 * gw_envfile.c
 *	  Reading .env files: NAME=value, a line each.
 *
 * Does not look at the process's environment and expands nothing.  What is
 * read lives in the caller's context.
 */
#include "postgres.h"

#include "base/gw_envfile.h"
#include "lib/stringinfo.h"

static GwStatus
envfile_refuse(GwError *err, int line, const char *why)
{
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
				 "line %d of the environment file: %s", line, why);
	gw_error_hint(err, "Write NAME=value, 'value' or \"value\", one a line.");
	return GW_FAILED;
}

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r");
}

/* A value in quotes; *at moves behind the closing one.  Quotes end in their line. */
static GwStatus
read_quoted(const char **at, int line, StringInfo value, GwError *err)
{
	static const char escapes[] = "nrt";
	static const char meanings[] = "\n\r\t";
	char quote = *(*at)++;

	for (;; (*at)++)
	{
		char c = **at;

		if (c == '\0' || c == '\n')
			return envfile_refuse(err, line, "a quote is not closed");
		if (c == quote)
			break;
		if (quote == '"' && c == '\\' && (*at)[1] != '\0' && (*at)[1] != '\n')
		{
			const char *escape = strchr(escapes, *++(*at));

			c = escape ? meanings[escape - escapes] : **at;
		}
		appendStringInfoChar(value, c);
	}
	*at = skip_blanks(*at + 1);
	if (**at != '\0' && **at != '\n' && **at != '#')
		return envfile_refuse(err, line, "something follows a closing quote");
	*at += strcspn(*at, "\n");
	return GW_OK;
}

/* A value without quotes: to the line's end or a comment, without blanks around. */
static void
read_plain(const char **at, StringInfo value)
{
	const char *end = *at;
	const char *c;

	for (c = *at; *c != '\0' && *c != '\n'; c++)
	{
		if (*c == '#' && (c == *at || c[-1] == ' ' || c[-1] == '\t'))
			break;
		if (*c != ' ' && *c != '\t' && *c != '\r')
			end = c + 1;
	}
	appendBinaryStringInfo(value, *at, (int) (end - *at));
	*at = c + strcspn(c, "\n");
}

GwStatus
gw_envfile_parse(const char *text, List **variables, GwError *err)
{
	const char *at = text;

	*variables = NIL;
	for (int line = 1; *at != '\0'; line++)
	{
		GwEnvVariable *variable;
		StringInfoData value;
		size_t len;

		at = skip_blanks(at);
		if (strncmp(at, "export ", 7) == 0)
			at = skip_blanks(at + 7);
		if (*at == '#')
			at += strcspn(at, "\n");
		len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789");
		if (*at != '\0' && *at != '\n')
		{
			if (len == 0 || (*at >= '0' && *at <= '9'))
				return envfile_refuse(err, line, "no name of a variable");
			variable = palloc(sizeof(GwEnvVariable));
			variable->name = pnstrdup(at, len);
			at = skip_blanks(at + len);
			if (*at != '=')
				return envfile_refuse(err, line, "no = after the name");
			at = skip_blanks(at + 1);
			initStringInfo(&value);
			if (*at != '"' && *at != '\'')
				read_plain(&at, &value);
			else if (read_quoted(&at, line, &value, err) != GW_OK)
				return GW_FAILED;
			variable->value = value.data;
			*variables = lappend(*variables, variable);
		}
		if (*at == '\n')
			at++;
	}
	return GW_OK;
}

const char *
gw_envfile_get(const List *variables, const char *name)
{
	for (int i = list_length(variables); i-- > 0;)
	{
		GwEnvVariable *variable = list_nth(variables, i);

		if (strcmp(variable->name, name) == 0)
			return variable->value;
	}
	return NULL;
}
