/* SPDX-License-Identifier: BSD-3-Clause */
/* The account of one agent: what came, what did not, and why. */
#include "collector/ledger.h"

#include <inttypes.h>
#include <string.h>

const struct ledger_row ledger_rows[] = {
#define LEDGER_ROW(name, help) \
	{ #name, offsetof(struct ledger_counts, name), help },
	LEDGER_LIST(LEDGER_ROW)
#undef LEDGER_ROW
};
const size_t ledger_n_rows = sizeof(ledger_rows) / sizeof(ledger_rows[0]);

static uint64_t
row_get(const struct ledger_counts *c, size_t i)
{
	const char *base = (const char *)c;
	uint64_t v;

	memcpy(&v, base + ledger_rows[i].offset, sizeof(v));
	return v;
}

/*
 * Numbers up to ${first} are accounted for, or missing.  What a stream had
 * before its first packet reached us is late, not missing.
 */
static void
close_up(struct ledger *l, uint64_t first)
{
	if (first <= l->next)
		return;
	if (l->joined) {
		l->c.lost_unexplained += first - l->next;
	} else {
		l->c.lost_late += first - l->next;
	}
	l->next = first;
}

/* Records without a number are told apart by their place and time. */
static bool
side_is_new(struct ledger *l, uint64_t first, wall_t t)
{
	if (l->replay &&
	    (first < l->next || (first == l->next && t.ns <= l->mark.ns))) {
		l->c.duplicates++;
		return false;
	}
	l->replay = false;
	l->side = t;
	return true;
}

static uint64_t *
loss_counter(struct ledger_counts *c, uint32_t reason)
{
	switch (reason) {
	case OBS_LOSS_QUEUE:
		return &c->lost_queue;
	case OBS_LOSS_LATE:
		return &c->lost_late;
	case OBS_LOSS_UNENCODABLE:
		return &c->lost_unencodable;
	case OBS_LOSS_SPOOL:
		return &c->lost_spool;
	case OBS_LOSS_KERNEL:
		return &c->drop_kernel;
	case OBS_LOSS_INTERFACE:
		return &c->drop_interface;
	case OBS_LOSS_DNSTAP:
		return &c->drop_dnstap;
	case OBS_LOSS_DNS_QUEUE:
		return &c->dns_lost;
	}
	return reason < OBS_LOSS_UNSEEN ? &c->lost_other : &c->drop_other;
}

void
ledger_stream(struct ledger *l, enum ledger_begin how)
{
	l->plain = how == LEDGER_PLAIN;
	l->replay = how == LEDGER_RESUMED;
	l->mark = l->side;
	l->ended = false;
	if (how != LEDGER_ANEW)
		return;
	l->told = (struct ctl_stats){ 0 };
	l->next = l->next_dns = 0;
	l->joined = l->joined_dns = false;
}

void
ledger_start(struct ledger *l, uint64_t seq, uint64_t dns)
{
	l->c.lost_late += seq;
	l->c.dns_late += dns;
	l->next = seq;
	l->next_dns = dns;
}

void
ledger_skip(struct ledger *l, const struct obs *o, uint64_t next)
{
	uint64_t *at = o->kind == OBS_DNS ? &l->next_dns : &l->next;

	if (next > *at)
		*at = next;
}

void
ledger_place(const struct ledger *l, struct position *ret_p)
{
	*ret_p = (struct position){ .next = l->next,
		.next_dns = l->next_dns,
		.side = l->side,
		.joined = l->joined,
		.joined_dns = l->joined_dns };
}

void
ledger_restore(struct ledger *l, const struct position *p)
{
	l->next = p->next;
	l->next_dns = p->next_dns;
	l->side = p->side;
	l->joined = p->joined;
	l->joined_dns = p->joined_dns;
}

size_t
ledger_packets(struct ledger *l, uint64_t first, size_t n)
{
	size_t known = 0;

	if (l->plain) {
		l->next = first;
	} else if (first < l->next) {
		known = l->next - first < n ? (size_t)(l->next - first) : n;
		l->c.duplicates += known;
	}
	if (known == n)
		return n;
	close_up(l, first);
	l->joined = true;
	l->replay = false;
	l->next = first + n;
	l->c.records += n - known;
	return known;
}

bool
ledger_host(struct ledger *l, uint64_t first, const struct obs *o)
{
	if (!side_is_new(l, first, o->time))
		return false;
	l->c.host_records++;
	return true;
}

size_t
ledger_dns(struct ledger *l, uint64_t first, size_t n, wall_t time,
    struct obs *ret_gap)
{
	size_t known = 0;

	*ret_gap = (struct obs){ .kind = OBS_LOSS, .time = time };
	ret_gap->loss.reason = OBS_LOSS_DNS_QUEUE;
	if (l->plain) {
		l->next_dns = first;
	} else if (first < l->next_dns) {
		known =
		    l->next_dns - first < n ? (size_t)(l->next_dns - first) : n;
		l->c.dns_duplicates += known;
	} else if (l->joined_dns) {
		ret_gap->loss.first = l->next_dns;
		ret_gap->loss.count = first - l->next_dns;
		l->c.dns_lost += ret_gap->loss.count;
	} else {
		l->c.dns_late += first - l->next_dns;
	}
	if (known == n)
		return n;
	l->joined_dns = true;
	l->next_dns = first + n;
	l->c.dns_records += n - known;
	return known;
}

/* Of DNS records that did not come, those that were not yet missed. */
static bool
dns_loss(struct ledger *l, const struct obs *o, struct obs *ret_o)
{
	const uint64_t end = o->loss.first + o->loss.count;

	if (end <= l->next_dns)
		return false;
	if (!l->joined_dns && o->loss.first > l->next_dns) {
		l->c.dns_late += o->loss.first - l->next_dns;
		l->next_dns = o->loss.first;
	}
	*ret_o = *o;
	ret_o->loss.first = l->next_dns;
	ret_o->loss.count = end - l->next_dns;
	l->c.dns_lost += ret_o->loss.count;
	l->joined_dns = true;
	l->next_dns = end;
	return true;
}

bool
ledger_loss(
    struct ledger *l, uint64_t first, const struct obs *o, struct obs *ret_o)
{
	const uint64_t from = o->loss.first;
	struct obs part = *o;

	if (o->loss.reason == OBS_LOSS_DNS_QUEUE && !l->plain)
		return dns_loss(l, o, ret_o);
	if (o->loss.reason >= OBS_LOSS_UNSEEN || l->plain) {
		if (!side_is_new(l, first, o->time))
			return false;
	} else {
		const uint64_t end = from + o->loss.count < from
					 ? UINT64_MAX
					 : from + o->loss.count;

		if (end <= l->next)
			return false;
		close_up(l, from);
		part.loss.first = l->next;
		part.loss.count = end - l->next;
		l->next = end;
	}
	*loss_counter(&l->c, o->loss.reason) += part.loss.count;
	*ret_o = part;
	return true;
}

/* A total that went back has started anew: count what it shows now. */
static uint64_t
grown(uint64_t was, uint64_t is)
{
	return is >= was ? is - was : is;
}

void
ledger_stats(struct ledger *l, const struct ctl_stats *s)
{
	const struct ctl_stats *t = &l->told;
	struct ledger_counts *c = &l->c;

	c->agent_received += grown(t->received, s->received);
	c->agent_kernel_drops += grown(t->kernel_drops, s->kernel_drops);
	c->agent_iface_drops += grown(t->iface_drops, s->iface_drops);
	c->host_iface += grown(t->host_iface, s->host_iface);
	c->host_softnet += grown(t->host_softnet, s->host_softnet);
	c->host_udp += grown(t->host_udp, s->host_udp);
	c->agent_filtered += grown(t->filtered, s->filtered);
	c->agent_not_ip += grown(t->not_ip, s->not_ip);
	c->agent_malformed += grown(t->malformed, s->malformed);
	c->agent_gap_records += grown(t->gap_records, s->gap_records);
	l->told = *s;
}

void
ledger_bye(struct ledger *l, uint64_t next)
{
	close_up(l, next);
	l->ended = true;
}

void
ledger_add(struct ledger_counts *sum, const struct ledger_counts *c)
{
	for (size_t i = 0; i < ledger_n_rows; i++) {
		const uint64_t v = row_get(sum, i) + row_get(c, i);

		memcpy((char *)sum + ledger_rows[i].offset, &v, sizeof(v));
	}
}

void
ledger_print(
    const struct ledger_counts *c, const char *prefix, bool all, FILE *fp)
{
	for (size_t i = 0; i < ledger_n_rows; i++) {
		const uint64_t v = row_get(c, i);

		if (all || v != 0 || ledger_rows[i].offset == 0) {
			fprintf(fp, "%s.%s %" PRIu64 "\n", prefix,
			    ledger_rows[i].name, v);
		}
	}
}
