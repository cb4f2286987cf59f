/*
 * gw_infer_csv.c
 *	  Reads CSV text as evidence.
 *
 * RFC 4180: fields in double quotes may hold delimiters, line ends and doubled
 * quotes.  A record of another width, or a quote out of place, is an error
 * with its line, never a guess.  Keeps nothing but the nodes and names.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "schema/gw_infer.h"

/* Records by which the delimiter is found. */
#define CSV_PROBE 1000

typedef struct CsvReader
{
	const char *at, *end;
	char delimiter;
	int line;		 /* on which the record began */
	int next_line;	 /* on which the next begins */
	const char *why; /* what is wrong with the record; NULL: nothing */

	/* the record read last */
	char **fields;
	int *lengths;
	bool *quoted;
	int nfields, space;
	StringInfoData text; /* holds the fields */
} CsvReader;

static void
csv_open(CsvReader *r, const char *text, int len, char delimiter)
{
	memset(r, 0, sizeof(*r));
	r->at = text;
	r->end = text + len;
	r->delimiter = delimiter;
	r->next_line = 1;
	r->space = 64;
	r->fields = palloc(r->space * sizeof(char *));
	r->lengths = palloc(r->space * sizeof(int));
	r->quoted = palloc(r->space * sizeof(bool));
	initStringInfo(&r->text);
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		r->at += 3;
}

static bool
csv_at_end_of_line(const CsvReader *r)
{
	return r->at >= r->end || *r->at == '\n' || *r->at == '\r';
}

static void
csv_skip_end_of_line(CsvReader *r)
{
	if (r->at < r->end && *r->at == '\r')
		r->at++;
	if (r->at < r->end && *r->at == '\n')
		r->at++;
	r->next_line++;
}

static bool
csv_quoted(CsvReader *r)
{
	r->at++;
	while (r->at < r->end)
	{
		char c = *r->at++;

		if (c == '"' && r->at < r->end && *r->at == '"')
			r->at++;
		else if (c == '"')
		{
			if (csv_at_end_of_line(r) || *r->at == r->delimiter)
				return true;
			r->why = "text follows a closing quote";
			return false;
		}
		if (c == '\n')
			r->next_line++;
		appendStringInfoChar(&r->text, c);
	}
	r->why = "a quoted field does not end";
	return false;
}

static bool
csv_bare(CsvReader *r)
{
	const char *from = r->at;

	while (!csv_at_end_of_line(r) && *r->at != r->delimiter)
	{
		if (*r->at == '"')
		{
			r->why = "a quote stands inside a field that is not quoted";
			return false;
		}
		r->at++;
	}
	appendBinaryStringInfo(&r->text, from, r->at - from);
	return true;
}

/* One field into the record; its text's place is fixed when the record is done. */
static bool
csv_field(CsvReader *r)
{
	int from = r->text.len, n = r->nfields;

	if (n == r->space)
	{
		r->space *= 2;
		r->fields = repalloc(r->fields, r->space * sizeof(char *));
		r->lengths = repalloc(r->lengths, r->space * sizeof(int));
		r->quoted = repalloc(r->quoted, r->space * sizeof(bool));
	}
	r->quoted[n] = !csv_at_end_of_line(r) && *r->at == '"';
	if (!(r->quoted[n] ? csv_quoted(r) : csv_bare(r)))
		return false;
	r->lengths[n] = r->text.len - from;
	appendStringInfoChar(&r->text, '\0');
	r->nfields++;
	return true;
}

/* The next record; false at the end, or with r->why.  Blank lines are none. */
static bool
csv_record(CsvReader *r)
{
	char *at;

	CHECK_FOR_INTERRUPTS();
	while (r->at < r->end && csv_at_end_of_line(r))
		csv_skip_end_of_line(r);
	r->line = r->next_line;
	r->nfields = 0;
	resetStringInfo(&r->text);
	if (r->at >= r->end)
		return false;
	for (;;)
	{
		if (!csv_field(r))
			return false;
		if (csv_at_end_of_line(r))
			break;
		r->at++;
	}
	csv_skip_end_of_line(r);
	at = r->text.data;
	for (int i = 0; i < r->nfields; i++)
	{
		r->fields[i] = at;
		at += r->lengths[i] + 1;
	}
	return true;
}

/* ---------- what kind of file ---------- */

/* The one that cuts every record into the same number of fields, the most. */
static char
csv_find_delimiter(const char *text, int len)
{
	static const char candidates[] = {',', ';', '\t', '|'};
	char best = ',';
	int most = 1;

	for (int i = 0; i < lengthof(candidates); i++)
	{
		CsvReader r;
		int width = 0, n = 0;

		csv_open(&r, text, len, candidates[i]);
		while (n < CSV_PROBE && csv_record(&r))
		{
			if (n++ > 0 && r.nfields != width)
				width = -1;
			if (width < 0)
				break;
			width = r.nfields;
		}
		if (r.why == NULL && width > most)
		{
			most = width;
			best = candidates[i];
		}
	}
	return best;
}

/* Names are texts that say nothing else, are there, and differ. */
static bool
csv_could_be_header(const CsvReader *r)
{
	GwInferOptions plain = {NULL};
	GwTextFacts facts;

	for (int i = 0; i < r->nfields; i++)
	{
		gw_infer_text(r->fields[i], r->lengths[i], &plain, &facts);
		if (r->lengths[i] == 0 || facts.fits != 0)
			return false;
		for (int j = 0; j < i; j++)
			if (strcmp(r->fields[i], r->fields[j]) == 0)
				return false;
	}
	return true;
}

static const char **
csv_names(const CsvReader *r, bool header)
{
	const char **names = palloc(r->nfields * sizeof(char *));

	for (int i = 0; i < r->nfields; i++)
		names[i] = header ? pstrdup(r->fields[i]) : psprintf("column_%d", i + 1);
	return names;
}

/* ---------- the text ---------- */

static bool
csv_is_null(const CsvReader *r, int i, const GwInferOptions *options)
{
	if (r->quoted[i])
		return false;
	if (r->lengths[i] == 0)
		return true;
	for (int j = 0; j < options->nnull_values; j++)
		if (strcmp(r->fields[i], options->null_values[j]) == 0)
			return true;
	return false;
}

static void
csv_feed(const CsvReader *r, const GwInferOptions *options, GwInferNode **nodes, int64 row)
{
	for (int i = 0; i < r->nfields; i++)
	{
		if (csv_is_null(r, i, options))
			gw_infer_add_null(nodes[i]);
		else
			gw_infer_add_text(nodes[i], r->fields[i], r->lengths[i], row, true);
	}
}

static GwStatus
csv_fault(const CsvReader *r, GwError *err, const char *why)
{
	gw_error_set(err, GW_ERR_INVALID, ERRCODE_BAD_COPY_FILE_FORMAT,
				 "the CSV text cannot be read at line %d", r->line);
	gw_error_detail(err, "%c%s.", pg_toupper(why[0]), why + 1);
	return GW_FAILED;
}

GwStatus
gw_infer_csv(const char *text, int len, const GwInferOptions *options, GwInferNode ***nodes,
			 const char ***names, int *n, int64 *rows, bool *cut, List **notices, GwError *err)
{
	CsvReader r;
	bool header;

	*rows = 0;
	*n = 0;
	*cut = false;
	csv_open(&r, text, len, options->delimiter);
	if (r.delimiter == '\0')
		r.delimiter = csv_find_delimiter(text, len);
	if (!csv_record(&r))
		return r.why ? csv_fault(&r, err, r.why) : GW_OK;
	header = options->header == 't' || (options->header == 'a' && csv_could_be_header(&r));
	*n = r.nfields;
	*names = csv_names(&r, header);
	*nodes = palloc(*n * sizeof(GwInferNode *));
	for (int i = 0; i < *n; i++)
		(*nodes)[i] = gw_infer_node(options, 1);
	if (!header)
		csv_feed(&r, options, *nodes, ++*rows);
	while (csv_record(&r))
	{
		if (r.nfields != *n)
			return csv_fault(&r, err, psprintf("it has %d fields, the first record has %d",
											   r.nfields, *n));
		if (options->sample > 0 && *rows >= options->sample)
		{
			*cut = true;
			return GW_OK;
		}
		csv_feed(&r, options, *nodes, ++*rows);
	}
	if (r.why != NULL)
		return csv_fault(&r, err, r.why);
	if (options->header == 'a' && header && *rows > 0)
		gw_infer_notice(notices, "header_assumed", NULL,
						"the first record was taken for the columns' names (option header)");
	return GW_OK;
}
