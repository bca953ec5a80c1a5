/* SPDX-License-Identifier: BSD-3-Clause */
/* The encoders of the publisher, one per set of parameters, with spools. */
#ifndef AGENT_PUBENC_H_
#define AGENT_PUBENC_H_

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/spool.h"
#include "wire/enc.h"
#include "wire/hello.h"
#include "wire/obs.h"

struct ev_loop;
struct pubenc;

/* The claim of a collector, present or away, to what it has not stored. */
struct pubenc_claim {
	LIST_ENTRY(pubenc_claim) link;
	struct pubenc *enc; /* NULL: no claim */
	uint64_t seq, dns;  /* numbers of the next it wants */
	const char *who;    /* of whom it is, borrowed; NULL: of nobody */
};

struct pubenc_set {
	LIST_HEAD(pubenc_head, pubenc) list;
	struct ev_loop *loop;
	uint64_t next;         /* sequence number of the next packet, for all */
	uint64_t next_dns;     /* number of the next DNS observation */
	uint64_t *unencodable; /* counts DNS observations an encoder refused */
	size_t limit;          /* octets of a spool */
	int level;
};

/**
 * pubenc_init(set, level, limit):
 * Make ${set} empty, with the zlib level ${level} for encoders to come and
 * ${limit} octets for what each keeps.
 */
void pubenc_init(struct pubenc_set *set, int level, size_t limit);

/**
 * pubenc_start(set, loop):
 * Use ${loop} to finish what has waited for its latency.
 */
void pubenc_start(struct pubenc_set *set, struct ev_loop *loop);

/**
 * pubenc_keep(set, par, spool):
 * Encode everything from now on with the parameters ${par} into ${spool}, which
 * becomes owned, also on failure; until pubenc_leave.  NULL with errno on
 * failure.
 */
struct pubenc *pubenc_keep(struct pubenc_set *set,
    const struct hello_params *par, struct spool *spool);

/**
 * pubenc_join(set, par):
 * Return the encoder with the parameters ${par}, or that of pubenc_keep if
 * these allow it, or a new one; about to start a KEY block.  NULL with errno
 * on failure.  Give it back with pubenc_leave.
 */
struct pubenc *pubenc_join(
    struct pubenc_set *set, const struct hello_params *par);
void pubenc_leave(struct pubenc *e);

/**
 * pubenc_fits(have, want):
 * Return whether who agreed to ${want} can read what has the parameters
 * ${have}, and finds there all the digests that were asked for, if any are.
 */
bool pubenc_fits(
    const struct hello_params *have, const struct hello_params *want);

/**
 * pubenc_again(e):
 * Join the encoder ${e} once more.  Returns ${e}.
 */
struct pubenc *pubenc_again(struct pubenc *e);

/**
 * pubenc_claim(e, c, seq, dns):
 * Keep what follows these numbers for ${c}, which is not told whose it is,
 * until the numbers are higher or pubenc_waive.
 */
void pubenc_claim(
    struct pubenc *e, struct pubenc_claim *c, uint64_t seq, uint64_t dns);
void pubenc_waive(struct pubenc_claim *c);

/**
 * pubenc_inherit(e, who, ret_seq, ret_dns):
 * Waive a claim of ${who} to ${e}.  Returns whether there was one; then these
 * are its numbers.
 */
bool pubenc_inherit(
    struct pubenc *e, const char *who, uint64_t *ret_seq, uint64_t *ret_dns);

/**
 * pubenc_acked(c, seq, dns):
 * The collector of ${c} has all before these numbers.  Returns whether that is
 * news; then pubenc_trim should follow.
 */
bool pubenc_acked(struct pubenc_claim *c, uint64_t seq, uint64_t dns);

/**
 * pubenc_trim(e):
 * Drop what is before all claims to ${e}, of which there is one at least.
 */
void pubenc_trim(struct pubenc *e);

/**
 * pubenc_claims(e):
 * Return the first claim to ${e}, NULL without any; others follow by .link.
 */
const struct pubenc_claim *pubenc_claims(const struct pubenc *e);

/**
 * pubenc_params(e) / pubenc_spool(e):
 * Return the parameters of ${e}, and where its frames are.
 */
const struct hello_params *pubenc_params(const struct pubenc *e);
struct spool *pubenc_spool(const struct pubenc *e);

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
 * Finish all that pends.
 */
void pubenc_flush(struct pubenc_set *set);

/**
 * pubenc_level(set, level):
 * Change the zlib level of all encoders.
 */
void pubenc_level(struct pubenc_set *set, int level);

#endif
