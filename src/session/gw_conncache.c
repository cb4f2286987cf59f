/*
 * gw_conncache.c
 *	  The backend's connections: found by server, mapping and role, marked
 *	  invalid by ALTER and DROP, closed only when no transaction points to
 *	  them.  The role counts also under PUBLIC's mapping: what a superuser
 *	  was allowed to connect with is not for others.
 *
 * Does not connect.  Entries live below CacheMemoryContext until closed.  A
 * backend has a handful of them, so a list is searched.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "session/gw_session_private.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* The cache itself; listed in docs/architecture.md. */
static dlist_head conncache_list = DLIST_STATIC_INIT(conncache_list);
static bool conncache_registered = false;

static void conncache_invalidate(Datum arg, int cacheid, uint32 hashvalue);

GwSession *
gw_conncache_find(Oid serverid, Oid umid, Oid userid, bool autocommit)
{
	dlist_iter iter;

	dlist_foreach(iter, &conncache_list)
	{
		GwSession *session = dlist_container(GwSession, node, iter.cur);

		if (session->serverid == serverid && session->umid == umid &&
			session->userid == userid && session->autocommit == autocommit)
			return session;
	}
	return NULL;
}

GwSession *
gw_conncache_add(Oid serverid, Oid umid, Oid userid, bool autocommit)
{
	MemoryContext cxt;
	GwSession *session;

	if (!conncache_registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, conncache_invalidate, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, conncache_invalidate, (Datum) 0);
		CacheRegisterSyscacheCallback(AUTHOID, conncache_invalidate, (Datum) 0);
		conncache_registered = true;
	}
	cxt = AllocSetContextCreate(CacheMemoryContext, "gw session", ALLOCSET_SMALL_SIZES);
	session = MemoryContextAllocZero(cxt, sizeof(GwSession));
	session->cxt = cxt;
	session->serverid = serverid;
	session->umid = umid;
	session->userid = userid;
	session->autocommit = autocommit;
	session->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid));
	session->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	session->role_hash = GetSysCacheHashValue1(AUTHOID, ObjectIdGetDatum(userid));
	dlist_init(&session->streams);
	dlist_init(&session->copies);
	dlist_push_tail(&conncache_list, &session->node);
	return session;
}

void
gw_conncache_close(GwSession *session)
{
	gw_stream_orphan(session, 0);
	dlist_delete(&session->node);
	if (session->link != NULL)
		session->link->transport->close(session->link);
	MemoryContextDelete(session->cxt);
}

void
gw_conncache_each(void (*visit)(GwSession *session, void *arg), void *arg)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &conncache_list)
	{
		visit(dlist_container(GwSession, node, iter.cur), arg);
	}
}

/*
 * Invalidations arrive in the middle of anything, so only leave a mark.
 * hashvalue 0 means everything.
 */
static void
conncache_invalidate(Datum arg, int cacheid, uint32 hashvalue)
{
	dlist_iter iter;

	dlist_foreach(iter, &conncache_list)
	{
		GwSession *session = dlist_container(GwSession, node, iter.cur);
		uint32 own = cacheid == FOREIGNSERVEROID ? session->server_hash
					 : cacheid == AUTHOID		 ? session->role_hash
												 : session->mapping_hash;

		if (hashvalue == 0 || own == hashvalue)
			session->invalid = true;
	}
}
