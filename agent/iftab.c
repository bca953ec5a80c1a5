/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of this capture: a table that grows while it runs. */
#include "agent/iftab.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct iftab {
	struct ifaces list; /* with room for IFTAB_MORE */
	struct line_ifaces lines;
	bool closed; /* the last one is IFTAB_MORE */
	unsigned int n_watchers;
	struct {
		iftab_fn *added;
		void *arg;
	} watcher[IFTAB_WATCHERS];
};

struct iftab *
iftab_new(void)
{
	struct iftab *t = calloc(1, sizeof(*t));

	if (t != NULL && !ifaces_reserve(&t->list, 1)) {
		free(t);
		return NULL;
	}
	return t;
}

/* A copy of ${i} as readers will see it. */
static struct hello_iface
cleaned(const struct hello_iface *i)
{
	struct hello_iface c = { .linktype = i->linktype };

	hello_text(c.name, sizeof(c.name), i->name, strlen(i->name));
	hello_text(c.node, sizeof(c.node), i->node, strlen(i->node));
	hello_text(c.filter, sizeof(c.filter), i->filter, strlen(i->filter));
	hello_no_colon(c.name);
	hello_no_colon(c.node);
	return c;
}

static uint16_t
put(struct iftab *t, const struct hello_iface *i)
{
	const unsigned int index = t->list.n;

	/* There is room, and the index is the next one. */
	(void)ifaces_add(&t->list, index, i);
	t->lines = (struct line_ifaces){ t->list.n, t->list.iface };
	for (unsigned int w = 0; w < t->n_watchers; w++)
		t->watcher[w].added(t->watcher[w].arg, (uint16_t)index, i);
	return (uint16_t)index;
}

static uint16_t
append(struct iftab *t, const struct hello_iface *i)
{
	const struct hello_iface more = { .name = IFTAB_MORE };

	if (t->closed)
		return (uint16_t)(t->list.n - 1);
	t->closed = t->list.n == HELLO_STREAM_IFACES - 1 ||
		    !ifaces_reserve(&t->list, 2);
	return put(t, t->closed ? &more : i);
}

uint16_t
iftab_append(struct iftab *t, const struct hello_iface *i)
{
	const struct hello_iface c = cleaned(i);

	return append(t, &c);
}

uint16_t
iftab_add(struct iftab *t, const struct hello_iface *i)
{
	const struct hello_iface c = cleaned(i);
	const unsigned int at = ifaces_find(&t->list, &c);

	return at < t->list.n ? (uint16_t)at : append(t, &c);
}

void
iftab_watch(struct iftab *t, iftab_fn *added, void *arg)
{
	assert(t->n_watchers < IFTAB_WATCHERS);
	t->watcher[t->n_watchers].added = added;
	t->watcher[t->n_watchers++].arg = arg;
}

const struct ifaces *
iftab_list(const struct iftab *t)
{
	return &t->list;
}

const struct line_ifaces *
iftab_lines(const struct iftab *t)
{
	return &t->lines;
}

void
iftab_free(struct iftab *t)
{
	if (t == NULL)
		return;
	ifaces_done(&t->list);
	free(t);
}
