/*
 * raw_pages.c
 *	  The floors for reading pages of JSON: get them over one connection,
 *	  and find every value of them, or have a library parse them.
 *
 * raw_pages find|events|tree URL PAGES: gets URL, then the pages behind it
 * by their tokens, and prints the values and bytes it saw.  "find" knows where
 * values begin and end, and nothing else: not even whether the text is JSON.
 * "events" is yajl, which checks the grammar and hands out each value;
 * "tree" is jansson, which makes values of them all.  Nothing is converted.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

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

/* ---- yajl ---- */

static int
event_null(void *values)
{
	++*(long *) values;
	return 1;
}

static int
event_bool(void *values, int is)
{
	++*(long *) values;
	return 1;
}

static int
event_text(void *values, const char *text, size_t len)
{
	++*(long *) values;
	return 1;
}

static int
event_string(void *values, const unsigned char *text, size_t len)
{
	++*(long *) values;
	return 1;
}

static long
parse_events(const char *text, size_t len)
{
	static const yajl_callbacks callbacks = {.yajl_null = event_null,
											 .yajl_boolean = event_bool,
											 .yajl_number = event_text,
											 .yajl_string = event_string};
	long values = 0;
	yajl_handle parser = yajl_alloc(&callbacks, NULL, &values);
	int good = yajl_parse(parser, (const unsigned char *) text, len) == yajl_status_ok &&
		yajl_complete_parse(parser) == yajl_status_ok;

	yajl_free(parser);
	return good ? values : -1;
}

/* ---- jansson ---- */

/* The rows' cells, as a program would walk them. */
static long
parse_tree(const char *text, size_t len)
{
	json_t *tree = json_loadb(text, len, 0, NULL);
	json_t *data = json_object_get(tree, "data"); /* Snowflake's name for them */
	json_t *rows = data ? data : json_object_get(tree, "rows");
	json_t *row, *cell;
	long values = tree ? 0 : -1;
	size_t i, k;

	json_array_foreach(rows, i, row)
		json_array_foreach(data ? row : json_object_get(row, "f"), k, cell)
			values += data || json_object_get(cell, "v") != NULL;
	json_decref(tree);
	return values;
}

static long
page_values(const char *how, const Page *page)
{
	if (strcmp(how, "find") == 0)
		return count_values(page->data, page->data + page->len);
	return strcmp(how, "events") == 0 ? parse_events(page->data, page->len)
									  : parse_tree(page->data, page->len);
}

/* The token of the next page, which stands before the rows; "": there is none. */
static void
page_token(const Page *page, char token[20])
{
	const char *at = strstr(page->data, "\"pageToken\":\"");

	if (at == NULL || sscanf(at, "\"pageToken\":\"%19[0-9]", token) != 1)
		token[0] = '\0';
}

int
main(int argc, char **argv)
{
	CURL *curl = curl_easy_init();
	Page page = {0};
	char token[20] = "";
	long values = 0;
	size_t bytes = 0;

	if (argc != 4 || curl == NULL)
	{
		fprintf(stderr, "usage: raw_pages find|events|tree URL PAGES\n");
		return 1;
	}
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "raw (gzip)");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, page_append);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &page);
	for (int i = 0; i < atoi(argv[3]); i++)
	{
		char url[1000];
		long here = -1;

		snprintf(url, sizeof(url), token[0] ? "%s&pageToken=%s" : "%s", argv[2], token);
		curl_easy_setopt(curl, CURLOPT_URL, url);
		page.len = 0;
		if (curl_easy_perform(curl) == CURLE_OK)
		{
			here = page_values(argv[1], &page);
			page_token(&page, token);
		}
		if (here < 0)
		{
			fprintf(stderr, "raw_pages: page %d cannot be read\n", i);
			return 1;
		}
		values += here;
		bytes += page.len;
	}
	printf("%ld %zu\n", values, bytes);
	return 0;
}
