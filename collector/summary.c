/* SPDX-License-Identifier: BSD-3-Clause */
/* The table at the end of a run: who saw how much, and is that all? */
#include "collector/summary.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS     8192               /* a power of two, twice the nodes */
#define ROWS      (CLASS_ID_MAX + 1) /* [0]: packets without an id */
#define DOUBT_MAX 1024

/* The counters that are 0 when nothing is missing. */
#define DOUBT(member)                                                    \
	{                                                                \
		"total." #member, offsetof(struct ledger_counts, member) \
	}

static const struct {
	const char *name;
	size_t offset; /* of the uint64_t in struct ledger_counts */
} doubts[] = {
	DOUBT(lost_queue),
	DOUBT(lost_late),
	DOUBT(lost_unencodable),
	DOUBT(lost_spool),
	DOUBT(lost_other),
	DOUBT(lost_unexplained),
	DOUBT(drop_kernel),
	DOUBT(drop_interface),
	DOUBT(drop_dnstap),
	DOUBT(drop_other),
	DOUBT(dns_late),
	DOUBT(dns_lost),
	DOUBT(agent_kernel_drops),
	DOUBT(agent_iface_drops),
	DOUBT(host_softnet),
	DOUBT(agent_malformed),
	DOUBT(agent_gap_records),
	DOUBT(bad_lines),
};

struct row {
	uint64_t packets, octets;
};

struct node {
	unsigned int host;
	char name[SUMMARY_NAME_MAX];
	wall_t first, last; /* packets; mean nothing without any */
	struct row all;
	struct row id[ROWS];
	uint64_t dropped, lost;
};

struct summary {
	const struct class *class;
	struct node *slot[SLOTS]; /* NULL: free */
	struct node *list[SUMMARY_NODES_MAX];
	size_t n;
	struct node rest; /* what did not fit */
	struct ledger_counts sum;
	unsigned int plain, agents; /* agents without numbers, all */
	char doubt[DOUBT_MAX];      /* " NAME N" each */
	size_t doubt_len;
};

/* The end of a long path tells more than its beginning. */
static void
copy_name(char dst[static SUMMARY_NAME_MAX], const char *name)
{
	const size_t len = strlen(name);
	const size_t skip =
	    len < SUMMARY_NAME_MAX ? 0 : len - (SUMMARY_NAME_MAX - 1);
	size_t n = 0;

	for (const char *p = name + skip; *p != '\0'; p++)
		dst[n++] = (char)(*p > ' ' && *p <= '~' ? *p : '?');
	dst[n] = '\0';
}

struct summary *
summary_new(const struct class *class)
{
	struct summary *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->class = class;
	copy_name(s->rest.name, "(others)");
	return s;
}

static size_t
slot_of(unsigned int host, const char *name)
{
	uint64_t h = 14695981039346656037u ^ host; /* FNV-1a */

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return (size_t)(h ^ h >> 32) & (SLOTS - 1);
}

static struct node *
find(struct summary *s, const struct sink_src *src, const char *full_name)
{
	char name[SUMMARY_NAME_MAX];
	struct node *n;
	size_t i;

	copy_name(name, full_name);
	for (i = slot_of(src->host, name); (n = s->slot[i]) != NULL;
	     i = (i + 1) & (SLOTS - 1)) {
		if (n->host == src->host && strcmp(n->name, name) == 0)
			return n;
	}
	if (s->n == SUMMARY_NODES_MAX || (n = calloc(1, sizeof(*n))) == NULL)
		return &s->rest;
	n->host = src->host;
	memcpy(n->name, name, sizeof(n->name));
	s->slot[i] = s->list[s->n++] = n;
	return n;
}

static void
add(struct row *r, uint64_t packets, uint64_t octets)
{
	r->packets += packets;
	r->octets += octets;
}

static void
span(struct node *n, wall_t first, wall_t last)
{
	if (n->all.packets == 0 || first.ns < n->first.ns)
		n->first = first;
	if (n->all.packets == 0 || last.ns > n->last.ns)
		n->last = last;
}

static void
put_packet(struct summary *s, struct node *n, const struct obs *o)
{
	uint64_t ids = s->class == NULL ? 0 : class_match(s->class, &o->pkt);

	span(n, o->time, o->time);
	add(&n->all, 1, o->pkt.len);
	if (ids == 0)
		add(&n->id[0], 1, o->pkt.len);
	for (; ids != 0; ids &= ids - 1)
		add(&n->id[__builtin_ctzll(ids) + 1], 1, o->pkt.len);
}

void
summary_put(struct summary *s, const struct sink_src *src, const struct obs *o,
    size_t n)
{
	struct node *node = NULL;

	for (size_t i = 0; i < n; i++) {
		if (o[i].kind != OBS_PKT)
			continue;
		if (node == NULL || o[i].pkt.iface != o[i - 1].pkt.iface)
			node = find(s, src, sinksrc_node(src, o[i].pkt.iface));
		put_packet(s, node, &o[i]);
	}
}

void
summary_agent(
    struct summary *s, const struct sink_src *src, const struct ledger *led)
{
	const struct ledger_counts *c = &led->c;
	struct node *n = find(s, src, src->name);

	n->dropped = c->drop_kernel + c->drop_interface + c->drop_other;
	n->lost = c->lost_queue + c->lost_late + c->lost_unencodable +
		  c->lost_spool + c->lost_other + c->lost_unexplained;
	ledger_add(&s->sum, c);
	s->agents++;
	s->plain += led->plain;
}

void
summary_doubt(struct summary *s, const char *name, uint64_t n)
{
	char text[128];
	int len;

	if (n == 0)
		return;
	len = snprintf(text, sizeof(text), "%s %s %" PRIu64,
	    s->doubt_len > 0 ? "," : "", name, n);
	/* What no longer fits would only add to the doubt. */
	if (len < 0 || len >= (int)sizeof(text) ||
	    s->doubt_len + (size_t)len >= DOUBT_MAX)
		return;
	memcpy(&s->doubt[s->doubt_len], text, (size_t)len + 1);
	s->doubt_len += (size_t)len;
}

static int
compare(const void *a, const void *b)
{
	const struct node *const *x = a;
	const struct node *const *y = b;

	if ((*x)->host != (*y)->host)
		return (*x)->host < (*y)->host ? -1 : 1;
	return strcmp((*x)->name, (*y)->name);
}

struct table {
	FILE *fp;
	int width; /* of names */
};

/* Bits per second of ${r} between the first and the last packet of ${n}. */
static void
print_rate(const struct table *t, const struct node *n, const struct row *r)
{
	const double s =
	    (double)(n->last.ns - n->first.ns) / (double)MONO_NS_PER_S;

	if (n->all.packets > 0 && s > 0) {
		fprintf(t->fp, " %14.0f", 8 * (double)r->octets / s);
	} else {
		fprintf(t->fp, " %14s", "-");
	}
}

static void
print_row(const struct table *t, const struct node *n, const char *id,
    const struct row *r)
{
	if (n->host > 0) {
		fprintf(t->fp, "%5u", n->host);
	} else {
		fprintf(t->fp, "%5s", "-");
	}
	fprintf(t->fp, " %-*s %3s %12" PRIu64 " %15" PRIu64, t->width, n->name,
	    id, r->packets, r->octets);
	print_rate(t, n, r);
	if (r == &n->all) {
		fprintf(
		    t->fp, " %9" PRIu64 " %9" PRIu64 "\n", n->dropped, n->lost);
	} else {
		fprintf(t->fp, " %9s %9s\n", "-", "-");
	}
}

static void
print_node(const struct table *t, const struct node *n)
{
	char id[8];

	for (unsigned int i = 1; i < ROWS; i++) {
		(void)snprintf(id, sizeof(id), "%u", i);
		if (n->id[i].packets > 0)
			print_row(t, n, id, &n->id[i]);
	}
	if (n->id[0].packets > 0)
		print_row(t, n, "X", &n->id[0]);
	print_row(t, n, "all", &n->all);
}

static void
print_total(const struct table *t, const struct summary *s)
{
	struct node sum = { .name = "total" };

	for (size_t i = 0; i <= s->n; i++) {
		const struct node *n = i < s->n ? s->list[i] : &s->rest;

		sum.dropped += n->dropped;
		sum.lost += n->lost;
		if (n->all.packets == 0)
			continue;
		span(&sum, n->first, n->last);
		add(&sum.all, n->all.packets, n->all.octets);
	}
	print_row(t, &sum, "all", &sum.all);
}

static void
print_trust(struct summary *s, FILE *fp)
{
	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++) {
		uint64_t n;

		memcpy(&n, (const char *)&s->sum + doubts[i].offset, sizeof(n));
		summary_doubt(s, doubts[i].name, n);
	}
	if (s->doubt_len > 0) {
		fprintf(fp, "trusted no:%s\n", s->doubt);
	} else if (s->plain > 0) {
		fprintf(fp,
		    "trusted unknown: no loss is told, but %u of %u streams "
		    "have no numbers\n",
		    s->plain, s->agents);
	} else {
		fprintf(fp, "trusted yes: no packet was dropped, no record is "
			    "missing\n");
	}
	s->sum = (struct ledger_counts){ 0 };
	s->plain = s->agents = 0;
	s->doubt_len = 0;
}

void
summary_print(struct summary *s, FILE *fp)
{
	struct table t = { .fp = fp, .width = 5 };

	qsort(s->list, s->n, sizeof(struct node *), compare);
	for (size_t i = 0; i < s->n; i++) {
		const int len = (int)strlen(s->list[i]->name);

		t.width = len > t.width ? len : t.width;
	}
	if (s->rest.all.packets > 0 && t.width < (int)strlen(s->rest.name))
		t.width = (int)strlen(s->rest.name);
	fprintf(fp, "%5s %-*s %3s %12s %15s %14s %9s %9s\n", "host", t.width,
	    "node", "id", "packets", "bytes", "bit/s", "dropped", "lost");
	for (size_t i = 0; i < s->n; i++)
		print_node(&t, s->list[i]);
	if (s->rest.all.packets > 0)
		print_node(&t, &s->rest);
	print_total(&t, s);
	print_trust(s, fp);
}

void
summary_free(struct summary *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->list[i]);
	free(s);
}
