/*
 * gw_transport_libpq_hosts.c
 *	  Several hosts, one deadline: each has its share of what is left.
 *
 * libpq goes on by itself when a host refuses; from one that says nothing only
 * we can part: the connection is begun anew with the hosts behind it.  What is
 * kept here lives with the link.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "transport/gw_transport_libpq.h"

/* How many entries a list has: 1 for no list. */
static int
hosts_length(const char *list)
{
	int n = 1;

	for (const char *p = list; p != NULL && *p != '\0'; p++)
		n += *p == ',';
	return n;
}

/* What is left of a list after its first n entries. */
static const char *
hosts_after(const char *list, int n)
{
	while (n-- > 0)
	{
		list = strchr(list, ',');
		if (list == NULL)
			return "";
		list++;
	}
	return list;
}

static int
hosts_count(const LibpqLink *link)
{
	return Max(hosts_length(libpq_setting(link, "host")),
			   hosts_length(libpq_setting(link, "hostaddr")));
}

/* Is the nth entry of a setting that value?  What is not said is any. */
static bool
hosts_entry_is(const LibpqLink *link, const char *keyword, int n, const char *value)
{
	const char *list = libpq_setting(link, keyword);
	const char *entry;
	size_t len;

	if (list == NULL || value == NULL)
		return true;
	entry = hosts_length(list) == 1 ? list : hosts_after(list, n);
	len = strcspn(entry, ",");
	return len == 0 || (strlen(value) == len && strncmp(entry, value, len) == 0);
}

/* Which of the hosts libpq is at; it takes them in order, maybe twice. */
static int
hosts_at(const LibpqLink *link)
{
	PGconn *conn = libpq_conn(link);
	int n = hosts_count(link);

	for (int i = 0; i < n; i++)
	{
		int at = (link->host + i) % n;

		if (hosts_entry_is(link, "host", at, PQhost(conn)) &&
			hosts_entry_is(link, "hostaddr", at, PQhostaddr(conn)) &&
			hosts_entry_is(link, "port", at, PQport(conn)))
			return at;
	}
	return link->host;
}

/* Its share: what is left, by those that are left. */
static void
hosts_share(LibpqLink *link, GwDeadline deadline)
{
	int left = hosts_count(link) - link->host;

	link->host_deadline =
		left > 1 ? gw_deadline_in_ms(gw_deadline_left_ms(deadline) / left) : deadline;
}

void
libpq_hosts_begin(LibpqLink *link, GwDeadline deadline)
{
	link->host = 0;
	hosts_share(link, deadline);
}

void
libpq_hosts_follow(LibpqLink *link, GwDeadline deadline)
{
	int at = hosts_count(link) > 1 ? hosts_at(link) : link->host;

	if (at == link->host)
		return;
	link->host = at;
	hosts_share(link, deadline);
}

bool
libpq_hosts_skip(LibpqLink *link)
{
	static const char *const keywords[] = {"host", "hostaddr", "port"};
	int n = link->host + 1;

	if (n >= hosts_count(link))
		return false;
	for (int i = 0; i < lengthof(keywords); i++)
	{
		const char *list = libpq_setting(link, keywords[i]);

		if (list != NULL && hosts_length(list) > 1)
			libpq_set_value(link, keywords[i], hosts_after(list, n));
	}
	link->host = 0;
	link->hosts_silent++;
	return true;
}
