/*
 * gw_rest.c
 *	  What the platforms that speak REST write and read the same way.
 *
 * Knows no vendor and keeps nothing.
 */
#include "postgres.h"

#include "base/gw_url.h"
#include "datatype/timestamp.h"
#include "platform/gw_rest.h"
#include "port/pg_bswap.h"
#include "utils/datetime.h"
#include "utils/json.h"
#include "utils/lsyscache.h"

/* Characters of a whole number that surely fits. */
#define WHOLE_DIGITS 18

/* 0001-01-01 and 9999-12-31, counted from 1970. */
#define DAY_LEAST INT64CONST(-719162)
#define DAY_MOST INT64CONST(2932896)

Oid
gw_rest_meant(const GwRestJob *job, int column)
{
	return column < job->stmt.nmeant ? getBaseType(job->stmt.meant[column]) : InvalidOid;
}

bool
gw_rest_whole(const char *text, int64 *value)
{
	const char *at = text + (*text == '-');
	int64 n = 0;
	char *end;

	for (; *at >= '0' && *at <= '9' && at - text < WHOLE_DIGITS; at++)
		n = n * 10 + (*at - '0');
	if (*at == '\0' && at > text + (*text == '-'))
	{
		*value = *text == '-' ? -n : n;
		return true;
	}
	errno = 0;
	*value = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

void
gw_rest_cell_int64(GwJsonReader *reader, int64 value, GwCell *cell)
{
	uint64 wire = pg_hton64((uint64) value);
	char *data = reader->textlen >= sizeof(wire) ? unconstify(char *, reader->text)
												 : palloc(sizeof(wire));

	memcpy(data, &wire, sizeof(wire));
	cell->data = data;
	cell->len = sizeof(wire);
}

void
gw_rest_member(StringInfo body, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (body->data[body->len - 1] != '{')
		appendStringInfoChar(body, ',');
	escape_json(body, name);
	appendStringInfoChar(body, ':');
	escape_json(body, value);
}

void
gw_rest_query(StringInfo url, const char *name, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(url, "%c%s=", strchr(url->data, '?') ? '&' : '?', name);
	gw_url_escape(url, value);
}

void
gw_rest_command(const char *sql, char *command, size_t size)
{
	size_t len = 0;

	for (;;)
	{
		sql += strspn(sql, " \t\r\n(");
		if (strncmp(sql, "--", 2) == 0)
			sql += strcspn(sql, "\n");
		else if (strncmp(sql, "/*", 2) == 0 && strstr(sql + 2, "*/") != NULL)
			sql = strstr(sql + 2, "*/") + 2;
		else
			break;
	}
	while (len + 1 < size &&
		   ((sql[len] >= 'a' && sql[len] <= 'z') || (sql[len] >= 'A' && sql[len] <= 'Z')))
	{
		command[len] = pg_ascii_toupper((unsigned char) sql[len]);
		len++;
	}
	command[len] = '\0';
	if (strcmp(command, "WITH") == 0)
		strlcpy(command, "SELECT", size);
}

int64
gw_rest_day_of(int64 micros, int64 *clock)
{
	int64 day = micros / USECS_PER_DAY;

	*clock = micros % USECS_PER_DAY;
	if (*clock < 0)
	{
		*clock += USECS_PER_DAY;
		day--;
	}
	return day;
}

bool
gw_rest_day(int64 day, StringInfo out)
{
	int year, month, of_month;

	j2date((int) day + UNIX_EPOCH_JDATE, &year, &month, &of_month);
	appendStringInfo(out, "%04d-%02d-%02d", year > 0 ? year : 1 - year, month, of_month);
	return year <= 0;
}

void
gw_rest_clock(int64 clock, bool six, StringInfo out)
{
	appendStringInfo(out, "%02d:%02d:%02d", (int) (clock / USECS_PER_HOUR),
					 (int) (clock / USECS_PER_MINUTE % 60), (int) (clock / USECS_PER_SEC % 60));
	if (six || clock % USECS_PER_SEC != 0)
		appendStringInfo(out, ".%06d", (int) (clock % USECS_PER_SEC));
}

bool
gw_rest_moment(int64 micros, bool zone, StringInfo out)
{
	int64 clock;
	int64 day = gw_rest_day_of(micros, &clock);
	bool before;

	if (day < DATETIME_MIN_JULIAN - UNIX_EPOCH_JDATE ||
		day >= TIMESTAMP_END_JULIAN - UNIX_EPOCH_JDATE)
		return false;
	before = gw_rest_day(day, out);
	appendStringInfoChar(out, ' ');
	gw_rest_clock(clock, false, out);
	appendStringInfo(out, "%s%s", zone ? "+00" : "", before ? " BC" : "");
	return true;
}

bool
gw_rest_day_fits(int64 day)
{
	return day >= DAY_LEAST && day <= DAY_MOST;
}

bool
gw_rest_year_fits(int64 micros)
{
	return micros >= DAY_LEAST * USECS_PER_DAY && micros < (DAY_MOST + 1) * USECS_PER_DAY;
}

void
gw_rest_digits(const char *text, int *whole, int *scale)
{
	const char *digits = text + (*text == '-' ? 1 : 0);
	const char *point;

	digits += strspn(digits, "0");
	point = strchr(digits, '.');
	*whole = point ? (int) (point - digits) : (int) strlen(digits);
	*scale = point ? (int) strlen(point + 1) : 0;
	while (*scale > 0 && point[*scale] == '0')
		(*scale)--;
}

const char *
gw_rest_array_element(const char *at, char **text)
{
	StringInfoData element;
	bool quoted = *at == '"';

	if (*at == '}' || *at == '\0')
		return NULL;
	initStringInfo(&element);
	at += quoted;
	while (*at != '\0' && (quoted ? *at != '"' : *at != ',' && *at != '}'))
	{
		if (*at == '\\' && at[1] != '\0')
			at++;
		appendStringInfoChar(&element, *at++);
	}
	if (quoted && *at == '"')
		at++;
	*text = !quoted && pg_strcasecmp(element.data, "NULL") == 0 ? NULL : element.data;
	return *at == ',' ? at + 1 : at;
}

void
gw_rest_array_quoted(StringInfo out, const char *text)
{
	appendStringInfoChar(out, '"');
	for (; *text != '\0'; text++)
	{
		if (*text == '"' || *text == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *text);
	}
	appendStringInfoChar(out, '"');
}

char *
gw_rest_copy_field(const char **at, StringInfo field, bool *end)
{
	const char *p = *at;
	bool null = false;

	resetStringInfo(field);
	for (; *p != '\t' && *p != '\n' && *p != '\0'; p++)
	{
		if (*p != '\\')
		{
			appendStringInfoCharMacro(field, *p);
			continue;
		}
		p++;
		switch (*p)
		{
			case 'N':
				null = true;
				break;
			case 'b':
				appendStringInfoChar(field, '\b');
				break;
			case 'f':
				appendStringInfoChar(field, '\f');
				break;
			case 'n':
				appendStringInfoChar(field, '\n');
				break;
			case 'r':
				appendStringInfoChar(field, '\r');
				break;
			case 't':
				appendStringInfoChar(field, '\t');
				break;
			case 'v':
				appendStringInfoChar(field, '\v');
				break;
			default:
				appendStringInfoChar(field, *p);
		}
	}
	*end = *p != '\t';
	*at = *p == '\0' ? p : p + 1;
	return null ? NULL : field->data;
}
