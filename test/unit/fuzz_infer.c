/*
 * fuzz_infer.c
 *	  Fuzz target: what inference says a text can be read as, PostgreSQL's own
 *	  input functions read; JSON is what jsonb takes; a CSV or JSON text and
 *	  the same text twice give the same types.
 */
#include "postgres.h"

#include "gw_fuzz.h"

#include "mb/pg_wchar.h"
#include "schema/gw_infer_private.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

static char *
infer_text(Jsonb *doc)
{
	return DatumGetCString(DirectFunctionCall1(jsonb_out, JsonbPGetDatum(doc)));
}

static void
infer_read(PGFunction input, const char *text)
{
	(void) DirectFunctionCall3(input, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
							   Int32GetDatum(-1));
}

/* Whatever it fits, reads. */
static void
infer_values(const char *text, int len)
{
	GwInferOptions plain = {NULL};
	GwTextFacts facts;

	gw_infer_text(text, len, &plain, &facts);
	if (facts.fits & GW_FITS_BOOL)
		infer_read(boolin, text);
	if (facts.fits & GW_FITS_NUMBER)
		infer_read(numeric_in, text);
	if (facts.fits & GW_FITS_NUMBER && facts.int64_fits)
		infer_read(int8in, text);
	if (facts.fits & GW_FITS_NUMBER && !facts.inexact)
		infer_read(float8in, text);
	if (facts.fits & GW_FITS_DATE)
		infer_read(date_in, text);
	if (facts.fits & GW_FITS_TIME)
		infer_read(time_in, text);
	if (facts.fits & GW_FITS_TIMESTAMP)
		infer_read(timestamp_in, text);
	if (facts.fits & GW_FITS_TIMESTAMPTZ)
		infer_read(timestamptz_in, text);
	if (facts.fits & GW_FITS_UUID)
		infer_read(uuid_in, text);
	if (facts.fits & GW_FITS_JSON)
		infer_read(jsonb_in, text);
}

/* Only the columns: notices tell of rows. */
static char *
infer_types(const GwSchema *schema)
{
	StringInfoData types;

	initStringInfo(&types);
	for (int i = 0; i < schema->ncolumns; i++)
		appendStringInfo(&types, "%s %s;", schema->columns[i].name,
						 gw_type_text(&schema->columns[i].type));
	return types.data;
}

/* The types of a JSON text's records; NULL: it is none, or has no columns. */
static char *
infer_json_types(const char *text, int len)
{
	GwInferOptions *options = palloc(sizeof(GwInferOptions));
	GwInferNode *record;
	List *notices = NIL;
	GwSchema *schema, *again;
	int64 rows = 0;
	GwError err;
	bool cut;

	(void) gw_infer_options_read(NULL, options, &err);
	record = gw_infer_node(options, 0);
	if (gw_infer_json(text, len, options, record, &rows, &cut, &notices, &err) != GW_OK)
		return NULL;
	if (record->nfields == 0)
		return NULL;
	schema = gw_infer_schema(options, NULL, NULL, 0, record, rows, cut, notices);
	if (gw_schema_read(gw_schema_write(schema), &again, &err) != GW_OK)
		elog(ERROR, "a schema that is not valid: %s in %s", err.message,
			 infer_text(gw_schema_write(schema)));
	return infer_types(schema);
}

static void
infer_csv(const char *text, int len)
{
	GwInferOptions *options = palloc(sizeof(GwInferOptions));
	GwInferNode **nodes;
	const char **names;
	List *notices = NIL;
	GwSchema *schema, *again;
	int64 rows;
	GwError err;
	bool cut;
	int n;

	(void) gw_infer_options_read(NULL, options, &err);
	if (gw_infer_csv(text, len, options, &nodes, &names, &n, &rows, &cut, &notices, &err) !=
		GW_OK || n == 0 || n > 1600)
		return;
	schema = gw_infer_schema(options, nodes, names, n, NULL, rows, cut, notices);
	if (gw_schema_read(gw_schema_write(schema), &again, &err) != GW_OK)
		elog(ERROR, "a schema that is not valid: %s", err.message);
}

static void
infer_jsonb(void *arg, GwFuzzAnswer *answer)
{
	answer->value = DirectFunctionCall1(jsonb_in, CStringGetDatum(arg));
}

static void
infer_pass(void *arg, GwFuzzAnswer *answer)
{
	const GwFuzzInput *input = arg;
	char *types;

	infer_values(input->data, input->len);
	infer_csv(input->data, input->len);
	types = infer_json_types(input->data, input->len);
	if (types != NULL)
	{
		char *twice = psprintf("%s\n%s", input->data, input->data);
		char *same = infer_json_types(twice, strlen(twice));

		if (same == NULL || strcmp(types, same) != 0)
			elog(ERROR, "once it is %s, twice %s", types, same ? same : "nothing");
		answer->text = types;
	}
}

static void
infer_valid(void *arg, GwFuzzAnswer *answer)
{
	const GwFuzzInput *input = arg;

	pg_verifymbstr(input->data, input->len, false);
}

GW_FUZZ(infer)
{
	GwFuzzAnswer answer, jsonb;
	bool ours;

	gw_fuzz_try(infer_valid, (void *) input, &answer);
	if (answer.raised || strlen(input->data) != input->len)
		return false;
	ours = gw_infer_is_json(input->data, input->len);
	gw_fuzz_try(infer_jsonb, input->data, &jsonb);

	/* We refuse numbers of a thousand digits, jsonb only those that overflow. */
	if (ours == jsonb.raised && (ours || strpbrk(input->data, "eE") == NULL))
		elog(ERROR, "%s is JSON for %s only", gw_fuzz_show(input), ours ? "us" : "jsonb");
	gw_fuzz_try(infer_pass, (void *) input, &answer);
	if (answer.raised)
	{
		elog(NOTICE, "input %s", gw_fuzz_show(input));
		infer_pass((void *) input, &answer);
		elog(ERROR, "an error that comes and goes");
	}
	return answer.text != NULL;
}
