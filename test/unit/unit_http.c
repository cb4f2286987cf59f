/*
 * unit_http.c
 *	  What HTTP stands on: the buffer that never throws, the pull reader, URLs
 *	  and addresses, pauses before retries, signed tokens.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "gw_unit.h"

#include "base/gw_breaker.h"
#include "base/gw_buf.h"
#include "base/gw_json_stream.h"
#include "base/gw_limiter.h"
#include "base/gw_retry.h"
#include "base/gw_url.h"
#include "lib/stringinfo.h"
#include "transport/gw_jwt.h"

GW_UNIT(buf)
{
	GwBuf buf;

	gw_buf_init(&buf, 10);
	CHECK(gw_buf_append(&buf, "12345", 5));
	CHECK(gw_buf_append(&buf, "67890", 5));
	CHECK_STR(buf.data, "1234567890");
	CHECK(!buf.failed);
	CHECK(!gw_buf_append(&buf, "x", 1));
	CHECK(buf.failed);
	CHECK_INT(buf.len, 10);
	CHECK(!gw_buf_append(&buf, "x", SIZE_MAX));
	gw_buf_reset(&buf);
	CHECK(!buf.failed);
	CHECK_STR(buf.data, "");
	gw_buf_free(&buf);
	CHECK(buf.data == NULL);
}

/* Every token of a text as one line; fed in pieces of that many bytes. */
static char *
json_tokens_by(GwJsonToken (*next)(GwJsonReader *), const char *text, size_t piece)
{
	static const char *const names[] = {"more", "bad", "end", "{", "}", "[", "]", "key",
										"string", "number", "true", "false", "null"};
	size_t whole = strlen(text);
	size_t have = Min(piece, whole);
	char *data = pstrdup(text);
	StringInfoData out;
	GwJsonReader reader;
	GwJsonToken token;

	initStringInfo(&out);
	gw_json_begin(&reader, data, have, have == whole);
	do
	{
		token = next(&reader);
		if (token == GW_JSON_MORE)
		{
			/* It may move as it grows. */
			char *moved = palloc(whole + 1);

			memcpy(moved, data, whole + 1);
			data = moved;
			have = Min(have + piece, whole);
			gw_json_feed(&reader, data, have, have == whole);
			continue;
		}
		appendStringInfo(&out, "%s%s", out.len > 0 ? " " : "", names[token]);
		if (token == GW_JSON_KEY || token == GW_JSON_STRING || token == GW_JSON_NUMBER)
			appendStringInfo(&out, ":%s", reader.text);
	} while (token != GW_JSON_END && token != GW_JSON_BAD);
	if (token == GW_JSON_BAD)
		appendStringInfo(&out, " (%s)", reader.problem);
	return out.data;
}

/* The same by both ways to ask for them. */
static char *
json_tokens(const char *text, size_t piece)
{
	char *tokens = json_tokens_by(gw_json_next, text, piece);

	CHECK_STR(json_tokens_by(gw_json_next_item, text, piece), tokens);
	return tokens;
}

GW_UNIT(json_stream)
{
	static const char text[] =
		"{\"a\": [1, -2.50e+3, \"x\\n\\u00e9\\ud83d\\ude00\\\"\", true, false, null, {}],"
		" \"long string of more than sixteen bytes\":\"0123456789abcdef\\\\ \", \"n\":0.1}";
	char *wanted = json_tokens(text, sizeof(text));

	CHECK_STR(wanted,
			  "{ key:a [ number:1 number:-2.50e+3 string:x\n\xc3\xa9\xf0\x9f\x98\x80\" true "
			  "false null { } ] key:long string of more than sixteen bytes "
			  "string:0123456789abcdef\\  key:n number:0.1 } end");
	for (size_t piece = 1; piece < sizeof(text); piece++)
		if (strcmp(json_tokens(text, piece), wanted) != 0)
			CHECK_STR(json_tokens(text, piece), wanted);
	CHECK_STR(json_tokens("12345678901234567890.123456789012345678901234567890", 7),
			  "number:12345678901234567890.123456789012345678901234567890 end");
	CHECK_STR(json_tokens("[[\"1\",null,\"\",\"a\\tb\"],[null,\"x\"] ,[ null , \"y\" ]]", 99),
			  "[ [ string:1 null string: string:a\tb ] [ null string:x ] [ null string:y ] ] end");
	for (size_t piece = 1; piece < 40; piece++)
	{
		(void) json_tokens("[\"0123456789\",null,\"ab\",[\"cd\",null],null,null]", piece);
		(void) json_tokens("[[null,\"a\",\"0123456789\"]]", piece);
	}
	CHECK_STR(json_tokens("[\"a\"\"bcdefgh\"]", 99),
			  "[ string:a bad (neither a comma nor an end)");
	CHECK_STR(json_tokens("[\"a\",,\"bcdefgh\"]", 99),
			  "[ string:a bad (an unexpected character)");
	CHECK_STR(json_tokens("[nullx,\"abcdefg\"]", 99), "[ bad (an unknown word)");
	CHECK_STR(json_tokens("{\"a\",\"bcdefgh\"}", 99), "{ key:a bad (a key without a colon)");
	CHECK_STR(json_tokens("{\"a\":1,null:\"bcdefgh\"}", 99),
			  "{ key:a number:1 bad (a key that is no string)");
	CHECK_STR(json_tokens("\"a\",\"bcdefgh\"", 99), "string:a bad (something after the end)");
	CHECK_STR(json_tokens("[1,\"bcdefgh\",2]", 99), "[ number:1 string:bcdefgh number:2 ] end");
	CHECK_STR(json_tokens("[1,]", 99), "[ number:1 bad (an unexpected character)");
	CHECK_STR(json_tokens("[01]", 99), "[ bad (an unknown word)");
	CHECK_STR(json_tokens("[1 2]", 99), "[ number:1 bad (neither a comma nor an end)");
	CHECK_STR(json_tokens("{\"a\" 1}", 99), "{ key:a bad (a key without a colon)");
	CHECK_STR(json_tokens("{1:2}", 99), "{ bad (a key that is no string)");
	CHECK_STR(json_tokens("[}", 99), "[ bad (an unexpected character)");
	CHECK_STR(json_tokens("1 2", 99), "number:1 bad (something after the end)");
	CHECK_STR(json_tokens("", 99), "bad (the text ends too early)");
	CHECK_STR(json_tokens("[\"a", 99), "[ bad (a string without its end)");
	CHECK_STR(json_tokens("[\"a\\", 1), "[ bad (a string without its end)");
	CHECK_STR(json_tokens("\"\\u0000\"", 99),
			  "bad (a string holds the character U+0000, which no text here can)");
	CHECK_STR(json_tokens("\"\\ud800x\"", 99), "bad (half of a surrogate pair)");
	CHECK_STR(json_tokens("\"\\x\"", 99), "bad (an unknown escape)");
	CHECK_STR(json_tokens("\"a\tb\"", 99), "bad (a control character within a string)");
}

/* The items of an array of {"v": value}, and what follows it. */
static char *
json_boxes(const char *text)
{
	StringInfoData out;
	GwJsonReader reader;
	GwJsonToken token;

	initStringInfo(&out);
	gw_json_begin(&reader, pstrdup(text), strlen(text), true);
	(void) gw_json_next(&reader);
	while ((token = gw_json_unbox(&reader, 'v')) != GW_JSON_ARRAY_END && token != GW_JSON_BAD)
	{
		if (token == GW_JSON_STRING || token == GW_JSON_NUMBER)
			appendStringInfo(&out, "%s(%d) ", reader.text, (int) reader.textlen);
		else if (token != GW_JSON_OBJECT && token != GW_JSON_ARRAY)
			appendStringInfoString(&out, token == GW_JSON_NULL ? "null " : "word ");
		else if (gw_json_skip(&reader, token) == GW_JSON_BAD ||
				 gw_json_next(&reader) != GW_JSON_OBJECT_END)
			return "bad inside";
		else
			appendStringInfoString(&out, "nested ");
	}
	if (token == GW_JSON_BAD)
		return psprintf("%sbad (%s)", out.data, reader.problem);
	return psprintf("%s%s", out.data, gw_json_next(&reader) == GW_JSON_END ? "end" : "no end");
}

GW_UNIT(json_unbox)
{
	CHECK_STR(json_boxes("[]"), "end");
	CHECK_STR(json_boxes("[{\"v\":\"abc\"},{\"v\":null},{\"v\":\"12345678901\"},{\"v\":\"\"}]"),
			  "abc(3) null 12345678901(11) (0) end");
	CHECK_STR(json_boxes("[ { \"v\" : \"a\" } , {\"v\":\"b\" },{\"v\":null },\n{\"v\": 1.50}]"),
			  "a(1) b(1) null 1.50(4) end");
	CHECK_STR(json_boxes("[{\"v\":1},{\"v\":true},{\"v\":\"q\\\"\\u00e9\"},{\"v\":\"x\"}]"),
			  "1(1) word q\"\303\251(4) x(1) end");
	CHECK_STR(json_boxes("[{\"v\":[{\"v\":\"1\"}]},{\"v\":{\"f\":[]}},{\"v\":[]},{\"v\":\"z\"}]"),
			  "nested nested nested z(1) end");
	CHECK_STR(json_boxes("[{\"v\":\"a\",\"w\":\"b\"}]"),
			  "bad (an object with more than one member)");
	CHECK_STR(json_boxes("[{\"v\":null,\"w\":null}]"),
			  "bad (an object with more than one member)");
	CHECK_STR(json_boxes("[{\"w\":\"a\"}]"),
			  "bad (an object without the member it has to have)");
	CHECK_STR(json_boxes("[{\"vv\":\"a\"}]"),
			  "bad (an object without the member it has to have)");
	CHECK_STR(json_boxes("[{}]"), "bad (an object without the member it has to have)");
	CHECK_STR(json_boxes("[1]"), "bad (an item that is no object)");
	CHECK_STR(json_boxes("[\"a\",{\"v\":\"b\"}]"), "bad (an item that is no object)");
	CHECK_STR(json_boxes("[{\"v\":\"a\"}{\"v\":\"bbbbbbbbbbbb\"}]"),
			  "a(1) bad (neither a comma nor an end)");
	CHECK_STR(json_boxes("[{\"v\":\"a\"};{\"v\":\"bbbbbbbbbbbb\"}]"),
			  "a(1) bad (neither a comma nor an end)");
	CHECK_STR(json_boxes("[,{\"v\":\"bbbbbbbbbbbb\"}]"), "bad (an unexpected character)");
	CHECK_STR(json_boxes("[{\"v\":\"abcdefghijklmn"), "bad (a string without its end)");
	CHECK_STR(json_boxes("[{\"v\":\"abcdefghijklmn\""), "bad (the text ends too early)");
	CHECK_STR(json_boxes("[{\"v\":\"a\001cdefghijklmn\"}]"),
			  "bad (a control character within a string)");
	CHECK_STR(json_boxes("[{\"v\":nul}          ]"), "bad (an unknown word)");
	CHECK_STR(json_boxes("[{\"v\":}          ]"), "bad (an unexpected character)");
	/* Within an object there are no items. */
	CHECK_STR(json_boxes("{\"a\":1,{\"v\":\"bbbbbbbbbbbb\"}}"),
			  "bad (an item that is no object)");
}

GW_UNIT(json_stream_limits)
{
	StringInfoData deep;
	GwJsonReader reader;
	char text[] = "{\"skip\":{\"a\":[1,{\"b\":2}]},\"k\":[[]],\"v\":3}";

	initStringInfo(&deep);
	for (int i = 0; i < GW_JSON_MAX_DEPTH; i++)
		appendStringInfoChar(&deep, '[');
	CHECK(strstr(json_tokens(deep.data, 99), "ends too early") != NULL);
	appendStringInfoChar(&deep, '[');
	CHECK(strstr(json_tokens(deep.data, 99), "more than 64 levels") != NULL);

	gw_json_begin(&reader, text, strlen(text), true);
	CHECK_INT(gw_json_next(&reader), GW_JSON_OBJECT);
	CHECK_INT(gw_json_skip(&reader, gw_json_next(&reader)), GW_JSON_OBJECT_END);
	CHECK_INT(gw_json_next(&reader), GW_JSON_KEY);
	CHECK_STR(reader.text, "k");
	CHECK_INT(gw_json_next(&reader), GW_JSON_ARRAY);
	CHECK_INT(gw_json_skip(&reader, GW_JSON_ARRAY), GW_JSON_ARRAY_END);
	CHECK_INT(gw_json_next(&reader), GW_JSON_KEY);
	CHECK_INT(gw_json_skip(&reader, GW_JSON_KEY), GW_JSON_NUMBER);
	CHECK_INT(gw_json_next(&reader), GW_JSON_OBJECT_END);
	CHECK_INT(gw_json_next(&reader), GW_JSON_END);
}

static bool
private4(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	CHECK(inet_pton(AF_INET, text, &address.sin_addr) == 1);
	return gw_url_address_private((struct sockaddr *) &address);
}

static bool
private6(const char *text)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6};

	CHECK(inet_pton(AF_INET6, text, &address.sin6_addr) == 1);
	return gw_url_address_private((struct sockaddr *) &address);
}

GW_UNIT(addresses)
{
	static const char *const refused4[] = {
		"0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.0.1",
		"169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.170", "192.168.1.1",
		"198.18.0.1", "224.0.0.1", "255.255.255.255"};
	static const char *const open4[] = {"8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1",
										"172.32.0.1", "192.0.1.1", "142.250.1.1"};
	static const char *const refused6[] = {
		"::", "::1", "fe80::1", "fec0::1", "fd00:ec2::254", "fc00::1", "ff02::1",
		"::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
		"2002:7f00:1::", "2001:0:1::"};
	static const char *const open6[] = {"2a00:1450:4001::1", "2001:4860:4860::8888",
										"::ffff:8.8.8.8", "64:ff9b::808:808"};
	struct sockaddr other = {.sa_family = AF_UNIX};

	for (int i = 0; i < lengthof(refused4); i++)
		CHECK(private4(refused4[i]));
	for (int i = 0; i < lengthof(open4); i++)
		CHECK(!private4(open4[i]));
	for (int i = 0; i < lengthof(refused6); i++)
		CHECK(private6(refused6[i]));
	for (int i = 0; i < lengthof(open6); i++)
		CHECK(!private6(open6[i]));
	CHECK(gw_url_address_private(&other));
}

GW_UNIT(url)
{
	static const char *const bad[] = {
		"ftp://a.b/", "https:/a", "https://", "https://user@a.b/", "https://a.b:/",
		"https://a.b:0/", "https://a.b:65536/", "https://a..b/", "https://a b/",
		"https://a.b\\c", "https://a.b/#x",
		"https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
		"https://a.b./", "https://[::1/", "https://[zz]/", "https://a%2eb/", "https://a.b/\n"};
	GwUrl url;
	StringInfoData text;

	for (int i = 0; i < lengthof(bad); i++)
		if (gw_url_parse(bad[i], &url))
			CHECK_STR(bad[i], "refused");
	CHECK(gw_url_parse("HTTPS://Big.Example.com:8443/a/b?c=d", &url));
	CHECK(url.https && !url.numeric && url.port == 8443);
	CHECK_STR(url.host, "big.example.com");
	CHECK_STR(url.path, "/a/b?c=d");
	CHECK(gw_url_parse("http://127.0.0.1", &url));
	CHECK(!url.https && url.numeric && url.port == 80);
	CHECK(gw_url_parse("https://[2001:db8::1]:1/", &url));
	CHECK_STR(url.host, "2001:db8::1");
	initStringInfo(&text);
	gw_url_escape(&text, "a/b c?\xc3\xa9~");
	CHECK_STR(text.data, "a%2Fb%20c%3F%C3%A9~");
}

GW_UNIT(retry)
{
	GwRetryCase failed = {
		.cls = GW_ERR_TRANSIENT, .repeatable = true, .attempt = 1, .retry_after_ms = -1};
	GwDeadline never = gw_deadline_never();
	GwDeadline soon = gw_deadline_in_ms(500);

	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.5), 125);
	failed.attempt = 3;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.5), 500);
	failed.attempt = 4;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.5), -1);
	failed.attempt = 1;
	failed.cls = GW_ERR_THROTTLED;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.0), 500);
	failed.retry_after_ms = 3000;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.0), 3000);
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, soon, 0.0), -1);
	failed.retry_after_ms = GW_RETRY_PATIENCE_MS + 1;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.0), -1);
	failed.retry_after_ms = 3000;
	failed.repeatable = false;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.0), -1);
	failed.repeatable = true;
	failed.cls = GW_ERR_PERMANENT;
	CHECK_INT(gw_retry_pause(&gw_retry_default, &failed, never, 0.0), -1);

	CHECK_INT(gw_retry_after_ms("120", 0), 120000);
	CHECK_INT(gw_retry_after_ms(" 0 ", 0), 0);
	CHECK_INT(gw_retry_after_ms("99999999999999999999", 0), 86400000);
	CHECK_INT(gw_retry_after_ms("1.5", 0), -1);
	CHECK_INT(gw_retry_after_ms("", 0), -1);
	CHECK_INT(gw_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 - 5), 5000);
	CHECK_INT(gw_retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", 784111777 + 5), 0);
	CHECK_INT(gw_retry_after_ms("Thu, 29 Feb 2024 00:00:00 GMT", 1709164800 - 1), 1000);
	CHECK_INT(gw_retry_after_ms("Sun, 06 Foo 1994 08:49:37 GMT", 0), -1);
}

GW_UNIT(jwt)
{
	GwError err;
	char *text = gw_jwt_base64((const unsigned char *) "\xff\xfe\xfd\xfc", 4);

	CHECK_STR(text, "__79_A");
	CHECK_STR(gw_jwt_base64((const unsigned char *) "", 0), "");
	CHECK(gw_jwt_sign("{}", "{}", "no key", NULL, &err) == NULL);
	CHECK_INT(err.cls, GW_ERR_AUTH);
}

GW_UNIT(breaker)
{
	GwBreaker breaker = {0};
	int64 s = 1000000;

	/* Three failures of four calls say nothing yet, nor does failing less than half. */
	for (int i = 0; i < 4; i++)
		gw_breaker_report(&breaker, i != 1, 0, 1);
	CHECK_INT(breaker.state, GW_BREAKER_CLOSED);
	gw_breaker_reset(&breaker);
	for (int i = 0; i < 100; i++)
		gw_breaker_report(&breaker, i % 3 == 1, 0, 1);
	CHECK_INT(breaker.state, GW_BREAKER_CLOSED);
	gw_breaker_reset(&breaker);
	for (int i = 0; i < 9; i++)
		gw_breaker_report(&breaker, true, 0, 1);
	CHECK(gw_breaker_admit(&breaker, 0, 1));
	gw_breaker_report(&breaker, true, 0, 1);
	CHECK_INT(breaker.state, GW_BREAKER_OPEN);
	CHECK(!gw_breaker_admit(&breaker, 29 * s, 1));
	/* One asks for all. */
	CHECK(gw_breaker_admit(&breaker, 31 * s, 1));
	CHECK(!gw_breaker_admit(&breaker, 31 * s, 2));
	gw_breaker_report(&breaker, false, 31 * s, 2);
	CHECK_INT(breaker.state, GW_BREAKER_HALF_OPEN);
	gw_breaker_report(&breaker, true, 32 * s, 1);
	CHECK_INT(breaker.state, GW_BREAKER_OPEN);
	CHECK(!gw_breaker_admit(&breaker, 90 * s, 2));
	CHECK(gw_breaker_admit(&breaker, 93 * s, 2));
	/* A probe that died makes room. */
	CHECK(!gw_breaker_admit(&breaker, 100 * s, 3));
	CHECK(gw_breaker_admit(&breaker, 160 * s, 3));
	gw_breaker_report(&breaker, false, 161 * s, 3);
	CHECK_INT(breaker.state, GW_BREAKER_CLOSED);
	for (int i = 0; i < 40; i++)
		gw_breaker_report(&breaker, i % 3 == 0, 162 * s, 1);
	CHECK_INT(breaker.state, GW_BREAKER_CLOSED);
	for (int i = 0; i < 10; i++)
		gw_breaker_report(&breaker, true, 163 * s, 1);
	CHECK_INT(breaker.state, GW_BREAKER_OPEN);
}

GW_UNIT(limiter)
{
	GwLimiter limiter = {0};
	int taken = 0;
	int retries = 0;

	while (gw_limiter_take(&limiter, 1) == 0 && taken < 1000)
		taken++;
	CHECK_INT(taken, GW_LIMITER_RATE);
	CHECK_INT(gw_limiter_take(&limiter, 1), 10000);
	CHECK_INT(gw_limiter_take(&limiter, 20000), 0);
	gw_limiter_throttled(&limiter, 1000000, 2000);
	CHECK_INT(gw_limiter_take(&limiter, 1000000), 2000000);
	CHECK_INT((int64) limiter.rate, GW_LIMITER_RATE / 2);
	for (int i = 0; i < 30; i++)
		gw_limiter_throttled(&limiter, 1000000, -1);
	CHECK_INT((int64) limiter.rate, 1);
	for (int i = 0; i < 200; i++)
		gw_limiter_succeeded(&limiter);
	CHECK_INT((int64) limiter.rate, GW_LIMITER_RATE);
	while (gw_limiter_retry(&limiter, false) && retries < 1000)
		retries++;
	CHECK_INT(retries, GW_LIMITER_RETRIES / GW_LIMITER_RETRY_COST);
	for (int i = 0; i < GW_LIMITER_THROTTLE_COST - 1; i++)
		gw_limiter_succeeded(&limiter);
	CHECK(!gw_limiter_retry(&limiter, true));
	gw_limiter_succeeded(&limiter);
	CHECK(gw_limiter_retry(&limiter, true));
}
