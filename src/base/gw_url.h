/*
 * gw_url.h
 *	  URLs: taking them apart strictly, escaping what goes into them, and
 *	  which network addresses may be reached.
 *
 * The parser accepts what we and well-behaved services write, and nothing
 * that two parsers might read in two ways: no user information, no control
 * or blank characters, no backslash, no fragment, hosts of plain characters.
 */
#ifndef GW_URL_H
#define GW_URL_H

#include "lib/stringinfo.h"

struct sockaddr;

typedef struct GwUrl
{
	bool https;		/* else http */
	char host[256]; /* lower case; an IPv6 address without brackets */
	bool numeric;	/* host is an address, not a name */
	int port;
	const char *path; /* into the text: "/..." with the query, or "" */
} GwUrl;

/* Take an http or https URL apart; false: it is not one we would send. */
extern bool gw_url_parse(const char *text, GwUrl *url);

/* Append text so that it is one path segment or one query value. */
extern void gw_url_escape(StringInfo buf, const char *text);

/*
 * Is it an address of this machine, its link, its private networks, or a
 * cloud's metadata service, in any spelling (also IPv4 within IPv6)?  What is
 * neither IPv4 nor IPv6 is private.
 */
extern bool gw_url_address_private(const struct sockaddr *address);

#endif /* GW_URL_H */
