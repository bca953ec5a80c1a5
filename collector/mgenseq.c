/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequence numbers: a window of bits behind the highest one. */
#include "collector/mgenseq.h"

#include <string.h>

static bool
is_seen(const struct mgenseq *s, int64_t at)
{
	const uint64_t bit = (uint64_t)at % MGENSEQ_WINDOW;

	return (s->seen[bit / 64] >> bit % 64 & 1) != 0;
}

static void
mark(struct mgenseq *s, int64_t at)
{
	const uint64_t bit = (uint64_t)at % MGENSEQ_WINDOW;

	s->seen[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* The numbers up to ${high} come into the window, none of them seen. */
static void
slide(struct mgenseq *s, int64_t high)
{
	if (high - s->high >= MGENSEQ_WINDOW) {
		memset(s->seen, 0, sizeof(s->seen));
		return;
	}
	for (int64_t at = s->high + 1; at <= high; at++) {
		const uint64_t bit = (uint64_t)at % MGENSEQ_WINDOW;

		s->seen[bit / 64] &= ~(UINT64_C(1) << bit % 64);
	}
}

static void
begin(struct mgenseq *s, uint32_t seq, wall_t tx)
{
	memset(s->seen, 0, sizeof(s->seen));
	s->high = seq;
	s->tx = tx;
	mark(s, s->high);
}

/* Steps as RFC 1982 counts them. */
static int32_t
distance(const struct mgenseq *s, uint32_t seq)
{
	return (int32_t)(seq - (uint32_t)s->high);
}

static bool
is_restart(const struct mgenseq *s, uint32_t seq, wall_t tx)
{
	const int32_t ahead = distance(s, seq);

	return (ahead < 0 || (ahead == 0 && !s->parts)) && tx.ns > s->tx.ns;
}

static bool
is_far(const struct mgenseq *s, uint32_t seq, wall_t tx)
{
	return is_restart(s, seq, tx) ? seq > MGENSEQ_JUMP
				      : distance(s, seq) > MGENSEQ_JUMP;
}

static void
restart(struct mgenseq *s, uint32_t seq, wall_t tx, struct mgenseq_step *step)
{
	s->closed += (uint64_t)s->high + 1;
	s->restarts++;
	s->old = s->tx;
	begin(s, seq, tx);
	step->restarted = true;
	step->advance += (uint64_t)seq + 1;
}

/* Take a message whose number is believed. */
static enum mgenseq_what
take(struct mgenseq *s, uint32_t seq, wall_t tx, struct mgenseq_step *step)
{
	const int32_t ahead = distance(s, seq);
	const int64_t at = s->high + ahead;

	if (is_restart(s, seq, tx)) {
		restart(s, seq, tx, step);
		return MGENSEQ_NEW;
	}
	if (ahead > 0) {
		slide(s, at);
		s->high = at;
		s->tx = tx;
		mark(s, at);
		step->advance += (uint64_t)ahead;
		return MGENSEQ_NEW;
	}
	if (at < 0 || s->high - at >= MGENSEQ_WINDOW)
		return MGENSEQ_LATE;
	if (is_seen(s, at))
		return MGENSEQ_REPEATED;
	mark(s, at);
	if (s->restarts == 0 && at < s->low)
		s->low = at;
	return MGENSEQ_REORDERED;
}

/* Is the one held followed by ${seq}, or is it this one again? */
static bool
is_confirmed(const struct mgenseq *s, uint32_t seq, wall_t tx)
{
	return seq - s->held - 1 < MGENSEQ_JUMP && tx.ns >= s->held_tx.ns;
}

/* What becomes of the one held, now that another message comes. */
static void
settle(struct mgenseq *s, uint32_t seq, wall_t tx, struct mgenseq_step *step)
{
	s->holds = false;
	if (is_confirmed(s, seq, tx)) {
		(void)take(s, s->held, s->held_tx, step);
		step->released = true;
	} else {
		step->stray = true;
	}
}

struct mgenseq_step
mgenseq_put(struct mgenseq *s, uint32_t seq, wall_t tx)
{
	struct mgenseq_step step = { .what = MGENSEQ_NEW };

	if (!s->any) {
		begin(s, seq, tx);
		s->any = true;
		s->low = s->high;
		step.advance = 1;
		return step;
	}
	if (s->holds && seq == s->held &&
	    (s->parts || tx.ns == s->held_tx.ns)) {
		step.what = MGENSEQ_REPEATED;
		return step;
	}
	if (s->holds)
		settle(s, seq, tx, &step);
	if (s->restarts > 0 && tx.ns <= s->old.ns) {
		step.what = MGENSEQ_LATE;
	} else if (is_far(s, seq, tx)) {
		s->holds = true;
		s->held = seq;
		s->held_tx = tx;
		step.what = MGENSEQ_HELD;
	} else {
		step.what = take(s, seq, tx, &step);
	}
	return step;
}

uint64_t
mgenseq_sent(const struct mgenseq *s)
{
	return s->any ? s->closed + (uint64_t)s->high + 1 : 0;
}
