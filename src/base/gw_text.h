/*
 * gw_text.h
 *	  Texts and lists of them.
 *
 * Results are in CurrentMemoryContext; nothing fails but for want of memory.
 */
#ifndef GW_TEXT_H
#define GW_TEXT_H

#include "nodes/pg_list.h"

/* What fmt and args say, however long it is; args is the caller's to end. */
extern char *gw_text_format(const char *fmt, va_list args) pg_attribute_printf(1, 0);

/* Is the text one of a list of char *? */
extern bool gw_texts_have(const List *texts, const char *text);

/* A list of char * as a text[]. */
extern Datum gw_texts_array(const List *texts);

#endif /* GW_TEXT_H */
