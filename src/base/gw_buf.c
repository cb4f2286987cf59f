/*
 * gw_buf.c
 *	  A byte buffer that never throws.
 *
 * Knows no memory contexts: malloc'd memory, freed by gw_buf_free().
 */
#include "postgres.h"

#include "base/gw_buf.h"

#define BUF_FIRST 4096

void
gw_buf_init(GwBuf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

bool
gw_buf_reserve(GwBuf *buf, size_t len)
{
	size_t cap = Max(buf->cap, BUF_FIRST);
	char *data;

	if (len > buf->max || len >= SIZE_MAX / 2)
	{
		buf->failed = true;
		return false;
	}
	if (len < buf->cap)
		return true;
	while (cap <= len)
		cap *= 2;
	data = realloc(buf->data, cap);
	if (data == NULL)
	{
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->cap = cap;
	return true;
}

bool
gw_buf_append(GwBuf *buf, const char *data, size_t len)
{
	if (len > SIZE_MAX / 2 || !gw_buf_reserve(buf, buf->len + len))
	{
		buf->failed = true;
		return false;
	}
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

void
gw_buf_reset(GwBuf *buf)
{
	buf->len = 0;
	buf->failed = false;
	if (buf->data != NULL)
		buf->data[0] = '\0';
}

void
gw_buf_free(GwBuf *buf)
{
	free(buf->data);
	gw_buf_init(buf, buf->max);
}
