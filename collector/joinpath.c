/* SPDX-License-Identifier: BSD-3-Clause */
/* In which order a packet came to the places that saw it. */
#include "collector/joinpath.h"

/*
 * Among records with the same TTL: who sent it comes first, then the way out of
 * a router, the way into one, and who got it.  This needs no clocks.
 */
static int
rank(const struct join_seen *all, unsigned int n, const struct join_seen *s)
{
	bool before = false, after = false;

	if (s->role == OBS_ROLE_ORIGINATED)
		return 0;
	if (s->role == OBS_ROLE_DELIVERED)
		return 4;
	for (unsigned int i = 0; i < n; i++) {
		before |= all[i].src == s->src && all[i].ttl > s->ttl;
		after |= all[i].src == s->src && all[i].ttl < s->ttl;
	}
	return before == after ? 2 : before ? 1 : 3;
}

bool
joinpath_same(const struct join_seen *a, const struct join_seen *b)
{
	return a->src == b->src && a->iface == b->iface && a->role == b->role &&
	       a->ttl == b->ttl;
}

/* Any fixed order of places that nothing else tells apart. */
static int64_t
compare_places(const struct join_seen *a, const struct join_seen *b)
{
	if (a->src->host != b->src->host)
		return (int64_t)a->src->host - (int64_t)b->src->host;
	if (a->iface != b->iface)
		return a->iface - b->iface;
	return a->role - b->role;
}

struct placed {
	struct join_seen seen;
	int rank;
	wall_t first; /* at this place */
};

static bool
is_before(const struct placed *a, const struct placed *b)
{
	int64_t diff;

	if (a->seen.ttl != b->seen.ttl)
		return a->seen.ttl > b->seen.ttl;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	if (a->first.ns != b->first.ns)
		return a->first.ns < b->first.ns;
	if ((diff = compare_places(&a->seen, &b->seen)) != 0)
		return diff < 0;
	return a->seen.time.ns < b->seen.time.ns;
}

void
joinpath_sort(struct join_seen *seen, unsigned int n)
{
	struct placed p[JOIN_SEEN_MAX], t;
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		p[i] = (struct placed){ seen[i], rank(seen, n, &seen[i]),
			seen[i].time };
		for (k = 0; k < n; k++) {
			if (joinpath_same(&seen[k], &seen[i]) &&
			    seen[k].time.ns < p[i].first.ns)
				p[i].first = seen[k].time;
		}
	}
	for (i = 1; i < n; i++) {
		t = p[i];
		for (k = i; k > 0 && is_before(&t, &p[k - 1]); k--)
			p[k] = p[k - 1];
		p[k] = t;
	}
	for (i = 0; i < n; i++)
		seen[i] = p[i].seen;
}
