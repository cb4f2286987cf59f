/*
 * gw_error.h
 *	  Errors as values, and the one bridge that turns a value into an ereport.
 *
 * Everything below session reports a remote or environmental failure by
 * filling a GwError and returning GW_FAILED, so that retry, fall-back and
 * clean-up can be decided where the whole operation is known.  From session
 * upwards gw_error_report() raises it.  PostgreSQL's own errors (out of
 * memory, a type's input function, SPI) may still pass through any layer;
 * that is safe because foreign handles are guarded (gw_guard.h).
 */
#ifndef GW_ERROR_H
#define GW_ERROR_H

#include "utils/elog.h"

/* How a step ended. */
typedef enum GwStatus
{
	GW_OK = 0,		/* done, or: a batch is ready */
	GW_DONE,		/* the stream has ended and has proved it */
	GW_INTERRUPTED, /* an interrupt is pending; call again to resume */
	GW_TIMED_OUT,	/* the deadline passed; GwError may be unset */
	GW_FAILED,		/* GwError says why */
} GwStatus;

/* What kind of failure: read by retry, the breaker, and check_connection(). */
typedef enum GwErrorClass
{
	GW_ERR_NONE = 0,
	GW_ERR_TRANSIENT, /* may work when repeated: lost connection, time-out */
	GW_ERR_THROTTLED, /* the remote asked us to slow down */
	GW_ERR_AUTH,	  /* wrong or missing credentials, refused TLS */
	GW_ERR_CONFLICT,  /* serialization, deadlock, lock not available */
	GW_ERR_CANCELLED, /* we, or an administrator, cancelled it */
	GW_ERR_NOT_FOUND, /* no such database, table, column */
	GW_ERR_INVALID,	  /* the request itself is wrong: syntax, types, options */
	GW_ERR_PERMANENT, /* any other answer that repeating will not change */
	GW_ERR_INTERNAL,  /* our own bug, or a broken protocol */
} GwErrorClass;

/*
 * A failure as a value.  Fixed-size members: filling one never allocates, so
 * it can be done anywhere, also in an abort callback.  Texts that come from a
 * remote are attacker-controlled: gw_error_remote() cleans and caps them.
 */
typedef struct GwError
{
	GwErrorClass cls;
	int sqlstate;		/* MAKE_SQLSTATE() form */
	int vendor_code;	/* the driver's or service's own number, or 0 */
	char message[1024]; /* what happened; no trailing period */
	char detail[1024];	/* complete sentences, or empty */
	char hint[512];		/* what to do, or empty */
	char sql[1024];		/* the remote statement without secrets, or empty */
	char place[256];	/* where in the rows that were sent, or empty */

	/* What it is about, for GET STACKED DIAGNOSTICS; or empty. */
	char schema[64], table[64], column[64], constraint[64];
} GwError;

/* Forget whatever err holds. */
extern void gw_error_clear(GwError *err);

/*
 * Fill err and return GW_FAILED, so that a slot can end with
 * "return gw_error_set(err, ...)".  Clears detail, hint and sql.
 */
extern GwStatus gw_error_set(GwError *err, GwErrorClass cls, int sqlstate, const char *fmt, ...)
	pg_attribute_printf(4, 5);

/* The same with the arguments of a function that has such arguments itself. */
extern GwStatus gw_error_setv(GwError *err, GwErrorClass cls, int sqlstate, const char *fmt,
							  va_list args) pg_attribute_printf(4, 0);

/* Put words before the message; what does not fit is cut at a character. */
extern void gw_error_prefix(GwError *err, const char *fmt, ...) pg_attribute_printf(2, 3);

/* Add a detail, a hint, or the remote statement to a filled err. */
extern void gw_error_detail(GwError *err, const char *fmt, ...) pg_attribute_printf(2, 3);
extern void gw_error_hint(GwError *err, const char *fmt, ...) pg_attribute_printf(2, 3);
extern void gw_error_sql(GwError *err, const char *sql);

/*
 * Copy a text that came from a remote system into dst: control characters
 * become blanks, invalid encoding becomes '?', registered secrets are masked,
 * and the result is cut at dstlen - 1 with "..." at the end.
 */
extern void gw_error_remote_text(char *dst, size_t dstlen, const char *src);

/*
 * Raise err through ereport at elevel (ERROR does not return).  The remote
 * statement becomes the CONTEXT line.  The only such bridge in the module.
 */
extern void gw_error_report(const GwError *err, int elevel);

/* The class's stable name as users see it ("transient", "auth", ...). */
extern const char *gw_error_class_name(GwErrorClass cls);

/* Five characters of the SQLSTATE alphabet in MAKE_SQLSTATE() form, else otherwise. */
extern int gw_error_sqlstate(const char *text, int otherwise);

/* The class that a five-character SQLSTATE stands for on any SQL platform. */
extern GwErrorClass gw_error_class_of_sqlstate(int sqlstate);

#endif /* GW_ERROR_H */
