/*
 * target_yaml.c
 *	  Configurations: what is read keeps its limits, no variable is taken for
 *	  YAML, and what is written reads back.
 *
 * The input is a YAML text; its first line is a .env file's, with ';' for line
 * ends, that gives the variables.
 */
#include "fuzz.h"

#include "base/gw_envfile.h"
#include "base/gw_yaml.h"

static const char *
value_of(const char *name, void *arg)
{
	return gw_envfile_get(arg, name);
}

/* Every node is whole, and the counts are what the limits were held to. */
static int
check_tree(const GwYaml *node, int depth)
{
	int nodes = 1;

	FUZZ_CHECK(depth < GW_YAML_MAX_DEPTH * 2);
	FUZZ_CHECK(node->line >= 1);
	FUZZ_CHECK(node->items == NIL || node->kind == GW_YAML_LIST || node->kind == GW_YAML_MAP);
	if (node->kind == GW_YAML_TEXT)
		FUZZ_CHECK(fuzz_valid(node->text, strlen(node->text)));
	for (int i = 0; i < list_length(node->items); i++)
	{
		void *item = list_nth(node->items, i);

		if (node->kind == GW_YAML_MAP)
		{
			GwYamlPair *pair = item;

			FUZZ_CHECK(gw_yaml_pair(node, pair->key) == pair);
			nodes += check_tree(pair->value, depth + 1);
		}
		else
			nodes += check_tree(item, depth + 1);
	}
	return nodes;
}

static void
check_error(const GwError *err)
{
	FUZZ_CHECK(err->message[0] != '\0' && fuzz_valid(err->message, strlen(err->message)));
	FUZZ_CHECK(err->sqlstate == ERRCODE_INVALID_PARAMETER_VALUE ||
			   err->sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

/* A text that was written is that text again, and no variable. */
static void
check_written(const char *text)
{
	StringInfoData out;
	GwYaml *root, *value;
	GwError err;

	for (const char *c = text; (c = strstr(c, "\xEE\x80")) != NULL; c += 2)
		if ((unsigned char) c[2] <= 0x82)
			return;
	initStringInfo(&out);
	appendStringInfoString(&out, "a: [");
	gw_yaml_write(&out, text);
	appendStringInfoString(&out, ", b]\n");
	if (gw_yaml_parse(out.data, &root, &err) != GW_OK)
		fuzz_fail("%s: %s", err.message, out.data);
	value = list_nth(gw_yaml_get(root, "a")->items, 0);
	FUZZ_CHECK(!value->has_variable);
	FUZZ_CHECK(gw_yaml_expand(value, value_of, NIL, &err) == GW_OK);
	if (value->kind != GW_YAML_TEXT || strcmp(value->text, text) != 0)
		fuzz_fail("\"%s\" reads back as \"%s\"", text, value->text);
}

void
fuzz_one(char *text, size_t len)
{
	char *yaml = memchr(text, '\n', len);
	List *variables = NIL;
	GwYaml *root;
	GwError err;

	if (yaml == NULL || memchr(text, '\0', len) != NULL || !fuzz_valid(text, len))
		return;
	*yaml++ = '\0';
	check_written(yaml);
	for (char *c = text; *c != '\0'; c++)
		if (*c == ';')
			*c = '\n';
	if (gw_envfile_parse(text, &variables, &err) != GW_OK)
	{
		check_error(&err);
		variables = NIL;
	}
	if (gw_yaml_parse(yaml, &root, &err) != GW_OK)
	{
		check_error(&err);
		return;
	}
	/* An empty document has no node at all. */
	FUZZ_CHECK(check_tree(root, 0) == Max(root->nodes, 1));
	FUZZ_CHECK(root->nodes <= GW_YAML_MAX_NODES);
	if (root->kind == GW_YAML_MAP && list_length(root->items) > 1)
	{
		GwYamlPair *first = list_nth(root->items, 0);
		GwYamlPair *second = list_nth(root->items, 1);

		(void) check_tree(gw_yaml_merge(first->value, second->value), 0);
	}
	if (gw_yaml_expand(root, value_of, variables, &err) != GW_OK)
		check_error(&err);
	else
		(void) check_tree(root, 0);
}
