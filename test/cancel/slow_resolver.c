/*
 * slow_resolver.c
 *	  Name servers that are of no use, for LD_PRELOAD: names that end in
 *	  ".unanswered.test" take half a minute to fail, as when nothing answers;
 *	  those in ".failing.test" fail at once, as on SERVFAIL.  All others are
 *	  as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <time.h>

typedef int (*getaddrinfo_type)(const char *, const char *, const struct addrinfo *,
								struct addrinfo **);

static int
ends_in(const char *node, const char *suffix)
{
	size_t len = node != NULL ? strlen(node) : 0;
	size_t suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(node + len - suffix_len, suffix) == 0;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			struct addrinfo **res)
{
	static getaddrinfo_type real;

	if (real == NULL)
		real = (getaddrinfo_type) dlsym(RTLD_NEXT, "getaddrinfo");
	if (hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0)
	{
		struct timespec half_a_minute = {30, 0};

		if (ends_in(node, ".failing.test"))
			return EAI_AGAIN;
		if (ends_in(node, ".unanswered.test"))
		{
			nanosleep(&half_a_minute, NULL);
			return EAI_AGAIN;
		}
	}
	return real(node, service, hints, res);
}
