/* SPDX-License-Identifier: BSD-3-Clause */
/* The clocks of sender and place in the delays of MGEN messages. */
#ifndef COLLECTOR_MGENCLOCK_H_
#define COLLECTOR_MGENCLOCK_H_

#include "collector/mgentab.h"

/*
 * Where times of records are put right (sink_clock.applied), transmit times
 * have to be, too.  Whose clock those are of is known when an agent tells that
 * the flow originates there; until then delays wait, for MGENCLOCK_TICKS at
 * most.  Those of a place that waits in vain are left as they are, all of them.
 */
#define MGENCLOCK_TICKS 5

/**
 * mgenclock_note(to, c):
 * Make ${to} what is known now of the clock of a place.
 */
void mgenclock_note(struct mgentab_clock *to, const struct sink_clock *c);

/**
 * mgenclock_join(sum, c):
 * Add what ${c} knows of clocks to ${sum}; all else must be added after that.
 */
void mgenclock_join(struct mgentab_count *sum, const struct mgentab_count *c);

/**
 * mgenclock_sender(f, src, tx, room):
 * ${f} originates at ${src}, where times are put right, with a message sent at
 * ${tx}.  Delays need not wait any more; ${room} are blocks of mgenwait and
 * mgendelay.
 */
void mgenclock_sender(struct mgentab_flow *f, const struct sink_src *src,
    wall_t tx, size_t *room);

/**
 * mgenclock_sent(p, tx):
 * Return when a message was sent, by the clock of the times at ${p}: ${tx}, as
 * long as nothing better is known.
 */
wall_t mgenclock_sent(const struct mgentab_point *p, wall_t tx);

/**
 * mgenclock_delay(p, sent, here, room):
 * A message, sent at ${sent} (mgenclock_sent), is at ${p} at ${here}.  Count
 * its delay, or let it wait.
 */
void mgenclock_delay(
    struct mgentab_point *p, wall_t sent, wall_t here, size_t *room);

/**
 * mgenclock_tick(f, room):
 * Call it every second: delays of ${f} that waited too long wait no more.
 */
void mgenclock_tick(struct mgentab_flow *f, size_t *room);

/**
 * mgenclock_settle(p, room):
 * Count what waits at ${p} as it is.
 */
void mgenclock_settle(struct mgentab_point *p, size_t *room);

#endif
