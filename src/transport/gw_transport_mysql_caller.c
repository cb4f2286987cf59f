/*
 * gw_transport_mysql_caller.c
 *	  The calls that may wait, by Oracle's library: made by a thread, one for
 *	  each connection, while the backend waits for it as it waits for a socket.
 *
 * With MariaDB's library this file is empty: see gw_transport_mysql_call.c.  The
 * thread touches what belongs to the statement (its text, what is bound) only
 * while a call is in progress, and calls nothing of PostgreSQL's.  Its end is
 * waited for: with the socket shut no call of the library goes on waiting.  Rows
 * are read ahead as long as they come without a wait, so that not every one costs
 * two switches; they are malloc'd.
 */
#include "postgres.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "transport/gw_transport_mysql.h"

#ifndef LIBMARIADB

#define CALLER_STACK_BYTES (1024 * 1024)

/* As much is read ahead, and some more: a row is never divided. */
#define CALLER_AHEAD_BYTES (64 * 1024)

/* A cell that was read ahead; its bytes follow where it has no fixed size. */
typedef struct CallerCell
{
	my_bool is_null;
	bool has_bytes;
	unsigned long length;
	MYSQL_TIME value; /* the largest there is */
} CallerCell;

struct MysqlCaller
{
	MysqlCaller *next; /* among all of the process; the backend's */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake; /* a call is there, or it is time to go; or the call is through */
	int done_fd;		 /* readable: a call is through */
	bool busy;
	bool quit;

	/* The call; the thread's while busy. */
	MysqlLink *link;
	MYSQL *mysql;
	MYSQL_STMT *stmt;

	/* Rows that were read ahead. */
	char *ahead;
	Size used, size;
	Size at;
	bool ended; /* and how it went on behind them: end */
	int end;
};

static void *caller_main(void *arg);
static void caller_do(MysqlCaller *caller);
static void caller_read_ahead(MysqlCaller *caller);
static bool caller_store_row(MysqlCaller *caller);
static void caller_replay(MysqlCaller *caller);
static char *caller_room(MysqlCaller *caller, Size size);
static void caller_cxt_callback(void *arg);
static void caller_at_exit(int code, Datum arg);

static MysqlCaller *caller_list = NULL;
static bool caller_exit_registered = false;

/* ---- the backend's side ---- */

static int
caller_spawn(MysqlCaller *caller)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int rc = pthread_attr_init(&attr);

	if (rc != 0)
		return rc;
	pthread_attr_setstacksize(&attr, CALLER_STACK_BYTES);
	/* The mask is inherited: PostgreSQL's handlers must never run elsewhere. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&caller->thread, &attr, caller_main, caller);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return rc;
}

GwStatus
gw_mysql_call_open(MysqlLink *link, GwError *err)
{
	MysqlCaller *caller;
	MemoryContextCallback *callback;
	MemoryContext cxt;
	int rc;

	/*
	 * Should the link's context go at once, this one, its youngest child, goes
	 * first: before the statement's, which the thread may be reading.
	 */
	cxt = AllocSetContextCreate(link->head.cxt, "gw mysql calls", ALLOCSET_SMALL_SIZES);
	callback = MemoryContextAlloc(cxt, sizeof(MemoryContextCallback));
	callback->func = caller_cxt_callback;
	callback->arg = link;

	if (!caller_exit_registered)
		on_proc_exit(caller_at_exit, 0);
	caller_exit_registered = true;
	caller = calloc(1, sizeof(MysqlCaller));
	if (caller == NULL)
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_OUT_OF_MEMORY, "out of memory");
	pthread_mutex_init(&caller->mutex, NULL);
	pthread_cond_init(&caller->wake, NULL);
	caller->link = link;
	caller->mysql = gw_mysql_of(link);
	caller->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	rc = caller->done_fd < 0 ? errno : caller_spawn(caller);
	if (rc != 0)
	{
		if (caller->done_fd >= 0)
			close(caller->done_fd);
		free(caller);
		return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
							"could not start a thread for the connection: %s", strerror(rc));
	}
	ReserveExternalFD();
	caller->next = caller_list;
	caller_list = caller;
	link->caller = caller;
	MemoryContextRegisterResetCallback(cxt, callback);
	return GW_OK;
}

void
gw_mysql_call_close(MysqlLink *link)
{
	MysqlCaller *caller = link->caller;
	MysqlCaller **at = &caller_list;

	if (caller == NULL)
		return;
	link->caller = NULL;
	link->calling = false;
	while (*at != caller)
		at = &(*at)->next;
	*at = caller->next;
	pthread_mutex_lock(&caller->mutex);
	if (caller->busy)
		(void) shutdown(mysql_get_socket(caller->mysql), SHUT_RDWR);
	caller->quit = true;
	pthread_cond_broadcast(&caller->wake);
	pthread_mutex_unlock(&caller->mutex);
	pthread_join(caller->thread, NULL);
	gw_waiter_forget(link->waiter);
	close(caller->done_fd);
	ReleaseExternalFD();
	pthread_cond_destroy(&caller->wake);
	pthread_mutex_destroy(&caller->mutex);
	free(caller->ahead);
	free(caller);
}

static void
caller_cxt_callback(void *arg)
{
	gw_mysql_call_close((MysqlLink *) arg);
}

/* Libraries must not go, with the exit handlers that run next, under a thread of ours. */
static void
caller_at_exit(int code, Datum arg)
{
	while (caller_list != NULL)
		gw_mysql_call_close(caller_list->link);
}

void
gw_mysql_call_forget(MysqlLink *link)
{
	MysqlCaller *caller = link->caller;

	if (caller == NULL)
		return;
	caller->used = caller->at = 0;
	caller->ended = false;
}

/* 0: there is nothing to wait for. */
int
gw_mysql_call_begin(MysqlLink *link)
{
	MysqlCaller *caller = link->caller;

	if (link->op == MYSQL_OP_BINARY_ROW)
	{
		if (caller->at < caller->used)
		{
			caller_replay(caller);
			link->result = 0;
			return 0;
		}
		if (caller->ended)
		{
			link->result = caller->end;
			return 0;
		}
	}
	gw_mysql_call_forget(link);
	pthread_mutex_lock(&caller->mutex);
	caller->stmt = gw_mysql_stmt_of(link);
	caller->busy = true;
	pthread_cond_broadcast(&caller->wake);
	pthread_mutex_unlock(&caller->mutex);
	return 1;
}

int
gw_mysql_call_continue(MysqlLink *link, int waits)
{
	MysqlCaller *caller = link->caller;
	uint64 count;
	bool busy;

	if (read(caller->done_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return waits;
	pthread_mutex_lock(&caller->mutex);
	busy = caller->busy;
	pthread_mutex_unlock(&caller->mutex);
	if (busy)
		return waits;
	if (link->op == MYSQL_OP_BINARY_ROW)
		return gw_mysql_call_begin(link);
	return 0;
}

pgsocket
gw_mysql_call_socket(const MysqlLink *link, int *events)
{
	*events = WL_SOCKET_READABLE;
	return link->caller->done_fd;
}

/* The next row that was read ahead, where the library would have put it. */
static void
caller_replay(MysqlCaller *caller)
{
	MysqlLink *link = caller->link;

	for (int i = 0; i < link->ncolumns; i++)
	{
		MysqlColumn *column = &link->columns[i];
		CallerCell *cell = (CallerCell *) (caller->ahead + caller->at);

		caller->at += MAXALIGN(sizeof(CallerCell));
		column->is_null = cell->is_null;
		column->length = cell->length;
		column->value.time = cell->value;
		column->ahead = caller->ahead + caller->at;
		if (cell->has_bytes)
			caller->at += MAXALIGN(cell->length);
	}
}

/* ---- the thread's side: malloc'd memory, the library, and plain system calls ---- */

static void *
caller_main(void *arg)
{
	MysqlCaller *caller = arg;

	mysql_thread_init();
	pthread_mutex_lock(&caller->mutex);
	for (;;)
	{
		uint64 one = 1;
		ssize_t written;

		while (!caller->busy && !caller->quit)
			pthread_cond_wait(&caller->wake, &caller->mutex);
		if (caller->quit && !caller->busy)
			break;
		pthread_mutex_unlock(&caller->mutex);
		caller_do(caller);
		pthread_mutex_lock(&caller->mutex);
		caller->busy = false;
		written = write(caller->done_fd, &one, sizeof(one));
		(void) written; /* cannot fail: the counter is small */
	}
	pthread_mutex_unlock(&caller->mutex);
	mysql_thread_end();
	OPENSSL_thread_stop();
	return NULL;
}

static void
caller_do(MysqlCaller *caller)
{
	MysqlLink *link = caller->link;

	switch (link->op)
	{
		case MYSQL_OP_QUERY:
			link->result = mysql_real_query(caller->mysql, link->sql, strlen(link->sql));
			break;
		case MYSQL_OP_PREPARE:
			link->result = mysql_stmt_prepare(caller->stmt, link->sql, strlen(link->sql));
			break;
		case MYSQL_OP_EXECUTE:
			link->result = mysql_stmt_execute(caller->stmt);
			break;
		case MYSQL_OP_ROW:
			link->row = mysql_fetch_row(link->rows);
			break;
		case MYSQL_OP_BINARY_ROW:
			caller_read_ahead(caller);
			break;
		case MYSQL_OP_NEXT_RESULT:
			link->result = mysql_next_result(caller->mysql);
			break;
		case MYSQL_OP_NEXT_BINARY_RESULT:
			link->result = mysql_stmt_next_result(caller->stmt);
			break;
	}
}

/* At least one row or the end; more while they are there. */
static void
caller_read_ahead(MysqlCaller *caller)
{
	int fd = mysql_get_socket(caller->mysql);
	char byte;

	do
	{
		int rc = mysql_stmt_fetch(caller->stmt);

		if ((rc != 0 && rc != MYSQL_DATA_TRUNCATED) || !caller_store_row(caller))
		{
			caller->ended = true;
			caller->end = rc != 0 && rc != MYSQL_DATA_TRUNCATED ? rc : 1;
		}
	} while (!caller->ended && caller->used < CALLER_AHEAD_BYTES &&
			 recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0);
}

/* false: out of memory, or the library has an error to tell. */
static bool
caller_store_row(MysqlCaller *caller)
{
	MysqlLink *link = caller->link;
	Size before = caller->used;

	for (int i = 0; i < link->ncolumns; i++)
	{
		MysqlColumn *column = &link->columns[i];
		CallerCell *cell = (CallerCell *) caller_room(caller, sizeof(CallerCell));
		MYSQL_BIND bind = link->binds[i];
		bool bytes = bind.buffer == NULL && !column->is_null;
		char *room;

		if (cell != NULL)
		{
			cell->is_null = column->is_null;
			cell->length = column->length;
			cell->has_bytes = bytes;
			cell->value = column->value.time;
		}
		room = cell != NULL && bytes ? caller_room(caller, column->length) : NULL;
		bind.buffer = room;
		bind.buffer_length = column->length;
		if (cell == NULL || (bytes && room == NULL) ||
			(bytes && column->length > 0 &&
			 mysql_stmt_fetch_column(caller->stmt, &bind, i, 0) != 0))
		{
			caller->used = before;
			return false;
		}
	}
	return true;
}

/* Where the next bytes go; pointers into what is there already end here. */
static char *
caller_room(MysqlCaller *caller, Size size)
{
	Size end = caller->used + MAXALIGN(size);
	char *room;

	if (end > caller->size || caller->ahead == NULL)
	{
		Size larger = Max(end, 2 * Max(caller->size, CALLER_AHEAD_BYTES));
		char *grown = realloc(caller->ahead, larger);

		if (grown == NULL)
			return NULL;
		caller->ahead = grown;
		caller->size = larger;
	}
	room = caller->ahead + caller->used;
	caller->used = end;
	return room;
}

#endif
