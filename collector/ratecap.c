/* SPDX-License-Identifier: BSD-3-Clause */
/* How many records an agent may send in a second, and when it may go on. */
#include "collector/ratecap.h"

void
ratecap_init(struct ratecap *r, uint64_t max, mono_t now)
{
	*r = (struct ratecap){ .max = max, .since = now };
}

int64_t
ratecap_add(struct ratecap *r, uint64_t n, mono_t now)
{
	const int64_t over = (now.ns - r->since.ns) / MONO_NS_PER_S;

	if (r->max == 0)
		return 0;
	if (over > 0) {
		const uint64_t worth = (uint64_t)over * r->max;

		r->n -= r->n < worth ? r->n : worth;
		r->since.ns += over * MONO_NS_PER_S;
	}
	r->n += n;
	if (r->n < r->max)
		return 0;
	return r->since.ns + (int64_t)(r->n / r->max) * MONO_NS_PER_S - now.ns;
}
