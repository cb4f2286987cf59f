/*
 * gw_transport_libpq_error.c
 *	  libpq's failures and notices as values.
 *
 * Does not decide what a failure means for the caller's transaction; session
 * does.  Notices live in malloc'd memory because libpq calls the receiver
 * from inside its own frames, where nothing may throw.
 */
#include "postgres.h"

#include <stdlib.h>

#include "transport/gw_transport_libpq.h"

/* More than this per statement is noise; the rest is counted out. */
#define LIBPQ_MAX_NOTICES 100

static void error_about(const PGresult *res, GwError *err);
static const char *error_verbose_sqlstate(const char *message, int *sqlstate);
static void error_first_lines(char *text);

GwStatus
libpq_error_result(LibpqLink *link, const PGresult *res, GwError *err)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(res, PG_DIAG_MESSAGE_HINT);
	char clean[sizeof(err->message)];
	int sqlstate;

	/* Without a SQLSTATE the message is libpq's own: the connection went. */
	if (state == NULL)
		return libpq_error_lost(link, err);
	sqlstate = gw_error_sqlstate(state, ERRCODE_INTERNAL_ERROR);
	gw_error_remote_text(clean, sizeof(clean), primary ? primary : "no message");
	gw_error_set(err, gw_error_class_of_sqlstate(sqlstate), sqlstate, "%s", clean);
	if (detail != NULL)
	{
		gw_error_remote_text(clean, sizeof(clean), detail);
		gw_error_detail(err, "%s", clean);
	}
	if (hint != NULL)
	{
		gw_error_remote_text(clean, sizeof(clean), hint);
		gw_error_hint(err, "%s", clean);
	}
	error_about(res, err);
	return GW_FAILED;
}

/* The objects it names, and the line of a COPY. */
static void
error_about(const PGresult *res, GwError *err)
{
	const struct
	{
		int field;
		char *to;
	} about[] = {
		{PG_DIAG_SCHEMA_NAME, err->schema},
		{PG_DIAG_TABLE_NAME, err->table},
		{PG_DIAG_COLUMN_NAME, err->column},
		{PG_DIAG_CONSTRAINT_NAME, err->constraint},
	};
	const char *context = PQresultErrorField(res, PG_DIAG_CONTEXT);

	for (int i = 0; i < lengthof(about); i++)
	{
		const char *name = PQresultErrorField(res, about[i].field);

		if (name != NULL)
			gw_error_remote_text(about[i].to, sizeof(err->table), name);
	}
	if (context != NULL && strncmp(context, "COPY ", 5) == 0)
		gw_error_remote_text(err->place, sizeof(err->place), context);
}

GwStatus
libpq_error_lost(LibpqLink *link, GwError *err)
{
	PGconn *conn = libpq_conn(link);
	char clean[sizeof(err->detail)];

	link->broken = true;
	gw_error_remote_text(clean, sizeof(clean), conn ? PQerrorMessage(conn) : "");
	error_first_lines(clean);
	gw_transport_lost(err);
	if (clean[0] != '\0')
		gw_error_detail(err, "%s", clean);
	return GW_FAILED;
}

/*
 * A refused connection.  Connecting runs with verbose messages, because that
 * is the only way libpq shows the server's SQLSTATE before a session exists.
 */
GwStatus
libpq_error_connect(LibpqLink *link, GwError *err)
{
	PGconn *conn = libpq_conn(link);
	const char *raw = conn ? PQerrorMessage(conn) : "out of memory";
	char text[2048];
	char clean[sizeof(err->message)];
	int sqlstate = ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION;
	GwErrorClass cls = GW_ERR_TRANSIENT;
	const char *message;

	link->broken = true;
	strlcpy(text, raw, sizeof(text));
	error_first_lines(text);
	message = error_verbose_sqlstate(text, &sqlstate);
	gw_error_remote_text(clean, sizeof(clean), message);
	if (sqlstate != ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION)
		cls = gw_error_class_of_sqlstate(sqlstate);
	else if (strstr(text, "certificate") != NULL || strstr(text, "SSL") != NULL ||
			 strstr(text, "no password supplied") != NULL)
		cls = GW_ERR_AUTH;
	return gw_error_set(err, cls, sqlstate, "could not connect: %s", clean);
}

void
libpq_notice_receive(void *arg, const PGresult *res)
{
	LibpqLink *link = (LibpqLink *) arg;
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	LibpqNotice *notice;

	if (primary == NULL || link->nnotices >= LIBPQ_MAX_NOTICES)
		return;
	notice = malloc(sizeof(LibpqNotice));
	if (notice == NULL)
		return;
	notice->next = NULL;
	notice->warning = severity != NULL && strcmp(severity, "WARNING") == 0;
	notice->sqlstate = state ? gw_error_sqlstate(state, ERRCODE_INTERNAL_ERROR) : 0;
	strlcpy(notice->text, primary, sizeof(notice->text));
	*link->notices_end = notice;
	link->notices_end = &notice->next;
	link->nnotices++;
}

void
libpq_notices_forward(LibpqLink *link)
{
	while (link->notices != NULL)
	{
		LibpqNotice *notice = link->notices;
		bool warning = notice->warning;
		int sqlstate = notice->sqlstate;
		char clean[sizeof(notice->text)];

		gw_error_remote_text(clean, sizeof(clean), notice->text);
		link->notices = notice->next;
		link->nnotices--;
		if (link->notices == NULL)
			link->notices_end = &link->notices;
		free(notice);
		ereport(warning ? WARNING : NOTICE,
				(errcode(sqlstate ? sqlstate : ERRCODE_SUCCESSFUL_COMPLETION),
				 errmsg("remote: %s", clean)));
	}
}

void
libpq_notices_drop(LibpqLink *link)
{
	while (link->notices != NULL)
	{
		LibpqNotice *notice = link->notices;

		link->notices = notice->next;
		free(notice);
	}
	link->notices_end = &link->notices;
	link->nnotices = 0;
}

/*
 * Find "SEVERITY:  12345: " in a verbose message; returns what follows and
 * sets *sqlstate, or returns the message as it is.
 */
static const char *
error_verbose_sqlstate(const char *message, int *sqlstate)
{
	const char *at = message;

	while ((at = strstr(at, ":  ")) != NULL)
	{
		at += 3;
		if (strnlen(at, 7) == 7 && at[5] == ':' && at[6] == ' ')
		{
			int found = gw_error_sqlstate(at, ERRCODE_INTERNAL_ERROR);

			if (found != ERRCODE_INTERNAL_ERROR)
			{
				*sqlstate = found;
				return at + 7;
			}
		}
	}
	return message;
}

/* Cut the source location and whatever follows it, and trailing white space. */
static void
error_first_lines(char *text)
{
	char *cut = strstr(text, "\nLOCATION:");
	size_t len;

	if (cut != NULL)
		*cut = '\0';
	len = strlen(text);
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == ' '))
		text[--len] = '\0';
}
