/*
 * gw_transport_odbc_helper.c
 *	  The program that calls an ODBC driver outside the server's processes.
 *
 * Not part of the module: a process of its own for each connection, started by
 * gw_transport_odbc_process.c, which hands it jobs over a socket.  One thread
 * calls the driver; the other reads the socket, so that it can cancel, and
 * ends the process when the backend has gone, whatever the driver does.  Links
 * with what the module's worker runs, and calls nothing of PostgreSQL's.
 */
#include "postgres.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "transport/gw_transport_odbc.h"

/* How long a driver has to roll back and disconnect when the backend has gone. */
#define HELPER_GOODBYE_S 1

/* The exit status when something is wrong that nobody can be told. */
#define HELPER_BROKEN 2

/* No standard stream: whatever a driver prints stays off it. */
#define HELPER_FD ODBC_HELPER_FD

static OdbcWorker worker;
static bool helper_calling; /* the driver is at work; locked like worker.busy */

/*
 * PostgreSQL's library for numbers has, beside what is used here, functions that
 * allocate; in some versions they want this.
 */
void *
palloc(Size size)
{
	void *memory = malloc(size);

	if (memory == NULL)
		_exit(HELPER_BROKEN);
	return memory;
}

/* ---- the socket ---- */

/* All of it, or false: the backend has gone. */
static bool
helper_read(void *to, size_t len)
{
	char *at = to;

	while (len > 0)
	{
		ssize_t n = read(HELPER_FD, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= n;
	}
	return true;
}

static bool
helper_write(const char *data, size_t len, const char *more, size_t more_len)
{
	while (len + more_len > 0)
	{
		struct iovec parts[2] = {{(void *) data, len}, {(void *) more, more_len}};
		ssize_t n = writev(HELPER_FD, parts, 2);
		size_t first;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		first = Min((size_t) n, len);
		data += first;
		len -= first;
		more += n - first;
		more_len -= n - first;
	}
	return true;
}

/* ---- a file for the driver ---- */

/*
 * Some drivers take some settings from a file only, whose name stands in the
 * environment.  This one is in memory, and stays as long as the process.
 */
static bool
helper_give_file(void)
{
	size_t len = strlen(worker.file_text);
	char path[64];
	int fd = memfd_create("driver", MFD_CLOEXEC);
	int again;

	if (fd < 0)
		return false;
	if (write(fd, worker.file_text, len) != (ssize_t) len)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/* A driver that cannot open it would go on without. */
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return false;
	close(again);
	return setenv(worker.file_variable, path, 1) == 0;
}

/* ---- TLS that was begun does not end ---- */

/* A record of TLS: kind, version 3.x, length; then as many bytes. */
#define TLS_HEAD 5
#define TLS_FIRST_KIND 20
#define TLS_DATA 23

/* What the driver's socket has sent; drivers send under a lock of the connection's. */
typedef struct HelperTls
{
	ino_t socket; /* a driver may be led on to another server */
	bool begun;	  /* a record of data has gone out */
	bool refused;
	unsigned char head[TLS_HEAD];
	int have;	 /* of the head */
	size_t left; /* of the record */
} HelperTls;

static HelperTls helper_tls;

/* Go on by these bytes; false: they are no records. */
static bool
tls_advance(HelperTls *tls, const unsigned char *data, size_t len)
{
	while (len > 0)
	{
		size_t n = Min(tls->left, len);

		if (n > 0)
		{
			tls->left -= n;
			data += n;
			len -= n;
			continue;
		}
		tls->head[tls->have++] = *data++;
		len--;
		if (tls->head[0] < TLS_FIRST_KIND || tls->head[0] > TLS_DATA ||
			(tls->have > 1 && tls->head[1] != 3))
			return false;
		if (tls->have == TLS_HEAD)
		{
			tls->left = (size_t) tls->head[3] << 8 | tls->head[4];
			tls->have = 0;
		}
	}
	return true;
}

/*
 * The driver's calls lead here, not to the C library.  A protocol that agrees on
 * TLS in the clear can be told on the way to leave it after the login; a driver
 * that goes along is stopped before it has sent anything.
 */
__attribute__((visibility("default"))) ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	HelperTls next = helper_tls;
	int domain = AF_UNSPEC;
	socklen_t size = sizeof(domain);
	struct stat about;
	ssize_t n;

	if (worker.stays_tls)
		(void) getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	if ((domain != AF_INET && domain != AF_INET6) || len == 0 || fstat(fd, &about) != 0)
		return sendto(fd, data, len, flags, NULL, 0);
	if (about.st_ino != next.socket)
		next = (HelperTls){.socket = about.st_ino};
	helper_tls = next;
	if (!next.begun && *(const unsigned char *) data != TLS_DATA)
		return sendto(fd, data, len, flags, NULL, 0);
	next.begun = true;
	if (!tls_advance(&next, data, len))
	{
		helper_tls.refused = true;
		errno = EPIPE;
		return -1;
	}
	n = sendto(fd, data, len, flags, NULL, 0);
	helper_tls.begun = true;
	if (n > 0)
		(void) tls_advance(&helper_tls, data, n);
	return n;
}

/* ---- the thread that calls the driver ---- */

static void
helper_do(void)
{
	bool connect = worker.job.kind == ODBC_JOB_CONNECT;

	if (connect && worker.file_text != NULL && !helper_give_file())
	{
		(void) odbc_fault(&worker, ODBC_FAULT_FILE, errno);
		return;
	}
	odbc_do(&worker);
	/* Not begun: the driver sends in a way that is not seen here. */
	if (worker.stays_tls &&
		(helper_tls.refused ||
		 (connect && worker.outcome.fault == ODBC_FAULT_NONE && !helper_tls.begun)))
		(void) odbc_fault(&worker, ODBC_FAULT_PLAIN, -1);
}

static void
helper_answer(void)
{
	OdbcText out = {0};
	const OdbcRows *rows;

	odbc_frame_put_done(&out, &worker);
	/* Without memory there is no way to say so either. */
	if (out.failed)
		_exit(HELPER_BROKEN);
	rows = worker.outcome.fault == ODBC_FAULT_NONE ? worker.rows : NULL;
	(void) helper_write(out.data, out.len, rows ? rows->text.data : "",
						rows ? rows->text.len : 0);
	odbc_text_free(&out);
}

static void *
helper_main(void *arg)
{
	pthread_mutex_lock(&worker.mutex);
	for (;;)
	{
		while (!worker.busy && !worker.quit)
			pthread_cond_wait(&worker.wake, &worker.mutex);
		if (worker.quit)
			break;
		helper_calling = true;
		pthread_mutex_unlock(&worker.mutex);
		helper_do();
		pthread_mutex_lock(&worker.mutex);
		helper_calling = false;
		while (worker.cancelling)
			pthread_cond_wait(&worker.wake, &worker.mutex);
		worker.busy = false;
		pthread_mutex_unlock(&worker.mutex);
		helper_answer();
		pthread_mutex_lock(&worker.mutex);
	}
	pthread_mutex_unlock(&worker.mutex);
	odbc_do_disconnect(&worker);
	_exit(0);
}

/* ---- the thread that listens ---- */

static void
helper_cancel(void)
{
	bool due;

	pthread_mutex_lock(&worker.mutex);
	due = helper_calling && worker.stmt != SQL_NULL_HSTMT && odbc_worker_cancellable(&worker);
	worker.cancelling = due;
	pthread_mutex_unlock(&worker.mutex);
	if (!due)
		return;
	(void) SQLCancel(worker.stmt);
	pthread_mutex_lock(&worker.mutex);
	worker.cancelling = false;
	pthread_cond_broadcast(&worker.wake);
	pthread_mutex_unlock(&worker.mutex);
}

static void
helper_submit(const char *data, size_t len)
{
	pthread_mutex_lock(&worker.mutex);
	while (worker.busy)
		pthread_cond_wait(&worker.wake, &worker.mutex);
	if (!odbc_frame_get_job(&worker, data, len))
		_exit(HELPER_BROKEN);
	worker.busy = true;
	pthread_cond_broadcast(&worker.wake);
	pthread_mutex_unlock(&worker.mutex);
}

static void
helper_listen(void)
{
	OdbcFrameHead head;

	while (helper_read(&head, sizeof(head)))
	{
		char *data = malloc(head.bytes + 1);

		if (data == NULL || !helper_read(data, head.bytes))
			break;
		if (head.kind == ODBC_FRAME_CANCEL)
			helper_cancel();
		else
			helper_submit(data, head.bytes);
		free(data);
	}
}

/* The backend has let go, or is no more. */
static void
helper_goodbye(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HELPER_GOODBYE_S;
	pthread_mutex_lock(&worker.mutex);
	worker.quit = true;
	pthread_cond_broadcast(&worker.wake);
	/* The other thread ends the process; it does not give this lock away. */
	while (pthread_cond_timedwait(&worker.wake, &worker.mutex, &until) != ETIMEDOUT)
		continue;
	_exit(0);
}

/* The backend has let go: should the listening thread not see it, the alarm ends us. */
static void
helper_orphaned(int signo)
{
	unsigned left = alarm(HELPER_GOODBYE_S + 1);

	/* It was said before. */
	if (left > 0 && left <= HELPER_GOODBYE_S)
		(void) alarm(left);
}

/* Nothing of the server's is to be seen here: files, sockets, locale, signals. */
static void
helper_settle(void)
{
	int max = (int) sysconf(_SC_OPEN_MAX);
	int fd;

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 34))
	if (close_range(HELPER_FD + 1, ~0U, 0) == 0)
		max = 0;
#endif
	for (fd = HELPER_FD + 1; fd < max; fd++)
		close(fd);
	(void) signal(ODBC_HELPER_ORPHANED, helper_orphaned);
#ifdef __linux__
	(void) prctl(PR_SET_PDEATHSIG, ODBC_HELPER_ORPHANED);
#endif
	(void) signal(SIGPIPE, SIG_IGN);
	/* Texts pass as UTF-8 where a driver goes by this; numbers as C has them. */
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		(void) setlocale(LC_CTYPE, "en_US.UTF-8");
}

int
main(int argc, char **argv)
{
	pthread_attr_t attr;
	pthread_t thread;

	/* A module of another version lays its structs out otherwise. */
	if (argc != 2 || strtoull(argv[1], NULL, 10) != odbc_frame_layout())
	{
		(void) fprintf(stderr, "%s is started by warehouse_gw of the same version only\n", argv[0]);
		return HELPER_BROKEN;
	}
	helper_settle();
	pthread_mutex_init(&worker.mutex, NULL);
	pthread_cond_init(&worker.wake, NULL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, ODBC_STACK_BYTES);
	if (pthread_create(&thread, &attr, helper_main, NULL) != 0)
		return HELPER_BROKEN;
	helper_listen();
	helper_goodbye();
	return 0;
}
