/*
 * gw_transport_odbc_driver.c
 *	  What the worker's thread does: connect, run statements, transactions.
 *
 * Calls the driver and nothing of PostgreSQL's.  Reading rows is in
 * gw_transport_odbc_fetch.c.  Everything made here is malloc'd and belongs to
 * the worker.
 */
#include "postgres.h"

#include <stdlib.h>
#include <strings.h>

#include "transport/gw_transport_odbc.h"

/* Room for a name or a text of SQLGetInfo, in characters. */
#define DRIVER_INFO_CHARS 512

/* ---- outcomes ---- */

bool
odbc_fault(OdbcWorker *worker, OdbcFault fault, int column)
{
	worker->outcome.fault = fault;
	worker->outcome.column = column;
	return false;
}

/* Copy a UTF-16 text to UTF-8, cut at a character; what is none becomes '?'. */
static void
driver_copy(char *dst, size_t size, const SQLWCHAR *units, size_t n)
{
	OdbcText text = {0};
	size_t i;
	size_t len;

	for (i = 0; i < n && units[i] != 0; i++)
	{
		bool high = units[i] >= 0xD800 && units[i] <= 0xDBFF && i + 1 < n;

		if (!odbc_text_utf16(&text, &units[i], high ? 2 : 1))
			odbc_text_put(&text, "?");
		else if (high)
			i++;
	}
	len = Min(text.len, size - 1);
	while (len > 0 && len < text.len && (text.data[len] & 0xC0) == 0x80)
		len--;
	if (len > 0)
		memcpy(dst, text.data, len);
	dst[len] = '\0';
	odbc_text_free(&text);
}

static void
driver_diagnose(OdbcWorker *worker, SQLSMALLINT kind, SQLHANDLE handle)
{
	OdbcOutcome *outcome = &worker->outcome;
	SQLSMALLINT i;

	for (i = 1; outcome->ndiags < ODBC_MAX_DIAGS; i++)
	{
		OdbcDiag *diag = &outcome->diags[outcome->ndiags];
		SQLWCHAR state[6] = {0};
		SQLWCHAR message[sizeof(diag->message)] = {0};
		SQLINTEGER native = 0;
		SQLSMALLINT len = 0;
		SQLRETURN rc = SQLGetDiagRecW(kind, handle, i, state, &native, message,
									  lengthof(message), &len);

		if (!SQL_SUCCEEDED(rc))
			return;
		driver_copy(diag->sqlstate, sizeof(diag->sqlstate), state, 5);
		driver_copy(diag->message, sizeof(diag->message), message, lengthof(message));
		diag->native = native;
		outcome->ndiags++;
	}
}

/*
 * Is it the connection that has gone?  Many drivers have no state of their own
 * for that, so where theirs says nothing in particular they are asked.
 */
static bool
driver_is_dead(const OdbcWorker *worker)
{
	const OdbcOutcome *outcome = &worker->outcome;
	SQLUINTEGER dead = SQL_CD_FALSE;

	if (!worker->connected || outcome->ndiags == 0 ||
		strncmp(outcome->diags[0].sqlstate, "HY", 2) != 0 ||
		strcmp(outcome->diags[0].sqlstate, "HY008") == 0)
		return false;
	return SQL_SUCCEEDED(SQLGetConnectAttr(worker->dbc, SQL_ATTR_CONNECTION_DEAD, &dead,
										   SQL_IS_UINTEGER, NULL)) &&
		dead == SQL_CD_TRUE;
}

bool
odbc_good(OdbcWorker *worker, SQLRETURN rc, SQLSMALLINT kind, SQLHANDLE handle)
{
	if (SQL_SUCCEEDED(rc) || rc == SQL_NO_DATA)
		return true;
	odbc_fault(worker, ODBC_FAULT_DRIVER, -1);
	driver_diagnose(worker, kind, handle);
	worker->outcome.dead = driver_is_dead(worker);
	return false;
}

/* ---- statements ---- */

/* The handle is seen by whoever cancels, hence the lock. */
bool
odbc_open_statement(OdbcWorker *worker)
{
	SQLHSTMT stmt = SQL_NULL_HSTMT;

	if (!odbc_good(worker, SQLAllocHandle(SQL_HANDLE_STMT, worker->dbc, &stmt), SQL_HANDLE_DBC,
				   worker->dbc))
		return false;
	pthread_mutex_lock(&worker->mutex);
	worker->stmt = stmt;
	pthread_mutex_unlock(&worker->mutex);
	return true;
}

void
odbc_close_statement(OdbcWorker *worker)
{
	SQLHSTMT stmt;

	odbc_result_clear(&worker->result);
	pthread_mutex_lock(&worker->mutex);
	while (worker->cancelling)
		pthread_cond_wait(&worker->wake, &worker->mutex);
	stmt = worker->stmt;
	worker->stmt = SQL_NULL_HSTMT;
	pthread_mutex_unlock(&worker->mutex);
	if (stmt != SQL_NULL_HSTMT)
		SQLFreeHandle(SQL_HANDLE_STMT, stmt);
}

void
odbc_job_clear(OdbcJob *job)
{
	int i;

	free(job->sql);
	for (i = 0; i < job->nparams && job->params != NULL; i++)
	{
		free(job->params[i].values);
		free(job->params[i].lens);
	}
	free(job->params);
	free(job->args[0]);
	free(job->args[1]);
	memset(job, 0, sizeof(OdbcJob));
}

/* Run a statement of our own for its effect. */
static bool
driver_execute(OdbcWorker *worker, SQLWCHAR *sql)
{
	bool good;

	if (!odbc_open_statement(worker))
		return false;
	good = odbc_result_open(worker, SQLExecDirectW(worker->stmt, sql, SQL_NTS));
	odbc_close_statement(worker);
	return good;
}

/* Bind the set-th values of every parameter, or all sets at once (-1). */
static bool
driver_bind(OdbcWorker *worker, int set)
{
	OdbcJob *job = &worker->job;
	int i;

	for (i = 0; i < job->nparams; i++)
	{
		OdbcParam *param = &job->params[i];
		int at = Max(set, 0);

		if (!odbc_good(worker,
					   SQLBindParameter(worker->stmt, (SQLUSMALLINT) (i + 1), SQL_PARAM_INPUT,
										param->c_type, param->sql_type, param->size,
										param->digits, param->values + at * param->width,
										(SQLLEN) param->width, &param->lens[at]),
					   SQL_HANDLE_STMT, worker->stmt))
			return false;
	}
	return true;
}

/*
 * All sets of parameters in one call.  SQL_NO_DATA and sets_taken 0: the driver
 * has no arrays of parameters and nothing has run.
 */
static SQLRETURN
driver_execute_array(OdbcWorker *worker)
{
	OdbcJob *job = &worker->job;
	SQLHSTMT stmt = worker->stmt;
	SQLRETURN rc;

	worker->sets_taken = 0;
	SQLSetStmtAttr(stmt, SQL_ATTR_PARAM_BIND_TYPE, (SQLPOINTER) SQL_PARAM_BIND_BY_COLUMN, 0);
	SQLSetStmtAttr(stmt, SQL_ATTR_PARAMS_PROCESSED_PTR, &worker->sets_taken, 0);
	rc = SQLSetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER) (uintptr_t) job->nsets, 0);
	if (!SQL_SUCCEEDED(rc))
		return SQL_NO_DATA;
	return SQLExecute(stmt);
}

/* One set after the other, from set number `from` on. */
static bool
driver_execute_each(OdbcWorker *worker, int from)
{
	int64 affected = worker->result.affected;
	int set;

	SQLSetStmtAttr(worker->stmt, SQL_ATTR_PARAMSET_SIZE, (SQLPOINTER) (uintptr_t) 1, 0);
	for (set = from; set < worker->job.nsets; set++)
	{
		if (!driver_bind(worker, set) ||
			!odbc_result_open(worker, SQLExecute(worker->stmt)))
			return false;
		affected = Max(affected, 0) + Max(worker->result.affected, 0);
	}
	worker->result.affected = affected;
	return true;
}

static bool
driver_run_sets(OdbcWorker *worker)
{
	SQLRETURN rc;

	if (!driver_bind(worker, -1))
		return false;
	rc = driver_execute_array(worker);
	if (rc == SQL_NO_DATA && worker->sets_taken == 0)
		return driver_execute_each(worker, 0);
	if (!odbc_result_open(worker, rc))
		return false;
	/* A driver that passes over the attribute has run the first set only. */
	if (worker->sets_taken <= 1)
		return driver_execute_each(worker, 1);
	if (worker->sets_taken != (SQLULEN) worker->job.nsets)
		return odbc_fault(worker, ODBC_FAULT_SETS, -1);
	/* Some count the rows of the last set only; all sets have succeeded. */
	if (worker->result.affected <= 1)
		worker->result.affected = worker->job.nsets;
	return true;
}

static void
driver_run(OdbcWorker *worker)
{
	OdbcJob *job = &worker->job;

	if (!odbc_open_statement(worker))
		return;
	worker->result.affected = -1;
	if (job->nparams == 0)
	{
		(void) odbc_result_open(worker, SQLExecDirectW(worker->stmt, job->sql, SQL_NTS));
		return;
	}
	if (!odbc_good(worker, SQLPrepareW(worker->stmt, job->sql, SQL_NTS), SQL_HANDLE_STMT,
				   worker->stmt))
		return;
	if (job->nsets > 1)
		(void) driver_run_sets(worker);
	else if (driver_bind(worker, 0))
		(void) odbc_result_open(worker, SQLExecute(worker->stmt));
}

static void
driver_describe(OdbcWorker *worker)
{
	if (odbc_open_statement(worker) &&
		odbc_good(worker, SQLPrepareW(worker->stmt, worker->job.sql, SQL_NTS), SQL_HANDLE_STMT,
				  worker->stmt) &&
		odbc_result_describe(worker))
		worker->result.ended = true;
}

/* ---- transactions ---- */

/* The weakest level there is that is as strong as the one asked for; 0: none. */
static SQLULEN
driver_isolation(const OdbcWorker *worker)
{
	SQLULEN level;

	for (level = worker->job.isolation; level <= SQL_TXN_SERIALIZABLE; level <<= 1)
		if (worker->facts.isolations & level)
			return level;
	return 0;
}

static bool
driver_autocommit(OdbcWorker *worker, bool on)
{
	SQLULEN value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;

	if (worker->commit != NULL || !worker->facts.transactions)
		return true;
	return odbc_good(worker,
					 SQLSetConnectAttrW(worker->dbc, SQL_ATTR_AUTOCOMMIT, (SQLPOINTER) value,
										SQL_IS_UINTEGER),
					 SQL_HANDLE_DBC, worker->dbc);
}

static void
driver_begin(OdbcWorker *worker)
{
	SQLUINTEGER dead = SQL_CD_FALSE;
	SQLULEN isolation = worker->job.isolation ? driver_isolation(worker) : 0;

	/* A connection may have died while it was idle; here asking may wait. */
	if (SQL_SUCCEEDED(SQLGetConnectAttrW(worker->dbc, SQL_ATTR_CONNECTION_DEAD, &dead,
										 SQL_IS_UINTEGER, NULL)) &&
		dead == SQL_CD_TRUE)
	{
		OdbcDiag *diag = &worker->outcome.diags[worker->outcome.ndiags++];

		odbc_fault(worker, ODBC_FAULT_DRIVER, -1);
		strlcpy(diag->sqlstate, "08S01", sizeof(diag->sqlstate));
		strlcpy(diag->message, "the connection has been closed", sizeof(diag->message));
		return;
	}
	if (isolation != 0)
		(void) SQLSetConnectAttrW(worker->dbc, SQL_ATTR_TXN_ISOLATION, (SQLPOINTER) isolation,
								  SQL_IS_UINTEGER);
	if (driver_autocommit(worker, false) && worker->job.sql != NULL)
		(void) driver_execute(worker, worker->job.sql);
}

static void
driver_end(OdbcWorker *worker, bool commit)
{
	SQLWCHAR *sql = commit ? worker->commit : worker->rollback;
	bool good;

	if (sql != NULL)
	{
		(void) driver_execute(worker, sql);
		return;
	}
	if (!worker->facts.transactions)
		return;
	good = odbc_good(worker,
					 SQLEndTran(SQL_HANDLE_DBC, worker->dbc, commit ? SQL_COMMIT : SQL_ROLLBACK),
					 SQL_HANDLE_DBC, worker->dbc);
	if (!good && commit)
		(void) SQLEndTran(SQL_HANDLE_DBC, worker->dbc, SQL_ROLLBACK);
	if (good)
		(void) driver_autocommit(worker, true);
	else
		(void) SQLSetConnectAttrW(worker->dbc, SQL_ATTR_AUTOCOMMIT,
								  (SQLPOINTER) SQL_AUTOCOMMIT_ON, SQL_IS_UINTEGER);
}

/* ---- connecting ---- */

static void
driver_info(OdbcWorker *worker, SQLUSMALLINT what, char *dst, size_t size)
{
	SQLWCHAR text[DRIVER_INFO_CHARS] = {0};
	SQLSMALLINT bytes = 0;

	if (SQL_SUCCEEDED(SQLGetInfoW(worker->dbc, what, text, sizeof(text), &bytes)))
		driver_copy(dst, size, text, lengthof(text));
}

static SQLUINTEGER
driver_info_bits(OdbcWorker *worker, SQLUSMALLINT what)
{
	SQLUINTEGER bits = 0;

	if (!SQL_SUCCEEDED(SQLGetInfoW(worker->dbc, what, &bits, sizeof(bits), NULL)))
		return 0;
	return bits;
}

static void
driver_learn(OdbcWorker *worker)
{
	OdbcFacts *facts = &worker->facts;
	SQLUSMALLINT capable = 0;
	int part[3] = {0};

	driver_info(worker, SQL_DBMS_NAME, facts->dbms, sizeof(facts->dbms));
	driver_info(worker, SQL_DBMS_VER, facts->version, sizeof(facts->version));
	driver_info(worker, SQL_DATABASE_NAME, facts->database, sizeof(facts->database));
	driver_info(worker, SQL_USER_NAME, facts->user, sizeof(facts->user));
	driver_info(worker, SQL_IDENTIFIER_QUOTE_CHAR, facts->quote, sizeof(facts->quote));
	driver_info(worker, SQL_SEARCH_PATTERN_ESCAPE, facts->escape, sizeof(facts->escape));
	facts->getdata = driver_info_bits(worker, SQL_GETDATA_EXTENSIONS);
	facts->isolations = driver_info_bits(worker, SQL_TXN_ISOLATION_OPTION);
	facts->schemas = driver_info_bits(worker, SQL_SCHEMA_USAGE) != 0;
	facts->catalogs = driver_info_bits(worker, SQL_CATALOG_USAGE) != 0 && !facts->schemas;
	(void) SQLGetInfoW(worker->dbc, SQL_TXN_CAPABLE, &capable, sizeof(capable), NULL);
	facts->transactions = capable != SQL_TC_NONE;
	(void) sscanf(facts->version, "%d.%d.%d", &part[0], &part[1], &part[2]);
	facts->version_number = part[0] * 10000 + part[1] * 100 + part[2];
}

/* Does the source's name begin so? */
static bool
driver_is(const OdbcWorker *worker, const char *dbms)
{
	return strncasecmp(worker->facts.dbms, dbms, strlen(dbms)) == 0;
}

static bool
driver_initialise(OdbcWorker *worker)
{
	bool named = false;
	int i;

	for (i = 0; i < worker->ninits; i++)
	{
		if (!driver_is(worker, worker->inits[i].dbms))
			continue;
		if (!driver_execute(worker, worker->inits[i].sql))
			return false;
		named = true;
	}
	/* What was run is trusted to make names in double quotes names. */
	if (!named && strcmp(worker->facts.quote, "\"") != 0)
		return odbc_fault(worker, ODBC_FAULT_QUOTES, -1);
	return true;
}

/* The connection attribute of drivers that take an access token, and its value's head. */
#define DRIVER_ACCESS_TOKEN 1256

/*
 * Hand over the token: its length in bytes, then its characters as UTF-16.  The
 * driver reads it while it connects; the caller frees what is returned then.
 */
static void *
driver_give_token(OdbcWorker *worker)
{
	uint32 bytes = (uint32) (worker->token_units * sizeof(SQLWCHAR));
	char *value = malloc(sizeof(bytes) + bytes);

	if (value == NULL)
		return NULL;
	memcpy(value, &bytes, sizeof(bytes));
	memcpy(value + sizeof(bytes), worker->token, bytes);
	SQLSetConnectAttrW(worker->dbc, DRIVER_ACCESS_TOKEN, value, SQL_IS_POINTER);
	return value;
}

static void
driver_connect(OdbcWorker *worker)
{
	void *token = NULL;
	SQLSMALLINT len;
	SQLRETURN rc;

	/* Where there is no environment, nobody has diagnostics either. */
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &worker->env)))
	{
		(void) odbc_fault(worker, ODBC_FAULT_MEMORY, -1);
		return;
	}
	SQLSetEnvAttr(worker->env, SQL_ATTR_ODBC_VERSION, (SQLPOINTER) SQL_OV_ODBC3, 0);
	if (!odbc_good(worker, SQLAllocHandle(SQL_HANDLE_DBC, worker->env, &worker->dbc),
				   SQL_HANDLE_ENV, worker->env))
		return;
	/* A trace would hold the values and the password. */
	SQLSetConnectAttrW(worker->dbc, SQL_ATTR_TRACE, (SQLPOINTER) SQL_OPT_TRACE_OFF,
					   SQL_IS_UINTEGER);
	SQLSetConnectAttrW(worker->dbc, SQL_ATTR_LOGIN_TIMEOUT, (SQLPOINTER) worker->login_timeout,
					   SQL_IS_UINTEGER);
	if (worker->token != NULL)
		token = driver_give_token(worker);
	rc = SQLDriverConnectW(worker->dbc, NULL, worker->connection, SQL_NTS, NULL, 0, &len,
						   SQL_DRIVER_NOPROMPT);
	free(token);
	if (!odbc_good(worker, rc, SQL_HANDLE_DBC, worker->dbc))
		return;
	worker->connected = true;
	driver_learn(worker);
	(void) driver_initialise(worker);
}

void
odbc_do_disconnect(OdbcWorker *worker)
{
	odbc_close_statement(worker);
	if (worker->connected)
	{
		/* Drivers refuse to disconnect inside a transaction. */
		(void) SQLEndTran(SQL_HANDLE_DBC, worker->dbc, SQL_ROLLBACK);
		SQLDisconnect(worker->dbc);
	}
	if (worker->dbc != SQL_NULL_HDBC)
		SQLFreeHandle(SQL_HANDLE_DBC, worker->dbc);
	if (worker->env != SQL_NULL_HENV)
		SQLFreeHandle(SQL_HANDLE_ENV, worker->env);
}

/* ---- jobs ---- */

bool
odbc_worker_cancellable(const OdbcWorker *worker)
{
	return worker->job.kind == ODBC_JOB_RUN || worker->job.kind == ODBC_JOB_CATALOG ||
		!worker->no_cancel_fetch;
}

void
odbc_do(OdbcWorker *worker)
{
	memset(&worker->outcome, 0, sizeof(OdbcOutcome));
	/* What the last statement has left goes when something else is done. */
	if (worker->job.kind != ODBC_JOB_FETCH && worker->job.kind != ODBC_JOB_SKIP)
		odbc_close_statement(worker);
	if (worker->job.kind != ODBC_JOB_FETCH)
	{
		odbc_rows_free(worker->rows);
		worker->rows = NULL;
	}
	switch (worker->job.kind)
	{
		case ODBC_JOB_CONNECT:
			driver_connect(worker);
			break;
		case ODBC_JOB_RUN:
			driver_run(worker);
			break;
		case ODBC_JOB_CATALOG:
			odbc_do_catalog(worker);
			break;
		case ODBC_JOB_DESCRIBE:
			driver_describe(worker);
			break;
		case ODBC_JOB_FETCH:
			(void) odbc_result_fetch(worker, worker->job.max_rows);
			break;
		case ODBC_JOB_SKIP:
			odbc_result_skip(worker);
			break;
		case ODBC_JOB_CLOSE:
			break;
		case ODBC_JOB_BEGIN:
			driver_begin(worker);
			break;
		case ODBC_JOB_COMMIT:
		case ODBC_JOB_ROLLBACK:
			driver_end(worker, worker->job.kind == ODBC_JOB_COMMIT);
			break;
	}
	/* Where no statement is left open there is nothing to fetch. */
	if (worker->stmt == SQL_NULL_HSTMT)
		worker->result.ended = true;
}
