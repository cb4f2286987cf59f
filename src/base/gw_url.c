/*
 * gw_url.c
 *	  URLs, and which network addresses may be reached.
 *
 * Pure functions; resolves no name.
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/gw_url.h"

static bool
url_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

/* An IPv6 address in brackets; what follows it, or NULL. */
static const char *
url_read_bracketed(const char *at, GwUrl *url)
{
	size_t len = strcspn(at, "]");
	struct in6_addr address;

	if (at[len] != ']' || len == 0 || len >= sizeof(url->host))
		return NULL;
	memcpy(url->host, at, len);
	url->host[len] = '\0';
	if (inet_pton(AF_INET6, url->host, &address) != 1)
		return NULL;
	url->numeric = true;
	return at + len + 1;
}

/*
 * A name, or an IPv4 address with four decimal parts; what follows it, or
 * NULL.  Other spellings of addresses (octal, hexadecimal, one number) look like
 * names whose last label is a number: those are refused.
 */
static const char *
url_read_host(const char *at, GwUrl *url)
{
	size_t len = 0;
	const char *label;
	struct in_addr address;

	for (; *at != '\0' && *at != ':' && *at != '/' && *at != '?'; at++)
	{
		char c = pg_ascii_tolower((unsigned char) *at);

		if (!url_host_char(c) || len + 1 >= sizeof(url->host) ||
			(c == '.' && (len == 0 || url->host[len - 1] == '.')))
			return NULL;
		url->host[len++] = c;
	}
	url->host[len] = '\0';
	if (len == 0)
		return NULL;
	if (inet_pton(AF_INET, url->host, &address) == 1)
	{
		url->numeric = true;
		return at;
	}
	/* A final dot says "from the root" and would change how names compare. */
	if (url->host[len - 1] == '.')
		return NULL;
	label = strrchr(url->host, '.');
	label = label ? label + 1 : url->host;
	if (label[strspn(label, "0123456789")] == '\0' ||
		(label[0] == '0' && label[1] == 'x'))
		return NULL;
	return at;
}

bool
gw_url_parse(const char *text, GwUrl *url)
{
	const char *at;

	memset(url, 0, sizeof(*url));
	for (at = text; *at != '\0'; at++)
		if ((unsigned char) *at <= ' ' || (unsigned char) *at >= 0x7f || *at == '\\' ||
			*at == '#' || *at == '"' || *at == '<' || *at == '>')
			return false;
	if (pg_strncasecmp(text, "https://", 8) == 0)
	{
		url->https = true;
		at = text + 8;
	}
	else if (pg_strncasecmp(text, "http://", 7) == 0)
		at = text + 7;
	else
		return false;
	at = *at == '[' ? url_read_bracketed(at + 1, url) : url_read_host(at, url);
	if (at == NULL)
		return false;
	url->port = url->https ? 443 : 80;
	if (*at == ':')
	{
		int port = 0;
		int digits = 0;

		for (at++; *at >= '0' && *at <= '9' && digits < 6; at++, digits++)
			port = port * 10 + (*at - '0');
		if (digits == 0 || port < 1 || port > 65535)
			return false;
		url->port = port;
	}
	if (*at != '\0' && *at != '/' && *at != '?')
		return false;
	url->path = at;
	return true;
}

void
gw_url_escape(StringInfo buf, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";

	for (const unsigned char *at = (const unsigned char *) text; *at != '\0'; at++)
	{
		if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
			(*at >= '0' && *at <= '9') || strchr("-._~", *at) != NULL)
			appendStringInfoChar(buf, *at);
		else
		{
			appendStringInfoChar(buf, '%');
			appendStringInfoChar(buf, hex[*at >> 4]);
			appendStringInfoChar(buf, hex[*at & 15]);
		}
	}
}

static bool
address4_private(uint32 ip)
{
	static const struct
	{
		uint32 net;
		int bits;
	} refused[] = {
		{0x00000000, 8},  /* this network */
		{0x0a000000, 8},  /* private */
		{0x64400000, 10}, /* carriers' own; 100.100.100.200 is a metadata service */
		{0x7f000000, 8},  /* loopback */
		{0xa9fe0000, 16}, /* link-local, metadata services */
		{0xac100000, 12}, /* private */
		{0xc0000000, 24}, /* protocol assignments */
		{0xc0a80000, 16}, /* private */
		{0xc6120000, 15}, /* benchmarks */
		{0xe0000000, 3},  /* multicast, reserved, broadcast */
	};

	for (int i = 0; i < lengthof(refused); i++)
		if ((ip >> (32 - refused[i].bits)) == (refused[i].net >> (32 - refused[i].bits)))
			return true;
	return false;
}

static uint32
address_word(const unsigned char *at)
{
	return (uint32) at[0] << 24 | (uint32) at[1] << 16 | (uint32) at[2] << 8 | at[3];
}

static bool
address6_private(const unsigned char *ip)
{
	static const unsigned char zeros[16] = {0};

	/* ::, ::1, and the ways to write IPv4: compatible, mapped, translated, 6to4 */
	if (memcmp(ip, zeros, 10) == 0 &&
		((ip[10] == 0 && ip[11] == 0) || (ip[10] == 0xff && ip[11] == 0xff)))
		return address4_private(address_word(ip + 12)) || memcmp(ip + 10, zeros, 2) == 0;
	if (memcmp(ip, zeros, 8) == 0)
		return true;
	if (ip[0] == 0x00 && ip[1] == 0x64 && ip[2] == 0xff && ip[3] == 0x9b)
		return memcmp(ip + 4, zeros, 8) != 0 || address4_private(address_word(ip + 12));
	if (ip[0] == 0x20 && ip[1] == 0x02)
		return address4_private(address_word(ip + 2));
	/* Teredo hides the address it leads to. */
	if (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] == 0 && ip[3] == 0)
		return true;
	return (ip[0] & 0xfe) == 0xfc ||					/* unique local */
		   (ip[0] == 0xfe && (ip[1] & 0x80) == 0x80) || /* link-local, site-local */
		   ip[0] == 0xff;								/* multicast */
}

bool
gw_url_address_private(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return address4_private(ntohl(((const struct sockaddr_in *) address)->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return address6_private(((const struct sockaddr_in6 *) address)->sin6_addr.s6_addr);
	return true;
}
