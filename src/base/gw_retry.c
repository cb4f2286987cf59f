/*
 * gw_retry.c
 *	  When to try again.
 *
 * Pure functions over their arguments; keeps nothing and waits for nothing.
 */
#include "postgres.h"

#include "base/gw_retry.h"

/* Longer than that nobody means. */
#define RETRY_AFTER_MOST_S 86400

const GwRetryPolicy gw_retry_default = {
	.max_attempts = 4,
	.base_ms = 250,
	.throttle_base_ms = 1000,
	.cap_ms = 20000,
};

int64
gw_retry_pause(const GwRetryPolicy *policy, const GwRetryCase *failed, GwDeadline deadline,
			   double random)
{
	bool throttled = failed->cls == GW_ERR_THROTTLED;
	int64 bound = throttled ? policy->throttle_base_ms : policy->base_ms;
	int64 pause;

	if (!failed->repeatable || failed->attempt >= policy->max_attempts ||
		failed->retry_after_ms > GW_RETRY_PATIENCE_MS ||
		(!throttled && failed->cls != GW_ERR_TRANSIENT))
		return -1;
	for (int i = 1; i < failed->attempt && bound < policy->cap_ms; i++)
		bound *= 2;
	bound = Min(bound, policy->cap_ms);
	/* Whoever was told to slow down does not come back at once. */
	pause = throttled ? bound / 2 + (int64) (random * (bound - bound / 2))
					  : (int64) (random * bound);
	pause = Max(pause, failed->retry_after_ms);
	return pause < gw_deadline_left_ms(deadline) ? pause : -1;
}

double
gw_retry_random(void)
{
	uint32 bits;

	/* Without a source of randomness: the middle. */
	if (!pg_strong_random(&bits, sizeof(bits)))
		return 0.5;
	return bits / 4294967296.0;
}

/* Two digits, or -1. */
static int
date_two(const char *at)
{
	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return -1;
	return (at[0] - '0') * 10 + at[1] - '0';
}

/* Days from 1970-01-01 in the Gregorian calendar. */
static int64
date_days(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era_year = y % 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return (int64) (y / 400) * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + of_year -
		   719468;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), the only form a sender may make. */
static bool
date_parse(const char *text, int64 *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int day, hour, minute, second, century, years;
	int month = 0;

	if (strlen(text) != 29 || text[3] != ',' || text[4] != ' ' || text[7] != ' ' ||
		text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':' ||
		strcmp(text + 25, " GMT") != 0)
		return false;
	while (month < 12 && strncmp(months + 3 * month, text + 8, 3) != 0)
		month++;
	day = date_two(text + 5);
	century = date_two(text + 12);
	years = date_two(text + 14);
	hour = date_two(text + 17);
	minute = date_two(text + 20);
	second = date_two(text + 23);
	if (month == 12 || day < 1 || day > 31 || century < 0 || years < 0 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59 || second < 0 || second > 60)
		return false;
	*seconds = date_days(century * 100 + years, month + 1, day) * 86400 + hour * 3600 +
			   minute * 60 + second;
	return true;
}

int64
gw_retry_after_ms(const char *value, int64 now_s)
{
	int64 seconds = 0;
	const char *at;

	value += strspn(value, " \t");
	for (at = value; *at >= '0' && *at <= '9'; at++)
		seconds = Min(seconds * 10 + (*at - '0'), RETRY_AFTER_MOST_S);
	if (at > value)
		return at[strspn(at, " \t")] == '\0' ? seconds * 1000 : -1;
	if (!date_parse(value, &seconds))
		return -1;
	seconds -= now_s;
	return Min(Max(seconds, 0), RETRY_AFTER_MOST_S) * 1000;
}
