/* SPDX-License-Identifier: BSD-3-Clause */
/* The connection to one agent: dialled again and again, or accepted once. */
#ifndef COLLECTOR_PEER_H_
#define COLLECTOR_PEER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/gate.h"
#include "base/lograte.h"
#include "base/net.h"
#include "collector/session.h"

struct ev_loop;
struct peer;

enum peer_state {
	PEER_IDLE,    /* waits for its next attempt */
	PEER_QUEUED,  /* wants to dial, waits for its turn */
	PEER_DIALING, /* looks up the name, and connects */
	PEER_SHAKING, /* TLS handshake, or waits to see whether there is one */
	PEER_UP,      /* a session runs */
	PEER_LINGER,  /* all is said: waits for the agent to close */
	PEER_DONE     /* will not be dialled again */
};

enum peer_event {
	PEER_EV_READY,  /* the pause is over: give it a turn (peer_dial) */
	PEER_EV_DIALED, /* its turn is over, one way or the other */
	PEER_EV_ENDED,  /* the agent has sent all it ever will */
	PEER_EV_CLOSED /* the connection is gone; accepted or leaving: free it */
};

/* What all peers share; outlives them. */
struct peer_env {
	struct ev_loop *loop;
	struct session_env sess;
	struct gate *gate;
	uint8_t *in; /* where reads go */
	size_t in_size;
	uint64_t rate_max; /* records a second from each; 0: any number */
	double retry_min, retry_max; /* seconds */
	bool held;                   /* nobody is listened to (peer_hold) */
	bool returns;  /* agents should keep what we have not stored */
	bool once;     /* an agent that ended is not dialled again */
	uint64_t seed; /* of the jitter */
	struct lograte strangers; /* messages about agents that dial in */
	uint64_t bad; /* of those, whose conversations went wrong at once */
	void (*event)(void *arg, struct peer *p, enum peer_event ev);
	void *arg;
};

/**
 * peer_new(env, s, hp):
 * Return a peer that dials the agent ${s} at ${hp} (copied) when told, NULL
 * with errno on failure.
 */
struct peer *peer_new(
    struct peer_env *env, struct source *s, const struct net_hostport *hp);

/**
 * peer_accepted(env, fd, addr):
 * Return a peer for an agent that dialled in; owns ${fd} then.  NULL with
 * errno on failure.
 */
struct peer *peer_accepted(
    struct peer_env *env, int fd, const struct net_addr *addr);

/**
 * peer_start(p):
 * Ask for the first turn to dial.
 */
void peer_start(struct peer *p);

/**
 * peer_dial(p):
 * It is the turn of ${p}: PEER_EV_DIALED will follow.
 */
void peer_dial(struct peer *p);

/**
 * peer_stop(p):
 * Say BYE if a session runs, and never dial again: PEER_LINGER or PEER_DONE.
 */
void peer_stop(struct peer *p);

/**
 * peer_last(p):
 * What ${p} is doing may go on to its end, and PEER_EV_CLOSED follows; then it
 * will not dial again.  One that only waits is PEER_DONE at once.
 */
void peer_last(struct peer *p);

/**
 * peer_hold(p):
 * env->held changed.
 */
void peer_hold(struct peer *p);

enum peer_state peer_state(const struct peer *p);
bool peer_is_accepted(const struct peer *p);

/**
 * peer_ended(p):
 * Return whether the agent has sent all it ever will.
 */
bool peer_ended(const struct peer *p);

/**
 * peer_name(p):
 * Return "10.0.0.1:7073", of the agent.
 */
const char *peer_name(const struct peer *p);

/**
 * peer_free(p):
 * Close at once and free; no event follows.  NULL is fine.
 */
void peer_free(struct peer *p);

/* For the owner of all peers. */
struct peer_link {
	TAILQ_ENTRY(peer_link) all, turn;
	struct peer *peer;
	void *owner;
	bool leaving;         /* to be freed when it is closed */
	struct net_addr from; /* of one that dialled in */
};
struct peer_link *peer_link(struct peer *p);

#endif
