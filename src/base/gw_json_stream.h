/*
 * gw_json_stream.h
 *	  A pull reader for large JSON texts: one token at a time, in place.
 *
 * Nothing is allocated and nothing is converted: a string is unescaped where
 * it stands (never longer than it was) and a number is its own text, so no
 * digit is lost.  Both end with a NUL that overwrites what followed, so they may be
 * pointed to as long as the text itself lives.  The text may come in pieces; UTF-8
 * is not checked.
 */
#ifndef GW_JSON_STREAM_H
#define GW_JSON_STREAM_H

#include "postgres.h"

/* Deeper texts are refused. */
#define GW_JSON_MAX_DEPTH 64

typedef enum GwJsonToken
{
	GW_JSON_MORE,	/* the text stops here and is not whole: feed, call again */
	GW_JSON_BAD,	/* no JSON: reader->problem and reader->at say what and where */
	GW_JSON_END,	/* the whole text has been read */
	GW_JSON_OBJECT, /* { */
	GW_JSON_OBJECT_END,
	GW_JSON_ARRAY, /* [ */
	GW_JSON_ARRAY_END,
	GW_JSON_KEY,	/* text */
	GW_JSON_STRING, /* text */
	GW_JSON_NUMBER, /* text */
	GW_JSON_TRUE,
	GW_JSON_FALSE,
	GW_JSON_NULL,
} GwJsonToken;

typedef struct GwJsonReader
{
	char *data; /* the text; data[len] is writable */
	size_t len;
	bool whole; /* nothing follows data[len - 1] */

	size_t at;		  /* the next byte to look at */
	const char *text; /* of KEY, STRING and NUMBER */
	size_t textlen;
	const char *problem; /* GW_JSON_BAD: in words, without a place */
	int depth;			 /* open objects and arrays */

	/* private */
	uint64 objects; /* a bit for each depth: it is an object */
	int expect;
	size_t scanned; /* of an unfinished string: looked at, without its end */
	bool escaped;	/* ... which has a backslash */
	size_t held_at; /* where a NUL has overwritten ... */
	char held;		/* ... this byte; '\0': nowhere */
	int skip_depth; /* gw_json_skip() under way below this depth + 1 */
} GwJsonReader;

/* Begin to read; data may be NULL until gw_json_feed(). */
extern void gw_json_begin(GwJsonReader *reader, char *data, size_t len, bool whole);

/*
 * The text is longer now, and may have moved: what was handed out moved
 * with it, if it did.
 */
extern void gw_json_feed(GwJsonReader *reader, char *data, size_t len, bool whole);

extern GwJsonToken gw_json_next(GwJsonReader *reader);

/*
 * Pass over one value whose first token is the one given (KEY: over the value
 * that follows).  Its last token, GW_JSON_BAD, or GW_JSON_MORE: feed and call
 * again with GW_JSON_MORE.
 */
extern GwJsonToken gw_json_skip(GwJsonReader *reader, GwJsonToken first);

/*
 * As gw_json_next(), and faster where the next item of the array that is being read
 * is a string or null.
 */
extern GwJsonToken gw_json_next_item(GwJsonReader *reader);

/*
 * The next item of the array that is being read, in a text that is whole: an
 * object whose only member has that name, of one letter.  The value's token, and
 * the object has been read to its end; but of an OBJECT or ARRAY the caller reads on,
 * and then the object's end.  GW_JSON_ARRAY_END: there is no item; GW_JSON_BAD also
 * for anything else.
 */
extern GwJsonToken gw_json_unbox(GwJsonReader *reader, char key);

#endif /* GW_JSON_STREAM_H */
