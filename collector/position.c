/* SPDX-License-Identifier: BSD-3-Clause */
/* Places in the streams of agents. */
#include "collector/position.h"

#include <string.h>

enum { POSITION_JOINED = 1, POSITION_JOINED_DNS = 2 };

void
position_put(struct wr *w, const struct position *p)
{
	wr_mem(w, p->id, sizeof(p->id));
	wr_var(w, p->next);
	wr_var(w, p->next_dns);
	wr_u64(w, (uint64_t)p->side.ns);
	wr_u8(w, (uint8_t)((p->joined ? POSITION_JOINED : 0) |
			   (p->joined_dns ? POSITION_JOINED_DNS : 0)));
}

void
position_get(struct rd *r, struct position *ret_p)
{
	const uint8_t *id = rd_take(r, POSITION_ID);
	struct position p = { .next = rd_var(r) };
	uint8_t flags;

	p.next_dns = rd_var(r);
	p.side.ns = (int64_t)rd_u64(r);
	flags = rd_u8(r);
	if (r->bad)
		return;
	memcpy(p.id, id, sizeof(p.id));
	p.joined = (flags & POSITION_JOINED) != 0;
	p.joined_dns = (flags & POSITION_JOINED_DNS) != 0;
	*ret_p = p;
}

void
position_least(struct position *p, const struct position *o)
{
	if (o->next < p->next ||
	    (o->next == p->next && o->side.ns < p->side.ns)) {
		p->next = o->next;
		p->side = o->side;
	}
	if (o->next_dns < p->next_dns)
		p->next_dns = o->next_dns;
	p->joined &= o->joined;
	p->joined_dns &= o->joined_dns;
}

void
position_most(struct position *p, const struct position *o)
{
	if (o->next > p->next ||
	    (o->next == p->next && o->side.ns > p->side.ns)) {
		p->next = o->next;
		p->side = o->side;
	}
	if (o->next_dns > p->next_dns)
		p->next_dns = o->next_dns;
	p->joined |= o->joined;
	p->joined_dns |= o->joined_dns;
}
