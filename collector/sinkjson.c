/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON, one object per line; members that mean nothing are left out. */
#include "collector/sinkjson.h"

#include "base/outfile.h"
#include "collector/class.h"
#include "collector/sinkfile.h"
#include "collector/sinkfmt.h"
#include "wire/dnsname.h"

enum {
	SINKJSON_MAX = 2048,
	SINKJSON_NAME_MAX = 2 * DNSNAME_TEXT_MAX + 3, /* of a DNS name */
	SINKJSON_ADDR_MAX = 80 /* of an address of an answer */
};

static struct sink *
sinkjson_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkfile *s =
	    sinkfile_new(&sinkjson_type, conf, arg, OUTFILE_END_NONE);

	(void)loop;
	return s == NULL ? NULL : &s->sink;
}

static char *
sinkjson_num(char *p, const char *name, uint64_t v)
{
	p = sinkfmt_text(p, name);
	return sinkfmt_u64(p, v);
}

static char *
sinkjson_time(char *p, const char *name, wall_t t, enum conf_time format)
{
	p = sinkfmt_text(p, name);
	if (format == CONF_TIME_ISO)
		*p++ = '"';
	p = sinkfmt_time(p, t, format);
	if (format == CONF_TIME_ISO)
		*p++ = '"';
	return p;
}

static char *
sinkjson_addr(char *p, const char *name, uint8_t ipver, const uint8_t *addr)
{
	p = sinkfmt_text(p, name);
	*p++ = '"';
	p = sinkfmt_addr(p, ipver, addr);
	*p++ = '"';
	return p;
}

static char *
sinkjson_flow(char *p, const struct obs_pkt *k)
{
	const bool ports = (k->has & OBS_HAS_PORTS) != 0;

	p = sinkjson_addr(p, ",\"src\":", k->ipver, k->src);
	if (ports)
		p = sinkjson_num(p, ",\"sport\":", k->sport);
	p = sinkjson_addr(p, ",\"dst\":", k->ipver, k->dst);
	if (ports)
		p = sinkjson_num(p, ",\"dport\":", k->dport);
	p = sinkjson_num(p, ",\"len\":", k->len);
	return sinkjson_num(p, ",\"proto\":", k->proto);
}

static char *
sinkjson_quote(char *p, const struct obs_pkt *k)
{
	p = sinkjson_num(p, ",\"quote\":{\"proto\":", k->q.proto);
	p = sinkjson_addr(p, ",\"src\":", k->ipver, k->q.src);
	p = sinkjson_num(p, ",\"sport\":", k->q.sport);
	p = sinkjson_addr(p, ",\"dst\":", k->ipver, k->q.dst);
	p = sinkjson_num(p, ",\"dport\":", k->q.dport);
	*p++ = '}';
	return p;
}

static char *
sinkjson_mgen(char *p, const struct obs_pkt *k, enum conf_time format)
{
	p = sinkjson_num(p, ",\"mgen_flow\":", k->mgen_flow);
	if ((k->has & OBS_HAS_MSG) == 0)
		return p;
	p = sinkjson_num(p, ",\"mgen_seq\":", k->mgen_seq);
	return sinkjson_time(p, ",\"mgen_tx\":", k->mgen_tx, format);
}

static char *
sinkjson_link(char *p, const struct sink_src *src, const struct obs_pkt *k)
{
	char number[LINE_IFNAME_MAX];
	const char *role = sinkfmt_role(k->role);

	if (k->vlan != 0)
		p = sinkjson_num(p, ",\"vlan\":", k->vlan & 0xfffU);
	if (src->ifs.n > 0) {
		p = sinkfmt_text(p, ",\"iface\":");
		p = sinkfmt_json(
		    p, sinkfmt_iface(number, src, k->iface), LINE_IFNAME_MAX);
	}
	if (role != NULL) {
		p = sinkfmt_text(p, ",\"role\":");
		p = sinkfmt_json(p, role, SINKFMT_NAME_MAX);
	}
	return p;
}

static char *
sinkjson_ids(char *p, uint64_t ids)
{
	const char *sep = "";

	p = sinkfmt_text(p, ",\"ids\":[");
	for (unsigned int i = 1; ids != 0; i++, ids >>= 1) {
		if ((ids & 1) == 0)
			continue;
		p = sinkfmt_u64(sinkfmt_text(p, sep), i);
		sep = ",";
	}
	*p++ = ']';
	return p;
}

static char *
sinkjson_pkt(char *p, const struct sinkfile *s, const struct sink_src *src,
    const struct obs_pkt *k)
{
	const uint64_t ids = class_match(s->conf->class, k);

	p = sinkjson_flow(p, k);
	if (k->proto == 6)
		p = sinkjson_num(p, ",\"tcp_flags\":", k->tcp_flags);
	if (k->ttl != 0)
		p = sinkjson_num(p, ",\"ttl\":", k->ttl);
	p = sinkjson_num(p, ",\"tos\":", k->tos);
	if (k->frag != OBS_FRAG_NONE) {
		p = sinkfmt_text(p, k->frag == OBS_FRAG_FIRST
					? ",\"frag\":\"first\""
					: ",\"frag\":\"later\"");
	}
	if ((k->has & OBS_HAS_ICMP) != 0) {
		p = sinkjson_num(p, ",\"icmp_type\":", k->icmp_type);
		p = sinkjson_num(p, ",\"icmp_code\":", k->icmp_code);
	}
	if ((k->has & OBS_HAS_QUOTE) != 0)
		p = sinkjson_quote(p, k);
	if ((k->has & OBS_HAS_MGEN) != 0)
		p = sinkjson_mgen(p, k, s->conf->time_format);
	if ((k->has & OBS_HAS_DIGEST) != 0)
		p = sinkjson_num(p, ",\"digest\":", k->digest);
	p = sinkjson_link(p, src, k);
	return ids == 0 ? p : sinkjson_ids(p, ids);
}

static char *
sinkjson_host(char *p, const struct obs_host *h)
{
	if ((h->has & OBS_HOST_CPU) != 0)
		p = sinkjson_num(p, ",\"cpu_busy\":", h->cpu_busy);
	if ((h->has & OBS_HOST_MEM) != 0)
		p = sinkjson_num(p, ",\"mem_used_kib\":", h->mem_used);
	return p;
}

static char *
sinkjson_loss(char *p, const struct obs_loss *l)
{
	p = sinkjson_num(p, ",\"reason\":", l->reason);
	p = sinkjson_num(p, ",\"first\":", l->first);
	return sinkjson_num(p, ",\"count\":", l->count);
}

static char *
sinkjson_dnsname(char *p, const uint8_t *name)
{
	char text[DNSNAME_TEXT_MAX];
	const char *end = dnsname_text(text, name);

	*p++ = '"';
	for (const char *c = text; c < end; c++) {
		if (*c == '\\' || *c == '"')
			*p++ = '\\';
		*p++ = *c;
	}
	*p++ = '"';
	return p;
}

static char *
sinkjson_chain(char *p, const struct obs_dns *d)
{
	const uint8_t *name = d->names;

	p = sinkfmt_text(p, ",\"question\":");
	p = sinkjson_dnsname(p, name);
	p = sinkfmt_text(p, ",\"chain\":[");
	for (unsigned int i = 1; i < d->n_names; i++) {
		name += dnsname_get(name, DNSNAME_MAX);
		if (i > 1)
			*p++ = ',';
		p = sinkjson_dnsname(p, name);
	}
	*p++ = ']';
	return p;
}

static char *
sinkjson_answer(char *p, const struct obs_dns *d)
{
	if (d->ipver != 0)
		p = sinkjson_addr(p, ",\"client\":", d->ipver, d->client);
	p = sinkjson_num(p, ",\"qtype\":", d->qtype);
	p = sinkjson_num(p, ",\"rcode\":", d->rcode);
	p = sinkjson_chain(p, d);
	p = sinkfmt_text(p, ",\"addresses\":[");
	for (unsigned int i = 0; i < d->n_addrs; i++) {
		p = sinkjson_addr(p, i > 0 ? ",{\"addr\":" : "{\"addr\":",
		    d->qtype == 28 ? 6 : 4, d->addrs[i].addr);
		p = sinkjson_num(p, ",\"ttl\":", d->addrs[i].ttl);
		*p++ = '}';
	}
	*p++ = ']';
	return p;
}

static char *
sinkjson_dns(char *p, const struct obs_dns *d)
{
	static const char *const what[] = { "answer", "up", "down", "alive" };

	p = sinkfmt_text(p, ",\"what\":\"");
	p = sinkfmt_text(p, what[d->what]);
	*p++ = '"';
	if (d->what == OBS_DNS_ANSWER)
		p = sinkjson_answer(p, d);
	if (d->resolver[0] != '\0') {
		p = sinkfmt_text(p, ",\"resolver\":");
		p = sinkfmt_json(p, d->resolver, SINKFMT_NAME_MAX);
	}
	return sinkjson_num(p, ",\"conn\":", d->conn);
}

/* The members that every object begins with. */
static char *
sinkjson_head(char *p, const struct sinkfile *s, const struct sink_src *src,
    const struct obs *o)
{
	p = sinkjson_time(p, "{\"time\":", o->time, s->conf->time_format);
	p = sinkjson_num(p, ",\"host\":", src->host);
	p = sinkfmt_text(p, ",\"name\":");
	return sinkfmt_json(p,
	    o->kind == OBS_PKT ? sinksrc_node(src, o->pkt.iface) : src->name,
	    SINKFMT_NAME_MAX);
}

static char *
sinkjson_object(char *p, const struct sinkfile *s, const struct sink_src *src,
    uint64_t seq, const struct obs *o)
{
	p = sinkjson_head(p, s, src, o);
	switch (o->kind) {
	case OBS_PKT:
		p = sinkjson_num(p, ",\"kind\":\"packet\",\"seq\":", seq);
		p = sinkjson_pkt(p, s, src, &o->pkt);
		break;
	case OBS_HOST:
		p = sinkfmt_text(p, ",\"kind\":\"host\"");
		p = sinkjson_host(p, &o->host);
		break;
	case OBS_LOSS:
		p = sinkfmt_text(p, ",\"kind\":\"loss\"");
		p = sinkjson_loss(p, &o->loss);
		break;
	case OBS_DNS:
		p = sinkjson_num(p, ",\"kind\":\"dns\",\"seq\":", seq);
		p = sinkjson_dns(p, &o->dns);
		break;
	}
	return sinkfmt_text(p, "}\n");
}

static size_t
sinkjson_room(const struct obs *o)
{
	if (o->kind != OBS_DNS)
		return SINKJSON_MAX;
	return SINKJSON_MAX + (size_t)o->dns.n_names * SINKJSON_NAME_MAX +
	       (size_t)o->dns.n_addrs * SINKJSON_ADDR_MAX;
}

static void
sinkjson_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	for (size_t i = 0; i < n; i++) {
		char *p = outfile_room(s->file, sinkjson_room(&o[i]));
		const char *end = sinkjson_object(p, s, src, first + i, &o[i]);

		outfile_commit(s->file, (size_t)(end - p), 1);
	}
	sinkfile_put_done(s);
}

/* Times are put right from here on: say by how much. */
static void
sinkjson_offset(struct sink *sink, const struct sink_src *src, wall_t now)
{
	struct sinkfile *s = (struct sinkfile *)sink;
	const struct obs at = { .time = now };
	char *const begin = outfile_room(s->file, SINKJSON_MAX);
	char *p = sinkjson_head(begin, s, src, &at);

	p = sinkfmt_text(p, ",\"kind\":\"clock\"");
	p = sinkfmt_text(p, ",\"offset\":");
	p = sinkfmt_span(p, src->clock.offset_ns);
	p = sinkfmt_text(p, ",\"bound\":");
	p = sinkfmt_span(p, sink_clock_bound(&src->clock));
	p = sinkjson_num(p, ",\"steps\":", src->clock.steps);
	p = sinkfmt_text(p, "}\n");
	outfile_commit(s->file, (size_t)(p - begin), 0);
	sinkfile_put_done(s);
}

const struct sink_type sinkjson_type = {
	.name = "json",
	.open = sinkjson_open,
	.put = sinkjson_put,
	.offset = sinkjson_offset,
	.keep = sinkfile_keep,
	.commit = sinkfile_commit,
	.flush = sinkfile_flush,
	.drain = sinkfile_drain,
	.reopen = sinkfile_reopen,
	.stats = sinkfile_stats,
	.close = sinkfile_close,
};
