/* SPDX-License-Identifier: BSD-3-Clause */
/* Who may connect: allow-list, TLS, and a word about those who may not. */
#ifndef BASE_GATE_H_
#define BASE_GATE_H_

#include <stdbool.h>
#include <stdint.h>

#include "base/allow.h"
#include "base/conn.h"
#include "base/lograte.h"
#include "base/net.h"

#define GATE_LINES 5 /* of each kind a period, see base/lograte.h */

struct gate_conf {
	struct tlsctx_conf tls;
	bool require_tls;
	const char *peer; /* what connects, in a word: "collector" */
	/* Counters: wrong address, no TLS, TLS that failed. */
	uint64_t *not_allowed, *no_tls, *tls_failed;
};

struct gate {
	struct gate_conf conf;
	struct allow allow;
	struct tlsctx *tls; /* NULL: not used */
	struct lograte said_allow, said_plain, said_tls;
};

/**
 * gate_open(g, conf):
 * Make ${g} a gate that admits every address, and load what TLS needs; a
 * process that has keys leaves no core files.  The counters and what .tls points
 * to are borrowed.  Returns 0, or -1 after a message; gate_done must follow in
 * both cases.
 */
int gate_open(struct gate *g, const struct gate_conf *conf);

/**
 * gate_warn(g, fd):
 * Warn when anyone on the network may connect to the listening socket ${fd}.
 */
void gate_warn(const struct gate *g, int fd);

/**
 * gate_admits(g, addr):
 * Return whether ${addr} may connect; if not, it is counted.
 */
bool gate_admits(struct gate *g, const struct net_addr *addr);

/**
 * gate_why(g, c):
 * ${c} has failed: if that was for TLS, or for the lack of it, count it and
 * return the reason, valid until conn_close; else return NULL.
 */
const char *gate_why(struct gate *g, const struct conn *c);

/**
 * gate_blame(g, c, name):
 * The same, but log the reason, too, with the ${name} of the peer.  Returns
 * whether there was one.
 */
bool gate_blame(struct gate *g, const struct conn *c, const char *name);

/**
 * gate_tick(g):
 * Call now and then: tell how many messages were left out.
 */
void gate_tick(struct gate *g);

/**
 * gate_reload(g):
 * Read the files of certificates and keys again, for connections from now on.
 * If that fails, a message says so and the old ones stay.
 */
void gate_reload(struct gate *g);

void gate_done(struct gate *g);

#endif
