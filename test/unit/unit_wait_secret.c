/*
 * unit_wait_secret.c
 *	  What waits and what must not leak: interrupts, guards, helper threads,
 *	  redaction, secret files, option sets.
 */
#include "postgres.h"

#include <dirent.h>
#include <unistd.h>

#include "gw_unit.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/gw_guard.h"
#include "base/gw_guc.h"
#include "base/gw_options.h"
#include "base/gw_secret.h"
#include "base/gw_thread.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"

GW_UNIT(deadline)
{
	GwDeadline soon = gw_deadline_in_ms(50);
	int64 start = gw_monotonic_us();
	int64 took;

	CHECK(gw_deadline_left_ms(soon) > 0 && gw_deadline_left_ms(soon) <= 50);
	CHECK(gw_deadline_left_ms(gw_deadline_never()) == PG_INT64_MAX);
	CHECK(gw_deadline_in_ms(PG_INT64_MAX).at_us == PG_INT64_MAX);
	CHECK(gw_deadline_passed(gw_deadline_in_ms(0)));
	CHECK(gw_deadline_passed(gw_deadline_in_ms(-5)));
	CHECK(gw_deadline_sooner(soon, gw_deadline_never()).at_us == soon.at_us);
	CHECK_INT(gw_wait(PGINVALID_SOCKET, 0, soon, GW_WAIT_NORMAL), GW_TIMED_OUT);
	took = (gw_monotonic_us() - start) / 1000;
	CHECK(took >= 50 && took < 2000);
	CHECK_INT(gw_wait(PGINVALID_SOCKET, 0, gw_deadline_in_ms(20), GW_WAIT_CLEANUP), GW_TIMED_OUT);
}

GW_UNIT(waiter)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "waiter", ALLOCSET_SMALL_SIZES);
	GwWaiter *waiter = gw_waiter_create(cxt);
	int fds[2];
	int other[2];

	if (pipe(fds) != 0)
		elog(ERROR, "no pipe");
	for (int i = 0; i < 3; i++)
	{
		CHECK_INT(gw_wait_with(waiter, fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(10),
							   GW_WAIT_NORMAL),
				  GW_TIMED_OUT);
		CHECK_INT(write(fds[1], "x", 1), 1);
		CHECK_INT(gw_wait_with(waiter, fds[0], WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE,
							   gw_deadline_in_ms(5000), GW_WAIT_NORMAL),
				  GW_OK);
		CHECK_INT(read(fds[0], &(char){0}, 1), 1);
	}
	InterruptPending = true;
	SetLatch(MyLatch);
	CHECK_INT(gw_wait_with(waiter, fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(5000),
						   GW_WAIT_NORMAL),
			  GW_INTERRUPTED);
	InterruptPending = false;

	/* Another socket with the same number. */
	gw_waiter_forget(waiter);
	if (pipe(other) != 0 || dup2(other[0], fds[0]) < 0)
		elog(ERROR, "no pipe");
	CHECK_INT(write(other[1], "x", 1), 1);
	CHECK_INT(gw_wait_with(waiter, fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(5000),
						   GW_WAIT_NORMAL),
			  GW_OK);
	MemoryContextDelete(cxt);
	close(fds[0]);
	close(fds[1]);
	close(other[0]);
	close(other[1]);
}

GW_UNIT(wait_interrupts)
{
	int fds[2];

	if (pipe(fds) != 0)
		elog(ERROR, "no pipe");
	CHECK_INT(gw_wait(fds[1], WL_SOCKET_WRITEABLE, gw_deadline_in_ms(1000), GW_WAIT_NORMAL),
			  GW_OK);
	CHECK_INT(gw_wait(fds[1], WL_SOCKET_WRITEABLE, gw_deadline_in_ms(0), GW_WAIT_NORMAL), GW_OK);
	CHECK_INT(gw_wait(fds[1], WL_SOCKET_WRITEABLE, gw_deadline_in_ms(0), GW_WAIT_CLEANUP), GW_OK);
	CHECK_INT(gw_wait(fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(10), GW_WAIT_NORMAL),
			  GW_TIMED_OUT);

	/* What a signal handler does: noticed at once, unless it is held off. */
	InterruptPending = true;
	SetLatch(MyLatch);
	CHECK_INT(gw_wait(fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(5000), GW_WAIT_NORMAL),
			  GW_INTERRUPTED);
	HOLD_INTERRUPTS();
	CHECK_INT(gw_wait(fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(10), GW_WAIT_NORMAL),
			  GW_TIMED_OUT);
	CHECK_INT(gw_wait(fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(10), GW_WAIT_CLEANUP),
			  GW_TIMED_OUT);
	ProcDiePending = true;
	CHECK_INT(gw_wait(fds[0], WL_SOCKET_READABLE, gw_deadline_in_ms(5000), GW_WAIT_CLEANUP),
			  GW_INTERRUPTED);
	ProcDiePending = false;
	RESUME_INTERRUPTS();
	InterruptPending = false;
	close(fds[0]);
	close(fds[1]);
}

static int unit_released;

static void
count_release(void *handle)
{
	unit_released += *(int *) handle;
}

GW_UNIT(guard)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "unit", ALLOCSET_SMALL_SIZES);
	GwGuard *guard = gw_guard_create(cxt, count_release);
	int one = 1;

	unit_released = 0;
	gw_guard_release(guard);
	CHECK_INT(unit_released, 0);
	gw_guard_put(guard, &one);
	CHECK(gw_guard_get(guard) == &one);
	CHECK(gw_guard_take(guard) == &one && gw_guard_get(guard) == NULL);
	gw_guard_put(guard, &one);
	gw_guard_release(guard);
	gw_guard_release(guard);
	CHECK_INT(unit_released, 1);
	gw_guard_put(guard, &one);
	MemoryContextDelete(cxt);
	CHECK_INT(unit_released, 2);
}

/* Written by helper threads, read after their deadline: plain flags will do. */
static volatile int thread_ran, thread_destroyed;

static void
thread_sleep(void *arg)
{
	usleep(*(int *) arg * 1000);
	thread_ran++;
}

static void
thread_destroy(void *arg)
{
	free(arg);
	thread_destroyed++;
}

static GwThreadCall *
thread_call(int ms)
{
	int *arg = malloc(sizeof(int));
	GwError err;

	*arg = ms;
	return gw_thread_start(GW_THREAD_ENDS_ITSELF, thread_sleep, thread_destroy, arg, &err);
}

GW_UNIT(thread)
{
	GwThreadCall *call;

	thread_ran = thread_destroyed = 0;
	call = thread_call(30);
	CHECK(call != NULL);
	CHECK_INT(gw_thread_wait(call, gw_deadline_in_ms(5000), GW_WAIT_NORMAL), GW_OK);
	CHECK_INT(gw_thread_wait(call, gw_deadline_in_ms(0), GW_WAIT_CLEANUP), GW_OK);
	CHECK_INT(*(int *) gw_thread_arg(call), 30);
	CHECK_INT(thread_destroyed, 0);
	gw_thread_release(call);
	CHECK(thread_ran == 1 && thread_destroyed == 1);

	/* Let go while it runs: it ends by itself and frees what it holds. */
	call = thread_call(100);
	CHECK_INT(gw_thread_wait(call, gw_deadline_in_ms(10), GW_WAIT_NORMAL), GW_TIMED_OUT);
	gw_thread_release(call);
	CHECK_INT(thread_destroyed, 1);
	gw_wait(PGINVALID_SOCKET, 0, gw_deadline_in_ms(400), GW_WAIT_NORMAL);
	CHECK(thread_ran == 2 && thread_destroyed == 2);
}

/*
 * Blocks for ever in a system call, like a cancel request nobody answers.  Nothing
 * of it lies on the stack: AddressSanitizer does not see that being unwound from
 * outside, and would hold it against whoever has the place next.
 */
static void
thread_block(void *arg)
{
	static int pair[2];
	static char byte;

	if (pipe(pair) == 0)
		(void) !read(pair[0], &byte, 1);
	thread_ran++;
}

static int
entries_of(const char *directory)
{
	DIR *dir = opendir(directory);
	int n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

GW_UNIT(thread_ended)
{
	int threads = entries_of("/proc/self/task");
	int files = entries_of("/proc/self/fd");
	GwThreadCall *call;
	GwError err;

	thread_ran = thread_destroyed = 0;
	call = gw_thread_start(GW_THREAD_ENDABLE, thread_block, thread_destroy, malloc(1), &err);
	CHECK_INT(gw_thread_wait(call, gw_deadline_in_ms(10), GW_WAIT_NORMAL), GW_TIMED_OUT);
	gw_thread_release(call);
	gw_thread_reap();
	CHECK_INT(thread_destroyed, 0);
	CHECK_INT(entries_of("/proc/self/task"), threads + 1);
	gw_wait(PGINVALID_SOCKET, 0, gw_deadline_in_ms(2100), GW_WAIT_NORMAL);
	gw_thread_reap();
	CHECK(thread_ran == 0 && thread_destroyed == 1);
	/* Joined is not yet gone from there where threads are slow. */
	for (int i = 0; i < 30 && entries_of("/proc/self/task") > threads; i++)
		gw_wait(PGINVALID_SOCKET, 0, gw_deadline_in_ms(100), GW_WAIT_NORMAL);
	CHECK_INT(entries_of("/proc/self/task"), threads);
	CHECK_INT(entries_of("/proc/self/fd"), files);
}

static void
report_error(void *arg)
{
	gw_error_report(arg, ERROR);
}

GW_UNIT(error)
{
	GwError err;
	char text[16];
	char *big = palloc0(3000);

	CHECK_INT(gw_error_set(&err, GW_ERR_AUTH, ERRCODE_INVALID_PASSWORD, "no %s", "way"),
			  GW_FAILED);
	CHECK_STR(err.message, "no way");
	CHECK(err.detail[0] == '\0' && err.hint[0] == '\0' && err.sql[0] == '\0');
	CHECK_RAISES(report_error, &err, "28P01");
	gw_error_clear(&err);
	CHECK_RAISES(report_error, &err, "HV000");

	memset(big, 'x', 2999);
	gw_error_set(&err, GW_ERR_INTERNAL, 0, "%s", big);
	CHECK_INT(strlen(err.message), sizeof(err.message) - 1);
	CHECK_STR(err.message + sizeof(err.message) - 4, "...");

	gw_error_remote_text(text, sizeof(text), "a\tb\033[1m\n\n");
	CHECK_STR(text, "a b [1m");
	gw_error_remote_text(text, sizeof(text), "0123456789abcdefgh");
	CHECK_STR(text, "0123456789ab...");
	gw_error_remote_text(text, sizeof(text), "bad \xff\xc3( end");
	CHECK_STR(text, "bad ?" "?( end");
	/* a cut never leaves half a character */
	gw_error_remote_text(text, sizeof(text), "0123456789a\xc3\xa4\xc3\xa4\xc3\xa4");
	CHECK_STR(text, "0123456789a...");
	gw_error_remote_text(text, sizeof(text), NULL);
	CHECK_STR(text, "");

	CHECK_INT(gw_error_class_of_sqlstate(ERRCODE_T_R_DEADLOCK_DETECTED), GW_ERR_CONFLICT);
	CHECK_INT(gw_error_class_of_sqlstate(ERRCODE_CONNECTION_FAILURE), GW_ERR_TRANSIENT);
	CHECK_INT(gw_error_class_of_sqlstate(ERRCODE_TOO_MANY_CONNECTIONS), GW_ERR_THROTTLED);
	CHECK_INT(gw_error_class_of_sqlstate(ERRCODE_UNDEFINED_TABLE), GW_ERR_NOT_FOUND);
	CHECK_INT(gw_error_class_of_sqlstate(ERRCODE_SYNTAX_ERROR), GW_ERR_INVALID);
	CHECK_INT(gw_error_class_of_sqlstate(ERRCODE_UNIQUE_VIOLATION), GW_ERR_PERMANENT);
	CHECK_STR(gw_error_class_name(GW_ERR_NOT_FOUND), "not_found");
}

GW_UNIT(redaction)
{
	char text[128];
	GwError err;

	gw_secret_register("abc"); /* too short to mask: it occurs everywhere */
	gw_secret_register("pa ss'w\"rd");
	strlcpy(text, "abc: pa ss'w\"rd, pa%20ss%27w%22rd, pa ss''w\"rd!", sizeof(text));
	gw_secret_redact(text);
	CHECK_STR(text, "abc: **********, ****************, ***********!");
	strlcpy(text, "Basic cGEgc3MndyJyZA==.", sizeof(text));
	gw_secret_redact(text);
	CHECK_STR(text, "Basic ****************.");
	/* masked before it is cut */
	gw_error_remote_text(text, 20, "0123456789 pa ss'w\"rd");
	CHECK_STR(text, "0123456789 ********");
	gw_error_set(&err, GW_ERR_AUTH, 0, "x pa ss'w\"rd y");
	CHECK_STR(err.message, "x ********** y");
	gw_error_sql(&err, "SET x = 'pa ss''w\"rd'");
	CHECK_STR(err.sql, "SET x = '********'");
}

GW_UNIT(pattern_lists)
{
	CHECK(gw_pattern_list_match("*", "anything", false));
	CHECK(gw_pattern_list_match("a,WGW_*", "WGW_", false));
	CHECK(gw_pattern_list_match("a b*c*d", "b1c2c3d", false));
	CHECK(!gw_pattern_list_match("b*c*d", "b1c2c3", false));
	CHECK(!gw_pattern_list_match("WGW_*", "wgw_x", false));
	CHECK(gw_pattern_list_match("*.Example.com", "db.eXample.com", true));
	CHECK(!gw_pattern_list_match("*.example.com", "example.com", true));
	CHECK(!gw_pattern_list_match("", "", false));
	CHECK(!gw_pattern_list_match("abc", "abcd", false));
}

/* A file of the secret directory with that content and mode. */
static void
write_file(const char *dir, const char *name, const char *content, mode_t mode)
{
	char *path = psprintf("%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, content, strlen(content)) < 0 || fchmod(fd, mode) != 0)
		elog(ERROR, "could not write \"%s\"", path);
	close(fd);
}

/* The sqlstate resolving ref ends with, "00000" when it succeeds. */
static char *
resolve_state(const char *ref, char **value)
{
	GwError err;

	*value = NULL;
	if (gw_secret_resolve(ref, value, &err) == GW_OK)
		return "00000";
	return pstrdup(unpack_sql_state(err.sqlstate));
}

static void
set_guc(const char *name, const char *value)
{
	SetConfigOption(name, value, PGC_SUSET, PGC_S_SESSION);
}

GW_UNIT(secrets)
{
	char *dir = psprintf("%s/base/pgsql_tmp/gw_unit_%d", DataDir, MyProcPid);
	char *big = palloc0(70000);
	const char *const names[] = {"good", "open", "big", "link", "fifo", "dir", "empty", "crlf"};
	char *value;
	int i;

	mkdir(psprintf("%s/base/pgsql_tmp", DataDir), 0700);
	if (mkdir(dir, 0700) != 0)
		elog(ERROR, "could not make \"%s\"", dir);
	memset(big, 'x', 69999);
	write_file(dir, "good", "WGWCANARY_6\n\n", 0400);
	write_file(dir, "crlf", "WGWCANARY_7\r\n", 0600);
	write_file(dir, "open", "WGWCANARY_8", 0640);
	write_file(dir, "big", big, 0600);
	write_file(dir, "empty", "\n", 0600);
	if (symlink("good", psprintf("%s/link", dir)) != 0 ||
		mkfifo(psprintf("%s/fifo", dir), 0600) != 0 || mkdir(psprintf("%s/dir", dir), 0700) != 0)
		elog(ERROR, "could not prepare \"%s\"", dir);

	set_guc("warehouse_gw.secret_dir", "");
	CHECK_STR(resolve_state("file:good", &value), "55000");
	set_guc("warehouse_gw.secret_dir", dir);
	CHECK_STR(resolve_state("file:good", &value), "00000");
	CHECK_STR(value, "WGWCANARY_6\n");
	CHECK_STR(resolve_state("file:crlf", &value), "00000");
	CHECK_STR(value, "WGWCANARY_7");
	CHECK_STR(resolve_state("file:open", &value), "42501");
	CHECK_STR(resolve_state("file:big", &value), "54000");
	CHECK_STR(resolve_state("file:link", &value), "42501");
	CHECK_STR(resolve_state("file:fifo", &value), "42501");
	CHECK_STR(resolve_state("file:dir", &value), "42501");
	CHECK_STR(resolve_state("file:empty", &value), "22023");
	CHECK_STR(resolve_state("file:missing", &value), "58P01");
	CHECK_STR(resolve_state("file:../good", &value), "22023");
	CHECK_STR(resolve_state("cmd:ls", &value), "22023");

	CHECK_STR(resolve_state("env:PATH", &value), "42501");
	CHECK_STR(resolve_state("env:WGW_NOT_SET", &value), "42704");
	set_guc("warehouse_gw.env_allow", "PGDATA,PATH");
	CHECK_STR(resolve_state("env:PATH", &value), "00000");
	CHECK_STR(value, getenv("PATH"));
	set_guc("warehouse_gw.env_allow", "");
	CHECK_STR(resolve_state("env:PATH", &value), "42501");

	for (i = 0; i < lengthof(names); i++)
	{
		char *path = psprintf("%s/%s", dir, names[i]);

		if (unlink(path) != 0)
			rmdir(path);
	}
	rmdir(dir);
}

static const GwOption unit_rows[] = {
	{.name = "level", .aliases = "lvl depth", .where = GW_OPT_SERVER | GW_OPT_TABLE,
	 .kind = GW_OPT_ENUM, .values = "read committed|Serializable", .fallback = "read committed"},
	{.name = "rows", .where = GW_OPT_SERVER | GW_OPT_TABLE, .kind = GW_OPT_INT, .min = -5,
	 .max = 5, .fallback = "3"},
};
static const GwOptionTable unit_table = {
	.options = unit_rows, .noptions = lengthof(unit_rows), .parent = &gw_common_options};

static List *
one_option(const char *name, const char *value)
{
	return list_make1(makeDefElem(pstrdup(name), (Node *) makeString(pstrdup(value)), -1));
}

GW_UNIT(options)
{
	GwOptionSet *set = gw_options_fold(&unit_table, one_option("depth", "SERIALIZABLE"), NIL,
									   one_option("rows", "-5"));

	CHECK_STR(gw_option_str(set, "level"), "Serializable");
	CHECK_INT(gw_option_int(set, "rows"), -5);
	CHECK_INT(gw_option_int(set, "fetch_size"), 10000);
	CHECK(gw_option_given(set, "rows") && !gw_option_given(set, "fetch_size"));
	CHECK(gw_option_str(set, "no_such") == NULL && gw_option_int(set, "no_such") == 0);
	CHECK(gw_options_user(set) == InvalidOid);
	set = gw_options_fold(&unit_table, one_option("lvl", "serializable"), NIL,
						  one_option("level", "Read Committed"));
	CHECK_STR(gw_option_str(set, "level"), "read committed");
	CHECK(gw_option_find(&unit_table, "lvl") == &unit_rows[0]);
	CHECK(gw_option_find(&unit_table, "lvl depth") == NULL);
	CHECK(gw_option_find(&unit_table, "") == NULL);
}
