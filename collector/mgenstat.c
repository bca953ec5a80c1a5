/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN flows: counting messages, and ending seconds and flows. */
#include "collector/mgenstat.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/mgenseq.h"

#define HOSTS_MAX (1u << 20) /* agents whose seconds end by their own time */

enum {
	PROTO_TCP = 6,
	BACK_S = 2,       /* records so much older join the second under way */
	SILENT_S = 2,     /* a second ends when its agent is so far ahead */
	CLOCK_SLACK_S = 4 /* or the clock, from its beginning */
};

/* An agent, by its number. */
struct host {
	int64_t second; /* of its latest record */
	size_t open;    /* points that are open */
};

struct mgenstat {
	struct mgenstat_conf conf;
	struct mgentab tab;
	TAILQ_HEAD(, mgentab_point) under_way;
	struct host *host;
	size_t n_hosts;
	uint64_t messages, ended_early, unplaced;
};

struct mgenstat *
mgenstat_new(const struct mgenstat_conf *conf)
{
	struct mgenstat *ms = calloc(1, sizeof(*ms));

	if (ms == NULL)
		return NULL;
	ms->conf = *conf;
	TAILQ_INIT(&ms->under_way);
	if (mgentab_init(&ms->tab, &conf->room, &conf->key) != 0) {
		free(ms);
		return NULL;
	}
	return ms;
}

/* ---- lines --------------------------------------------------------------- */

static void
emit(struct mgenstat *ms, const struct mgentab_point *p,
    struct mgenstat_line *line)
{
	line->key = &p->flow->key;
	line->at = &p->at;
	line->jitter_ns = mgendelay_jitter(&p->jitter);
	ms->conf.emit(ms->conf.arg, line);
}

/* The second under way at ${p} is over. */
static void
end_second(struct mgenstat *ms, struct mgentab_point *p)
{
	struct mgenstat_line line = {
		.kind = MGENSTAT_SECOND, .count = &p->now, .second = p->second
	};

	TAILQ_REMOVE(&ms->under_way, p, under_way);
	ms->host[p->at.src->host].open--;
	p->is_open = false;
	emit(ms, p, &line);
	mgenhop_join(&p->total, &p->now);
}

static void
begin_second(
    struct mgenstat *ms, struct mgentab_point *p, wall_t time, int64_t second)
{
	p->is_open = true;
	p->second = second;
	p->now = (struct mgentab_count){ .first = time, .last = time };
	TAILQ_INSERT_TAIL(&ms->under_way, p, under_way);
	ms->host[p->at.src->host].open++;
}

/* End seconds before ${second}: of the agent ${src}, or of all for NULL. */
static void
end_before(struct mgenstat *ms, const struct sink_src *src, int64_t second)
{
	struct mgentab_point *next;

	for (struct mgentab_point *p = TAILQ_FIRST(&ms->under_way); p != NULL;
	     p = next) {
		next = TAILQ_NEXT(p, under_way);
		if ((src == NULL || p->at.src == src) && p->second < second)
			end_second(ms, p);
	}
}

/* What every line at the end of a flow needs to know. */
struct ending {
	struct mgenstat *ms;
	const struct mgentab_flow *f;
	uint64_t sent;
	bool sender;
};

static void
end_seconds(struct ending *e)
{
	struct mgentab_point *p;

	STAILQ_FOREACH(p, &e->f->points, of_flow) {
		const uint64_t n = mgenseq_sent(&p->seq);

		if (p->is_open)
			end_second(e->ms, p);
		e->sender |= p->at.role == OBS_ROLE_ORIGINATED && p->seq.any;
		e->sent = n > e->sent ? n : e->sent;
	}
}

static struct mgenstat_line
last_line(const struct ending *e, enum mgenstat_kind kind,
    const struct mgentab_point *p)
{
	struct mgenstat_line line = { .kind = kind,
		.count = &p->total,
		.sent = e->sent,
		.sender = e->sender,
		.before = p->seq.any ? (uint64_t)p->seq.low : 0,
		.placed = p->sketch.n > 0 && p->sketch.unplaced == 0 };

	if (line.placed) {
		const struct mgendelay *d = &p->total.delay;

		line.p50_ns = mgendelay_percentile(&p->sketch, 50, d);
		line.p95_ns = mgendelay_percentile(&p->sketch, 95, d);
		line.p99_ns = mgendelay_percentile(&p->sketch, 99, d);
	}
	return line;
}

static void
tell_total(const struct ending *e, struct mgentab_point *p)
{
	struct mgenstat_line line;

	p->total.stray += p->seq.holds;
	line = last_line(e, MGENSTAT_TOTAL, p);
	emit(e->ms, p, &line);
}

static void
tell_hop(void *arg, const struct mgenhop *h)
{
	const struct ending *e = arg;
	const struct mgentab_point *p = h->to == NULL ? h->from : h->to;
	struct mgenstat_line line = { .kind = MGENSTAT_HOP,
		.key = &e->f->key,
		.at = h->to == NULL ? NULL : &h->to->at,
		.count = &p->total,
		.sent = h->sent,
		.sender = e->sender,
		.hop = h };

	e->ms->conf.emit(e->ms->conf.arg, &line);
}

/* ${p} is the first of its node. */
static void
tell_receiver(const struct ending *e, const struct mgentab_point *p)
{
	const struct mgentab_point *at = p;
	struct mgentab_count count;
	struct mgenstat_line line;
	const unsigned int n = mgenhop_received(e->f, p, &count);

	if (n == 0)
		return;
	while (at->node != p || at->at.role != OBS_ROLE_DELIVERED)
		at = STAILQ_NEXT(at, of_flow);
	line = last_line(e, MGENSTAT_RECEIVER, at);
	line.ifaces = n;
	line.count = &count;
	line.placed &= n == 1;
	emit(e->ms, at, &line);
}

/* All that is known of ${f}, and then nothing more. */
static void
end_flow(struct mgenstat *ms, struct mgentab_flow *f)
{
	struct ending e = { .ms = ms, .f = f };
	struct mgentab_point *p;

	end_seconds(&e);
	if (f->path != NULL)
		mgenpath_settle(f->path);
	STAILQ_FOREACH(p, &f->points, of_flow)
		tell_total(&e, p);
	mgenhop_each(f, e.sent, tell_hop, &e);
	STAILQ_FOREACH(p, &f->points, of_flow) {
		if (p->node == p)
			tell_receiver(&e, p);
	}
	mgentab_remove(&ms->tab, f);
}

/* ---- records ------------------------------------------------------------- */

static struct mgentab_key
key_of(const struct obs_pkt *k)
{
	struct mgentab_key key = { .sport = k->sport,
		.dport = k->dport,
		.flow = k->mgen_flow,
		.ipver = k->ipver,
		.proto = k->proto };

	memcpy(key.src, k->src, sizeof(key.src));
	memcpy(key.dst, k->dst, sizeof(key.dst));
	return key;
}

/* Room for the agent's number; agents are few, and stay. */
static bool
know_host(struct mgenstat *ms, unsigned int number)
{
	const size_t n = ((size_t)number + 64) / 64 * 64;
	struct host *host;

	if (number < ms->n_hosts)
		return true;
	if (number >= HOSTS_MAX)
		return false;
	if ((host = reallocarray(ms->host, n, sizeof(*host))) == NULL)
		return false;
	for (size_t i = ms->n_hosts; i < n; i++)
		host[i] = (struct host){ .second = INT64_MIN };
	ms->host = host;
	ms->n_hosts = n;
	return true;
}

static struct mgentab_point *
point_of(
    struct mgenstat *ms, const struct sink_src *src, const struct obs_pkt *k)
{
	const struct mgentab_place at = { src, k->iface, k->role };
	const struct mgentab_key key = key_of(k);
	struct mgentab_point *p = mgentab_find(&ms->tab, &key, &at);

	if (p != NULL)
		return p;
	if (!know_host(ms, src->host))
		return NULL;
	while (ms->tab.n == ms->tab.max) {
		ms->ended_early++;
		end_flow(ms, TAILQ_FIRST(&ms->tab.used));
	}
	if ((p = mgentab_add(&ms->tab, &key, &at)) != NULL)
		p->seq.parts = k->proto == PROTO_TCP;
	return p;
}

/*
 * How many messages came with this one.  Over TCP numbers are not passed over:
 * those between have their headers inside of segments, behind another one.
 */
static uint64_t
received(const struct mgenseq_step *step, bool tcp)
{
	if (tcp && !step->restarted)
		return step->advance;
	return (uint64_t)step->released + (step->what == MGENSEQ_NEW) +
	       (step->what == MGENSEQ_REORDERED && !tcp);
}

static int64_t
delay_of(const wall_t times[static 2])
{
	int64_t delay;

	if (__builtin_sub_overflow(times[1].ns, times[0].ns, &delay))
		delay = times[1].ns < 0 ? INT64_MIN : INT64_MAX;
	return delay;
}

/* A message, sent and here at ${times}, came for the first time. */
static void
came(struct mgenstat *ms, struct mgentab_point *p, uint32_t seq,
    const wall_t times[static 2])
{
	const int64_t delay = delay_of(times);

	if (p->place >= 0) {
		mgenpath_put(
		    &p->flow->path, p->place, seq, times, &ms->tab.path_room);
	}
	mgendelay_add(&p->now.delay, delay);
	mgendelay_vary(&p->jitter, delay);
	mgendelay_place(&p->sketch, delay, &ms->tab.room);
}

static void
message(struct mgenstat *ms, struct mgentab_point *p, wall_t time,
    const struct obs_pkt *k)
{
	const bool tcp = k->proto == PROTO_TCP;
	const wall_t times[2] = { k->mgen_tx, time };
	const struct mgenseq_step step =
	    mgenseq_put(&p->seq, k->mgen_seq, k->mgen_tx);

	ms->messages++;
	p->now.messages++;
	p->now.advance += step.advance;
	p->now.received += received(&step, tcp);
	p->now.restarts += step.restarted;
	p->now.stray += step.stray;
	if (step.released)
		came(ms, p, p->held, p->held_at);
	switch (step.what) {
	case MGENSEQ_REORDERED:
		p->now.reordered++;
		came(ms, p, k->mgen_seq, times);
		break;
	case MGENSEQ_NEW:
		came(ms, p, k->mgen_seq, times);
		break;
	case MGENSEQ_REPEATED:
		/* TCP: a header stands in a message many times. */
		p->now.duplicated += !tcp;
		break;
	case MGENSEQ_LATE:
		p->now.late++;
		break;
	case MGENSEQ_HELD:
		p->held = k->mgen_seq;
		memcpy(p->held_at, times, sizeof(times));
		break;
	}
}

static int64_t
second_of(wall_t time)
{
	return time.ns / MONO_NS_PER_S - (time.ns % MONO_NS_PER_S < 0);
}

static void
packet(struct mgenstat *ms, const struct sink_src *src, wall_t time,
    const struct obs_pkt *k)
{
	const int64_t second = second_of(time);
	struct mgentab_point *p = point_of(ms, src, k);

	if (p == NULL) {
		ms->unplaced++;
		return;
	}
	if (p->is_open && (second > p->second || second < p->second - BACK_S))
		end_second(ms, p);
	if (!p->is_open)
		begin_second(ms, p, time, second);
	if (time.ns < p->now.first.ns)
		p->now.first = time;
	if (time.ns > p->now.last.ns)
		p->now.last = time;
	p->now.packets++;
	p->now.octets += k->len;
	if ((k->has & OBS_HAS_MSG) != 0)
		message(ms, p, time, k);
}

/* A record of ${src} with this time: seconds of silent places may be over. */
static void
host_time(struct mgenstat *ms, const struct sink_src *src, wall_t time)
{
	const int64_t second = second_of(time);
	struct host *h;

	if (src->host >= ms->n_hosts)
		return;
	h = &ms->host[src->host];
	if (second <= h->second && second >= h->second - BACK_S)
		return;
	h->second = second;
	if (h->open > 0)
		end_before(ms, src, second - SILENT_S + 1);
}

void
mgenstat_put(struct mgenstat *ms, const struct sink_src *src,
    const struct obs *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (o[i].kind != OBS_PKT && o[i].kind != OBS_HOST)
			continue;
		host_time(ms, src, o[i].time);
		if (o[i].kind == OBS_PKT && (o[i].pkt.has & OBS_HAS_MGEN) != 0)
			packet(ms, src, o[i].time, &o[i].pkt);
	}
}

void
mgenstat_clock(struct mgenstat *ms, wall_t now)
{
	end_before(ms, NULL, second_of(now) - CLOCK_SLACK_S + 1);
}

void
mgenstat_flush(struct mgenstat *ms)
{
	end_before(ms, NULL, INT64_MAX);
	while (!TAILQ_EMPTY(&ms->tab.born))
		end_flow(ms, TAILQ_FIRST(&ms->tab.born));
}

void
mgenstat_print(const struct mgenstat *ms, FILE *fp, const char *prefix)
{
	fprintf(fp, "%s.messages %ju\n", prefix, (uintmax_t)ms->messages);
	fprintf(fp, "%s.ended_early %ju\n", prefix, (uintmax_t)ms->ended_early);
	fprintf(fp, "%s.unplaced %ju\n", prefix, (uintmax_t)ms->unplaced);
}

void
mgenstat_free(struct mgenstat *ms)
{
	if (ms == NULL)
		return;
	mgentab_done(&ms->tab);
	free(ms->host);
	free(ms);
}
