/* SPDX-License-Identifier: BSD-3-Clause */
/* The encoders of the publisher: one per set of parameters in use. */
#ifndef AGENT_PUBENC_H_
#define AGENT_PUBENC_H_

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "wire/enc.h"
#include "wire/hello.h"
#include "wire/obs.h"

struct ev_loop;
struct pubenc;

/* Called with every frame of encoder ${e}. */
typedef void pubenc_fn(
    void *arg, const struct pubenc *e, const struct enc_block *b);

struct pubenc_set {
	LIST_HEAD(pubenc_head, pubenc) list;
	struct ev_loop *loop;
	uint64_t next;         /* sequence number of the next packet, for all */
	uint64_t next_dns;     /* number of the next DNS observation */
	uint64_t *unencodable; /* counts DNS observations an encoder refused */
	int level;
	pubenc_fn *emit;
	void *arg;
};

/**
 * pubenc_init(set, level, emit, arg):
 * Make ${set} empty, with the zlib level ${level} for encoders to come.
 */
void pubenc_init(struct pubenc_set *set, int level, pubenc_fn *emit, void *arg);

/**
 * pubenc_start(set, loop):
 * Use ${loop} to send what has waited for its latency.
 */
void pubenc_start(struct pubenc_set *set, struct ev_loop *loop);

/**
 * pubenc_join(set, par):
 * Return the encoder with the parameters ${par}, new or shared, about to
 * start a KEY block; NULL with errno on failure.  Sends what was pending to
 * those who share it.  Give it back with pubenc_leave.
 */
struct pubenc *pubenc_join(
    struct pubenc_set *set, const struct hello_params *par);
void pubenc_leave(struct pubenc *e);

/**
 * pubenc_key(e):
 * Send what is pending and make the next block a KEY block.
 */
void pubenc_key(struct pubenc *e);

/**
 * pubenc_put(set, o):
 * Number ${o} if it is a packet or a DNS observation, and add it to every
 * encoder.
 */
void pubenc_put(struct pubenc_set *set, const struct obs *o);

/**
 * pubenc_wait(set):
 * Start the latency of encoders in which something pends.  Call it before
 * the loop sleeps.
 */
void pubenc_wait(struct pubenc_set *set);

/**
 * pubenc_flush(set):
 * Send all that pends.
 */
void pubenc_flush(struct pubenc_set *set);

/**
 * pubenc_level(set, level):
 * Change the zlib level of all encoders.
 */
void pubenc_level(struct pubenc_set *set, int level);

#endif
