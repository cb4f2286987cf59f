/*
 * gw_config_export.c
 *	  Servers and user mappings as a configuration, without secrets.
 *
 * Reads catalogs only.  The text lives in the caller's memory context.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "api/gw_config.h"
#include "base/gw_compat.h"
#include "catalog/pg_foreign_server.h"
#include "commands/comment.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "session/gw_session.h"
#include "utils/acl.h"
#include "utils/builtins.h"

typedef struct ExportOptions
{
	StringInfo out;
	const char *server;
} ExportOptions;

/* The name of a variable to put in a secret's place: SERVER_OPTION. */
static char *
export_variable(const char *server, const char *option)
{
	char *name = psprintf("%s_%s", server, option);

	for (char *c = name; *c != '\0'; c++)
	{
		*c = (char) pg_ascii_toupper((unsigned char) *c);
		if (!((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
			*c = '_';
	}
	return name[0] >= '0' && name[0] <= '9' ? psprintf("_%s", name) : name;
}

/* A reference names where a secret is kept, which is nobody's business either. */
static void
export_option(const GwOption *option, const char *value, void *arg)
{
	ExportOptions *export = arg;

	appendStringInfo(export->out, "    %s: ", option->name);
	if ((option->flags & GW_OPTF_SECRET) != 0 || option->kind == GW_OPT_REF)
		appendStringInfo(export->out, "${%s}", export_variable(export->server, option->name));
	else
		gw_yaml_write(export->out, value);
	appendStringInfoChar(export->out, '\n');
}

static void
export_server(StringInfo out, Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	const GwPlatform *platform = gw_platform_of_wrapper(server->fdwid);
	char *comment = GetComment(serverid, ForeignServerRelationId, 0);
	ExportOptions export = {out, server->servername};

	appendStringInfoString(out, "  ");
	gw_yaml_write(out, server->servername);
	appendStringInfo(out, ":\n    type: %s\n", platform->name);
	if (comment != NULL)
	{
		appendStringInfoString(out, "    description: ");
		gw_yaml_write(out, comment);
		appendStringInfoChar(out, '\n');
	}
	gw_options_each(gw_server_options(serverid, GetUserId(), InvalidOid), 0, export_option,
					&export);
}

static int
export_compare(const ListCell *a, const ListCell *b)
{
	return strcmp(GetForeignServer(lfirst_oid(a))->servername,
				  GetForeignServer(lfirst_oid(b))->servername);
}

/* Servers of ours that the caller may use, by name. */
static List *
export_servers(void)
{
	Relation rel = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List *servers = NIL;
	HeapTuple tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_server form = (Form_pg_foreign_server) GETSTRUCT(tuple);

		if (gw_platform_of_wrapper(form->srvfdw) != NULL &&
			gw_foreign_server_aclcheck(form->oid, GetUserId(), ACL_USAGE) == ACLCHECK_OK)
			servers = lappend_oid(servers, form->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(servers, export_compare);
	return servers;
}

char *
gw_config_export(void)
{
	const char *target = gw_config_default();
	List *servers = export_servers();
	StringInfoData out;
	ListCell *lc;

	initStringInfo(&out);
	foreach(lc, servers)
	{
		if (target != NULL && strcmp(GetForeignServer(lfirst_oid(lc))->servername, target) == 0)
		{
			appendStringInfoString(&out, "target: ");
			gw_yaml_write(&out, target);
			appendStringInfoChar(&out, '\n');
		}
	}
	appendStringInfoString(&out, servers == NIL ? "connections: {}\n" : "connections:\n");
	foreach(lc, servers)
		export_server(&out, lfirst_oid(lc));
	return out.data;
}
