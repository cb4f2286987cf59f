/*
 * gw_config_read.c
 *	  What a configuration of connections says, checked against the options of
 *	  this build's platforms.
 *
 * Creates nothing.  What it returns lives in the caller's memory context.
 */
#include "postgres.h"

#include "api/gw_config.h"
#include "base/gw_compat.h"
#include "base/gw_envfile.h"
#include "base/gw_near.h"
#include "base/gw_secret.h"
#include "utils/builtins.h"

/* Edits by which a key or name may miss and still be understood. */
#define CONFIG_NEAR_EDITS 3

/* Names of variables that are secrets wherever they end up. */
static const char *const config_secret_words[] = {"PASS", "PWD", "SECRET", "TOKEN", "KEY",
												   "CREDENTIAL"};

static const char *const config_top_keys[] = {"target", "connections", "connection_settings",
											   "environments"};
static const char *const config_own_keys[] = {"type", "description", "connection_pool",
											   "ssh_tunnel"};
static const char *const config_pool_keys[] = {"min_connections", "max_connections",
												"retry_attempts"};
static const char *const config_setting_keys[] = {
	"default_timeout", "connection_retry_delay", "pool_recycle_time", "health_check_interval"};

/* A tunnel's keys, and the server options that keep them. */
static const struct
{
	const char *key;
	const char *option;
} config_tunnel_keys[] = {
	{"enabled", "ssh_tunnel"},		  {"host", "ssh_host"},
	{"port", "ssh_port"},			  {"username", "ssh_user"},
	{"user", "ssh_user"},			  {"private_key_path", "ssh_private_key_path"},
	{"private_key_file", "ssh_private_key_path"},
};

typedef struct ConfigReader
{
	const GwConfigSource *source;
	const GwYaml *settings; /* connection_settings, or NULL */
	GwConfig *config;
} ConfigReader;

/* ---------- faults ---------- */

static GW_NORETURN void
config_refuse(int line, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("line %d: %s", line, what),
			 hint ? errhint("%s", hint) : 0));
}

/* The word nearest to a misspelt one, or NULL. */
static const char *
config_nearest(const char *wanted, const char *const *words, int n)
{
	const char *best = NULL;
	GwNear near;

	gw_near_begin(&near, wanted, Min(CONFIG_NEAR_EDITS, (int) strlen(wanted) / 2));
	for (int i = 0; i < n; i++)
	{
		if (gw_near_offer(&near, words[i], (int) strlen(words[i])))
			best = words[i];
	}
	return best;
}

/* "a, b, c" */
static char *
config_words(const char *const *words, int n)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < n; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? ", " : "", words[i]);
	return out.data;
}

/* A word that is none of those there are: says which, and which was meant. */
static GW_NORETURN void
config_refuse_word(int line, const char *what, const char *word, const char *const *words, int n)
{
	const char *nearest = config_nearest(word, words, n);
	char *hint = n == 0 ? "There is none." : psprintf("There are: %s.", config_words(words, n));

	if (nearest != NULL)
		hint = psprintf("Perhaps you meant \"%s\". %s", nearest, hint);
	config_refuse(line, psprintf("%s \"%s\"", what, word), hint);
}

static bool
config_word_in(const char *word, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (strcmp(word, words[i]) == 0)
			return true;
	}
	return false;
}

static void
config_check_keys(const GwYaml *map, const char *where, const char *const *words, int n)
{
	for (int i = 0; i < list_length(map->items); i++)
	{
		GwYamlPair *pair = list_nth(map->items, i);

		if (!config_word_in(pair->key, words, n))
			config_refuse_word(pair->line, psprintf("%s has no key", where), pair->key, words, n);
	}
}

/* A mapping, or nothing (NULL); anything else is refused. */
static GwYaml *
config_map(GwYaml *value, const char *what)
{
	if (value == NULL || value->kind == GW_YAML_NULL)
		return NULL;
	if (value->kind != GW_YAML_MAP)
		config_refuse(value->line, psprintf("%s must be a mapping of keys to values", what), NULL);
	return value;
}

/* A text, or NULL for nothing. */
static char *
config_text(const GwYaml *value, const char *what)
{
	if (value == NULL || value->kind == GW_YAML_NULL)
		return NULL;
	if (value->kind != GW_YAML_TEXT)
		config_refuse(value->line, psprintf("%s must be a single value", what), NULL);
	return value->text;
}

/* ---------- variables ---------- */

static bool
config_is_secret_name(const char *name)
{
	char *upper = pstrdup(name);

	for (char *c = upper; *c != '\0'; c++)
		*c = pg_ascii_toupper((unsigned char) *c);
	for (int i = 0; i < lengthof(config_secret_words); i++)
	{
		if (strstr(upper, config_secret_words[i]) != NULL)
			return true;
	}
	return false;
}

/*
 * The environment file's, else the server's own environment where the caller
 * could refer to it by 'env:NAME' as well.
 */
static const char *
config_variable(const char *name, void *arg)
{
	const GwConfigSource *source = arg;
	const char *value = gw_envfile_get(source->variables, name);
	char *ref = psprintf("env:%s", name);
	char *found = NULL;
	GwError err;

	if (value != NULL)
	{
		if (config_is_secret_name(name))
			gw_secret_register(value);
		return value;
	}
	if (gw_secret_ref_valid(ref) && gw_secret_ref_allowed(ref) &&
		gw_secret_resolve(ref, &found, &err) == GW_OK)
		return found;
	return NULL;
}

static void
config_expand(ConfigReader *reader, GwYaml *node)
{
	GwError err;

	if (gw_yaml_expand(node, config_variable, (void *) reader->source, &err) == GW_OK)
		return;
	if (err.hint[0] == '\0')
		gw_error_hint(&err, "Set it in the environment file, or start the server with a variable "
							"of that name that warehouse_gw.env_allow lets pass.");
	gw_error_report(&err, ERROR);
}

/* ---------- one connection ---------- */

/* Keep an option; two spellings of one are refused. */
static void
connection_add(GwConfigConnection *connection, const GwOption *option, const char *value, int line)
{
	bool server = (option->where & GW_OPT_SERVER) != 0;
	List **list = server ? &connection->server : &connection->mapping;
	GwConfigOption *added = palloc(sizeof(GwConfigOption));
	ListCell *lc;

	foreach(lc, *list)
	{
		GwConfigOption *earlier = lfirst(lc);

		if (earlier->option == option)
			config_refuse(line,
						  psprintf("option \"%s\" is given twice, first in line %d", option->name,
								   earlier->line),
						  NULL);
	}
	added->option = option;
	added->value = pstrdup(value);
	added->line = line;
	*list = lappend(*list, added);
}

static bool
connection_has(const List *list, const GwOption *option)
{
	ListCell *lc;

	foreach(lc, list)
	{
		if (((GwConfigOption *) lfirst(lc))->option == option)
			return true;
	}
	return false;
}

/* An accepted key that changes nothing here: say so instead of pretending. */
static void
connection_no_effect(const GwYamlPair *pair, const char *why)
{
	ereport(NOTICE, (errmsg("line %d: \"%s\" has no effect", pair->line, pair->key),
					 errdetail("%s", why)));
}

static void
connection_pool(const GwConfigConnection *connection, GwYaml *pool)
{
	if (pool == NULL)
		return;
	config_check_keys(pool, "connection_pool", config_pool_keys, lengthof(config_pool_keys));
	for (int i = 0; i < list_length(pool->items); i++)
	{
		GwYamlPair *pair = list_nth(pool->items, i);

		(void) config_text(pair->value, pair->key);
		connection_no_effect(pair, "Each session keeps one connection to a server.");
	}
}

static void
connection_tunnel(GwConfigConnection *connection, GwYaml *tunnel)
{
	const char *keys[lengthof(config_tunnel_keys)];
	GwYamlPair *enabled = gw_yaml_pair(tunnel, "enabled");
	bool on = true;

	if (tunnel == NULL)
		return;
	for (int i = 0; i < lengthof(config_tunnel_keys); i++)
		keys[i] = config_tunnel_keys[i].key;
	config_check_keys(tunnel, "ssh_tunnel", keys, lengthof(keys));
	if (enabled != NULL)
	{
		char *text = config_text(enabled->value, "enabled");

		if (text == NULL || !parse_bool(text, &on))
			config_refuse(enabled->line, "\"enabled\" must be true or false", NULL);
	}
	for (int i = 0; i < lengthof(config_tunnel_keys); i++)
	{
		GwYamlPair *pair = gw_yaml_pair(tunnel, config_tunnel_keys[i].key);
		char *text = pair ? config_text(pair->value, pair->key) : NULL;

		/* Of a tunnel that is off, that is all there is to know. */
		if (text != NULL && pair != enabled && on)
			connection_add(connection,
						   gw_option_find(connection->platform->options,
										  config_tunnel_keys[i].option),
						   text, pair->line);
	}
	connection_add(connection, gw_option_find(connection->platform->options, "ssh_tunnel"),
				   on ? "true" : "false", enabled ? enabled->line : tunnel->line);
}

/* A key that must be an option of a server or user mapping. */
static const GwOption *
connection_option(const GwConfigConnection *connection, const GwYamlPair *pair)
{
	const GwOptionTable *table = connection->platform->options;
	const GwOption *option = gw_option_find(table, pair->key);
	const char *nearest;

	if (option != NULL && (option->where & (GW_OPT_SERVER | GW_OPT_MAPPING)) != 0)
		return option;
	nearest = config_nearest(pair->key, config_own_keys, lengthof(config_own_keys));
	if (nearest == NULL)
	{
		option = gw_option_nearest(table, GW_OPT_SERVER | GW_OPT_MAPPING, pair->key);
		nearest = option ? option->name : NULL;
	}
	config_refuse(pair->line,
				  psprintf("connection \"%s\" (%s) has no key \"%s\"", connection->name,
						   connection->platform->name, pair->key),
				  nearest ? psprintf("Perhaps you meant \"%s\".", nearest)
						  : psprintf("gw.options('%s') lists what there is.",
									 connection->platform->name));
}

/* What connection_settings gives to every connection that does not say it. */
static void
connection_defaults(ConfigReader *reader, GwConfigConnection *connection)
{
	GwYamlPair *timeout = gw_yaml_pair(reader->settings, "default_timeout");
	const GwOption *option = gw_option_find(connection->platform->options, "connect_timeout");
	char *text = timeout ? config_text(timeout->value, timeout->key) : NULL;

	if (text != NULL && option != NULL && !connection_has(connection->server, option))
		connection_add(connection, option, text, timeout->line);
}

static const char *const *
config_platform_names(int *n)
{
	const GwPlatform *const *platforms = gw_platforms(n);
	const char **names = palloc(sizeof(char *) * *n);

	for (int i = 0; i < *n; i++)
		names[i] = platforms[i]->name;
	return names;
}

static void
connection_read(ConfigReader *reader, const GwYamlPair *entry)
{
	GwConfigConnection *connection = palloc0(sizeof(GwConfigConnection));
	GwYaml *body = config_map(entry->value, psprintf("connection \"%s\"", entry->key));
	GwYaml *type = gw_yaml_get(body, "type");
	GwYaml *tunnel;
	int n;
	const char *const *names = config_platform_names(&n);

	connection->name = entry->key;
	connection->line = entry->line;
	if (entry->key[0] == '\0' || strlen(entry->key) >= NAMEDATALEN)
		config_refuse(entry->line,
					  psprintf("a connection's name has 1 to %d bytes", NAMEDATALEN - 1), NULL);
	if (type != NULL)
		config_expand(reader, type);
	connection->type = type ? config_text(type, "type") : NULL;
	if (connection->type == NULL)
		connection->type = entry->key;
	connection->platform = gw_platform_find(connection->type);
	/* It is shown, and may be anything. */
	connection->type = pstrdup(connection->type);
	gw_secret_redact((char *) connection->type);
	reader->config->connections = lappend(reader->config->connections, connection);
	if (connection->platform == NULL && reader->source->skip_unknown)
		return;
	if (connection->platform == NULL)
		config_refuse_word(type ? type->line : entry->line,
						   psprintf("connection \"%s\" needs a platform that this build has not:",
									entry->key),
						   connection->type, names, n);
	if (body == NULL)
		return;
	config_expand(reader, body);
	for (int i = 0; i < list_length(body->items); i++)
	{
		GwYamlPair *pair = list_nth(body->items, i);
		const GwOption *option;
		char *text;

		/* An export gives the tunnel as the plain options it became. */
		if (config_word_in(pair->key, config_own_keys, lengthof(config_own_keys)) &&
			(strcmp(pair->key, "ssh_tunnel") != 0 || pair->value->kind != GW_YAML_TEXT))
			continue;
		option = connection_option(connection, pair);
		text = config_text(pair->value, psprintf("\"%s\"", pair->key));
		if (text != NULL)
			connection_add(connection, option, text, pair->line);
	}
	connection->description = config_text(gw_yaml_get(body, "description"), "description");
	connection_pool(connection,
					config_map(gw_yaml_get(body, "connection_pool"), "connection_pool"));
	tunnel = gw_yaml_get(body, "ssh_tunnel");
	if (tunnel != NULL && tunnel->kind != GW_YAML_TEXT)
		connection_tunnel(connection, config_map(tunnel, "ssh_tunnel"));
	connection_defaults(reader, connection);
}

/* ---------- the whole ---------- */

/* `sources` and `targets` that hold connections, rather than being one each. */
static bool
config_is_group(const GwYamlPair *entry)
{
	if (strcmp(entry->key, "sources") != 0 && strcmp(entry->key, "targets") != 0)
		return false;
	if (entry->value->kind != GW_YAML_MAP)
		return entry->value->kind == GW_YAML_NULL;
	for (int i = 0; i < list_length(entry->value->items); i++)
	{
		GwYamlPair *pair = list_nth(entry->value->items, i);

		if (pair->value->kind == GW_YAML_TEXT || pair->value->kind == GW_YAML_LIST)
			return false;
	}
	return true;
}

static GwConfigConnection *
config_find(const GwConfig *config, const char *name)
{
	ListCell *lc;

	foreach(lc, config->connections)
	{
		GwConfigConnection *connection = lfirst(lc);

		if (strcmp(connection->name, name) == 0)
			return connection;
	}
	return NULL;
}

static void
config_entry(ConfigReader *reader, const GwYamlPair *entry)
{
	GwConfigConnection *earlier = config_find(reader->config, entry->key);

	if (earlier != NULL)
		config_refuse(entry->line,
					  psprintf("connection \"%s\" is given twice, first in line %d", entry->key,
							   earlier->line),
					  "A connection becomes a server of that name, so each needs one of its own.");
	connection_read(reader, entry);
}

/* The root with the chosen environment merged into it. */
static GwYaml *
config_environment(GwYaml *root, const char *wanted)
{
	GwYaml *all = config_map(gw_yaml_get(root, "environments"), "environments");
	int n = all ? list_length(all->items) : 0;
	const char **names = palloc(sizeof(char *) * Max(n, 1));
	GwYaml *chosen = NULL;

	for (int i = 0; i < n; i++)
	{
		GwYamlPair *pair = list_nth(all->items, i);
		GwYaml *body = config_map(pair->value, psprintf("environment \"%s\"", pair->key));

		names[i] = pair->key;
		if (body == NULL)
			continue;
		/* All but the last: an environment holds no environments. */
		config_check_keys(body, psprintf("environment \"%s\"", pair->key), config_top_keys,
						  lengthof(config_top_keys) - 1);
	}
	if (wanted == NULL)
		return root;
	if (n == 0)
		config_refuse(root->line, psprintf("there is no environment \"%s\"", wanted),
					  "The configuration has no \"environments\".");
	if (gw_yaml_pair(all, wanted) == NULL)
		config_refuse_word(all->line, "there is no environment", wanted, names, n);
	chosen = config_map(gw_yaml_get(all, wanted), wanted);
	return chosen ? gw_yaml_merge(root, chosen) : root;
}

static void
config_settings(ConfigReader *reader, GwYaml *settings)
{
	if (settings == NULL)
		return;
	config_check_keys(settings, "connection_settings", config_setting_keys,
					  lengthof(config_setting_keys));
	config_expand(reader, settings);
	reader->settings = settings;
	for (int i = 0; i < list_length(settings->items); i++)
	{
		GwYamlPair *pair = list_nth(settings->items, i);

		(void) config_text(pair->value, pair->key);
		if (strcmp(pair->key, "default_timeout") != 0)
			connection_no_effect(pair, "A connection lives with its session, and is made again "
									   "when it is found broken.");
	}
}

static void
config_target(ConfigReader *reader, GwYaml *target)
{
	GwConfig *config = reader->config;
	int n = 0;
	const char **names = palloc(sizeof(char *) * Max(list_length(config->connections), 1));
	ListCell *lc;

	if (target == NULL)
		return;
	config_expand(reader, target);
	config->target = config_text(target, "target");
	config->target_line = target->line;
	foreach(lc, config->connections)
		names[n++] = ((GwConfigConnection *) lfirst(lc))->name;
	if (config->target != NULL && config_find(config, config->target) == NULL)
		config_refuse_word(target->line, "the target is no connection here:", config->target,
						   names, n);
}

GwConfig *
gw_config_read(const GwConfigSource *source)
{
	ConfigReader reader = {.source = source};
	GwYaml *root, *connections;
	GwError err;

	reader.config = palloc0(sizeof(GwConfig));
	if (gw_yaml_parse(source->yaml, &root, &err) != GW_OK)
		gw_error_report(&err, ERROR);
	if (config_map(root, "the configuration") == NULL)
		config_refuse(1, "the configuration is empty", NULL);
	config_check_keys(root, "the configuration", config_top_keys, lengthof(config_top_keys));
	root = config_environment(root, source->environment);
	connections = config_map(gw_yaml_get(root, "connections"), "connections");
	if (connections == NULL)
		config_refuse(root->line, "the configuration has no \"connections\"", NULL);
	config_settings(&reader, config_map(gw_yaml_get(root, "connection_settings"),
										"connection_settings"));
	for (int i = 0; i < list_length(connections->items); i++)
	{
		GwYamlPair *entry = list_nth(connections->items, i);

		if (!config_is_group(entry))
		{
			config_entry(&reader, entry);
			continue;
		}
		for (int j = 0; j < list_length(entry->value->items); j++)
			config_entry(&reader, list_nth(entry->value->items, j));
	}
	config_target(&reader, gw_yaml_get(root, "target"));
	return reader.config;
}
