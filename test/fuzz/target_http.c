/*
 * target_http.c
 *	  What comes over HTTP: the pull reader of JSON, URLs, Retry-After.
 *
 * The first byte says in which pieces the rest is fed to the reader.  Whole
 * or in pieces it must say the same; what it lets pass must be as deep, as
 * long and as valid as it promises.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/gw_json_stream.h"
#include "base/gw_retry.h"
#include "base/gw_url.h"
#include "mb/pg_wchar.h"


/* A number that stands for everything the reader has said. */
static uint64
json_digest(const char *text, size_t len, size_t piece)
{
	size_t have = Min(piece, len);
	char *data = malloc(len + 1);
	uint64 digest = 14695981039346656037u;
	GwJsonReader reader;
	GwJsonToken token;
	int depth = 0;

	memcpy(data, text, len);
	gw_json_begin(&reader, data, have, have == len);
	for (;;)
	{
		token = gw_json_next(&reader);
		if (token == GW_JSON_MORE)
		{
			char *moved = malloc(len + 1);

			FUZZ_CHECK(have < len);
			memcpy(moved, data, len);
			free(data);
			data = moved;
			have = Min(have + piece, len);
			gw_json_feed(&reader, data, have, have == len);
			continue;
		}
		digest = (digest ^ token) * 1099511628211u;
		if (token == GW_JSON_OBJECT || token == GW_JSON_ARRAY)
			FUZZ_CHECK(++depth <= GW_JSON_MAX_DEPTH);
		if (token == GW_JSON_OBJECT_END || token == GW_JSON_ARRAY_END)
			FUZZ_CHECK(--depth >= 0);
		FUZZ_CHECK(reader.depth == depth || token == GW_JSON_BAD);
		if (token == GW_JSON_KEY || token == GW_JSON_STRING || token == GW_JSON_NUMBER)
		{
			FUZZ_CHECK(reader.text >= data && reader.text + reader.textlen <= data + len);
			FUZZ_CHECK(strlen(reader.text) == reader.textlen);
			for (size_t i = 0; i < reader.textlen; i++)
				digest = (digest ^ (unsigned char) reader.text[i]) * 1099511628211u;
		}
		if (token == GW_JSON_END || token == GW_JSON_BAD)
			break;
	}
	FUZZ_CHECK(token == GW_JSON_BAD || depth == 0);
	FUZZ_CHECK((token == GW_JSON_BAD) == (reader.problem != NULL));
	free(data);
	return digest;
}

void
fuzz_one(char *text, size_t len)
{
	struct sockaddr_in in4 = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	size_t piece;
	int64 after;
	GwUrl url;

	if (len < 2)
		return;
	piece = 1 + (unsigned char) text[0];
	text++;
	len--;
	/* A text with NUL in it is no C string to anybody. */
	if (memchr(text, '\0', len) == NULL)
		FUZZ_CHECK(json_digest(text, len, len) == json_digest(text, len, piece));

	after = gw_retry_after_ms(text, 1700000000);
	FUZZ_CHECK(after >= -1 && after <= 86400000);
	if (gw_url_parse(text, &url))
	{
		FUZZ_CHECK(url.host[0] != '\0' && strlen(url.host) < sizeof(url.host));
		FUZZ_CHECK(url.port >= 1 && url.port <= 65535);
		FUZZ_CHECK(strpbrk(text, "@\\ \n\r\t#") == NULL || strchr(text, '@') != NULL);
		FUZZ_CHECK(strchr(url.host, '@') == NULL && strchr(url.host, '/') == NULL);
		FUZZ_CHECK(url.numeric == (inet_pton(AF_INET, url.host, &in4.sin_addr) == 1 ||
								   inet_pton(AF_INET6, url.host, &in6.sin6_addr) == 1));
	}
}
