/*
 * gw_infer_text.c
 *	  What one text can be read as: number, boolean, date, time, UUID, JSON.
 *
 * Strict on purpose: a text fits a type only when reading it as that type
 * keeps what it says.  00123, +5, 1_000, 5. and 24:00 therefore fit none.
 * Allocates nothing.
 */
#include "postgres.h"

#include "schema/gw_infer.h"
#include "schema/gw_iso.h"

const char *const gw_infer_common_formats[] = {
	"DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "DD-MM-YYYY", "MM-DD-YYYY", "YYYY/MM/DD",
	"DD/MM/YYYY HH24:MI", "MM/DD/YYYY HH24:MI", "DD.MM.YYYY HH24:MI:SS", NULL
};

/* Digits a double keeps, whatever they are. */
#define TEXT_DOUBLE_DIGITS 15
/* Longer numbers are text: no type of any platform holds them. */
#define TEXT_MAX_DIGITS 1000
/* Digits of a second's fraction: to the nanosecond. */
#define TEXT_MOST_DIGITS 9

static inline bool
text_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
text_digits(const char *text, int len)
{
	int n = 0;

	while (n < len && text_digit(text[n]))
		n++;
	return n;
}

static bool
text_is(const char *text, int len, const char *word)
{
	return len == strlen(word) && pg_strncasecmp(text, word, len) == 0;
}

/* ---------- numbers ---------- */

/* digits[0..n): all of a number's, without the point; point: how many stand before it. */
static void
text_judge_digits(const char *whole, int nwhole, const char *part, int npart, int64 exponent,
				  GwTextFacts *facts)
{
	int first = -1, last = -1;

	for (int i = 0; i < nwhole + npart; i++)
	{
		char c = i < nwhole ? whole[i] : part[i - nwhole];

		if (c == '0')
			continue;
		if (first < 0)
			first = i;
		last = i;
	}
	if (first < 0)
		return;
	exponent += nwhole - first;
	facts->inexact = last - first + 1 > TEXT_DOUBLE_DIGITS || exponent < -300 || exponent > 300;
}

bool
gw_infer_number(const char *text, int len, GwTextFacts *facts)
{
	const char *at = text, *end = text + len, *whole, *part;
	bool negative = at < end && *at == '-';
	int nwhole, npart = 0;
	int64 exponent = 0;
	bool zero = true;

	if (negative)
		at++;
	whole = at;
	nwhole = text_digits(at, end - at);
	if (nwhole == 0 || (nwhole > 1 && *whole == '0'))
		return false;
	at += nwhole;
	part = at;
	if (at < end && *at == '.')
	{
		part = ++at;
		npart = text_digits(at, end - at);
		if (npart == 0)
			return false;
		at += npart;
	}
	facts->exponent = at < end && (*at == 'e' || *at == 'E');
	if (facts->exponent)
	{
		bool down;
		int n;

		at++;
		down = at < end && *at == '-';
		if (at < end && (*at == '-' || *at == '+'))
			at++;
		n = text_digits(at, end - at);
		if (n == 0)
			return false;
		for (int i = 0; i < n && exponent < 1000000; i++)
			exponent = exponent * 10 + (at[i] - '0');
		if (down)
			exponent = -exponent;
		at += n;
	}
	if (at != end || nwhole + npart > TEXT_MAX_DIGITS || exponent > TEXT_MAX_DIGITS ||
		exponent < -TEXT_MAX_DIGITS)
		return false;
	for (int i = 0; i < nwhole && zero; i++)
		zero = whole[i] == '0';
	for (int i = 0; i < npart && zero; i++)
		zero = part[i] == '0';

	facts->whole = *whole == '0' ? 0 : nwhole;
	facts->scale = npart;
	if (negative && zero)
		facts->exponent = true;
	facts->inexact = false;
	text_judge_digits(whole, nwhole, part, npart, exponent, facts);
	facts->int64_fits = !facts->exponent && npart == 0 &&
		(nwhole < 19 ||
		 (nwhole == 19 && memcmp(whole, negative ? "9223372036854775808" : "9223372036854775807",
								 19) <= 0));
	facts->special = false;
	return true;
}

static bool
text_special(const char *text, int len)
{
	return (len == 3 && memcmp(text, "NaN", 3) == 0) ||
		(len == 8 && memcmp(text, "Infinity", 8) == 0) ||
		(len == 9 && memcmp(text, "-Infinity", 9) == 0);
}

static bool
text_bool(const char *text, int len, bool wide)
{
	static const char *const words[] = {"true", "false", "t", "f", "yes", "no", "y", "n",
										"on", "off", "1", "0"};

	for (int i = 0; i < (wide ? lengthof(words) : 2); i++)
		if (text_is(text, len, words[i]))
			return true;
	return false;
}

/* ---------- dates and times ---------- */

/* Z, +HH, +HHMM, +HH:MM */
static bool
text_zone(const char **at, const char *end)
{
	int hours, minutes = 0;

	if (gw_iso_char(at, end, 'Z'))
		return true;
	if (!gw_iso_char(at, end, '+') && !gw_iso_char(at, end, '-'))
		return false;
	if (!gw_iso_part(at, end, 2, 0, 14, &hours))
		return false;
	if (*at < end)
	{
		(void) gw_iso_char(at, end, ':');
		if (!gw_iso_part(at, end, 2, 0, 59, &minutes))
			return false;
	}
	return hours < 14 || minutes == 0;
}

static void
text_temporal(const char *text, int len, GwTextFacts *facts)
{
	const char *at = text, *end = text + len;
	GwIsoClock clock;
	int day;

	if (gw_iso_clock(&at, end, TEXT_MOST_DIGITS, &clock) && at == end)
	{
		facts->fits |= GW_FITS_TIME;
		facts->fraction = clock.digits;
		return;
	}
	at = text;
	if (!gw_iso_day(&at, end, &day))
		return;
	if (at == end)
	{
		facts->fits |= GW_FITS_DATE | GW_FITS_TIMESTAMP;
		return;
	}
	if ((!gw_iso_char(&at, end, 'T') && !gw_iso_char(&at, end, ' ')) ||
		!gw_iso_clock(&at, end, TEXT_MOST_DIGITS, &clock))
		return;
	if (at == end)
		facts->fits |= GW_FITS_TIMESTAMP;
	else if (text_zone(&at, end) && at == end)
		facts->fits |= GW_FITS_TIMESTAMPTZ;
	facts->fraction = clock.digits;
}

bool
gw_infer_format_has_time(const char *format)
{
	return strstr(format, "HH24") != NULL;
}

/* YYYY MM DD HH24 MI SS US; any other character stands for itself. */
bool
gw_infer_matches(const char *text, int len, const char *format, int *fraction)
{
	const char *at = text, *end = text + len;
	int year = 2000, month = 1, day = 1, ignored;

	*fraction = 0;
	while (*format != '\0')
	{
		bool fits;
		int skip = 2;

		if (strncmp(format, "YYYY", 4) == 0)
		{
			fits = gw_iso_part(&at, end, 4, 1, 9999, &year);
			skip = 4;
		}
		else if (strncmp(format, "MM", 2) == 0)
			fits = gw_iso_part(&at, end, 2, 1, 12, &month);
		else if (strncmp(format, "DD", 2) == 0)
			fits = gw_iso_part(&at, end, 2, 1, 31, &day);
		else if (strncmp(format, "HH24", 4) == 0)
		{
			fits = gw_iso_part(&at, end, 2, 0, 23, &ignored);
			skip = 4;
		}
		else if (strncmp(format, "MI", 2) == 0 || strncmp(format, "SS", 2) == 0)
			fits = gw_iso_part(&at, end, 2, 0, 59, &ignored);
		else if (strncmp(format, "US", 2) == 0)
		{
			*fraction = 6;
			fits = gw_iso_part(&at, end, 6, 0, 999999, &ignored);
		}
		else
		{
			fits = gw_iso_char(&at, end, *format);
			skip = 1;
		}
		if (!fits)
			return false;
		format += skip;
	}
	return at == end && gw_iso_day_exists(year, month, day);
}

/* ---------- the rest ---------- */

static bool
text_uuid(const char *text, int len)
{
	if (len != 36)
		return false;
	for (int i = 0; i < len; i++)
	{
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
	}
	return true;
}

void
gw_infer_text(const char *text, int len, const GwInferOptions *options, GwTextFacts *facts)
{
	memset(facts, 0, sizeof(*facts));
	for (int i = 0; i < options->nformats; i++)
	{
		int fraction;

		if (gw_infer_matches(text, len, options->formats[i], &fraction))
			facts->formats |= 1u << i;
	}
	if (len == 0)
		return;
	if (text_bool(text, len, options->wide_bools))
		facts->fits |= GW_FITS_BOOL;
	if (gw_infer_number(text, len, facts))
		facts->fits |= GW_FITS_NUMBER;
	else if (text_special(text, len))
	{
		facts->fits |= GW_FITS_NUMBER;
		facts->special = true;
	}
	if (text_digit(text[0]))
		text_temporal(text, len, facts);
	if (text_uuid(text, len))
		facts->fits |= GW_FITS_UUID;
	if ((text[0] == '{' || text[0] == '[') && gw_infer_is_json(text, len))
		facts->fits |= GW_FITS_JSON;
}
