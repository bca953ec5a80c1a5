/* SPDX-License-Identifier: BSD-3-Clause */
/* Collectors that went away without a word, and what is kept for them. */
#include "agent/pubaway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct pubaway_one {
	TAILQ_ENTRY(pubaway_one) link;
	char who[PUBAWAY_WHO_MAX];
	struct pubenc_claim claim;
	mono_t since;
};

void
pubaway_init(struct pubaway *a, unsigned int seconds)
{
	*a = (struct pubaway){ .patience_ns = seconds * MONO_NS_PER_S };
	TAILQ_INIT(&a->list);
}

static void
forget(struct pubaway *a, struct pubaway_one *one)
{
	struct pubenc *e = one->claim.enc;

	TAILQ_REMOVE(&a->list, one, link);
	a->n--;
	pubenc_waive(&one->claim);
	pubenc_leave(e);
	free(one);
}

static struct pubaway_one *
find(const struct pubaway *a, const char *who)
{
	struct pubaway_one *one;

	TAILQ_FOREACH(one, &a->list, link)
		if (strcmp(one->who, who) == 0)
			return one;
	return NULL;
}

void
pubaway_keep(struct pubaway *a, const char *who, const struct pubenc_claim *c,
    mono_t now)
{
	struct pubaway_one *one;

	if (a->patience_ns == 0 || c->enc == NULL)
		return;
	if ((one = find(a, who)) != NULL)
		forget(a, one);
	if (a->n == PUBAWAY_MAX)
		forget(a, TAILQ_LAST(&a->list, pubaway_head));
	if ((one = calloc(1, sizeof(*one))) == NULL)
		return;
	snprintf(one->who, sizeof(one->who), "%s", who);
	one->since = now;
	pubenc_claim(pubenc_again(c->enc), &one->claim, c->seq, c->dns);
	TAILQ_INSERT_HEAD(&a->list, one, link);
	a->n++;
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
	forget(a, one);
	return same;
}

void
pubaway_tick(struct pubaway *a, mono_t now)
{
	struct pubaway_one *one, *next;

	for (one = TAILQ_FIRST(&a->list); one != NULL; one = next) {
		next = TAILQ_NEXT(one, link);
		if (now.ns - one->since.ns < a->patience_ns)
			continue;
		log_info("collector %s: away for too long, nothing is kept "
			 "for it any more",
		    one->who);
		forget(a, one);
	}
}

void
pubaway_done(struct pubaway *a)
{
	struct pubaway_one *one;

	while ((one = TAILQ_FIRST(&a->list)) != NULL)
		forget(a, one);
}
