/*
 * gw_transport_mysql_run.c
 *	  Statements over the MySQL protocol: start, read, drain, clean up.
 *
 * Queries of ours and whatever has parameters are prepared, so that rows come
 * in the binary protocol, which rounds no float; the rest is sent as text.
 * Rows are read as they come and never buffered whole by the library.  A run
 * lives in its caller's context and may outlive its link, which then forgets
 * it; the statement belongs to the link until it was read to its end.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "transport/gw_transport_mysql.h"

/* What is read of an abandoned result before the server is asked to stop it. */
#define DRAIN_ROWS 1000

static void run_reset_callback(void *arg);
static GwStatus run_prepare(MysqlLink *link, const GwStatement *stmt, GwError *err);
static MysqlKept *run_keep(MysqlLink *link, const char *sql);
static const char *run_sql(MysqlLink *link, const char *sql);
static void run_places(MysqlLink *link, GwStatement *stmt);
static GwStatus run_outcome(MysqlRun *run, GwError *err);
static GwStatus run_end(MysqlRun *run, MysqlLink *link);
static void run_command(GwRunResult *result, const char *sql);
static GwStatus drain_rows(MysqlLink *link, GwDeadline deadline, GwWaitMode mode, int64 max_rows,
						   GwError *err);

GwStatus
gw_mysql_run_start(GwLink *head, MemoryContext parent, const GwStatement *stmt, GwRun **result,
				   GwError *err)
{
	MysqlLink *link = (MysqlLink *) head;
	MemoryContext cxt;
	MysqlRun *run;

	if (gw_mysql_of(link) == NULL || link->broken)
		return gw_mysql_error_lost(link, err);
	if (link->stage != MYSQL_STAGE_NONE)
		return gw_transport_busy(err);
	if (run_prepare(link, stmt, err) != GW_OK)
		return GW_FAILED;

	cxt = AllocSetContextCreate(parent, "gw mysql run", ALLOCSET_SMALL_SIZES);
	run = MemoryContextAllocZero(cxt, sizeof(MysqlRun));
	run->head.link = head;
	run->head.cxt = cxt;
	run->head.result.rows = -1;
	gw_gather_init(&run->gather, cxt);
	run_command(&run->head.result, stmt->sql);
	gw_guard_on_reset(cxt, run_reset_callback, run);

	gw_mysql_begin(link);
	link->run = run;
	*result = &run->head;
	return GW_OK;
}

/* Set the link up for a statement; what it needs lives in link->cxt. */
static GwStatus
run_prepare(MysqlLink *link, const GwStatement *given, GwError *err)
{
	GwStatement copy = *given;
	GwStatement *stmt = &copy;
	MemoryContext old;
	GwStatus status;

	MemoryContextReset(link->cxt);
	link->sql = run_sql(link, stmt->sql);
	if (stmt->nparams > 0 && !stmt->user_sql && strstr(link->sql, "?1") != NULL)
		run_places(link, stmt);
	link->rest = stmt->script ? link->sql : NULL;
	link->describe = stmt->describe;
	link->skipped_id = stmt->skipped_id;
	link->prepared =
		!stmt->script && (stmt->nparams > 0 || stmt->read_only || stmt->describe || stmt->user_sql);
	link->plain_too = stmt->nparams == 0 && !stmt->describe;
	link->stmt = NULL;
	link->kept = NULL;
	link->nparams = stmt->nparams;
	link->params = NULL;
	if (!link->prepared)
		return GW_OK;
	if (stmt->nparams > 0)
	{
		old = MemoryContextSwitchTo(link->cxt);
		status = gw_mysql_bind_params(link, stmt->params, stmt->nparams, &link->params, err);
		MemoryContextSwitchTo(old);
		if (status != GW_OK)
			return status;
		if (!stmt->user_sql && !stmt->describe)
			link->kept = run_keep(link, link->sql);
	}
	if (link->kept == NULL)
		link->stmt = mysql_stmt_init(gw_mysql_of(link));
	if (link->kept == NULL ? link->stmt == NULL : link->kept->stmt == NULL)
	{
		link->kept = NULL;
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	}
	return GW_OK;
}

/* The text as it goes out. */
static const char *
run_sql(MysqlLink *link, const char *sql)
{
	if (link->converts)
		sql = pg_server_to_any(sql, strlen(sql), PG_UTF8);
	return MemoryContextStrdup(link->cxt, sql);
}

/* The end of a comment that only MariaDB reads, where another server does not; or at. */
static const char *
run_skip_comment(const MysqlLink *link, const char *at)
{
	const char *end;

	if (strncmp(at, "/*M!", 4) != 0 ||
		strstr(mysql_get_server_info(gw_mysql_of(link)), "MariaDB") != NULL)
		return at;
	end = strstr(at, "*/");
	return end != NULL ? end + 2 : at;
}

/*
 * ?1, ?2 in a statement of ours, which may stand in several places: each place
 * becomes a ? with a parameter of its own.
 */
static void
run_places(MysqlLink *link, GwStatement *stmt)
{
	char *sql = MemoryContextStrdup(link->cxt, link->sql);
	GwParam *params = MemoryContextAlloc(link->cxt, (strlen(sql) / 2 + 1) * sizeof(GwParam));
	char quote = '\0';
	char *to = sql;
	int n = 0;

	for (const char *at = link->sql; *at != '\0'; at++)
	{
		if (quote == '\0' && *at == '/')
			at = run_skip_comment(link, at);
		if (*at == '\0')
			break;
		*to++ = *at;
		if (quote != '\0' ? *at == quote : *at == '\'' || *at == '`' || *at == '"')
			quote = quote != '\0' ? '\0' : *at;
		if (quote == '\0' && *at == '?' && isdigit((unsigned char) at[1]))
		{
			char *end;
			long place = strtol(at + 1, &end, 10);

			Assert(place >= 1 && place <= stmt->nparams);
			params[n++] = stmt->params[place - 1];
			at = end - 1;
		}
	}
	*to = '\0';
	link->sql = sql;
	stmt->params = params;
	stmt->nparams = n;
}

/*
 * The statement with that text that was prepared before, or a place for it,
 * which may have been another's.
 */
static MysqlKept *
run_keep(MysqlLink *link, const char *sql)
{
	MysqlKept *place = &link->statements[0];

	for (int i = 0; i < MYSQL_KEPT_STATEMENTS; i++)
	{
		MysqlKept *kept = &link->statements[i];

		if (kept->sql != NULL && strcmp(kept->sql, sql) == 0)
		{
			kept->used = ++link->clock;
			return kept;
		}
		if (kept->stmt == NULL || (place->stmt != NULL && kept->used < place->used))
			place = kept;
	}
	if (place->stmt != NULL)
		mysql_stmt_close(place->stmt);
	if (place->sql != NULL)
		pfree(place->sql);
	place->sql = NULL;
	place->stmt = mysql_stmt_init(gw_mysql_of(link));
	place->used = ++link->clock;
	return place;
}

GwStatus
gw_mysql_run_next(GwRun *head, int max_rows, GwDeadline deadline, const GwBatch **batch,
				  GwError *err)
{
	MysqlRun *run = (MysqlRun *) head;
	MysqlLink *link = (MysqlLink *) head->link;
	GwGather *gather = &run->gather;

	*batch = &gather->batch;
	if (run->given)
	{
		run->given = false;
		gw_gather_reset(gather, head->keep);
		head->keep = false;
	}
	if (run->finished || link == NULL)
		return run_outcome(run, err);
	while ((max_rows == 0 || gather->batch.nrows < max_rows) &&
		   gather->bytes < GW_GATHER_BATCH_BYTES)
	{
		bool some = gather->batch.nrows > 0 && !head->fill && max_rows > 0;
		MysqlEvent event;
		GwStatus status;

		if (gw_interrupt_pending())
			return GW_INTERRUPTED;
		status = gw_mysql_advance(link, deadline, GW_WAIT_NORMAL, head->nowait || some, &event,
								  err);
		if (status == GW_TIMED_OUT && some)
			break;
		if (status == GW_FAILED)
		{
			run->failed = true;
			run->error = *err;
			(void) run_end(run, link);
			return GW_FAILED;
		}
		if (status != GW_OK)
			return status;
		if (event == MYSQL_EVENT_END)
		{
			if (run_end(run, link) != GW_OK || gather->batch.nrows == 0)
				return run_outcome(run, err);
			break;
		}
		if (event == MYSQL_EVENT_COLUMNS)
		{
			if (link->nresults > 1)
				return gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
									"the statement returns more than one result");
			gw_mysql_cells_describe(link, gw_mysql_fields(link), gather);
			continue;
		}
		status = link->shape ? gw_mysql_cells_binary(link, gather, err)
							 : gw_mysql_cells_text(link, gather, err);
		if (status != GW_OK)
			return status;
		run->nrows++;
	}
	run->given = true;
	return GW_OK;
}

void
gw_mysql_run_finish(GwRun *head)
{
	/* The reset callback unties it from the link. */
	MemoryContextDelete(head->cxt);
}

/*
 * A result of which nobody wants the rest: a short one is read to its end, a
 * long one is stopped over there first.  A stop that comes too late would hit
 * the next statement, so one that does nothing takes it.
 */
GwStatus
gw_mysql_run_drain(GwLink *head, GwDeadline deadline, GwWaitMode mode, GwError *err)
{
	MysqlLink *link = (MysqlLink *) head;
	GwStatus status = GW_OK;

	if (link->stage != MYSQL_STAGE_NONE && mode == GW_WAIT_NORMAL && !link->stopped)
	{
		status = drain_rows(link, deadline, mode, DRAIN_ROWS, err);
		if (status == GW_TIMED_OUT)
			status = gw_mysql_link_cancel(head, deadline, mode, err);
		if (status != GW_OK)
			return status;
	}
	status = drain_rows(link, deadline, mode, PG_INT64_MAX, err);
	if (status != GW_OK)
		return status;
	if (link->stopped)
	{
		MemoryContextReset(link->cxt);
		link->stopped = false;
		link->prepared = false;
		link->rest = NULL;
		link->sql = "DO 0";
		gw_mysql_begin(link);
		return drain_rows(link, deadline, mode, PG_INT64_MAX, err);
	}
	return GW_OK;
}

/* GW_TIMED_OUT: there are more rows than that. */
static GwStatus
drain_rows(MysqlLink *link, GwDeadline deadline, GwWaitMode mode, int64 max_rows, GwError *err)
{
	int64 n = 0;

	while (link->stage != MYSQL_STAGE_NONE)
	{
		MysqlEvent event = MYSQL_EVENT_END;
		GwStatus status;

		if (mode == GW_WAIT_NORMAL && gw_interrupt_pending())
			return GW_INTERRUPTED;
		status = gw_mysql_advance(link, deadline, mode, max_rows != PG_INT64_MAX, &event, err);
		if (status == GW_FAILED && !link->broken)
			break; /* the statement's own failure interests nobody any more */
		if (status != GW_OK)
			return status;
		if (event == MYSQL_EVENT_END)
			gw_mysql_end(link);
		else if (event == MYSQL_EVENT_ROW && ++n >= max_rows)
			return GW_TIMED_OUT;
	}
	if (link->run != NULL)
		link->run->head.link = NULL;
	link->run = NULL;
	return GW_OK;
}

GwStatus
gw_mysql_undo_send(GwLink *head, const char *sql, GwError *err)
{
	MysqlLink *link = (MysqlLink *) head;
	MysqlEvent event;

	if (gw_mysql_of(link) == NULL || link->broken || link->stage != MYSQL_STAGE_NONE)
		return gw_mysql_error_lost(link, err);
	MemoryContextReset(link->cxt);
	link->sql = link->rest = MemoryContextStrdup(link->cxt, sql);
	link->prepared = false;
	link->skipped_id = 0;
	link->undo_failed = false;
	gw_mysql_begin(link);
	/* What does not leave now leaves when it is waited for. */
	if (gw_mysql_advance(link, gw_deadline_in_ms(0), GW_WAIT_CLEANUP, true, &event,
						 &link->undo_error) == GW_FAILED)
		link->undo_failed = true;
	return GW_OK;
}

GwStatus
gw_mysql_undo_wait(GwLink *head, GwDeadline deadline, GwError *err)
{
	MysqlLink *link = (MysqlLink *) head;

	if (link->undo_failed)
	{
		*err = link->undo_error;
		return GW_FAILED;
	}
	while (link->stage != MYSQL_STAGE_NONE)
	{
		MysqlEvent event = MYSQL_EVENT_END;
		GwStatus status = gw_mysql_advance(link, deadline, GW_WAIT_CLEANUP, false, &event, err);

		if (status != GW_OK)
			return status;
		if (event == MYSQL_EVENT_END)
			gw_mysql_end(link);
	}
	return link->broken ? GW_FAILED : GW_OK;
}

static GwStatus
run_outcome(MysqlRun *run, GwError *err)
{
	if (!run->failed && run->finished)
		return GW_DONE;
	if (run->failed)
		*err = run->error;
	else
		gw_transport_cut(err);
	return GW_FAILED;
}

/* The statement is over: let go of the link. */
static GwStatus
run_end(MysqlRun *run, MysqlLink *link)
{
	link->run = NULL;
	run->head.link = NULL; /* it may outlive the link from here on */
	run->finished = true;
	if (run->failed)
		return GW_FAILED;
	run->head.result.rows =
		run->gather.batch.columns != NULL ? run->nrows : (int64) link->affected;
	gw_mysql_end(link);
	return GW_OK;
}

/* The first words of the statement, as a command tag. */
static void
run_command(GwRunResult *result, const char *sql)
{
	char *to = result->command;
	char *end = to + 32;
	int words = 0;

	sql += strspn(sql, " \t\r\n(");
	while (isalpha((unsigned char) *sql) && to < end && words < 2)
	{
		while (isalpha((unsigned char) *sql) && to < end)
			*to++ = pg_ascii_toupper((unsigned char) *sql++);
		if (++words == 2 || *sql != ' ' ||
			(strncmp(result->command, "CREATE", 6) != 0 &&
			 strncmp(result->command, "ALTER", 5) != 0 &&
			 strncmp(result->command, "DROP", 4) != 0))
			break;
		*to++ = *sql++;
	}
	while (to > result->command && to[-1] == ' ')
		to--;
	*to = '\0';
}

/* The link must not remember a run whose memory is gone. */
static void
run_reset_callback(void *arg)
{
	MysqlRun *run = (MysqlRun *) arg;
	MysqlLink *link = (MysqlLink *) run->head.link;

	if (link != NULL && link->run == run)
		link->run = NULL;
}
