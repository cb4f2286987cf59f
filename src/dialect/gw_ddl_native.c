/*
 * gw_ddl_native.c
 *	  A native type's text as a canonical type.
 *
 * The text is taken apart the same way for every platform: words, parameters
 * in (...) or <...> wherever they stand, [] behind.  What the words mean is
 * the target's data.
 */
#include "postgres.h"

#include "dialect/gw_ddl_private.h"
#include "utils/formatting.h"

/* ---------- taking a text apart ---------- */

/* Behind a quoted stretch that begins at at, or NULL.  In names a backslash is itself. */
static const char *
native_skip_quoted(const char *at)
{
	return gw_ddl_skip_quoted(at, *at, *at == '\'');
}

static bool
native_is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`';
}

static char *
native_trim(const char *start, const char *end)
{
	while (start < end && isspace((unsigned char) *start))
		start++;
	while (end > start && isspace((unsigned char) end[-1]))
		end--;
	return pnstrdup(start, end - start);
}

/* The parameters from an opening bracket on; behind the closing one, or NULL. */
static const char *
native_args(const char *at, List **args)
{
	const char *start = ++at;
	int depth = 1;

	while (*at != '\0')
	{
		if (native_is_quote(*at))
		{
			at = native_skip_quoted(at);
			if (at == NULL)
				return NULL;
			continue;
		}
		if (*at == '(' || *at == '<')
			depth++;
		if (*at == ')' || *at == '>')
			depth--;
		if (depth == 0 || (*at == ',' && depth == 1))
		{
			char *arg = native_trim(start, at);

			if (arg[0] == '\0')
				return NULL;
			*args = lappend(*args, arg);
			start = at + 1;
		}
		at++;
		if (depth == 0)
			return at;
	}
	return NULL;
}

bool
gw_ddl_native_split(const char *text, GwNativeText *native)
{
	StringInfoData name;
	const char *at = text;

	memset(native, 0, sizeof(*native));
	initStringInfo(&name);
	while (at != NULL && *at != '\0')
	{
		const char *start = at;

		if (isspace((unsigned char) *at))
		{
			at++;
			continue;
		}
		if (*at == '(' || *at == '<')
		{
			at = native_args(at, &native->args);
			continue;
		}
		if (*at == '[')
		{
			at += strspn(at + 1, "0123456789") + 1;
			if (*at++ != ']')
				return false;
			native->dimensions++;
			continue;
		}
		if (native_is_quote(*at))
		{
			at = native_skip_quoted(at);
			if (at == NULL)
				return false;
		}
		else
			while (*at == '_' || *at == '.' || *at == '"' || isalnum((unsigned char) *at) ||
				   IS_HIGHBIT_SET(*at))
				at++;
		if (at == start || native->dimensions > 0)
			return false;
		if (name.len > 0)
			appendStringInfoChar(&name, ' ');
		appendBinaryStringInfo(&name, start, at - start);
	}
	native->name = asc_tolower(name.data, name.len);
	return at != NULL && name.len > 0;
}

/* Cut " word word" off the end of a text, whatever the case; true: it was there. */
static bool
native_cut_end(char *text, const char *end)
{
	int len = strlen(text), n = strlen(end);

	if (len <= n || pg_strcasecmp(text + len - n, end) != 0 ||
		!isspace((unsigned char) text[len - n - 1]))
		return false;
	len -= n;
	while (len > 0 && isspace((unsigned char) text[len - 1]))
		len--;
	text[len] = '\0';
	return true;
}

/* The text of a constant without its quotes. */
static char *
native_unquote(const char *text)
{
	char quote = text[0];
	StringInfoData plain;

	initStringInfo(&plain);
	for (text++; *text != '\0' && !(*text == quote && text[1] != quote); text++)
	{
		if ((*text == quote && text[1] == quote) ||
			(quote == '\'' && *text == '\\' && text[1] != '\0'))
			text++;
		appendStringInfoChar(&plain, *text);
	}
	return plain.data;
}

/* COMMENT 'x' and OPTIONS(...) behind a field's type. */
static void
native_cut_comment(char *type, char **comment)
{
	for (char *at = type; *at != '\0'; at++)
	{
		const char *behind = at + 7;

		if (native_is_quote(*at) || *at == '(' || *at == '<')
		{
			List *ignored = NIL;
			const char *end = native_is_quote(*at) ? native_skip_quoted(at)
												   : native_args(at, &ignored);

			if (end == NULL)
				return;
			at = (char *) end - 1;
			continue;
		}
		if (at == type || !isspace((unsigned char) at[-1]) ||
			(pg_strncasecmp(at, "COMMENT", 7) != 0 && pg_strncasecmp(at, "OPTIONS", 7) != 0))
			continue;
		behind += strspn(behind, " (");
		if (pg_strncasecmp(behind, "description", 11) == 0)
			behind += 11 + strspn(behind + 11, " =");
		if (native_is_quote(*behind))
			*comment = native_unquote(behind);
		while (at > type && isspace((unsigned char) at[-1]))
			at--;
		*at = '\0';
		return;
	}
}

bool
gw_ddl_native_field(const char *text, char **name, char **type, bool *nullable, char **comment)
{
	const char *at = text;

	*comment = NULL;
	if (*at == '"' || *at == '`')
	{
		at = native_skip_quoted(at);
		*name = at ? native_unquote(text) : NULL;
	}
	else
	{
		at += strcspn(at, " :\t\n(<");
		*name = pnstrdup(text, at - text);
	}
	if (at == NULL || at == text || (*name)[0] == '\0')
		return false;
	at += strspn(at, " \t\n");
	if (*at == ':')
		at++;
	*type = native_trim(at, at + strlen(at));
	native_cut_comment(*type, comment);
	*nullable = !native_cut_end(*type, "NOT NULL");
	return (*type)[0] != '\0' && (*type)[0] != '(' && (*type)[0] != '<';
}

/* ---------- what it means ---------- */

typedef struct NativeReader
{
	const GwDdlTarget *target;
	const char *text;
	int depth;
	GwError *err;
} NativeReader;

static GwStatus native_read(NativeReader *r, const char *text, GwColumn *column);

static GwStatus
native_fault(NativeReader *r, const char *why)
{
	gw_error_set(r->err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
				 "\"%s\" is not a type of %s", r->text, r->target->title);
	gw_error_detail(r->err, "%s.", why);
	return GW_FAILED;
}

static bool
native_number(const char *text, int64 *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	while (isspace((unsigned char) *end))
		end++;

	/* "10 byte", "20 char" as some catalogs print lengths. */
	return errno == 0 && end != text &&
		   (*end == '\0' || pg_strcasecmp(end, "char") == 0 || pg_strcasecmp(end, "byte") == 0);
}

static GwStatus
native_part(NativeReader *r, const char *text, GwColumn **part)
{
	char *type = pstrdup(text);
	bool required = native_cut_end(type, "NOT NULL");

	*part = palloc0(sizeof(GwColumn));
	if (native_read(r, type, *part) != GW_OK)
		return GW_FAILED;
	(*part)->nullable = !required;
	return GW_OK;
}

static GwStatus
native_fields(NativeReader *r, List *args, GwType *type)
{
	ListCell *lc;

	type->fields = palloc0(Max(list_length(args), 1) * sizeof(GwColumn));
	foreach(lc, args)
	{
		GwColumn *field = &type->fields[type->nfields];
		char *name, *native, *comment;
		bool nullable;

		if (!gw_ddl_native_field(lfirst(lc), &name, &native, &nullable, &comment))
			return native_fault(r, psprintf("%s is not a field", (char *) lfirst(lc)));
		if (native_read(r, native, field) != GW_OK)
			return GW_FAILED;
		field->name = name;
		field->nullable = nullable;
		field->comment = comment;
		field->ordinal = ++type->nfields;
	}
	return GW_OK;
}

static GwColumn *
native_implied(GwTypeId id)
{
	GwType type = gw_type_make(id);

	return gw_type_part(&type);
}

static GwStatus
native_length(NativeReader *r, const GwDdlNative *row, List *args, GwType *type)
{
	int64 length = row->length ? row->length : GW_ABSENT;

	if (args != NIL && pg_strcasecmp(linitial(args), "max") == 0)
		length = GW_ABSENT;
	else if (args != NIL && !native_number(linitial(args), &length))
		return native_fault(r, "The length is no number");
	if (length > PG_INT32_MAX)
		return native_fault(r, "The length is out of range");
	if (row->unbounded != 0 && length == row->unbounded)
		length = GW_ABSENT;
	type->length = length;
	if (length != GW_ABSENT)
		type->length_unit = row->length_unit;
	return GW_OK;
}

static GwStatus
native_decimal(NativeReader *r, const GwDdlNative *row, List *args, GwType *type)
{
	int64 precision = row->precision ? row->precision : GW_ABSENT, scale = row->scale;

	if (args != NIL)
	{
		scale = 0;
		if (!native_number(linitial(args), &precision) ||
			(list_length(args) > 1 && !native_number(lsecond(args), &scale)))
			return native_fault(r, "Precision and scale are no numbers");
	}
	if (precision < GW_ABSENT || precision > 10000 || scale < -10000 || scale > 10000)
		return native_fault(r, "Precision or scale is out of range");
	type->precision = precision;
	type->scale = precision == GW_ABSENT ? 0 : scale;
	type->has_scale = precision != GW_ABSENT && type->id == GW_TYPE_NUMERIC;
	return GW_OK;
}

/* [type,] dimensions */
static GwStatus
native_vector(NativeReader *r, const GwDdlNative *row, List *args, GwType *type)
{
	int64 dimensions = GW_ABSENT;

	type->element = native_implied(row->of);
	if (list_length(args) > 1 && native_part(r, linitial(args), &type->element) != GW_OK)
		return GW_FAILED;

	/* Snowflake's FLOAT and INT are of 32 bits in a vector. */
	if (type->element->type.id == GW_TYPE_FLOAT64)
		type->element->type = gw_type_make(GW_TYPE_FLOAT32);
	if (type->element->type.id == GW_TYPE_NUMERIC)
		type->element->type = gw_type_make(GW_TYPE_INT32);
	type->element->native_type = NULL;
	type->element->nlossy = 0;
	if (args != NIL && !native_number(llast(args), &dimensions))
		return native_fault(r, "The dimensions are no number");
	if (dimensions > PG_INT32_MAX)
		return native_fault(r, "Too many dimensions");
	type->dimensions = dimensions;
	return GW_OK;
}

static GwStatus
native_values(NativeReader *r, List *args, GwType *type)
{
	ListCell *lc;

	type->values = palloc(Max(list_length(args), 1) * sizeof(char *));
	foreach(lc, args)
	{
		if (*(char *) lfirst(lc) != '\'')
			return native_fault(r, "Members are string constants");
		type->values[type->nvalues++] = native_unquote(lfirst(lc));
	}
	return GW_OK;
}

static GwStatus
native_parameters(NativeReader *r, const GwDdlNative *row, List *args, GwType *type)
{
	int64 number = row->fraction ? row->fraction - 1 : GW_ABSENT;
	ListCell *lc;

	switch (row->params)
	{
		case GW_NATIVE_NONE:
			if (row->of != GW_TYPE_BOOL)
				type->element = native_implied(row->of);
			return GW_OK;
		case GW_NATIVE_LENGTH:
			return native_length(r, row, args, type);
		case GW_NATIVE_NUMERIC:
			return native_decimal(r, row, args, type);
		case GW_NATIVE_FRACTION:
			if (args != NIL && !native_number(llast(args), &number))
				return native_fault(r, "The digits of a second are no number");
			type->fraction = Max(Min(number, 100), GW_ABSENT);
			return GW_OK;
		case GW_NATIVE_SRID:
			foreach(lc, args)
				if (native_number(lfirst(lc), &number) && number <= PG_INT32_MAX)
					type->srid = number;
			return GW_OK;
		case GW_NATIVE_ARRAY:
		case GW_NATIVE_RANGE:
			return list_length(args) == 1 ? native_part(r, linitial(args), &type->element)
										  : native_fault(r, "One type is expected in it");
		case GW_NATIVE_MAP:
			if (list_length(args) != 2)
				return native_fault(r, "A key and a value are expected in it");
			if (native_part(r, linitial(args), &type->key) != GW_OK)
				return GW_FAILED;
			type->key->nullable = false;
			return native_part(r, lsecond(args), &type->value);
		case GW_NATIVE_STRUCT:
			return native_fields(r, args, type);
		case GW_NATIVE_VECTOR:
			return native_vector(r, row, args, type);
		case GW_NATIVE_VALUES:
			return native_values(r, args, type);
	}
	return GW_OK;
}

static void
native_lossy(GwColumn *column, const char *code)
{
	if (code == NULL)
		return;
	column->lossy = palloc(sizeof(char *));
	column->lossy[0] = code;
	column->nlossy = 1;
}

/* By the target's rule, or its table; what neither knows is OPAQUE. */
static GwStatus
native_base(NativeReader *r, const GwNativeText *native, GwColumn *column)
{
	const char *dot = strrchr(native->name, '.');
	const char *name = dot ? dot + 1 : native->name;
	int64 args[3] = {GW_ABSENT, GW_ABSENT, GW_ABSENT};
	int nargs = 0;
	ListCell *lc;

	foreach(lc, native->args)
		if (nargs < 2 && native_number(lfirst(lc), &args[nargs]))
			nargs++;
	if (r->target->map_native != NULL && r->target->map_native(name, args, nargs, column))
		return nargs == list_length(native->args)
				   ? GW_OK : native_fault(r, "Its parameters are one or two numbers");
	for (const GwDdlNative *row = r->target->natives; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
		{
			/* Nested parts and lists are one thing with parameters, another without. */
			if ((row->params >= GW_NATIVE_ARRAY && row->params <= GW_NATIVE_RANGE &&
				 native->args == NIL))
				continue;
			column->type = gw_type_make(row->type);
			native_lossy(column, row->lossy);
			return native_parameters(r, row, native->args, &column->type);
		}
	column->type = gw_type_make(GW_TYPE_OPAQUE);
	native_lossy(column, "opaque");
	return GW_OK;
}

static GwStatus
native_read(NativeReader *r, const char *text, GwColumn *column)
{
	GwNativeText native;
	const char *member, *fault;

	memset(column, 0, sizeof(*column));
	column->nullable = true;
	if (r->depth++ >= GW_TYPE_MAX_DEPTH)
		return native_fault(r, "It nests too deep");
	if (!gw_ddl_native_split(text, &native))
		return native_fault(r, "Its words, parameters and brackets do not fit together");
	if (native_base(r, &native, column) != GW_OK)
		return GW_FAILED;
	fault = gw_type_check(&column->type, &member);
	if (fault != NULL)
		return native_fault(r, fault);
	if (native.dimensions > 0)
	{
		GwType array = gw_type_make(GW_TYPE_ARRAY);

		array.element = palloc(sizeof(GwColumn));
		*array.element = *column;
		if (native.dimensions > 1)
			array.dimensions = native.dimensions;
		memset(column, 0, sizeof(*column));
		column->nullable = true;
		column->type = array;
	}
	r->depth--;
	return GW_OK;
}

GwStatus
gw_ddl_map_type(const GwDdlTarget *target, const char *native, GwColumn *column, GwError *err)
{
	NativeReader r = {target, native, 0, err};

	if (native_read(&r, native, column) != GW_OK)
		return GW_FAILED;
	column->native_type = native;
	return GW_OK;
}
