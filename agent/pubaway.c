/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectors that went away without a word, and what is kept for them. */
#include "agent/pubaway.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

void
pubaway_init(struct pubaway *a, unsigned int seconds)
{
	*a = (struct pubaway){ .patience_ns = seconds * MONO_NS_PER_S };
}

static void
forget(struct pubaway_one *one)
{
	struct pubenc *e = one->claim.enc;

	pubenc_waive(&one->claim);
	pubenc_leave(e);
}

static struct pubaway_one *
find(struct pubaway *a, const char *who)
{
	for (size_t i = 0; i < PUBAWAY_MAX; i++) {
		if (a->one[i].claim.enc != NULL &&
		    strcmp(a->one[i].who, who) == 0)
			return &a->one[i];
	}
	return NULL;
}

/* The place of nobody, or of the one that is away for longest. */
static struct pubaway_one *
find_place(struct pubaway *a)
{
	struct pubaway_one *best = &a->one[0];

	for (size_t i = 0; i < PUBAWAY_MAX; i++) {
		if (a->one[i].claim.enc == NULL)
			return &a->one[i];
		if (a->one[i].since.ns < best->since.ns)
			best = &a->one[i];
	}
	return best;
}

void
pubaway_keep(struct pubaway *a, const char *who, const struct pubenc_claim *c,
    mono_t now)
{
	struct pubaway_one *one;

	if (a->patience_ns == 0 || c->enc == NULL)
		return;
	if ((one = find(a, who)) == NULL)
		one = find_place(a);
	forget(one);
	snprintf(one->who, sizeof(one->who), "%s", who);
	one->since = now;
	pubenc_claim(pubenc_again(c->enc), &one->claim, c->seq, c->dns);
	one->claim.who = one->who;
}

bool
pubaway_back(struct pubaway *a, const char *who, const struct pubenc *e,
    uint64_t *ret_seq, uint64_t *ret_dns)
{
	struct pubaway_one *one = find(a, who);
	bool same;

	if (one == NULL)
		return false;
	same = one->claim.enc == e;
	*ret_seq = one->claim.seq;
	*ret_dns = one->claim.dns;
	forget(one);
	return same;
}

void
pubaway_tick(struct pubaway *a, mono_t now)
{
	for (size_t i = 0; i < PUBAWAY_MAX; i++) {
		struct pubaway_one *one = &a->one[i];

		if (one->claim.enc == NULL ||
		    now.ns - one->since.ns < a->patience_ns)
			continue;
		log_info("collector %s: away for too long, nothing is kept "
			 "for it any more",
		    one->who);
		forget(one);
	}
}

void
pubaway_done(struct pubaway *a)
{
	for (size_t i = 0; i < PUBAWAY_MAX; i++)
		forget(&a->one[i]);
}
