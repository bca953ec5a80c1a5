/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture in other network namespaces, nodes, as they come and go. */
#include "agent/capnodes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/netns.h"
#include "agent/nsfind.h"
#include "agent/nswatch.h"
#include "base/log.h"

#define ROOM_MORE 16

struct node {
	ino_t ino; /* of the namespace */
	char name[HELLO_NAME_MAX];
	struct capns *ns; /* NULL: it cannot be opened, which was said */
	bool fresh;       /* no interface of it is open yet */
};

struct capnodes {
	struct capns_env *env;
	struct nsfind *find;
	struct nswatch *watch;
	size_t n, room;
	struct node *node;
	struct ev_loop *loop; /* NULL before capnodes_start */
	struct meterlog *meters;
	bool told_full; /* that there are too many namespaces */
};

/* What it has seen is told before it is let go. */
static void
leave(struct capnodes *c, size_t i)
{
	const struct node *n = &c->node[i];

	if (n->ns != NULL) {
		log_info("node %s is gone", n->name);
		capns_read(n->ns);
		capns_drops(n->ns);
		capns_close(n->ns);
	}
	c->node[i] = c->node[--c->n];
}

static struct node *
find(const struct capnodes *c, ino_t ino)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->node[i].ino == ino)
			return &c->node[i];
	}
	return NULL;
}

static struct capns *
enter(const struct capnodes *c, const struct nsfind_ns *found)
{
	const int fd = nsfind_fd(found);
	struct capns *ns;

	if (fd < 0)
		return NULL;
	if ((ns = capns_open(c->env, fd, found->name)) != NULL) {
		capns_all(ns);
		return ns;
	}
	const int err = errno;
	(void)close(fd);
	errno = err;
	return NULL;
}

/* One that cannot be opened is tried again, and told once. */
static void
join(struct capnodes *c, const struct nsfind_ns *found)
{
	struct node *n = find(c, found->ino);

	if (n == NULL) {
		if (c->n == c->room) {
			n = reallocarray(
			    c->node, c->room + ROOM_MORE, sizeof(struct node));
			if (n == NULL)
				return;
			c->node = n;
			c->room += ROOM_MORE;
		}
		n = &c->node[c->n++];
		*n = (struct node){ .ino = found->ino };
	} else if (n->ns != NULL) {
		return;
	}
	n->ns = enter(c, found);
	if (n->ns != NULL) {
		n->fresh = true;
		log_info("node %s", found->name);
	} else if (n->name[0] == '\0') {
		log_warn("node %s", found->name);
	}
	memcpy(n->name, found->name, sizeof(n->name));
}

/* The number of a process is better than nothing, and not than a name. */
static void
follow_name(struct node *n, const struct nsfind_ns *found)
{
	if (n->ns == NULL || found->unnamed ||
	    strcmp(n->name, found->name) == 0)
		return;
	log_info("node %s is %s now", n->name, found->name);
	memcpy(n->name, found->name, sizeof(n->name));
	capns_rename(n->ns, n->name);
}

/* Open the interfaces of all nodes that are new, together. */
static void
open_new(struct capnodes *c)
{
	struct capns *list[NSFIND_MAX] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < c->n && n < NSFIND_MAX; i++) {
		if (!c->node[i].fresh)
			continue;
		c->node[i].fresh = false;
		if (c->loop != NULL)
			capns_start(c->node[i].ns, c->loop, c->meters);
		list[n++] = c->node[i].ns;
	}
	capns_open_new(list, n);
}

static bool
on_look(void *arg)
{
	struct capnodes *c = arg;
	const struct nsfind_ns *found;

	if (nsfind_scan(c->find) != 0)
		return false;
	if (nsfind_full(c->find) && !c->told_full) {
		log_warnx("more than %d network namespaces: the others are "
			  "not watched",
		    NSFIND_MAX);
		c->told_full = true;
	}
	for (size_t i = c->n; i > 0; i--) {
		struct node *n = &c->node[i - 1];

		if ((found = nsfind_ino(c->find, n->ino)) == NULL) {
			leave(c, i - 1);
		} else {
			follow_name(n, found);
		}
	}
	capns_flush(c->env);
	for (size_t i = 0; (found = nsfind_at(c->find, i)) != NULL; i++)
		join(c, found);
	open_new(c);
	return nsfind_unfinished(c->find);
}

struct capnodes *
capnodes_open(struct capns_env *env, const char *const *what, size_t n)
{
	struct capnodes *c = calloc(1, sizeof(*c));
	const char *missing;

	if (c == NULL || netns_init() != 0) {
		log_error("--netns: entering network namespaces");
		free(c);
		return NULL;
	}
	c->env = env;
	/* watch first: what comes after that is not missed */
	if ((c->watch = nswatch_open()) == NULL ||
	    (c->find = nsfind_open(what, n)) == NULL) {
		log_error("--netns");
		capnodes_close(c);
		return NULL;
	}
	(void)on_look(c);
	if ((missing = nsfind_missing(c->find)) != NULL)
		log_warnx("node %s: waiting for this namespace", missing);
	return c;
}

void
capnodes_start(
    struct capnodes *c, struct ev_loop *loop, struct meterlog *meters)
{
	c->loop = loop;
	c->meters = meters;
	for (size_t i = 0; i < c->n; i++) {
		if (c->node[i].ns != NULL)
			capns_start(c->node[i].ns, loop, meters);
	}
	nswatch_start(c->watch, loop, on_look, c);
}

void
capnodes_each(struct capnodes *c, void (*fn)(struct capns *n))
{
	for (size_t i = 0; c != NULL && i < c->n; i++) {
		if (c->node[i].ns != NULL)
			fn(c->node[i].ns);
	}
}

void
capnodes_stop(struct capnodes *c)
{
	if (c == NULL)
		return;
	nswatch_close(c->watch);
	c->watch = NULL;
}

void
capnodes_close(struct capnodes *c)
{
	if (c == NULL)
		return;
	capnodes_stop(c);
	capnodes_each(c, capns_close);
	nsfind_close(c->find);
	free(c->node);
	free(c);
}
