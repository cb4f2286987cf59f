/*
 * gw_snowflake_private.h
 *	  What the files of the Snowflake platform share.  Nobody else includes it.
 */
#ifndef GW_SNOWFLAKE_PRIVATE_H
#define GW_SNOWFLAKE_PRIVATE_H

#include "lib/stringinfo.h"
#include "platform/gw_platform.h"
#include "transport/gw_restjob.h"

extern const GwTransport gw_snowflake_transport;

/* Types of result columns; sql-api/handling-responses */
typedef enum SfType
{
	SF_TEXT, /* and whatever else is text as it comes */
	SF_FIXED,
	SF_REAL,
	SF_DECFLOAT,
	SF_BOOLEAN,
	SF_BINARY,
	SF_DATE,
	SF_TIME,
	SF_NTZ,
	SF_LTZ,
	SF_TZ,
	SF_JSON, /* VARIANT, OBJECT, ARRAY, MAP */
	SF_VECTOR,
} SfType;

typedef struct SfField
{
	char *name;
	SfType type;
	int precision, scale; /* -1: not said */
} SfField;

/* The platform's part of a link; texts are in the link's context. */
typedef struct SfLink
{
	const char *endpoint; /* without a slash at the end */
	const char *token_type; /* of the header; NULL: the service guesses */
	const char *role, *warehouse, *database, *schema, *query_tag, *timeout;
	bool use_cache;
} SfLink;

/* The platform's part of a job. */
typedef struct SfJob
{
	char *sql;		  /* as it is sent */
	char *request_id; /* the same again whenever it is sent again */
	int generation;	  /* of the job that request_id is of */
	bool own;		  /* a catalog's */
	char *bindings;	  /* of rows that are copied; NULL: the statement's parameters */
	int64 sent_rows;  /* ... and how many those are */
	SfField *fields;  /* job->ncolumns of them */
	int nfields;
	int64 *part_rows; /* rows of each partition */
	int nparts;
	char **handles;	  /* of statements that went out together, nparts of them; or NULL */
	bool metadata; /* has been read */
	bool changes;  /* rows are counts of rows changed */
	int copied;	   /* 1 + the column that counts rows COPY has moved; 0: none */
	bool truncated; /* the service has left rows out */
} SfJob;

/* ---- gw_snowflake_job.c ---- */
extern const GwRestOps gw_snowflake_ops;

/* ---- gw_snowflake_auth.c ---- */

/* The account as tokens name it: in capitals, without its region; palloc'd. */
extern char *gw_snowflake_account(const char *account);

/* private_key, passphrase, issuer: a token signed here. */
extern const GwOauthGrant gw_snowflake_keypair;
/* refresh_token, client_id, client_secret, at token_url. */
extern const GwOauthGrant gw_snowflake_refresh;

/* ---- gw_snowflake_error.c ---- */

/* Read what an answer that is no success says into err. */
extern GwStatus gw_snowflake_read_error(GwRestJob *job, GwRestKind kind, GwRestAnswer *answer,
										GwError *err);

/* ---- gw_snowflake_page.c ---- */

/* The first page: everything but its rows, up to where they begin. */
extern GwStatus gw_snowflake_read_result(GwRestJob *job, GwRestPage *page, GwError *err);
/* Is the column of a change's result a number of rows it has touched? */
extern bool gw_snowflake_counts_rows(const char *name);
extern GwStatus gw_snowflake_read_rows(GwRestJob *job, GwRestPage *page, int max_rows,
									   GwError *err);

/* ---- gw_snowflake_value.c ---- */

/* A type's name in any case. */
extern SfType gw_snowflake_type(const char *name);

/* The column that cells of the field make: in binary where that is cheaper and the type meant. */
extern void gw_snowflake_column(SfField *field, Oid meant, GwColumnInfo *column);

/*
 * The cell of a field whose value is the string just read.  Strings stay in the
 * page's body, the rest is in the current context.
 */
extern GwStatus gw_snowflake_cell(GwJsonReader *reader, const SfField *field, bool binary,
								  GwCell *cell, GwError *err);

/* ---- gw_snowflake_param.c ---- */

/*
 * *text, the n-th parameter's or column's, in the form of bind variables of its type;
 * written: in the form that is read in statements.  22003, 22008 for what has none there.
 */
extern GwStatus gw_snowflake_form(Oid type, bool written, int n, const char **text,
								  GwError *err);

/* Append {"type":...,"value":...}; fails as gw_snowflake_form(). */
extern GwStatus gw_snowflake_param(StringInfo body, int n, const GwParam *param, GwError *err);

/* ---- gw_snowflake_rows.c ---- */
extern const GwRestCopyOps gw_snowflake_copy_ops;

/* ---- gw_snowflake_together.c ---- */

/* GwStatement.together: what is sent for them. */
extern char *gw_snowflake_together(const char *sql);
/* The answer once all have run, and the page of one of them. */
extern GwStatus gw_snowflake_read_together(GwRestJob *job, GwRestAnswer *answer, GwError *err);
extern GwStatus gw_snowflake_read_count(GwRestJob *job, GwRestPage *page, GwError *err);

/* ---- gw_snowflake_catalog.c ---- */
extern GwStatus gw_snowflake_read_document(const char *document, GwSchema **schema,
										   GwError *err);

#endif /* GW_SNOWFLAKE_PRIVATE_H */
