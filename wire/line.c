/* SPDX-License-Identifier: BSD-3-Clause */
/* The text line: sec.usec:src:sport:dst:dport:length:flowid:proto */
#include "wire/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "wire/hello.h"
#include "wire/text.h"

#define PROTO_HOST 61 /* pseudo-records: CPU and memory */
#define CPU_LINE   ":1.0.0.0:1:1.0.0.0:1:"
#define CPU_TAIL   ":4294967295:61\n"
#define MEM_LINE   ":2.0.0.0:2:2.0.0.0:2:"
#define MEM_TAIL   ":4294967294:61\n"
#define MEM_UNIT   256 /* KiB */
#define LOSS_WORD  "loss"

static const char *const role_word[] = {
	[OBS_ROLE_UNKNOWN] = "-",
	[OBS_ROLE_ORIGINATED] = "originated",
	[OBS_ROLE_DELIVERED] = "delivered",
	[OBS_ROLE_FORWARDED] = "forwarded",
	[OBS_ROLE_OVERHEARD] = "overheard",
};

static const char *const loss_word[OBS_LOSS_MAX + 1] = {
	[OBS_LOSS_QUEUE] = "queue",
	[OBS_LOSS_LATE] = "late",
	[OBS_LOSS_UNENCODABLE] = "unencodable",
	[OBS_LOSS_SPOOL] = "spool",
	[OBS_LOSS_KERNEL] = "kernel",
	[OBS_LOSS_INTERFACE] = "interface",
	[OBS_LOSS_DNSTAP] = "dnstap",
	[OBS_LOSS_DNS_QUEUE] = "dns-queue",
};

static inline char *
put_text(char *p, const char *text)
{
	return mempcpy(p, text, strlen(text));
}

static inline char *
put_end(char *p, const struct obs_pkt *k, const uint8_t *addr, uint16_t port)
{
	*p++ = ':';
	if (k->ipver == 4) {
		p = text_v4(p, addr);
	} else {
		*p++ = '[';
		p = text_v6(p, addr);
		*p++ = ']';
	}
	*p++ = ':';
	return text_u64(p, port);
}

static char *
put_iface(char *p, unsigned int iface, const struct line_ifaces *ifs)
{
	if (ifs != NULL && iface < ifs->n && ifs->iface[iface].name[0] != '\0')
		return put_text(p, ifs->iface[iface].name);
	return text_u64(p, iface);
}

/* The last field, which most lines do not need. */
static char *
put_node(char *p, unsigned int iface, const struct line_ifaces *ifs)
{
	if (ifs == NULL || iface >= ifs->n || ifs->iface[iface].node[0] == '\0')
		return p;
	*p++ = ':';
	return put_text(p, ifs->iface[iface].node);
}

static char *
put_extended(char *p, const struct obs_pkt *k, const struct line_ifaces *ifs)
{
	*p++ = ':';
	if (k->proto == IPPROTO_TCP &&
	    ((k->has & OBS_HAS_PORTS) || k->tcp_flags != 0)) {
		p = text_u64(p, k->tcp_flags);
	} else {
		*p++ = '-';
	}
	*p++ = ':';
	p = put_iface(p, k->iface, ifs);
	*p++ = ':';
	p = put_text(p, role_word[k->role]);
	if (!(k->has & OBS_HAS_MSG)) {
		p = put_text(p, ":-:-");
	} else {
		*p++ = ':';
		p = text_u64(p, k->mgen_seq);
		*p++ = ':';
		p = text_time(p, k->mgen_tx);
	}
	return put_node(p, k->iface, ifs);
}

static char *
put_pkt(char *p, const struct obs *o, enum line_format format,
    const struct line_ifaces *ifs)
{
	const struct obs_pkt *k = &o->pkt;

	p = text_time(p, o->time);
	p = put_end(p, k, k->src, k->sport);
	p = put_end(p, k, k->dst, k->dport);
	*p++ = ':';
	p = text_u64(p, k->len);
	*p++ = ':';
	p = text_u64(p, k->mgen_flow);
	*p++ = ':';
	p = text_u64(p, k->proto);
	if (format == LINE_EXTENDED)
		p = put_extended(p, k, ifs);
	*p++ = '\n';
	return p;
}

static char *
put_host(char *p, const struct obs *o)
{
	if (o->host.has & OBS_HOST_CPU) {
		p = put_text(text_time(p, o->time), CPU_LINE);
		p = put_text(text_u64(p, o->host.cpu_busy), CPU_TAIL);
	}
	if (o->host.has & OBS_HOST_MEM) {
		p = put_text(text_time(p, o->time), MEM_LINE);
		p = text_u64(p, o->host.mem_used / MEM_UNIT);
		p = put_text(p, MEM_TAIL);
	}
	return p;
}

static char *
put_loss(char *p, const struct obs *o)
{
	const uint32_t reason = o->loss.reason;

	*p++ = '#';
	p = put_text(text_time(p, o->time), ":" LOSS_WORD ":");
	if (reason <= OBS_LOSS_MAX && loss_word[reason] != NULL) {
		p = put_text(p, loss_word[reason]);
	} else {
		p = text_u64(p, reason);
	}
	*p++ = ':';
	p = text_u64(p, o->loss.count);
	*p++ = ':';
	p = text_u64(p, o->loss.first);
	*p++ = '\n';
	return p;
}

size_t
line_put(char dst[static LINE_MAX_LEN], const struct obs *o,
    enum line_format format, const struct line_ifaces *ifs)
{
	switch (o->kind) {
	case OBS_PKT:
		return (size_t)(put_pkt(dst, o, format, ifs) - dst);
	case OBS_HOST:
		return (size_t)(put_host(dst, o) - dst);
	case OBS_LOSS:
		return (size_t)(put_loss(dst, o) - dst);
	case OBS_DNS:
		break;
	}
	return 0;
}

/* What is left of a line; errors stick. */
struct reader {
	const char *p, *end; /* without the newline */
	bool bad;
};

static void
expect(struct reader *r, char c)
{
	if (r->p == r->end || *r->p != c) {
		r->bad = true;
	} else {
		r->p++;
	}
}

static uint64_t
get_number(struct reader *r, uint64_t max)
{
	const char *const start = r->p;
	uint64_t v = 0;

	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++) {
		const unsigned int digit = (unsigned int)(*r->p - '0');

		if (v > (max - digit) / 10 || digit > max) {
			r->bad = true;
			return 0;
		}
		v = v * 10 + digit;
	}
	if (r->p == start)
		r->bad = true;
	return v;
}

static wall_t
get_time(struct reader *r)
{
	const bool minus = r->p < r->end && *r->p == '-';
	const char *dot;
	uint64_t sec;
	uint64_t us;
	int64_t ns;

	if (minus)
		r->p++;
	sec = get_number(r, INT64_MAX / MONO_NS_PER_S - 1);
	expect(r, '.');
	dot = r->p;
	us = get_number(r, 999999);
	if (r->p - dot != 6)
		r->bad = true;
	ns = (int64_t)(sec * MONO_NS_PER_S + us * MONO_NS_PER_US);
	return (wall_t){ minus ? -ns : ns };
}

/* Find what stands before ${stop}; the reader moves behind it. */
static size_t
get_word(struct reader *r, char stop, const char **ret_word)
{
	const size_t left = (size_t)(r->end - r->p);
	const char *at = left > 0 ? memchr(r->p, stop, left) : NULL;

	*ret_word = r->p;
	if (at == NULL) {
		r->bad = true;
		return 0;
	}
	r->p = at + 1;
	return (size_t)(at - *ret_word);
}

static uint8_t
get_addr(struct reader *r, uint8_t ret[static 16])
{
	const bool v6 = r->p < r->end && *r->p == '[';
	char text[INET6_ADDRSTRLEN];
	const char *word;
	size_t n;

	if (v6)
		r->p++;
	n = get_word(r, v6 ? ']' : ':', &word);
	if (v6)
		expect(r, ':');
	if (r->bad || n >= sizeof(text)) {
		r->bad = true;
		return 0;
	}
	memcpy(text, word, n);
	text[n] = '\0';
	if (inet_pton(v6 ? AF_INET6 : AF_INET, text, ret) != 1)
		r->bad = true;
	return v6 ? 6 : 4;
}

/* A node, up to the next colon or the end. */
static void
get_node(struct reader *r, char ret_node[static LINE_NODE_MAX])
{
	const size_t left = (size_t)(r->end - r->p);
	const char *at = memchr(r->p, ':', left);
	const size_t n = at == NULL ? left : (size_t)(at - r->p);

	const size_t kept = n < LINE_NODE_MAX ? n : LINE_NODE_MAX - 1;

	if (n == 1 && *r->p == '-')
		return;
	memcpy(ret_node, r->p, kept);
	ret_node[kept] = '\0';
}

/* Fields 9 to 13, all of them, and 14; what follows is skipped. */
static void
get_extended(struct reader *r, struct obs_pkt *k, struct line_place *ret_at)
{
	const char *word;
	size_t n;
	unsigned int role = 0;

	if (r->p < r->end && *r->p == '-') {
		r->p++;
	} else if (k->proto != IPPROTO_TCP) {
		r->bad = true;
	} else {
		k->tcp_flags = (uint8_t)get_number(r, UINT8_MAX);
	}
	expect(r, ':');
	n = get_word(r, ':', &word);
	if (n == 0 || n >= LINE_IFNAME_MAX) {
		r->bad = true;
		return;
	}
	memcpy(ret_at->ifname, word, n);
	ret_at->ifname[n] = '\0';
	n = get_word(r, ':', &word);
	while (
	    role < OBS_ROLE_MAX && (strlen(role_word[role]) != n ||
				       memcmp(role_word[role], word, n) != 0))
		role++;
	if (strlen(role_word[role]) != n ||
	    memcmp(role_word[role], word, n) != 0)
		r->bad = true;
	k->role = (uint8_t)role;
	if (r->p < r->end && *r->p == '-') {
		r->p++;
		expect(r, ':');
		expect(r, '-');
	} else {
		k->mgen_seq = (uint32_t)get_number(r, UINT32_MAX);
		expect(r, ':');
		k->mgen_tx = get_time(r);
		k->has |= OBS_HAS_MSG;
	}
	if (r->p < r->end) {
		expect(r, ':');
		get_node(r, ret_at->node);
	}
}

static bool
is_host(const struct obs_pkt *k, uint8_t mark, uint32_t flow)
{
	const uint8_t addr[16] = { mark };

	return k->proto == PROTO_HOST && k->ipver == 4 &&
	       k->mgen_flow == flow && k->sport == mark && k->dport == mark &&
	       memcmp(k->src, addr, 16) == 0 && memcmp(k->dst, addr, 16) == 0;
}

/* A pseudo-record is no packet. */
static void
to_host(struct obs *o)
{
	const struct obs_pkt k = o->pkt;
	const bool cpu = is_host(&k, 1, 0xffffffffu);

	if (!cpu && !is_host(&k, 2, 0xfffffffeu))
		return;
	*o = (struct obs){ .kind = OBS_HOST, .time = o->time };
	o->host.has = cpu ? OBS_HOST_CPU : OBS_HOST_MEM;
	if (cpu) {
		o->host.cpu_busy = k.len;
	} else {
		o->host.mem_used = (uint64_t)k.len * MEM_UNIT;
	}
}

static void
get_pkt(struct reader *r, struct obs *o, struct line_place *ret_at)
{
	struct obs_pkt *k = &o->pkt;

	o->kind = OBS_PKT;
	o->time = get_time(r);
	expect(r, ':');
	k->ipver = get_addr(r, k->src);
	k->sport = (uint16_t)get_number(r, UINT16_MAX);
	expect(r, ':');
	if (get_addr(r, k->dst) != k->ipver)
		r->bad = true;
	k->dport = (uint16_t)get_number(r, UINT16_MAX);
	expect(r, ':');
	k->len = (uint32_t)get_number(r, UINT32_MAX);
	expect(r, ':');
	k->mgen_flow = (uint32_t)get_number(r, UINT32_MAX);
	expect(r, ':');
	k->proto = (uint8_t)get_number(r, UINT8_MAX);
	if (k->sport != 0 || k->dport != 0)
		k->has |= OBS_HAS_PORTS;
	if (k->mgen_flow != 0)
		k->has |= OBS_HAS_MGEN;
	if (r->p < r->end) {
		expect(r, ':');
		get_extended(r, k, ret_at);
	}
	if (k->has & OBS_HAS_MSG)
		k->has |= OBS_HAS_MGEN;
	to_host(o);
}

static void
get_loss(struct reader *r, struct obs *o)
{
	const char *word;
	uint32_t reason = 1;
	size_t n;

	o->time = get_time(r);
	expect(r, ':');
	n = get_word(r, ':', &word);
	if (n != strlen(LOSS_WORD) || memcmp(word, LOSS_WORD, n) != 0)
		r->bad = true;
	if (r->p < r->end && *r->p >= '0' && *r->p <= '9') {
		reason = (uint32_t)get_number(r, UINT32_MAX);
		expect(r, ':');
	} else {
		n = get_word(r, ':', &word);
		while (reason <= OBS_LOSS_MAX &&
		       (loss_word[reason] == NULL ||
			   strlen(loss_word[reason]) != n ||
			   memcmp(loss_word[reason], word, n) != 0))
			reason++;
		if (reason > OBS_LOSS_MAX)
			r->bad = true;
	}
	o->loss.reason = reason;
	o->loss.count = get_number(r, UINT64_MAX);
	expect(r, ':');
	o->loss.first = get_number(r, UINT64_MAX);
	if (r->p < r->end)
		expect(r, ':');
	if (o->loss.count == 0)
		r->bad = true;
}

int
line_get(
    struct obs *ret_o, struct line_place *ret_at, const char *buf, size_t len)
{
	const size_t n = len < LINE_READ_MAX ? len : LINE_READ_MAX;
	const char *nl = n > 0 ? memchr(buf, '\n', n) : NULL;
	struct reader r = { .p = buf, .end = nl };
	struct obs o = { .kind = OBS_LOSS };
	struct line_place at = { .ifname = "" };

	if (nl == NULL)
		return n == LINE_READ_MAX ? -1 : 0;
	if (buf[0] == '#') {
		r.p++;
		get_loss(&r, &o);
		if (r.bad) /* a comment */
			o = (struct obs){ .kind = OBS_LOSS };
	} else {
		get_pkt(&r, &o, &at);
		/* A 0 would end an address or a name for those who see C text. */
		if (r.bad || memchr(buf, '\0', (size_t)(nl - buf)) != NULL)
			return -1;
	}
	*ret_o = o;
	*ret_at = at;
	return (int)(nl - buf) + 1;
}
