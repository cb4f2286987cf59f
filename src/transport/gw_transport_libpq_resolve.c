/*
 * gw_transport_libpq_resolve.c
 *	  Host names to addresses, in a helper thread.
 *
 * libpq resolves names with a blocking getaddrinfo() even when it connects
 * asynchronously, so a silent DNS server would hang the backend.  We resolve
 * first and hand libpq numeric addresses beside the names (which TLS still
 * verifies).  The job lives in malloc'd memory: the thread may outlive us.
 */
#include "postgres.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transport/gw_transport_libpq.h"

#define RESOLVE_MAX_HOSTS 16
#define RESOLVE_MAX_ADDRESSES 4 /* per host */

typedef struct ResolveHost
{
	char name[256];
	bool literal; /* a path, an empty name or an address: nothing to look up */
	int error;	  /* EAI_* */
	int naddresses;
	char addresses[RESOLVE_MAX_ADDRESSES][NI_MAXHOST];
} ResolveHost;

typedef struct ResolveJob
{
	int nhosts;
	ResolveHost hosts[RESOLVE_MAX_HOSTS];
} ResolveJob;

static void resolve_run(void *arg);
static bool resolve_is_literal(const char *name);
static const char *resolve_port(const char *ports, int nth, char *buf, size_t len);

bool
libpq_needs_resolve(const char *hosts)
{
	char *copy = pstrdup(hosts);
	char *rest = copy;
	char *name;
	bool needs = false;

	while ((name = strsep(&rest, ",")) != NULL)
		needs = needs || !resolve_is_literal(name);
	pfree(copy);
	return needs;
}

GwStatus
libpq_resolve_start(LibpqLink *link, GwError *err)
{
	const char *hosts = libpq_setting(link, "host");
	char *rest;
	char *copy;
	char *name;
	ResolveJob *job;

	copy = rest = MemoryContextStrdup(link->head.cxt, hosts);
	job = calloc(1, sizeof(ResolveJob));
	if (job == NULL)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	while ((name = strsep(&rest, ",")) != NULL)
	{
		ResolveHost *host;

		if (job->nhosts == RESOLVE_MAX_HOSTS || strlen(name) >= sizeof(host->name))
		{
			free(job);
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE,
								"the option \"host\" holds too many or too long names");
		}
		host = &job->hosts[job->nhosts++];
		strlcpy(host->name, name, sizeof(host->name));
		host->literal = resolve_is_literal(name);
	}
	pfree(copy);
	/* From here on the call owns the job, also when it cannot start. */
	link->resolving = gw_thread_start(GW_THREAD_ENDS_ITSELF, resolve_run, free, job, err);
	return link->resolving ? GW_OK : GW_FAILED;
}

GwStatus
libpq_resolve_finish(LibpqLink *link, GwDeadline deadline, GwError *err)
{
	const char *ports = libpq_setting(link, "port");
	StringInfoData hosts;
	StringInfoData addresses;
	StringInfoData newports;
	ResolveJob *job;
	GwStatus status;
	const char *unknown = NULL;
	int reason = 0;
	int usable = 0;
	int i;
	int a;

	status = gw_thread_wait(link->resolving, deadline, GW_WAIT_NORMAL);
	if (status == GW_INTERRUPTED)
		return status;
	if (status != GW_OK)
		return gw_error_set(err, GW_ERR_TRANSIENT,
							ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
							"could not resolve host \"%s\" in time", libpq_setting(link, "host"));
	job = (ResolveJob *) gw_thread_arg(link->resolving);
	initStringInfo(&hosts);
	initStringInfo(&addresses);
	initStringInfo(&newports);
	for (i = 0; i < job->nhosts; i++)
	{
		ResolveHost *host = &job->hosts[i];
		char port[16];
		int n = host->literal ? 1 : host->naddresses;

		if (n == 0)
		{
			unknown = pstrdup(host->name);
			reason = host->error;
		}
		for (a = 0; a < n; a++, usable++)
		{
			const char *sep = usable > 0 ? "," : "";

			appendStringInfo(&hosts, "%s%s", sep, host->name);
			appendStringInfo(&addresses, "%s%s", sep,
							 host->literal ? "" : host->addresses[a]);
			appendStringInfo(&newports, "%s%s", sep,
							 resolve_port(ports, i, port, sizeof(port)));
		}
	}
	gw_thread_release(link->resolving);
	link->resolving = NULL;
	if (usable == 0)
		return gw_error_set(err, GW_ERR_TRANSIENT,
							ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
							"could not resolve host \"%s\": %s", unknown ? unknown : "",
							gai_strerror(reason));
	libpq_set_value(link, "host", hosts.data);
	libpq_set_value(link, "hostaddr", addresses.data);
	libpq_set_value(link, "port", newports.data);
	return GW_OK;
}

/* In the helper thread: malloc'd memory and libc only. */
static void
resolve_run(void *arg)
{
	ResolveJob *job = (ResolveJob *) arg;
	int i;

	for (i = 0; i < job->nhosts; i++)
	{
		ResolveHost *host = &job->hosts[i];
		struct addrinfo hints;
		struct addrinfo *found = NULL;
		struct addrinfo *each;

		if (host->literal)
			continue;
		memset(&hints, 0, sizeof(hints));
		hints.ai_family = AF_UNSPEC;
		hints.ai_socktype = SOCK_STREAM;
		host->error = getaddrinfo(host->name, NULL, &hints, &found);
		if (host->error != 0)
			continue;
		for (each = found; each != NULL && host->naddresses < RESOLVE_MAX_ADDRESSES;
			 each = each->ai_next)
		{
			if (getnameinfo(each->ai_addr, each->ai_addrlen, host->addresses[host->naddresses],
							NI_MAXHOST, NULL, 0, NI_NUMERICHOST) == 0)
				host->naddresses++;
		}
		freeaddrinfo(found);
	}
}

/* Socket directories, the default host, and addresses need no look-up. */
static bool
resolve_is_literal(const char *name)
{
	struct addrinfo hints;
	struct addrinfo *found = NULL;

	if (name[0] == '\0' || name[0] == '/' || name[0] == '@')
		return true;
	memset(&hints, 0, sizeof(hints));
	hints.ai_family = AF_UNSPEC;
	hints.ai_flags = AI_NUMERICHOST;
	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

/* libpq's rule: one port for all hosts, or one per host. */
static const char *
resolve_port(const char *ports, int nth, char *buf, size_t len)
{
	const char *at = ports ? ports : "";
	size_t width;

	if (strchr(at, ',') != NULL)
	{
		while (nth-- > 0 && at != NULL)
		{
			at = strchr(at, ',');
			at = at ? at + 1 : NULL;
		}
	}
	width = at ? strcspn(at, ",") : 0;
	if (width >= len)
		width = len - 1;
	memcpy(buf, at ? at : "", width);
	buf[width] = '\0';
	return buf;
}

const char *
libpq_setting(const LibpqLink *link, const char *keyword)
{
	int i;

	for (i = 0; link->keywords[i] != NULL; i++)
	{
		if (strcmp(link->keywords[i], keyword) == 0)
			return link->values[i];
	}
	return NULL;
}

/* The arrays have room for the keywords that may be added. */
void
libpq_set_value(LibpqLink *link, const char *keyword, const char *value)
{
	int i;

	for (i = 0; link->keywords[i] != NULL; i++)
	{
		if (strcmp(link->keywords[i], keyword) == 0)
			break;
	}
	if (link->keywords[i] == NULL)
		link->keywords[i + 1] = NULL;
	link->keywords[i] = keyword;
	link->values[i] = MemoryContextStrdup(link->head.cxt, value);
}
