/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN flows: counting messages, and ending seconds and flows. */
#include "collector/mgenstat.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "collector/mgenclock.h"
#include "collector/mgenseq.h"
#include "collector/mgentell.h"

#define HOSTS_MAX (1u << 20) /* agents whose seconds end by their own time */

enum {
	PROTO_TCP = 6,
	BACK_S = 2,        /* records so much older join the second under way */
	SILENT_S = 2,      /* a second ends when its agent is so far ahead */
	CLOCK_SLACK_S = 4, /* or the clock, from its beginning */
	HOPS_S = 5         /* hops are told so much after it began */
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
	int64_t latest; /* second of any MGEN record */
	uint64_t messages, ended_early, unplaced;
};

struct mgenstat *
mgenstat_new(const struct mgenstat_conf *conf)
{
	struct mgenstat *ms = calloc(1, sizeof(*ms));

	if (ms == NULL)
		return NULL;
	ms->conf = *conf;
	ms->latest = INT64_MIN;
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
	mgenclock_note(&p->now.clock, &p->at.src->clock);
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

/* All that is known of ${f}, and then nothing more. */
static void
end_flow(struct mgenstat *ms, struct mgentab_flow *f)
{
	struct mgentab_point *p;

	STAILQ_FOREACH(p, &f->points, of_flow) {
		mgenclock_settle(p, &ms->tab.room);
		if (p->is_open)
			end_second(ms, p);
	}
	mgentell_seconds(&ms->conf, f, INT64_MAX);
	mgentell_flow(&ms->conf, f);
	mgentab_remove(&ms->tab, f);
}

/* Tell hops of seconds that began before ${second}. */
static void
tell_hops(struct mgenstat *ms, int64_t second)
{
	struct mgentab_flow *f;

	TAILQ_FOREACH(f, &ms->tab.born, born)
		mgentell_seconds(&ms->conf, f, second);
}

/* ---- records ------------------------------------------------------------- */

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
	const struct mgentab_key key = mgentab_key_of(k);
	struct mgentab_point *p = mgentab_find(&ms->tab, &key, &at);

	if (p != NULL)
		return p;
	if (!know_host(ms, src->host))
		return NULL;
	while (ms->tab.n == ms->tab.max) {
		ms->ended_early++;
		end_flow(ms, TAILQ_FIRST(&ms->tab.used));
	}
	if ((p = mgentab_add(&ms->tab, &key, &at)) == NULL)
		return NULL;
	p->seq.parts = k->proto == PROTO_TCP;
	if (k->role == OBS_ROLE_ORIGINATED && src->clock.applied &&
	    p->flow->sender == NULL)
		mgenclock_sender(p->flow, src, k->mgen_tx, &ms->tab.room);
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

/* A message, sent and here at ${times}, came for the first time. */
static void
came(struct mgenstat *ms, struct mgentab_point *p, uint32_t seq,
    const wall_t times[static 2])
{
	const wall_t sent = mgenclock_sent(p, times[0]);

	if (p->place >= 0) {
		const wall_t t[3] = { times[0], times[1], sent };

		mgenpath_put(
		    &p->flow->path, p->place, seq, t, &ms->tab.path_room);
	}
	mgenclock_delay(p, sent, times[1], &ms->tab.room);
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
	if (second > ms->latest) {
		ms->latest = second;
		tell_hops(ms, second - HOPS_S + 1);
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
	struct mgentab_flow *f;

	TAILQ_FOREACH(f, &ms->tab.born, born)
		mgenclock_tick(f, &ms->tab.room);
	end_before(ms, NULL, second_of(now) - CLOCK_SLACK_S + 1);
	tell_hops(ms, second_of(now) - HOPS_S + 1);
}

void
mgenstat_flush(struct mgenstat *ms)
{
	end_before(ms, NULL, INT64_MAX);
	tell_hops(ms, INT64_MAX);
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
