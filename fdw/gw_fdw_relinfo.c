/*
 * gw_fdw_relinfo.c
 *	  The foreign relation as the planner sees it: where it lives, what is
 *	  known about it, and which of its clauses the remote evaluates.
 *
 * Planning connects only when somebody asks for remote facts (a collation, a
 * version); a query whose clauses need none is planned without the server.
 *
 * GwRelation lives in the planner's context, as long as its RelOptInfo.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/heap.h"
#include "commands/defrem.h"
#include "common/hashfn.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/gw_guc.h"
#include "fdw/gw_fdw.h"

/* The schema a table without schema_name lives in; may have to connect. */
static const char *
relation_default_schema(Oid serverid, Oid userid, const GwOptionSet *options)
{
	const char *schema = gw_option_str(options, "schema");

	if (schema == NULL)
		schema = gw_server_platform(serverid)->default_schema;
	if (schema == NULL)
		schema = gw_session_default_schema(gw_session_open(serverid, userid,
														   GW_SESSION_PROBE));
	return schema;
}

GwRemoteName
gw_remote_name(Oid relid, Oid userid, const GwOptionSet *options)
{
	GwRemoteName name = {.query = gw_option_str(options, "query")};

	if (name.query != NULL)
		return name;
	name.schema = gw_option_str(options, "schema_name");
	if (name.schema == NULL)
		name.schema = relation_default_schema(GetForeignTable(relid)->serverid, userid,
											  options);
	name.table = gw_option_str(options, "table_name");
	if (name.table == NULL)
		name.table = get_rel_name(relid);
	return name;
}

GwRelation *
gw_relation_make(Oid relid, Oid serverid, Oid userid)
{
	GwRelation *gw = palloc0(sizeof(GwRelation));
	GwRemoteName name;

	gw->relid = relid;
	gw->serverid = serverid;
	gw->userid = OidIsValid(userid) ? userid : GetUserId();
	gw->platform = gw_server_platform(serverid);
	gw->dialect = gw->platform->dialect;
	gw->options = gw_server_options(serverid, gw->userid, relid);
	gw->pushdown = gw_guc_enable_pushdown();

	name = gw_remote_name(relid, gw->userid, gw->options);
	gw->remote_schema = name.schema;
	gw->remote_table = name.table;
	gw->remote_query = name.query;
	return gw;
}

const GwSchema *
gw_relation_facts(GwRelation *gw)
{
	GwSession *session;

	if (gw->facts_asked)
		return gw->facts;
	gw->facts_asked = true;

	session = gw_session_open(gw->serverid, gw->userid, GW_SESSION_PROBE);
	gw->server_version = gw_session_server_version(session);
	if (gw->remote_query != NULL)
		gw->facts = gw_query_facts(session, gw->remote_query);
	else
		gw->facts = gw_session_describe(session, gw->remote_schema, gw->remote_table, true, true);
	return gw->facts;
}

char *
gw_relation_shape(GwRelation *gw)
{
	Relation table = table_open(gw->relid, NoLock);
	TupleDesc desc = RelationGetDescr(table);
	const GwSchema *facts = gw_relation_facts(gw);
	StringInfoData buf;
	uint64 hash;

	initStringInfo(&buf);
	for (int i = 0; i < desc->natts; i++)
	{
		const GwColumn *column;

		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		column = facts != NULL ? gw_schema_column(facts, gw_remote_column(gw->relid, i + 1)) : NULL;
		if (column == NULL)
			appendStringInfoString(&buf, "none;");
		else
			appendStringInfo(&buf, "%s %s;", column->native_type != NULL ? column->native_type : "",
							 column->collation != NULL ? column->collation : "");
	}
	table_close(table, NoLock);
	hash = hash_bytes_extended((const unsigned char *) buf.data, buf.len, 0);
	return psprintf("%08x%08x", (uint32) (hash >> 32), (uint32) hash);
}

void
gw_relation_check_shape(Oid relid, Oid serverid, Oid userid, const char *shape)
{
	GwRelation *gw = gw_relation_make(relid, serverid, userid);

	if (strcmp(gw_relation_shape(gw), shape) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the remote columns of foreign table \"%s\" have changed since the "
						"statement was planned",
						get_rel_name(relid)),
				 errhint("DISCARD PLANS makes prepared statements plan again; import the table "
						 "again to take over new types.")));
}

GwVerdict
gw_relation_verdict(PlannerInfo *root, RelOptInfo *rel, RestrictInfo *rinfo, char **reason)
{
	const GwRelation *gw = rel->fdw_private;

	if (!gw->pushdown)
	{
		*reason = "warehouse_gw.enable_pushdown is off";
		return GW_LOCAL;
	}

	/*
	 * A clause that may leak what it sees must not run before the clauses of
	 * a security barrier below it, and the remote promises no order.
	 */
	if (!restriction_is_securely_promotable(rinfo, rel))
	{
		*reason = "it must not see rows that a security barrier hides";
		return GW_LOCAL;
	}
	return gw_shippable(root, rel, rinfo->clause, reason);
}

GwLocalReason *
gw_local_reason(Expr *clause, char *reason)
{
	GwLocalReason *result = palloc(sizeof(GwLocalReason));

	result->clause = clause;
	result->reason = reason != NULL ? reason : "its meaning at the remote is not known";
	return result;
}

const char *
gw_remote_column(Oid relid, AttrNumber attno)
{
	ListCell *lc;

	foreach(lc, GetForeignColumnOptions(relid, attno))
	{
		DefElem *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "column_name") == 0)
			return defGetString(option);
	}
	return get_attname(relid, attno, false);
}

/* Sort the restriction clauses by verdict, keeping the reasons for EXPLAIN. */
static void
relation_classify(PlannerInfo *root, RelOptInfo *rel, GwRelation *gw)
{
	ListCell *lc;

	foreach(lc, rel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		char *reason = NULL;
		GwVerdict verdict = gw_relation_verdict(root, rel, rinfo, &reason);

		if (verdict == GW_EXACT)
		{
			gw->exact_conds = lappend(gw->exact_conds, rinfo);
			continue;
		}
		if (verdict == GW_SUPERSET)
			gw->superset_conds = lappend(gw->superset_conds, rinfo);
		else
			gw->local_conds = lappend(gw->local_conds, rinfo);
		gw->reasons = lappend(gw->reasons, gw_local_reason(rinfo->clause, reason));
	}
}

const GwRowId *
gw_row_id_of(const GwDialect *dialect, AttrNumber attno)
{
	const GwRowId *id = gw_dialect_row_id(dialect);

	for (; id != NULL && id->name != NULL; id++)
	{
		if (id->carrier == attno)
			return id;
	}
	return NULL;
}

/*
 * A foreign row carries its columns and its tableoid.  The other system
 * columns would be invented values, so asking for them is an error.
 */
void
gw_refuse_system_columns(Oid relid, Bitmapset *attrs)
{
	int attno;

	for (attno = FirstLowInvalidHeapAttributeNumber + 1; attno < 0; attno++)
	{
		if (attno == TableOidAttributeNumber)
			continue;
		if (bms_is_member(attno - FirstLowInvalidHeapAttributeNumber, attrs))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("foreign table \"%s\" has no system column \"%s\"",
							get_rel_name(relid),
							NameStr(SystemAttributeDefinition(attno)->attname)),
					 errdetail("Of the system columns, remote rows have tableoid only."),
					 errhint("Use the key columns of the table to tell its rows apart.")));
	}
}

/* The columns the plan above needs, and those its local clauses need. */
static void
relation_collect_columns(PlannerInfo *root, RelOptInfo *rel, GwRelation *gw)
{
	Bitmapset *asked = NULL;
	ListCell *lc;

	pull_varattnos((Node *) rel->reltarget->exprs, rel->relid, &gw->attrs_used);
	foreach(lc, list_concat_copy(gw->local_conds, gw->superset_conds))
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid,
					   &gw->attrs_used);
	if (!bms_is_member(rel->relid, root->all_result_relids))
	{
		gw_refuse_system_columns(gw->relid, gw->attrs_used);
		return;
	}
	/* A write asks for what tells the rows apart; the query's own clauses may not. */
	foreach(lc, list_concat_copy(rel->baserestrictinfo, rel->joininfo))
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, rel->relid, &asked);
	gw_refuse_system_columns(gw->relid, asked);
}

void
gw_get_rel_size(PlannerInfo *root, RelOptInfo *rel, Oid relid)
{
	GwRelation *gw = gw_relation_make(relid, rel->serverid, rel->userid);

	gw->scope = gw_scope_make(NULL, false, list_make1(gw));
	gw_scope_add(gw->scope, rel->relid, NULL, gw, NULL);
	rel->fdw_private = gw;
	relation_classify(root, rel, gw);
	relation_collect_columns(root, rel, gw);
	gw_estimate_relation(root, rel);
}
