/*
 * gw_session_connect.c
 *	  From options to a connection that is pinned and verified.
 *
 * Does not cache and does not begin transactions.  What it makes lives in
 * the session's context.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "session/gw_session_private.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* When neither the server nor the option table says how long to wait. */
#define CONNECT_TIMEOUT_S 10

static GwStatus connect_check_pins(GwSession *session, const GwBatch *batch, GwError *err);

/*
 * Connect the session's link.  An interrupt may leave by ereport in the
 * middle; the transaction's end then closes what is not ready.
 */
GwStatus
gw_session_connect(GwSession *session, GwError *err)
{
	const GwPlatform *platform = session->platform;
	GwSettings settings = {0};
	int64 seconds = gw_option_int(session->options, "connect_timeout");
	GwDeadline deadline;
	GwStatus status;
	int64 begun;

	session->ready = false;
	if (session->link != NULL)
	{
		MemoryContext old = session->link->cxt;

		session->link->transport->close(session->link);
		session->link = NULL;
		MemoryContextDelete(old);
	}
	if (gw_option_bool(session->options, "ssh_tunnel"))
	{
		gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
					 "SSH tunnels are not supported");
		gw_error_hint(err, "Open the tunnel outside PostgreSQL, name its local end in the server's "
						   "options, and set ssh_tunnel to false.");
		return GW_FAILED;
	}
	if (platform->settings != NULL &&
		platform->settings(session->options, &settings, err) != GW_OK)
		return GW_FAILED;
	status = platform->transport->create(session->cxt, settings.items, settings.n,
										 &session->link, err);
	if (status != GW_OK)
		return status;
	deadline = gw_deadline_in_ms((seconds > 0 ? seconds : CONNECT_TIMEOUT_S) * 1000);
	while ((status = gw_link_connect(session->link, deadline, err)) == GW_INTERRUPTED)
		gw_session_interrupts();
	if (status != GW_OK)
		return GW_FAILED;
	session->server_version = gw_link_server_version(session->link);
	session->connected_at = GetCurrentTimestamp();
	begun = gw_monotonic_us();
	if (gw_session_pin(session, SESSION_OWN, err) != GW_OK)
		return GW_FAILED;
	session->round_trip_us = gw_monotonic_us() - begun;
	session->ready = true;
	return GW_OK;
}

/*
 * Set what our reading of values depends on, and read it back: a pooler or a
 * server that ignores a setting must not get to answer queries.  The user's
 * own SQL gets the same, except that names mean what they mean over there.
 */
GwStatus
gw_session_pin(GwSession *session, SessionUse use, GwError *err)
{
	const GwPlatform *platform = session->platform;
	const GwTransport *transport = platform->transport;
	GwParam schema = {.type = TEXTOID, .value = gw_option_str(session->options, "schema")};
	GwStatement stmt = {.sql = platform->pin_sql, .script = true};
	MemoryContext cxt;
	const GwBatch *batch;
	GwRun *run = NULL;
	GwStatus status;

	/* Names stay as the user's SQL has set them, how values are written does not. */
	if (use == SESSION_USER_ROWS && session->pins == PINS_USER)
		stmt.sql = platform->value_pin_sql;
	else if (use != SESSION_OWN)
		stmt = (GwStatement){.sql = platform->user_sql_pin, .nparams = 1, .params = &schema};
	session->pins = use == SESSION_OWN ? PINS_OWN : PINS_USER;
	session->values_doubt = false;
	if (stmt.sql == NULL)
		return GW_OK;
	session->pins = PINS_UNKNOWN;
	cxt = AllocSetContextCreate(CurrentMemoryContext, "gw session pins", ALLOCSET_SMALL_SIZES);
	status = transport->start(session->link, cxt, &stmt, &run, err);
	while (status == GW_OK)
	{
		status = gw_session_step(session, run, 0, &batch, err);
		if (status == GW_OK)
			status = connect_check_pins(session, batch, err);
	}
	MemoryContextDelete(cxt);
	if (status != GW_DONE)
		return GW_FAILED;
	session->pins = use == SESSION_OWN ? PINS_OWN : PINS_USER;
	return GW_OK;
}

static GwStatus
connect_check_pins(GwSession *session, const GwBatch *batch, GwError *err)
{
	int row;

	for (row = 0; row < batch->nrows; row++)
	{
		const char *name = gw_batch_text(batch, row, 0);
		const char *wanted = gw_batch_text(batch, row, 1);
		const char *actual = gw_batch_text(batch, row, 2);
		char shown[256];

		if (name != NULL && wanted != NULL && actual != NULL && strcmp(wanted, actual) == 0)
			continue;
		gw_error_remote_text(shown, sizeof(shown), actual ? actual : "nothing");
		gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_CONNECTION_EXCEPTION,
					 "the remote session does not keep the setting \"%s\"", name ? name : "?");
		gw_error_detail(err, "It was set to \"%s\" and reads back as \"%s\".",
						wanted ? wanted : "?", shown);
		gw_error_hint(err, "Connect to the server itself rather than to a pooler that shares "
						   "sessions.");
		return GW_FAILED;
	}
	return GW_OK;
}
