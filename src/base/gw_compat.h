/*
 * gw_compat.h
 *	  Every difference between PostgreSQL versions, and the only PG_VERSION_NUM.
 */
#ifndef GW_COMPAT_H
#define GW_COMPAT_H

#if PG_VERSION_NUM < 140000
#error "warehouse_gw needs PostgreSQL 14 or newer"
#endif

/* Headers that declare what the macros below and their callers need. */
#if PG_VERSION_NUM >= 160000
#include "nodes/miscnodes.h"
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/* numeric(p,s) with a negative s, or s above p, is new in 15. */
#define GW_HAVE_SIGNED_SCALE (PG_VERSION_NUM >= 150000)

/* May a role use a foreign server? */
#if PG_VERSION_NUM >= 160000
#define gw_foreign_server_aclcheck(serverid, roleid, mode)                                         \
	object_aclcheck(ForeignServerRelationId, serverid, roleid, mode)
#else
#define gw_foreign_server_aclcheck(serverid, roleid, mode)                                         \
	pg_foreign_server_aclcheck(serverid, roleid, mode)
#endif

/* A ForeignPath of a base relation. */
#if PG_VERSION_NUM >= 180000
#define gw_create_scan_path(root, rel, target, rows, startup, total, pathkeys, outer, private)     \
	create_foreignscan_path(root, rel, target, rows, 0, startup, total, pathkeys, outer, NULL,     \
							NIL, private)
#elif PG_VERSION_NUM >= 170000
#define gw_create_scan_path(root, rel, target, rows, startup, total, pathkeys, outer, private)     \
	create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, NULL, NIL,   \
							private)
#else
#define gw_create_scan_path(root, rel, target, rows, startup, total, pathkeys, outer, private)     \
	create_foreignscan_path(root, rel, target, rows, startup, total, pathkeys, outer, NULL,        \
							private)
#endif

/* A ForeignPath of a join or of an upper relation. */
#if PG_VERSION_NUM >= 180000
#define gw_create_join_path(root, rel, target, rows, startup, total, pathkeys, private)            \
	create_foreign_join_path(root, rel, target, rows, 0, startup, total, pathkeys, NULL, NULL,     \
							 NIL, private)
#define gw_create_upper_path(root, rel, target, rows, startup, total, pathkeys, private)           \
	create_foreign_upper_path(root, rel, target, rows, 0, startup, total, pathkeys, NULL, NIL,     \
							  private)
#elif PG_VERSION_NUM >= 170000
#define gw_create_join_path(root, rel, target, rows, startup, total, pathkeys, private)            \
	create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, NULL, NULL, NIL,   \
							 private)
#define gw_create_upper_path(root, rel, target, rows, startup, total, pathkeys, private)           \
	create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, NULL, NIL,        \
							  private)
#else
#define gw_create_join_path(root, rel, target, rows, startup, total, pathkeys, private)            \
	create_foreign_join_path(root, rel, target, rows, startup, total, pathkeys, NULL, NULL,        \
							 private)
#define gw_create_upper_path(root, rel, target, rows, startup, total, pathkeys, private)           \
	create_foreign_upper_path(root, rel, target, rows, startup, total, pathkeys, NULL, private)
#endif

/* Is a condition on a window's result left to its WindowAgg alone?  New in 15. */
#if PG_VERSION_NUM >= 170000
#define gw_window_clause_filters(clause) false
#define gw_window_func_filters(func) ((func)->runCondition != NIL)
#elif PG_VERSION_NUM >= 150000
#define gw_window_clause_filters(clause) ((clause)->runCondition != NIL)
#define gw_window_func_filters(func) false
#else
#define gw_window_clause_filters(clause) false
#define gw_window_func_filters(func) false
#endif

/* The operator and direction a PathKey sorts by. */
#if PG_VERSION_NUM >= 180000
#define gw_pathkey_operator(pathkey, type)                                                         \
	get_opfamily_member_for_cmptype((pathkey)->pk_opfamily, type, type, (pathkey)->pk_cmptype)
#define gw_pathkey_descending(pathkey) ((pathkey)->pk_cmptype == COMPARE_GT)
#else
#define gw_pathkey_operator(pathkey, type)                                                         \
	get_opfamily_member((pathkey)->pk_opfamily, type, type, (pathkey)->pk_strategy)
#define gw_pathkey_descending(pathkey) ((pathkey)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* Whose rights a foreign scan uses; InvalidOid: the caller's. */
#if PG_VERSION_NUM >= 160000
#define gw_scan_check_as_user(plan, estate) ((plan)->checkAsUser)
#else
/* The relations of one scan are all read with the same rights. */
#define gw_scan_check_as_user(plan, estate)                                                        \
	(exec_rt_fetch((plan)->scan.scanrelid > 0 ? (plan)->scan.scanrelid                             \
											  : (Index) bms_next_member((plan)->fs_relids, -1),    \
				   estate)                                                                         \
		 ->checkAsUser)
#endif

/* The range table entries of relations that a foreign scan stands for. */
#if PG_VERSION_NUM >= 160000
#define gw_scan_relids(scan) ((scan)->fs_base_relids)
#else
#define gw_scan_relids(scan) ((scan)->fs_relids)
#endif

/* With whose rights a result relation is written. */
#if PG_VERSION_NUM >= 160000
#define gw_result_check_as_user(rri, estate) ExecGetResultRelCheckAsUser(rri, estate)
#else
#define gw_result_check_as_user(rri, estate)                                                       \
	((rri)->ri_RangeTableIndex > 0                                                                 \
		 ? exec_rt_fetch((rri)->ri_RangeTableIndex, estate)->checkAsUser                           \
	 : (rri)->ri_RootResultRelInfo != NULL                                                         \
		 ? exec_rt_fetch((rri)->ri_RootResultRelInfo->ri_RangeTableIndex, estate)->checkAsUser     \
		 : InvalidOid)
#endif

/* Refuse unknown settings under our prefix from now on. */
#if PG_VERSION_NUM >= 150000
#define gw_compat_reserve_prefix(prefix) MarkGUCPrefixReserved(prefix)
#else
#define gw_compat_reserve_prefix(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* EXPLAIN writes a window function only below the WindowAgg that computes it; new in 18. */
#define GW_EXPLAIN_NEEDS_WINDOW_AGG (PG_VERSION_NUM >= 180000)

/* The last argument of ExecutorRun(), gone in 18. */
#if PG_VERSION_NUM >= 180000
#define GW_EXECUTOR_ONCE_ARG
#define GW_EXECUTOR_ONCE
#else
#define GW_EXECUTOR_ONCE_ARG , bool execute_once
#define GW_EXECUTOR_ONCE , execute_once
#endif

/* May a condition on its result end a WindowAgg early?  New in 15. */
#if PG_VERSION_NUM >= 150000
#define gw_window_may_stop(window) ((window)->runCondition != NIL)
#else
#define gw_window_may_stop(window) false
#endif

/* With whose rights a range table entry of query is read; 0: the caller's. */
#if PG_VERSION_NUM >= 160000
#define gw_rte_check_as_user(query, rte)                                                           \
	((rte)->perminfoindex == 0                                                                     \
		 ? InvalidOid                                                                              \
		 : getRTEPermissionInfo((query)->rteperminfos, rte)->checkAsUser)
#else
#define gw_rte_check_as_user(query, rte) ((rte)->checkAsUser)
#endif

/*
 * Append the copy of an entry of query's range table to that of a plan, with
 * the rights that the executor checks.
 */
#if PG_VERSION_NUM >= 160000
#define gw_stmt_add_rte(stmt, query, copy)                                                         \
	do                                                                                             \
	{                                                                                              \
		if ((copy)->perminfoindex > 0)                                                             \
		{                                                                                          \
			RTEPermissionInfo *info = getRTEPermissionInfo((query)->rteperminfos, copy);           \
			(stmt)->permInfos = lappend((stmt)->permInfos, copyObject(info));                      \
			(copy)->perminfoindex = list_length((stmt)->permInfos);                                \
		}                                                                                          \
		(stmt)->rtable = lappend((stmt)->rtable, copy);                                            \
	} while (0)
#else
#define gw_stmt_add_rte(stmt, query, copy) ((stmt)->rtable = lappend((stmt)->rtable, copy))
#endif

/* Whose rights a scan of several relations uses; before 16 their entries say it. */
#if PG_VERSION_NUM >= 160000
#define gw_scan_set_check_as_user(scan, userid) ((scan)->checkAsUser = (userid))
#else
#define gw_scan_set_check_as_user(scan, userid) ((void) 0)
#endif

/* What the relations of a plan were planned over: new in 16 beside fs_relids. */
#if PG_VERSION_NUM >= 160000
#define gw_scan_set_relids(scan, relids)                                                           \
	((scan)->fs_relids = (relids), (scan)->fs_base_relids = bms_copy(relids))
#else
#define gw_scan_set_relids(scan, relids) ((scan)->fs_relids = (relids))
#endif

/* An entry for the columns of GROUP BY, new in 18; and Vars of such or of joins resolved. */
#if PG_VERSION_NUM >= 180000
#define gw_rte_is_group(rte) ((rte)->rtekind == RTE_GROUP)
#define gw_flatten_vars(query, node)                                                               \
	flatten_join_alias_vars(NULL, query, (query)->hasGroupRTE                                      \
											 ? flatten_group_exprs(NULL, query, node)              \
											 : (node))
#elif PG_VERSION_NUM >= 160000
#define gw_rte_is_group(rte) false
#define gw_flatten_vars(query, node) flatten_join_alias_vars(NULL, query, node)
#else
#define gw_rte_is_group(rte) false
#define gw_flatten_vars(query, node) flatten_join_alias_vars(query, node)
#endif

/* A set of events to wait for, which lives until it is freed. */
#if PG_VERSION_NUM >= 170000
#define gw_create_wait_event_set(n) CreateWaitEventSet(NULL, n)
#else
#define gw_create_wait_event_set(n) CreateWaitEventSet(TopMemoryContext, n)
#endif

/* Does a role own a relation? */
#if PG_VERSION_NUM >= 160000
#define gw_owns_relation(relid, roleid) object_ownercheck(RelationRelationId, relid, roleid)
#else
#define gw_owns_relation(relid, roleid) pg_class_ownercheck(relid, roleid)
#endif

/* Before a function that does not return; pg_attribute_noreturn() is gone in 18. */
#if PG_VERSION_NUM >= 180000
#define GW_NORETURN pg_noreturn
#else
#define GW_NORETURN pg_attribute_noreturn()
#endif

/* Let a cost-based delay of ANALYZE take place. */
#if PG_VERSION_NUM >= 180000
#define gw_analyze_delay_point() vacuum_delay_point(true)
#else
#define gw_analyze_delay_point() vacuum_delay_point()
#endif

/* "a.b.c" as a list of names; raises on what is none. */
#if PG_VERSION_NUM >= 160000
#define gw_qualified_names(text) stringToQualifiedNameList(text, NULL)
#else
#define gw_qualified_names(text) stringToQualifiedNameList(text)
#endif

/* A type's id (InvalidOid: there is none, where missing_ok) and modifier. */
#if PG_VERSION_NUM >= 160000
#define gw_parse_type(text, type, typmod, missing_ok)                                              \
	do                                                                                             \
	{                                                                                              \
		ErrorSaveContext soft_ = {T_ErrorSaveContext};                                             \
                                                                                                   \
		if (!parseTypeString(text, type, typmod, (missing_ok) ? (Node *) &soft_ : NULL))           \
			*(type) = InvalidOid;                                                                  \
	} while (0)
#else
#define gw_parse_type(text, type, typmod, missing_ok)                                              \
	parseTypeString(text, type, typmod, missing_ok)
#endif

/* A heap beside a table's own, of the same access method. */
#if PG_VERSION_NUM >= 150000
#define gw_make_new_heap(rel, lockmode)                                                            \
	make_new_heap(RelationGetRelid(rel), (rel)->rd_rel->reltablespace, (rel)->rd_rel->relam,       \
				  (rel)->rd_rel->relpersistence, lockmode)
#else
#define gw_make_new_heap(rel, lockmode)                                                            \
	make_new_heap(RelationGetRelid(rel), (rel)->rd_rel->reltablespace,                             \
				  (rel)->rd_rel->relpersistence, lockmode)
#endif

/* Note which columns of a relation are inserted, and check the right to. */
#if PG_VERSION_NUM >= 160000
#define gw_check_insert(pstate, nsitem, columns)                                                   \
	do                                                                                             \
	{                                                                                              \
		RTEPermissionInfo *perminfo_ = (nsitem)->p_perminfo;                                       \
                                                                                                   \
		perminfo_->requiredPerms = ACL_INSERT;                                                     \
		perminfo_->insertedCols = (columns);                                                       \
		(void) ExecCheckPermissions((pstate)->p_rtable, list_make1(perminfo_), true);              \
	} while (0)
#else
#define gw_check_insert(pstate, nsitem, columns)                                                   \
	do                                                                                             \
	{                                                                                              \
		RangeTblEntry *rte_ = (nsitem)->p_rte;                                                     \
                                                                                                   \
		rte_->requiredPerms = ACL_INSERT;                                                          \
		rte_->insertedCols = (columns);                                                            \
		(void) ExecCheckRTPerms((pstate)->p_rtable, true);                                         \
	} while (0)
#endif

/*
 * Ask for shared memory from _PG_init: since 15 in a hook, which calls the one
 * there was before.
 */
#if PG_VERSION_NUM >= 150000
#define gw_request_shmem(request, previous)                                                        \
	do                                                                                             \
	{                                                                                              \
		*(previous) = (void (*)(void)) shmem_request_hook;                                         \
		shmem_request_hook = request;                                                              \
	} while (0)
#define gw_request_shmem_next(next)                                                                \
	do                                                                                             \
	{                                                                                              \
		if ((next) != NULL)                                                                        \
			(next)();                                                                              \
	} while (0)
#else
#define gw_request_shmem(request, previous) request()
#define gw_request_shmem_next(next) ((void) (next))
#endif

#endif /* GW_COMPAT_H */
