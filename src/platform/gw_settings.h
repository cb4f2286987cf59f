/*
 * gw_settings.h
 *	  The settings of a connection, as platforms collect them for a transport.
 *
 * A list begins as {0} and grows in the CurrentMemoryContext of the first
 * setting.  Names and values are kept as they are given, not copied: they live
 * as long as the list is used.
 */
#ifndef GW_SETTINGS_H
#define GW_SETTINGS_H

#include "base/gw_options.h"
#include "transport/gw_transport.h"

typedef struct GwSettings
{
	GwSetting *items;
	int n;
	int room;
} GwSettings;

/* Append a setting; without a value it is none. */
extern void gw_settings_add(GwSettings *list, const char *name, const char *value);

/* Append a setting that must be there, unless it is: nothing ambient may fill it. */
extern void gw_settings_ensure(GwSettings *list, const char *name, const char *value);

/* Append what is given of the options that go to the transport as they are (GW_OPTF_WIRE). */
extern void gw_settings_add_wire(GwSettings *list, const GwOptionSet *options);

/* The value of the first setting of that name; NULL: there is none. */
extern const char *gw_settings_value(const GwSettings *list, const char *name);

/* The same of what a transport was given, copied into CurrentMemoryContext. */
extern char *gw_settings_copy(const GwSetting *settings, int nsettings, const char *name);

#endif /* GW_SETTINGS_H */
