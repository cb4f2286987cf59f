/*
 * gw_fdw_explain.c
 *	  What EXPLAIN (VERBOSE) tells of a foreign scan: the remote statement, and
 *	  for each clause kept here the reason.  Parameters appear as $n, never
 *	  with their values.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/gw_compat.h"
#include "base/gw_json.h"
#include "fdw/gw_fdw.h"

/*
 * What another part of the plan computes, as a parameter: outside of the plan
 * ruleutils cannot say where that comes from, and since 17 does not try.
 */
static Node *
explain_computed(Node *node, void *unused)
{
	Param *param;

	if (node == NULL)
		return NULL;
	if (!IsA(node, SubPlan) && !IsA(node, AlternativeSubPlan) &&
		!(IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC))
		return expression_tree_mutator(node, explain_computed, unused);
	param = makeNode(Param);
	param->paramkind = PARAM_EXTERN;
	param->paramid = IsA(node, Param)	  ? ((Param *) node)->paramid
					 : IsA(node, SubPlan) ? ((SubPlan *) node)->plan_id
										  : 0;
	param->paramtype = exprType(node);
	param->paramtypmod = exprTypmod(node);
	param->paramcollid = exprCollation(node);
	param->location = -1;
	return (Node *) param;
}

/* "(x > random()): random() is volatile" for each clause kept here. */
static List *
explain_reasons(const GwScanPlan *plan, Relation rel)
{
	List *context = deparse_context_for(RelationGetRelationName(rel), RelationGetRelid(rel));
	List *lines = NIL;
	ListCell *lc;

	foreach(lc, plan->reasons)
	{
		const GwLocalReason *reason = lfirst(lc);
		Node *clause = explain_computed((Node *) reason->clause, NULL);

		lines = lappend(lines, psprintf("%s: %s", deparse_expression(clause, context, false, false),
										reason->reason));
	}
	return lines;
}

/* Text has a line each; the structured formats a list. */
static void
explain_lines(const char *label, List *lines, ExplainState *es)
{
	ListCell *lc;

	if (es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyList(label, lines, es);
		return;
	}
	foreach(lc, lines)
		ExplainPropertyText(label, lfirst(lc), es);
}

/* The foreign tables that a scan reads, by their names here. */
static char *
explain_relations(const ForeignScan *scan, ExplainState *es)
{
	Bitmapset *relids = gw_scan_relids(scan);
	StringInfoData buf;
	int rti = -1;

	initStringInfo(&buf);
	while ((rti = bms_next_member(relids, rti)) >= 0)
	{
		Oid relid = rt_fetch(rti, es->rtable)->relid;
		char *name = get_rel_name(relid);

		if (es->verbose)
			name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
		else
			name = (char *) quote_identifier(name);
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", name);
	}
	return buf.data;
}

/* The bytes that the remote's document names, as it names them; NULL: none. */
static char *
explain_ask_bytes(Oid serverid, Oid userid, const char *sql)
{
	GwSession *session = gw_session_open(serverid, userid, GW_SESSION_READ);
	GwStatement stmt = {.sql = sql, .run_as = userid, .may_repeat = true};
	GwStreamSpec spec = {.flags = GW_STREAM_ANY | GW_STREAM_HARMLESS, .run_as = userid};
	GwStream *stream = gw_stream_open(session, &stmt, &spec);
	const GwBatch *batch = gw_stream_next(stream);
	char *bytes = NULL;

	if (batch != NULL && batch->nrows > 0 && gw_batch_text(batch, 0, 0) != NULL)
	{
		const char *document = gw_batch_text(batch, 0, 0);
		GwError err;
		const JsonbValue *root = gw_json_parse(document, strlen(document), &err);

		bytes = root != NULL ? gw_json_get_text(root, "bytes") : NULL;
	}
	gw_stream_close(stream);
	return bytes;
}

void
gw_explain_bytes(const ForeignScan *scan, EState *estate, Oid serverid, const char *sql,
				 ExplainState *es)
{
	const GwPlatform *platform = gw_server_platform(serverid);
	Oid userid;
	char *bytes;

	if (!platform->explain_bytes)
		return;
	/* Values that come later may leave out partitions, or not. */
	if (scan->fdw_exprs != NIL)
	{
		ExplainPropertyText("Estimated Bytes", "depends on parameters", es);
		return;
	}
	userid = gw_scan_check_as_user(scan, estate);
	bytes = explain_ask_bytes(serverid, OidIsValid(userid) ? userid : GetUserId(),
							  psprintf("%s%s", platform->explain_prefix, sql));
	ExplainPropertyText("Estimated Bytes", bytes != NULL ? bytes : "unknown", es);
}

void
gw_explain_scan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *scan = castNode(ForeignScan, node->ss.ps.plan);
	const GwScanPlan *plan;
	GwScanCounters counters = {0};
	const char *sql;
	bool begun;
	bool streamed;
	bool lookup;

	plan = gw_scan_plan_from_list(scan->fdw_private);
	if (plan->whole)
		ExplainPropertyText("Whole Query", explain_relations(scan, es), es);
	if (!es->verbose)
		return;

	if (plan->relations != NULL)
		ExplainPropertyText("Relations", plan->relations, es);
	sql = gw_guard_plain(plan->sql);
	ExplainPropertyText("Remote SQL", sql, es);
	gw_explain_bytes(scan, node->ss.ps.state, plan->serverid, sql, es);
	if (plan->not_whole != NULL)
		ExplainPropertyText("Not Whole", plan->not_whole, es);
	begun = es->analyze && gw_scan_counters(node, &counters);
	streamed = counters.opened ? counters.streamed
							   : gw_fetch_streams(scan, plan, es->pstmt, NULL);
	lookup = !streamed && gw_fetch_looks_up(scan, plan);
	if (plan->has_cursors)
		ExplainPropertyText("Fetch Mode",
							psprintf("%s%s", streamed ? "stream" : lookup ? "lookup" : "cursor",
									 plan->binary ? " (binary)" : ""),
							es);
	if (plan->fetch_size > 0 && !(plan->has_cursors && (streamed || lookup)))
		ExplainPropertyInteger("Fetch Size", NULL, plan->fetch_size, es);
	if (plan->reasons != NIL && node->ss.ss_currentRelation != NULL)
		explain_lines("Kept Local", explain_reasons(plan, node->ss.ss_currentRelation), es);
	if (plan->notes != NIL)
		explain_lines("Kept Above", plan->notes, es);
	if (begun)
	{
		/* A stream's batches are as the network made them. */
		if (!counters.streamed)
			ExplainPropertyInteger("Batches", NULL, counters.batches, es);
		ExplainPropertyInteger("Rows Received", NULL, counters.rows, es);
	}
}
