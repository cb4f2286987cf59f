/*
 * gw_session_list.c
 *	  Looking at the connections, and letting go of them.
 *
 * Does not connect.  Lists live in the caller's context.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "base/gw_near.h"
#include "catalog/pg_foreign_server.h"
#include "session/gw_session_private.h"

/* A name this far off is no longer the same word mistyped. */
#define NEAREST_MAX_DISTANCE 3

typedef struct Disconnect
{
	Oid serverid; /* InvalidOid: all */
	int count;
} Disconnect;

static void
disconnect_one(GwSession *session, void *arg)
{
	Disconnect *what = (Disconnect *) arg;

	if (OidIsValid(what->serverid) && session->serverid != what->serverid)
		return;
	what->count++;
	if (session->used || session->xact_depth > 0)
		session->invalid = true;
	else
		gw_conncache_close(session);
}

int
gw_session_disconnect(Oid serverid)
{
	Disconnect what = {serverid, 0};

	gw_conncache_each(disconnect_one, &what);
	return what.count;
}

int
gw_session_disconnect_all(void)
{
	return gw_session_disconnect(InvalidOid);
}

static void
list_one(GwSession *session, void *arg)
{
	static const char *const states[] = {
		[GW_LINK_IDLE] = "idle",	 [GW_LINK_IN_XACT] = "in transaction",
		[GW_LINK_FAILED] = "failed", [GW_LINK_BUSY] = "busy",
		[GW_LINK_BROKEN] = "broken",
	};
	List **list = (List **) arg;
	GwConnectionInfo *info;

	if (!session->ready)
		return;
	info = palloc0(sizeof(GwConnectionInfo));
	info->server = pstrdup(session->server_name);
	info->user = OidIsValid(session->umid) || session->user_name ? pstrdup(session->user_name)
																 : NULL;
	info->state = session->poisoned ? "lost" : states[gw_link_state(session->link)];
	info->in_use = session->used || session->xact_depth > 0;
	info->valid = !session->invalid;
	info->server_version = session->server_version;
	info->statements = session->statements;
	info->connected_at = session->connected_at;
	*list = lappend(*list, info);
}

List *
gw_session_list(void)
{
	List *list = NIL;

	gw_conncache_each(list_one, &list);
	return list;
}

const char *
gw_server_nearest(const char *server)
{
	Relation rel = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	char *nearest = NULL;
	GwNear near;
	HeapTuple tuple;

	gw_near_begin(&near, server, NEAREST_MAX_DISTANCE);
	while ((tuple = systable_getnext(scan)) != NULL)
	{
		const char *name = NameStr(((Form_pg_foreign_server) GETSTRUCT(tuple))->srvname);

		if (gw_near_offer(&near, name, (int) strlen(name)))
			nearest = pstrdup(name);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return nearest;
}
