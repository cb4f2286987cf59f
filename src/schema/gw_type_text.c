/*
 * gw_type_text.c
 *	  The parametrised text of a canonical type, read and written.
 *
 *	  type   = name [ "(" parameters ")" ] [ "<" parts ">" ] [ "(" dimensions ")" ]
 *	  parts  = part                        ARRAY, RANGE
 *	         | part "," number             VECTOR
 *	         | part "," part               MAP
 *	         | field { "," field }         STRUCT; field = name [":"] part
 *	  part   = type [ "NOT NULL" ]
 *	  parameters: numbers, a number with CHAR, BYTE or UTF16, or quoted values
 *
 * parse(print(type)) equals the type.  A parsed type lives in the context
 * that was current at the call.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "schema/gw_schema.h"

typedef struct TypeParser
{
	const char *text;
	const char *at;
	int depth;
	bool open; /* the outermost type may still lack its parts */
	GwError *err;
} TypeParser;

static bool type_parse_one(TypeParser *p, GwType *type);

static bool pg_attribute_printf(2, 3)
type_fault(TypeParser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gw_error_setv(p->err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE, fmt, args);
	va_end(args);
	gw_error_detail(p->err, "At character %d of \"%s\".",
					pg_mbstrlen_with_len(p->text, p->at - p->text) + 1, p->text);
	return false;
}

static void
type_skip_blanks(TypeParser *p)
{
	while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n' || *p->at == '\r')
		p->at++;
}

/* Is c next?  Then step over it. */
static bool
type_take(TypeParser *p, char c)
{
	type_skip_blanks(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static bool
type_need(TypeParser *p, char c)
{
	return type_take(p, c) || type_fault(p, "expected \"%c\" in a type", c);
}

static bool
type_is_word_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IS_HIGHBIT_SET(c) ||
		   (!first && ((c >= '0' && c <= '9') || c == '$'));
}

/* The next bare word, or NULL. */
static char *
type_word(TypeParser *p)
{
	const char *start;

	type_skip_blanks(p);
	start = p->at;
	if (!type_is_word_char(*p->at, true))
		return NULL;
	while (type_is_word_char(*p->at, false))
		p->at++;
	return pnstrdup(start, p->at - start);
}

/* Is this word next (any case)?  Then step over it. */
static bool
type_take_word(TypeParser *p, const char *word)
{
	const char *saved = p->at;
	char *found = type_word(p);

	if (found != NULL && pg_strcasecmp(found, word) == 0)
		return true;
	p->at = saved;
	return false;
}

/* A text in the given quotes, doubled inside; the opening one is next. */
static char *
type_quoted(TypeParser *p, char quote)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (p->at++; *p->at != '\0'; p->at++)
	{
		if (*p->at == quote)
		{
			p->at++;
			if (*p->at != quote)
				return buf.data;
		}
		appendStringInfoChar(&buf, *p->at);
	}
	type_fault(p, "a quoted text in a type has no end");
	return NULL;
}

static bool
type_number(TypeParser *p, int64 *number)
{
	char *end;

	type_skip_blanks(p);
	errno = 0;
	*number = strtol(p->at, &end, 10);
	if (end == p->at || errno != 0 || *p->at == '+' || *number > PG_INT32_MAX ||
		*number < PG_INT32_MIN)
		return type_fault(p, "expected a number in a type");
	p->at = end;
	return true;
}

/* type [NOT NULL] */
static bool
type_parse_part(TypeParser *p, GwColumn *part)
{
	part->nullable = true;
	if (!type_parse_one(p, &part->type))
		return false;
	if (type_take_word(p, "NOT"))
	{
		if (!type_take_word(p, "NULL"))
			return type_fault(p, "expected NULL after NOT in a type");
		part->nullable = false;
	}
	return true;
}

static bool
type_parse_new_part(TypeParser *p, GwColumn **part)
{
	*part = palloc0(sizeof(GwColumn));
	return type_parse_part(p, *part);
}

static bool
type_parse_fields(TypeParser *p, GwType *type)
{
	int room = 8;

	type->fields = palloc0(room * sizeof(GwColumn));
	do
	{
		GwColumn *field;

		if (type->nfields == room)
		{
			type->fields = repalloc(type->fields, 2 * room * sizeof(GwColumn));
			memset(type->fields + room, 0, room * sizeof(GwColumn));
			room *= 2;
		}
		field = &type->fields[type->nfields];
		type_skip_blanks(p);
		if (*p->at == '"' || *p->at == '`')
			field->name = type_quoted(p, *p->at);
		else
			field->name = type_word(p);
		if (field->name == NULL || field->name[0] == '\0')
			return p->err->sqlstate ? false : type_fault(p, "expected a field name in a type");
		(void) type_take(p, ':');
		if (!type_parse_part(p, field))
			return false;
		field->ordinal = ++type->nfields;
	} while (type_take(p, ','));
	return true;
}

/* What stands between < and >. */
static bool
type_parse_brackets(TypeParser *p, GwType *type)
{
	int64 number;

	switch (type->id)
	{
		case GW_TYPE_STRUCT:
			if (!type_parse_fields(p, type))
				return false;
			break;
		case GW_TYPE_MAP:
			if (!type_parse_new_part(p, &type->key) || !type_need(p, ',') ||
				!type_parse_new_part(p, &type->value))
				return false;
			break;
		case GW_TYPE_ARRAY:
		case GW_TYPE_RANGE:
			if (!type_parse_new_part(p, &type->element))
				return false;
			break;
		case GW_TYPE_VECTOR:
			if (!type_parse_new_part(p, &type->element))
				return false;
			if (type_take(p, ','))
			{
				if (!type_number(p, &number))
					return false;
				type->dimensions = number;
			}
			break;
		default:
			return type_fault(p, "%s takes no type in < >", gw_type_name(type->id));
	}
	return type_need(p, '>');
}

static bool
type_parse_values(TypeParser *p, GwType *type)
{
	int room = 8;

	type->values = palloc(room * sizeof(char *));
	do
	{
		char *value;

		type_skip_blanks(p);
		if (*p->at != '\'')
			return type_fault(p, "expected a value in single quotes");
		value = type_quoted(p, '\'');
		if (value == NULL)
			return false;
		if (type->nvalues == room)
			type->values = repalloc(type->values, (room *= 2) * sizeof(char *));
		type->values[type->nvalues++] = value;
	} while (type_take(p, ','));
	return true;
}

/* What stands between ( and ). */
static bool
type_parse_parens(TypeParser *p, GwType *type)
{
	int takes = gw_type_parameters(type->id);
	int64 number;

	if (takes & GW_TP_VALUES)
		return type_parse_values(p, type) && type_need(p, ')');
	if (!(takes & (GW_TP_LENGTH | GW_TP_PRECISION | GW_TP_FRACTION | GW_TP_SRID |
				   GW_TP_DIMENSIONS)))
		return type_fault(p, "%s takes no parameter", gw_type_name(type->id));
	if (!type_number(p, &number))
		return false;
	if (number < 0)
		return type_fault(p, "a parameter of %s must not be negative", gw_type_name(type->id));

	if (takes & GW_TP_LENGTH)
	{
		type->length = number;
		if (type_take_word(p, "BYTE"))
			type->length_unit = "byte";
		else if (type_take_word(p, "UTF16"))
			type->length_unit = "utf16";
		else
			(void) type_take_word(p, "CHAR");
	}
	else if (takes & GW_TP_PRECISION)
		type->precision = number;
	else if (takes & GW_TP_FRACTION)
		type->fraction = number;
	else if (takes & GW_TP_SRID)
		type->srid = number;
	else
		type->dimensions = number;

	if ((takes & GW_TP_SCALE) && type_take(p, ','))
	{
		if (!type_number(p, &number))
			return false;
		type->scale = number;
		type->has_scale = true;
	}
	return type_need(p, ')');
}

/* WITH TIME ZONE, WITHOUT TIME ZONE */
static bool
type_parse_zone(TypeParser *p, GwType *type)
{
	bool with = type_take_word(p, "WITH");

	if (!with && !type_take_word(p, "WITHOUT"))
		return true;
	if (!type_take_word(p, "TIME") || !type_take_word(p, "ZONE"))
		return type_fault(p, "expected TIME ZONE in a type");
	if (with)
		type->id = type->id == GW_TYPE_TIME ? GW_TYPE_TIMETZ : GW_TYPE_TIMESTAMPTZ;
	return true;
}

static bool
type_parse_one(TypeParser *p, GwType *type)
{
	const char *start;
	const char *member;
	const char *fault;
	char *name;
	GwTypeId id;

	if (++p->depth > GW_TYPE_MAX_DEPTH)
		return type_fault(p, "types nest deeper than %d levels", GW_TYPE_MAX_DEPTH);
	type_skip_blanks(p);
	start = p->at;
	name = type_word(p);
	if (name == NULL)
		return type_fault(p, "expected a type name");
	if (!gw_type_lookup(name, &id))
	{
		const char *nearest = gw_type_nearest(name);

		p->at = start;
		(void) type_fault(p, "\"%s\" is not a canonical type", name);
		if (nearest != NULL)
			gw_error_hint(p->err, "Did you mean %s?", nearest);
		return false;
	}
	if (pg_strcasecmp(name, "DOUBLE") == 0)
		(void) type_take_word(p, "PRECISION");
	*type = gw_type_make(id);

	if (type_take(p, '(') && !type_parse_parens(p, type))
		return false;
	if (type_take(p, '<') && !type_parse_brackets(p, type))
		return false;
	if (id == GW_TYPE_ARRAY && type_take(p, '(') && !type_parse_parens(p, type))
		return false;
	if ((id == GW_TYPE_TIME || id == GW_TYPE_TIMESTAMP) && !type_parse_zone(p, type))
		return false;
	if (id == GW_TYPE_VECTOR && type->element == NULL && !(p->open && p->depth == 1))
	{
		GwType element = gw_type_make(GW_TYPE_FLOAT32);

		type->element = gw_type_part(&element);
	}
	p->depth--;

	if (p->open && p->depth == 0)
		return true; /* the document's reader checks the whole */
	fault = gw_type_check(type, &member);
	return fault == NULL || type_fault(p, "%s", fault);
}

static GwStatus
type_parse_whole(const char *text, GwType *type, bool open, GwError *err)
{
	TypeParser p;

	gw_error_clear(err);
	p.text = p.at = text;
	p.depth = 0;
	p.open = open;
	p.err = err;
	if (!type_parse_one(&p, type))
		return GW_FAILED;
	type_skip_blanks(&p);
	if (*p.at == '\0')
		return GW_OK;
	(void) type_fault(&p, "unexpected \"%s\" after a type", p.at);
	return GW_FAILED;
}

GwStatus
gw_type_parse(const char *text, GwType *type, GwError *err)
{
	return type_parse_whole(text, type, false, err);
}

GwStatus
gw_type_parse_open(const char *text, GwType *type, GwError *err)
{
	return type_parse_whole(text, type, true, err);
}

/* ---------- writing ---------- */

static void type_write(StringInfo buf, const GwType *type);

static void
type_write_quoted(StringInfo buf, const char *text, char quote)
{
	appendStringInfoChar(buf, quote);
	for (; *text; text++)
	{
		if (*text == quote)
			appendStringInfoChar(buf, quote);
		appendStringInfoChar(buf, *text);
	}
	appendStringInfoChar(buf, quote);
}

static void
type_write_name(StringInfo buf, const char *name)
{
	const char *c = name;

	if (type_is_word_char(*c, true))
		while (type_is_word_char(*c, false) && !IS_HIGHBIT_SET(*c))
			c++;
	if (c != name && *c == '\0')
		appendStringInfoString(buf, name);
	else
		type_write_quoted(buf, name, '"');
}

static void
type_write_part(StringInfo buf, const GwColumn *part)
{
	type_write(buf, &part->type);
	if (!part->nullable)
		appendStringInfoString(buf, " NOT NULL");
}

static void
type_write_parens(StringInfo buf, const GwType *type)
{
	int i;

	if (type->length != GW_ABSENT)
	{
		appendStringInfo(buf, "(" INT64_FORMAT, type->length);
		if (type->length_unit != NULL && strcmp(type->length_unit, "char") != 0)
			appendStringInfo(buf, " %s",
							 strcmp(type->length_unit, "byte") == 0 ? "BYTE" : "UTF16");
		appendStringInfoChar(buf, ')');
	}
	if (type->precision != GW_ABSENT)
	{
		appendStringInfo(buf, "(%d", type->precision);
		if (type->has_scale)
			appendStringInfo(buf, ",%d", type->scale);
		appendStringInfoChar(buf, ')');
	}
	if (type->fraction != GW_ABSENT)
		appendStringInfo(buf, "(%d)", type->fraction);
	if (type->srid != GW_ABSENT)
		appendStringInfo(buf, "(%d)", type->srid);
	for (i = 0; i < type->nvalues; i++)
	{
		appendStringInfoChar(buf, i == 0 ? '(' : ',');
		type_write_quoted(buf, type->values[i], '\'');
	}
	if (type->nvalues > 0)
		appendStringInfoChar(buf, ')');
}

static void
type_write_brackets(StringInfo buf, const GwType *type)
{
	int i;

	appendStringInfoChar(buf, '<');
	if (type->element != NULL)
		type_write_part(buf, type->element);
	if (type->id == GW_TYPE_VECTOR && type->dimensions != GW_ABSENT)
		appendStringInfo(buf, ",%d", type->dimensions);
	if (type->key != NULL)
	{
		type_write_part(buf, type->key);
		appendStringInfoChar(buf, ',');
		type_write_part(buf, type->value);
	}
	for (i = 0; i < type->nfields; i++)
	{
		if (i > 0)
			appendStringInfoString(buf, ", ");
		type_write_name(buf, type->fields[i].name);
		appendStringInfoChar(buf, ' ');
		type_write_part(buf, &type->fields[i]);
	}
	appendStringInfoChar(buf, '>');
}

static void
type_write(StringInfo buf, const GwType *type)
{
	appendStringInfoString(buf, gw_type_name(type->id));
	type_write_parens(buf, type);
	if (type->element != NULL || type->key != NULL || type->nfields > 0)
		type_write_brackets(buf, type);
	if (type->id == GW_TYPE_ARRAY && type->dimensions != GW_ABSENT)
		appendStringInfo(buf, "(%d)", type->dimensions);
}

char *
gw_type_text(const GwType *type)
{
	StringInfoData buf;

	initStringInfo(&buf);
	type_write(&buf, type);
	return buf.data;
}
