/*
 * gw_transport.c
 *	  What every transport says alike when a connection fails it.
 *
 * Only the wording and the class; what a client library itself reports is read
 * by its own transport.  Keeps nothing.
 */
#include "postgres.h"

#include "transport/gw_transport.h"

GwStatus
gw_transport_no_descriptor(GwError *err)
{
	gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_INSUFFICIENT_RESOURCES,
				 "could not connect: out of file descriptors");
	gw_error_hint(err, "Raise max_files_per_process, or disconnect from other servers.");
	return GW_FAILED;
}

GwStatus
gw_transport_no_connection(GwError *err)
{
	gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
				 "could not connect: no answer in time");
	gw_error_hint(err, "The server option \"connect_timeout\" sets how long to wait.");
	return GW_FAILED;
}

GwStatus
gw_transport_busy(GwError *err)
{
	return gw_error_set(err, GW_ERR_INTERNAL, ERRCODE_INTERNAL_ERROR,
						"a statement is still in progress on this connection");
}

GwStatus
gw_transport_no_answer(GwError *err)
{
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
						"the remote server did not answer in time");
}

GwStatus
gw_transport_no_cancel(GwError *err)
{
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
						"could not send the cancel request in time");
}

GwStatus
gw_transport_cut(GwError *err)
{
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
						"the connection was closed before the result had ended");
}

GwStatus
gw_transport_lost(GwError *err)
{
	return gw_error_set(err, GW_ERR_TRANSIENT, ERRCODE_CONNECTION_FAILURE,
						"the connection to the remote server was lost");
}
