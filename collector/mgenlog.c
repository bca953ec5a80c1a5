/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages from packets: put together, each once, in the order of time. */
#include "collector/mgenlog.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define RECENT   65536u /* messages that may be seen at another interface */
#define JUMP_MAX 65536u /* more than that is no gap of TCP */

enum {
	PROTO_TCP = 6,
	PARTS_S = 1, /* a message is whole when nothing came for so long */
	ORDER_S = 2, /* lines so old are not preceded by others */
	CLOCK_S = 4, /* or by the clock */
	IP4_HEAD = 20,
	IP6_HEAD = 40,
	FRAG_HEAD = 8, /* of IPv6 */
	UDP_HEAD = 8,
	TCP_HEAD = 32,    /* with timestamps, as all of today have it */
	TCP_PART = 65535, /* MGEN splits what is longer */
};

/* Where a message was seen first. */
struct recent {
	uint64_t hash;
	const struct mgentab_point *at;
};

struct mgenlog {
	struct mgenlog_conf conf;
	struct mgentab tab;
	TAILQ_HEAD(, mgentab_point) under_way;
	struct mgenlog_node *nodes;
	size_t n_nodes;
	size_t held; /* lines */
	uint64_t serial;
	uint64_t unnamed, unplaced;
	struct recent *recent;
};

struct mgenlog *
mgenlog_new(const struct mgenlog_conf *conf)
{
	const struct mgentab_room room = { .points = conf->points };
	struct mgenlog *ml = calloc(1, sizeof(*ml));

	if (ml == NULL)
		return NULL;
	ml->conf = *conf;
	TAILQ_INIT(&ml->under_way);
	ml->recent = calloc(RECENT, sizeof(*ml->recent));
	if (ml->recent != NULL &&
	    mgentab_init(&ml->tab, &room, &conf->key) == 0)
		return ml;
	free(ml->recent);
	free(ml);
	return NULL;
}

/* ---- lines, in order ----------------------------------------------------- */

static void
emit_first(struct mgenlog *ml, struct mgenlog_node *node)
{
	const struct mgenline line = mgenline_take(&node->heap);

	ml->held--;
	ml->conf.emit(ml->conf.arg, node, &line);
}

/* Where there are as many as may be, the earliest one waits no more. */
static void
hold(struct mgenlog *ml, struct mgenlog_node *node, struct mgenline *line)
{
	line->serial = ml->serial++;
	if (node->heap.n > 0 &&
	    (ml->held >= ml->conf.lines || !mgenline_grow(&node->heap)))
		emit_first(ml, node);
	if (ml->held >= ml->conf.lines || !mgenline_grow(&node->heap)) {
		ml->conf.emit(ml->conf.arg, node, line);
		return;
	}
	mgenline_put(&node->heap, line);
	ml->held++;
}

static void
emit_before(struct mgenlog *ml, struct mgenlog_node *node, int64_t time)
{
	while (node->heap.n > 0 && node->heap.line[0].time.ns < time)
		emit_first(ml, node);
}

/* ---- messages ------------------------------------------------------------ */

/* What is known of the message, or the part, that ends. */
static void
end_part(struct mgenlog *ml, struct mgentab_point *p, uint8_t flags)
{
	const struct mgentab_msg *m = &p->msg;
	const bool sent = p->at.role == OBS_ROLE_ORIGINATED;
	struct mgenline line = {
		.what = sent ? MGENLINE_SEND : MGENLINE_RECV,
		.flags = flags,
		.seq = m->seq,
		.size =
		    m->octets > UINT32_MAX ? UINT32_MAX : (uint32_t)m->octets,
		.time = sent ? m->first_tx : m->last,
		.tx = m->tx,
		.key = p->flow->key,
	};

	hold(ml, p->of_node, &line);
}

/* Parts whose header stands in a segment behind another one: no time is known. */
static void
end_hidden(struct mgenlog *ml, struct mgentab_point *p)
{
	while (p->at.role == OBS_ROLE_DELIVERED && p->msg.octets > TCP_PART) {
		const uint64_t rest = p->msg.octets - TCP_PART;

		p->msg.octets = TCP_PART;
		end_part(ml, p, MGENLINE_CONTINUES);
		p->msg.octets = rest;
		p->msg.flags = MGENLINE_END;
	}
}

static void
end_message(struct mgenlog *ml, struct mgentab_point *p)
{
	if (!p->msg.under_way)
		return;
	p->msg.under_way = false;
	TAILQ_REMOVE(&ml->under_way, p, under_way);
	if (p->flow->key.proto == PROTO_TCP)
		end_hidden(ml, p);
	end_part(ml, p, p->msg.flags);
}

static void
begin_message(struct mgenlog *ml, struct mgentab_point *p, wall_t time,
    const struct obs_pkt *k)
{
	p->msg = (struct mgentab_msg){ .known = true,
		.under_way = true,
		.seq = k->mgen_seq,
		.first_tx = k->mgen_tx,
		.tx = k->mgen_tx,
		.last = time };
	TAILQ_INSERT_TAIL(&ml->under_way, p, under_way);
}

/*
 * Another part of the same message begins in this segment.  That of the sender
 * is logged whole; all parts but the last are as long as can be.
 */
static void
next_part(struct mgenlog *ml, struct mgentab_point *p, wall_t tx)
{
	struct mgentab_msg *m = &p->msg;
	const uint64_t over = m->octets > TCP_PART ? m->octets - TCP_PART : 0;

	if (p->at.role != OBS_ROLE_ORIGINATED) {
		m->octets = TCP_PART;
		end_part(ml, p, MGENLINE_CONTINUES);
		m->octets = over;
		m->flags = MGENLINE_END;
	}
	m->tx = tx;
}

/* Octets of a message in this packet. */
static uint64_t
payload(const struct obs_pkt *k)
{
	const bool v6 = k->ipver == 6;
	uint32_t head = v6 ? IP6_HEAD : IP4_HEAD;

	if (k->proto == PROTO_TCP) {
		head += TCP_HEAD;
	} else if (k->frag != OBS_FRAG_LATER) {
		head += UDP_HEAD;
	}
	if (v6 && k->frag != OBS_FRAG_NONE)
		head += FRAG_HEAD;
	return k->len > head ? k->len - head : 0;
}

/* Was this message just seen at another interface of the node? */
static bool
is_elsewhere(
    struct mgenlog *ml, const struct mgentab_point *p, const struct obs_pkt *k)
{
	const struct {
		const void *flow, *node;
		int64_t tx;
		uint32_t seq, role;
	} what = { p->flow, p->of_node, k->mgen_tx.ns, k->mgen_seq, k->role };
	const uint64_t hash = hash_bytes(&ml->conf.key, &what, sizeof(what));
	struct recent *r = &ml->recent[hash % RECENT];

	if (r->at != NULL && r->hash == hash)
		return r->at != p;
	*r = (struct recent){ hash, p };
	return false;
}

/*
 * Headers inside of segments, behind another one, are in no record: what came
 * was of all these messages.
 */
static void
count_unnamed(struct mgenlog *ml, struct mgentab_msg *m, uint32_t seq)
{
	const uint32_t gap = seq - m->seq - 1;

	if (!m->known || gap >= JUMP_MAX)
		return;
	ml->unnamed += gap;
	m->octets /= gap + 1;
}

static void
message(struct mgenlog *ml, struct mgentab_point *p, wall_t time,
    const struct obs_pkt *k)
{
	struct mgentab_msg *m = &p->msg;
	const bool tcp = k->proto == PROTO_TCP;
	const bool same = tcp && m->known && m->seq == k->mgen_seq;

	if (same && (m->tx.ns == k->mgen_tx.ns || !m->under_way))
		return; /* a header stands in a message many times */
	if (same) {
		next_part(ml, p, k->mgen_tx);
		return;
	}
	if (tcp)
		count_unnamed(ml, m, k->mgen_seq);
	end_message(ml, p);
	m->known = false;
	if (!is_elsewhere(ml, p, k))
		begin_message(ml, p, time, k);
}

/* ---- nodes --------------------------------------------------------------- */

static void
free_node(struct mgenlog_node *node)
{
	if (node == NULL)
		return;
	free(node->heap.line);
	free(node->name);
	free(node->label);
	free(node);
}

static struct mgenlog_node *
make_node(const struct sink_src *src, const char *label, bool is_taken)
{
	struct mgenlog_node *node = calloc(1, sizeof(*node));
	int rc;

	if (node == NULL || (node->label = strdup(label)) == NULL) {
		free_node(node);
		return NULL;
	}
	rc = is_taken ? asprintf(&node->name, "%s-%u", label, src->host)
		      : asprintf(&node->name, "%s", label);
	if (rc < 0) {
		node->name = NULL;
		free_node(node);
		return NULL;
	}
	node->src = src;
	node->latest.ns = node->looked.ns = INT64_MIN;
	return node;
}

/* Agents may have the same name by accident: each has nodes of its own. */
static struct mgenlog_node *
node_of(struct mgenlog *ml, const struct mgentab_place *at)
{
	const char *label = mgentab_node(at);
	struct mgenlog_node *node;
	bool is_taken = false;

	for (node = ml->nodes; node != NULL; node = node->next) {
		if (strcmp(node->label, label) != 0)
			continue;
		if (node->src == at->src)
			return node;
		is_taken = true;
	}
	if (ml->n_nodes == ml->conf.nodes ||
	    (node = make_node(at->src, label, is_taken)) == NULL)
		return NULL;
	node->next = ml->nodes;
	ml->nodes = node;
	ml->n_nodes++;
	return node;
}

/* Messages of ${node}, or of all for NULL, to which nothing came for long. */
static void
end_silent(struct mgenlog *ml, const struct mgenlog_node *node, int64_t before)
{
	struct mgentab_point *next;

	for (struct mgentab_point *p = TAILQ_FIRST(&ml->under_way); p != NULL;
	     p = next) {
		next = TAILQ_NEXT(p, under_way);
		if ((node == NULL || p->of_node == node) &&
		    p->msg.last.ns < before)
			end_message(ml, p);
	}
}

static int64_t
back(wall_t t, int64_t seconds)
{
	return mono_minus(t.ns, seconds * MONO_NS_PER_S);
}

/* A record of ${node} with this time: about once a second lines are old. */
static void
node_time(struct mgenlog *ml, struct mgenlog_node *node, wall_t time)
{
	if (time.ns > node->latest.ns)
		node->latest = time;
	if (back(node->latest, 1) < node->looked.ns)
		return;
	node->looked = node->latest;
	end_silent(ml, node, back(node->latest, PARTS_S));
	emit_before(ml, node, back(node->latest, ORDER_S));
}

/* ---- records ------------------------------------------------------------- */

static void
end_flow(struct mgenlog *ml, struct mgentab_flow *f)
{
	struct mgentab_point *p;

	STAILQ_FOREACH(p, &f->points, of_flow)
		end_message(ml, p);
	mgentab_remove(&ml->tab, f);
}

static struct mgentab_point *
point_of(
    struct mgenlog *ml, const struct sink_src *src, const struct obs_pkt *k)
{
	const struct mgentab_place at = { src, k->iface, k->role };
	const struct mgentab_key key = mgentab_key_of(k);
	struct mgentab_point *p;
	struct mgenlog_node *node;

	if ((p = mgentab_find(&ml->tab, &key, &at)) != NULL)
		return p;
	if ((node = node_of(ml, &at)) == NULL)
		return NULL;
	while (ml->tab.n == ml->tab.max)
		end_flow(ml, TAILQ_FIRST(&ml->tab.used));
	if ((p = mgentab_add(&ml->tab, &key, &at)) != NULL)
		p->of_node = node;
	return p;
}

static void
packet(struct mgenlog *ml, const struct sink_src *src, wall_t time,
    const struct obs_pkt *k)
{
	struct mgentab_point *p = point_of(ml, src, k);

	if (p == NULL) {
		ml->unplaced++;
		return;
	}
	node_time(ml, p->of_node, time);
	if ((k->has & OBS_HAS_MSG) != 0)
		message(ml, p, time, k);
	if (!p->msg.under_way)
		return;
	p->msg.octets += payload(k);
	if (time.ns > p->msg.last.ns)
		p->msg.last = time;
	if (k->proto != PROTO_TCP && k->frag == OBS_FRAG_NONE)
		end_message(ml, p);
}

void
mgenlog_put(struct mgenlog *ml, const struct sink_src *src, const struct obs *o,
    size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct obs_pkt *k = &o[i].pkt;

		if (o[i].kind == OBS_PKT && (k->has & OBS_HAS_MGEN) != 0 &&
		    (k->role == OBS_ROLE_ORIGINATED ||
			k->role == OBS_ROLE_DELIVERED))
			packet(ml, src, o[i].time, k);
	}
}

void
mgenlog_clock(struct mgenlog *ml, wall_t now)
{
	end_silent(ml, NULL, back(now, CLOCK_S));
	for (struct mgenlog_node *n = ml->nodes; n != NULL; n = n->next)
		emit_before(ml, n, back(now, CLOCK_S));
}

void
mgenlog_flush(struct mgenlog *ml)
{
	while (!TAILQ_EMPTY(&ml->tab.born))
		end_flow(ml, TAILQ_FIRST(&ml->tab.born));
	for (struct mgenlog_node *n = ml->nodes; n != NULL; n = n->next) {
		while (n->heap.n > 0)
			emit_first(ml, n);
	}
}

void
mgenlog_print(const struct mgenlog *ml, FILE *fp, const char *prefix)
{
	fprintf(fp, "%s.unnamed %ju\n", prefix, (uintmax_t)ml->unnamed);
	fprintf(fp, "%s.unplaced %ju\n", prefix, (uintmax_t)ml->unplaced);
}

void
mgenlog_free(struct mgenlog *ml)
{
	if (ml == NULL)
		return;
	mgentab_done(&ml->tab);
	for (struct mgenlog_node *node; (node = ml->nodes) != NULL;) {
		ml->nodes = node->next;
		free_node(node);
	}
	free(ml->recent);
	free(ml);
}
