/*
 * gw_config.h
 *	  Connections from a file: what a configuration says, and making it so.
 *
 * Everything raises (22023 with the line for what the text gets wrong) and
 * lives in CurrentMemoryContext.  No message shows a value that came from a
 * variable or belongs to a secret option.
 */
#ifndef GW_CONFIG_H
#define GW_CONFIG_H

#include "base/gw_yaml.h"
#include "platform/gw_platform.h"

typedef struct GwConfigOption
{
	const GwOption *option;
	char *value;
	int line;
} GwConfigOption;

typedef struct GwConfigConnection
{
	const char *name;			/* the server's */
	const char *type;			/* as the text says it */
	const GwPlatform *platform; /* NULL: not in this build, to be skipped */
	int line;
	List *server, *mapping;	 /* GwConfigOption *, each option once */
	const char *description; /* or NULL */
} GwConfigConnection;

typedef struct GwConfig
{
	List *connections;	/* GwConfigConnection * */
	const char *target; /* the default connection, or NULL */
	int target_line;
} GwConfig;

/* Where variables come from. */
typedef struct GwConfigSource
{
	const char *yaml;
	const char *environment; /* which of `environments` to merge in, or NULL */
	const List *variables;	 /* of gw_envfile.h */
	bool skip_unknown;		 /* pass over platforms that this build has not */
} GwConfigSource;

/* Read and check all of it; touches nothing. */
extern GwConfig *gw_config_read(const GwConfigSource *source);

/* What became of a connection. */
typedef struct GwConfigResult
{
	const char *server_action;	/* created, altered, unchanged or skipped */
	const char *mapping_action; /* created, altered, unchanged or none */
} GwConfigResult;

/*
 * Create or alter the server and the caller's user mapping, with the caller's
 * rights, as the statements would.  What the catalogs have beyond the text
 * stays, with a NOTICE.
 */
extern GwConfigResult gw_config_apply(const GwConfigConnection *connection);

/* The caller's own default connection, or the administrators'; NULL: none. */
extern const char *gw_config_default(void);
extern void gw_config_set_default(const char *server);

/* Every server the caller may use, as a text that gw_config_read() takes. */
extern char *gw_config_export(void);

#endif /* GW_CONFIG_H */
