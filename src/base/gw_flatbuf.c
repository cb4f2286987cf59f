/*
 * gw_flatbuf.c
 *	  FlatBuffers, read where they lie.
 *
 * As https://flatbuffers.dev/internals has them: an offset leads to a table, whose
 * first word leads back to a list of its members' places.  Does not know what
 * a table means.  Keeps nothing; what is handed out points into the buffer.
 */
#include "postgres.h"

#include "base/gw_flatbuf.h"

/* Are there so many bytes from there on? */
static bool
flat_has(GwFlatbuf *buf, uint64 at, uint64 len)
{
	if (at <= buf->len && len <= buf->len - at)
		return true;
	buf->bad = true;
	return false;
}

/* The table at that place. */
static GwFlatTable
flat_table_at(GwFlatbuf *buf, uint64 at)
{
	GwFlatTable table = {NULL};
	int64 vtable;
	uint32 size;

	if (!flat_has(buf, at, sizeof(uint32)))
		return table;
	vtable = (int64) at - (int32) gw_le32(buf->data + at);
	if (vtable < 0 || !flat_has(buf, vtable, 2 * sizeof(uint16)))
	{
		buf->bad = true;
		return table;
	}
	size = gw_le16(buf->data + vtable);
	if (size < 2 * sizeof(uint16) || !flat_has(buf, vtable, size))
	{
		buf->bad = true;
		return table;
	}
	table.buf = buf;
	table.at = (uint32) at;
	table.vtable = (uint32) vtable;
	table.nslots = (size - 2 * sizeof(uint16)) / sizeof(uint16);
	return table;
}

/* Where a member of so many bytes stands; 0: it is absent. */
static uint64
flat_member(GwFlatTable table, int slot, int width)
{
	uint64 at;

	if (table.buf == NULL || slot >= table.nslots)
		return 0;
	at = gw_le16(table.buf->data + table.vtable + (slot + 2) * sizeof(uint16));
	if (at == 0 || !flat_has(table.buf, table.at + at, width))
		return 0;
	return table.at + at;
}

GwFlatTable
gw_flat_root(GwFlatbuf *buf)
{
	if (!flat_has(buf, 0, sizeof(uint32)))
		return (GwFlatTable){NULL};
	return flat_table_at(buf, gw_le32(buf->data));
}

int64
gw_flat_int(GwFlatTable table, int slot, int width, int64 absent)
{
	uint64 at = flat_member(table, slot, width);
	const char *data = at == 0 ? NULL : table.buf->data + at;

	if (data == NULL)
		return absent;
	switch (width)
	{
		case 1:
			return (int8) *data;
		case 2:
			return (int16) gw_le16(data);
		case 4:
			return (int32) gw_le32(data);
		default:
			return (int64) gw_le64(data);
	}
}

GwFlatTable
gw_flat_table(GwFlatTable table, int slot)
{
	uint64 at = flat_member(table, slot, sizeof(uint32));

	if (at == 0)
		return (GwFlatTable){NULL};
	return flat_table_at(table.buf, at + gw_le32(table.buf->data + at));
}

GwFlatVector
gw_flat_vector(GwFlatTable table, int slot, int width)
{
	uint64 at = flat_member(table, slot, sizeof(uint32));
	GwFlatVector vector = {NULL};
	uint32 n;

	if (at == 0)
		return vector;
	at += gw_le32(table.buf->data + at);
	if (!flat_has(table.buf, at, sizeof(uint32)))
		return vector;
	n = gw_le32(table.buf->data + at);
	if (!flat_has(table.buf, at + sizeof(uint32), (uint64) n * width))
		return vector;
	vector.buf = table.buf;
	vector.at = (uint32) at + sizeof(uint32);
	vector.n = n;
	return vector;
}

GwFlatTable
gw_flat_item(GwFlatVector vector, uint32 i)
{
	uint64 at = vector.at + (uint64) i * sizeof(uint32);

	return flat_table_at(vector.buf, at + gw_le32(vector.buf->data + at));
}
