/*
 * gw_infer.h
 *	  Schemas inferred from values.
 *
 * A GwInferNode gathers evidence about the values of one column or part: how
 * many of each kind, which types every text so far can be read as, how many
 * digits the numbers have.  The evidence only grows, and its order does not
 * matter; the type is computed from it at the end and holds every value seen.
 *
 * Nodes live in the context that was current when their root was made.
 */
#ifndef GW_INFER_H
#define GW_INFER_H

#include "schema/gw_schema.h"

/* What a text can be read as. */
#define GW_FITS_BOOL 0x0001
#define GW_FITS_NUMBER 0x0002
#define GW_FITS_DATE 0x0004
#define GW_FITS_TIMESTAMP 0x0008 /* a date, too */
#define GW_FITS_TIMESTAMPTZ 0x0010
#define GW_FITS_TIME 0x0020
#define GW_FITS_UUID 0x0040
#define GW_FITS_JSON 0x0080 /* an object or an array */
#define GW_FITS_ALL 0x00FF
#define GW_NFITS 8

#define GW_INFER_MAX_FORMATS 16

typedef struct GwInferOptions
{
	const char *table;		/* source.table of the result, or NULL */
	int64 sample;			/* read so many rows; 0: all */
	bool not_null;			/* what was never missing is not nullable */
	bool lengths;			/* STRING(n) */
	bool headroom;			/* one digit more in NUMERIC */
	bool wide_bools;		/* yes, no, y, n, t, f, on, off, 1 and 0 are BOOL */
	bool plain_strings;		/* strings of JSON are STRING, whatever they hold */
	bool standard_names;	/* lower case, words joined by _ */
	bool sorted;			/* fields in jsonb's order, which no order of rows changes */
	bool values;			/* query: look into text and JSON columns */
	const char *formats[GW_INFER_MAX_FORMATS]; /* "DD/MM/YYYY" besides ISO 8601 */
	int nformats;
	/* CSV */
	char delimiter;			/* 0: found out */
	char header;			/* 'a' found out, 't' there is one, 'f' there is none */
	const char **null_values; /* unquoted texts that mean NULL, besides none at all */
	int nnull_values;
} GwInferOptions;

/* Defaults, then an options object; unknown members are refused (22023). */
extern GwStatus gw_infer_options_read(Jsonb *doc, GwInferOptions *options, GwError *err);

/* ---------- one text ---------- */

typedef struct GwTextFacts
{
	uint32 fits;	/* GW_FITS_* */
	uint32 formats; /* bit i: it is a date or time in formats[i] */
	int fraction;	/* decimal digits of its second */
	/* GW_FITS_NUMBER: */
	int whole, scale; /* digits before and behind the point */
	bool int64_fits;
	bool exponent; /* has an exponent, or is -0 */
	bool inexact;  /* a double does not keep its digits */
	bool special;  /* NaN or an infinity */
} GwTextFacts;

/* A number as JSON writes it; false: it is none.  Sets the number's facts only. */
extern bool gw_infer_number(const char *text, int len, GwTextFacts *facts);

/* What a text of a CSV file or a string can be read as; numbers and words apart. */
extern void gw_infer_text(const char *text, int len, const GwInferOptions *options,
						  GwTextFacts *facts);

/* Formats that are tried where ISO 8601 does not do, to be suggested. */
extern const char *const gw_infer_common_formats[];
extern bool gw_infer_matches(const char *text, int len, const char *format, int *fraction);
extern bool gw_infer_format_has_time(const char *format);

/* ---------- evidence ---------- */

typedef struct GwInferNode GwInferNode;

/* depth: 0 for a record, 1 for its columns. */
extern GwInferNode *gw_infer_node(const GwInferOptions *options, int depth);

/* A value of the record number row (from 1). */
extern void gw_infer_add_null(GwInferNode *node);
extern void gw_infer_add_bool(GwInferNode *node);
extern void gw_infer_add_number(GwInferNode *node, const char *token, int len);
/* as_csv: words and numbers count as what they read as. */
extern void gw_infer_add_text(GwInferNode *node, const char *text, int len, int64 row,
							  bool as_csv);
extern void gw_infer_add_object(GwInferNode *node);
extern void gw_infer_add_array(GwInferNode *node);

/* The node of a field or of the elements; NULL: too deep to be told apart. */
extern GwInferNode *gw_infer_field(GwInferNode *node, const char *key, int len);
extern GwInferNode *gw_infer_element(GwInferNode *node);

/* Once for each member of an object: true when this key was there already. */
extern bool gw_infer_field_again(GwInferNode *field, int64 object);
extern int64 gw_infer_objects(const GwInferNode *node);

/* Take over what src has seen; src may be used up. */
extern void gw_infer_merge(GwInferNode *dst, GwInferNode *src);

/* ---------- results ---------- */

/*
 * A schema of n columns, or of a record that was read (nodes NULL): of its keys,
 * or of one column "value" where a row is no object.  rows:
 * how many were read; cut: there were more.  Raises 54011 for too many columns,
 * 22023 for none.
 */
extern GwSchema *gw_infer_schema(const GwInferOptions *options, GwInferNode **nodes,
								 const char **names, int n, GwInferNode *record, int64 rows,
								 bool cut, List *notices);

/* Fill in what a schema says beside its columns. */
extern void gw_infer_complete(GwSchema *schema, const GwInferOptions *options, int64 rows,
							  bool cut, const List *notices);

/* Replace a column's type by what a node has seen. */
extern void gw_infer_column(const GwInferNode *node, const GwInferOptions *options,
							GwColumn *column, List **notices);

/* Notices as in a schema: code, column (or NULL) and message. */
extern void gw_infer_notice(List **notices, const char *code, const char *column,
							const char *fmt, ...) pg_attribute_printf(4, 5);

/* The name by the rules of option names 'standard'. */
extern char *gw_infer_standard_name(const char *name);

/* ---------- readers ---------- */

/*
 * JSON text: documents one after the other; an array of them counts as many.
 * The record is fed to node; with node NULL the text is only checked.  *cut is
 * set when options->sample ended it.
 */
extern GwStatus gw_infer_json(const char *text, int len, const GwInferOptions *options,
							  GwInferNode *node, int64 *rows, bool *cut, List **notices,
							  GwError *err);

/* One JSON value of the record number row. */
extern GwStatus gw_infer_json_value(const char *text, int len, GwInferNode *node, int64 row,
									List **notices, GwError *err);

/* Is it one JSON object or array that jsonb holds? */
extern bool gw_infer_is_json(const char *text, int len);

/* CSV text; the nodes and names of its columns. */
extern GwStatus gw_infer_csv(const char *text, int len, const GwInferOptions *options,
							 GwInferNode ***nodes, const char ***names, int *n, int64 *rows,
							 bool *cut, List **notices, GwError *err);

#endif /* GW_INFER_H */
