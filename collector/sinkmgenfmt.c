/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about MGEN flows as text, CSV and JSON. */
#include "collector/sinkmgenfmt.h"

#include <string.h>

#include "collector/sinkfmt.h"

enum {
	PROTO_TCP = 6,
	RATIO_UNIT = 1000000,
	HOP_NONE = 6,  /* fields from "before" to "restarts" */
	NO_SPREAD = 5, /* fields from "delay_p50" to "negative" */
	ROUNDING = 2 * MONO_NS_PER_US /* both are cut to microseconds */
};

static const char *const kind_name[] = {
	[MGENSTAT_SECOND] = "second",
	[MGENSTAT_TOTAL] = "total",
	[MGENSTAT_HOP_SECOND] = "hop_second",
	[MGENSTAT_HOP] = "hop",
	[MGENSTAT_RECEIVER] = "receiver",
};

static const char *const field_name[] = { "kind", "time", "last", "agent",
	"iface", "role", "flow", "proto", "src", "sport", "dst", "dport",
	"packets", "bytes", "rate", "sent", "by", "received", "ratio", "lost",
	"before", "duplicated", "reordered", "late", "stray", "restarts",
	"delay_min", "delay_mean", "delay_p50", "delay_p95", "delay_p99",
	"delay_max", "negative", "jitter", "duration", "message_rate",
	"from_agent", "from_iface", "from_role", "clock_offset", "clock_bound",
	"delay_bound" };

const char sinkmgenfmt_csv_head[] =
    "kind,time,last,agent,iface,role,flow,proto,src,sport,dst,dport,packets,"
    "bytes,rate,sent,by,received,ratio,lost,before,duplicated,reordered,late,"
    "stray,restarts,delay_min,delay_mean,delay_p50,delay_p95,delay_p99,"
    "delay_max,negative,jitter,duration,message_rate,from_agent,from_iface,"
    "from_role,clock_offset,clock_bound,delay_bound\n";

const char sinkmgenfmt_text_head[] =
    "# kind time last agent iface role flow proto src sport dst dport packets "
    "bytes rate sent by received ratio lost before duplicated reordered late "
    "stray restarts delay_min delay_mean delay_p50 delay_p95 delay_p99 "
    "delay_max negative jitter duration message_rate from_agent from_iface "
    "from_role clock_offset clock_bound delay_bound\n";

/* Three fields; NULL: none is known.  Over several interfaces none is named. */
static void
place(struct sinkrow *w, const struct mgentab_place *at, bool several)
{
	char number[LINE_IFNAME_MAX];

	if (at == NULL) {
		sinkrow_skip(w, 3);
		return;
	}
	sinkrow_name(w, mgentab_node(at), SINKFMT_NAME_MAX);
	if (several) {
		sinkrow_none(w);
	} else {
		sinkrow_name(w, sinkfmt_iface(number, at->src, at->iface),
		    LINE_IFNAME_MAX);
	}
	sinkrow_word(w, sinkfmt_role(at->role));
}

/* This second, or from the first packet to the last. */
static uint64_t
duration_of(const struct mgenstat_line *l)
{
	return l->kind == MGENSTAT_SECOND
		   ? (uint64_t)MONO_NS_PER_S
		   : (uint64_t)l->count->last.ns - (uint64_t)l->count->first.ns;
}

/* ${n} in the time of the line, in a second, times ${unit}. */
static uint64_t
per_second(const struct mgenstat_line *l, uint64_t n, unsigned int unit)
{
	__extension__ typedef unsigned __int128 u128;
	const uint64_t ns = duration_of(l);

	return ns == 0
		   ? 0
		   : (uint64_t)((u128)n * unit * (uint64_t)MONO_NS_PER_S / ns);
}

static void
traffic(struct sinkrow *w, const struct mgenstat_line *l)
{
	const bool any = l->hop == NULL;

	sinkrow_num(w, any, l->count->packets);
	sinkrow_num(w, any, l->count->octets);
	sinkrow_num(
	    w, any && duration_of(l) > 0, per_second(l, l->count->octets, 8));
}

/* With six digits after the point. */
static void
millionths(struct sinkrow *w, bool applies, uint64_t v)
{
	if (!applies) {
		sinkrow_none(w);
		return;
	}
	sinkrow_field(w);
	w->p = sinkfmt_u64(w->p, v / RATIO_UNIT);
	*w->p++ = '.';
	for (uint64_t unit = RATIO_UNIT / 10; unit > 0; unit /= 10)
		*w->p++ = (char)('0' + v / unit % 10);
}

/* Received of those sent. */
static void
ratio(struct sinkrow *w, bool applies, uint64_t part, uint64_t all)
{
	__extension__ typedef unsigned __int128 u128;

	millionths(w, applies && all > 0,
	    all == 0 ? 0 : (uint64_t)((u128)part * RATIO_UNIT / all));
}

/* What was sent and did not come; below 0 where gaps of before are filled. */
static void
lost(struct sinkrow *w, bool applies, uint64_t sent, uint64_t received)
{
	if (!applies) {
		sinkrow_none(w);
		return;
	}
	sinkrow_field(w);
	if (sent < received)
		*w->p++ = '-';
	w->p = sinkfmt_u64(
	    w->p, sent < received ? received - sent : sent - received);
}

static void
messages(struct sinkrow *w, const struct mgenstat_line *l)
{
	const struct mgentab_count *c = l->count;
	const bool total = l->kind != MGENSTAT_SECOND;
	const bool any = c->messages > 0;
	const uint64_t sent = total ? l->sent : c->advance;

	sinkrow_num(w, any, sent);
	sinkrow_word(w, !any || !total ? NULL
			: l->sender    ? "sender"
				       : "sequence");
	sinkrow_num(w, any, c->received);
	ratio(w, any && total, c->received, sent);
	lost(w, any, sent, c->received);
	sinkrow_num(w, any && total && l->ifaces <= 1, l->before);
	sinkrow_num(w, any && l->key->proto != PROTO_TCP, c->duplicated);
	sinkrow_num(w, any, c->reordered);
	sinkrow_num(w, any, c->late);
	sinkrow_num(w, any, c->stray);
	sinkrow_num(w, any, c->restarts);
}

static void
delays(struct sinkrow *w, const struct mgenstat_line *l)
{
	const struct mgendelay *d = &l->count->delay;

	sinkrow_delays(w, d, l->kind == MGENSTAT_SECOND ? NULL : &l->ranks);
	sinkrow_span(w, d->n > 0 && l->ifaces <= 1, l->jitter_ns);
}

/* The same fields of two places. */
static void
hop(struct sinkrow *w, const struct mgenstat_line *l)
{
	const struct mgenhop *h = l->hop;
	const bool reached = h->to != NULL;

	sinkrow_num(w, true, h->sent);
	sinkrow_word(w, !reached ? NULL : h->matched ? "match" : "totals");
	sinkrow_num(w, reached, h->received);
	ratio(w, reached, h->received, h->sent);
	lost(w, h->has_lost, h->lost < 0 ? 0 : (uint64_t)h->lost,
	    h->lost < 0 ? -(uint64_t)h->lost : 0);
	sinkrow_skip(w, HOP_NONE);
	if (h->has_mean) {
		sinkrow_none(w);
		sinkrow_span(w, true, h->mean_ns);
		sinkrow_skip(w, NO_SPREAD);
	} else {
		sinkrow_delays(w, reached ? &h->delay : NULL, NULL);
	}
	sinkrow_none(w);
}

/* How long, how many messages in a second, and from where. */
static void
rest(struct sinkrow *w, const struct mgenstat_line *l)
{
	const bool any = l->hop == NULL;
	const uint64_t ns = duration_of(l);
	const struct mgentab_point *from = any ? NULL : l->hop->from;

	sinkrow_span(w, any, ns > INT64_MAX ? INT64_MAX : (int64_t)ns);
	millionths(w, any && l->count->messages > 0 && ns > 0,
	    per_second(l, l->count->received, RATIO_UNIT));
	place(w, from == NULL ? NULL : &from->at, false);
}

/* How far off the clock of the place was, and how far delays may be. */
static void
clocks(struct sinkrow *w, const struct mgenstat_line *l)
{
	const struct mgentab_clock *c = &l->count->clock;
	const bool any = l->hop == NULL;
	const int64_t half = c->high / 2 - c->low / 2;

	sinkrow_span(w, any && c->known, c->low + half);
	sinkrow_span(w, any && c->known, half + ROUNDING);
	if (any) {
		sinkrow_span(w, c->bounded && l->count->delay.n > 0,
		    c->bound_ns + ROUNDING);
	} else {
		sinkrow_span(w, l->hop->bounded && l->hop->to != NULL,
		    l->hop->bound_ns + ROUNDING);
	}
}

/* The second, or the first packet. */
static wall_t
begins(const struct mgenstat_line *l)
{
	wall_t t = l->count->first;

	if ((l->kind == MGENSTAT_SECOND || l->kind == MGENSTAT_HOP_SECOND) &&
	    __builtin_mul_overflow(l->second, MONO_NS_PER_S, &t.ns))
		t.ns = INT64_MIN; /* the first one of all is not whole */
	return t;
}

size_t
sinkmgenfmt_line(char *p, enum sinkrow_form form, const struct mgenstat_line *l,
    enum conf_time time_format)
{
	const struct mgentab_key *k = l->key;
	struct sinkrow w = { .p = p,
		.form = form,
		.time_format = time_format,
		.name = field_name };

	sinkrow_word(&w, kind_name[l->kind]);
	sinkrow_time(&w, begins(l));
	sinkrow_time(&w, l->count->last);
	place(&w, l->at, l->kind == MGENSTAT_RECEIVER && l->ifaces > 1);
	sinkrow_num(&w, true, k->flow);
	sinkrow_num(&w, true, k->proto);
	sinkrow_ends(&w, k->ipver, k->src, k->sport, k->dst, k->dport);
	traffic(&w, l);
	if (l->hop != NULL) {
		hop(&w, l);
	} else {
		messages(&w, l);
		delays(&w, l);
	}
	rest(&w, l);
	clocks(&w, l);
	return sinkrow_finish(&w, p);
}
