/* SPDX-License-Identifier: BSD-3-Clause */
/* Observations into the order of all agents: what flows and names need. */
#include "collector/intake.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

#define TIME_MAX (INT64_MAX / 2) /* differences stay in range */
#define TTL_MAX  INT32_MAX       /* RFC 2181 section 8 */

void
intake_init(struct intake *in, struct order *order, int64_t skew_ns)
{
	*in = (struct intake){
		.order = order, .skew_ns = skew_ns, .limit = { TIME_MAX }
	};
}

static wall_t
clamp(int64_t ns, wall_t limit)
{
	if (ns < 0)
		return (wall_t){ 0 };
	return ns > limit.ns ? limit : (wall_t){ ns };
}

/* A new item for ${o}; NULL when there is no memory. */
static struct order_item *
new_item(struct intake *in, const struct sink_src *src, uint64_t nr,
    const struct obs *o, enum order_kind kind)
{
	const wall_t time = clamp(o->time.ns, (wall_t){ TIME_MAX });
	const int64_t at = time.ns - (kind == ORDER_DNS ? in->skew_ns : 0);
	struct order_item *it;

	in->ahead += at > in->limit.ns;
	it = order_room(in->order, clamp(at, in->limit), src, kind);
	if (it == NULL) {
		in->lost++;
		return NULL;
	}
	it->time = time;
	it->nr = nr;
	return it;
}

static void
put_packet(struct intake *in, const struct sink_src *src, uint64_t nr,
    const struct obs *o)
{
	const struct obs_pkt *k = &o->pkt;
	struct order_item *it = new_item(in, src, nr, o, ORDER_PKT);

	if (it == NULL)
		return;
	memcpy(it->pkt.src, k->src, sizeof(it->pkt.src));
	memcpy(it->pkt.dst, k->dst, sizeof(it->pkt.dst));
	it->pkt.sport = k->sport;
	it->pkt.dport = k->dport;
	it->pkt.len = k->len;
	it->pkt.ipver = k->ipver;
	it->pkt.proto = k->proto;
	it->pkt.tcp_flags = k->proto == IPPROTO_TCP ? k->tcp_flags : 0;
	it->pkt.iface = k->iface;
	order_put(in->order, it);
}

/* A copy of ${d} with all it points to, in one allocation. */
static struct obs_dns *
copy_dns(const struct obs_dns *d)
{
	const size_t addrs = d->n_addrs * sizeof(*d->addrs);
	const size_t resolver = d->resolver == NULL ? 0 : strlen(d->resolver);
	size_t names = 0;
	struct obs_dns *copy;
	char *p;

	for (unsigned int i = 0; i < d->n_names; i++)
		names += dnsname_get(d->names + names, DNSNAME_MAX);
	copy = malloc(sizeof(*copy) + addrs + names + resolver + 1);
	if (copy == NULL)
		return NULL;
	*copy = *d;
	p = (char *)(copy + 1);
	copy->addrs = addrs == 0 ? NULL : memcpy(p, d->addrs, addrs);
	p += addrs;
	copy->names = names == 0 ? NULL : memcpy(p, d->names, names);
	p += names;
	copy->resolver = p;
	if (resolver > 0)
		memcpy(p, d->resolver, resolver);
	p[resolver] = '\0';
	return copy;
}

static void
cap_ttl(struct obs_dns *d, struct obs_dns_addr *addr)
{
	for (unsigned int i = 0; i < d->n_addrs; i++) {
		if (addr[i].ttl > TTL_MAX)
			addr[i].ttl = 0;
	}
}

static void
put_dns(struct intake *in, const struct sink_src *src, uint64_t nr,
    const struct obs *o)
{
	struct obs_dns *d = copy_dns(&o->dns);
	struct order_item *it;

	if (d == NULL) {
		in->lost++;
		return;
	}
	cap_ttl(d, (struct obs_dns_addr *)(d + 1));
	if ((it = new_item(in, src, nr, o, ORDER_DNS)) == NULL) {
		free(d);
		return;
	}
	it->dns = d;
	order_put(in->order, it);
}

static void
put_loss(struct intake *in, const struct sink_src *src, uint64_t nr,
    const struct obs *o)
{
	struct order_item *it;

	if (o->loss.reason != OBS_LOSS_DNSTAP &&
	    o->loss.reason != OBS_LOSS_DNS_QUEUE)
		return;
	if ((it = new_item(in, src, nr, o, ORDER_LOSS)) != NULL)
		order_put(in->order, it);
}

void
intake_put(struct intake *in, const struct sink_src *src, uint64_t nr,
    const struct obs *o)
{
	switch (o->kind) {
	case OBS_PKT:
		put_packet(in, src, nr, o);
		return;
	case OBS_DNS:
		put_dns(in, src, nr, o);
		return;
	case OBS_LOSS:
		put_loss(in, src, nr, o);
		return;
	case OBS_HOST:
		return;
	}
}

void
intake_gone(struct intake *in, const struct sink_src *src)
{
	const struct obs o = { .time = order_latest(in->order) };
	struct order_item *it = new_item(in, src, UINT64_MAX, &o, ORDER_GONE);

	if (it != NULL)
		order_put(in->order, it);
}
