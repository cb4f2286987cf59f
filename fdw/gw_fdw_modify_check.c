/*
 * gw_fdw_modify_check.c
 *	  What is said against a row before it leaves.
 *
 * Writes nothing.  The columns that a statement leaves to the remote live as
 * long as the statement.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fdw/gw_modify.h"

Bitmapset *
gw_modify_left_columns(Relation rel, const GwModifyPlan *plan)
{
	Bitmapset *left = NULL;

	for (int i = 1; i <= RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(rel), i - 1);

		if (!attr->attisdropped && attr->attgenerated == '\0' &&
			!list_member_int(plan->targets, i))
			left = bms_add_member(left, i);
	}
	return left;
}

/* A trigger's value for a column that is not sent would be lost without a word. */
static void
check_left(Relation rel, const Bitmapset *left, TupleTableSlot *slot)
{
	int attno = -1;

	while ((attno = bms_next_member(left, attno)) >= 0)
	{
		if (!slot_attisnull(slot, attno))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("column \"%s\" of foreign table \"%s\" was given a value that would "
							"not be sent",
							NameStr(TupleDescAttr(RelationGetDescr(rel), attno - 1)->attname),
							RelationGetRelationName(rel)),
					 errdetail("The statement does not name it, so it is left to the remote; a "
							   "trigger here has set it."),
					 errhint("Name the column in the statement, with NULL for the trigger to "
							 "replace.")));
	}
}

void
gw_modify_check_rows(ResultRelInfo *rri, const GwModifyPlan *plan, const Bitmapset *left,
					 TupleTableSlot **slots, int nslots, EState *estate)
{
	for (int i = 0; i < nslots; i++)
	{
		if (left != NULL)
			check_left(rri->ri_RelationDesc, left, slots[i]);
		if (plan->echo && rri->ri_WithCheckOptions != NIL)
			ExecWithCheckOptions(WCO_VIEW_CHECK, rri, slots[i], estate);
	}
}
