/*
 * gw_limiter.c
 *	  The rate limiter's policy.
 *
 * Pure functions over the limiter they are given; keeps nothing.
 */
#include "postgres.h"

#include "base/gw_limiter.h"

/* A service that throttles is still asked this often. */
#define LIMITER_LEAST_RATE 1.0
/* What each success gives back of the rate. */
#define LIMITER_GROWTH 0.05

static void
limiter_begin(GwLimiter *limiter, int64 now_us)
{
	if (limiter->begun)
		return;
	limiter->begun = true;
	limiter->filled_us = now_us;
	limiter->calls = limiter->rate = GW_LIMITER_RATE;
	limiter->retries = GW_LIMITER_RETRIES;
}

int64
gw_limiter_take(GwLimiter *limiter, int64 now_us)
{
	limiter_begin(limiter, now_us);
	if (now_us < limiter->not_before_us)
		return limiter->not_before_us - now_us;
	if (now_us > limiter->filled_us)
	{
		limiter->calls += limiter->rate * (now_us - limiter->filled_us) / 1e6;
		limiter->calls = Min(limiter->calls, Max(limiter->rate, 1.0));
		limiter->filled_us = now_us;
	}
	if (limiter->calls < 1.0)
		return Max((int64) ((1.0 - limiter->calls) / limiter->rate * 1e6), 1000);
	limiter->calls -= 1.0;
	return 0;
}

void
gw_limiter_throttled(GwLimiter *limiter, int64 now_us, int64 for_ms)
{
	limiter_begin(limiter, now_us);
	limiter->rate = Max(limiter->rate / 2, LIMITER_LEAST_RATE);
	limiter->calls = Min(limiter->calls, limiter->rate);
	if (for_ms > 0)
		limiter->not_before_us = Max(limiter->not_before_us, now_us + for_ms * 1000);
}

bool
gw_limiter_retry(GwLimiter *limiter, bool throttled)
{
	int cost = throttled ? GW_LIMITER_THROTTLE_COST : GW_LIMITER_RETRY_COST;

	if (limiter->begun && limiter->retries < cost)
		return false;
	if (limiter->begun)
		limiter->retries -= cost;
	return true;
}

void
gw_limiter_succeeded(GwLimiter *limiter)
{
	limiter->retries = Min(limiter->retries + 1, GW_LIMITER_RETRIES);
	limiter->rate = Min(limiter->rate * (1 + LIMITER_GROWTH), GW_LIMITER_RATE);
}
