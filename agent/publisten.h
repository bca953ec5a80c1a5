/* SPDX-License-Identifier: BSD-3-Clause */
/* Where collectors connect: a TCP port, a socket in the file system. */
#ifndef AGENT_PUBLISTEN_H_
#define AGENT_PUBLISTEN_H_

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/gate.h"
#include "base/local.h"
#include "base/lograte.h"
#include "base/net.h"

/* The socket ${fd} is connected to ${addr}, and belongs to who is told. */
typedef void publisten_fn(void *arg, int fd, const struct net_addr *addr);

struct publisten_conf {
	bool tcp;
	const char *addr; /* of TCP, NULL: all */
	uint16_t port;    /* 0: a free one */
	const char *path; /* of a socket, NULL: none */
	mode_t mode;      /* of that */
};

struct publisten {
	int fd;        /* TCP, -1: none */
	uint16_t port; /* 0: none */
	struct local local;
	struct ev_loop *loop;
	publisten_fn *take;
	void *arg;
	struct lograte *bad; /* messages about what went wrong */
	ev_io io, local_io;
};

/**
 * publisten_open(l, conf, gate, bad):
 * Listen as ${conf} says, and warn where anyone may pass ${gate}; ${bad} and
 * the texts of ${conf} are borrowed.  Returns 0, or -1 after a message;
 * publisten_close must follow.
 */
int publisten_open(struct publisten *l, const struct publisten_conf *conf,
    const struct gate *gate, struct lograte *bad);

/**
 * publisten_start(l, loop, take, arg):
 * Accept in ${loop}: each connection is given to ${take}.
 */
void publisten_start(
    struct publisten *l, struct ev_loop *loop, publisten_fn *take, void *arg);

/**
 * publisten_tick(l):
 * Call once a second: out of descriptors, it rests until then.
 */
void publisten_tick(struct publisten *l);

/**
 * publisten_close(l):
 * Stop listening, and remove the socket from the file system.
 */
void publisten_close(struct publisten *l);

#endif
