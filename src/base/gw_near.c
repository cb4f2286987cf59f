/*
 * gw_near.c
 *	  Which of many names was meant by one that is none of them.
 *
 * Does not keep names: the caller knows how long its own live.
 */
#include "postgres.h"

#include "base/gw_near.h"
#include "utils/varlena.h"

/* The distance takes time by the product of the lengths. */
#define NEAR_MAX_LEN 255

void
gw_near_begin(GwNear *near, const char *wanted, int most)
{
	near->wanted = wanted;
	near->wanted_len = (int) strlen(wanted);
	near->best = most + 1;
}

bool
gw_near_offer(GwNear *near, const char *name, int len)
{
	int distance;

	if (near->wanted_len > NEAR_MAX_LEN || len > NEAR_MAX_LEN || near->best <= 0)
		return false;
	if (len == near->wanted_len && pg_strncasecmp(name, near->wanted, len) == 0)
		distance = 0;
	else
		distance = varstr_levenshtein_less_equal(near->wanted, near->wanted_len, name, len, 1, 1,
												 1, near->best, true);
	if (distance >= near->best)
		return false;
	near->best = distance;
	return true;
}
