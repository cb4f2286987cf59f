/*
 * gw_transport_mysql_protocol.c
 *	  One statement from its text to its end mark, step by step.
 *
 * What may wait in the library is called by gw_transport_mysql_call.c alone.  Each
 * such call is begun once and gone on with until it is through, so that a step may be left
 * at any wait and taken up again, by the run or by whoever drains the link.
 * A result has ended when the server's own end packet was read; a connection
 * that ends before is a failure.
 */
#include "postgres.h"

#include "transport/gw_transport_mysql.h"

static GwStatus call_drive(MysqlLink *link, MysqlOp op, GwDeadline deadline, GwWaitMode mode,
						   bool nowait, GwError *err);
static GwStatus stage_query(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err);
static GwStatus stage_prepared(MysqlLink *link, MysqlEvent *event, bool *happened,
							   GwError *err);
static GwStatus stage_executed(MysqlLink *link, MysqlEvent *event, bool *happened,
							   GwError *err);
static GwStatus stage_row(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err);
static GwStatus stage_binary_row(MysqlLink *link, MysqlEvent *event, bool *happened,
								 GwError *err);
static GwStatus stage_after(MysqlLink *link, GwDeadline deadline, GwWaitMode mode, bool nowait,
							MysqlEvent *event, bool *happened, GwError *err);
static GwStatus stage_failed(MysqlLink *link, GwError *err);
static GwStatus result_begin(MysqlLink *link, bool binary, MysqlEvent *event, bool *happened,
							 GwError *err);
static bool result_columns(MysqlLink *link, MysqlEvent *event);
static const char *script_next(MysqlLink *link);

void
gw_mysql_begin(MysqlLink *link)
{
	link->calling = false;
	link->ncolumns = 0;
	link->nresults = 0;
	link->affected = 0;
	link->stage = MYSQL_STAGE_QUERY;
	if (link->prepared && link->kept != NULL && link->kept->sql != NULL)
	{
		link->stage = MYSQL_STAGE_EXECUTE;
		if (link->nparams > 0)
			mysql_stmt_bind_param(link->kept->stmt, link->params);
	}
	else if (link->prepared)
		link->stage = MYSQL_STAGE_PREPARE;
	else if (link->rest != NULL)
		link->sql = script_next(link);
}

GwStatus
gw_mysql_advance(MysqlLink *link, GwDeadline deadline, GwWaitMode mode, bool nowait,
				 MysqlEvent *event, GwError *err)
{
	GwStatus status = GW_OK;
	bool happened = false;

	while (!happened)
	{
		if (gw_mysql_of(link) == NULL || link->broken)
			return gw_mysql_error_lost(link, err);
		switch (link->stage)
		{
			case MYSQL_STAGE_NONE:
			case MYSQL_STAGE_ENDED:
				*event = MYSQL_EVENT_END;
				return GW_OK;
			case MYSQL_STAGE_QUERY:
				status = call_drive(link, MYSQL_OP_QUERY, deadline, mode, nowait, err);
				if (status == GW_OK)
					status = stage_query(link, event, &happened, err);
				break;
			case MYSQL_STAGE_PREPARE:
				status = call_drive(link, MYSQL_OP_PREPARE, deadline, mode, nowait, err);
				if (status == GW_OK)
					status = stage_prepared(link, event, &happened, err);
				break;
			case MYSQL_STAGE_EXECUTE:
				status = call_drive(link, MYSQL_OP_EXECUTE, deadline, mode, nowait, err);
				if (status == GW_OK)
					status = stage_executed(link, event, &happened, err);
				break;
			case MYSQL_STAGE_ROWS:
				status = call_drive(link, MYSQL_OP_ROW, deadline, mode, nowait, err);
				if (status == GW_OK)
					status = stage_row(link, event, &happened, err);
				break;
			case MYSQL_STAGE_BINARY_ROWS:
				status = call_drive(link, MYSQL_OP_BINARY_ROW, deadline, mode, nowait, err);
				if (status == GW_OK)
					status = stage_binary_row(link, event, &happened, err);
				break;
			case MYSQL_STAGE_AFTER:
				status = stage_after(link, deadline, mode, nowait, event, &happened, err);
				break;
		}
		if (status != GW_OK)
			return status;
	}
	return GW_OK;
}

void
gw_mysql_end(MysqlLink *link)
{
	if (link->rows != NULL)
		mysql_free_result(link->rows);
	if (link->shape != NULL)
		mysql_free_result(link->shape);
	if (link->stmt != NULL)
		mysql_stmt_close(link->stmt);
	link->rows = link->shape = NULL;
	link->stmt = NULL;
	link->kept = NULL;
	link->calling = false;
	gw_mysql_call_forget(link);
	link->stage = MYSQL_STAGE_NONE;
	link->ncolumns = 0;
	if (link->cxt != NULL)
		MemoryContextReset(link->cxt);
}

void
gw_mysql_forget_statements(MysqlLink *link)
{
	for (int i = 0; i < MYSQL_KEPT_STATEMENTS; i++)
	{
		MysqlKept *kept = &link->statements[i];

		if (kept->stmt != NULL)
			mysql_stmt_close(kept->stmt);
		if (kept->sql != NULL)
			pfree(kept->sql);
		kept->stmt = NULL;
		kept->sql = NULL;
	}
}

/* ---- calls of the library ---- */

/* Begin the call or go on with it, until it is through. */
static GwStatus
call_drive(MysqlLink *link, MysqlOp op, GwDeadline deadline, GwWaitMode mode, bool nowait,
		   GwError *err)
{
	if (!link->calling)
	{
		link->op = op;
		link->calling = true;
		link->waits = gw_mysql_call_begin(link);
	}
	Assert(link->op == op);
	while (link->waits != 0)
	{
		int events;
		pgsocket fd = gw_mysql_call_socket(link, &events);
		GwStatus status;

		if (nowait && mode == GW_WAIT_NORMAL && !gw_interrupt_pending())
			deadline = gw_deadline_in_ms(0);
		status = gw_wait_with(link->waiter, fd, events, deadline, mode);
		if (status == GW_TIMED_OUT && nowait)
			return status;
		if (status == GW_INTERRUPTED)
			return status;
		if (status != GW_OK)
			return gw_transport_no_answer(err);
		link->waits = gw_mysql_call_continue(link, link->waits);
	}
	link->calling = false;
	return GW_OK;
}

/* ---- what follows a call ---- */

/* The statement has failed: it is over, and the link is free unless lost. */
static GwStatus
stage_failed(MysqlLink *link, GwError *err)
{
	(void) gw_mysql_error_take(link, err);
	if (!link->broken)
		gw_mysql_end(link);
	return GW_FAILED;
}

static GwStatus
stage_query(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err)
{
	if (link->result != 0)
		return stage_failed(link, err);
	return result_begin(link, false, event, happened, err);
}

/* A kept statement is remembered by its text from now on. */
static GwStatus
stage_prepared(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err)
{
	MYSQL_STMT *stmt = gw_mysql_stmt_of(link);

	if (link->result != 0)
	{
		if (link->plain_too && mysql_stmt_errno(stmt) == ER_UNSUPPORTED_PS)
		{
			mysql_stmt_close(link->stmt);
			link->stmt = NULL;
			link->stage = MYSQL_STAGE_QUERY;
			return GW_OK;
		}
		if (link->kept != NULL)
		{
			/* Forget it, but say first what was wrong. */
			link->stmt = link->kept->stmt;
			link->kept->stmt = NULL;
			link->kept = NULL;
		}
		return stage_failed(link, err);
	}
	if (link->kept != NULL)
		link->kept->sql = MemoryContextStrdup(link->head.cxt, link->sql);
	if ((int) mysql_stmt_param_count(stmt) != link->nparams)
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_PROTOCOL_VIOLATION,
					 "the statement has %d parameters, but %d values were given",
					 (int) mysql_stmt_param_count(stmt), link->nparams);
		gw_error_hint(err, "Parameters are written as ?.");
		gw_mysql_end(link);
		return GW_FAILED;
	}
	link->stage = link->describe ? MYSQL_STAGE_AFTER : MYSQL_STAGE_EXECUTE;
	if (link->describe && mysql_stmt_field_count(stmt) > 0)
	{
		link->shape = mysql_stmt_result_metadata(stmt);
		if (link->shape == NULL)
			return stage_failed(link, err);
		link->ncolumns = (int) mysql_num_fields(link->shape);
		gw_mysql_cells_begin(link, gw_mysql_fields(link), true);
		*happened = result_columns(link, event);
	}
	else if (!link->describe && link->nparams > 0 &&
			 mysql_stmt_bind_param(stmt, link->params) != 0)
		return stage_failed(link, err);
	return GW_OK;
}

static GwStatus
stage_executed(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err)
{
	if (link->result != 0)
		return stage_failed(link, err);
	return result_begin(link, true, event, happened, err);
}

static GwStatus
stage_row(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err)
{
	if (link->row == NULL)
	{
		/* The end packet leaves no error behind; anything else does. */
		if (mysql_errno(gw_mysql_of(link)) != 0)
			return stage_failed(link, err);
		link->stage = MYSQL_STAGE_AFTER;
		return GW_OK;
	}
	*event = MYSQL_EVENT_ROW;
	*happened = link->rest == NULL;
	return GW_OK;
}

static GwStatus
stage_binary_row(MysqlLink *link, MysqlEvent *event, bool *happened, GwError *err)
{
	if (link->result == MYSQL_NO_DATA)
	{
		link->stage = MYSQL_STAGE_AFTER;
		return GW_OK;
	}
	/* Values longer than what was bound are fetched one by one. */
	if (link->result != 0 && link->result != MYSQL_DATA_TRUNCATED)
		return stage_failed(link, err);
	*event = MYSQL_EVENT_ROW;
	*happened = link->rest == NULL;
	return GW_OK;
}

/*
 * A result has ended.  Procedures give several, and a script has more
 * statements; the very last answer says how it all went.
 */
static GwStatus
stage_after(MysqlLink *link, GwDeadline deadline, GwWaitMode mode, bool nowait,
			MysqlEvent *event, bool *happened, GwError *err)
{
	MYSQL *mysql = gw_mysql_of(link);
	MYSQL_STMT *stmt = gw_mysql_stmt_of(link);

	if (link->rows != NULL)
		mysql_free_result(link->rows);
	if (link->shape != NULL)
		mysql_free_result(link->shape);
	link->rows = link->shape = NULL;
	if (mysql_more_results(mysql))
	{
		GwStatus status =
			call_drive(link, stmt ? MYSQL_OP_NEXT_BINARY_RESULT : MYSQL_OP_NEXT_RESULT, deadline,
					   mode, nowait, err);

		if (status != GW_OK)
			return status;
		if (link->result > 0)
			return stage_failed(link, err);
		if (link->result == 0)
			return result_begin(link, stmt != NULL, event, happened, err);
	}
	if (link->rest != NULL)
	{
		link->sql = script_next(link);
		link->stage = MYSQL_STAGE_QUERY;
		return GW_OK;
	}
	link->stage = MYSQL_STAGE_ENDED;
	return GW_OK;
}

/*
 * How many rows an INSERT that skips rows has added.  With CLIENT_FOUND_ROWS
 * every skipped row counts as one, like a new one; a statement of several rows
 * says how many were skipped: "Records: 3  Duplicates: 1  Warnings: 0", in the
 * session's language.
 */
static uint64
result_added(MysqlLink *link, bool binary, uint64 affected)
{
	const char *info = mysql_info(gw_mysql_of(link));
	uint64 counts[2];

	if (info == NULL)
	{
		uint64 id = binary ? mysql_stmt_insert_id(gw_mysql_stmt_of(link))
						   : mysql_insert_id(gw_mysql_of(link));

		return id == link->skipped_id ? 0 : affected;
	}
	for (int i = 0; i < 2; i++)
	{
		char *end;

		info += strcspn(info, "0123456789");
		counts[i] = strtou64(info, &end, 10);
		info = end;
	}
	return counts[0] - Min(counts[0], counts[1]);
}

/* A statement was answered: with rows to come, or with how many it has changed. */
static GwStatus
result_begin(MysqlLink *link, bool binary, MysqlEvent *event, bool *happened, GwError *err)
{
	MYSQL *mysql = gw_mysql_of(link);
	MYSQL_STMT *stmt = gw_mysql_stmt_of(link);

	if ((binary ? mysql_stmt_field_count(stmt) : mysql_field_count(mysql)) == 0)
	{
		uint64 affected = binary ? mysql_stmt_affected_rows(stmt) : mysql_affected_rows(mysql);

		if (affected != (uint64) -1)
			link->affected +=
				link->skipped_id != 0 ? result_added(link, binary, affected) : affected;
		link->stage = MYSQL_STAGE_AFTER;
		return GW_OK;
	}
	if (binary)
		link->shape = mysql_stmt_result_metadata(stmt);
	else
		link->rows = mysql_use_result(mysql);
	if (binary ? link->shape == NULL : link->rows == NULL)
		return stage_failed(link, err);
	link->ncolumns = (int) mysql_num_fields(binary ? link->shape : link->rows);
	gw_mysql_cells_begin(link, gw_mysql_fields(link), binary);
	if (binary && mysql_stmt_bind_result(stmt, link->binds) != 0)
		return stage_failed(link, err);
	link->stage = binary ? MYSQL_STAGE_BINARY_ROWS : MYSQL_STAGE_ROWS;
	*happened = result_columns(link, event);
	return GW_OK;
}

static bool
result_columns(MysqlLink *link, MysqlEvent *event)
{
	/* Rows of a statement that prepares the one we were asked for. */
	if (link->rest != NULL)
		return false;
	link->nresults++;
	*event = MYSQL_EVENT_COLUMNS;
	return true;
}

const MYSQL_FIELD *
gw_mysql_fields(const MysqlLink *link)
{
	return mysql_fetch_fields(link->shape ? link->shape : link->rows);
}

/* The next statement of a script: our own text, in which ';' only separates. */
static const char *
script_next(MysqlLink *link)
{
	const char *start = link->rest + strspn(link->rest, " \n");
	const char *end = strchr(start, ';');
	char *sql;

	link->rest = end != NULL ? end + 1 : NULL;
	if (end == NULL)
		return start;
	sql = MemoryContextAllocZero(link->cxt, end - start + 1);
	return memcpy(sql, start, end - start);
}
