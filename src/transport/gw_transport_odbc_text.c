/*
 * gw_transport_odbc_text.c
 *	  Texts and rows in malloc'd memory, UTF-16 and UTF-8.
 *
 * Runs in the worker's thread too, so nothing of PostgreSQL's is called and
 * nothing raises: what has no memory is marked as failed.  The caller owns what
 * is made.
 */
#include "postgres.h"

#include <stdlib.h>

#include "transport/gw_transport_odbc.h"
#include "utils/memutils.h"

/* ---- growing texts ---- */

bool
odbc_text_reserve(OdbcText *text, size_t more)
{
	size_t wanted = text->len + more + 1;
	size_t max = text->max ? text->max : 256;
	char *data;

	if (text->failed)
		return false;
	if (wanted <= text->max)
		return true;
	while (max < wanted)
		max *= 2;
	data = realloc(text->data, max);
	if (data == NULL)
	{
		text->failed = true;
		return false;
	}
	text->data = data;
	text->max = max;
	return true;
}

void
odbc_text_bytes(OdbcText *text, const void *data, size_t len)
{
	if (!odbc_text_reserve(text, len))
		return;
	if (len > 0)
		memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void
odbc_text_put(OdbcText *text, const char *string)
{
	odbc_text_bytes(text, string, strlen(string));
}

void
odbc_text_hex(OdbcText *text, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	if (!odbc_text_reserve(text, 2 * len))
		return;
	for (i = 0; i < len; i++)
	{
		text->data[text->len++] = digits[data[i] >> 4];
		text->data[text->len++] = digits[data[i] & 15];
	}
	text->data[text->len] = '\0';
}

void
odbc_text_json(OdbcText *text, const char *string)
{
	const char *p;

	if (string == NULL)
	{
		odbc_text_put(text, "null");
		return;
	}
	odbc_text_put(text, "\"");
	for (p = string; *p != '\0'; p++)
	{
		char escape[8];

		if (*p == '"' || *p == '\\')
			snprintf(escape, sizeof(escape), "\\%c", *p);
		else if ((unsigned char) *p < 32)
			snprintf(escape, sizeof(escape), "\\u%04x", (unsigned char) *p);
		else
			snprintf(escape, sizeof(escape), "%c", *p);
		odbc_text_put(text, escape);
	}
	odbc_text_put(text, "\"");
}

void
odbc_text_free(OdbcText *text)
{
	free(text->data);
	memset(text, 0, sizeof(OdbcText));
}

/* ---- encodings ---- */

bool
odbc_text_utf16(OdbcText *text, const SQLWCHAR *units, size_t n)
{
	unsigned char *to;
	size_t i;

	if (!odbc_text_reserve(text, 3 * n))
		return true;
	to = (unsigned char *) text->data + text->len;
	for (i = 0; i < n; i++)
	{
		uint32 c = units[i];

		if (c == 0 || (c >= 0xDC00 && c <= 0xDFFF))
			return false;
		if (c >= 0xD800 && c <= 0xDBFF)
		{
			if (i + 1 >= n || units[i + 1] < 0xDC00 || units[i + 1] > 0xDFFF)
				return false;
			c = 0x10000 + ((c - 0xD800) << 10) + (units[++i] - 0xDC00);
		}
		if (c < 0x80)
			*to++ = (unsigned char) c;
		else if (c < 0x800)
		{
			*to++ = 0xC0 | (c >> 6);
			*to++ = 0x80 | (c & 0x3F);
		}
		else
		{
			if (c < 0x10000)
				*to++ = 0xE0 | (c >> 12);
			else
			{
				*to++ = 0xF0 | (c >> 18);
				*to++ = 0x80 | ((c >> 12) & 0x3F);
			}
			*to++ = 0x80 | ((c >> 6) & 0x3F);
			*to++ = 0x80 | (c & 0x3F);
		}
	}
	text->len = (char *) to - text->data;
	*to = '\0';
	return true;
}

bool
odbc_text_is_utf8(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + len;

	while (p < end)
	{
		uint32 c = *p++;
		int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0x80 ? 1 : 0;
		uint32 least = more == 3 ? 0x10000 : more == 2 ? 0x800 : more == 1 ? 0x80 : 1;

		if (c > 0xF4 || (c >= 0x80 && c < 0xC2) || end - p < more)
			return false;
		if (more > 0)
			c &= 0x3F >> more;
		for (; more > 0; more--, p++)
		{
			if ((*p & 0xC0) != 0x80)
				return false;
			c = (c << 6) | (*p & 0x3F);
		}
		if (c < least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
			return false;
	}
	return true;
}

/* The input is valid: it was converted from the database's encoding. */
SQLWCHAR *
odbc_utf16(const char *utf8, size_t *n)
{
	const unsigned char *p = (const unsigned char *) utf8;
	SQLWCHAR *units = malloc((strlen(utf8) + 1) * sizeof(SQLWCHAR));
	size_t len = 0;

	if (units == NULL)
		return NULL;
	while (*p != '\0')
	{
		uint32 c = *p++;
		int more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;

		if (more > 0)
			c &= 0x3F >> more;
		while (more-- > 0 && (*p & 0xC0) == 0x80)
			c = (c << 6) | (*p++ & 0x3F);
		if (c >= 0x10000)
		{
			units[len++] = (SQLWCHAR) (0xD800 + ((c - 0x10000) >> 10));
			c = 0xDC00 + ((c - 0x10000) & 0x3FF);
		}
		units[len++] = (SQLWCHAR) c;
	}
	units[len] = 0;
	if (n != NULL)
		*n = len;
	return units;
}

/* ---- rows ---- */

OdbcRows *
odbc_rows_create(int ncolumns)
{
	OdbcRows *rows = calloc(1, sizeof(OdbcRows));

	if (rows != NULL)
		rows->ncolumns = ncolumns;
	return rows;
}

void
odbc_rows_free(void *arg)
{
	OdbcRows *rows = (OdbcRows *) arg;

	if (rows == NULL)
		return;
	odbc_text_free(&rows->text);
	free(rows->cells);
	free(rows);
}

OdbcCell *
odbc_rows_add(OdbcRows *rows)
{
	size_t wanted = (size_t) (rows->nrows + 1) * rows->ncolumns;

	if (wanted > rows->max_cells)
	{
		size_t max = Max(wanted, rows->max_cells * 2);
		OdbcCell *cells = realloc(rows->cells, max * sizeof(OdbcCell));

		if (cells == NULL)
			return NULL;
		rows->cells = cells;
		rows->max_cells = max;
	}
	return &rows->cells[(size_t) rows->nrows++ * rows->ncolumns];
}

bool
odbc_rows_cell(OdbcRows *rows, OdbcCell *cell, size_t offset)
{
	size_t len = rows->text.len - offset;

	if (!odbc_text_reserve(&rows->text, 1) || len >= MaxAllocSize)
		return false;
	cell->offset = offset;
	cell->len = (int32) len;
	rows->text.data[rows->text.len++] = '\0';
	return true;
}
