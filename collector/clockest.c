/* SPDX-License-Identifier: BSD-3-Clause */
/* How far the clock of another machine is from ours, and how sure that is. */
#include "collector/clockest.h"

#include <string.h>

#define UNIT       1000000000LL          /* rates are parts of it */
#define OFFSET_MAX (INT64_MAX / 4)       /* 73 years; sums stay in range */
#define SPAN_MIN   (10 * MONO_NS_PER_MS) /* shorter ones tell no rate */
#define SET_NS     MONO_NS_PER_MS        /* our two clocks may differ so */
#define SET_PART   1000                  /* and by this part of the time */

__extension__ typedef __int128 wide_t;

/* What ${rate} makes of ${span}, both may be negative; less than 1 ns off. */
static wide_t
grown(int64_t span, int64_t rate)
{
	return (wide_t)span * rate / UNIT;
}

static int64_t
bounded(wide_t v)
{
	if (v > INT64_MAX / 2)
		return INT64_MAX / 2;
	return v < INT64_MIN / 2 ? INT64_MIN / 2 : (int64_t)v;
}

void
clockest_init(struct clockest *c)
{
	*c = (struct clockest){ .rate_low = -CLOCKEST_RATE_MAX,
		.rate_high = CLOCKEST_RATE_MAX };
}

/* Was our clock set while we waited? */
static bool
was_set(const struct clockest_exchange *x, int64_t took)
{
	const wide_t off = (wide_t)x->came.ns - x->asked.ns - took;
	const wide_t most = SET_NS + took / SET_PART;

	return off > most || off < -most;
}

/* What ${x} proves.  Returns false when that cannot be. */
static bool
read_sample(const struct clockest_exchange *x, struct clockest_sample *ret_s)
{
	const int64_t took = x->came_at.ns - x->asked_at.ns;
	wide_t low = (wide_t)x->answered.ns - x->came.ns;
	wide_t high = (wide_t)x->received.ns - x->asked.ns;

	if (took < 0 || was_set(x, took) || x->answered.ns < x->received.ns)
		return false;
	/* both are said of the end */
	low -= CLOCKEST_RESOLUTION + grown(took, CLOCKEST_RATE_MAX);
	high += CLOCKEST_RESOLUTION + grown(took, CLOCKEST_RATE_MAX);
	if (low > high || low < -OFFSET_MAX || high > OFFSET_MAX)
		return false;
	*ret_s =
	    (struct clockest_sample){ x->came_at, (int64_t)low, (int64_t)high };
	return true;
}

/* Narrow the rate down by what two samples prove of it. */
static void
learn_rate(struct clockest *c, const struct clockest_sample *a,
    const struct clockest_sample *b)
{
	const int64_t span = b->at.ns - a->at.ns;
	int64_t low, high;

	if (span < SPAN_MIN)
		return;
	low = bounded((wide_t)(b->low - a->high) * UNIT / span) - 1 -
	      CLOCKEST_WANDER;
	high = bounded((wide_t)(b->high - a->low) * UNIT / span) + 1 +
	       CLOCKEST_WANDER;
	if (low > c->rate_low)
		c->rate_low = low;
	if (high < c->rate_high)
		c->rate_high = high;
}

static void
learn_rates(struct clockest *c)
{
	c->rate_low = -CLOCKEST_RATE_MAX;
	c->rate_high = CLOCKEST_RATE_MAX;
	for (size_t i = 0; i < c->n; i++) {
		for (size_t j = i + 1; j < c->n; j++)
			learn_rate(c, &c->sample[i], &c->sample[j]);
	}
}

/* What ${s} says of another time. */
static struct clockest_sample
moved(const struct clockest *c, const struct clockest_sample *s, mono_t at)
{
	const int64_t span = at.ns - s->at.ns;
	const bool back = span < 0;

	return (struct clockest_sample){ .at = at,
		.low = bounded(s->low - 1 +
			       grown(span, back ? c->rate_high : c->rate_low)),
		.high =
		    bounded(s->high + 1 +
			    grown(span, back ? c->rate_low : c->rate_high)) };
}

/* What all samples have in common at ${at}; low > high: nothing. */
static struct clockest_sample
common(const struct clockest *c, mono_t at)
{
	struct clockest_sample all = { at, INT64_MIN, INT64_MAX };

	for (size_t i = 0; i < c->n; i++) {
		const struct clockest_sample s = moved(c, &c->sample[i], at);

		all.low = s.low > all.low ? s.low : all.low;
		all.high = s.high < all.high ? s.high : all.high;
	}
	return all;
}

static void
remember(struct clockest *c, const struct clockest_sample *s)
{
	if (c->n == CLOCKEST_SAMPLES) {
		c->n--;
		memmove(
		    &c->sample[0], &c->sample[1], c->n * sizeof(c->sample[0]));
	}
	c->sample[c->n++] = *s;
}

bool
clockest_add(struct clockest *c, const struct clockest_exchange *x)
{
	struct clockest_sample s, all;

	if (!read_sample(x, &s) ||
	    (c->n > 0 && s.at.ns < c->sample[c->n - 1].at.ns)) {
		c->refused++;
		return false;
	}
	c->samples++;
	c->round_trip_ns =
	    x->came_at.ns - x->asked_at.ns - (x->answered.ns - x->received.ns);
	remember(c, &s);
	learn_rates(c);
	all = common(c, s.at);
	if (c->rate_low > c->rate_high || all.low > all.high) {
		c->steps++;
		c->n = 0;
		remember(c, &s);
		learn_rates(c);
	}
	return true;
}

bool
clockest_get(const struct clockest *c, mono_t at, struct clockest_offset *ret_o)
{
	struct clockest_sample all;

	if (c->n == 0)
		return false;
	if (at.ns < c->sample[0].at.ns)
		at = c->sample[0].at;
	all = common(c, at);
	/* at an earlier time: the rate was not what we take it for */
	if (all.low > all.high)
		all = moved(c, &c->sample[c->n - 1], at);
	ret_o->bound_ns = all.high / 2 - all.low / 2 + 1;
	ret_o->ns = all.low + (all.high / 2 - all.low / 2);
	return true;
}

bool
clockest_rate(const struct clockest *c, int64_t *ret_ppb)
{
	if ((c->rate_high - c->rate_low) / 4 > CLOCKEST_WANDER)
		return false;
	*ret_ppb = (c->rate_high + c->rate_low) / 2;
	return true;
}
