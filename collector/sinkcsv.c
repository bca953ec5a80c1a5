/* SPDX-License-Identifier: BSD-3-Clause */
/* Comma-separated values: a header line, then one line per observation. */
#include "collector/sinkcsv.h"

#include <string.h>

#include "base/outfile.h"
#include "collector/class.h"
#include "collector/sinkfile.h"
#include "collector/sinkfmt.h"

enum { SINKCSV_MAX = 2048 };

/* The columns; in a line, those that mean nothing are empty. */
#define SINKCSV_COLUMNS                                                    \
	"time,host,name,kind,seq,src,sport,dst,dport,len,proto,tcp_flags," \
	"ttl,tos,frag,icmp_type,icmp_code,quote_proto,quote_src,"          \
	"quote_sport,quote_dst,quote_dport,mgen_flow,mgen_seq,mgen_tx,"    \
	"digest,vlan,iface,role,ids,cpu_busy,mem_used_kib,reason,first,"   \
	"count"

static const char sinkcsv_header[] = SINKCSV_COLUMNS "\n";
static const char sinkcsv_header_fixed[] = SINKCSV_COLUMNS ",clock_offset\n";

/* Empty columns after those that a kind of line fills or begins with. */
static const char sinkcsv_no_pkt[] = ",,,,,,,,,,,,,,,,,,,,,,,,,,";
static const char sinkcsv_no_host[] = ",,";
static const char sinkcsv_no_loss[] = ",,,";

static struct sink *
sinkcsv_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkfile *s =
	    sinkfile_new(&sinkcsv_type, conf, arg, OUTFILE_END_NONE);

	(void)loop;
	if (s == NULL)
		return NULL;
	outfile_head(
	    s->file, conf->apply_clock ? sinkcsv_header_fixed : sinkcsv_header);
	return &s->sink;
}

static char *
sinkcsv_num(char *p, bool have, uint64_t v)
{
	*p++ = ',';
	return have ? sinkfmt_u64(p, v) : p;
}

static char *
sinkcsv_addr(char *p, bool have, uint8_t ipver, const uint8_t *addr)
{
	*p++ = ',';
	return have ? sinkfmt_addr(p, ipver, addr) : p;
}

static char *
sinkcsv_flow(char *p, const struct obs_pkt *k)
{
	const bool ports = (k->has & OBS_HAS_PORTS) != 0;

	p = sinkcsv_addr(p, true, k->ipver, k->src);
	p = sinkcsv_num(p, ports, k->sport);
	p = sinkcsv_addr(p, true, k->ipver, k->dst);
	p = sinkcsv_num(p, ports, k->dport);
	p = sinkcsv_num(p, true, k->len);
	return sinkcsv_num(p, true, k->proto);
}

static char *
sinkcsv_header_fields(char *p, const struct obs_pkt *k)
{
	static const char *const frag[] = { ",", ",first", ",later" };
	const bool icmp = (k->has & OBS_HAS_ICMP) != 0;

	p = sinkcsv_num(p, k->proto == 6, k->tcp_flags);
	p = sinkcsv_num(p, k->ttl != 0, k->ttl);
	p = sinkcsv_num(p, true, k->tos);
	p = sinkfmt_text(p, frag[k->frag <= OBS_FRAG_MAX ? k->frag : 0]);
	p = sinkcsv_num(p, icmp, k->icmp_type);
	return sinkcsv_num(p, icmp, k->icmp_code);
}

static char *
sinkcsv_quote(char *p, const struct obs_pkt *k)
{
	const bool have = (k->has & OBS_HAS_QUOTE) != 0;

	p = sinkcsv_num(p, have, k->q.proto);
	p = sinkcsv_addr(p, have, k->ipver, k->q.src);
	p = sinkcsv_num(p, have, k->q.sport);
	p = sinkcsv_addr(p, have, k->ipver, k->q.dst);
	return sinkcsv_num(p, have, k->q.dport);
}

static char *
sinkcsv_mgen(char *p, const struct obs_pkt *k, enum conf_time format)
{
	const bool msg = (k->has & OBS_HAS_MSG) != 0;

	p = sinkcsv_num(p, (k->has & OBS_HAS_MGEN) != 0, k->mgen_flow);
	p = sinkcsv_num(p, msg, k->mgen_seq);
	*p++ = ',';
	if (msg)
		p = sinkfmt_time(p, k->mgen_tx, format);
	return sinkcsv_num(p, (k->has & OBS_HAS_DIGEST) != 0, k->digest);
}

static char *
sinkcsv_link(char *p, const struct sink_src *src, const struct obs_pkt *k)
{
	char number[LINE_IFNAME_MAX];
	const char *role = sinkfmt_role(k->role);

	p = sinkcsv_num(p, k->vlan != 0, k->vlan & 0xfffU);
	*p++ = ',';
	if (src->ifs.n > 0) {
		p = sinkfmt_csv(
		    p, sinkfmt_iface(number, src, k->iface), LINE_IFNAME_MAX);
	}
	*p++ = ',';
	return role == NULL ? p : sinkfmt_text(p, role);
}

/* The ids with spaces between. */
static char *
sinkcsv_ids(char *p, uint64_t ids)
{
	const char *sep = ",";

	if (ids == 0)
		*p++ = ',';
	for (unsigned int i = 1; ids != 0; i++, ids >>= 1) {
		if ((ids & 1) == 0)
			continue;
		p = sinkfmt_u64(sinkfmt_text(p, sep), i);
		sep = " ";
	}
	return p;
}

static char *
sinkcsv_pkt(char *p, const struct sinkfile *s, const struct sink_src *src,
    const struct obs_pkt *k)
{
	p = sinkcsv_flow(p, k);
	p = sinkcsv_header_fields(p, k);
	p = sinkcsv_quote(p, k);
	p = sinkcsv_mgen(p, k, s->conf->time_format);
	p = sinkcsv_link(p, src, k);
	return sinkcsv_ids(p, class_match(s->conf->class, k));
}

static char *
sinkcsv_head(char *p, const struct sinkfile *s, const struct sink_src *src,
    const struct obs *o)
{
	p = sinkfmt_time(p, o->time, s->conf->time_format);
	p = sinkcsv_num(p, true, src->host);
	*p++ = ',';
	return sinkfmt_csv(p,
	    o->kind == OBS_PKT ? sinksrc_node(src, o->pkt.iface) : src->name,
	    SINKFMT_NAME_MAX);
}

/* What was taken off the agent's time, nearly; nothing: nothing. */
static char *
sinkcsv_offset(char *p, const struct sink_clock *c)
{
	*p++ = ',';
	return c->applied ? sinkfmt_span(p, c->applied_ns) : p;
}

static char *
sinkcsv_line(char *p, const struct sinkfile *s, const struct sink_src *src,
    uint64_t seq, const struct obs *o)
{
	p = sinkcsv_head(p, s, src, o);
	switch (o->kind) {
	case OBS_PKT:
		p = sinkcsv_num(sinkfmt_text(p, ",packet"), true, seq);
		p = sinkcsv_pkt(p, s, src, &o->pkt);
		p = sinkfmt_text(p, sinkcsv_no_host);
		p = sinkfmt_text(p, sinkcsv_no_loss);
		break;
	case OBS_HOST:
		p = sinkfmt_text(p, ",host");
		p = sinkfmt_text(p, sinkcsv_no_pkt);
		p = sinkcsv_num(
		    p, (o->host.has & OBS_HOST_CPU) != 0, o->host.cpu_busy);
		p = sinkcsv_num(
		    p, (o->host.has & OBS_HOST_MEM) != 0, o->host.mem_used);
		p = sinkfmt_text(p, sinkcsv_no_loss);
		break;
	case OBS_LOSS:
		p = sinkfmt_text(p, ",loss");
		p = sinkfmt_text(p, sinkcsv_no_pkt);
		p = sinkfmt_text(p, sinkcsv_no_host);
		p = sinkcsv_num(p, true, o->loss.reason);
		p = sinkcsv_num(p, true, o->loss.first);
		p = sinkcsv_num(p, true, o->loss.count);
		break;
	case OBS_DNS:
		break;
	}
	if (s->conf->apply_clock)
		p = sinkcsv_offset(p, &src->clock);
	*p++ = '\n';
	return p;
}

static void
sinkcsv_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	if (o->kind == OBS_DNS)
		return;
	for (size_t i = 0; i < n; i++) {
		char *p = outfile_room(s->file, SINKCSV_MAX);
		const char *end = sinkcsv_line(p, s, src, first + i, &o[i]);

		outfile_commit(s->file, (size_t)(end - p), 1);
	}
	sinkfile_put_done(s);
}

const struct sink_type sinkcsv_type = {
	.name = "csv",
	.open = sinkcsv_open,
	.put = sinkcsv_put,
	.keep = sinkfile_keep,
	.commit = sinkfile_commit,
	.flush = sinkfile_flush,
	.drain = sinkfile_drain,
	.reopen = sinkfile_reopen,
	.stats = sinkfile_stats,
	.close = sinkfile_close,
};
