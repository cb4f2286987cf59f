/*
 * gw_transport_mysql_call.c
 *	  The calls that may wait, by MariaDB's library: begun, and gone on with when
 *	  the socket is ready.
 *
 * With Oracle's library this file is empty: see gw_transport_mysql_caller.c.
 * Nothing here waits, and nothing lives longer than the call.
 */
#include "postgres.h"

#include "storage/latch.h"
#include "transport/gw_transport_mysql.h"

#ifdef LIBMARIADB

GwStatus
gw_mysql_call_open(MysqlLink *link, GwError *err)
{
	return GW_OK;
}

void
gw_mysql_call_close(MysqlLink *link)
{
}

void
gw_mysql_call_forget(MysqlLink *link)
{
}

int
gw_mysql_call_begin(MysqlLink *link)
{
	MYSQL *mysql = gw_mysql_of(link);
	MYSQL_STMT *stmt = gw_mysql_stmt_of(link);

	switch (link->op)
	{
		case MYSQL_OP_QUERY:
			return mysql_real_query_start(&link->result, mysql, link->sql, strlen(link->sql));
		case MYSQL_OP_PREPARE:
			return mysql_stmt_prepare_start(&link->result, stmt, link->sql, strlen(link->sql));
		case MYSQL_OP_EXECUTE:
			return mysql_stmt_execute_start(&link->result, stmt);
		case MYSQL_OP_ROW:
			return mysql_fetch_row_start(&link->row, link->rows);
		case MYSQL_OP_BINARY_ROW:
			return mysql_stmt_fetch_start(&link->result, stmt);
		case MYSQL_OP_NEXT_RESULT:
			return mysql_next_result_start(&link->result, mysql);
		case MYSQL_OP_NEXT_BINARY_RESULT:
			return mysql_stmt_next_result_start(&link->result, stmt);
	}
	return 0;
}

int
gw_mysql_call_continue(MysqlLink *link, int waits)
{
	MYSQL *mysql = gw_mysql_of(link);
	MYSQL_STMT *stmt = gw_mysql_stmt_of(link);
	int ready = waits & ~MYSQL_WAIT_TIMEOUT;

	switch (link->op)
	{
		case MYSQL_OP_QUERY:
			return mysql_real_query_cont(&link->result, mysql, ready);
		case MYSQL_OP_PREPARE:
			return mysql_stmt_prepare_cont(&link->result, stmt, ready);
		case MYSQL_OP_EXECUTE:
			return mysql_stmt_execute_cont(&link->result, stmt, ready);
		case MYSQL_OP_ROW:
			return mysql_fetch_row_cont(&link->row, link->rows, ready);
		case MYSQL_OP_BINARY_ROW:
			return mysql_stmt_fetch_cont(&link->result, stmt, ready);
		case MYSQL_OP_NEXT_RESULT:
			return mysql_next_result_cont(&link->result, mysql, ready);
		case MYSQL_OP_NEXT_BINARY_RESULT:
			return mysql_stmt_next_result_cont(&link->result, stmt, ready);
	}
	return 0;
}

pgsocket
gw_mysql_call_socket(const MysqlLink *link, int *events)
{
	*events = 0;
	if (link->waits & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT))
		*events |= WL_SOCKET_READABLE;
	if (link->waits & MYSQL_WAIT_WRITE)
		*events |= WL_SOCKET_WRITEABLE;
	return mysql_get_socket(gw_mysql_of(link));
}

#endif
