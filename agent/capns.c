/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture in one network namespace: its interfaces, as they come and go. */
#include "agent/capns.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/caplive.h"
#include "agent/netns.h"
#include "agent/pkt.h"
#include "base/log.h"
#include "wire/mono.h"

#define WAIT_MS 100 /* between looks for a missing interface */

struct capns {
	struct capns_env *env;
	struct capif_env dev; /* what its interfaces share */
	struct pkt *pkt;
	char node[HELLO_NAME_MAX];
	bool all;
	int left_out; /* the last interface there was no room for */
	size_t n, room;
	size_t tried; /* the first so many are no news */
	struct caplive **live;
	struct ev_loop *loop; /* NULL before capns_start */
	struct meterlog *meters;
};

static void
on_frame(void *arg, const struct pkt_frame *f)
{
	const struct capns *n = arg;
	struct obs o;

	if (pkt_parse(n->pkt, &o, f))
		n->env->emit(n->env->arg, &o);
}

static struct ifwatch *
open_watch(int fd)
{
	struct ifwatch *w;

	if (netns_enter(fd) != 0)
		return NULL;
	w = ifwatch_open();
	const int err = errno;
	netns_leave(fd);
	errno = err;
	return w;
}

struct capns *
capns_open(struct capns_env *env, int fd, const char *node)
{
	struct capns *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->env = env;
	n->dev = (struct capif_env){ .conf = env->conf,
		.ns = fd,
		.node = n->node,
		.emit = on_frame,
		.tab = env->tab,
		.arg = n };
	(void)snprintf(n->node, sizeof(n->node), "%s", node);
	n->pkt = pkt_new(&env->key, env->count, env->conf->decapsulate);
	if (n->pkt == NULL || (n->dev.watch = open_watch(fd)) == NULL) {
		const int err = errno;

		n->dev.ns = -1; /* it stays the caller's */
		capns_close(n);
		errno = err;
		return NULL;
	}
	pkt_own(n->pkt, ifwatch_own(n->dev.watch));
	if (env->conf->digest)
		pkt_digest(n->pkt);
	return n;
}

/* ---- interfaces come and go --------------------------------------------- */

static int
make_room(struct capns *n)
{
	const size_t room = n->room == 0 ? 4 : n->room * 2;
	struct caplive **more;

	if (n->n < n->room)
		return 0;
	more = reallocarray(n->live, room, sizeof(struct caplive *));
	if (more == NULL)
		return -1;
	n->live = more;
	n->room = room;
	return 0;
}

/* Returns -1 with errno. */
static int
add(struct capns *n, const char *name, int index)
{
	struct caplive *c;

	if (n->env->n_ifaces == CAPNS_IFACES_MAX) {
		errno = ENOSPC;
		return -1;
	}
	if (make_room(n) != 0 ||
	    (c = caplive_new(&n->dev, name, index)) == NULL)
		return -1;
	n->live[n->n++] = c;
	n->env->n_ifaces++;
	return 0;
}

void
capns_flush(struct capns_env *env)
{
	capdev_close(env->closing, env->n_closing);
	env->n_closing = 0;
}

static void
drop(struct capns *n, size_t i)
{
	struct capns_env *env = n->env;
	struct caplive *c = n->live[i];
	pcap_t *p;

	caplive_drops(c, &env->ring, &env->iface);
	n->live[i] = n->live[--n->n];
	env->n_ifaces--;
	if ((p = caplive_close(c)) == NULL)
		return;
	env->closing[env->n_closing++] = p;
	if (env->n_closing == CREW_THREADS)
		capns_flush(env);
}

static bool
has(const struct capns *n, int index)
{
	for (size_t i = 0; i < n->n; i++) {
		if (caplive_dev(n->live[i])->index == index)
			return true;
	}
	return false;
}

/* Count each once: the kernel numbers interfaces upwards. */
static void
leave_out(struct capns *n, const struct ifwatch_if *i)
{
	uint64_t *count = &n->env->count->iface_left_out;

	if (i->index <= n->left_out)
		return;
	n->left_out = i->index;
	if ((*count)++ == 0) {
		log_warn(
		    "%s: this and other interfaces are not watched", i->name);
	}
}

static void
find_new(struct capns *n)
{
	const struct ifwatch_if *i;

	for (size_t k = 0; (i = ifwatch_at(n->dev.watch, k)) != NULL; k++) {
		if (i->up && capif_wanted(i) && !has(n, i->index) &&
		    add(n, i->name, i->index) != 0)
			leave_out(n, i);
	}
}

void
capns_open_new(struct capns *const *list, size_t n)
{
	struct caplive *some[CAPLIVE_BATCH];
	int result[CAPLIVE_BATCH];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		for (size_t j = list[i]->tried; j < list[i]->n; j++) {
			some[k++] = list[i]->live[j];
			if (k == CAPLIVE_BATCH) {
				caplive_open(some, k, result);
				k = 0;
			}
		}
	}
	if (k > 0)
		caplive_open(some, k, result);
	for (size_t i = 0; i < n; i++) {
		for (; list[i]->tried < list[i]->n; list[i]->tried++) {
			if (list[i]->loop != NULL) {
				caplive_start(list[i]->live[list[i]->tried],
				    list[i]->loop, list[i]->meters);
			}
		}
	}
}

static void
on_change(void *arg)
{
	struct capns *n = arg;

	for (size_t i = n->n; i > 0; i--) {
		struct caplive *c = n->live[i - 1];

		if (capif_gone(caplive_dev(c))) {
			caplive_read(c);
			drop(n, i - 1);
		} else {
			caplive_update(c);
		}
	}
	capns_flush(n->env);
	n->tried = n->n;
	if (n->all) {
		find_new(n);
		capns_open_new(&n, 1);
	}
}

int
capns_name(struct capns *n, const char *iface)
{
	if (add(n, iface, 0) == 0)
		return 0;
	log_error("%s", iface);
	return -1;
}

void
capns_all(struct capns *n)
{
	n->all = true;
	find_new(n);
}

/* Returns how many are not there yet, -1 after a message. */
static int
open_missing(struct capns *n)
{
	struct caplive *list[CAPLIVE_BATCH];
	int result[CAPLIVE_BATCH];
	int missing = 0;

	for (size_t i = 0, k; i < n->n;) {
		for (k = 0; i < n->n && k < CAPLIVE_BATCH; i++) {
			if (caplive_dev(n->live[i])->pcap == NULL)
				list[k++] = n->live[i];
		}
		caplive_open(list, k, result);
		for (size_t j = 0; j < k; j++) {
			if (result[j] < 0)
				return -1;
			missing += result[j] == 0;
		}
	}
	return missing;
}

int
capns_wait(struct capns *n)
{
	const struct timespec wait = { .tv_nsec = WAIT_MS * MONO_NS_PER_MS };
	bool told = false;
	int missing;

	while ((missing = open_missing(n)) > 0) {
		for (size_t i = 0; !told && i < n->n; i++) {
			if (caplive_dev(n->live[i])->pcap == NULL) {
				capif_warn(caplive_dev(n->live[i]),
				    "waiting for this interface");
			}
		}
		told = true;
		(void)nanosleep(&wait, NULL);
	}
	n->tried = n->n;
	return missing;
}

void
capns_rename(struct capns *n, const char *node)
{
	capns_read(n);
	(void)snprintf(n->node, sizeof(n->node), "%s", node);
	on_change(n);
}

void
capns_start(struct capns *n, struct ev_loop *loop, struct meterlog *meters)
{
	n->loop = loop;
	n->meters = meters;
	ifwatch_start(n->dev.watch, loop, on_change, n);
	for (size_t i = 0; i < n->tried; i++)
		caplive_start(n->live[i], loop, meters);
}

const struct pktown *
capns_own(const struct capns *n)
{
	return ifwatch_own(n->dev.watch);
}

void
capns_read(struct capns *n)
{
	for (size_t i = 0; i < n->n; i++)
		caplive_read(n->live[i]);
}

void
capns_halt(struct capns *n)
{
	for (size_t i = 0; i < n->n; i++)
		caplive_halt(n->live[i]);
}

void
capns_sweep(struct capns *n)
{
	for (size_t i = 0; i < n->n; i++)
		caplive_sweep(n->live[i]);
}

void
capns_stop(struct capns *n)
{
	n->loop = NULL;
	ifwatch_stop(n->dev.watch);
	for (size_t i = 0; i < n->n; i++)
		caplive_stop(n->live[i]);
}

void
capns_drops(struct capns *n)
{
	if (n->n > 0)
		(void)ifwatch_poll(n->dev.watch);
	for (size_t i = 0; i < n->n; i++)
		caplive_drops(n->live[i], &n->env->ring, &n->env->iface);
}

void
capns_close(struct capns *n)
{
	if (n == NULL)
		return;
	while (n->n > 0)
		drop(n, n->n - 1);
	free(n->live);
	ifwatch_close(n->dev.watch);
	pkt_free(n->pkt);
	if (n->dev.ns >= 0)
		(void)close(n->dev.ns);
	free(n);
}
