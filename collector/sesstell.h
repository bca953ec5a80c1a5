/* SPDX-License-Identifier: BSD-3-Clause */
/* What a session says to its agent: acknowledgements, pings, BYE. */
#ifndef COLLECTOR_SESSTELL_H_
#define COLLECTOR_SESSTELL_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/obuf.h"
#include "collector/clockest.h"
#include "collector/position.h"
#include "wire/ctl.h"
#include "wire/mono.h"

struct sesstell {
	struct obuf out;           /* for the agent */
	mono_t acked, pinged;      /* when last */
	uint64_t ack_seq, ack_dns; /* last acknowledged */
	uint64_t unacked;          /* octets since then */
	uint64_t ping_id;          /* questions so far; the last one's number */
	bool waits;                /* for its answer */
	struct clockest_exchange ping; /* it, as far as it went */
	int64_t pause_ns;              /* until the next one */
	uint64_t chance;
};

/*
 * Those that return bool return false when nothing fits in the queue any more:
 * the agent reads nothing of what we send.
 */

/**
 * sesstell_init(t, now):
 * Nothing was said up to ${now}; sesstell_done must follow.
 */
void sesstell_init(struct sesstell *t, mono_t now);

/**
 * sesstell_anew(t):
 * The agent may not know what we have: the next acknowledgement is sent.
 */
void sesstell_anew(struct sesstell *t);

/**
 * sesstell_ack(t, had, now):
 * Acknowledge what is before ${had}, unless the agent was told already.
 */
bool sesstell_ack(struct sesstell *t, const struct position *had, mono_t now);

/**
 * sesstell_came(t, octets):
 * More was received.  Returns whether that is enough for an acknowledgement.
 */
bool sesstell_came(struct sesstell *t, size_t octets);

/**
 * sesstell_ack_is_due(t, now), sesstell_ping_is_due(t, now):
 * Return whether the last one was long ago; and, of a ping, was answered.
 */
bool sesstell_ack_is_due(const struct sesstell *t, mono_t now);
bool sesstell_ping_is_due(const struct sesstell *t, mono_t now);

/**
 * sesstell_ping(t, now, wall):
 * Ask for the agent's time: PROTOCOL.md, section 3.2, says how often.
 */
bool sesstell_ping(struct sesstell *t, mono_t now, wall_t wall);

/**
 * sesstell_pong(t, answer, now, wall):
 * The agent says ${answer}.  Returns whether we asked that: t->ping is whole.
 */
bool sesstell_pong(
    struct sesstell *t, const struct ctl_time *answer, mono_t now, wall_t wall);

/**
 * sesstell_time(t, asked, wall):
 * Answer when the agent ${asked} for our time.
 */
bool sesstell_time(
    struct sesstell *t, const struct ctl_time *asked, wall_t wall);

/**
 * sesstell_bye(t, why, next):
 * Say BYE; ${next} is the record we would want.
 */
bool sesstell_bye(struct sesstell *t, enum ctl_bye why, uint64_t next);

/**
 * sesstell_done(t):
 * Free the queue.
 */
void sesstell_done(struct sesstell *t);

#endif
