/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known about one agent, longer than any connection to it. */
#include "collector/source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Room for ${n} interface names; the outputs follow the list's address. */
static int
iface_room(struct source *s, unsigned int n)
{
	void *p;

	if (n == 0)
		return 0;
	if ((p = realloc(s->ifname, n * sizeof(*s->ifname))) == NULL)
		return -1;
	s->ifname = p;
	s->src.ifs.name = (const char(*)[LINE_IFNAME_MAX])s->ifname;
	return 0;
}

struct source *
source_new(unsigned int host, const char *addr)
{
	struct source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	snprintf(s->addr, sizeof(s->addr), "%s", addr);
	s->src.host = host;
	s->src.name = s->addr;
	dayoff_init(&s->off);
	return s;
}

void
source_forget(struct source *s, const char *addr)
{
	snprintf(s->addr, sizeof(s->addr), "%s", addr);
	s->node[0] = '\0';
	s->src.name = s->addr;
	s->src.ifs.n = 0;
	s->has_stream = false;
	s->timed = false;
}

void
source_begin(struct source *s, enum ledger_begin how)
{
	dayoff_init(&s->off);
	/* A guest may begin as often as it likes. */
	if (!s->guest)
		s->off_told = false;
	ledger_stream(&s->led, how);
}

int
source_hello(struct source *s, const struct hello *h)
{
	const bool same =
	    s->has_stream && h->has_stream &&
	    memcmp(s->stream_id, h->stream_id, sizeof(s->stream_id)) == 0;
	const char *node = h->node[0] != '\0' ? h->node : h->host;

	if (iface_room(s, h->n_ifaces) != 0)
		return -1;
	for (unsigned int i = 0; i < h->n_ifaces; i++)
		memcpy(s->ifname[i], h->iface[i].name, sizeof(s->ifname[i]));
	s->src.ifs.n = h->n_ifaces;
	if (node[0] != '\0') {
		snprintf(s->node, sizeof(s->node), "%s", node);
		s->src.name = s->node;
	}
	s->has_stream = h->has_stream;
	memcpy(s->stream_id, h->stream_id, sizeof(s->stream_id));
	source_begin(s, same ? LEDGER_RESUMED : LEDGER_ANEW);
	if (!same)
		ledger_start(&s->led, h->seq, h->dns_seq);
	return 0;
}

void
source_resume(const struct source *s, struct hello *h)
{
	h->has_stream = s->has_stream;
	h->seq = h->dns_seq = 0;
	memset(h->stream_id, 0, sizeof(h->stream_id));
	if (!s->has_stream)
		return;
	h->seq = s->led.next;
	h->dns_seq = s->led.next_dns;
	memcpy(h->stream_id, s->stream_id, sizeof(h->stream_id));
}

uint8_t
source_iface(struct source *s, const char name[static LINE_IFNAME_MAX])
{
	const unsigned int n = s->src.ifs.n;

	for (unsigned int i = 0; i < n; i++) {
		if (strncmp(s->ifname[i], name, LINE_IFNAME_MAX) == 0)
			return (uint8_t)i;
	}
	if (n == SOURCE_IFACE_MAX || iface_room(s, n + 1) != 0)
		return SOURCE_IFACE_MAX;
	memcpy(s->ifname[n], name, LINE_IFNAME_MAX);
	s->src.ifs.n = n + 1;
	return (uint8_t)n;
}

/* The agent may say anything: mod 2^64. */
static int64_t
minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

void
source_time(struct source *s, const struct ctl_time *t, wall_t now)
{
	s->timed = true;
	s->clock_offset_ns = minus(t->t2, t->t1) / 2 + minus(t->t3, now.ns) / 2;
	s->round_trip_ns = minus(minus(now.ns, t->t1), minus(t->t3, t->t2));
}

void
source_times(struct source *s, const struct obs *o, size_t n)
{
	const size_t off = dayoff_count(&s->off, o, n);

	s->led.c.times_off += off;
	if (off == 0 || s->off_told)
		return;
	s->off_told = true;
	log_warnx("agent %u (%s): the time of a record is more than a day off; "
		  "such records are counted as times_off",
	    s->src.host, s->addr);
}

void
source_print(const struct source *s, FILE *fp)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "agent.%u", s->src.host);
	fprintf(fp, "%s.address %s\n", prefix, s->addr);
	if (s->node[0] != '\0')
		fprintf(fp, "%s.node %s\n", prefix, s->node);
	ledger_print(&s->led.c, prefix, false, fp);
	if (!s->timed)
		return;
	fprintf(fp, "%s.clock_offset_us %" PRId64 "\n", prefix,
	    s->clock_offset_ns / 1000);
	fprintf(fp, "%s.round_trip_us %" PRId64 "\n", prefix,
	    s->round_trip_ns / 1000);
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	free(s->ifname);
	free(s->part);
	free(s);
}
