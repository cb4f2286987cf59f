/*
 * gw_breaker.c
 *	  The circuit breaker's policy.
 *
 * Pure functions over the breaker they are given; keeps nothing.
 */
#include "postgres.h"

#include "base/gw_breaker.h"
#include "port/pg_bitutils.h"

bool
gw_breaker_admit(GwBreaker *breaker, int64 now_us, int pid)
{
	if (breaker->state == GW_BREAKER_CLOSED)
		return true;
	if (breaker->state == GW_BREAKER_OPEN && now_us < breaker->open_until_us)
		return false;
	/* Somebody asks already, unless that process has died over it. */
	if (breaker->state == GW_BREAKER_HALF_OPEN && breaker->probe_pid != pid &&
		now_us < breaker->probe_until_us)
		return false;
	breaker->state = GW_BREAKER_HALF_OPEN;
	breaker->probe_pid = pid;
	breaker->probe_until_us = now_us + GW_BREAKER_PROBE_MS * INT64CONST(1000);
	return true;
}

static void
breaker_open(GwBreaker *breaker, int64 now_us)
{
	int64 ms = GW_BREAKER_OPEN_MS;

	for (int i = 0; i < breaker->trips && ms < GW_BREAKER_MOST_MS; i++)
		ms *= 2;
	breaker->state = GW_BREAKER_OPEN;
	breaker->open_until_us = now_us + Min(ms, GW_BREAKER_MOST_MS) * 1000;
	breaker->trips++;
	breaker->outcomes = 0;
	breaker->calls = 0;
}

void
gw_breaker_report(GwBreaker *breaker, bool failed, int64 now_us, int pid)
{
	if (breaker->state == GW_BREAKER_HALF_OPEN)
	{
		/* What others began before does not count. */
		if (breaker->probe_pid != pid)
			return;
		if (failed)
			breaker_open(breaker, now_us);
		else
			gw_breaker_reset(breaker);
		return;
	}
	if (breaker->state == GW_BREAKER_OPEN)
		return;
	breaker->outcomes = (breaker->outcomes << 1 | (failed ? 1 : 0)) &
						(((uint32) 1 << GW_BREAKER_WINDOW) - 1);
	breaker->calls = Min(breaker->calls + 1, GW_BREAKER_WINDOW);
	if (breaker->calls >= GW_BREAKER_LEAST &&
		pg_popcount32(breaker->outcomes) * 2 >= breaker->calls)
		breaker_open(breaker, now_us);
}

void
gw_breaker_reset(GwBreaker *breaker)
{
	memset(breaker, 0, sizeof(*breaker));
}
