/*
 * gw_settings.c
 *	  The settings of a connection, as platforms collect them for a transport.
 *
 * Knows no setting's meaning.  A list lives in the context of its first setting.
 */
#include "postgres.h"

#include "platform/gw_settings.h"

#define SETTINGS_FIRST 32

void
gw_settings_add(GwSettings *list, const char *name, const char *value)
{
	if (value == NULL)
		return;
	if (list->items == NULL)
	{
		list->room = SETTINGS_FIRST;
		list->items = palloc(list->room * sizeof(GwSetting));
	}
	else if (list->n == list->room)
	{
		list->room *= 2;
		list->items = repalloc(list->items, list->room * sizeof(GwSetting));
	}
	list->items[list->n++] = (GwSetting){name, value};
}

void
gw_settings_ensure(GwSettings *list, const char *name, const char *value)
{
	if (gw_settings_value(list, name) == NULL)
		gw_settings_add(list, name, value);
}

static void
wire_add(const GwOption *option, const char *value, void *arg)
{
	gw_settings_add(arg, option->name, value);
}

void
gw_settings_add_wire(GwSettings *list, const GwOptionSet *options)
{
	gw_options_each(options, GW_OPTF_WIRE, wire_add, list);
}

static const char *
setting_find(const GwSetting *settings, int nsettings, const char *name)
{
	for (int i = 0; i < nsettings; i++)
		if (strcmp(settings[i].name, name) == 0)
			return settings[i].value;
	return NULL;
}

const char *
gw_settings_value(const GwSettings *list, const char *name)
{
	return setting_find(list->items, list->n, name);
}

char *
gw_settings_copy(const GwSetting *settings, int nsettings, const char *name)
{
	const char *value = setting_find(settings, nsettings, name);

	return value ? pstrdup(value) : NULL;
}
