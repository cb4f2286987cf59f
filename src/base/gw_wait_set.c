/*
 * gw_wait_set.c
 *	  Many sockets behind one descriptor.
 *
 * The kernel keeps the set; it ends when its descriptor is closed.
 */
#include "postgres.h"

#include <errno.h>
#include <sys/epoll.h>

#include "base/gw_wait_set.h"
#include "storage/latch.h"

#define SET_MOST_READY 32

int
gw_wait_set_open(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

bool
gw_wait_set_watch(int set, pgsocket fd, int events)
{
	struct epoll_event event = {0};

	event.data.fd = fd;
	if (events & WL_SOCKET_READABLE)
		event.events |= EPOLLIN;
	if (events & WL_SOCKET_WRITEABLE)
		event.events |= EPOLLOUT;
	if (events == 0)
		/* A socket that was closed first has left by itself. */
		return epoll_ctl(set, EPOLL_CTL_DEL, fd, &event) == 0 || errno == ENOENT ||
			   errno == EBADF;
	return epoll_ctl(set, EPOLL_CTL_MOD, fd, &event) == 0 ||
		   (errno == ENOENT && epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
}

int
gw_wait_set_ready(int set, GwReadySocket *ready, int max)
{
	struct epoll_event events[SET_MOST_READY];
	int n = epoll_wait(set, events, Min(max, SET_MOST_READY), 0);

	for (int i = 0; i < n; i++)
	{
		ready[i].fd = events[i].data.fd;
		ready[i].events = 0;
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
			ready[i].events |= WL_SOCKET_READABLE;
		if (events[i].events & (EPOLLOUT | EPOLLHUP | EPOLLERR))
			ready[i].events |= WL_SOCKET_WRITEABLE;
	}
	return Max(n, 0);
}
