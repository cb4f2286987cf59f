/*
 * gw_error.c
 *	  Filling, cleaning and raising error values.
 *
 * Does not decide what to do about an error.  Nothing here allocates except
 * gw_error_report(), which hands over to ereport.
 */
#include "postgres.h"

#include "base/gw_error.h"
#include "base/gw_secret.h"
#include "mb/pg_wchar.h"

static void error_clip(char *dst, size_t dstlen);

void
gw_error_clear(GwError *err)
{
	memset(err, 0, sizeof(GwError));
}

/*
 * Format into dst.  A text that does not fit is cut at a character and ends
 * in "...".
 */
static void pg_attribute_printf(3, 0)
error_format(char *dst, size_t dstlen, const char *fmt, va_list args)
{
	int need = vsnprintf(dst, dstlen, fmt, args);

	if (need >= (int) dstlen)
		error_clip(dst, dstlen);
	gw_secret_redact(dst);
}

/* Copy a text that has been redacted already, cut the same way. */
static void
error_fit(char *dst, size_t dstlen, const char *src)
{
	if (strlcpy(dst, src, dstlen) >= dstlen)
		error_clip(dst, dstlen);
}

/* End a text that was cut somewhere at dstlen - 1 with "...". */
static void
error_clip(char *dst, size_t dstlen)
{
	int kept = pg_mbcliplen(dst, strlen(dst), (int) dstlen - 4);

	strcpy(dst + kept, "...");
}

GwStatus
gw_error_set(GwError *err, GwErrorClass cls, int sqlstate, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	gw_error_setv(err, cls, sqlstate, fmt, args);
	va_end(args);
	return GW_FAILED;
}

GwStatus
gw_error_setv(GwError *err, GwErrorClass cls, int sqlstate, const char *fmt, va_list args)
{
	gw_error_clear(err);
	err->cls = cls;
	err->sqlstate = sqlstate;
	error_format(err->message, sizeof(err->message), fmt, args);
	return GW_FAILED;
}

void
gw_error_prefix(GwError *err, const char *fmt, ...)
{
	char message[2 * sizeof(err->message)];
	va_list args;

	va_start(args, fmt);
	error_format(message, sizeof(err->message), fmt, args);
	va_end(args);
	strcat(message, err->message);
	error_fit(err->message, sizeof(err->message), message);
}

void
gw_error_detail(GwError *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error_format(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
}

void
gw_error_hint(GwError *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	error_format(err->hint, sizeof(err->hint), fmt, args);
	va_end(args);
}

/*
 * Does a letter steer the terminal or the order in which a line is read?  len
 * is its length in the database encoding.
 */
static bool
error_steers(const unsigned char *c, size_t len)
{
	int encoding = GetDatabaseEncoding();

	if (len == 1)
	{
		if (*c < 0x20 || *c == 0x7f)
			return true;
		/* C1 controls, where bytes of that range are no letters. */
		return *c >= 0x80 && *c < 0xa0 &&
			   ((encoding >= PG_LATIN1 && encoding <= PG_LATIN10) ||
				(encoding >= PG_ISO_8859_5 && encoding <= PG_ISO_8859_8));
	}
	if (encoding != PG_UTF8)
		return false;
	if (len == 2)
		return c[0] == 0xc2 && c[1] < 0xa0; /* C1 controls */
	if (len != 3 || c[0] != 0xe2)
		return false;
	/* U+2028 .. U+202E: line separators, bidi embeddings; U+2066 .. U+2069: isolates. */
	return (c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
		   (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9);
}

/*
 * Copy src to dst, masking secrets before anything is cut: half a secret at
 * the end of a cut text would slip through a later redaction.  With clean
 * set, control characters become blanks.
 */
static void
error_copy(char *dst, size_t dstlen, const char *src, bool clean)
{
	const char *end = src + strlen(src);
	size_t used = 0;
	size_t limit = dstlen - 1;

	while (src < end)
	{
		size_t masked = gw_secret_at(src, end - src);
		const char *from = src;
		size_t len;

		if (masked > 0)
		{
			src += masked;
			from = "********";
			len = 8;
		}
		else
		{
			int n = pg_encoding_verifymbchar(GetDatabaseEncoding(), src, (int) (end - src));

			len = n > 0 ? (size_t) n : 1;
			src += len;
			if (n <= 0)
				from = "?";
			else if (clean && error_steers((const unsigned char *) from, len))
			{
				from = " ";
				len = 1;
			}
		}

		if (used + len > limit)
		{
			used = pg_mbcliplen(dst, (int) used, (int) Min(used, limit - 3));
			memcpy(dst + used, "...", 3);
			used += 3;
			break;
		}
		memcpy(dst + used, from, len);
		used += len;
	}
	dst[used] = '\0';
}

void
gw_error_sql(GwError *err, const char *sql)
{
	if (sql == NULL)
		err->sql[0] = '\0';
	else
		error_copy(err->sql, sizeof(err->sql), sql, false);
}

void
gw_error_remote_text(char *dst, size_t dstlen, const char *src)
{
	size_t len;

	Assert(dstlen >= 8);
	error_copy(dst, dstlen, src ? src : "", true);
	/* Drivers like to end their messages with a newline. */
	for (len = strlen(dst); len > 0 && dst[len - 1] == ' '; len--)
		dst[len - 1] = '\0';
}

/* What the error under way is about. */
static int
error_about(const GwError *err)
{
	const struct
	{
		int field;
		const char *name;
	} about[] = {
		{PG_DIAG_SCHEMA_NAME, err->schema},
		{PG_DIAG_TABLE_NAME, err->table},
		{PG_DIAG_COLUMN_NAME, err->column},
		{PG_DIAG_CONSTRAINT_NAME, err->constraint},
	};

	for (int i = 0; i < lengthof(about); i++)
	{
		if (about[i].name[0] != '\0')
			err_generic_string(about[i].field, about[i].name);
	}
	return 0;
}

void
gw_error_report(const GwError *err, int elevel)
{
	ereport(elevel,
			(errcode(err->sqlstate ? err->sqlstate : ERRCODE_FDW_ERROR),
			 errmsg_internal("%s", err->message[0] ? err->message : "unknown remote error"),
			 err->detail[0] ? errdetail_internal("%s", err->detail) : 0,
			 err->hint[0] ? errhint("%s", err->hint) : 0,
			 error_about(err), err->place[0] ? errcontext("remote: %s", err->place) : 0,
			 err->sql[0] ? errcontext("remote statement: %s", err->sql) : 0));
}

const char *
gw_error_class_name(GwErrorClass cls)
{
	switch (cls)
	{
		case GW_ERR_NONE:
			return "none";
		case GW_ERR_TRANSIENT:
			return "transient";
		case GW_ERR_THROTTLED:
			return "throttled";
		case GW_ERR_AUTH:
			return "auth";
		case GW_ERR_CONFLICT:
			return "conflict";
		case GW_ERR_CANCELLED:
			return "cancelled";
		case GW_ERR_NOT_FOUND:
			return "not_found";
		case GW_ERR_INVALID:
			return "invalid";
		case GW_ERR_PERMANENT:
			return "permanent";
		case GW_ERR_INTERNAL:
			return "internal";
	}
	return "internal";
}

/* Single codes whose meaning differs from that of their category. */
static GwErrorClass
error_class_of_code(int sqlstate)
{
	switch (sqlstate)
	{
		case ERRCODE_QUERY_CANCELED:
			return GW_ERR_CANCELLED;
		case ERRCODE_ADMIN_SHUTDOWN:
		case ERRCODE_CRASH_SHUTDOWN:
		case ERRCODE_CANNOT_CONNECT_NOW:
		case ERRCODE_IDLE_SESSION_TIMEOUT:
		case ERRCODE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT:
		case ERRCODE_OUT_OF_MEMORY:
		case ERRCODE_READ_ONLY_SQL_TRANSACTION: /* after a fail-over */
		case ERRCODE_IO_ERROR:
			return GW_ERR_TRANSIENT;
		case ERRCODE_TOO_MANY_CONNECTIONS:
			return GW_ERR_THROTTLED;
		case ERRCODE_T_R_SERIALIZATION_FAILURE:
		case ERRCODE_T_R_DEADLOCK_DETECTED:
		case ERRCODE_LOCK_NOT_AVAILABLE:
			return GW_ERR_CONFLICT;
		case ERRCODE_UNDEFINED_DATABASE:
		case ERRCODE_UNDEFINED_SCHEMA:
		case ERRCODE_UNDEFINED_TABLE:
		case ERRCODE_UNDEFINED_COLUMN:
		case ERRCODE_UNDEFINED_OBJECT:
		case ERRCODE_UNDEFINED_FUNCTION:
			return GW_ERR_NOT_FOUND;
		default:
			return GW_ERR_NONE;
	}
}

int
gw_error_sqlstate(const char *text, int otherwise)
{
	for (int i = 0; i < 5; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'A' && text[i] <= 'Z')))
			return otherwise;
	return MAKE_SQLSTATE(text[0], text[1], text[2], text[3], text[4]);
}

GwErrorClass
gw_error_class_of_sqlstate(int sqlstate)
{
	GwErrorClass cls = error_class_of_code(sqlstate);

	if (cls != GW_ERR_NONE)
		return cls;

	switch (ERRCODE_TO_CATEGORY(sqlstate))
	{
		case ERRCODE_CONNECTION_EXCEPTION:
			return GW_ERR_TRANSIENT;
		case ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION:
			return GW_ERR_AUTH;
		case ERRCODE_TRANSACTION_ROLLBACK:
			return GW_ERR_CONFLICT;
		case ERRCODE_FEATURE_NOT_SUPPORTED:
		case ERRCODE_DATA_EXCEPTION:
		case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
			return GW_ERR_INVALID;
		case ERRCODE_INTERNAL_ERROR:
			return GW_ERR_INTERNAL;
		default:
			return GW_ERR_PERMANENT;
	}
}
