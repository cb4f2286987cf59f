/*
 * gw_rest.h
 *	  What the platforms that speak REST write and read the same way.
 *
 * Texts are palloc'd in the current context.
 */
#ifndef GW_REST_H
#define GW_REST_H

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "transport/gw_restjob.h"

/* The local type, below domains, that a decoder will make of a column; 0: not known. */
extern Oid gw_rest_meant(const GwRestJob *job, int column);

/* All of the text is a whole number that fits. */
extern bool gw_rest_whole(const char *text, int64 *value);

/* A binary cell of eight bytes, which lie where the string just read has been, or are palloc'd. */
extern void gw_rest_cell_int64(GwJsonReader *reader, int64 value, GwCell *cell);

/* Append "name":"value" to an object that is being written; nothing for NULL. */
extern void gw_rest_member(StringInfo body, const char *name, const char *value);

/* Append ?name=value or &name=value, escaped; nothing for NULL. */
extern void gw_rest_query(StringInfo url, const char *name, const char *value);

/* The first word of a statement in upper case, comments passed over; WITH and ( are SELECT. */
extern void gw_rest_command(const char *sql, char *command, size_t size);

/*
 * Append a moment, microseconds since 1970, as a text of timestamptz in UTC, or of
 * timestamp without the zone; false: PostgreSQL has no such moment.
 */
extern bool gw_rest_moment(int64 micros, bool zone, StringInfo out);

/* The day of such a moment, counted from 1970, and the microseconds of that day. */
extern int64 gw_rest_day_of(int64 micros, int64 *clock);

/* Append a day, counted from 1970, as a text of date without its era; true: that is BC. */
extern bool gw_rest_day(int64 day, StringInfo out);

/* Append microseconds of a day as a text of time; six: always with so many digits. */
extern void gw_rest_clock(int64 clock, bool six, StringInfo out);

/* Is a moment, microseconds since 1970, or a day since then, of the years 1 to 9999? */
extern bool gw_rest_year_fits(int64 micros);
extern bool gw_rest_day_fits(int64 day);

/* Between the epochs of theirs and ours. */
#define GW_REST_USECS_1970_TO_2000                                                             \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY)

/* Digits of a decimal's text before and behind the point, without needless zeros there. */
extern void gw_rest_digits(const char *text, int *whole, int *scale);

/*
 * The next element of an array's text as array_out() writes it, at standing behind
 * the brace or at what the last call returned; NULL: there is no more.  *text is
 * the element, NULL for null.
 */
extern const char *gw_rest_array_element(const char *at, char **text);

/* Append an element to an array's text, quoted. */
extern void gw_rest_array_quoted(StringInfo out, const char *text);

/*
 * The next field of a row as COPY writes it, at *at, which is moved behind it: the
 * field's data until the next call, or NULL for null.  *end: the row ends with it.
 */
extern char *gw_rest_copy_field(const char **at, StringInfo field, bool *end);

#endif /* GW_REST_H */
