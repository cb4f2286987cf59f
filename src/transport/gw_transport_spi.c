/*
 * gw_transport_spi.c
 *	  The transport that needs no wire: statements run in this very backend.
 *
 * Shares the local transaction, so there is nothing to connect, cancel or
 * clean up, and PostgreSQL's own errors pass through.  A statement that
 * returns rows becomes a portal that outlives the SPI call; rows are copied
 * straight from its slots into the run's batch memory.
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/gw_guard.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "transport/gw_transport.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"

/* Rows per batch when the caller does not care. */
#define SPI_DEFAULT_ROWS 1000

typedef struct SpiRun
{
	GwRun head;
	char *portal; /* its name, or NULL: a command without rows */
	Oid run_as;	  /* the role that fetches run as, or InvalidOid */
	bool no_writes;
	bool own_sql; /* our text, to be read with built-in names only */
	bool ended;
	int64 nrows;
	GwBatch batch;
	MemoryContext rows; /* values of the batch */
	int max_rows;
	int16 *typlen; /* per column */
	bool *typbyval;
} SpiRun;

/* What receives a portal's rows. */
typedef struct SpiReceiver
{
	DestReceiver pub;
	SpiRun *run;
} SpiReceiver;

/* The user to go back to; xact abort restores it when an error passes. */
typedef struct SpiIdentity
{
	Oid userid;
	int context;
	bool changed;
	int guc_level; /* 0: no setting was changed */
	bool read_only; /* the transaction was, before */
} SpiIdentity;

static SpiIdentity identity_assume(Oid run_as, bool no_writes, bool own_sql);
static void identity_restore(const SpiIdentity *identity);
static int portal_options(void);
static void statement_check_single(const char *sql);
static ParamListInfo statement_params(const GwStatement *stmt, Oid **types);
static void run_open(SpiRun *run, const GwStatement *stmt);
static void run_shape(SpiRun *run, TupleDesc desc);
static void run_reset_callback(void *arg);
static bool receiver_row(TupleTableSlot *slot, DestReceiver *self);
static void receiver_startup(DestReceiver *self, int operation, TupleDesc desc);
static void receiver_nothing(DestReceiver *self);

static GwStatus
spi_create(MemoryContext parent, const GwSetting *settings, int nsettings, GwLink **link,
		   GwError *err)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "gw spi link", ALLOCSET_SMALL_SIZES);

	*link = MemoryContextAllocZero(cxt, sizeof(GwLink));
	(*link)->transport = &gw_transport_spi;
	(*link)->cxt = cxt;
	return GW_OK;
}

static GwStatus
spi_start(GwLink *link, MemoryContext parent, const GwStatement *stmt, GwRun **result,
		  GwError *err)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "gw spi run", ALLOCSET_SMALL_SIZES);
	SpiRun *run = MemoryContextAllocZero(cxt, sizeof(SpiRun));
	SpiIdentity identity;

	run->head.link = link;
	run->head.cxt = cxt;
	run->head.result.rows = -1;
	run->run_as = stmt->run_as;
	run->no_writes = stmt->no_writes;
	run->own_sql = !stmt->user_sql && !stmt->any_path;
	run->rows = AllocSetContextCreate(cxt, "gw spi rows", ALLOCSET_DEFAULT_SIZES);
	gw_guard_on_reset(cxt, run_reset_callback, run);

	statement_check_single(stmt->sql);
	identity = identity_assume(run->run_as, run->no_writes, run->own_sql);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run_open(run, stmt);
	SPI_finish();
	identity_restore(&identity);
	*result = &run->head;
	return GW_OK;
}

static GwStatus
spi_next(GwRun *head, int max_rows, GwDeadline deadline, const GwBatch **batch, GwError *err)
{
	SpiRun *run = (SpiRun *) head;
	SpiReceiver receiver;
	SpiIdentity identity;
	Portal portal;

	*batch = &run->batch;
	run->batch.nrows = 0;
	if (run->ended)
		return GW_DONE;
	MemoryContextReset(run->rows);
	portal = GetPortalByName(run->portal);
	if (!PortalIsValid(portal))
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_INVALID_CURSOR_STATE,
							"the local query was closed before its result had ended");
	if (max_rows <= 0)
		max_rows = SPI_DEFAULT_ROWS;

	memset(&receiver, 0, sizeof(receiver));
	receiver.pub.receiveSlot = receiver_row;
	receiver.pub.rStartup = receiver_startup;
	receiver.pub.rShutdown = receiver_nothing;
	receiver.pub.rDestroy = receiver_nothing;
	receiver.pub.mydest = DestNone;
	receiver.run = run;
	identity = identity_assume(run->run_as, run->no_writes, run->own_sql);
	(void) PortalRunFetch(portal, FETCH_FORWARD, max_rows, &receiver.pub);
	identity_restore(&identity);

	run->nrows += run->batch.nrows;
	if (run->batch.nrows > 0)
		return GW_OK;
	run->ended = true;
	run->head.result.rows = run->nrows;
	PortalDrop(portal, false);
	return GW_DONE;
}

/* The reset callback drops the portal. */
static void
spi_finish(GwRun *head)
{
	MemoryContextDelete(head->cxt);
}

static void
spi_close(GwLink *link)
{
}

/* Prepare and open a portal, or run a command that returns no rows. */
static void
run_open(SpiRun *run, const GwStatement *stmt)
{
	Oid *types;
	ParamListInfo params = statement_params(stmt, &types);
	SPIPlanPtr plan = SPI_prepare_cursor(stmt->sql, stmt->nparams, types, portal_options());

	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
	if (SPI_is_cursor_plan(plan))
	{
		Portal portal = SPI_cursor_open_with_paramlist(NULL, plan, params, stmt->read_only);

		run->portal = MemoryContextStrdup(run->head.cxt, portal->name);
		strlcpy(run->head.result.command, GetCommandTagName(portal->commandTag),
				sizeof(run->head.result.command));
		if (portal->tupDesc != NULL)
			run_shape(run, portal->tupDesc);
	}
	else
	{
		List *sources = SPI_plan_get_plan_sources(plan);
		CachedPlanSource *source = (CachedPlanSource *) linitial(sources);
		int rc = SPI_execute_plan_with_paramlist(plan, params, stmt->read_only, 0);

		if (rc < 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 rc == SPI_ERROR_COPY
						 ? errmsg("COPY from or to the client cannot be run remotely")
						 : errmsg("%s cannot be run inside the database",
								  GetCommandTagName(source->commandTag))));
		strlcpy(run->head.result.command, GetCommandTagName(source->commandTag),
				sizeof(run->head.result.command));
		if (rc != SPI_OK_UTILITY)
			run->head.result.rows = (int64) SPI_processed;
		run->ended = true;
	}
}

/*
 * A cursor WITH HOLD is read to its end during COMMIT, and COMMIT drops every
 * portal that is not held as well, in no particular order.  So what feeds a
 * held cursor is held too.
 */
static int
portal_options(void)
{
	return ActivePortal != NULL ? ActivePortal->cursorOptions & CURSOR_OPT_HOLD : 0;
}

/* One statement, as on every other platform. */
static void
statement_check_single(const char *sql)
{
	List *parsed = pg_parse_query(sql);

	if (list_length(parsed) != 1)
		ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
						parsed == NIL ? errmsg("there is no statement to run")
									  : errmsg("only one statement can be run at a time")));
}

/* Parameters travel as text: the type's input function makes the value. */
static ParamListInfo
statement_params(const GwStatement *stmt, Oid **types)
{
	ParamListInfo params;
	int i;

	*types = palloc(Max(stmt->nparams, 1) * sizeof(Oid));
	if (stmt->nparams == 0)
		return NULL;
	params = makeParamList(stmt->nparams);
	for (i = 0; i < stmt->nparams; i++)
	{
		const GwParam *param = &stmt->params[i];
		ParamExternData *slot = &params->params[i];
		Oid type = param->type;
		Oid input;
		Oid ioparam;

		if (!OidIsValid(type) || type == UNKNOWNOID)
			type = TEXTOID;
		getTypeInputInfo(type, &input, &ioparam);
		slot->ptype = (*types)[i] = type;
		slot->pflags = PARAM_FLAG_CONST;
		slot->isnull = param->value == NULL;
		slot->value = OidInputFunctionCall(input, unconstify(char *, param->value), ioparam, -1);
	}
	return params;
}

static void
run_shape(SpiRun *run, TupleDesc desc)
{
	MemoryContext old = MemoryContextSwitchTo(run->head.cxt);
	int i;

	run->batch.ncolumns = desc->natts;
	run->batch.columns = palloc0(Max(desc->natts, 1) * sizeof(GwColumnInfo));
	run->typlen = palloc(Max(desc->natts, 1) * sizeof(int16));
	run->typbyval = palloc(Max(desc->natts, 1) * sizeof(bool));
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		GwColumnInfo *column = &run->batch.columns[i];

		column->name = pstrdup(NameStr(attr->attname));
		column->type_oid = attr->atttypid;
		column->typmod = attr->atttypmod;
		column->format = GW_CELL_DATUM;
		run->typlen[i] = attr->attlen;
		run->typbyval[i] = attr->attbyval;
	}
	MemoryContextSwitchTo(old);
}

static void
receiver_startup(DestReceiver *self, int operation, TupleDesc desc)
{
	SpiRun *run = ((SpiReceiver *) self)->run;

	if (run->batch.columns == NULL)
		run_shape(run, desc);
}

static bool
receiver_row(TupleTableSlot *slot, DestReceiver *self)
{
	SpiRun *run = ((SpiReceiver *) self)->run;
	int ncolumns = run->batch.ncolumns;
	MemoryContext old;
	GwCell *cell;
	int i;

	slot_getallattrs(slot);
	if (run->batch.nrows == run->max_rows)
	{
		int grown = Max(64, run->max_rows * 2);
		Size size = (Size) grown * Max(ncolumns, 1) * sizeof(GwCell);

		if (run->batch.cells == NULL)
			run->batch.cells = MemoryContextAllocHuge(run->head.cxt, size);
		else
			run->batch.cells = repalloc_huge(run->batch.cells, size);
		run->max_rows = grown;
	}
	cell = &run->batch.cells[(Size) run->batch.nrows * ncolumns];
	old = MemoryContextSwitchTo(run->rows);
	for (i = 0; i < ncolumns; i++, cell++)
	{
		cell->len = slot->tts_isnull[i] ? -1 : 0;
		cell->datum = cell->len < 0 ? (Datum) 0
									: datumCopy(slot->tts_values[i], run->typbyval[i],
												run->typlen[i]);
	}
	MemoryContextSwitchTo(old);
	run->batch.nrows++;
	return true;
}

static void
receiver_nothing(DestReceiver *self)
{
}

static SpiIdentity
identity_assume(Oid run_as, bool no_writes, bool own_sql)
{
	SpiIdentity identity;

	identity.guc_level = own_sql ? NewGUCNestLevel() : 0;

	/*
	 * As if it ran in a READ ONLY transaction: functions it calls too.  Since
	 * 16 the setting is not one that can be saved and put back; its variable
	 * is, and an abort of the (sub)transaction puts it back as well.
	 */
	identity.read_only = XactReadOnly;
	if (no_writes)
		XactReadOnly = true;

	/*
	 * Operators and types stand unqualified in what the dialects write: they
	 * are the built-in ones, whatever the caller has put into his path or
	 * into his temporary schema (searched first for types unless named).
	 */
	if (own_sql)
		(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET,
								 PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	GetUserIdAndSecContext(&identity.userid, &identity.context);
	identity.changed = OidIsValid(run_as) && run_as != identity.userid;
	if (identity.changed)
		SetUserIdAndSecContext(run_as, identity.context | SECURITY_LOCAL_USERID_CHANGE |
										   SECURITY_RESTRICTED_OPERATION);
	return identity;
}

static void
identity_restore(const SpiIdentity *identity)
{
	if (identity->changed)
		SetUserIdAndSecContext(identity->userid, identity->context);
	XactReadOnly = identity->read_only;
	if (identity->guc_level > 0)
		AtEOXact_GUC(false, identity->guc_level);
}

/*
 * Drop the portal with the run.  In an abort PostgreSQL drops portals itself,
 * in its own order, so keep away then.
 */
static void
run_reset_callback(void *arg)
{
	SpiRun *run = (SpiRun *) arg;
	Portal portal;

	if (run->portal == NULL || run->ended || !IsTransactionState())
		return;
	portal = GetPortalByName(run->portal);
	if (PortalIsValid(portal) && portal->status != PORTAL_ACTIVE && portal->portalPinned == false)
		PortalDrop(portal, false);
}

const GwTransport gw_transport_spi = {
	.name = "spi",
	.concurrent_runs = true,
	.create = spi_create,
	.start = spi_start,
	.next = spi_next,
	.finish = spi_finish,
	.close = spi_close,
};
