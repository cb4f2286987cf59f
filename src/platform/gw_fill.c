/*
 * gw_fill.c
 *	  Filling names and parameters into statements of our own.
 *
 * Knows no vendor; the texts are those of src/platform's .sql files, never a
 * user's.  Lives in the caller's context.
 */
#include "postgres.h"

#include "base/gw_url.h"
#include "platform/gw_fill.h"

#define FILL_WORD_MAX 32

/* A value where it stands; quote is the one it stands in, or NUL. */
static void
fill_value(const GwFill *fill, StringInfo out, char quote, const char *value)
{
	GwSqlBuf name;

	if (fill->url)
	{
		gw_url_escape(out, value ? value : "");
		return;
	}
	if (quote == '\0' && value == NULL)
	{
		appendStringInfoString(out, "NULL");
		return;
	}
	gw_sqlbuf_init(&name);
	if (quote == '\0' || quote == '\'')
		gw_dialect_string(fill->dialect, &name, value ? value : "");
	else
		gw_dialect_identifier(fill->dialect, &name, value ? value : "?");
	/* Quoted already: without its own quotes. */
	if (quote == '\0')
		appendBinaryStringInfo(out, name.text.data, name.text.len);
	else
		appendBinaryStringInfo(out, name.text.data + 1, name.text.len - 2);
}

char *
gw_fill(const GwFill *fill, const char *text)
{
	char quote = '\0';
	StringInfoData out;

	initStringInfo(&out);
	for (; *text != '\0'; text++)
	{
		const char *value = NULL;
		bool rendered = false;
		char word[FILL_WORD_MAX];
		int n = text[0] == '{' ? text[1] - '1' : -1;

		if (*text != '{')
		{
			if (quote == '\0' && (*text == '\'' || *text == '"' || *text == '`'))
				quote = *text;
			else if (*text == quote)
				quote = '\0';
			appendStringInfoChar(&out, *text);
			continue;
		}
		strlcpy(word, text + 1, Min(sizeof(word), strcspn(text + 1, "}") + 1));
		text += strcspn(text, "}");
		if (n >= 0 && n <= 8)
			value = n < fill->nparams ? fill->params[n].value : NULL;
		else
			value = fill->word(word, &rendered, fill->arg);
		if (rendered)
			appendStringInfoString(&out, value);
		else
			fill_value(fill, &out, quote, value);
	}
	return out.data;
}
