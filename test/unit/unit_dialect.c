/*
 * unit_dialect.c
 *	  What the dialects write: identifiers, strings, constants, statements.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"

#include "gw_unit.h"

static const GwDialect *const pg = &gw_dialect_postgres;

static const char *
identifier(const GwDialect *d, const char *name)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_identifier(d, &buf, name);
	return gw_sqlbuf_text(&buf);
}

static const char *
string(const GwDialect *d, const char *value)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_string(d, &buf, value);
	return gw_sqlbuf_text(&buf);
}

static const char *
literal(const char *text, Oid type, int32 typmod)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_literal(pg, &buf, text, type, typmod);
	return gw_sqlbuf_text(&buf);
}

static void
write_identifier(void *name)
{
	identifier(pg, name);
}

static const char *
fetched(const GwDialect *d, Oid type, const char *native)
{
	GwColumn column = {.name = "c", .native_type = native};
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_fetch(d, &buf, "[c]", type, &column);
	return gw_sqlbuf_text(&buf);
}

/* What a driver would give in forms of its own is asked for as text. */
GW_UNIT(fetches)
{
	const GwDialect *d = &gw_dialect_sqlserver;

	CHECK_STR(fetched(d, TEXTOID, "hierarchyid"), "[c].ToString()");
	CHECK_STR(fetched(d, TEXTOID, "geography"), "[c].STAsText()");
	CHECK_STR(fetched(d, TEXTOID, "sql_variant"), "CAST([c] AS nvarchar(4000))");
	CHECK_STR(fetched(d, XMLOID, "xml"), "CAST([c] AS nvarchar(max))");
	CHECK_STR(fetched(d, BYTEAOID, "rowversion"), "[c]");
	CHECK_STR(fetched(d, BYTEAOID, "timestamp"), "[c]");
	CHECK_STR(fetched(d, TEXTOID, "ntext"), "CAST([c] AS nvarchar(max))");
	CHECK_STR(fetched(d, INT4OID, "int"), "[c]");
}

/* Values that lie outside of what plain types hold, and on which side. */
GW_UNIT(bounds)
{
	const GwDialect *d = &gw_dialect_sqlserver;

	CHECK_INT(gw_dialect_beyond(d, "infinity", DATEOID), 1);
	CHECK_INT(gw_dialect_beyond(d, "-infinity", TIMESTAMPTZOID), -1);
	CHECK_INT(gw_dialect_beyond(d, "0044-03-15 BC", DATEOID), -1);
	CHECK_INT(gw_dialect_beyond(d, "12000-01-01 00:00:00", TIMESTAMPOID), 1);
	CHECK_INT(gw_dialect_beyond(d, "9999-12-31", DATEOID), 0);
	CHECK_INT(gw_dialect_beyond(d, "24:00:00", TIMEOID), 1);
	CHECK_INT(gw_dialect_beyond(d, "NaN", NUMERICOID), 1);
	CHECK_INT(gw_dialect_beyond(d, "-Infinity", FLOAT8OID), -1);
	CHECK_INT(gw_dialect_beyond(d, "-1e+300", FLOAT8OID), 0);
	CHECK_INT(gw_dialect_beyond(&gw_dialect_bigquery, "NaN", FLOAT8OID), 0);
	CHECK_INT(gw_dialect_beyond(pg, "infinity", DATEOID), 0);
	CHECK(gw_dialect_has_bounds(d, TIMEOID) && !gw_dialect_has_bounds(d, INT4OID));
	CHECK(!gw_dialect_has_bounds(&gw_dialect_bigquery, FLOAT8OID));
	CHECK(!gw_dialect_has_bounds(&gw_dialect_mysql, DATEOID));
}

GW_UNIT(identifiers)
{
	char longest[NAMEDATALEN + 1];

	CHECK_STR(identifier(pg, "plain"), "\"plain\"");
	CHECK_STR(identifier(pg, "Mixed Case"), "\"Mixed Case\"");
	CHECK_STR(identifier(pg, "quo\"te"), "\"quo\"\"te\"");
	CHECK_STR(identifier(pg, "\"; DROP TABLE x; --"), "\"\"\"; DROP TABLE x; --\"");
	CHECK_STR(identifier(pg, "back\\slash"), "\"back\\slash\"");
	CHECK_STR(identifier(&gw_dialect_ansi, "quo\"te"), "\"quo\"\"te\"");
	/* A name the remote cannot hold is refused, never cut. */
	memset(longest, 'x', NAMEDATALEN);
	longest[NAMEDATALEN] = '\0';
	CHECK_RAISES(write_identifier, longest, "42602");
	CHECK_RAISES(write_identifier, "", "42602");
	longest[NAMEDATALEN - 1] = '\0';
	CHECK_INT(strlen(identifier(pg, longest)), NAMEDATALEN + 1);
}

GW_UNIT(strings)
{
	CHECK_STR(string(pg, "it's"), "'it''s'");
	CHECK_STR(string(pg, ""), "''");
	CHECK_STR(string(pg, "a\\b"), "E'a\\\\b'");
	CHECK_STR(string(pg, "\\'; --"), "E'\\\\''; --'");
	CHECK_STR(string(&gw_dialect_ansi, "it's"), "'it''s'");
}

GW_UNIT(literals)
{
	CHECK_STR(literal("it's", TEXTOID, -1), "'it''s'::text");
	CHECK_STR(literal(NULL, INT4OID, -1), "NULL::integer");
	CHECK_STR(literal("2024-02-29", DATEOID, -1), "'2024-02-29'::date");
	CHECK(strstr(literal("-5", INT4OID, -1), "-5") != NULL);
	CHECK(strstr(literal("NaN", FLOAT8OID, -1), "'NaN'") != NULL);
	CHECK(strstr(literal("1.10", NUMERICOID, -1), "numeric") != NULL);
}

GW_UNIT(relations)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_relation(pg, &buf, "Some Schema", "ta\"ble");
	CHECK_STR(gw_sqlbuf_text(&buf), "\"Some Schema\".\"ta\"\"ble\"");
	gw_sqlbuf_init(&buf);
	gw_dialect_relation(pg, &buf, NULL, "t");
	CHECK_STR(gw_sqlbuf_text(&buf), "\"t\"");
}

GW_UNIT(limits)
{
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_limit(pg, &buf, "5", "2");
	CHECK(strstr(gw_sqlbuf_text(&buf), "5") < strstr(gw_sqlbuf_text(&buf), "2"));
	gw_sqlbuf_init(&buf);
	gw_dialect_limit(pg, &buf, NULL, NULL);
	CHECK_STR(gw_sqlbuf_text(&buf), "");
	gw_sqlbuf_init(&buf);
	gw_dialect_sort_key(pg, &buf, "k", true, true);
	CHECK(strstr(gw_sqlbuf_text(&buf), "DESC") && strstr(gw_sqlbuf_text(&buf), "NULLS FIRST"));
}

GW_UNIT(rules)
{
	Oid ints[] = {INT4OID, INT4OID};

	CHECK(gw_dialect_rule(&gw_dialect_ansi, 'o', "=", ints, 2) != NULL);
	CHECK(gw_dialect_rule(&gw_dialect_ansi, 'f', "no_such_function", ints, 2) == NULL);
}
