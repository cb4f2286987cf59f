/*
 * gw_transport_mysql_error.c
 *	  The server's and the library's failures as values.
 *
 * The server's SQLSTATE is HY000 for most of what it refuses, so its own
 * number decides where it is known here.  What a failure means for the
 * transaction is session's business.
 */
#include "postgres.h"

#include "transport/gw_transport_mysql.h"

typedef struct ErrorRule
{
	unsigned int number;
	int sqlstate; /* 0: the class follows from the server's */
	GwErrorClass cls;
} ErrorRule;

#define CONNECT ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION

/* Numbers that one of the two headers does not name stand as numbers. */
static const ErrorRule error_rules[] = {
	/* The connection. */
	{CR_CONNECTION_ERROR, CONNECT, GW_ERR_TRANSIENT},
	{CR_CONN_HOST_ERROR, CONNECT, GW_ERR_TRANSIENT},
	{CR_UNKNOWN_HOST, CONNECT, GW_ERR_TRANSIENT},
	{CR_SERVER_GONE_ERROR, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{CR_SERVER_LOST, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{CR_SERVER_HANDSHAKE_ERR, CONNECT, GW_ERR_TRANSIENT},
	{2055 /* CR_SERVER_LOST_EXTENDED */, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},
	{CR_SSL_CONNECTION_ERROR, CONNECT, GW_ERR_AUTH},
	{CR_MALFORMED_PACKET, ERRCODE_PROTOCOL_VIOLATION, GW_ERR_INTERNAL},
	{CR_COMMANDS_OUT_OF_SYNC, ERRCODE_INTERNAL_ERROR, GW_ERR_INTERNAL},
	{CR_OUT_OF_MEMORY, ERRCODE_OUT_OF_MEMORY, GW_ERR_TRANSIENT},
	{CR_NET_PACKET_TOO_LARGE, ERRCODE_PROGRAM_LIMIT_EXCEEDED, GW_ERR_INVALID},
	{ER_CON_COUNT_ERROR, ERRCODE_TOO_MANY_CONNECTIONS, GW_ERR_THROTTLED},
	{ER_TOO_MANY_USER_CONNECTIONS, ERRCODE_TOO_MANY_CONNECTIONS, GW_ERR_THROTTLED},
	{ER_USER_LIMIT_REACHED, ERRCODE_TOO_MANY_CONNECTIONS, GW_ERR_THROTTLED},
	{ER_SERVER_SHUTDOWN, ERRCODE_ADMIN_SHUTDOWN, GW_ERR_TRANSIENT},
	{1927 /* ER_CONNECTION_KILLED */, ERRCODE_ADMIN_SHUTDOWN, GW_ERR_TRANSIENT},
	{4031 /* ER_CLIENT_INTERACTION_TIMEOUT */, ERRCODE_CONNECTION_FAILURE, GW_ERR_TRANSIENT},

	/* Who we are. */
	{ER_ACCESS_DENIED_ERROR, ERRCODE_INVALID_PASSWORD, GW_ERR_AUTH},
	{1698 /* ER_ACCESS_DENIED_NO_PASSWORD_ERROR */, ERRCODE_INVALID_PASSWORD, GW_ERR_AUTH},
	{ER_DBACCESS_DENIED_ERROR, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_AUTH},
	{ER_HOST_NOT_PRIVILEGED, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{ER_HOST_IS_BLOCKED, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{ER_NOT_SUPPORTED_AUTH_MODE, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{CR_AUTH_PLUGIN_CANNOT_LOAD, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{2061 /* CR_AUTH_PLUGIN_ERR */, ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION, GW_ERR_AUTH},
	{ER_TABLEACCESS_DENIED_ERROR, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},
	{ER_COLUMNACCESS_DENIED_ERROR, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},
	{ER_SPECIFIC_ACCESS_DENIED_ERROR, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},
	{ER_PROCACCESS_DENIED_ERROR, ERRCODE_INSUFFICIENT_PRIVILEGE, GW_ERR_PERMANENT},

	/* What there is not. */
	{ER_BAD_DB_ERROR, ERRCODE_UNDEFINED_DATABASE, GW_ERR_NOT_FOUND},
	{ER_NO_SUCH_TABLE, ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{ER_BAD_TABLE_ERROR, ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{ER_UNKNOWN_TABLE, ERRCODE_UNDEFINED_TABLE, GW_ERR_NOT_FOUND},
	{ER_BAD_FIELD_ERROR, ERRCODE_UNDEFINED_COLUMN, GW_ERR_NOT_FOUND},
	{ER_SP_DOES_NOT_EXIST, ERRCODE_UNDEFINED_FUNCTION, GW_ERR_NOT_FOUND},
	{ER_UNKNOWN_SYSTEM_VARIABLE, ERRCODE_UNDEFINED_OBJECT, GW_ERR_NOT_FOUND},
	{ER_TABLE_EXISTS_ERROR, ERRCODE_DUPLICATE_TABLE, GW_ERR_INVALID},
	{ER_DB_CREATE_EXISTS, ERRCODE_DUPLICATE_DATABASE, GW_ERR_INVALID},
	{ER_DUP_FIELDNAME, ERRCODE_DUPLICATE_COLUMN, GW_ERR_INVALID},
	{ER_PARSE_ERROR, ERRCODE_SYNTAX_ERROR, GW_ERR_INVALID},

	/* Others at work. */
	{ER_LOCK_DEADLOCK, ERRCODE_T_R_DEADLOCK_DETECTED, GW_ERR_CONFLICT},
	{ER_LOCK_WAIT_TIMEOUT, ERRCODE_LOCK_NOT_AVAILABLE, GW_ERR_CONFLICT},
	{3572 /* ER_LOCK_NOWAIT */, ERRCODE_LOCK_NOT_AVAILABLE, GW_ERR_CONFLICT},
	{1020 /* ER_CHECKREAD */, ERRCODE_T_R_SERIALIZATION_FAILURE, GW_ERR_CONFLICT},
	{ER_QUERY_INTERRUPTED, ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{1969 /* ER_STATEMENT_TIMEOUT */, ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{3024 /* ER_QUERY_TIMEOUT */, ERRCODE_QUERY_CANCELED, GW_ERR_CANCELLED},
	{1290 /* ER_OPTION_PREVENTS_STATEMENT */, ERRCODE_READ_ONLY_SQL_TRANSACTION,
	 GW_ERR_PERMANENT},
	{1836 /* ER_READ_ONLY_MODE */, ERRCODE_READ_ONLY_SQL_TRANSACTION, GW_ERR_TRANSIENT},
	{1792 /* ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION */, ERRCODE_READ_ONLY_SQL_TRANSACTION,
	 GW_ERR_INVALID},

	/* Rows and values. */
	{ER_DUP_ENTRY, ERRCODE_UNIQUE_VIOLATION, GW_ERR_PERMANENT},
	{ER_DUP_KEY, ERRCODE_UNIQUE_VIOLATION, GW_ERR_PERMANENT},
	{1586 /* ER_DUP_ENTRY_WITH_KEY_NAME */, ERRCODE_UNIQUE_VIOLATION, GW_ERR_PERMANENT},
	{ER_BAD_NULL_ERROR, ERRCODE_NOT_NULL_VIOLATION, GW_ERR_PERMANENT},
	{ER_NO_DEFAULT_FOR_FIELD, ERRCODE_NOT_NULL_VIOLATION, GW_ERR_PERMANENT},
	{1451 /* ER_ROW_IS_REFERENCED_2 */, ERRCODE_FOREIGN_KEY_VIOLATION, GW_ERR_PERMANENT},
	{1452 /* ER_NO_REFERENCED_ROW_2 */, ERRCODE_FOREIGN_KEY_VIOLATION, GW_ERR_PERMANENT},
	{1217 /* ER_ROW_IS_REFERENCED */, ERRCODE_FOREIGN_KEY_VIOLATION, GW_ERR_PERMANENT},
	{1216 /* ER_NO_REFERENCED_ROW */, ERRCODE_FOREIGN_KEY_VIOLATION, GW_ERR_PERMANENT},
	{3819 /* ER_CHECK_CONSTRAINT_VIOLATED */, ERRCODE_CHECK_VIOLATION, GW_ERR_PERMANENT},
	{4025 /* ER_CONSTRAINT_FAILED */, ERRCODE_CHECK_VIOLATION, GW_ERR_PERMANENT},
	{ER_WARN_DATA_OUT_OF_RANGE, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, GW_ERR_PERMANENT},
	{1690 /* ER_DATA_OUT_OF_RANGE */, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, GW_ERR_PERMANENT},
	{ER_DATA_TOO_LONG, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, GW_ERR_PERMANENT},
	{1265 /* WARN_DATA_TRUNCATED */, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_PERMANENT},
	{1292 /* ER_TRUNCATED_WRONG_VALUE */, ERRCODE_INVALID_DATETIME_FORMAT, GW_ERR_PERMANENT},
	{1366 /* ER_TRUNCATED_WRONG_VALUE_FOR_FIELD */, ERRCODE_INVALID_TEXT_REPRESENTATION,
	 GW_ERR_PERMANENT},
	{1365 /* ER_DIVISION_BY_ZERO */, ERRCODE_DIVISION_BY_ZERO, GW_ERR_PERMANENT},
	{3140 /* ER_INVALID_JSON_TEXT */, ERRCODE_INVALID_TEXT_REPRESENTATION, GW_ERR_PERMANENT},
	{ER_UNSUPPORTED_PS, ERRCODE_FEATURE_NOT_SUPPORTED, GW_ERR_INVALID},
	{ER_RECORD_FILE_FULL, ERRCODE_DISK_FULL, GW_ERR_PERMANENT},
};

/* Five characters of the SQLSTATE alphabet, else the general error. */
static int
error_sqlstate(const char *text)
{
	for (int i = 0; i < 5; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'A' && text[i] <= 'Z')))
			return ERRCODE_FDW_ERROR;
	return MAKE_SQLSTATE(text[0], text[1], text[2], text[3], text[4]);
}

bool
gw_mysql_error_is_lost(unsigned int number)
{
	/* The library's own numbers: whatever it trips over, it has lost its place. */
	return (number >= CR_MIN_ERROR && number < 3000) || number == ER_SERVER_SHUTDOWN ||
		   number == 1927 || number == 4031;
}

GwStatus
gw_mysql_error_set(GwError *err, unsigned int number, const char *state, const char *text)
{
	char clean[sizeof(err->message)];
	int sqlstate = error_sqlstate(state);
	GwErrorClass cls = GW_ERR_PERMANENT;
	int i;

	for (i = 0; i < lengthof(error_rules); i++)
	{
		if (error_rules[i].number != number)
			continue;
		sqlstate = error_rules[i].sqlstate;
		cls = error_rules[i].cls;
		break;
	}
	if (i == lengthof(error_rules))
	{
		/* HY000 says nothing. */
		if (strncmp(state, "HY000", 5) == 0)
			sqlstate = ERRCODE_FDW_ERROR;
		else
			cls = gw_error_class_of_sqlstate(sqlstate);
	}
	gw_error_remote_text(clean, sizeof(clean), text[0] != '\0' ? text : "no message");
	gw_error_set(err, cls, sqlstate, "%s", clean);
	err->vendor_code = (int) number;
	return GW_FAILED;
}

GwStatus
gw_mysql_error_lost(MysqlLink *link, GwError *err)
{
	link->broken = true;
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
						"the connection to the remote server was lost");
}

GwStatus
gw_mysql_error_take(MysqlLink *link, GwError *err)
{
	MYSQL *mysql = gw_mysql_of(link);
	MYSQL_STMT *stmt = link->kept ? link->kept->stmt : link->stmt;
	unsigned int number;
	const char *state;
	const char *text;

	if (mysql == NULL)
		return gw_mysql_error_lost(link, err);
	if (stmt != NULL && mysql_stmt_errno(stmt) != 0)
	{
		number = mysql_stmt_errno(stmt);
		state = mysql_stmt_sqlstate(stmt);
		text = mysql_stmt_error(stmt);
	}
	else
	{
		number = mysql_errno(mysql);
		state = mysql_sqlstate(mysql);
		text = mysql_error(mysql);
	}
	if (number == 0)
		return gw_mysql_error_lost(link, err);
	if (gw_mysql_error_is_lost(number))
	{
		char clean[sizeof(err->detail)];

		gw_error_remote_text(clean, sizeof(clean), text);
		(void) gw_mysql_error_lost(link, err);
		err->vendor_code = (int) number;
		gw_error_detail(err, "%s (%u).", clean, number);
		return GW_FAILED;
	}
	return gw_mysql_error_set(err, number, state, text);
}
