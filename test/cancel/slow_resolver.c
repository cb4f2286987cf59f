/*
 * slow_resolver.c
 *	  A name server that never answers, for LD_PRELOAD: names that end in
 *	  ".unanswered.test" take half a minute to fail, all others are as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <time.h>

#define SUFFIX ".unanswered.test"

typedef int (*getaddrinfo_type)(const char *, const char *, const struct addrinfo *,
								struct addrinfo **);

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
			struct addrinfo **res)
{
	static getaddrinfo_type real;
	size_t len = node != NULL ? strlen(node) : 0;

	if (real == NULL)
		real = (getaddrinfo_type) dlsym(RTLD_NEXT, "getaddrinfo");
	if (len > strlen(SUFFIX) && strcmp(node + len - strlen(SUFFIX), SUFFIX) == 0 &&
		(hints == NULL || (hints->ai_flags & AI_NUMERICHOST) == 0))
	{
		struct timespec half_a_minute = {30, 0};

		nanosleep(&half_a_minute, NULL);
		return EAI_AGAIN;
	}
	return real(node, service, hints, res);
}
