/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the times of records lie within a day of their stream's clock. */
#include "collector/dayoff.h"

void
dayoff_init(struct dayoff *d)
{
	*d = (struct dayoff){ .first = INT64_MIN, .last = INT64_MAX };
}

void
dayoff_set(struct dayoff *d, wall_t clock, mono_t now)
{
	if (clock.ns == 0)
		return;
	d->clock = clock;
	d->at = now;
	d->known = true;
	dayoff_now(d, now);
}

void
dayoff_now(struct dayoff *d, mono_t now)
{
	const int64_t clock = mono_plus(d->clock.ns, now.ns - d->at.ns);

	if (!d->known)
		return;
	d->first = mono_plus(clock, -DAYOFF_NS);
	d->last = mono_plus(clock, DAYOFF_NS);
}

void
dayoff_stored(struct dayoff *d, wall_t clock)
{
	if (clock.ns != 0)
		d->last = mono_plus(clock.ns, DAYOFF_NS);
}

size_t
dayoff_count(const struct dayoff *d, const struct obs *o, size_t n)
{
	size_t off = 0;

	for (size_t i = 0; i < n; i++) {
		off += o[i].kind != OBS_LOSS &&
		       (o[i].time.ns < d->first || o[i].time.ns > d->last);
	}
	return off;
}
