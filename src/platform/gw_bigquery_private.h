/*
 * gw_bigquery_private.h
 *	  What the files of the BigQuery platform share.  Nobody else includes it.
 */
#ifndef GW_BIGQUERY_PRIVATE_H
#define GW_BIGQUERY_PRIVATE_H

#include "base/gw_json.h"
#include "lib/stringinfo.h"
#include "platform/gw_platform.h"
#include "platform/gw_rest.h"
#include "transport/gw_restjob.h"

extern const GwTransport gw_bigquery_transport;

/* Types of result columns; https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
typedef enum BqType
{
	BQ_STRING, /* and whatever else is text as it comes */
	BQ_INT64,
	BQ_FLOAT64,
	BQ_NUMERIC,
	BQ_BOOL,
	BQ_BYTES,
	BQ_DATE,
	BQ_TIME,
	BQ_DATETIME,
	BQ_TIMESTAMP,
	BQ_INTERVAL,
	BQ_JSON,
	BQ_RANGE,
	BQ_STRUCT,
} BqType;

/* Nesting of structures that BigQuery allows. */
#define BQ_FIELD_MAX_DEPTH 16

typedef struct BqField
{
	char *name;
	BqType type;
	BqType element; /* of a RANGE */
	bool repeated;
	int nfields; /* STRUCT */
	struct BqField *fields;

	/* Of a table's column only, that is written to. */
	const char *sql_type; /* INT64, BIGNUMERIC ... */
	int scale;			  /* of numbers: digits it keeps behind the point */
	bool has_default;
} BqField;

/* The platform's part of a link; texts are in the link's context. */
typedef struct BqLink
{
	const char *endpoint; /* without a slash at the end */
	const char *project;  /* where the data is */
	const char *payer;	  /* project the jobs run in */
	const char *dataset;  /* default, or NULL */
	const char *location, *priority, *quota_project, *reservation, *labels;
	const char *maximum_bytes_billed, *max_scan_bytes, *job_timeout_ms;
	const char *daily_bytes; /* daily_bytes_per_role */
	Oid role;				 /* the local one that connects */
	bool use_cache;
} BqLink;

/* Rows asked for at a time; a page has at most 10 or 20 MB anyway. */
#define BQ_PAGE_ROWS 50000

/* What a statement is: a query, or a document asked for by its path. */
typedef enum BqShape
{
	BQ_QUERY,
	BQ_PROJECTS, /* GET projects: name, comment */
	BQ_DATASETS, /* GET datasets: name, comment */
	BQ_TABLES,	 /* GET tables: schema, name, kind, rows, bytes, comment */
	BQ_DOCUMENT, /* GET document: schema, table, document */
	BQ_VERSION,	 /* GET version: the etag */
	BQ_DRYRUN,	 /* what it would cost: a document */
} BqShape;

/* The platform's part of a job. */
typedef struct BqJob
{
	BqShape shape;
	char *sql;	/* as it is sent */
	char *path; /* of a document */
	bool own;	/* a catalog's, or a dry run */
	char *location;
	BqField *fields; /* job->ncolumns of them */
	bool complete;	 /* the answer says so, or has rows */
	bool said;		 /* ... it says whether it is */
	char *page_token; /* of the next page; NULL: there is none */
	char *last_token; /* that the page before it has named */
	int same_token;	   /* so many pages have named it again */
	int token_page;	  /* number of the page that page_token is for */
	bool token_known; /* the page before has said it, or has ended without */
	bool first_read;  /* the first page was */
	int64 stride;	  /* pages are asked for by so many rows; 0: by their tokens */
	int64 base_row;	  /* of the result, with which ... */
	int base_page;	  /* ... the page of that number begins */
	int short_pages;  /* that had fewer rows than were asked for */
	size_t page_bytes; /* of the largest page */
	int64 affected;	  /* rows of DML; -1: none */
	int64 processed_bytes;
	bool cache_hit;
	struct BqLoad *load; /* rows are on their way out; NULL: none */
	const char *params;	 /* parameters as they stand in the request */
} BqJob;

/* ---- gw_bigquery_job.c ---- */
extern const GwRestOps gw_bigquery_ops;

/* ---- gw_bigquery_request.c ---- */

/* The GwRestOps slot: what is sent for a step of the job. */
extern GwStatus gw_bigquery_build(GwRestJob *job, GwRestKind kind, int page,
								  GwRestRequest *request, GwError *err);

/* "projects/P/..." of the service, of uploads; further parts are appended. */
extern StringInfo gw_bigquery_url(const GwRestJob *job, bool upload);

/* Give the job an id, and begin its description up to what is special of its kind. */
extern void gw_bigquery_job_head(StringInfo body, GwRestJob *job, bool dry_run);

/* ---- gw_bigquery_load.c: rows out ---- */

extern const GwRestCopyOps gw_bigquery_copy_ops;

/* Requests of a load: TARGET, BEGIN, UPLOAD, and POLL of a load job. */
extern GwStatus gw_bigquery_load_build(GwRestJob *job, GwRestKind kind, GwRestRequest *request,
									   GwError *err);

/* Is the job's work a load, not a query? */
extern bool gw_bigquery_loads(const GwRestJob *job);

/* What jobs.get says of a load job. */
extern GwStatus gw_bigquery_load_status(GwRestJob *job, GwRestAnswer *answer, GwError *err);

/* An answer other than 2xx to UPLOAD: GW_OK if it goes on. */
extern GwStatus gw_bigquery_load_received(GwRestJob *job, GwRestAnswer *answer);

/* ---- gw_bigquery_row.c: rows as the API takes them ---- */

/* The fields of a table's document, in the current context; NULL with err. */
extern BqField *gw_bigquery_fields(const JsonbValue *fields, int *n, GwError *err);

/*
 * Append a column's text (NULL: null) as a value of an upload, or of a parameter.
 * What the field cannot hold is an error: 22003, 22007, 22008, 42804, 0A000.
 */
extern GwStatus gw_bigquery_write_value(StringInfo out, bool param, const BqField *field,
										const char *text, GwError *err);

/* Append {"type":...} of a parameter for that field. */
extern void gw_bigquery_write_type(StringInfo out, const BqField *field);

/* ---- gw_bigquery_error.c ---- */

/*
 * An object {"reason":..., "message":...} that came with an HTTP status, as an
 * error; either may be NULL.  Marks the job as failed where the reason says so.
 */
extern GwStatus gw_bigquery_error(GwRestJob *job, const char *reason, const char *message,
								  int status, GwError *err);

/* ---- gw_bigquery_cost.c ---- */

/* Has the user asked to know before it runs? */
extern bool gw_bigquery_cost_wanted(const GwRestJob *job);

/* Is what the dry run says within the limits?  54000, 53400 when it is not. */
extern GwStatus gw_bigquery_cost_answer(GwRestJob *job, GwRestAnswer *answer, GwError *err);

/* What the job has read, for the views and the budget. */
extern void gw_bigquery_cost_note(const GwRestJob *job);

/* Is there a bill to ask for?  And what it says (jobs.get). */
extern bool gw_bigquery_cost_billed(const GwRestJob *job);
extern GwStatus gw_bigquery_cost_report(GwRestJob *job, GwRestAnswer *answer, GwError *err);

/* ---- gw_bigquery_page.c ---- */

/* Read an answer with rows up to the first of them; stage tells what comes. */
extern GwStatus gw_bigquery_read_head(GwRestJob *job, GwRestPage *page, GwError *err);
extern GwStatus gw_bigquery_read_rows(GwRestJob *job, GwRestPage *page, int max_rows,
									  GwError *err);

/* ---- gw_bigquery_value.c ---- */

/* A type's name in either spelling, in upper case or not. */
extern BqType gw_bigquery_type(const char *name);

/* The column that cells of the field make: in binary where that is cheaper and the type meant. */
extern void gw_bigquery_column(const BqField *field, Oid meant, GwColumnInfo *column);

/*
 * Append microseconds since 1970 as "2024-01-02 03:04:05.000006+00"; false: the
 * service has no such year.
 */
extern bool gw_bigquery_timestamp(int64 micros, StringInfo out);

/*
 * The cell of a field whose value begins with token; reads the rest of a nested one.
 * Strings are in the page's body, the rest in the current context.
 */
extern GwStatus gw_bigquery_cell(GwJsonReader *reader, GwJsonToken token, const BqField *field,
								 bool binary, GwCell *cell, GwError *err);

/* ---- gw_bigquery_encode.c: texts of values; results are palloc'd ---- */

/* "\\x0102" as base64. */
extern char *gw_bigquery_base64(const char *text);

/* In UTC, whatever the session's time zone is; NULL: no such moment there. */
extern char *gw_bigquery_moment(const char *text);

/* Years 1 to 9999, neither BC nor infinite? */
extern bool gw_bigquery_year_fits(const char *text);

/* An interval as "[-]Y-M [-]D [-]H:M:S.F"; its three parts have signs of their own. */
extern char *gw_bigquery_interval(const char *text);

/* A range's bound, up to the comma or the end; NULL: there is none. */
extern char *gw_bigquery_bound(const char **at, char end);

/* ---- gw_bigquery_param.c ---- */

/* Append {"name":"p1","parameterType":...}; 22023, 22003, 22008 for what has no form. */
extern GwStatus gw_bigquery_param(StringInfo body, int n, bool named, const GwParam *param,
								  GwError *err);

/* ---- gw_bigquery_catalog.c ---- */

/* Rows of a document that was asked for by its path. */
extern GwStatus gw_bigquery_read_documents(GwRestJob *job, GwRestPage *page, GwError *err);
extern void gw_bigquery_document_columns(GwRestJob *job);
extern GwStatus gw_bigquery_read_document(const char *document, GwSchema **schema, GwError *err);

#endif /* GW_BIGQUERY_PRIVATE_H */
