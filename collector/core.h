/* SPDX-License-Identifier: BSD-3-Clause */
/* A session of the network emulator CORE: its nodes' agents, as they come. */
#ifndef COLLECTOR_CORE_H_
#define COLLECTOR_CORE_H_

struct core;
struct ev_loop;
struct peers;

/* The session is over, and so are the connections to its agents. */
typedef void core_done_fn(void *arg);

/**
 * core_new(loop, peers, session, done, arg):
 * Watch ${session}: a number N for /tmp/pycore.N, or a directory (borrowed).
 * In there each directory NODE.conf is a node, where an agent listens at
 * pcapper.sock; its file NODE.pid, if there ever was one, goes with it.  The
 * file session-deployed.xml tells the number of a node and its addresses.
 * ${done} is called at most once; NULL when the end of the session is not the
 * end of everything.  Returns NULL after a message.
 */
struct core *core_new(struct ev_loop *loop, struct peers *peers,
    const char *session, core_done_fn *done, void *arg);

/**
 * core_start(c):
 * Dial the agents that are there, and look for others each second.  NULL is
 * fine, here and below.
 */
void core_start(struct core *c);

/**
 * core_stop(c):
 * Look no more.
 */
void core_stop(struct core *c);

void core_free(struct core *c);

#endif
