/*
 * gw_arrow.h
 *	  Arrow's IPC streams, read where they lie: a schema, then batches of rows, each
 *	  column a few buffers.
 *
 * What is handed out lies within the stream, which has to live as long.  All
 * of a batch is looked at before it is handed out (no buffer leaves the
 * stream, no offset its buffer), so that values can be had without a check.
 * Texts may be of any bytes.  Dictionaries, compressed buffers, views, unions and numbers
 * without a sign are told, not read.
 */
#ifndef GW_ARROW_H
#define GW_ARROW_H

#include "base/gw_flatbuf.h"

/* Deeper types, and schemas of more fields, are refused. */
#define GW_ARROW_MAX_DEPTH 64
#define GW_ARROW_MAX_FIELDS 65536

typedef enum GwArrowType
{
	GW_ARROW_NULL,
	GW_ARROW_BOOL,
	GW_ARROW_INT,		/* of width bytes, with a sign */
	GW_ARROW_FLOAT,		/* of width bytes: 4 or 8 */
	GW_ARROW_DECIMAL,	/* of 128 bits */
	GW_ARROW_DATE,		/* days since 1970, 4 bytes */
	GW_ARROW_TIMESTAMP, /* 8 bytes; see per_second, zoned */
	GW_ARROW_DURATION,	/* 8 bytes; see per_second */
	GW_ARROW_MONTHS,	/* 4 bytes */
	GW_ARROW_TEXT,		/* offsets of width bytes: 4 or 8 */
	GW_ARROW_BYTES,
	GW_ARROW_LIST, /* ... and so here: of children[0] */
	GW_ARROW_MAP,  /* children[0] is a struct of keys and values */
	GW_ARROW_STRUCT,
} GwArrowType;

/* A column, or a part of one. */
typedef struct GwArrowField
{
	const char *name; /* palloc'd */
	GwArrowType type;
	int width;
	int precision, scale; /* DECIMAL */
	int64 per_second;	  /* 1, 1000, ... */
	bool zoned;			  /* TIMESTAMP: a moment, not what a clock shows */
	int nchildren;
	struct GwArrowField *children;

	/* Of the batch in hand. */
	int64 nrows;
	const char *validity; /* a bit each: it is no NULL; NULL: none is */
	const char *offsets;
	const char *data;
} GwArrowField;

typedef enum GwArrowStep
{
	GW_ARROW_BATCH, /* rows are in hand */
	GW_ARROW_END,	/* the stream's end */
	GW_ARROW_BAD,	/* reader->problem says why, unsupported whether it could be right */
} GwArrowStep;

typedef struct GwArrowReader
{
	const char *data;
	size_t len;
	size_t at; /* the next message */
	int nfields;
	GwArrowField *fields; /* NULL: the schema was not read yet */
	int64 nrows;		  /* of the batch in hand */
	const char *problem;
	bool unsupported;
	int total; /* private: fields and their parts */
} GwArrowReader;

/* Begin to read; nothing is looked at yet. */
extern void gw_arrow_begin(GwArrowReader *reader, const char *data, size_t len);

/*
 * The next batch.  The first call reads the schema as well, into CurrentMemoryContext,
 * where the fields stay.
 */
extern GwArrowStep gw_arrow_next(GwArrowReader *reader);

/* ---- values; row < field->nrows ---- */

static inline bool
gw_arrow_is_null(const GwArrowField *field, int64 row)
{
	if (field->type == GW_ARROW_NULL)
		return true;
	return field->validity != NULL && (field->validity[row >> 3] & (1 << (row & 7))) == 0;
}

static inline bool
gw_arrow_bool(const GwArrowField *field, int64 row)
{
	return (field->data[row >> 3] & (1 << (row & 7))) != 0;
}

/* INT, DATE, TIMESTAMP, DURATION, MONTHS */
static inline int64
gw_arrow_int(const GwArrowField *field, int64 row)
{
	switch (field->width)
	{
		case 1:
			return (int8) field->data[row];
		case 2:
			return (int16) gw_le16(field->data + 2 * row);
		case 4:
			return (int32) gw_le32(field->data + 4 * row);
		default:
			return (int64) gw_le64(field->data + 8 * row);
	}
}

/* TEXT, BYTES: the first byte; LIST, MAP: the first element; row <= field->nrows. */
static inline int64
gw_arrow_offset(const GwArrowField *field, int64 row)
{
	return field->width == 4 ? (int64) (int32) gw_le32(field->offsets + 4 * row)
							 : (int64) gw_le64(field->offsets + 8 * row);
}

#endif /* GW_ARROW_H */
