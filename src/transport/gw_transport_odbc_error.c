/*
 * gw_transport_odbc_error.c
 *	  What a driver reports, as a value.
 *
 * All of its records are kept: the first is the message, the others the detail.
 * Decides nothing about the caller's transaction; knows ODBC's SQLSTATEs where
 * they are not PostgreSQL's.
 */
#include "postgres.h"

#include "transport/gw_transport_odbc.h"

/* ODBC's states that PostgreSQL spells otherwise. */
static const struct
{
	char odbc[6];
	int sqlstate;
	GwErrorClass cls;
} error_states[] = {
	{"01S07", ERRCODE_DATA_EXCEPTION, GW_ERR_PERMANENT},
	{"08S01", ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{"22018", ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_PERMANENT},
	{"28000", ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{"42S01", ERRCODE_DUPLICATE_TABLE, GW_ERR_INVALID},
	{"42S02", ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{"42S21", ERRCODE_DUPLICATE_COLUMN, GW_ERR_INVALID},
	{"42S22", ERRCODE_UNDEFINED_COLUMN, GW_ERR_NOT_FOUND},
	{"42000", ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION, GW_ERR_INVALID},
	{"HY001", ERRCODE_FDW_OUT_OF_MEMORY, GW_ERR_TRANSIENT},
	{"HY008", ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{"HYC00", ERRCODE_FEATURE_NOT_SUPPORTED, GW_ERR_INVALID},
	{"HYT00", ERRCODE_QUERY_CANCELED, GW_ERR_TRANSIENT},
	{"HYT01", ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION, GW_ERR_TRANSIENT},
	{"IM002", ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, GW_ERR_INVALID},
	{"IM003", ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, GW_ERR_INVALID},
	{"IM004", ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION, GW_ERR_INVALID},
};

static int
error_state(const char *odbc, GwErrorClass *cls)
{
	int i;

	*cls = GW_ERR_NONE;
	for (i = 0; i < lengthof(error_states); i++)
	{
		if (strcmp(error_states[i].odbc, odbc) != 0)
			continue;
		*cls = error_states[i].cls;
		return error_states[i].sqlstate;
	}
	if (strncmp(odbc, "HY", 2) == 0 || strncmp(odbc, "IM", 2) == 0 ||
		strncmp(odbc, "00", 2) == 0 || strncmp(odbc, "01", 2) == 0)
		return ERRCODE_FDW_ERROR;
	return gw_error_sqlstate(odbc, ERRCODE_FDW_ERROR);
}

/* Behind the names of those who passed the message on: "[unixODBC][Driver]". */
static const char *
error_words(const char *message)
{
	while (message[0] == '[')
	{
		const char *end = strchr(message, ']');

		if (end == NULL || end[1] == '\0')
			break;
		message = end + 1;
		while (*message == ' ')
			message++;
	}
	return message;
}

/*
 * Has the driver lost the thread of what the server says?  These are a client
 * library's own errors (CR_...), which its driver passes on with a state that
 * says nothing: gone away, lost, out of sync, a malformed packet.
 */
static bool
error_is_of_the_wire(const OdbcDiag *diag)
{
	static const int codes[] = {2006, 2012, 2013, 2014, 2020, 2026, 2027, 2055};
	int i;

	if (strncmp(diag->sqlstate, "HY", 2) != 0)
		return false;
	for (i = 0; i < lengthof(codes); i++)
		if (diag->native == codes[i])
			return true;
	return false;
}

/* Does it leave open why a connection could not be made? */
static bool
error_is_vague(int sqlstate)
{
	return sqlstate == ERRCODE_FDW_ERROR || sqlstate == ERRCODE_CONNECTION_FAILURE ||
		sqlstate == ERRCODE_QUERY_CANCELED;
}

static GwStatus
error_driver(OdbcLink *link, const OdbcOutcome *outcome, GwError *err)
{
	const OdbcDiag *first = &outcome->diags[0];
	const char *doing = link->ready ? "" : "could not connect: ";
	char clean[sizeof(err->message)];
	GwErrorClass cls;
	int sqlstate;
	int i;

	if (outcome->ndiags == 0)
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_FDW_ERROR,
							"%sthe ODBC driver failed and does not say why", doing);
	sqlstate = error_state(first->sqlstate, &cls);
	if (cls == GW_ERR_NONE)
		cls = gw_error_class_of_sqlstate(sqlstate);
	if (outcome->dead || error_is_of_the_wire(first))
	{
		sqlstate = ERRCODE_CONNECTION_FAILURE;
		cls = GW_ERR_TRANSIENT;
	}
	/* Of a new connection that is not made, nothing better is known. */
	if (!link->ready && error_is_vague(sqlstate))
	{
		sqlstate = ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
		cls = GW_ERR_TRANSIENT;
	}
	if (ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_CONNECTION_EXCEPTION)
		link->broken = true;
	gw_error_remote_text(clean, sizeof(clean), error_words(first->message));
	gw_error_set(err, cls, sqlstate, "%s%s", doing, clean);
	err->vendor_code = first->native;
	for (i = 1; i < outcome->ndiags; i++)
	{
		char detail[sizeof(err->detail)];

		gw_error_remote_text(clean, sizeof(clean), error_words(outcome->diags[i].message));
		snprintf(detail, sizeof(detail), "%s%s%s: %s", err->detail,
				 err->detail[0] ? " " : "", outcome->diags[i].sqlstate, clean);
		gw_error_detail(err, "%s", detail);
	}
	return GW_FAILED;
}

static const char *
error_column(const OdbcWorker *worker)
{
	int column = worker->outcome.column;

	if (column < 0 || column >= worker->result.ncolumns ||
		worker->result.columns[column].name == NULL)
		return "?";
	return worker->result.columns[column].name;
}

/* The driver's process has ended by itself. */
static GwStatus
error_process(OdbcLink *link, int signal, GwError *err)
{
	link->broken = true;
	if (link->ready)
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
					 "the ODBC driver has crashed");
	else
		gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
					 "could not connect: the ODBC driver has crashed");
	if (signal > 0)
		gw_error_detail(err, "Its process was ended by signal %d (%s).", signal,
						strsignal(signal));
	else
		gw_error_detail(err, "Its process ended in the middle of a call.");
	return GW_FAILED;
}

GwStatus
odbc_error(OdbcLink *link, const OdbcWorker *worker, GwError *err)
{
	const OdbcOutcome *outcome = &worker->outcome;
	char column[64];

	gw_error_remote_text(column, sizeof(column), error_column(worker));
	switch (outcome->fault)
	{
		case ODBC_FAULT_NONE:
			return GW_OK;
		case ODBC_FAULT_DRIVER:
			return error_driver(link, outcome, err);
		case ODBC_FAULT_MEMORY:
			return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
		case ODBC_FAULT_TEXT:
			gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
						 "column \"%s\" holds characters that are none", column);
			gw_error_detail(err, "The driver gave what is no character, half of one, or a NUL.");
			break;
		case ODBC_FAULT_CUT:
			gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_STRING_DATA_RIGHT_TRUNCATION,
						 "the driver would cut a value of column \"%s\"", column);
			gw_error_hint(err, "Select the column converted to text, or use another driver.");
			break;
		case ODBC_FAULT_TOO_LONG:
			return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
								"a value of column \"%s\" is too long", column);
		case ODBC_FAULT_MORE:
			gw_error_set(err, GW_ERR_INVALID, ERRCODE_FEATURE_NOT_SUPPORTED,
						 "the statement gives more than one result");
			gw_error_hint(err, "Run one statement at a time.");
			break;
		case ODBC_FAULT_SETS:
			return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_FDW_ERROR,
								"the driver did not take all of the rows");
		case ODBC_FAULT_PROCESS:
			return error_process(link, outcome->column, err);
		case ODBC_FAULT_FILE:
			link->broken = true;
			gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
						 "could not give the ODBC driver its settings: %s",
						 strerror(outcome->column));
			gw_error_detail(err, "They are a file in memory that the driver opens below /proc.");
			break;
		case ODBC_FAULT_PLAIN:
			link->broken = true;
			gw_error_set(err, GW_ERR_AUTH, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
						 "could not connect: the session would go on without TLS");
			gw_error_detail(err, "What was agreed on with the server encrypts the login only.");
			gw_error_hint(err, "Have the server encrypt whole sessions. Where it does, somebody on "
							   "the way has changed what was agreed on.");
			break;
		case ODBC_FAULT_QUOTES:
			gw_error_set(err, GW_ERR_INVALID, ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
						 "the source quotes names with %s and not with double quotes",
						 worker->facts.quote);
			gw_error_hint(err, "Set the server option \"init_sql\" to a statement that makes it "
							   "take double quotes.");
			break;
	}
	return GW_FAILED;
}

GwStatus
odbc_error_lost(OdbcLink *link, GwError *err)
{
	link->broken = true;
	return gw_transport_lost(err);
}

GwStatus
odbc_error_cancelled(GwError *err)
{
	return gw_error_set(err, GW_ERR_CANCELLED, ERRCODE_QUERY_CANCELED,
						"the remote statement was cancelled");
}
