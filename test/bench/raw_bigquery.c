/*
 * raw_bigquery.c
 *	  The floor for reading BigQuery's pages: get them over one connection, and
 *	  find every value of them.
 *
 * raw_bigquery URL PAGES: gets URL, then URL&pageToken=1 and so on, and prints
 * the values and bytes it saw.  Nothing is converted, checked beyond JSON's
 * grammar of tokens, or kept.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Page
{
	char *data;
	size_t len, cap;
} Page;

static size_t
page_append(char *data, size_t size, size_t n, void *arg)
{
	Page *page = arg;

	if (page->len + n + 1 > page->cap)
	{
		page->cap = (page->len + n + 1) * 2;
		page->data = realloc(page->data, page->cap);
		if (page->data == NULL)
			return 0;
	}
	memcpy(page->data + page->len, data, n);
	page->len += n;
	page->data[page->len] = '\0';
	return n;
}

/* Behind the string that begins at the quote; NULL: it does not end. */
static const char *
skip_string(const char *at, const char *end)
{
	for (at++; at < end; at++)
	{
		if (*at == '\\')
			at++;
		else if (*at == '"')
			return at + 1;
	}
	return NULL;
}

/* Values of the text that are no containers, or -1. */
static long
count_values(const char *at, const char *end)
{
	long values = 0;
	int depth = 0;

	while (at < end)
	{
		switch (*at)
		{
			case '{':
			case '[':
				depth++;
				at++;
				break;
			case '}':
			case ']':
				depth--;
				at++;
				break;
			case ' ':
			case '\t':
			case '\r':
			case '\n':
			case ',':
			case ':':
				at++;
				break;
			case '"':
				at = skip_string(at, end);
				if (at == NULL)
					return -1;
				if (*at != ':')
					values++;
				break;
			default:
				at += strcspn(at, ",]} \t\r\n");
				values++;
		}
	}
	return depth == 0 ? values : -1;
}

int
main(int argc, char **argv)
{
	CURL *curl = curl_easy_init();
	Page page = {0};
	long values = 0;
	size_t bytes = 0;

	if (argc != 3 || curl == NULL)
	{
		fprintf(stderr, "usage: raw_bigquery URL PAGES\n");
		return 1;
	}
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "raw (gzip)");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, page_append);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &page);
	for (int i = 0; i < atoi(argv[2]); i++)
	{
		char url[1000];
		long here = -1;

		snprintf(url, sizeof(url), i > 0 ? "%s&pageToken=%d" : "%s", argv[1], i);
		curl_easy_setopt(curl, CURLOPT_URL, url);
		page.len = 0;
		if (curl_easy_perform(curl) == CURLE_OK)
			here = count_values(page.data, page.data + page.len);
		if (here < 0)
		{
			fprintf(stderr, "raw_bigquery: page %d cannot be read\n", i);
			return 1;
		}
		values += here;
		bytes += page.len;
	}
	printf("%ld %zu\n", values, bytes);
	return 0;
}
