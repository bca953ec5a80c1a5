/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that a stream can say as lines of text, for test vectors. */
#include "tests/unit/show.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/dnsline.h"

static void add(char *text, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(char *text, const char *fmt, ...)
{
	const size_t at = strlen(text);
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + at, SHOW_MAX - at, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= SHOW_MAX - at)
		abort();
}

void
show_text(char text[static SHOW_MAX], const char *line)
{
	add(text, "%s", line);
}

static void
add_time(char *text, const char *name, int64_t ns)
{
	const uint64_t abs = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	add(text, "%s%s%" PRIu64 ".%09" PRIu64, name, ns < 0 ? "-" : "",
	    abs / 1000000000, abs % 1000000000);
}

static void
add_number(char *text, const char *name, uint64_t v)
{
	if (v != 0)
		add(text, " %s=%" PRIu64, name, v);
}

static void
add_word(char *text, const char *name, const char *word)
{
	if (word[0] != '\0')
		add(text, " %s=%s", name, word);
}

void
show_hello(char text[static SHOW_MAX], const struct hello *h)
{
	const struct hello_params *p = &h->par;

	add(text, "%s codec=%u window=%u slots=%u tick=%u block=%u",
	    h->from_agent ? "answer" : "offer", p->codec, p->wbits,
	    p->slots_log2, p->tick_exp, p->block);
	add(text, " latency=%u frame=%" PRIu32 " fields=0x%" PRIx32,
	    p->latency_ms, p->frame_max, p->fields);
	if (p->digest_max != UINT32_MAX)
		add(text, " digests<=%" PRIu32, p->digest_max);
	add_number(text, "caps", p->caps);
	if ((h->from_agent || h->has_stream) && p->caps != 0)
		add(text, " dns=%" PRIu64, h->dns_seq);
	add_word(text, "node", h->node);
	if (h->has_stream) {
		add(text, " stream=");
		for (size_t i = 0; i < sizeof(h->stream_id); i++)
			add(text, "%02x", h->stream_id[i]);
		add(text, " seq=%" PRIu64, h->seq);
	}
	add_word(text, "host", h->host);
	add_word(text, "version", h->version);
	if (h->from_agent) {
		add_time(text, " wall=", h->wall.ns);
		add_time(text, " boot=", h->boot_ns);
	}
	for (unsigned int i = 0; i < h->n_ifaces; i++) {
		add(text, " iface=%s/%u/%s", h->iface[i].name,
		    h->iface[i].linktype, h->iface[i].filter);
	}
	add(text, "\n");
}

void
show_iface(
    char text[static SHOW_MAX], unsigned int index, const struct hello_iface *i)
{
	add(text, "iface %u %s/%s/%u/%s\n", index, i->node, i->name,
	    i->linktype, i->filter);
}

static void
add_end(char *text, const struct obs_pkt *k, const uint8_t addr[static 16],
    const uint16_t *port)
{
	char name[INET6_ADDRSTRLEN];

	if (inet_ntop(k->ipver == 6 ? AF_INET6 : AF_INET, addr, name,
		sizeof(name)) == NULL)
		abort();
	add(text, " %s", name);
	if (port != NULL)
		add(text, " %u", *port);
}

static void
add_options(char *text, const struct obs_pkt *k)
{
	if (k->has & OBS_HAS_ICMP)
		add(text, " icmp=%u/%u", k->icmp_type, k->icmp_code);
	if (k->has & OBS_HAS_MGEN)
		add(text, " mgen=%" PRIu32, k->mgen_flow);
	if (k->has & OBS_HAS_MSG) {
		add(text, " seq=%" PRIu32, k->mgen_seq);
		add_time(text, " sent=", k->mgen_tx.ns);
	}
	if (k->has & OBS_HAS_QUOTE) {
		add(text, " quoting");
		add_end(text, k, k->q.src, &k->q.sport);
		add(text, " >");
		add_end(text, k, k->q.dst, &k->q.dport);
		add(text, " proto=%u", k->q.proto);
	}
	if (k->has & OBS_HAS_DIGEST)
		add(text, " digest=%08" PRIx32, k->digest);
}

static void
add_pkt(char *text, const struct obs_pkt *k)
{
	const bool ports = (k->has & OBS_HAS_PORTS) != 0;

	add_end(text, k, k->src, ports ? &k->sport : NULL);
	add(text, " >");
	add_end(text, k, k->dst, ports ? &k->dport : NULL);
	add(text, " proto=%u len=%" PRIu32 " ttl=%u", k->proto, k->len, k->ttl);
	add_number(text, "tos", k->tos);
	add_number(text, "flags", k->tcp_flags);
	add_number(text, "frag", k->frag);
	if (k->vlan != 0) /* VID 0 is a priority tag */
		add(text, " vlan=%u", k->vlan & 0x7fffu);
	add_number(text, "iface", k->iface);
	add_number(text, "role", k->role);
	add_options(text, k);
}

static void
add_dns(char *text, uint64_t seq, const struct obs *o)
{
	char *line = malloc(dnsline_room(o));
	const size_t n = line == NULL ? 0 : dnsline_put(line, o);

	add(text, "dns %" PRIu64 " ", seq);
	if (n > 0) {
		add(text, "%.*s", (int)n - 1, line);
	} else {
		add_time(text, "", o->time.ns);
		add(text, " alive conn=%" PRIu32, o->dns.conn);
	}
	free(line);
}

void
show_obs(char text[static SHOW_MAX], uint64_t seq, const struct obs *o)
{
	switch (o->kind) {
	case OBS_PKT:
		add(text, "pkt %" PRIu64, seq);
		add_time(text, " ", o->time.ns);
		add_pkt(text, &o->pkt);
		break;
	case OBS_HOST:
		add_time(text, "host ", o->time.ns);
		if (o->host.has & OBS_HOST_CPU)
			add(text, " cpu=%" PRIu32, o->host.cpu_busy);
		if (o->host.has & OBS_HOST_MEM)
			add(text, " mem=%" PRIu64, o->host.mem_used);
		break;
	case OBS_LOSS:
		add_time(text, "loss ", o->time.ns);
		add(text,
		    " reason=%" PRIu32 " first=%" PRIu64 " count=%" PRIu64,
		    o->loss.reason, o->loss.first, o->loss.count);
		break;
	case OBS_DNS:
		add_dns(text, seq, o);
		break;
	}
	add(text, "\n");
}

void
show_stats(char text[static SHOW_MAX], const struct ctl_stats *s)
{
	const uint64_t v[] = { s->next_seq, s->received, s->kernel_drops,
		s->iface_drops, s->filtered, s->not_ip, s->malformed,
		s->gap_records, s->queued, s->cpu_us, s->host_iface,
		s->host_softnet, s->host_udp };

	add_time(text, "stats wall=", s->wall.ns);
	add_time(text, " mono=", s->mono_ns);
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++)
		add(text, " %" PRIu64, v[i]);
	add(text, "\n");
}

void
show_ack(char text[static SHOW_MAX], uint64_t next, uint64_t next_dns)
{
	add(text, "ack %" PRIu64 " dns=%" PRIu64 "\n", next, next_dns);
}

void
show_time(char text[static SHOW_MAX], const struct ctl_time *t)
{
	add(text, "time %" PRIu64, t->id);
	add_time(text, " ", t->t1);
	add_time(text, " ", t->t2);
	add_time(text, " ", t->t3);
	add(text, "\n");
}

void
show_bye(char text[static SHOW_MAX], unsigned int why, uint64_t next)
{
	add(text, "bye %u next=%" PRIu64 "\n", why, next);
}
