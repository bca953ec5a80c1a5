/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about MGEN flows as text, CSV and JSON. */
#include "collector/sinkmgenfmt.h"

#include <string.h>

#include "collector/modelnet.h"
#include "collector/sinkfmt.h"

enum { PROTO_TCP = 6, RATIO_UNIT = 1000000 };

/* The three forms have the same fields in the same order. */
enum form { TEXT, CSV, JSON };

static const char *const field_name[] = { "kind", "time", "last", "agent",
	"iface", "role", "flow", "proto", "src", "sport", "dst", "dport",
	"packets", "bytes", "rate", "sent", "by", "received", "ratio", "lost",
	"before", "duplicated", "reordered", "late", "stray", "restarts",
	"delay_min", "delay_mean", "delay_p50", "delay_p95", "delay_p99",
	"delay_max", "negative", "jitter" };

const char sinkmgenfmt_csv_head[] =
    "kind,time,last,agent,iface,role,flow,proto,src,sport,dst,dport,packets,"
    "bytes,rate,sent,by,received,ratio,lost,before,duplicated,reordered,late,"
    "stray,restarts,delay_min,delay_mean,delay_p50,delay_p95,delay_p99,"
    "delay_max,negative,jitter\n";

const char sinkmgenfmt_text_head[] =
    "# kind time last agent iface role flow proto src sport dst dport packets "
    "bytes rate sent by received ratio lost before duplicated reordered late "
    "stray restarts delay_min delay_mean delay_p50 delay_p95 delay_p99 "
    "delay_max negative jitter\n";

struct writer {
	char *p;
	enum form form;
	unsigned int n; /* fields begun */
	enum conf_time time_format;
};

/* Begin the next field.  Text and CSV have every one, JSON what applies. */
static void
field(struct writer *w)
{
	if (w->form == JSON) {
		*w->p++ = w->n == 0 ? '{' : ',';
		*w->p++ = '"';
		w->p = sinkfmt_text(w->p, field_name[w->n]);
		w->p = sinkfmt_text(w->p, "\":");
	} else if (w->n > 0) {
		*w->p++ = w->form == CSV ? ',' : ' ';
	}
	w->n++;
}

static void
no_field(struct writer *w)
{
	if (w->form == JSON) {
		w->n++;
		return;
	}
	field(w);
	if (w->form == TEXT)
		*w->p++ = '-';
}

static void
num(struct writer *w, bool applies, uint64_t v)
{
	if (!applies) {
		no_field(w);
		return;
	}
	field(w);
	w->p = sinkfmt_u64(w->p, v);
}

static void
word(struct writer *w, const char *text)
{
	if (text == NULL) {
		no_field(w);
		return;
	}
	field(w);
	if (w->form == JSON)
		*w->p++ = '"';
	w->p = sinkfmt_text(w->p, text);
	if (w->form == JSON)
		*w->p++ = '"';
}

/* A name of somebody else's choice; in text one word. */
static void
name(struct writer *w, const char *text, size_t max)
{
	static const char digit[] = "0123456789abcdef";

	field(w);
	if (w->form != TEXT) {
		w->p = w->form == JSON ? sinkfmt_json(w->p, text, max)
				       : sinkfmt_csv(w->p, text, max);
		return;
	}
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c > ' ' && c < 0x7f && c != '\\') {
			*w->p++ = (char)c;
			continue;
		}
		w->p = sinkfmt_text(w->p, "\\x");
		*w->p++ = digit[c >> 4];
		*w->p++ = digit[c & 0xf];
	}
}

static void
when(struct writer *w, wall_t t)
{
	const bool quoted = w->form == JSON && w->time_format == CONF_TIME_ISO;

	field(w);
	if (quoted)
		*w->p++ = '"';
	w->p = sinkfmt_time(w->p, t, w->time_format);
	if (quoted)
		*w->p++ = '"';
}

/* A span of time in seconds, cut towards 0 to microseconds. */
static void
span(struct writer *w, bool applies, int64_t ns)
{
	const int64_t us = ns / MONO_NS_PER_US;

	if (!applies) {
		no_field(w);
		return;
	}
	field(w);
	if (us < 0)
		*w->p++ = '-';
	w->p = sinkfmt_usec(
	    w->p, (wall_t){ (us < 0 ? -us : us) * MONO_NS_PER_US });
}

static void
end(struct writer *w, const struct mgentab_key *k, const uint8_t *ip,
    uint16_t port)
{
	char addr[MODELNET_ADDR_MAX + 1];

	*sinkfmt_addr(addr, k->ipver, ip) = '\0';
	word(w, addr);
	num(w, k->sport != 0 || k->dport != 0, port);
}

static void
place(struct writer *w, const struct mgenstat_line *l)
{
	char number[LINE_IFNAME_MAX];

	name(w, l->src->name, SINKFMT_NAME_MAX);
	name(w, sinkfmt_iface(number, l->src, l->iface), LINE_IFNAME_MAX);
	word(w, sinkfmt_role(l->role));
}

/* Bits in a second: of this one, or from the first packet to the last. */
static void
rate(struct writer *w, const struct mgenstat_line *l)
{
	__extension__ typedef unsigned __int128 u128;
	const uint64_t ns =
	    l->kind == MGENSTAT_SECOND
		? (uint64_t)MONO_NS_PER_S
		: (uint64_t)l->count->last.ns - (uint64_t)l->count->first.ns;
	const u128 bits = (u128)l->count->octets * 8;

	num(w, ns > 0,
	    ns == 0 ? 0 : (uint64_t)(bits * (uint64_t)MONO_NS_PER_S / ns));
}

/* Received of those sent, with six digits. */
static void
ratio(struct writer *w, bool applies, uint64_t part, uint64_t all)
{
	__extension__ typedef unsigned __int128 u128;
	uint64_t millionths;

	if (!applies || all == 0) {
		no_field(w);
		return;
	}
	millionths = (uint64_t)((u128)part * RATIO_UNIT / all);
	field(w);
	w->p = sinkfmt_usec(
	    w->p, (wall_t){ (int64_t)millionths * MONO_NS_PER_US });
}

/* What was sent and did not come; below 0 where gaps of before are filled. */
static void
lost(struct writer *w, bool applies, uint64_t sent, uint64_t received)
{
	if (!applies) {
		no_field(w);
		return;
	}
	field(w);
	if (sent < received)
		*w->p++ = '-';
	w->p = sinkfmt_u64(
	    w->p, sent < received ? received - sent : sent - received);
}

static void
messages(struct writer *w, const struct mgenstat_line *l)
{
	const struct mgentab_count *c = l->count;
	const bool total = l->kind == MGENSTAT_TOTAL;
	const bool any = c->messages > 0;
	const uint64_t sent = total ? l->sent : c->advance;

	num(w, any, sent);
	word(w, !any || !total ? NULL : l->sender ? "sender" : "sequence");
	num(w, any, c->received);
	ratio(w, any && total, c->received, sent);
	lost(w, any, sent, c->received);
	num(w, any && total, l->before);
	num(w, any && l->key->proto != PROTO_TCP, c->duplicated);
	num(w, any, c->reordered);
	num(w, any, c->late);
	num(w, any, c->stray);
	num(w, any, c->restarts);
}

static void
delays(struct writer *w, const struct mgenstat_line *l)
{
	const struct mgendelay *d = &l->count->delay;
	const bool any = d->n > 0;
	const bool placed = l->kind == MGENSTAT_TOTAL && any && l->placed;

	span(w, any, d->min);
	span(w, any, mgendelay_mean(d));
	span(w, placed, l->p50_ns);
	span(w, placed, l->p95_ns);
	span(w, placed, l->p99_ns);
	span(w, any, d->max);
	num(w, any, d->negative);
	span(w, any, l->jitter_ns);
}

/* The second, or the first packet. */
static wall_t
begins(const struct mgenstat_line *l)
{
	wall_t t = l->count->first;

	if (l->kind == MGENSTAT_SECOND &&
	    __builtin_mul_overflow(l->second, MONO_NS_PER_S, &t.ns))
		t.ns = INT64_MIN; /* the first one of all is not whole */
	return t;
}

static size_t
record(char *p, enum form form, const struct mgenstat_line *l,
    enum conf_time time_format)
{
	const struct mgentab_key *k = l->key;
	struct writer w = { .p = p, .form = form, .time_format = time_format };

	word(&w, l->kind == MGENSTAT_SECOND ? "second" : "total");
	when(&w, begins(l));
	when(&w, l->count->last);
	place(&w, l);
	num(&w, true, k->flow);
	num(&w, true, k->proto);
	end(&w, k, k->src, k->sport);
	end(&w, k, k->dst, k->dport);
	num(&w, true, l->count->packets);
	num(&w, true, l->count->octets);
	rate(&w, l);
	messages(&w, l);
	delays(&w, l);
	if (form == JSON)
		*w.p++ = '}';
	*w.p++ = '\n';
	return (size_t)(w.p - p);
}

size_t
sinkmgenfmt_text(
    char *p, const struct mgenstat_line *l, enum conf_time time_format)
{
	return record(p, TEXT, l, time_format);
}

size_t
sinkmgenfmt_csv(
    char *p, const struct mgenstat_line *l, enum conf_time time_format)
{
	return record(p, CSV, l, time_format);
}

size_t
sinkmgenfmt_json(
    char *p, const struct mgenstat_line *l, enum conf_time time_format)
{
	return record(p, JSON, l, time_format);
}
