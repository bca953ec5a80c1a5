/* SPDX-License-Identifier: BSD-3-Clause */
/* De-duplication: which questions were answered a moment ago. */
#ifndef AGENT_DNSDUP_H_
#define AGENT_DNSDUP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/hash.h"
#include "wire/obs.h"

#define DNSDUP_MAX 65536 /* keys of one window */

/* What makes two answers the same. */
enum dnsdup_mode {
	DNSDUP_CLIENT, /* client, question, names and addresses */
	DNSDUP_NAME,   /* name and type, whoever asked */
	DNSDUP_OFF     /* nothing does */
};

struct dnsdup;

/**
 * dnsdup_new(mode, window_ns, key):
 * Forget everything more than ${window_ns} after it last did; time is that
 * of the answers, and one that lies as far back does the same.  Free with
 * free(3).  Returns NULL without memory.
 */
struct dnsdup *dnsdup_new(
    enum dnsdup_mode mode, int64_t window_ns, const struct hash_key *key);

/**
 * dnsdup_seen(d, now, o):
 * Return whether an answer like ${o}, in the sense of the mode, was given here
 * in the window of ${now}; remember it if not.  Neither TTLs nor the order of
 * addresses matter.  Keys are compared by a hash of 64 bits.  Beyond DNSDUP_MAX keys in a
 * window nothing is remembered: duplicates pass.
 */
bool dnsdup_seen(struct dnsdup *d, wall_t now, const struct obs_dns *o);

#endif
