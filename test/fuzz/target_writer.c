/*
 * target_writer.c
 *	  Identifiers and string constants: a lexer of its own reads back what
 *	  each dialect wrote, and must find the same text and nothing behind it.
 *
 * Links every dialect.  The lexers know SQL's rules only, not how our writers
 * came to what they wrote.
 */
#include "fuzz.h"

#include "catalog/pg_type.h"
#include "dialect/gw_dialect.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

typedef struct Writing
{
	const GwDialect *dialect;
	const char *text;
	char *written;
} Writing;

/* Casts need a type's name; any will do. */
char *
format_type_extended(Oid type, int32 typmod, bits16 flags)
{
	return pstrdup("pg_catalog.text");
}

static void
write_identifier(void *arg)
{
	Writing *w = arg;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_identifier(w->dialect, &buf, w->text);
	w->written = buf.text.data;
}

static void
write_relation(void *arg)
{
	Writing *w = arg;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_relation(w->dialect, &buf, w->text, w->text);
	w->written = buf.text.data;
}

static void
write_string(void *arg)
{
	Writing *w = arg;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_string(w->dialect, &buf, w->text);
	w->written = buf.text.data;
}

static void
write_literal(void *arg)
{
	Writing *w = arg;
	GwSqlBuf buf;

	gw_sqlbuf_init(&buf);
	gw_dialect_literal(w->dialect, &buf, w->text, TEXTOID, -1);
	w->written = buf.text.data;
}

/* Reads "name" with doubled quotes; what stands behind it, or NULL. */
static const char *
lex_identifier(const char *sql, char *name)
{
	if (*sql++ != '"')
		return NULL;
	for (;; sql++)
	{
		if (*sql == '\0')
			return NULL;
		if (*sql == '"')
		{
			if (sql[1] != '"')
				break;
			sql++;
		}
		*name++ = *sql;
	}
	*name = '\0';
	return sql + 1;
}

/* Reads 'text' or E'text'; standard: a backslash in '...' stands for itself. */
static const char *
lex_string(const char *sql, bool standard, char *text)
{
	bool escapes = !standard;

	if (*sql == 'E' || *sql == 'e')
	{
		escapes = true;
		sql++;
	}
	if (*sql++ != '\'')
		return NULL;
	for (;; sql++)
	{
		if (*sql == '\0')
			return NULL;
		if (escapes && *sql == '\\')
		{
			/* Letters and digits behind it mean something else. */
			if (*++sql != '\\' && *sql != '\'')
				return NULL;
		}
		else if (*sql == '\'')
		{
			if (sql[1] != '\'')
				break;
			sql++;
		}
		*text++ = *sql;
	}
	*text = '\0';
	return sql + 1;
}

static void
check_strings(Writing *w, char *read, bool postgres)
{
	const char *rest;

	FUZZ_CHECK(fuzz_raises(write_string, w) == 0);
	rest = lex_string(w->written, true, read);
	FUZZ_CHECK(rest != NULL && *rest == '\0' && strcmp(read, w->text) == 0);
	if (postgres)
	{
		rest = lex_string(w->written, false, read);
		FUZZ_CHECK(rest != NULL && *rest == '\0' && strcmp(read, w->text) == 0);
	}
	FUZZ_CHECK(fuzz_raises(write_literal, w) == 0);
	rest = lex_string(w->written, true, read);
	FUZZ_CHECK(rest != NULL && strcmp(read, w->text) == 0);
	FUZZ_CHECK(*rest == '\0' || strcmp(rest, "::text") == 0 ||
			   strcmp(rest, "::pg_catalog.text") == 0);
}

/* How another family quotes: what its manual says, not what we wrote. */
typedef struct Family
{
	const GwDialect *dialect;
	char open, close;
	bool name_escapes;	/* a backslash escapes in names */
	bool escapes;		/* ... in strings */
	bool doubles;		/* two quotes are one in strings */
	bool national;		/* N'...', in parts joined by + */
} Family;

static const char *
lex_family_name(const Family *f, const char *sql, char *name)
{
	if (*sql++ != f->open)
		return NULL;
	for (; *sql != '\0'; sql++)
	{
		if (f->name_escapes && *sql == '\\')
			sql++;
		else if (*sql == f->close)
		{
			if (f->name_escapes || sql[1] != f->close)
			{
				*name = '\0';
				return sql + 1;
			}
			sql++;
		}
		*name++ = *sql;
	}
	return NULL;
}

static const char *
lex_family_string(const Family *f, const char *sql, char *text)
{
	if (f->national && *sql++ != 'N')
		return NULL;
	if (*sql++ != '\'')
		return NULL;
	for (; *sql != '\0'; sql++)
	{
		if (f->escapes && *sql == '\\')
		{
			sql++;
			if (*sql == 'n' || *sql == 'r')
			{
				*text++ = *sql == 'n' ? '\n' : '\r';
				continue;
			}
			if (*sql != '\\' && *sql != '\'')
				return NULL;
		}
		else if (f->national && *sql == '\\' && (sql[1] == '\n' || sql[1] == '\r'))
			return NULL; /* the server would join the lines */
		else if (*sql == '\'')
		{
			if (f->doubles && sql[1] == '\'')
				sql++;
			else if (f->national && strncmp(sql, "' + N'", 6) == 0)
			{
				sql += 5;
				continue;
			}
			else
			{
				*text = '\0';
				return sql + 1;
			}
		}
		*text++ = *sql;
	}
	return NULL;
}

static void
check_family(const Family *f, const char *text, size_t len, char *read)
{
	Writing w = {f->dialect, text};
	bool chars = (f->dialect->flags & GW_DIALECT_IDENT_CHARS) != 0;
	int length = chars ? pg_mbstrlen_with_len(text, len) : len;
	int code = fuzz_raises(write_identifier, &w);
	const char *rest;

	if (code != 0)
		FUZZ_CHECK(code == ERRCODE_INVALID_NAME && (len == 0 || length > f->dialect->ident_max));
	else
	{
		rest = lex_family_name(f, w.written, read);
		FUZZ_CHECK(rest != NULL && *rest == '\0' && strcmp(read, text) == 0);
	}
	FUZZ_CHECK(fuzz_raises(write_string, &w) == 0);
	rest = lex_family_string(f, w.written, read);
	FUZZ_CHECK(rest != NULL && *rest == '\0' && strcmp(read, text) == 0);
}

static const Family families[] = {
	{&gw_dialect_bigquery, '`', '`', true, true, false, false},
	{&gw_dialect_databricks, '`', '`', false, true, false, false},
	{&gw_dialect_mysql, '`', '`', false, true, true, false},
	{&gw_dialect_redshift, '"', '"', false, true, true, false},
	{&gw_dialect_snowflake, '"', '"', false, true, true, false},
	{&gw_dialect_sqlserver, '[', ']', false, false, true, true},
};

void
fuzz_one(char *text, size_t len)
{
	static const GwDialect *const dialects[] = {&gw_dialect_ansi, &gw_dialect_postgres,
												&gw_dialect_local};
	char *read;

	if (memchr(text, '\0', len) != NULL || !fuzz_valid(text, len))
		return;
	read = palloc(2 * len + 16);
	for (int i = 0; i < lengthof(families); i++)
		check_family(&families[i], text, len, read);
	for (int i = 0; i < lengthof(dialects); i++)
	{
		Writing w = {dialects[i], text};
		int code = fuzz_raises(write_identifier, &w);
		const char *rest;

		if (code != 0)
			FUZZ_CHECK(code == ERRCODE_INVALID_NAME && (len == 0 || len >= NAMEDATALEN));
		else
		{
			rest = lex_identifier(w.written, read);
			FUZZ_CHECK(rest != NULL && *rest == '\0' && strcmp(read, text) == 0);
			FUZZ_CHECK(fuzz_raises(write_relation, &w) == 0);
			rest = lex_identifier(w.written, read);
			FUZZ_CHECK(rest != NULL && *rest++ == '.' && strcmp(read, text) == 0);
			rest = lex_identifier(rest, read);
			FUZZ_CHECK(rest != NULL && *rest == '\0' && strcmp(read, text) == 0);
		}
		check_strings(&w, read, i > 0);
	}
}
