/* SPDX-License-Identifier: BSD-3-Clause */
/* The publisher: any number of collectors, each with a queue of its own. */
#ifndef AGENT_PUB_H_
#define AGENT_PUB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "agent/count.h"
#include "agent/ident.h"
#include "agent/publisten.h"
#include "base/tlsctx.h"
#include "wire/obs.h"

struct ev_loop;
struct sockaddr;

struct pub_conf {
	struct publisten_conf listen;
	const char *const *dial; /* collectors to connect to */
	size_t n_dial;
	unsigned int legacy_wait_ms; /* 0: old collectors are not served */
	size_t queue;                /* octets that may wait for one */
	size_t spool_size; /* octets kept until acknowledged; of what is kept in
			      memory beside .spool_dir, no more than .queue */
	unsigned int spool_time; /* seconds they are kept for who went away */
	const char *spool_dir;   /* where, over restarts; NULL: in memory */
	unsigned int max_peers;
	unsigned int max_per_addr; /* of one address; 0: any number */
	int level;                 /* zlib, 1..9 */
	struct tlsctx_conf tls;
	bool require_tls;         /* of those who connect to us */
	const char *const *allow; /* where they may be, allow_add texts */
	size_t n_allow;           /* 0: anywhere */
	enum line_format format;

	/* Called with every address that is dialled. */
	void (*dialled)(void *arg, const struct sockaddr *sa);
	void *arg;
};

struct pub;

/**
 * pub_open(conf, id, count):
 * Listen, ready to serve the stream of ${id}.  All three are borrowed until
 * pub_close.  Returns NULL after a message.
 */
struct pub *pub_open(
    const struct pub_conf *conf, const struct ident *id, struct count *count);

/**
 * pub_port(p):
 * Return the TCP port that is listened on; 0 when none is.
 */
uint16_t pub_port(const struct pub *p);

/**
 * pub_start(p, loop):
 * Accept and dial collectors in ${loop}.
 */
void pub_start(struct pub *p, struct ev_loop *loop);

/**
 * pub_send(p, o):
 * Queue the observation ${o} for every collector that is attached.  Never
 * blocks: a collector whose queue is full loses it, counted.
 */
void pub_send(struct pub *p, const struct obs *o);

/**
 * pub_number(p, kind):
 * Return the number that the next observation of this kind will have: packets
 * and DNS observations are numbered apart, from 0; 0 for others.
 */
uint64_t pub_number(const struct pub *p, enum obs_kind kind);

/**
 * pub_wants(p):
 * Return whether an observation would be kept for any collector, or sent.
 */
bool pub_wants(const struct pub *p);

/**
 * pub_attached(p):
 * Return how many collectors get records.
 */
unsigned int pub_attached(const struct pub *p);

/**
 * pub_behind(p):
 * Return whether the queue of a collector is more than half full.
 */
bool pub_behind(const struct pub *p);

/**
 * pub_tick(p):
 * Call once a second: tell the collectors how we are.
 */
void pub_tick(struct pub *p);

/**
 * pub_reload(p):
 * Read certificates and keys again, for connections from now on.
 */
void pub_reload(struct pub *p);

/**
 * pub_level(p, level):
 * Compress at zlib level ${level} from now on.
 */
void pub_level(struct pub *p, int level);

/**
 * pub_end(p, wait):
 * Accept no more, send everything and BYE.  A collector that reads nothing
 * for ${wait} seconds is given up.  Run the loop until pub_ended.
 */
void pub_end(struct pub *p, double wait);
bool pub_ended(const struct pub *p);

/**
 * pub_print(p, fp):
 * Print one line per collector.
 */
void pub_print(const struct pub *p, FILE *fp);

/**
 * pub_close(p):
 * Close all connections and free; NULL is fine.
 */
void pub_close(struct pub *p);

#endif
