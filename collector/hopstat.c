/* SPDX-License-Identifier: BSD-3-Clause */
/* The same packets at several agents: paths, loss and delay, and each once. */
#include "collector/hopstat.h"

#include <stdbool.h>
#include <stdlib.h>

#include "collector/join.h"

#define HOSTS_MAX (1u << 20)
#define WAIT_NS   (10 * MONO_NS_PER_S)  /* for an agent that is behind */
#define STEP_NS   (20 * MONO_NS_PER_MS) /* between two looks at all agents */
#define TURN_NS   MONO_NS_PER_S         /* and at all flows */

/* Of one interface, or of everything; .first and .last when .seen > 0. */
struct tally {
	uint64_t seen, packets, octets, plain, late;
	uint64_t repeated, missing; /* of everything */
	wall_t first, last;
};

/* An agent, by its number. */
struct host {
	const struct sink_src *src; /* NULL: never heard */
	bool up;
	wall_t latest; /* of its records */
	struct tally *link;
	unsigned int n_links;
};

struct hopstat {
	struct hopstat_conf conf;
	struct join *join;
	struct hopflow_tab flows;
	struct host *host;
	size_t n_hosts;
	wall_t looked;       /* the latest record, when we looked at all */
	wall_t turned, told; /* when flows were looked at, totals emitted */
	struct tally all;
	uint64_t joined, unplaced;
};

/* ---- lines --------------------------------------------------------------- */

/* Of an interface, ${from}, or of the network. */
static void
emit_tally(const struct hopstat *hs, enum hopflow_kind kind,
    const struct hopflow_at *from, const struct tally *c)
{
	const struct hopflow_line line = { .kind = kind,
		.first = c->first,
		.last = c->last,
		.from = from,
		.seen = c->seen,
		.packets = c->packets,
		.octets = c->octets,
		.repeated = c->repeated,
		.plain = c->plain,
		.late = c->late,
		.missing = c->missing };

	hs->conf.emit(hs->conf.arg, &line);
}

/* What every interface saw, and the network, since the last time. */
static void
emit_totals(struct hopstat *hs)
{
	for (size_t i = 0; i < hs->n_hosts; i++) {
		struct host *h = &hs->host[i];

		for (unsigned int k = 0; k < h->n_links; k++) {
			const struct hopflow_at at = { .src = h->src,
				.iface = (uint16_t)k };

			if (h->link[k].seen > 0)
				emit_tally(hs, HOPFLOW_LINK, &at, &h->link[k]);
			h->link[k] = (struct tally){ 0 };
		}
	}
	if (hs->all.seen > 0 || hs->all.packets > 0 || hs->all.missing > 0)
		emit_tally(hs, HOPFLOW_NETWORK, NULL, &hs->all);
	hs->all = (struct tally){ 0 };
}

/* ---- agents -------------------------------------------------------------- */

static struct host *
host_of(struct hopstat *hs, const struct sink_src *src)
{
	const size_t n = ((size_t)src->host + 64) / 64 * 64;
	struct host *more;

	if (src->host >= HOSTS_MAX)
		return NULL;
	if (src->host >= hs->n_hosts) {
		more = reallocarray(hs->host, n, sizeof(*more));
		if (more == NULL)
			return NULL;
		for (size_t i = hs->n_hosts; i < n; i++)
			more[i] = (struct host){ 0 };
		hs->host = more;
		hs->n_hosts = n;
	}
	hs->host[src->host].src = src;
	return &hs->host[src->host];
}

static struct tally *
link_of(struct host *h, unsigned int iface)
{
	const unsigned int n = (iface + 8) / 8 * 8;
	struct tally *more;

	if (iface < h->n_links)
		return &h->link[iface];
	if ((more = reallocarray(h->link, n, sizeof(*more))) == NULL)
		return NULL;
	for (unsigned int i = h->n_links; i < n; i++)
		more[i] = (struct tally){ 0 };
	h->link = more;
	h->n_links = n;
	return &h->link[iface];
}

/* The latest record of all agents that are there. */
static wall_t
newest(const struct hopstat *hs)
{
	wall_t most = { 0 };

	for (size_t i = 0; i < hs->n_hosts; i++) {
		const struct host *h = &hs->host[i];

		if (h->up && h->latest.ns > most.ns)
			most = h->latest;
	}
	return most;
}

/* Up to which time all agents were heard that are waited for. */
static wall_t
all_before(const struct hopstat *hs, wall_t now)
{
	wall_t least = now;

	for (size_t i = 0; i < hs->n_hosts; i++) {
		const struct host *h = &hs->host[i];

		if (h->up && h->latest.ns < least.ns &&
		    h->latest.ns > now.ns - WAIT_NS)
			least = h->latest;
	}
	return least;
}

/* All packets before ${done} are over: some flows may be, and totals due. */
static void
turn(struct hopstat *hs, wall_t done)
{
	hs->turned = done;
	/* Packets of before may still wait. */
	hopflow_until(&hs->flows, (wall_t){ done.ns - 2 * hs->conf.window_ns },
	    hs->conf.idle_ns, hs->conf.active_ns);
	if (hs->told.ns == 0)
		hs->told = done;
	if (done.ns - hs->told.ns < hs->conf.active_ns)
		return;
	hs->told = done;
	emit_totals(hs);
}

static void
look(struct hopstat *hs)
{
	const wall_t now = newest(hs);
	wall_t done;

	if (now.ns < hs->looked.ns - WAIT_NS) {
		/* A clock was set back: begin anew. */
		join_flush(hs->join);
		hs->turned = hs->told = now;
	}
	hs->looked = now;
	done = all_before(hs, now);
	join_until(hs->join, done);
	if (done.ns - hs->turned.ns >= TURN_NS)
		turn(hs, done);
}

/* ${h} observed something at ${time}. */
static void
heard(struct hopstat *hs, struct host *h, wall_t time)
{
	const bool back = h->up && time.ns < h->latest.ns - WAIT_NS;

	if (time.ns < 0 || time.ns > INT64_MAX / 2)
		return;
	if (!h->up || back || time.ns > h->latest.ns)
		h->latest = time;
	h->up = true;
	if (back || time.ns - hs->looked.ns >= STEP_NS)
		look(hs);
}

/* ---- records ------------------------------------------------------------- */

/* How often it was sent: as its sender saw it, or else as most others. */
static unsigned int
times_sent(const struct join_packet *p)
{
	unsigned int n = 0;

	while (n < p->n && p->seen[n].role == OBS_ROLE_ORIGINATED)
		n++;
	return n > 0 && n < p->copies ? n : p->copies;
}

static void
on_packet(void *arg, const struct join_packet *p)
{
	struct hopstat *hs = arg;
	const unsigned int n = times_sent(p);

	hs->joined++;
	hs->all.packets += n;
	hs->all.octets += (uint64_t)n * p->key.len;
	hs->all.repeated += p->copies - n;
	hopflow_put(&hs->flows, p);
}

static void
stamp(struct tally *c, wall_t time)
{
	if (c->seen == 0 || time.ns < c->first.ns)
		c->first = time;
	if (c->seen == 0 || time.ns > c->last.ns)
		c->last = time;
	c->seen++;
}

/* Packets that pass by somebody are on no path of theirs. */
static bool
is_on_path(const struct obs_pkt *k)
{
	return k->role != OBS_ROLE_OVERHEARD;
}

/* ${k} may be in the range, and has no digest; or other agents have more. */
static bool
cannot_join(const struct hopstat *hs, const struct sink_src *src,
    const struct obs_pkt *k)
{
	return !src->digests || src->digest_max < hs->conf.digest_max ||
	       ((k->has & OBS_HAS_DIGEST) == 0 &&
		   src->digest_max == UINT32_MAX);
}

static void
packet(struct hopstat *hs, struct host *h, wall_t time, const struct obs_pkt *k)
{
	struct tally *c = link_of(h, k->iface);
	bool late;

	if (c == NULL) {
		hs->unplaced++;
		return;
	}
	stamp(c, time);
	stamp(&hs->all, time);
	if (cannot_join(hs, h->src, k)) {
		c->plain++;
		hs->all.plain++;
		return;
	}
	if ((k->has & OBS_HAS_DIGEST) == 0 || k->digest > hs->conf.digest_max)
		return;
	c->packets++;
	c->octets += k->len;
	late = is_on_path(k) && !join_put(hs->join, h->src, time, k);
	c->late += late;
	hs->all.late += late;
}

void
hopstat_put(struct hopstat *hs, const struct sink_src *src, const struct obs *o,
    size_t n)
{
	struct host *h = host_of(hs, src);

	if (h == NULL) {
		hs->unplaced += n;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (o[i].kind == OBS_LOSS && o[i].loss.reason < OBS_LOSS_DNSTAP)
			hs->all.missing += o[i].loss.count;
		if (o[i].kind != OBS_PKT && o[i].kind != OBS_HOST)
			continue;
		heard(hs, h, o[i].time);
		if (o[i].kind == OBS_PKT)
			packet(hs, h, o[i].time, &o[i].pkt);
	}
}

void
hopstat_gone(struct hopstat *hs, const struct sink_src *src)
{
	if (src->host < hs->n_hosts)
		hs->host[src->host].up = false;
}

void
hopstat_flush(struct hopstat *hs)
{
	join_flush(hs->join);
	hopflow_flush(&hs->flows);
	emit_totals(hs);
}

void
hopstat_print(const struct hopstat *hs, FILE *fp, const char *prefix)
{
	const struct join_count c = join_counted(hs->join);

	fprintf(fp, "%s.packets %ju\n", prefix, (uintmax_t)hs->joined);
	fprintf(fp, "%s.given_up_early %ju\n", prefix, (uintmax_t)c.early);
	fprintf(fp, "%s.late %ju\n", prefix, (uintmax_t)c.late);
	fprintf(fp, "%s.flows_ended_early %ju\n", prefix,
	    (uintmax_t)hs->flows.ended_early);
	fprintf(fp, "%s.unplaced %ju\n", prefix,
	    (uintmax_t)(hs->flows.unplaced + hs->unplaced));
}

struct hopstat *
hopstat_new(const struct hopstat_conf *conf)
{
	struct hopstat *hs = calloc(1, sizeof(*hs));
	struct join_conf jc = { .window_ns = conf->window_ns,
		.packets = conf->packets,
		.key = conf->key,
		.emit = on_packet,
		.arg = hs };

	if (hs == NULL)
		return NULL;
	hs->conf = *conf;
	if ((hs->join = join_new(&jc)) == NULL ||
	    hopflow_init(&hs->flows, conf->flows, conf->blocks, &conf->key) !=
		0) {
		hopstat_free(hs);
		return NULL;
	}
	hs->flows.emit = conf->emit;
	hs->flows.arg = conf->arg;
	return hs;
}

void
hopstat_free(struct hopstat *hs)
{
	if (hs == NULL)
		return;
	join_free(hs->join);
	if (hs->flows.chain != NULL)
		hopflow_done(&hs->flows);
	for (size_t i = 0; i < hs->n_hosts; i++)
		free(hs->host[i].link);
	free(hs->host);
	free(hs);
}
