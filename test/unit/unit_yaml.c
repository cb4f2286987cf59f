/*
 * unit_yaml.c
 *	  YAML trees and .env files: values, lines, variables, merging, writing.
 */
#include "postgres.h"

#include "gw_unit.h"

#include "base/gw_envfile.h"
#include "base/gw_yaml.h"

static const char *
yaml_variable(const char *name, void *arg)
{
	return gw_envfile_get(arg, name);
}

/* The value under key a, expanded with A=x: {y and E= (empty); NULL: refused. */
static GwYaml *
yaml_a(const char *text, GwError *err)
{
	List *variables;
	GwYaml *root;

	if (gw_envfile_parse("A=x: {y\nE=", &variables, err) != GW_OK ||
		gw_yaml_parse(text, &root, err) != GW_OK ||
		gw_yaml_expand(root, yaml_variable, variables, err) != GW_OK)
		return NULL;
	return gw_yaml_get(root, "a");
}

GW_UNIT(yaml_values)
{
	static const struct
	{
		const char *text, *value;
	} cases[] = {
		{"a: b", "b"},
		{"a: 010", "010"},
		{"a: 'b'", "b"},
		{"a: \"b\\u00e9\"", "b\xC3\xA9"},
		{"a: |\n  b\n  c\n", "b\nc\n"},
		{"a: ${A}", "x: {y"},
		{"{a: ${A}, b: c}", "x: {y"},
		{"{a: p${A}q${A}}", "px: {yqx: {y"},
		{"a: '${E}'", ""},
		{"a: $${A}", "${A}"},
		{"a: $$", "$$"},
		{"a: 'null'", "null"},
		{"b: &x c\na: *x", "c"},
		{"a: b # ${", "b"},
	};
	GwError err;

	for (int i = 0; i < lengthof(cases); i++)
	{
		GwYaml *a = yaml_a(cases[i].text, &err);

		CHECK(a != NULL && a->kind == GW_YAML_TEXT);
		CHECK_STR(a ? a->text : err.message, cases[i].value);
	}
	CHECK_INT(yaml_a("a:", &err)->kind, GW_YAML_NULL);
	CHECK_INT(yaml_a("a: ~", &err)->kind, GW_YAML_NULL);
	CHECK_INT(yaml_a("\n\na: [b]", &err)->kind, GW_YAML_LIST);
	CHECK_INT(yaml_a("\n\na: [b]", &err)->line, 3);
	CHECK(yaml_a("a:\n  - ${B}", &err) == NULL);
	CHECK_STR(err.message, "line 2: variable \"B\" is not defined");
}

GW_UNIT(yaml_merge)
{
	GwError err;
	GwYaml *root, *merged;

	CHECK_INT(gw_yaml_parse("a: {x: 1, y: {p: 1, q: 2}}\n"
							"b: {y: {q: 3, r: 4}, z: 5}\n",
							&root, &err),
			  GW_OK);
	merged = gw_yaml_merge(gw_yaml_get(root, "a"), gw_yaml_get(root, "b"));
	CHECK_STR(gw_yaml_get(merged, "x")->text, "1");
	CHECK_STR(gw_yaml_get(gw_yaml_get(merged, "y"), "p")->text, "1");
	CHECK_STR(gw_yaml_get(gw_yaml_get(merged, "y"), "q")->text, "3");
	CHECK_STR(gw_yaml_get(gw_yaml_get(merged, "y"), "r")->text, "4");
	CHECK_STR(gw_yaml_get(merged, "z")->text, "5");
	CHECK_STR(gw_yaml_get(gw_yaml_get(gw_yaml_get(root, "a"), "y"), "q")->text, "2");
}

GW_UNIT(envfile)
{
	List *v;
	GwError err;

	CHECK_INT(gw_envfile_parse("# c\n\n  export A = b c  # d\nB='x # \\'\nC=\"q\\\"\\n$A\" # e\r\n"
							   "D=\nE=a#b\nA=last\nF=#none\n",
							   &v, &err),
			  GW_OK);
	CHECK_STR(gw_envfile_get(v, "A"), "last");
	CHECK_STR(gw_envfile_get(v, "B"), "x # \\");
	CHECK_STR(gw_envfile_get(v, "C"), "q\"\n$A");
	CHECK_STR(gw_envfile_get(v, "D"), "");
	CHECK_STR(gw_envfile_get(v, "E"), "a#b");
	CHECK_STR(gw_envfile_get(v, "F"), "");
	CHECK(gw_envfile_get(v, "G") == NULL);
	CHECK_INT(gw_envfile_parse("A=1\nB 2\n", &v, &err), GW_FAILED);
	CHECK_STR(err.message, "line 2 of the environment file: no = after the name");
	CHECK_INT(gw_envfile_parse("A='x\n'", &v, &err), GW_FAILED);
	CHECK_INT(gw_envfile_parse("A='x' y", &v, &err), GW_FAILED);
	CHECK_INT(gw_envfile_parse("1=x", &v, &err), GW_FAILED);
}
