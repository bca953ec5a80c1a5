/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectors that went away without a word, and what is kept for them. */
#ifndef AGENT_PUBAWAY_H_
#define AGENT_PUBAWAY_H_

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/pubenc.h"
#include "agent/spoolowed.h"
#include "wire/mono.h"

#define PUBAWAY_MAX     SPOOLOWED_MAX /* collectors */
#define PUBAWAY_WHO_MAX SPOOLOWED_WHO_MAX

struct pubaway {
	struct pubaway_one {
		char who[PUBAWAY_WHO_MAX];
		struct pubenc_claim claim; /* .enc is NULL: nobody */
		mono_t since;
	} one[PUBAWAY_MAX];
	int64_t patience_ns; /* 0: nothing is kept */
};

/**
 * pubaway_init(a, seconds):
 * Keep what those who are away lack for up to ${seconds}.
 */
void pubaway_init(struct pubaway *a, unsigned int seconds);

/**
 * pubaway_keep(a, who, c, now):
 * The collector ${who} with the claim ${c} went away.  Of too many, the one
 * that is away for longest is given up.
 */
void pubaway_keep(struct pubaway *a, const char *who,
    const struct pubenc_claim *c, mono_t now);

/**
 * pubaway_back(a, who, e, ret_seq, ret_dns):
 * A collector ${who} is there, and joined ${e}: forget that it was away.
 * Returns whether it was, and had ${e}; then these are the next it wants.
 */
bool pubaway_back(struct pubaway *a, const char *who, const struct pubenc *e,
    uint64_t *ret_seq, uint64_t *ret_dns);

/**
 * pubaway_tick(a, now):
 * Give up those who are away for too long.
 */
void pubaway_tick(struct pubaway *a, mono_t now);

/**
 * pubaway_done(a):
 * Give up all.
 */
void pubaway_done(struct pubaway *a);

#endif
