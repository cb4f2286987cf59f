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
json_digest(GwJsonToken (*next)(GwJsonReader *), const char *text, size_t len, size_t piece)
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
		token = next(&reader);
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

/* The next item of {"v": value} by single tokens, as gw_json_unbox() promises it. */
static GwJsonToken
json_unboxed(GwJsonReader *reader, char value[256])
{
	GwJsonToken token = gw_json_next(reader);

	if (token != GW_JSON_OBJECT)
		return token == GW_JSON_ARRAY_END ? token : GW_JSON_BAD;
	if (gw_json_next(reader) != GW_JSON_KEY || strcmp(reader->text, "v") != 0)
		return GW_JSON_BAD;
	token = gw_json_next(reader);
	if (token == GW_JSON_STRING || token == GW_JSON_NUMBER)
		snprintf(value, 256, "%s", reader->text);
	if (token == GW_JSON_OBJECT || token == GW_JSON_ARRAY || token == GW_JSON_BAD)
		return token;
	return gw_json_next(reader) == GW_JSON_OBJECT_END ? token : GW_JSON_BAD;
}

/* Items in one go and by single tokens are the same. */
static void
json_check_unbox(const char *text, size_t len)
{
	char *copies[2] = {malloc(len + 1), malloc(len + 1)};
	GwJsonReader readers[2];

	for (int i = 0; i < 2; i++)
	{
		memcpy(copies[i], text, len);
		copies[i][len] = '\0';
		gw_json_begin(&readers[i], copies[i], len, true);
	}
	if (gw_json_next(&readers[0]) == GW_JSON_ARRAY && gw_json_next(&readers[1]) == GW_JSON_ARRAY)
		for (;;)
		{
			char own[256] = "", theirs[256] = "";
			GwJsonToken token = gw_json_unbox(&readers[0], 'v');

			if (token == GW_JSON_STRING || token == GW_JSON_NUMBER)
				snprintf(own, sizeof(own), "%s", readers[0].text);
			FUZZ_CHECK(json_unboxed(&readers[1], theirs) == token);
			if (token == GW_JSON_BAD)
				break;
			FUZZ_CHECK(strcmp(own, theirs) == 0);
			FUZZ_CHECK(readers[0].at == readers[1].at && readers[0].depth == readers[1].depth);
			if (token == GW_JSON_ARRAY_END || token == GW_JSON_OBJECT || token == GW_JSON_ARRAY)
				break;
		}
	free(copies[0]);
	free(copies[1]);
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
	{
		uint64 digest = json_digest(gw_json_next, text, len, len);

		FUZZ_CHECK(json_digest(gw_json_next, text, len, piece) == digest);
		FUZZ_CHECK(json_digest(gw_json_next_item, text, len, len) == digest);
		FUZZ_CHECK(json_digest(gw_json_next_item, text, len, piece) == digest);
		json_check_unbox(text, len);
	}

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
