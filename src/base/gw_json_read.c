/*
 * gw_json_read.c
 *	  Members of an answer by the pull reader.
 *
 * Does not know what an answer means.  Texts are copied into the caller's
 * context, in the database's encoding.
 */
#include "postgres.h"

#include "base/gw_json_read.h"
#include "mb/pg_wchar.h"

GwStatus
gw_json_bad(const GwJsonReader *reader, const char *what, GwError *err)
{
	return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_PROTOCOL_VIOLATION,
						"the remote's answer cannot be read: %s (at byte %zu%s%s)", what,
						reader->at, reader->problem ? ": " : "",
						reader->problem ? reader->problem : "");
}

bool
gw_json_key_is(const GwJsonReader *reader, const char *key)
{
	return reader->textlen == strlen(key) && memcmp(reader->text, key, reader->textlen) == 0;
}

GwStatus
gw_json_read_text(GwJsonReader *reader, char **value, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);

	*value = NULL;
	if (token == GW_JSON_NULL)
		return GW_OK;
	if (token != GW_JSON_STRING && token != GW_JSON_NUMBER)
		return gw_json_bad(reader, "a member that should be a string", err);
	*value = pnstrdup(reader->text, reader->textlen);
	if (GetDatabaseEncoding() != PG_UTF8)
		*value = pg_any_to_server(*value, reader->textlen, PG_UTF8);
	return GW_OK;
}

GwStatus
gw_json_read_int(GwJsonReader *reader, int64 *value, GwError *err)
{
	char *text;
	char *end;
	int64 number;

	if (gw_json_read_text(reader, &text, err) != GW_OK)
		return GW_FAILED;
	if (text == NULL)
		return GW_OK;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		return gw_json_bad(reader, "a member that should be an integer", err);
	*value = number;
	return GW_OK;
}

GwStatus
gw_json_read_bool(GwJsonReader *reader, bool *value, GwError *err)
{
	GwJsonToken token = gw_json_next(reader);

	*value = token == GW_JSON_TRUE;
	if (token == GW_JSON_TRUE || token == GW_JSON_FALSE || token == GW_JSON_NULL)
		return GW_OK;
	return gw_json_bad(reader, "a member that should be true or false", err);
}
