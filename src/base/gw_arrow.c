/*
 * gw_arrow.c
 *	  Arrow's IPC streams: messages, the schema, and where a batch's buffers lie.
 *
 * https://arrow.apache.org/docs/format/Columnar.html; members of tables stand there in
 * Schema.fbs and Message.fbs, and are numbered below.  Does not know what columns
 * are for.  Fields live in the context in which the schema was read.
 */
#include "postgres.h"

#include "base/gw_arrow.h"

/* What stands before a message's length in streams since Arrow 0.15. */
#define CONTINUED 0xFFFFFFFFu

/* Message.header_type */
#define MESSAGE_SCHEMA 1
#define MESSAGE_BATCH 3

/* Members of tables. */
#define MESSAGE_HEADER_TYPE 1
#define MESSAGE_HEADER 2
#define MESSAGE_BODY_LENGTH 3
#define SCHEMA_ENDIANNESS 0
#define SCHEMA_FIELDS 1
#define FIELD_NAME 0
#define FIELD_TYPE_TYPE 2
#define FIELD_TYPE 3
#define FIELD_DICTIONARY 4
#define FIELD_CHILDREN 5
#define BATCH_LENGTH 0
#define BATCH_NODES 1
#define BATCH_BUFFERS 2
#define BATCH_COMPRESSION 3

/* Elements of BATCH_NODES and BATCH_BUFFERS: two numbers of 8 bytes. */
#define PAIR_BYTES 16

/* Field.type_type */
enum
{
	TYPE_NULL = 1,
	TYPE_INT,
	TYPE_FLOAT,
	TYPE_BINARY,
	TYPE_UTF8,
	TYPE_BOOL,
	TYPE_DECIMAL,
	TYPE_DATE,
	TYPE_TIME,
	TYPE_TIMESTAMP,
	TYPE_INTERVAL,
	TYPE_LIST,
	TYPE_STRUCT,
	TYPE_UNION,
	TYPE_FIXED_BINARY,
	TYPE_FIXED_LIST,
	TYPE_MAP,
	TYPE_DURATION,
	TYPE_LARGE_BINARY,
	TYPE_LARGE_UTF8,
	TYPE_LARGE_LIST,
};

/* A batch while its buffers are dealt out. */
typedef struct Batch
{
	GwArrowReader *reader;
	GwFlatVector nodes, buffers;
	uint32 node, buffer; /* the next one */
	const char *body;
	int64 bodylen;
} Batch;

void
gw_arrow_begin(GwArrowReader *reader, const char *data, size_t len)
{
	memset(reader, 0, sizeof(*reader));
	reader->data = data;
	reader->len = len;
}

static bool
arrow_bad(GwArrowReader *reader, const char *problem)
{
	if (reader->problem == NULL)
		reader->problem = problem;
	return false;
}

static bool
arrow_unsupported(GwArrowReader *reader, const char *problem)
{
	if (reader->problem == NULL)
		reader->unsupported = true;
	return arrow_bad(reader, problem);
}

/* ---- the schema ---- */

/* Bytes of a number of so many bits; 0: there is none such. */
static int
type_bytes(int64 bits)
{
	return bits == 8 || bits == 16 || bits == 32 || bits == 64 ? (int) bits / 8 : 0;
}

/* Timestamps and durations. */
static bool
type_set_unit(GwArrowField *field, GwArrowType type, GwFlatTable of, int64 absent)
{
	static const int64 units[] = {1, 1000, 1000000, 1000000000};
	int64 unit = gw_flat_int(of, 0, 2, absent);

	if (unit < 0 || unit >= lengthof(units))
		return false;
	field->type = type;
	field->width = 8;
	field->per_second = units[unit];
	field->zoned = gw_flat_vector(of, 1, 1).buf != NULL;
	return true;
}

static bool
type_set(GwArrowField *field, GwArrowType type, int width, bool known)
{
	field->type = type;
	field->width = width;
	return known;
}

/* false: it is not one of those that are read. */
static bool
type_read(GwArrowField *field, int64 kind, GwFlatTable of)
{
	switch (kind)
	{
		case TYPE_NULL:
			return type_set(field, GW_ARROW_NULL, 0, true);
		case TYPE_BOOL:
			return type_set(field, GW_ARROW_BOOL, 0, true);
		case TYPE_INT:
			return type_set(field, GW_ARROW_INT, type_bytes(gw_flat_int(of, 0, 4, 0)),
							gw_flat_int(of, 1, 1, 0) != 0 &&
								type_bytes(gw_flat_int(of, 0, 4, 0)));
		case TYPE_FLOAT:
			return type_set(field, GW_ARROW_FLOAT, gw_flat_int(of, 0, 2, 0) == 2 ? 8 : 4,
							gw_flat_int(of, 0, 2, 0) == 1 || gw_flat_int(of, 0, 2, 0) == 2);
		case TYPE_DECIMAL:
			field->precision = (int) gw_flat_int(of, 0, 4, 0);
			field->scale = (int) gw_flat_int(of, 1, 4, 0);
			return type_set(field, GW_ARROW_DECIMAL, 16,
							gw_flat_int(of, 2, 4, 128) == 128 && field->precision >= 1 &&
								field->precision <= 38 && field->scale >= 0 &&
								field->scale <= field->precision);
		case TYPE_DATE:
			return type_set(field, GW_ARROW_DATE, 4, gw_flat_int(of, 0, 2, 1) == 0);
		case TYPE_TIMESTAMP:
			return type_set_unit(field, GW_ARROW_TIMESTAMP, of, 0);
		case TYPE_DURATION:
			return type_set_unit(field, GW_ARROW_DURATION, of, 1);
		case TYPE_INTERVAL:
			return type_set(field, GW_ARROW_MONTHS, 4, gw_flat_int(of, 0, 2, 0) == 0);
		case TYPE_UTF8:
		case TYPE_LARGE_UTF8:
			return type_set(field, GW_ARROW_TEXT, kind == TYPE_UTF8 ? 4 : 8, true);
		case TYPE_BINARY:
		case TYPE_LARGE_BINARY:
			return type_set(field, GW_ARROW_BYTES, kind == TYPE_BINARY ? 4 : 8, true);
		case TYPE_LIST:
		case TYPE_LARGE_LIST:
			return type_set(field, GW_ARROW_LIST, kind == TYPE_LIST ? 4 : 8,
							field->nchildren == 1);
		case TYPE_STRUCT:
			return type_set(field, GW_ARROW_STRUCT, 0, true);
		case TYPE_MAP:
			return type_set(field, GW_ARROW_MAP, 4,
							field->nchildren == 1 &&
								field->children[0].type == GW_ARROW_STRUCT &&
								field->children[0].nchildren == 2);
		default:
			return false;
	}
}

static bool
fields_read(GwArrowReader *reader, GwFlatVector items, int depth, GwArrowField **fields)
{
	/* The same part may be named many times: what a small schema unfolds to is bounded. */
	if (depth > GW_ARROW_MAX_DEPTH || items.n > GW_ARROW_MAX_FIELDS - reader->total)
		return arrow_unsupported(reader, "a schema of too many fields");
	reader->total += items.n;
	*fields = palloc0(Max(items.n, 1) * sizeof(GwArrowField));
	for (uint32 i = 0; i < items.n; i++)
	{
		GwArrowField *field = &(*fields)[i];
		GwFlatTable item = gw_flat_item(items, i);
		GwFlatVector name = gw_flat_vector(item, FIELD_NAME, 1);
		GwFlatVector children = gw_flat_vector(item, FIELD_CHILDREN, 4);

		if (gw_flat_table(item, FIELD_DICTIONARY).buf != NULL)
			return arrow_unsupported(reader, "a dictionary");
		field->name = pnstrdup(name.n > 0 ? name.buf->data + name.at : "", name.n);
		field->nchildren = (int) children.n;
		if (!fields_read(reader, children, depth + 1, &field->children))
			return false;
		if (!type_read(field, gw_flat_int(item, FIELD_TYPE_TYPE, 1, 0),
					   gw_flat_table(item, FIELD_TYPE)))
			return arrow_unsupported(reader, "a type that is not read");
	}
	return true;
}

static bool
schema_read(GwArrowReader *reader, GwFlatTable schema)
{
	GwFlatVector items = gw_flat_vector(schema, SCHEMA_FIELDS, 4);

	if (reader->fields != NULL)
		return arrow_bad(reader, "a second schema");
	if (gw_flat_int(schema, SCHEMA_ENDIANNESS, 2, 0) != 0)
		return arrow_unsupported(reader, "numbers whose first byte is the largest");
	if (!fields_read(reader, items, 0, &reader->fields))
		return false;
	reader->nfields = (int) items.n;
	return true;
}

/* ---- batches ---- */

/* The next buffer, which has to have so many bytes; *had: it has. */
static const char *
batch_buffer(Batch *batch, int64 least, int64 *had)
{
	const char *pair;
	int64 offset, len;

	if (batch->buffer >= batch->buffers.n)
	{
		arrow_bad(batch->reader, "a batch with too few buffers");
		return NULL;
	}
	pair = batch->buffers.buf->data + batch->buffers.at + batch->buffer++ * PAIR_BYTES;
	offset = (int64) gw_le64(pair);
	len = (int64) gw_le64(pair + 8);
	if (offset < 0 || len < 0 || offset > batch->bodylen || len > batch->bodylen - offset)
	{
		arrow_bad(batch->reader, "a buffer outside of its batch");
		return NULL;
	}
	if (len < least)
	{
		arrow_bad(batch->reader, "a buffer that is too short");
		return NULL;
	}
	if (had != NULL)
		*had = len;
	return batch->body + offset;
}

/* The offsets: they never go back, and the last is at most so much. */
static bool
batch_offsets(Batch *batch, GwArrowField *field, int64 *most)
{
	int64 last = 0;

	/* Where there are no rows, there may be no offset either. */
	field->offsets =
		batch_buffer(batch, field->nrows > 0 ? (field->nrows + 1) * field->width : 0, NULL);
	if (field->offsets == NULL)
		return false;
	for (int64 i = 0; field->nrows > 0 && i <= field->nrows; i++)
	{
		int64 offset = gw_arrow_offset(field, i);

		if (offset < last)
			return arrow_bad(batch->reader, "offsets that go back");
		last = offset;
	}
	*most = last;
	return true;
}

static bool batch_field(Batch *batch, GwArrowField *field, int64 least, bool exactly);

/* What a field has beside its NULLs. */
static bool
batch_values(Batch *batch, GwArrowField *field)
{
	int64 last, had;

	switch (field->type)
	{
		case GW_ARROW_NULL:
			return true;
		case GW_ARROW_BOOL:
			field->data = batch_buffer(batch, (field->nrows + 7) / 8, NULL);
			return field->data != NULL;
		case GW_ARROW_TEXT:
		case GW_ARROW_BYTES:
			if (!batch_offsets(batch, field, &last))
				return false;
			field->data = batch_buffer(batch, 0, &had);
			if (field->data == NULL)
				return false;
			return last <= had || arrow_bad(batch->reader, "offsets beyond their buffer");
		case GW_ARROW_LIST:
		case GW_ARROW_MAP:
			return batch_offsets(batch, field, &last) &&
				   batch_field(batch, &field->children[0], last, false);
		case GW_ARROW_STRUCT:
			for (int i = 0; i < field->nchildren; i++)
				if (!batch_field(batch, &field->children[i], field->nrows, false))
					return false;
			return true;
		default:
			field->data = batch_buffer(batch, field->nrows * field->width, NULL);
			return field->data != NULL;
	}
}

/* A field of at least so many rows. */
static bool
batch_field(Batch *batch, GwArrowField *field, int64 least, bool exactly)
{
	const char *pair;
	int64 nulls;

	if (batch->node >= batch->nodes.n)
		return arrow_bad(batch->reader, "a batch with too few nodes");
	pair = batch->nodes.buf->data + batch->nodes.at + batch->node++ * PAIR_BYTES;
	field->nrows = (int64) gw_le64(pair);
	nulls = (int64) gw_le64(pair + 8);
	if (field->nrows < least || field->nrows > PG_INT32_MAX ||
		(exactly && field->nrows != least))
		return arrow_bad(batch->reader, "columns that are not equally long");
	if (nulls < 0 || nulls > field->nrows)
		return arrow_bad(batch->reader, "a column with more NULLs than rows");
	field->validity = NULL;
	if (field->type != GW_ARROW_NULL)
	{
		const char *bits = batch_buffer(batch, nulls > 0 ? (field->nrows + 7) / 8 : 0, NULL);

		if (bits == NULL)
			return false;
		if (nulls > 0)
			field->validity = bits;
	}
	return batch_values(batch, field);
}

static bool
batch_read(GwArrowReader *reader, GwFlatTable header, const char *body, int64 bodylen)
{
	Batch batch = {.reader = reader, .body = body, .bodylen = bodylen};

	if (reader->fields == NULL)
		return arrow_bad(reader, "rows before a schema");
	if (gw_flat_table(header, BATCH_COMPRESSION).buf != NULL)
		return arrow_unsupported(reader, "compressed buffers");
	batch.nodes = gw_flat_vector(header, BATCH_NODES, PAIR_BYTES);
	batch.buffers = gw_flat_vector(header, BATCH_BUFFERS, PAIR_BYTES);
	reader->nrows = gw_flat_int(header, BATCH_LENGTH, 8, 0);
	if (reader->nrows < 0 || reader->nrows > PG_INT32_MAX)
		return arrow_bad(reader, "a batch of too many rows");
	for (int i = 0; i < reader->nfields; i++)
		if (!batch_field(&batch, &reader->fields[i], reader->nrows, true))
			return false;
	return true;
}

/* ---- messages ---- */

/* The next message's table and body.  false: the end, or reader->problem. */
static bool
message_next(GwArrowReader *reader, GwFlatbuf *table, const char **body, size_t *left)
{
	uint32 len;

	/* A stream may just stop: who reads it knows how many rows there have to be. */
	if (reader->at == reader->len)
		return false;
	if (reader->len - reader->at < sizeof(uint32))
		return arrow_bad(reader, "a message that is cut off");
	len = gw_le32(reader->data + reader->at);
	reader->at += sizeof(uint32);
	if (len == CONTINUED)
	{
		if (reader->len - reader->at < sizeof(uint32))
			return arrow_bad(reader, "a message that is cut off");
		len = gw_le32(reader->data + reader->at);
		reader->at += sizeof(uint32);
	}
	if (len == 0)
	{
		if (reader->at < reader->len)
			return arrow_bad(reader, "bytes behind the end");
		return false;
	}
	if (len > PG_INT32_MAX || len > reader->len - reader->at)
		return arrow_bad(reader, "a message that is cut off");
	*table = (GwFlatbuf){reader->data + reader->at, len};
	reader->at += len;
	*body = reader->data + reader->at;
	*left = reader->len - reader->at;
	return true;
}

GwArrowStep
gw_arrow_next(GwArrowReader *reader)
{
	GwFlatbuf buf;
	const char *body;
	size_t left;

	while (reader->problem == NULL && message_next(reader, &buf, &body, &left))
	{
		GwFlatTable message = gw_flat_root(&buf);
		GwFlatTable header = gw_flat_table(message, MESSAGE_HEADER);
		int64 kind = gw_flat_int(message, MESSAGE_HEADER_TYPE, 1, 0);
		int64 bodylen = gw_flat_int(message, MESSAGE_BODY_LENGTH, 8, 0);

		if (bodylen < 0 || bodylen > left)
			arrow_bad(reader, "a message that is cut off");
		else if (kind == MESSAGE_SCHEMA)
			(void) schema_read(reader, header);
		else if (kind == MESSAGE_BATCH)
			(void) batch_read(reader, header, body, bodylen);
		else
			arrow_unsupported(reader, "a message that is neither schema nor rows");
		if (buf.bad)
			arrow_bad(reader, "a table that leads out of its message");
		if (reader->problem != NULL)
			break;
		reader->at += bodylen;
		if (kind == MESSAGE_BATCH)
			return GW_ARROW_BATCH;
	}
	if (reader->problem == NULL && reader->fields == NULL)
		arrow_bad(reader, "a stream without a schema");
	return reader->problem == NULL ? GW_ARROW_END : GW_ARROW_BAD;
}
