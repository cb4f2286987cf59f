/*
 * target_arrow.c
 *	  Arrow's IPC streams: whatever the reader lets pass lies within the stream.
 *
 * Every value of every batch is touched, in a block that is as long as the stream.
 */
#include "fuzz.h"

#include "base/gw_arrow.h"

/* Columns of NULLs and lists of such take no room: do not count them to the end. */
#define ARROW_ROWS 4096

static uint64 arrow_sum;

static void
arrow_touch(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		arrow_sum += (unsigned char) data[i];
}

static void arrow_walk(const GwArrowField *field, int64 from, int64 end);

static void
arrow_value(const GwArrowField *field, int64 row)
{
	int64 from, end;

	switch (field->type)
	{
		case GW_ARROW_NULL:
			break;
		case GW_ARROW_BOOL:
			arrow_sum += gw_arrow_bool(field, row);
			break;
		case GW_ARROW_INT:
		case GW_ARROW_DATE:
		case GW_ARROW_TIMESTAMP:
		case GW_ARROW_DURATION:
		case GW_ARROW_MONTHS:
			arrow_sum += gw_arrow_int(field, row);
			break;
		case GW_ARROW_FLOAT:
		case GW_ARROW_DECIMAL:
			arrow_touch(field->data + row * field->width, field->width);
			break;
		case GW_ARROW_TEXT:
		case GW_ARROW_BYTES:
			from = gw_arrow_offset(field, row);
			end = gw_arrow_offset(field, row + 1);
			FUZZ_CHECK(from >= 0 && from <= end);
			arrow_touch(field->data + from, end - from);
			break;
		case GW_ARROW_LIST:
		case GW_ARROW_MAP:
			from = gw_arrow_offset(field, row);
			end = gw_arrow_offset(field, row + 1);
			FUZZ_CHECK(from >= 0 && from <= end && end <= field->children[0].nrows);
			arrow_walk(&field->children[0], from, end);
			break;
		case GW_ARROW_STRUCT:
			for (int i = 0; i < field->nchildren; i++)
			{
				FUZZ_CHECK(field->children[i].nrows >= field->nrows);
				arrow_walk(&field->children[i], row, row + 1);
			}
			break;
	}
}

static void
arrow_walk(const GwArrowField *field, int64 from, int64 end)
{
	for (int64 row = from; row < end && row < from + ARROW_ROWS; row++)
		if (!gw_arrow_is_null(field, row))
			arrow_value(field, row);
}

void
fuzz_one(char *text, size_t len)
{
	char *data = malloc(Max(len, 1));
	GwArrowReader reader;
	GwArrowStep step;

	memcpy(data, text, len);
	gw_arrow_begin(&reader, data, len);
	while ((step = gw_arrow_next(&reader)) == GW_ARROW_BATCH)
	{
		FUZZ_CHECK(reader.at <= len && reader.nrows >= 0);
		for (int i = 0; i < reader.nfields; i++)
		{
			FUZZ_CHECK(reader.fields[i].nrows == reader.nrows);
			arrow_walk(&reader.fields[i], 0, reader.nrows);
		}
	}
	FUZZ_CHECK((step == GW_ARROW_BAD) == (reader.problem != NULL));
	FUZZ_CHECK(step == GW_ARROW_BAD || reader.fields != NULL);
	/* It stays where it is. */
	FUZZ_CHECK(gw_arrow_next(&reader) == step);
	free(data);
}
