/*
 * fuzz_schema.c
 *	  Fuzz target: schema documents.  What is read is written in a form that
 *	  reads the same, and the list of problems agrees with the reader.
 */
#include "postgres.h"

#include "gw_fuzz.h"

#include "mb/pg_wchar.h"
#include "schema/gw_schema.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static char *
schema_text(Jsonb *doc)
{
	return DatumGetCString(DirectFunctionCall1(jsonb_out, JsonbPGetDatum(doc)));
}

/* The document, or an error that is none of ours. */
static void
schema_parse(void *arg, GwFuzzAnswer *answer)
{
	const GwFuzzInput *input = arg;

	pg_verifymbstr(input->data, input->len, false);
	answer->value = DirectFunctionCall1(jsonb_in, CStringGetDatum(input->data));
}

static void
schema_pass(void *arg, GwFuzzAnswer *answer)
{
	Jsonb *doc = arg;
	GwSchema *schema, *again;
	List *problems = gw_schema_problems(doc);
	Jsonb *written;
	GwError err;
	char *first;

	if (gw_schema_read(doc, &schema, &err) != GW_OK)
	{
		if (problems == NIL)
			elog(ERROR, "no problem is listed, but it is not read: %s", err.message);
		if (err.cls != GW_ERR_INVALID || err.sqlstate != ERRCODE_INVALID_PARAMETER_VALUE)
			elog(ERROR, "refused with class %d: %s", err.cls, err.message);
		return;
	}
	if (problems != NIL)
		elog(ERROR, "it is read, but a problem is listed at %s",
			 ((GwSchemaProblem *) linitial(problems))->path);
	written = gw_schema_write(schema);
	first = schema_text(written);
	if (gw_schema_read(written, &again, &err) != GW_OK)
		elog(ERROR, "what was written is not read: %s in %s", err.message, first);
	if (strcmp(schema_text(gw_schema_write(again)), first) != 0)
		elog(ERROR, "written differently the second time: %s, %s", first,
			 schema_text(gw_schema_write(again)));
	if (strcmp(gw_schema_fingerprint(schema), gw_schema_fingerprint(again)) != 0)
		elog(ERROR, "two fingerprints for %s", first);
	for (int i = 0; i < schema->ncolumns; i++)
		(void) gw_schema_local_type(&schema->columns[i], NULL);
	answer->text = first;
}

GW_FUZZ(schema)
{
	GwFuzzAnswer parsed, answer;

	gw_fuzz_try(schema_parse, (void *) input, &parsed);
	if (parsed.raised)
		return false;
	gw_fuzz_try(schema_pass, DatumGetJsonbP(parsed.value), &answer);
	if (answer.raised)
	{
		elog(NOTICE, "input %s", gw_fuzz_show(input));
		schema_pass(DatumGetJsonbP(parsed.value), &answer);
		elog(ERROR, "an error that comes and goes");
	}
	return answer.text != NULL;
}
