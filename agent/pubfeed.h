/* SPDX-License-Identifier: BSD-3-Clause */
/* What one collector is sent: a stream, from some place on. */
#ifndef AGENT_PUBFEED_H_
#define AGENT_PUBFEED_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/ident.h"
#include "agent/pubaway.h"
#include "agent/pubenc.h"
#include "agent/spooldir.h"
#include "wire/ctl.h"

/* What all feeds of a publisher share. */
struct pubfeed_env {
	const struct ident *id;
	struct hello_params mine; /* the most a collector may ask for */
	struct pubenc_set encs;
	struct pubaway away;
	struct spooldir *dir;      /* NULL: nothing is kept on disk */
	struct pubenc *kept;       /* the encoder whose spool is there */
	uint64_t acked, acked_dns; /* the most that a collector has of it */
};

struct pubfeed {
	struct pubfeed_env *env;
	const char *who;          /* it is, borrowed */
	struct spool *spool;      /* NULL: has not begun */
	struct pubenc *enc;       /* of the stream of this run */
	struct spooldir_old *old; /* it reads that of an earlier run, first */
	struct spool_cursor cur;
	struct pubenc_claim claim;
	unsigned int ifaces;       /* it was told of so many */
	bool dns;                  /* it gets DNS records */
	uint64_t acked, acked_dns; /* it has stored all before these */
	uint64_t told;             /* packets it was told it lost */
};

/**
 * pubfeed_begin(f, env, offer, who, dst, ret_len):
 * Decide what the collector ${who} (borrowed until pubfeed_end) gets that says
 * ${offer}, and write our HELLO to ${dst}.  First come streams of earlier runs
 * that it lacks, or has not said that it stored.  Returns false with errno on
 * failure.
 */
bool pubfeed_begin(struct pubfeed *f, struct pubfeed_env *env,
    const struct hello *offer, const char *who, uint8_t dst[static HELLO_MAX],
    size_t *ret_len);

/**
 * pubfeed_loss(f, now, ret_o):
 * Take the next loss to be told, with the time ${now}, before reading on.
 */
bool pubfeed_loss(struct pubfeed *f, wall_t now, struct obs *ret_o);

/**
 * pubfeed_owes(f):
 * Return whether pubfeed_loss has a loss of packets, found while reading.
 */
bool pubfeed_owes(struct pubfeed *f);

/**
 * pubfeed_read(f, dst, size):
 * Copy the next frames to ${dst}: those of interfaces that it was not told of
 * come before all others.  Returns their octets, 0 when there are none now, or
 * the first one is larger than ${size} (at least IFACES_FRAME_MAX).
 */
size_t pubfeed_read(struct pubfeed *f, uint8_t *dst, size_t size);

/**
 * pubfeed_lost(f):
 * Return how many records it was not and will not be sent, told or not.
 */
uint64_t pubfeed_lost(struct pubfeed *f);

/**
 * pubfeed_left(f):
 * Return how many octets wait for being read.
 */
uint64_t pubfeed_left(const struct pubfeed *f);

/**
 * pubfeed_is_over(f):
 * Return whether nothing will follow what was read: a stream of an earlier run.
 */
bool pubfeed_is_over(const struct pubfeed *f);

/**
 * pubfeed_bye(f, why, dst):
 * Write the body of BYE(${why}) to ${dst}.  Returns its octets.
 */
size_t pubfeed_bye(
    const struct pubfeed *f, enum ctl_bye why, uint8_t dst[static CTL_MAX]);

/**
 * pubfeed_acked(f, seq, dns):
 * The collector has stored all before these numbers.  Returns false when it
 * cannot have.
 */
bool pubfeed_acked(struct pubfeed *f, uint64_t seq, uint64_t dns);

/**
 * pubfeed_has_all(f):
 * Return whether the collector has stored all that there is.
 */
bool pubfeed_has_all(const struct pubfeed *f);

/**
 * pubfeed_again(f, now):
 * At ${now} the collector was told to connect again for the stream that comes
 * next, which it may do before this connection ends.
 */
void pubfeed_again(struct pubfeed *f, mono_t now);

/**
 * pubfeed_end(f, back, now):
 * The collector left at ${now}; keep what it lacks for a while if it may come
 * ${back}, or else forget it.
 */
void pubfeed_end(struct pubfeed *f, bool back, mono_t now);

#endif
