/* SPDX-License-Identifier: BSD-3-Clause */
/* When what is played back is due, and how far it should be. */
#include "collector/pace.h"

#include <stdint.h>

#define LIMIT 9.2e18 /* ns, a little less than an int64_t holds */

static int64_t
sum(int64_t base, double ns)
{
	const double step = ns > LIMIT ? LIMIT : ns < -LIMIT ? -LIMIT : ns;
	const double whole = (double)base + step;

	if (whole >= LIMIT)
		return INT64_MAX;
	return whole <= -LIMIT ? INT64_MIN : base + (int64_t)step;
}

/* Times in files may be anything. */
static double
difference(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(a, b, &d))
		return a > b ? LIMIT : -LIMIT;
	return (double)d;
}

void
pace_begin(struct pace *p, wall_t first, mono_t now)
{
	if (p->begun)
		return;
	p->begun = true;
	p->first = first;
	p->start = now;
}

mono_t
pace_due(const struct pace *p, wall_t t)
{
	const double ns = difference(t.ns, p->first.ns);

	return (mono_t){ sum(p->start.ns, ns / p->speed) };
}

wall_t
pace_at(const struct pace *p, mono_t now)
{
	const double ns = difference(now.ns, p->start.ns);

	return (wall_t){ sum(p->first.ns, ns * p->speed) };
}
