/*
 * target_type.c
 *	  Canonical type texts: what is read is written so that it reads the same.
 *
 * Links gw_type.c and gw_type_text.c.
 */
#include "fuzz.h"

#include "schema/gw_schema.h"

static void
error_is_sound(const GwError *err)
{
	FUZZ_CHECK(err->sqlstate != 0 && err->cls == GW_ERR_INVALID);
	FUZZ_CHECK(err->message[0] != '\0');
	FUZZ_CHECK(fuzz_valid(err->message, strlen(err->message)));
	FUZZ_CHECK(fuzz_valid(err->detail, strlen(err->detail)));
	FUZZ_CHECK(fuzz_valid(err->hint, strlen(err->hint)));
}

void
fuzz_one(char *text, size_t len)
{
	GwType type, open, again;
	GwError err;
	char *printed;

	/* The server lets no other text through to us. */
	if (memchr(text, '\0', len) != NULL || !fuzz_valid(text, len))
		return;
	if (gw_type_parse_open(text, &open, &err) != GW_OK)
		error_is_sound(&err);
	if (gw_type_parse(text, &type, &err) != GW_OK)
	{
		error_is_sound(&err);
		return;
	}
	/* Nothing is missing, so the open form takes it, too; it adds no default. */
	FUZZ_CHECK(gw_type_parse_open(text, &open, &err) == GW_OK);
	FUZZ_CHECK(gw_type_equal(&open, &type) || type.id == GW_TYPE_VECTOR);

	printed = gw_type_text(&type);
	FUZZ_CHECK(fuzz_valid(printed, strlen(printed)));
	if (gw_type_parse(printed, &again, &err) != GW_OK)
		fuzz_fail("\"%s\" is written as \"%s\", which is not read: %s", text, printed, err.message);
	if (!gw_type_equal(&type, &again))
		fuzz_fail("\"%s\" is written as \"%s\", which is another type", text, printed);
	FUZZ_CHECK(strcmp(gw_type_text(&again), printed) == 0);
}
