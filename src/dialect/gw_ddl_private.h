/*
 * gw_ddl_private.h
 *	  Between the files of the common DDL writer only.
 */
#ifndef GW_DDL_PRIVATE_H
#define GW_DDL_PRIVATE_H

#include "base/gw_json.h"
#include "dialect/gw_ddl_target.h"

/* Digits of a second where a schema gives none. */
#define GW_DDL_FRACTION 6

/* One type or part at w->depth under w->path; gw_ddl_type() is the way in. */
extern GwStatus gw_ddl_type_part(GwDdlWriter *w, GwSqlBuf *buf, const GwColumn *column,
								 GwError *err);

/* What a notice code of a type rule means. */
extern const char *gw_ddl_code_meaning(const char *code);

/* An ARRAY that is never NULL there and takes no NOT NULL (BigQuery's REPEATED). */
extern bool gw_ddl_array_is_repeated(const GwDdlTarget *target, const GwType *type);

/* Fill in the query that counts the values of a column that do not fit. */
extern void gw_ddl_check_query(GwDdlWriter *w, const GwColumn *column,
							   const GwDdlTypeRule *row, GwDdlNotice *notice);

/*
 * A whole expression in the target's own SQL: one expression, without
 * comments, with its parentheses and quotes closed.
 */
extern bool gw_ddl_is_expression(const GwDdlTarget *target, const char *sql);

/* The name of a table or a constraint's prefix "CONSTRAINT name ", if it has one. */
extern void gw_ddl_constraint_name(const GwDdlWriter *w, GwSqlBuf *buf, const char *name);

/* Needs a name no quotes there?  Words that are keywords anywhere do. */
extern bool gw_ddl_is_plain_name(const GwDdlTarget *target, const char *name);

/* The names that qualify the table being rendered; 22023 without a table's. */
extern GwStatus gw_ddl_table_parts(const GwDdlWriter *w, const char **database,
								   const char **schema, const char **table, GwError *err);

/* A check's condition as the target takes it; NULL, with a notice: it does not. */
extern const char *gw_ddl_check_condition(GwDdlWriter *w, const GwKey *key);

/* A comma list of quoted names. */
extern void gw_ddl_names(const GwDdlWriter *w, GwSqlBuf *buf, const char **names, int n);

/* The layout in force: the options', else the schema's; NULL: none. */
extern JsonbValue *gw_ddl_layout(const GwDdlWriter *w);

/* A JSON number's text. */
extern char *gw_ddl_number(const JsonbValue *value);

/* Members "name" or plain strings of a JSON array as names. */
extern int gw_ddl_layout_names(const JsonbValue *array, const char ***names);

/* A member of the layout; NULL: it is not there. */
extern JsonbValue *gw_ddl_layout_part(const GwDdlWriter *w, const char *part);

/* Say that a part of the layout ("sort") is left out, if there is one. */
extern void gw_ddl_layout_unsupported(GwDdlWriter *w, const char *part);

/* " keyword(a, b)" of a part's columns; false: it has none. */
extern bool gw_ddl_layout_columns(GwDdlWriter *w, GwSqlBuf *buf, const char *part,
								  const char *keyword, int max);

/* A native type's text taken apart. */
typedef struct GwNativeText
{
	char *name; /* lower case, words joined by one blank, parameters taken out */
	List *args; /* char *: what stood between parentheses or angle brackets */
	int dimensions; /* how many [] followed */
} GwNativeText;

extern bool gw_ddl_native_split(const char *text, GwNativeText *native);

/* A field "a: INT NOT NULL COMMENT 'x'" taken apart; false: it is none. */
extern bool gw_ddl_native_field(const char *text, char **name, char **type, bool *nullable,
								char **comment);

/* The options of this target in the schema ("options": {"mysql": {...}}). */
extern JsonbValue *gw_ddl_platform_options(const GwDdlWriter *w);

/* gw_ddl_type.c: is the column at hand part of a key of the table? */
extern bool gw_ddl_in_key(const GwDdlWriter *w, const GwColumn *column);

/*
 * gw_ddl_words.c: behind the closing quote of a stretch that begins at at;
 * NULL when it is not closed.  escapes: a backslash is one.
 */
extern const char *gw_ddl_skip_quoted(const char *at, char close, bool escapes);

#endif /* GW_DDL_PRIVATE_H */
