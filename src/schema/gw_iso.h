/*
 * gw_iso.h
 *	  Days and times of day as ISO 8601 writes them, read piece by piece.
 *
 * Each piece stands at *at, which is moved behind it, and ends at end at the latest;
 * false: it is not there, and *at may have moved.  Nothing is guessed: other forms are
 * the types' input functions'.  Inline, since moments are read by the million.
 */
#ifndef GW_ISO_H
#define GW_ISO_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/date.h"
#include "utils/datetime.h"

/* A time of day. */
typedef struct GwIsoClock
{
	int64 micros; /* since midnight; digits beyond the sixth are not in it */
	bool seconds; /* they were written */
	int digits;	  /* of their fraction */
} GwIsoClock;

/* Exactly n digits, as a number within bounds. */
static inline bool
gw_iso_part(const char **at, const char *end, int n, int least, int most, int *number)
{
	int got = 0;

	if (end - *at < n)
		return false;
	for (int i = 0; i < n; i++)
	{
		char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		got = got * 10 + (c - '0');
	}
	*at += n;
	*number = got;
	return got >= least && got <= most;
}

static inline bool
gw_iso_char(const char **at, const char *end, char c)
{
	if (*at >= end || **at != c)
		return false;
	(*at)++;
	return true;
}

/* Of a month from 1 to 12. */
static inline bool
gw_iso_day_exists(int year, int month, int day)
{
	return day >= 1 && day <= day_tab[isleap(year)][month - 1];
}

/* YYYY-MM-DD of the years 1 to 9999, as days since 2000. */
static inline bool
gw_iso_day(const char **at, const char *end, int *days)
{
	int year, month, day;

	if (!gw_iso_part(at, end, 4, 1, 9999, &year) || !gw_iso_char(at, end, '-') ||
		!gw_iso_part(at, end, 2, 1, MONTHS_PER_YEAR, &month) || !gw_iso_char(at, end, '-') ||
		!gw_iso_part(at, end, 2, 1, 31, &day) || !gw_iso_day_exists(year, month, day))
		return false;
	*days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	return true;
}

/*
 * HH:MM[:SS[.fraction]], of at most so many digits; 24:00 and second 60, which are another
 * day or minute when read, are none.
 */
static inline bool
gw_iso_clock(const char **at, const char *end, int most, GwIsoClock *clock)
{
	int hour, minute, second = 0;
	int fraction = 0;

	clock->digits = 0;
	if (!gw_iso_part(at, end, 2, 0, 23, &hour) || !gw_iso_char(at, end, ':') ||
		!gw_iso_part(at, end, 2, 0, 59, &minute))
		return false;
	clock->seconds = gw_iso_char(at, end, ':');
	if (clock->seconds)
	{
		if (!gw_iso_part(at, end, 2, 0, 59, &second))
			return false;
		if (gw_iso_char(at, end, '.'))
		{
			for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
				if (++clock->digits <= MAX_TIMESTAMP_PRECISION)
					fraction = fraction * 10 + (**at - '0');
			if (clock->digits == 0 || clock->digits > most)
				return false;
			for (int i = clock->digits; i < MAX_TIMESTAMP_PRECISION; i++)
				fraction *= 10;
		}
	}
	clock->micros = hour * USECS_PER_HOUR + minute * USECS_PER_MINUTE + second * USECS_PER_SEC +
		fraction;
	return true;
}

#endif /* GW_ISO_H */
