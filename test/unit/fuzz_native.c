/*
 * fuzz_native.c
 *	  Fuzz target: native types' texts on every DDL target.  What is read has a
 *	  canonical text that reads the same, and renders again or is refused;
 *	  what is rendered is itself read.
 */
#include "postgres.h"

#include "gw_fuzz.h"

#include "dialect/gw_ddl.h"
#include "mb/pg_wchar.h"

static void
native_pass(void *arg, GwFuzzAnswer *answer)
{
	const GwFuzzInput *input = arg;

	pg_verifymbstr(input->data, input->len, false);
	for (int i = 0; gw_ddl_target_at(i) != NULL; i++)
	{
		const GwDdlTarget *target = gw_ddl_target_at(i);
		static const GwDdlOptions options;
		GwDdlWriter w;
		GwColumn column, again;
		GwType type;
		GwSqlBuf buf;
		GwError err;
		char *text;

		if (gw_ddl_map_type(target, input->data, &column, &err) != GW_OK)
		{
			if (err.sqlstate != ERRCODE_INVALID_PARAMETER_VALUE)
				elog(ERROR, "refused by %s: %s", gw_ddl_target_name(target), err.message);
			continue;
		}
		text = gw_type_text(&column.type);
		if (gw_type_parse(text, &type, &err) != GW_OK || !gw_type_equal(&type, &column.type))
			elog(ERROR, "%s reads %s, which reads differently", gw_ddl_target_name(target), text);
		column.name = "c";
		gw_ddl_begin(&w, target, &options, NULL);
		gw_sqlbuf_init(&buf);
		if (gw_ddl_type(&w, &buf, &column, &err) == GW_OK &&
			gw_ddl_map_type(target, gw_sqlbuf_text(&buf), &again, &err) != GW_OK)
			elog(ERROR, "%s renders %s, which is not read: %s", gw_ddl_target_name(target),
				 gw_sqlbuf_text(&buf), err.message);
		answer->text = text;
	}
}

GW_FUZZ(native)
{
	GwFuzzAnswer answer;

	/* Names inside a STRUCT that a platform cannot hold; bytes that are no text. */
	gw_fuzz_try(native_pass, (void *) input, &answer);
	if (!answer.raised)
		return answer.text != NULL;
	if (answer.sqlstate == ERRCODE_INVALID_NAME ||
		answer.sqlstate == ERRCODE_CHARACTER_NOT_IN_REPERTOIRE)
		return false;
	elog(NOTICE, "input %s", gw_fuzz_show(input));
	native_pass((void *) input, &answer);
	elog(ERROR, "an error that comes and goes");
}
