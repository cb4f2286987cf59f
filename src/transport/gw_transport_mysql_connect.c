/*
 * gw_transport_mysql_connect.c
 *	  Connecting, and stopping a statement, as jobs for a helper thread.
 *
 * The library resolves names and shakes hands with blocking calls, and a
 * statement can only be stopped from a second connection.  So both run beside
 * the backend: on malloc'd memory, with no signal, and with time-outs of their
 * own that end them whatever happens.  Nothing here is PostgreSQL's.
 */
#include "postgres.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "transport/gw_transport_mysql.h"

/* Seconds that a job may wait for one answer when nothing is set. */
#define JOB_TIMEOUT_S 10

/* ... and one that only stops a statement. */
#define JOB_KILL_TIMEOUT_S 2

/* A statement may be as long as this. */
#define JOB_MAX_PACKET (1024UL * 1024 * 1024)

/* What the library's own calls are given as a stack of their own. */
#define JOB_STACK_BYTES (256 * 1024)

static const char *job_setting(const MysqlJob *job, const char *name);
static bool job_is(const MysqlJob *job, const char *name, const char *value);
static void job_options(MysqlJob *job);
static void job_tls(MysqlJob *job);
static void job_failed(MysqlJob *job);
static void job_fail(MysqlJob *job, unsigned int error, const char *message);
static int load_refused(void **handle, const char *name, void *data);
static void load_end(void *handle);

/* Has the library begun?  Once per process, at first use. */
static bool library_begun = false;

GwStatus
gw_mysql_library_begin(GwError *err)
{
	char *locale;
	struct sigaction pipe;
	bool ok;

	if (library_begun)
		return GW_OK;
	locale = setlocale(LC_ALL, NULL);
	locale = locale != NULL ? strdup(locale) : NULL;
	sigaction(SIGPIPE, NULL, &pipe);
	ok = mysql_library_init(0, NULL, NULL) == 0;
	sigaction(SIGPIPE, &pipe, NULL);
	if (locale != NULL)
		setlocale(LC_ALL, locale);
	free(locale);
	if (!ok)
		return gw_error_set(err, GW_ERR_PERMANENT, ERRCODE_SYSTEM_ERROR,
							"the MySQL client library does not start");
	library_begun = true;
	return GW_OK;
}

MysqlJob *
gw_mysql_job_create(const MysqlLink *link, unsigned long kill)
{
	MysqlJob *job = calloc(1, sizeof(MysqlJob));
	int i;

	if (job == NULL)
		return NULL;
	job->kill = kill;
	job->names = calloc(Max(link->nsettings, 1), sizeof(char *));
	job->values = calloc(Max(link->nsettings, 1), sizeof(char *));
	for (i = 0; job->names != NULL && job->values != NULL && i < link->nsettings; i++)
	{
		job->names[i] = strdup(link->names[i]);
		job->values[i] = strdup(link->values[i]);
		job->nsettings++;
		if (job->names[i] == NULL || job->values[i] == NULL)
			break;
	}
	if (i < link->nsettings)
	{
		gw_mysql_job_destroy(job);
		return NULL;
	}
	return job;
}

void
gw_mysql_job_destroy(void *arg)
{
	MysqlJob *job = (MysqlJob *) arg;

	if (job->mysql != NULL)
		mysql_close(job->mysql);
	for (int i = 0; i < job->nsettings; i++)
	{
		if (job->values[i] != NULL)
			explicit_bzero(job->values[i], strlen(job->values[i]));
		free(job->names[i]);
		free(job->values[i]);
	}
	free(job->names);
	free(job->values);
	free(job);
}

void
gw_mysql_job_run(void *arg)
{
	MysqlJob *job = (MysqlJob *) arg;
	const char *socket = job_setting(job, "socket");
	const char *port = job_setting(job, "port");

	mysql_thread_init();
	job->mysql = mysql_init(NULL);
	if (job->mysql == NULL)
	{
		job_fail(job, CR_OUT_OF_MEMORY, "out of memory");
		mysql_thread_end();
		return;
	}
	job_options(job);
	job_tls(job);
	if (mysql_real_connect(job->mysql, socket ? NULL : job_setting(job, "host"),
						   job_setting(job, "user"), job_setting(job, "password"),
						   job->kill ? NULL : job_setting(job, "database"),
						   port ? (unsigned int) atoi(port) : 3306, socket,
						   CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS) == NULL)
		job_failed(job);
	else if (mysql_get_ssl_cipher(job->mysql) == NULL &&
			 (job_is(job, "sslmode", "require") || job_is(job, "sslmode", "verify-ca") ||
			  job_is(job, "sslmode", "verify-full")))
		job_fail(job, CR_SSL_CONNECTION_ERROR, "the server does not support SSL");
	else if (job->kill == 0)
	{
		const char *sql = job_setting(job, "session_sql");

		if (sql != NULL && mysql_query(job->mysql, sql) != 0)
			job_failed(job);
	}
	else
	{
		char sql[64];

		snprintf(sql, sizeof(sql), "KILL QUERY %lu", job->kill);
		/* No such thread: what was to be stopped is gone. */
		if (mysql_query(job->mysql, sql) != 0 && mysql_errno(job->mysql) != ER_NO_SUCH_THREAD)
			job_failed(job);
	}
	mysql_thread_end();

	/*
	 * What TLS keeps for this thread goes now and not as the thread ends, which
	 * may be while the process cleans up after TLS as it exits.
	 */
	OPENSSL_thread_stop();
}

/* The value of a setting; NULL: not given. */
static const char *
job_setting(const MysqlJob *job, const char *name)
{
	for (int i = 0; i < job->nsettings; i++)
		if (strcmp(job->names[i], name) == 0)
			return job->values[i];
	return NULL;
}

static bool
job_is(const MysqlJob *job, const char *name, const char *value)
{
	const char *is = job_setting(job, name);

	return is != NULL && strcmp(is, value) == 0;
}

static void
job_options(MysqlJob *job)
{
	MYSQL *mysql = job->mysql;
	const char *timeout = job_setting(job, "connect_timeout");
	unsigned int seconds = job->kill ? JOB_KILL_TIMEOUT_S
						   : timeout ? (unsigned int) atoi(timeout)
									 : JOB_TIMEOUT_S;
	unsigned int protocol = job_setting(job, "socket") ? MYSQL_PROTOCOL_SOCKET
													  : MYSQL_PROTOCOL_TCP;
	unsigned int infile = 0;
	unsigned long packet = JOB_MAX_PACKET;
	my_bool report = 1;

	mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
	mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &seconds);
	mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &seconds);
	mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_options(mysql, MYSQL_REPORT_DATA_TRUNCATION, &report);
	mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
				   job_setting(job, "application_name"));
	if (job_is(job, "compress", "on"))
		mysql_options(mysql, MYSQL_OPT_COMPRESS, NULL);

	/*
	 * LOAD DATA LOCAL is the server asking its client for a file by name.  It is
	 * off, and should a server ask all the same, what answers knows no files.
	 */
	mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &infile);
	mysql_set_local_infile_handler(mysql, load_refused, NULL, load_end, NULL, NULL);
#ifdef LIBMARIADB
	{
		size_t stack = JOB_STACK_BYTES;

		if (job->kill == 0)
			mysql_options(mysql, MYSQL_OPT_NONBLOCK, &stack);
		/* How the server may ask who we are: never the password as it is. */
		mysql_optionsv(mysql, MARIADB_OPT_RESTRICTED_AUTH, job_setting(job, "auth_plugins"));
	}
#else
	{
		/* Without TLS a password is encrypted for the server; in plain it is never sent. */
		my_bool ask = 1;

		mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &ask);
	}
#endif
	if (job_setting(job, "plugin_dir") != NULL)
		mysql_options(mysql, MYSQL_PLUGIN_DIR, job_setting(job, "plugin_dir"));
}

static void
job_tls(MysqlJob *job)
{
	MYSQL *mysql = job->mysql;
	bool off = job_is(job, "sslmode", "disable");
	bool full = job_is(job, "sslmode", "verify-full");
	bool weak = job_is(job, "sslmode", "allow") || job_is(job, "sslmode", "prefer");
	my_bool enforce = !off && !weak;
	my_bool verify = full || job_is(job, "sslmode", "verify-ca");

	if (off)
	{
#ifndef LIBMARIADB
		unsigned int none = SSL_MODE_DISABLED;

		mysql_options(mysql, MYSQL_OPT_SSL_MODE, &none);
#endif
		return;
	}
	if (verify)
		mysql_options(mysql, MYSQL_OPT_SSL_CA, job_setting(job, "sslrootcert"));
	mysql_options(mysql, MYSQL_OPT_SSL_CERT, job_setting(job, "sslcert"));
	mysql_options(mysql, MYSQL_OPT_SSL_KEY, job_setting(job, "sslkey"));
	mysql_options(mysql, MYSQL_OPT_SSL_CRL, job_setting(job, "sslcrl"));
#ifdef LIBMARIADB
	mysql_options(mysql, MARIADB_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
#else
	{
		unsigned int mode = full ? SSL_MODE_VERIFY_IDENTITY
							: verify ? SSL_MODE_VERIFY_CA
							: enforce ? SSL_MODE_REQUIRED
									  : SSL_MODE_PREFERRED;

		mysql_options(mysql, MYSQL_OPT_TLS_VERSION, "TLSv1.2,TLSv1.3");
		mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
	}
#endif
}

static void
job_failed(MysqlJob *job)
{
	job->error = mysql_errno(job->mysql);
	if (job->error == 0)
		job->error = CR_UNKNOWN_ERROR;
	strlcpy(job->sqlstate, mysql_sqlstate(job->mysql), sizeof(job->sqlstate));
	strlcpy(job->message, mysql_error(job->mysql), sizeof(job->message));
}

static void
job_fail(MysqlJob *job, unsigned int error, const char *message)
{
	job->error = error;
	strlcpy(job->sqlstate, "HY000", sizeof(job->sqlstate));
	strlcpy(job->message, message, sizeof(job->message));
}

/* A server asks for a file that nobody has offered. */
static int
load_refused(void **handle, const char *name, void *data)
{
	*handle = NULL;
	return 1;
}

static void
load_end(void *handle)
{
}
