/*
 * gw_maintenance.c
 *	  What nobody's run does: close the records of runs whose backend is gone,
 *	  and remove old history.
 *
 * A stream's next run closes its own dead ones, too; nothing waits for this.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "pipeline/gw_maintenance.h"
#include "pipeline/gw_state.h"
#include "pipeline/gw_sync.h"
#include "pipeline/state.sql.h"

int64
gw_maintenance_recover(void)
{
	const char *after = "0";
	char *suspect[2];
	int64 closed = 0;

	while (gw_state_query(sql_run_suspects, 1, &after, 2, suspect))
	{
		const char *stream = suspect[0];
		char *run[1];

		after = stream;
		if (!gw_state_may_act_for(suspect[1]))
			continue;
		/* A run holds this lock as long as it lives. */
		if (!DatumGetBool(DirectFunctionCall2(
				pg_try_advisory_xact_lock_int4, Int32GetDatum(GW_SYNC_LOCK_CLASS),
				Int32GetDatum((int32) strtol(stream, NULL, 10)))))
			continue;
		if (gw_state_query(sql_run_recover, 1, &stream, 1, run))
			closed++;
	}
	return closed;
}

int64
gw_maintenance_prune(const char *keep)
{
	const char *args[] = {gw_state_caller(), keep};
	char *row[1];

	(void) gw_state_query(sql_history_prune, 2, args, 1, row);
	return strtoll(row[0], NULL, 10);
}
