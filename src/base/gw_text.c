/*
 * gw_text.c
 *	  Texts and lists of them.
 *
 * Keeps nothing; what it makes is the caller's.
 */
#include "postgres.h"

#include "base/gw_text.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"

char *
gw_text_format(const char *fmt, va_list args)
{
	StringInfoData text;

	initStringInfo(&text);
	for (;;)
	{
		va_list again;
		int more;

		va_copy(again, args);
		more = appendStringInfoVA(&text, fmt, again);
		va_end(again);
		if (more == 0)
			return text.data;
		enlargeStringInfo(&text, more);
	}
}

bool
gw_texts_have(const List *texts, const char *text)
{
	ListCell *lc;

	foreach(lc, texts)
	{
		if (strcmp(lfirst(lc), text) == 0)
			return true;
	}
	return false;
}

Datum
gw_texts_array(const List *texts)
{
	Datum *parts = palloc(Max(list_length(texts), 1) * sizeof(Datum));
	ListCell *lc;
	int n = 0;

	foreach(lc, texts)
		parts[n++] = CStringGetTextDatum((char *) lfirst(lc));
	return PointerGetDatum(construct_array(parts, n, TEXTOID, -1, false, TYPALIGN_INT));
}
