/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about hops as text, CSV and JSON. */
#include "collector/sinkhopsfmt.h"

#include "collector/sinkfmt.h"

static const char *const field_name[] = { "kind", "time", "last", "proto",
	"src", "sport", "dst", "dport", "agent", "iface", "role", "to_agent",
	"to_iface", "to_role", "seen", "packets", "bytes", "lost", "repeated",
	"unpaired", "delay_min", "delay_mean", "delay_p50", "delay_p95",
	"delay_p99", "delay_max", "negative", "plain", "late", "missing",
	"range" };

const char sinkhopsfmt_csv_head[] =
    "kind,time,last,proto,src,sport,dst,dport,agent,iface,role,to_agent,"
    "to_iface,to_role,seen,packets,bytes,lost,repeated,unpaired,delay_min,"
    "delay_mean,delay_p50,delay_p95,delay_p99,delay_max,negative,plain,late,"
    "missing,range\n";

const char sinkhopsfmt_text_head[] =
    "# kind time last proto src sport dst dport agent iface role to_agent "
    "to_iface to_role seen packets bytes lost repeated unpaired delay_min "
    "delay_mean delay_p50 delay_p95 delay_p99 delay_max negative plain late "
    "missing range\n";

static const char *const kind_name[] = {
	[HOPFLOW_HOP] = "hop",
	[HOPFLOW_END] = "end",
	[HOPFLOW_LINK] = "link",
	[HOPFLOW_NETWORK] = "network",
};

static void
place(struct sinkrow *w, const struct hopflow_at *at, bool in_flow)
{
	char number[LINE_IFNAME_MAX];

	if (at == NULL) {
		sinkrow_skip(w, 3);
		return;
	}
	sinkrow_name(w, sinksrc_node(at->src, at->iface), SINKFMT_NAME_MAX);
	sinkrow_name(
	    w, sinkfmt_iface(number, at->src, at->iface), LINE_IFNAME_MAX);
	sinkrow_word(w, in_flow ? sinkfmt_role(at->role) : NULL);
}

static void
flow(struct sinkrow *w, const struct hopflow_key *k)
{
	if (k == NULL) {
		sinkrow_skip(w, 5);
		return;
	}
	sinkrow_num(w, true, k->proto);
	sinkrow_ends(w, k->ipver, k->src, k->sport, k->dst, k->dport);
}

size_t
sinkhopsfmt_line(char *p, enum sinkrow_form form, const struct hopflow_line *l,
    const struct conf *conf)
{
	const bool hop = l->kind == HOPFLOW_HOP;
	const bool total =
	    l->kind == HOPFLOW_LINK || l->kind == HOPFLOW_NETWORK;
	struct sinkrow w = { .p = p,
		.form = form,
		.time_format = conf->time_format,
		.name = field_name };

	sinkrow_word(&w, kind_name[l->kind]);
	sinkrow_time(&w, l->first);
	sinkrow_time(&w, l->last);
	flow(&w, l->key);
	place(&w, l->from, !total);
	place(&w, l->to, true);
	sinkrow_num(&w, true, l->seen);
	sinkrow_num(&w, true, l->packets);
	sinkrow_num(&w, true, l->octets);
	sinkrow_num(&w, l->counts_lost, l->lost);
	sinkrow_num(&w, hop || l->kind == HOPFLOW_NETWORK, l->repeated);
	sinkrow_num(&w, hop, l->unpaired);
	sinkrow_delays(&w, l->delay, &l->ranks);
	sinkrow_num(&w, total, l->plain);
	sinkrow_num(&w, total, l->late);
	sinkrow_num(&w, l->kind == HOPFLOW_NETWORK, l->missing);
	sinkrow_num(&w, true, (uint64_t)conf->digest_range);
	return sinkrow_finish(&w, p);
}
