/* SPDX-License-Identifier: BSD-3-Clause */
/* The flows under way: packets of all agents, both directions, counted. */
#include "collector/flowcache.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEADS_MIN = 1024,
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_ACK = 0x10
};

TAILQ_HEAD(flow_list, flow);

struct flowcache {
	struct flowcache_conf conf;
	struct flow_list flows; /* longest idle first */
	struct flow **head;     /* a power of two of lists */
	size_t n_heads, used;
	wall_t now; /* latest time seen */
	struct flow *spare_flows;
	struct flow_point *spare_points;
	struct flowcache_count count;
};

struct flowcache *
flowcache_new(const struct flowcache_conf *conf)
{
	struct flowcache *fc = calloc(1, sizeof(*fc));

	if (fc == NULL)
		return NULL;
	fc->conf = *conf;
	fc->now.ns = INT64_MIN;
	TAILQ_INIT(&fc->flows);
	fc->n_heads = HEADS_MIN;
	fc->head = calloc(HEADS_MIN, sizeof(struct flow *));
	if (fc->head == NULL) {
		free(fc);
		errno = ENOMEM;
		return NULL;
	}
	return fc;
}

/* ---- the table ----------------------------------------------------------- */

static struct flow **
list_of(const struct flowcache *fc, const struct flow_key *k)
{
	const uint64_t h = hash_bytes(&fc->conf.key, k, sizeof(*k));

	return &fc->head[h & (fc->n_heads - 1)];
}

static void
hash_flow(struct flowcache *fc, struct flow *f)
{
	struct flow **list = list_of(fc, &f->key);

	f->next = *list;
	*list = f;
	f->hashed = true;
}

static void
unhash_flow(struct flowcache *fc, struct flow *f)
{
	struct flow **link = list_of(fc, &f->key);

	if (!f->hashed)
		return;
	while (*link != f)
		link = &(*link)->next;
	*link = f->next;
	f->hashed = false;
}

/* Twice the lists, when there is memory for them. */
static void
widen(struct flowcache *fc)
{
	const size_t n = fc->n_heads * 2;
	struct flow **head = calloc(n, sizeof(struct flow *));
	struct flow *f;

	if (head == NULL)
		return;
	free(fc->head);
	fc->head = head;
	fc->n_heads = n;
	TAILQ_FOREACH(f, &fc->flows, age)
		if (f->hashed)
			hash_flow(fc, f);
}

/* ---- records ------------------------------------------------------------- */

static void
free_points(struct flowcache *fc, struct flow *f)
{
	struct flow_point *p;

	while ((p = f->points) != NULL) {
		f->points = p->next;
		p->next = fc->spare_points;
		fc->spare_points = p;
	}
}

static void
end_flow(struct flowcache *fc, struct flow *f, enum flow_end why)
{
	TAILQ_REMOVE(&fc->flows, f, age);
	unhash_flow(fc, f);
	fc->count.records++;
	fc->used--;
	fc->conf.emit(fc->conf.arg, f, why);
	free_points(fc, f);
	f->next = fc->spare_flows;
	fc->spare_flows = f;
}

/* The record of a flow that goes on is full. */
static void
next_part(struct flowcache *fc, struct flow *f)
{
	fc->count.records++;
	fc->conf.emit(fc->conf.arg, f, FLOW_END_ACTIVE);
	free_points(fc, f);
	f->tcp_flags[0] = f->tcp_flags[1] = 0;
	f->part++;
}

static bool
is_closed(const struct flow *f)
{
	return f->rst || (f->fin[0] && f->fin[1]);
}

void
flowcache_expire(struct flowcache *fc, wall_t now)
{
	struct flow *f;

	if (now.ns > fc->now.ns)
		fc->now = now;
	while ((f = TAILQ_FIRST(&fc->flows)) != NULL &&
	       fc->now.ns - f->touched.ns > fc->conf.idle_ns) {
		end_flow(fc, f, is_closed(f) ? FLOW_END_CLOSED : FLOW_END_IDLE);
	}
}

void
flowcache_flush(struct flowcache *fc)
{
	struct flow *f;

	while ((f = TAILQ_FIRST(&fc->flows)) != NULL) {
		end_flow(
		    fc, f, is_closed(f) ? FLOW_END_CLOSED : FLOW_END_INPUT);
	}
}

/* ---- packets ------------------------------------------------------------- */

/* The key of a packet.  Returns the end that sent it. */
static unsigned int
make_key(struct flow_key *ret_k, const struct order_pkt *p)
{
	const size_t len = p->ipver == 4 ? 4 : 16;
	const int by_addr = memcmp(p->src, p->dst, len);
	const unsigned int from =
	    by_addr > 0 || (by_addr == 0 && p->sport > p->dport);

	memset(ret_k, 0, sizeof(*ret_k));
	memcpy(ret_k->addr[from], p->src, len);
	memcpy(ret_k->addr[!from], p->dst, len);
	ret_k->port[from] = p->sport;
	ret_k->port[!from] = p->dport;
	ret_k->ipver = p->ipver;
	ret_k->proto = p->proto;
	return from;
}

static struct flow *
find(const struct flowcache *fc, const struct flow_key *k)
{
	struct flow *f = *list_of(fc, k);

	while (f != NULL && memcmp(&f->key, k, sizeof(*k)) != 0)
		f = f->next;
	return f;
}

static struct flow *
add(struct flowcache *fc, const struct flow_key *k, wall_t start)
{
	struct flow *f;

	if (fc->used >= fc->conf.max) {
		fc->count.forced++;
		end_flow(fc, TAILQ_FIRST(&fc->flows), FLOW_END_FORCED);
	}
	if ((f = fc->spare_flows) != NULL) {
		fc->spare_flows = f->next;
	} else if ((f = malloc(sizeof(*f))) == NULL)
		return NULL;
	memset(f, 0, sizeof(*f));
	f->key = *k;
	f->part = 1;
	f->start = f->first = f->last = start;
	if (++fc->used > fc->n_heads)
		widen(fc);
	hash_flow(fc, f);
	TAILQ_INSERT_TAIL(&fc->flows, f, age);
	fc->count.flows++;
	return f;
}

static struct flow_point *
find_point(struct flowcache *fc, struct flow *f, const struct order_item *it)
{
	struct flow_point *p, **link = &f->points;
	unsigned int n = 0;

	for (; (p = *link) != NULL; link = &p->next, n++) {
		if (p->src == it->src && p->iface == it->pkt.iface)
			return p;
	}
	if (n == FLOWCACHE_POINTS)
		return NULL;
	if ((p = fc->spare_points) != NULL) {
		fc->spare_points = p->next;
	} else if ((p = malloc(sizeof(*p))) == NULL)
		return NULL;
	*p = (struct flow_point){ .src = it->src, .iface = it->pkt.iface };
	*link = p;
	return p;
}

static void
count_packet(struct flowcache *fc, struct flow *f, const struct order_item *it,
    unsigned int from)
{
	const uint8_t flags = it->pkt.tcp_flags;
	struct flow_point *p = find_point(fc, f, it);

	if (p == NULL) {
		fc->count.unplaced++;
	} else {
		p->packets[from]++;
		p->bytes[from] += it->pkt.len;
	}
	f->tcp_flags[from] |= flags;
	f->fin[from] |= (flags & TCP_FIN) != 0;
	f->rst |= (flags & TCP_RST) != 0;
	if (it->time.ns < f->first.ns)
		f->first = it->time;
	if (it->time.ns > f->last.ns)
		f->last = it->time;
	f->touched = fc->now;
	TAILQ_REMOVE(&fc->flows, f, age);
	TAILQ_INSERT_TAIL(&fc->flows, f, age);
}

static bool
begins_anew(const struct flow *f, const struct order_pkt *p)
{
	return p->proto == IPPROTO_TCP && is_closed(f) &&
	       (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

struct flow *
flowcache_put(struct flowcache *fc, const struct order_item *it, bool *ret_new)
{
	struct flow_key k;
	const unsigned int from = make_key(&k, &it->pkt);
	struct flow *f;

	flowcache_expire(fc, it->at);
	fc->count.packets++;
	f = find(fc, &k);
	if (f != NULL && begins_anew(f, &it->pkt)) {
		unhash_flow(fc, f);
		f = NULL;
	}
	*ret_new = f == NULL;
	if (f == NULL && (f = add(fc, &k, it->time)) == NULL)
		return NULL;
	if (it->time.ns - f->first.ns >= fc->conf.active_ns) {
		next_part(fc, f);
		f->first = f->last = it->time;
	}
	count_packet(fc, f, it, from);
	return f;
}

uint64_t
flowcache_total(const struct flow *f, unsigned int end, uint64_t *ret_bytes)
{
	const struct flow_point *most = NULL;

	for (const struct flow_point *p = f->points; p != NULL; p = p->next) {
		if (most == NULL || p->packets[end] > most->packets[end] ||
		    (p->packets[end] == most->packets[end] &&
			p->bytes[end] > most->bytes[end]))
			most = p;
	}
	*ret_bytes = most == NULL ? 0 : most->bytes[end];
	return most == NULL ? 0 : most->packets[end];
}

size_t
flowcache_size(const struct flowcache *fc)
{
	return fc->used;
}

const struct flowcache_count *
flowcache_count(const struct flowcache *fc)
{
	return &fc->count;
}

void
flowcache_free(struct flowcache *fc)
{
	struct flow_point *p;
	struct flow *f;

	if (fc == NULL)
		return;
	while ((f = TAILQ_FIRST(&fc->flows)) != NULL) {
		TAILQ_REMOVE(&fc->flows, f, age);
		free_points(fc, f);
		free(f);
	}
	while ((f = fc->spare_flows) != NULL) {
		fc->spare_flows = f->next;
		free(f);
	}
	while ((p = fc->spare_points) != NULL) {
		fc->spare_points = p->next;
		free(p);
	}
	free(fc->head);
	free(fc);
}
