/* SPDX-License-Identifier: BSD-3-Clause */
/* All agents: who may dial when, who is new, and when all have ended. */
#ifndef COLLECTOR_PEERS_H_
#define COLLECTOR_PEERS_H_

#include <stdbool.h>
#include <stdio.h>

#include "base/gate.h"
#include "base/net.h"
#include "collector/hub.h"
#include "wire/hello.h"

struct ev_loop;
struct peer;
struct peers;

struct peers_conf {
	struct hello offer; /* what we ask of every agent */
	bool legacy;        /* old agents are welcome */
	bool apply_clock;   /* put the times of records right */
	bool once;          /* end when every agent has ended */
	bool grows;         /* others follow: who is here is not every agent */
	bool returns;       /* another run goes on where this one ends */
	long retry_min_ms, retry_max_ms;
	long max; /* connections at once, and agents that dialled in ever */
	long
	    max_per_addr; /* connections of one address that dials in; 0: any */
	uint64_t rate_max; /* records a second from each; 0: any number */
	struct gate *gate; /* who may dial in, and TLS; borrowed */
};

/* Nothing is left to do: all have ended (once), or peers_stop is through. */
typedef void peers_done_fn(void *arg);

/**
 * peers_new(loop, hub, conf, done, arg):
 * Return a set without agents, or NULL with errno.  ${conf} is copied.
 */
struct peers *peers_new(struct ev_loop *loop, struct hub *hub,
    const struct peers_conf *conf, peers_done_fn *done, void *arg);

/**
 * peers_add(ps, number, hp):
 * Dial the agent at ${hp}, which has the host number ${number} (0: the next
 * one).  Returns 0, or -1 after a message.
 */
int peers_add(
    struct peers *ps, unsigned int number, const struct net_hostport *hp);

/**
 * peers_source(ps, number, label, hp):
 * Return a new source for the agent at ${hp}, to be called ${label} unless it
 * names itself; ${number} as above, where one that is taken becomes the next.
 * NULL after a message.
 */
struct source *peers_source(struct peers *ps, unsigned int number,
    const char *label, const struct net_hostport *hp);

/**
 * peers_dial(ps, s, hp):
 * Dial the agent ${s} at ${hp}, beginning now.  Returns NULL after a message,
 * or what peers_leave must be called with before ${s} may be dialled again.
 */
struct peer *peers_dial(
    struct peers *ps, struct source *s, const struct net_hostport *hp);

/**
 * peers_leave(ps, p):
 * Do not dial ${p} again; a connection that it has goes on to its end.
 */
void peers_leave(struct peers *ps, struct peer *p);

/**
 * peers_idle(p):
 * Return whether ${p} has no connection, and is at no attempt to get one.
 */
bool peers_idle(const struct peer *p);

/**
 * peers_count(ps):
 * Return how many agents are dialled or connected.
 */
long peers_count(const struct peers *ps);

/**
 * peers_listen(ps, text):
 * Accept agents at the address ${text}.  Returns 0, or -1 after a message.
 */
int peers_listen(struct peers *ps, const char *text);

/**
 * peers_start(ps):
 * Begin to dial.
 */
void peers_start(struct peers *ps);

/**
 * peers_stop(ps):
 * Say BYE to everybody and accept nobody.  The done function follows, maybe
 * before this returns, at the latest after some seconds.
 */
void peers_stop(struct peers *ps);

/**
 * peers_print(ps, fp):
 * Print how many agents are connected, known, and were refused.
 */
void peers_print(const struct peers *ps, FILE *fp);

/**
 * peers_free(ps):
 * Close everything; NULL is fine.
 */
void peers_free(struct peers *ps);

#endif
