/*
 * gw_databricks_private.h
 *	  What the files of the Databricks platform share.  Nobody else includes it.
 */
#ifndef GW_DATABRICKS_PRIVATE_H
#define GW_DATABRICKS_PRIVATE_H

#include "base/gw_json.h"
#include "platform/gw_platform.h"
#include "platform/gw_rest.h"
#include "transport/gw_restjob.h"

extern const GwTransport gw_databricks_transport;

/* How the text of a result's column becomes one that PostgreSQL reads. */
typedef enum DbForm
{
	DB_PLAIN,	 /* as it is */
	DB_MICROS,	 /* microseconds since 1970: a timestamptz */
	DB_HEX,		 /* hex digits: a bytea */
	DB_ARRAY,	 /* a JSON array: an array */
	DB_INTERVAL, /* a year-month or day-time interval */
	DB_INEXACT,	 /* a text that does not say all of the value */
} DbForm;

typedef struct DbColumn
{
	DbForm form;
	Oid element;		   /* DB_ARRAY: of that type; bytea comes in base64 */
	const char *type_text; /* as the manifest has it */
} DbColumn;

/* The platform's part of a link; texts are in the link's context. */
typedef struct DbLink
{
	const char *endpoint; /* without a slash at the end */
	const char *warehouse, *catalog, *schema;
	const char *query_tags;
	const char *disposition; /* "auto", "inline", "external" */
	bool json;				 /* results shall not come as Arrow streams */
} DbLink;

/* A chunk of a result. */
typedef struct DbChunk
{
	int64 rows; /* as the manifest has it; -1: it does not say */
	char *url;	/* where it lies; NULL: not known, or not any more */
	GwHttpHeader headers[6]; /* that its store wants */
	int nheaders;
	bool direct; /* it was last asked for there */
} DbChunk;

/* What a statement is. */
typedef enum DbShape
{
	DB_QUERY,	/* gives rows */
	DB_COMMAND, /* gives a count, or nothing */
	DB_PINS,	/* settings: name and value */
} DbShape;

/* The platform's part of a job. */
typedef struct DbJob
{
	DbShape shape;
	char *sql;		  /* as it is sent */
	char *tag;		  /* in the text of a statement that must not run twice */
	bool own;		  /* a catalog's, or our own statement about the session */
	bool is_inline;	  /* rows come in the answers, not beside them */
	bool has_rows;	  /* the answer in hand has some */
	bool is_arrow;	  /* chunks are Arrow streams, not JSON */
	DbColumn *columns; /* job->ncolumns of them */
	DbChunk *chunks;
	int nchunks;
	struct DbArrow *arrow; /* the stream that is being read */
} DbJob;

/* ---- gw_databricks_job.c ---- */
extern const GwRestOps gw_databricks_ops;

/* ---- gw_databricks_error.c ---- */

/* A statement that has failed: its status, with state, error and sql_state. */
extern GwStatus gw_databricks_statement_error(GwRestJob *job, const JsonbValue *status,
											  GwError *err);
extern GwStatus gw_databricks_read_error(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer,
										 GwError *err);

/* ---- gw_databricks_page.c ---- */

/* GW_FAILED, 08P01: what of the answer cannot be read. */
extern GwStatus gw_databricks_bad(const char *what, GwError *err);

/* Read an answer without its rows; NULL with err. */
extern JsonbValue *gw_databricks_document(const GwRestPage *page, GwError *err);
/* What a manifest says of the columns, the chunks and the number of rows. */
extern GwStatus gw_databricks_manifest(GwRestJob *job, const JsonbValue *manifest, GwError *err);
/* Remember where chunks lie: "external_links" of a result. */
extern void gw_databricks_links(GwRestJob *job, const JsonbValue *result);
extern GwStatus gw_databricks_read_page(GwRestJob *job, GwRestPage *page, GwError *err);
extern GwStatus gw_databricks_read_head(GwRestJob *job, GwRestPage *page, GwError *err);
extern GwStatus gw_databricks_read_rows(GwRestJob *job, GwRestPage *page, int max_rows,
										GwError *err);

/* ---- gw_databricks_value.c ---- */

/*
 * The column that a manifest's makes; ours: the statement is, so that names tell what
 * is in a column; meant: the type that is made of it here (gw_rest_meant).
 */
extern void gw_databricks_column(const JsonbValue *item, bool ours, bool arrow, Oid meant,
								 GwColumnInfo *info, DbColumn *column);

/* A cell of a text (NUL behind it) that is not NULL; it may go on to point there. */
extern GwStatus gw_databricks_text(const char *text, size_t len, const DbColumn *column,
								   bool binary, GwCell *cell, GwError *err);

/* A cell of microseconds since 1970, as a timestamptz; 22008. */
extern GwStatus gw_databricks_moment(int64 micros, bool binary, GwCell *cell, GwError *err);
extern GwStatus gw_databricks_cell(GwJsonReader *reader, GwJsonToken token,
								   const DbColumn *column, bool binary, GwCell *cell,
								   GwError *err);

/* ---- gw_databricks_arrow.c ---- */

/*
 * Up to max_rows rows of a page that is an Arrow stream: GW_OK, GW_DONE after the
 * last, or what is wrong with it.
 */
extern GwStatus gw_databricks_read_arrow(GwRestJob *job, GwRestPage *page, int max_rows,
										 GwError *err);

/* ---- gw_databricks_param.c ---- */

/* Append the members of "parameters"; 22023, 22003, 22008 for what has no form. */
extern GwStatus gw_databricks_params(StringInfo body, const GwStatement *stmt, GwError *err);

/* The statement with its parameters' values in it; NULL with err. */
extern char *gw_databricks_inlined(const GwStatement *stmt, const char *sql, GwError *err);

/* More parameters than that go as constants. */
#define DB_PARAMS_MOST 256

/* ---- gw_databricks_document.c ---- */

/*
 * May the document that is the n-th parameter go into a column of that type?  Any may where
 * that is no STRUCT, MAP or ARRAY; else 22023, 22003, 22007, 22001, 23502, 0A000.
 */
extern GwStatus gw_databricks_document_fits(int n, const char *native, const char *text,
											GwError *err);

/* ---- gw_databricks_catalog.c ---- */
extern GwStatus gw_databricks_read_document(const char *document, GwSchema **schema,
											GwError *err);
extern GwStatus gw_databricks_read_detail(const char *document, GwSchema *schema, GwError *err);

#endif /* GW_DATABRICKS_PRIVATE_H */
