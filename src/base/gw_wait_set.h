/*
 * gw_wait_set.h
 *	  Many sockets behind one descriptor that gw_wait() can watch.
 *
 * For client libraries that bring their own sockets and tell which of them
 * they care about.  Nothing here waits, allocates or throws.
 */
#ifndef GW_WAIT_SET_H
#define GW_WAIT_SET_H

#include "base/gw_wait.h"

typedef struct GwReadySocket
{
	pgsocket fd;
	int events; /* WL_SOCKET_READABLE, WL_SOCKET_WRITEABLE; both after an error */
} GwReadySocket;

/* The descriptor of a new, empty set, to be closed with close(); -1: errno. */
extern int gw_wait_set_open(void);

/* Watch fd for events (0: forget it).  false: errno. */
extern bool gw_wait_set_watch(int set, pgsocket fd, int events);

/* Which sockets are ready now, at most max of them; their number. */
extern int gw_wait_set_ready(int set, GwReadySocket *ready, int max);

#endif /* GW_WAIT_SET_H */
