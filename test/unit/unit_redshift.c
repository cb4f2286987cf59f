/*
 * unit_redshift.c
 *	  What is read from Redshift's catalogs, and how its constants are written.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_catalog_redshift.h"
#include "platform/gw_platform.h"
#include "utils/fmgrprotos.h"

#include "gw_unit.h"

static const char *
literal(const char *text, Oid type)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_literal(&gw_dialect_redshift, &buf, text, type, -1);
	return gw_sqlbuf_text(&buf);
}

static const char *
param(Oid type)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_param(&gw_dialect_redshift, &buf, 7, type, -1);
	return gw_sqlbuf_text(&buf);
}

static const char *
assign(Oid type)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_assign(&gw_dialect_redshift, &buf, 7, type, NULL);
	return gw_sqlbuf_text(&buf);
}

static const char *
layout(const GwSchema *schema)
{
	return schema->layout == NULL
		? NULL : JsonbToCString(NULL, &schema->layout->root, VARSIZE(schema->layout));
}

/* A description in which ` stands for a quote. */
static GwStatus
described(const char *text, GwSchema **schema, GwError *err)
{
	char *document = pstrdup(text);

	for (char *at = document; *at != '\0'; at++)
		if (*at == '`')
			*at = '"';
	return gw_catalog_redshift_read(document, schema, err);
}

/* A table with all that a description can hold. */
static const char orders[] =
	"[{`schema_name`: `s`, `table_name`: `o`, `part`: `1`, `place`: `0`,"
	"  `name`: `r`, `type`: `1`, `value`: `1000`, `other_schema`: `dev`,"
	"  `other_table`: `1.0.99`, `comment`: `all orders`},"
	" {`part`: `2`, `place`: `1`, `name`: `id`, `type`: `bigint`, `flag`: `not null`,"
	"  `value`: `\\`identity\\`(100, 0, '5,2'::text)`, `encoding`: `az64`,"
	"  `sortkey`: `2`, `other_schema`: `distkey`},"
	" {`part`: `2`, `place`: `2`, `name`: `name`, `type`: `character varying(30)`,"
	"  `value`: `'it''s'::character varying`, `encoding`: `lzo`, `sortkey`: `1`,"
	"  `comment`: `who`},"
	" {`part`: `2`, `place`: `3`, `name`: `doc`, `type`: `super`, `sortkey`: `0`},"
	" {`part`: `2`, `place`: `4`, `name`: `raw`, `type`: `binary varying(64000)`,"
	"  `value`: `'a\\\\\\\\b'::varchar`},"
	" {`part`: `2`, `place`: `6`, `name`: `odd`, `type`: `no_such_type`},"
	" {`part`: `3`, `place`: `1`, `name`: `pk`, `type`: `p`, `flag`: `id`, `value`: `2,1`},"
	" {`part`: `3`, `place`: `2`, `name`: `pk`, `type`: `p`, `flag`: `name`, `value`: `2,1`},"
	" {`part`: `3`, `place`: `1`, `name`: `fk`, `type`: `f`, `flag`: `id`, `value`: `1`,"
	"  `other_schema`: `s2`, `other_table`: `t2`, `encoding`: `a`, `sortkey`: `c`},"
	" {`part`: `4`, `place`: `3`, `name`: `fk`, `type`: `f`, `flag`: `ref`, `value`: `3`}]";

GW_UNIT(redshift_description)
{
	GwSchema *schema;
	GwError err;

	CHECK(described(orders, &schema, &err) == GW_OK);
	CHECK_STR(schema->schema, "s");
	CHECK_STR(schema->table, "o");
	CHECK_STR(schema->kind, "table");
	CHECK_STR(schema->database, "dev");
	CHECK_STR(schema->comment, "all orders");
	CHECK(schema->rows == 1000);
	CHECK(schema->ncolumns == 5);
	CHECK(schema->notices == NULL);

	CHECK(schema->columns[0].type.id == GW_TYPE_INT64 && !schema->columns[0].nullable);
	CHECK_STR(schema->columns[0].identity_mode, "always");
	CHECK(schema->columns[0].identity_start == 5 && schema->columns[0].identity_increment == 2);
	CHECK(schema->columns[0].default_kind == GW_DEFAULT_NONE);
	CHECK(schema->columns[1].type.id == GW_TYPE_STRING && schema->columns[1].type.length == 30);
	CHECK_STR(schema->columns[1].type.length_unit, "byte");
	CHECK(schema->columns[1].default_kind == GW_DEFAULT_LITERAL);
	CHECK_STR(schema->columns[1].comment, "who");
	CHECK(schema->columns[2].type.id == GW_TYPE_VARIANT && schema->columns[2].nullable);
	CHECK(schema->columns[3].type.id == GW_TYPE_BYTES);
	/* Its backslashes are escapes: not to be read as a constant of ours. */
	CHECK(schema->columns[3].default_kind == GW_DEFAULT_EXPRESSION);
	CHECK(schema->columns[4].type.id == GW_TYPE_OPAQUE && schema->columns[4].ordinal == 5);

	CHECK(schema->primary != NULL && schema->primary->ncolumns == 2);
	CHECK_STR(schema->primary->columns[0], "name");
	CHECK_STR(schema->primary->columns[1], "id");
	CHECK(!schema->primary->enforced);
	CHECK(schema->nforeign == 1 && schema->foreign[0].nref_columns == 1);
	CHECK_STR(schema->foreign[0].ref_schema, "s2");
	CHECK_STR(schema->foreign[0].ref_columns[0], "ref");
	CHECK(schema->foreign[0].on_delete == NULL);
	CHECK_STR(schema->foreign[0].on_update, "cascade");
	CHECK_STR(layout(schema),
			  "{\"sort\": {\"style\": \"compound\", \"columns\": [{\"name\": \"name\"}, "
			  "{\"name\": \"id\"}]}, \"distribution\": {\"style\": \"key\", \"column\": \"id\"}}");
}

GW_UNIT(redshift_description_odd)
{
	GwSchema *schema;
	GwError err;

	/* A late-binding view has columns alone. */
	CHECK(described("[{`schema_name`: `s`, `table_name`: `v`, `part`: `2`,"
								   " `place`: `1`, `name`: `a`, `type`: `integer`}]",
								   &schema, &err) == GW_OK);
	CHECK_STR(schema->kind, "view");
	CHECK(schema->layout == NULL && schema->rows == GW_ABSENT);

	/* CHAR counts single bytes, and its padding is as here. */
	CHECK(described("[{`part`: `2`, `name`: `a`, `type`: `character(5)`}]",
								   &schema, &err) == GW_OK);
	CHECK(schema->columns[0].type.length_unit == NULL);
	CHECK_STR(gw_schema_local_type(&schema->columns[0], NULL), "character(5)");

	/* An interleaved sort key has signs. */
	CHECK(described("[{`part`: `2`, `name`: `a`, `type`: `integer`, `sortkey`: `-1`},"
					" {`part`: `2`, `name`: `b`, `type`: `integer`, `sortkey`: `2`}]",
								   &schema, &err) == GW_OK);
	CHECK_STR(layout(schema),
			  "{\"sort\": {\"style\": \"interleaved\", "
			  "\"columns\": [{\"name\": \"a\"}, {\"name\": \"b\"}]}}");

	CHECK(described("[]", &schema, &err) == GW_FAILED);
	CHECK(described("{}", &schema, &err) == GW_FAILED);
	CHECK(described("[{`part`: `2`, `name`: `a`}]", &schema, &err) == GW_FAILED);
	CHECK(described("[{`part`: `3`, `name`: `a`}]", &schema, &err) == GW_FAILED);
	CHECK(described("[{`part`: `2`, `name`: `a`, `type`: `int`, `sortkey`: `99999999`}]",
								   &schema, &err) == GW_OK);
}

GW_UNIT(redshift_constants)
{
	CHECK_STR(literal("plain", TEXTOID), "'plain'");
	CHECK_STR(literal("it's", TEXTOID), "'it''s'");
	/* The same whether or not a backslash escapes there. */
	CHECK_STR(literal("a\\b\\", TEXTOID), "('a' || CHR(92) || 'b' || CHR(92) || '')");
	CHECK_STR(literal("\\'; DROP TABLE x; --", TEXTOID),
			  "('' || CHR(92) || '''; DROP TABLE x; --')");
	CHECK_STR(literal("\\x00ff", BYTEAOID), "FROM_HEX('00ff')");
	CHECK_STR(literal("{\"a\": \"\\\\\"}", JSONBOID),
			  "JSON_PARSE(('{\"a\": \"' || CHR(92) || '' || CHR(92) || '\"}'))");
	CHECK_STR(literal("1.50", NUMERICOID), "(1.50)");
	CHECK_STR(literal("t", BOOLOID), "TRUE");
	CHECK_STR(literal("2024-02-29", DATEOID), "'2024-02-29'::DATE");
	/* A cast would cut a text and round a number. */
	CHECK_STR(param(TEXTOID), "$7");
	CHECK_STR(param(NUMERICOID), "$7");
	CHECK_STR(param(INT4OID), "$7::INTEGER");
	CHECK(!gw_dialect_takes_param(&gw_dialect_redshift, NUMERICOID, -1));
	CHECK(gw_dialect_takes_param(&gw_dialect_redshift, TEXTOID, -1));
	CHECK_STR(assign(TEXTOID), "$7");
	CHECK_STR(assign(JSONBOID), "JSON_PARSE($7)");
	CHECK_STR(assign(BYTEAOID), "FROM_HEX(SUBSTRING($7, 3))");
}

GW_UNIT(redshift_errors)
{
	const GwPlatform *platform = gw_platform_find("redshift");
	GwOptionSet *options = gw_options_fold(platform->options, NIL, NIL, NIL);
	GwError err;

	gw_error_set(&err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
				 "Serializable isolation violation on table - 100208");
	gw_error_detail(&err, "code 1023");
	platform->classify(&err, options);
	CHECK(err.cls == GW_ERR_CONFLICT && err.sqlstate == ERRCODE_T_R_SERIALIZATION_FAILURE);

	gw_error_set(&err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR, "Disk Full");
	platform->classify(&err, options);
	CHECK(err.sqlstate == ERRCODE_DISK_FULL);

	gw_error_set(&err, GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED,
				 "Query (150) cancelled by WLM abort action of Query Monitoring Rule \"x\".");
	platform->classify(&err, options);
	CHECK(err.cls == GW_ERR_CANCELLED && strstr(err.hint, "queue") != NULL);

	gw_error_set(&err, GW_ERR_INVALID, ERRCODE_ACTIVE_SQL_TRANSACTION,
				 "VACUUM cannot run inside a transaction block");
	platform->classify(&err, options);
	CHECK(strstr(err.hint, "autocommit => true") != NULL);

	/* Anything else stays what it was. */
	gw_error_set(&err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR, "Assert");
	platform->classify(&err, options);
	CHECK(err.cls == GW_ERR_INTERNAL && err.sqlstate == ERRCODE_INTERNAL_ERROR);
}
