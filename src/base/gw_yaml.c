/*
 * gw_yaml.c
 *	  Reading YAML: one document, as a tree that knows its lines.
 *
 * The only file that knows libyaml.  Does not know what a document means.
 * Variables are hidden from the parser behind private characters, because
 * "${NAME}" unquoted ends a scalar inside a flow mapping.
 */
#include "postgres.h"

#include <yaml.h>

#include "base/gw_guard.h"
#include "base/gw_yaml.h"
#include "mb/pg_wchar.h"

/* Private characters that stand for "${", "}" and "$${"; in UTF-8. */
#define MARK_OPEN "\xEE\x80\x80"
#define MARK_CLOSE "\xEE\x80\x81"
#define MARK_LITERAL "\xEE\x80\x82"
#define MARK_LEN 3

typedef struct YamlHandle
{
	yaml_parser_t parser;
	yaml_event_t event; /* a zeroed one is none */
} YamlHandle;

typedef struct YamlAnchor
{
	char *name;
	GwYaml *node;
} YamlAnchor;

typedef struct YamlReader
{
	YamlHandle *handle;
	GwError *err;
	List *anchors; /* YamlAnchor *, of complete nodes */
	int aliases;
	int nodes;
} YamlReader;

static GwStatus reader_node(YamlReader *reader, int depth, GwYaml **result);

/* ---------- failures ---------- */

static GwStatus
yaml_refuse(GwError *err, int line, const char *why)
{
	return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE, "line %d: %s", line,
						why);
}

static GwStatus
yaml_too_much(GwError *err, int line, const char *what, int limit)
{
	return gw_error_set(err, GW_ERR_INVALID, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
						"line %d: more than %d %s", line, limit, what);
}

/* ---------- variables ---------- */

static bool
name_char(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		   (!first && c >= '0' && c <= '9');
}

static bool
mark_at(const char *text, const char *mark)
{
	return strncmp(text, mark, MARK_LEN) == 0;
}

/* Hide the variables of a UTF-8 text behind the marks. */
static GwStatus
marks_set(const char *text, StringInfo out, GwError *err)
{
	int line = 1;

	for (; *text != '\0'; text++)
	{
		const char *name = text + 2;
		int len = 0;

		if (*text == '\n')
			line++;
		if (mark_at(text, MARK_OPEN) || mark_at(text, MARK_CLOSE) || mark_at(text, MARK_LITERAL))
			return yaml_refuse(err, line, "the characters U+E000 to U+E002 cannot be used");
		if (strncmp(text, "$${", 3) == 0)
		{
			appendStringInfoString(out, MARK_LITERAL);
			text += 2;
			continue;
		}
		if (strncmp(text, "${", 2) != 0)
		{
			appendStringInfoChar(out, *text);
			continue;
		}
		while (name_char(name[len], len == 0))
			len++;
		/* A comment may hold anything; a mark without its end is found later. */
		appendStringInfoString(out, MARK_OPEN);
		appendBinaryStringInfo(out, name, len);
		text += 1 + len;
		if (len > 0 && name[len] == '}')
		{
			appendStringInfoString(out, MARK_CLOSE);
			text++;
		}
	}
	return GW_OK;
}

/* Does a scalar hold a variable, and is each one whole? */
static GwStatus
marks_check(const char *text, int line, bool *found, GwError *err)
{
	*found = false;
	while ((text = strstr(text, MARK_OPEN)) != NULL)
	{
		const char *end = text + MARK_LEN;

		while (name_char(*end, end == text + MARK_LEN))
			end++;
		if (!mark_at(end, MARK_CLOSE))
		{
			yaml_refuse(err, line, "\"${\" begins no variable");
			gw_error_hint(err, "Write ${NAME}, with letters, digits and underscores, or $${ for "
							   "the characters themselves.");
			return GW_FAILED;
		}
		*found = true;
		text = end + MARK_LEN;
	}
	return GW_OK;
}

/* A piece without variables as it is meant: "$${" reads "${", in our encoding. */
static char *
marks_literal(char *text)
{
	char *begin = text;
	char *to = text;

	while (*text != '\0')
	{
		if (mark_at(text, MARK_LITERAL))
		{
			*to++ = '$';
			*to++ = '{';
			text += MARK_LEN;
		}
		else
			*to++ = *text++;
	}
	*to = '\0';
	return GetDatabaseEncoding() == PG_UTF8 ? begin
											: pg_any_to_server(begin, (int) strlen(begin), PG_UTF8);
}

/* ---------- the tree ---------- */

static void
handle_release(void *arg)
{
	YamlHandle *handle = arg;

	yaml_event_delete(&handle->event);
	yaml_parser_delete(&handle->parser);
}

/* Move to the next event. */
static GwStatus
reader_next(YamlReader *reader)
{
	yaml_parser_t *parser = &reader->handle->parser;

	yaml_event_delete(&reader->handle->event);
	if (yaml_parser_parse(parser, &reader->handle->event))
		return GW_OK;
	if (parser->error == YAML_MEMORY_ERROR)
		return gw_error_set(reader->err, GW_ERR_INTERNAL, ERRCODE_OUT_OF_MEMORY, "out of memory");
	/* The library's texts are constants: they show nothing of the document. */
	return yaml_refuse(reader->err, (int) parser->problem_mark.line + 1,
					   parser->problem ? parser->problem : "invalid YAML");
}

static int
reader_line(const YamlReader *reader)
{
	return (int) reader->handle->event.start_mark.line + 1;
}

/* Count what a tree has grown by. */
static GwStatus
reader_count(YamlReader *reader, int nodes, int line)
{
	reader->nodes += nodes;
	return reader->nodes > GW_YAML_MAX_NODES
			   ? yaml_too_much(reader->err, line, "values", GW_YAML_MAX_NODES)
			   : GW_OK;
}

static bool
scalar_is_null(const char *text)
{
	return text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
		   strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

static GwStatus
reader_scalar(YamlReader *reader, GwYaml *node)
{
	yaml_event_t *event = &reader->handle->event;
	size_t len = event->data.scalar.length;

	if (memchr(event->data.scalar.value, '\0', len) != NULL)
		return yaml_refuse(reader->err, node->line, "a value holds a zero byte");
	node->text = pnstrdup((const char *) event->data.scalar.value, len);
	node->kind = GW_YAML_TEXT;
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar_is_null(node->text))
		node->kind = GW_YAML_NULL;
	return marks_check(node->text, node->line, &node->has_variable, reader->err);
}

static GwStatus
reader_list(YamlReader *reader, int depth, GwYaml *node)
{
	node->kind = GW_YAML_LIST;
	for (;;)
	{
		GwYaml *item;

		if (reader_next(reader) != GW_OK)
			return GW_FAILED;
		if (reader->handle->event.type == YAML_SEQUENCE_END_EVENT)
			return GW_OK;
		if (reader_node(reader, depth, &item) != GW_OK)
			return GW_FAILED;
		node->items = lappend(node->items, item);
		node->nodes += item->nodes;
	}
}

/* The event at hand is the key's. */
static GwStatus
reader_key(YamlReader *reader, const GwYaml *map, GwYamlPair *pair)
{
	yaml_event_t *event = &reader->handle->event;
	GwYaml node = {.line = reader_line(reader)};
	GwYamlPair *earlier;

	if (event->type != YAML_SCALAR_EVENT || event->data.scalar.tag != NULL)
		return yaml_refuse(reader->err, node.line, "a key is no plain word");
	if (reader_scalar(reader, &node) != GW_OK)
		return GW_FAILED;
	if (node.has_variable)
		return yaml_refuse(reader->err, node.line, "a key cannot hold a variable");
	pair->key = marks_literal(node.text);
	pair->line = node.line;
	earlier = gw_yaml_pair(map, pair->key);
	if (earlier == NULL)
		return GW_OK;
	return gw_error_set(reader->err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
						"line %d: key \"%s\" is given twice, first in line %d", pair->line,
						pair->key, earlier->line);
}

static GwStatus
reader_map(YamlReader *reader, int depth, GwYaml *node)
{
	node->kind = GW_YAML_MAP;
	for (;;)
	{
		GwYamlPair *pair;

		if (reader_next(reader) != GW_OK)
			return GW_FAILED;
		if (reader->handle->event.type == YAML_MAPPING_END_EVENT)
			return GW_OK;
		pair = palloc0(sizeof(GwYamlPair));
		if (reader_key(reader, node, pair) != GW_OK || reader_next(reader) != GW_OK ||
			reader_node(reader, depth, &pair->value) != GW_OK)
			return GW_FAILED;
		node->items = lappend(node->items, pair);
		node->nodes += pair->value->nodes;
	}
}

/* What an alias stands for: shared, but counted as if it were written out. */
static GwStatus
reader_alias(YamlReader *reader, GwYaml **result)
{
	const char *name = (const char *) reader->handle->event.data.alias.anchor;
	int line = reader_line(reader);

	if (++reader->aliases > GW_YAML_MAX_ALIASES)
		return yaml_too_much(reader->err, line, "aliases", GW_YAML_MAX_ALIASES);
	for (int i = list_length(reader->anchors); i-- > 0;)
	{
		YamlAnchor *anchor = list_nth(reader->anchors, i);

		if (strcmp(anchor->name, name) == 0)
		{
			*result = anchor->node;
			return reader_count(reader, anchor->node->nodes, line);
		}
	}
	return yaml_refuse(reader->err, line, "an alias stands for nothing that is complete");
}

/* The anchor of the event at hand as a copy, or NULL; tags are refused. */
static GwStatus
reader_head(YamlReader *reader, char **anchor)
{
	yaml_event_t *event = &reader->handle->event;
	const yaml_char_t *tag = NULL;
	const yaml_char_t *name = NULL;

	if (event->type == YAML_SCALAR_EVENT)
	{
		tag = event->data.scalar.tag;
		name = event->data.scalar.anchor;
	}
	else if (event->type == YAML_SEQUENCE_START_EVENT)
	{
		tag = event->data.sequence_start.tag;
		name = event->data.sequence_start.anchor;
	}
	else if (event->type == YAML_MAPPING_START_EVENT)
	{
		tag = event->data.mapping_start.tag;
		name = event->data.mapping_start.anchor;
	}
	*anchor = name ? pstrdup((const char *) name) : NULL;
	return tag ? yaml_refuse(reader->err, reader_line(reader), "tags are not supported") : GW_OK;
}

/* The node that begins with the event at hand. */
static GwStatus
reader_node(YamlReader *reader, int depth, GwYaml **result)
{
	yaml_event_type_t type = reader->handle->event.type;
	GwYaml *node;
	char *name;
	GwStatus status;

	if (type == YAML_ALIAS_EVENT)
		return reader_alias(reader, result);
	node = palloc0(sizeof(GwYaml));
	node->line = reader_line(reader);
	node->nodes = 1;
	if (depth >= GW_YAML_MAX_DEPTH)
		return yaml_too_much(reader->err, node->line, "levels", GW_YAML_MAX_DEPTH);
	if (reader_count(reader, 1, node->line) != GW_OK || reader_head(reader, &name) != GW_OK)
		return GW_FAILED;
	if (type == YAML_SEQUENCE_START_EVENT)
		status = reader_list(reader, depth + 1, node);
	else if (type == YAML_MAPPING_START_EVENT)
		status = reader_map(reader, depth + 1, node);
	else
		status = reader_scalar(reader, node);
	if (status == GW_OK && name != NULL)
	{
		YamlAnchor *anchor = palloc(sizeof(YamlAnchor));

		anchor->name = name;
		anchor->node = node;
		reader->anchors = lappend(reader->anchors, anchor);
	}
	*result = node;
	return status;
}

/* The stream's events around the one document. */
static GwStatus
reader_document(YamlReader *reader, GwYaml **root)
{
	YamlHandle *handle = reader->handle;

	*root = palloc0(sizeof(GwYaml));
	(*root)->line = 1;
	if (reader_next(reader) != GW_OK || reader_next(reader) != GW_OK)
		return GW_FAILED;
	if (handle->event.type == YAML_STREAM_END_EVENT)
		return GW_OK;
	if (reader_next(reader) != GW_OK || reader_node(reader, 0, root) != GW_OK ||
		reader_next(reader) != GW_OK || reader_next(reader) != GW_OK)
		return GW_FAILED;
	if (handle->event.type != YAML_STREAM_END_EVENT)
		return yaml_refuse(reader->err, reader_line(reader), "a second document begins");
	return GW_OK;
}

GwStatus
gw_yaml_parse(const char *text, GwYaml **root, GwError *err)
{
	YamlReader reader = {.err = err};
	size_t len = strlen(text);
	GwGuard *guard;
	StringInfoData marked;
	GwStatus status;

	if (len > GW_YAML_MAX_BYTES)
		return gw_error_set(err, GW_ERR_INVALID, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
							"the text is larger than %d KiB", GW_YAML_MAX_BYTES / 1024);
	if (GetDatabaseEncoding() != PG_UTF8)
		text = pg_server_to_any(text, (int) len, PG_UTF8);
	initStringInfo(&marked);
	if (marks_set(text, &marked, err) != GW_OK)
		return GW_FAILED;
	reader.handle = palloc0(sizeof(YamlHandle));
	guard = gw_guard_create(CurrentMemoryContext, handle_release);
	if (!yaml_parser_initialize(&reader.handle->parser))
		return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_OUT_OF_MEMORY, "out of memory");
	gw_guard_put(guard, reader.handle);
	yaml_parser_set_encoding(&reader.handle->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.handle->parser, (const unsigned char *) marked.data,
								 marked.len);
	status = reader_document(&reader, root);
	gw_guard_release(guard);
	return status;
}

/* ---------- using it ---------- */

GwYamlPair *
gw_yaml_pair(const GwYaml *map, const char *key)
{
	if (map == NULL || map->kind != GW_YAML_MAP)
		return NULL;
	for (int i = 0; i < list_length(map->items); i++)
	{
		GwYamlPair *pair = list_nth(map->items, i);

		if (strcmp(pair->key, key) == 0)
			return pair;
	}
	return NULL;
}

GwYaml *
gw_yaml_get(const GwYaml *map, const char *key)
{
	GwYamlPair *pair = gw_yaml_pair(map, key);

	return pair ? pair->value : NULL;
}

GwYaml *
gw_yaml_merge(GwYaml *base, GwYaml *over)
{
	GwYaml *merged;

	if (base == NULL || base->kind != GW_YAML_MAP || over->kind != GW_YAML_MAP)
		return over;
	merged = palloc0(sizeof(GwYaml));
	merged->kind = GW_YAML_MAP;
	merged->line = base->line;
	for (int i = 0; i < list_length(base->items); i++)
	{
		GwYamlPair *pair = list_nth(base->items, i);
		GwYamlPair *other = gw_yaml_pair(over, pair->key);
		GwYamlPair *both = palloc(sizeof(GwYamlPair));

		*both = other ? *other : *pair;
		if (other != NULL)
			both->value = gw_yaml_merge(pair->value, other->value);
		merged->items = lappend(merged->items, both);
	}
	for (int i = 0; i < list_length(over->items); i++)
	{
		GwYamlPair *pair = list_nth(over->items, i);

		if (gw_yaml_pair(base, pair->key) == NULL)
			merged->items = lappend(merged->items, pair);
	}
	return merged;
}

/* One scalar: the marks become what the variables hold. */
static GwStatus
expand_text(GwYaml *node, const char *(*lookup)(const char *name, void *arg), void *arg,
			GwError *err)
{
	StringInfoData out;
	char *text = node->text;
	char *open;

	initStringInfo(&out);
	for (; (open = strstr(text, MARK_OPEN)) != NULL;)
	{
		char *name = open + MARK_LEN;
		char *end = strstr(name, MARK_CLOSE);
		const char *value;

		*open = *end = '\0';
		value = lookup(name, arg);
		if (value == NULL)
			return gw_error_set(err, GW_ERR_INVALID, ERRCODE_INVALID_PARAMETER_VALUE,
								"line %d: variable \"%s\" is not defined", node->line, name);
		appendStringInfoString(&out, marks_literal(text));
		appendStringInfoString(&out, value);
		text = end + MARK_LEN;
	}
	appendStringInfoString(&out, marks_literal(text));
	node->text = out.data;
	return GW_OK;
}

GwStatus
gw_yaml_expand(GwYaml *node, const char *(*lookup)(const char *name, void *arg), void *arg,
			   GwError *err)
{
	if (node->expanded)
		return GW_OK;
	node->expanded = true;
	if (node->kind == GW_YAML_TEXT)
		return expand_text(node, lookup, arg, err);
	for (int i = 0; i < list_length(node->items); i++)
	{
		void *item = list_nth(node->items, i);
		GwYaml *below = node->kind == GW_YAML_MAP ? ((GwYamlPair *) item)->value : item;

		if (gw_yaml_expand(below, lookup, arg, err) != GW_OK)
			return GW_FAILED;
	}
	return GW_OK;
}

/* Characters that YAML forbids, takes for line ends, or that we have taken. */
static bool
write_escapes(pg_wchar c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff ||
		   c == 0xfffe || c == 0xffff;
}

void
gw_yaml_write(StringInfo out, const char *text)
{
	bool utf8 = GetDatabaseEncoding() == PG_UTF8;

	appendStringInfoChar(out, '"');
	while (*text != '\0')
	{
		int len = utf8 ? pg_utf_mblen((const unsigned char *) text) : 1;
		pg_wchar c = utf8 ? utf8_to_unicode((const unsigned char *) text) : 0xa0;

		if ((unsigned char) *text < 0x80)
			c = (unsigned char) *text;
		if (c == '"' || c == '\\')
			appendStringInfoChar(out, '\\');
		if (strncmp(text, "${", 2) == 0)
			appendStringInfoChar(out, '$');
		if (write_escapes(c))
			appendStringInfo(out, "\\u%04X", c);
		else
			appendBinaryStringInfo(out, text, len);
		text += len;
	}
	appendStringInfoChar(out, '"');
}
