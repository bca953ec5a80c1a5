/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of hosts: the resolver is asked in a thread. */
#include "base/lookup.h"

#include <errno.h>
#include <ev.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOKUP_MAX 16 /* addresses of a name that are tried */

/*
 * A question to the resolver.  getaddrinfo(3) blocks, so names are asked in a
 * thread, which owns the structure together with the loop: whoever comes last
 * frees it.
 */
struct lookup {
	struct ev_loop *loop;
	ev_async async;
	lookup_fn *done;
	void *arg;
	struct net_hostport hp;
	pthread_mutex_t lock;
	bool answered, cancelled;
	struct net_addr addr[LOOKUP_MAX];
	size_t n;
	int err; /* of getaddrinfo */
};

static void
lookup_free(struct lookup *l)
{
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
}

static void
ask(struct lookup *l, int flags)
{
	const struct addrinfo hints = { .ai_flags = flags | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *res = NULL;
	char port[8];

	if (net_path(l->hp.host) != NULL) {
		l->n = net_local(&l->addr[0], net_path(l->hp.host)) == 0;
		l->err = l->n == 1 ? 0 : EAI_NONAME;
		return;
	}
	(void)snprintf(port, sizeof(port), "%u", l->hp.port);
	l->err = getaddrinfo(l->hp.host, port, &hints, &res);
	if (l->err != 0)
		return;
	for (const struct addrinfo *a = res; a != NULL && l->n < LOOKUP_MAX;
	     a = a->ai_next) {
		memcpy(&l->addr[l->n].ss, a->ai_addr, a->ai_addrlen);
		l->addr[l->n++].len = a->ai_addrlen;
	}
	freeaddrinfo(res);
}

static void *
ask_in_thread(void *arg)
{
	struct lookup *l = arg;
	bool last;

	ask(l, AI_ADDRCONFIG);
	(void)pthread_mutex_lock(&l->lock);
	l->answered = true;
	last = l->cancelled;
	if (!last)
		ev_async_send(l->loop, &l->async);
	(void)pthread_mutex_unlock(&l->lock);
	if (last)
		lookup_free(l);
	return NULL;
}

static void
on_answer(struct ev_loop *loop, ev_async *w, int revents)
{
	struct lookup *l = w->data;
	lookup_fn *done = l->done;

	(void)revents;
	/* The thread may not yet have left the lock. */
	(void)pthread_mutex_lock(&l->lock);
	(void)pthread_mutex_unlock(&l->lock);
	ev_async_stop(loop, w);
	done(l->arg, l->addr, l->n, l->n > 0 ? NULL : gai_strerror(l->err));
	lookup_free(l);
}

struct lookup *
lookup_begin(struct ev_loop *loop, const struct net_hostport *hp,
    lookup_fn *done, void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));
	pthread_attr_t attr;
	pthread_t thread;
	int err = 0;

	if (l == NULL)
		return NULL;
	l->loop = loop;
	l->done = done;
	l->arg = arg;
	l->hp = *hp;
	(void)pthread_mutex_init(&l->lock, NULL);
	ev_async_init(&l->async, on_answer);
	l->async.data = l;
	ev_async_start(loop, &l->async);
	ask(l, AI_NUMERICHOST);
	if (l->err == 0) {
		l->answered = true;
		ev_async_send(loop, &l->async);
		return l;
	}
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, ask_in_thread, l);
	(void)pthread_attr_destroy(&attr);
	if (err == 0)
		return l;
	ev_async_stop(loop, &l->async);
	lookup_free(l);
	errno = err;
	return NULL;
}

void
lookup_cancel(struct lookup *l)
{
	bool last;

	if (l == NULL)
		return;
	ev_async_stop(l->loop, &l->async);
	(void)pthread_mutex_lock(&l->lock);
	last = l->answered;
	l->cancelled = true;
	(void)pthread_mutex_unlock(&l->lock);
	if (last)
		lookup_free(l);
}
