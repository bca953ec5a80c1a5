/* SPDX-License-Identifier: BSD-3-Clause */
/* What is known about one agent, longer than any connection to it. */
#include "collector/source.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define MORE "more" /* stands for all that the list has no room for */

/*
 * Append ${i} to the list, which the outputs follow.  Returns its index, or
 * that of the last one; -1 with errno.
 */
static int
append(struct source *s, const struct hello_iface *i)
{
	const struct hello_iface more = { .name = MORE };
	const unsigned int n = s->ifaces.n;

	if (n == HELLO_STREAM_IFACES)
		return (int)n - 1;
	if (ifaces_add(&s->ifaces, n,
		n == HELLO_STREAM_IFACES - 1 ? &more : i) != IFACES_NEW)
		return -1;
	s->src.ifs = (struct line_ifaces){ s->ifaces.n, s->ifaces.iface };
	return (int)n;
}

static bool
is_same(const struct hello_iface *a, const struct hello_iface *b)
{
	return a->linktype == b->linktype && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->node, b->node) == 0;
}

/* Is the place ${at} that of an interface of this stream? */
static bool
is_taken(const struct source *s, unsigned int at)
{
	return (s->taken[at / 8] >> at % 8 & 1) != 0;
}

/*
 * The place of interface ${index} of the stream: one that was there before in
 * an earlier stream keeps it, so that what outputs remember stays true.
 * Two of one stream never share a place, whatever their names.
 */
static int
find_place(struct source *s, unsigned int index, const struct hello_iface *i)
{
	const struct ifaces *l = &s->ifaces;

	if (index < s->n_places && is_same(&l->iface[s->place[index]], i))
		return s->place[index];
	if (index < l->n && is_same(&l->iface[index], i) && !is_taken(s, index))
		return (int)index;
	for (unsigned int at = s->moved ? 0 : index; at < l->n; at++) {
		if (!is_taken(s, at) && is_same(&l->iface[at], i))
			return (int)at;
	}
	return append(s, i);
}

static void
forget_places(struct source *s)
{
	s->n_places = 0;
	memset(s->taken, 0, sizeof(s->taken));
}

int
source_told(struct source *s, unsigned int index, const struct hello_iface *i)
{
	const int at = find_place(s, index, i);
	uint16_t *p = s->place;

	if (at < 0)
		return -1;
	if (index >= s->n_places) {
		p = realloc(p, (index + 1) * sizeof(*p));
		if (p == NULL)
			return -1;
		s->place = p;
		s->n_places = index + 1;
	}
	p[index] = (uint16_t)at;
	s->taken[at / 8] |= (uint8_t)(1U << at % 8);
	s->moved |= p[index] != index;
	return 0;
}

void
source_place(const struct source *s, struct obs *o, size_t n)
{
	if (!s->moved)
		return;
	for (size_t i = 0; i < n; i++) {
		struct obs_pkt *k = &o[i].pkt;

		if (o[i].kind != OBS_PKT)
			continue;
		/* Of one that was never told of, nothing is known. */
		k->iface = k->iface < s->n_places ? s->place[k->iface]
						  : HELLO_STREAM_IFACES;
	}
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
	clockest_init(&s->clock);
	dayoff_init(&s->off);
	return s;
}

void
source_name(struct source *s, const char *node)
{
	snprintf(s->node, sizeof(s->node), "%s", node);
	s->src.name = s->node;
}

void
source_forget(struct source *s, const char *addr)
{
	snprintf(s->addr, sizeof(s->addr), "%s", addr);
	s->node[0] = '\0';
	s->src.name = s->addr;
	s->src.ifs = (struct line_ifaces){ 0 };
	ifaces_done(&s->ifaces);
	forget_places(s);
	s->moved = false;
	s->has_stream = false;
	s->src.clock = s->told = (struct sink_clock){ 0 };
	s->fix[0].on = s->fix[1].on = false;
	clockest_init(&s->clock);
}

void
source_label(struct source *s, const char *name)
{
	snprintf(s->label, sizeof(s->label), "%s", name);
	if (s->node[0] == '\0')
		s->src.name = s->label;
}

/* What ${h} calls itself; a node that we know by name need not share its host's. */
static const char *
name_of(const struct source *s, const struct hello *h)
{
	if (h->node[0] != '\0')
		return h->node;
	return s->label[0] != '\0' ? s->label : h->host;
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
	const char *node = name_of(s, h);

	if (!same) {
		forget_places(s);
		s->moved = s->ifaces.n > 0;
	}
	for (unsigned int i = 0; i < h->n_ifaces; i++) {
		if (source_told(s, i, &h->iface[i]) != 0)
			return -1;
	}
	if (node[0] != '\0')
		source_name(s, node);
	s->src.digests = (h->par.fields & HELLO_FIELD_DIGEST) != 0;
	s->src.digest_max = h->par.digest_max;
	s->has_stream = h->has_stream;
	memcpy(s->stream_id, h->stream_id, sizeof(s->stream_id));
	source_begin(s, same ? LEDGER_RESUMED : LEDGER_ANEW);
	if (!same)
		ledger_start(&s->led, h->seq, h->dns_seq);
	return 0;
}

void
source_return(struct source *s, const struct position *p)
{
	forget_places(s);
	s->moved = s->ifaces.n > 0;
	s->has_stream = true;
	memcpy(s->stream_id, p->id, sizeof(s->stream_id));
	ledger_restore(&s->led, p);
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

uint16_t
source_at(struct source *s, const struct line_place *at)
{
	struct hello_iface i = { .linktype = 0 };
	unsigned int found;
	int n;

	memcpy(i.name, at->ifname, sizeof(at->ifname));
	memcpy(i.node, at->node, sizeof(at->node));
	found = ifaces_find(&s->ifaces, &i);
	if (found < s->ifaces.n)
		return (uint16_t)found;
	n = append(s, &i);
	return n < 0 ? HELLO_STREAM_IFACES : (uint16_t)n;
}

void
source_clock(struct source *s, mono_t now)
{
	struct clockest_offset o;

	if (!clockest_get(&s->clock, now, &o))
		return;
	s->src.clock.known = true;
	s->src.clock.offset_ns = o.ns;
	s->src.clock.bound_ns = o.bound_ns;
	s->src.clock.steps = s->clock.steps;
}

void
source_time(struct source *s, const struct clockest_exchange *x)
{
	const uint64_t steps = s->clock.steps;
	const bool first = s->clock.samples == 0;

	if (!clockest_add(&s->clock, x))
		return;
	source_clock(s, x->came_at);
	if (!first && s->clock.steps == steps)
		return;
	log_info("agent %u (%s): its clock is %.6f s %s ours, +-%.6f s%s",
	    s->src.host, s->addr, fabs((double)s->src.clock.offset_ns * 1e-9),
	    s->src.clock.offset_ns < 0 ? "behind" : "ahead of",
	    (double)s->src.clock.bound_ns * 1e-9,
	    first ? "" : ": one of them was set");
}

bool
source_has_news(struct source *s)
{
	const struct sink_clock *c = &s->src.clock;
	const int64_t by = c->offset_ns - s->told.offset_ns;

	if (!c->known || (s->told.known && s->told.steps == c->steps &&
			     by <= c->bound_ns && by >= -c->bound_ns))
		return false;
	s->told = *c;
	return true;
}

/* When, on our loop's clock, the agent's clock showed ${t}; not in the future. */
static mono_t
moment(const struct source *s, wall_t t, mono_t now, wall_t wall)
{
	int64_t age;

	if (__builtin_sub_overflow(wall.ns, t.ns, &age) ||
	    __builtin_add_overflow(age, s->src.clock.offset_ns, &age) ||
	    age > now.ns)
		return (mono_t){ 0 };
	if (age > 0)
		now.ns -= age;
	return now;
}

static void
not_known(struct source *s, size_t n)
{
	s->led.c.times_kept += n;
	if (s->fix_missed)
		return;
	s->fix_missed = true;
	log_warnx("agent %u (%s): nothing is known of its clock: times are "
		  "left as they are, and such records counted as times_kept",
	    s->src.host, s->addr);
}

/* How far times may be from the truth; two of them can be added. */
static int64_t
apart(const struct clockfix *f, const struct clockest_offset *at)
{
	const int64_t ns = at->bound_ns / 2 + llabs(f->off1 / 2 - at->ns / 2);

	return ns < INT64_MAX / 4 ? 2 * ns + 2 : INT64_MAX / 2;
}

void
source_aim(
    struct source *s, const struct obs *o, size_t n, mono_t now, wall_t wall)
{
	struct clockfix *f = &s->fix[o->kind == OBS_DNS];
	struct clockest_offset at;
	struct clockfix *other = &s->fix[o->kind != OBS_DNS];
	const wall_t last = o[n - 1].time;

	source_clock(s, now);
	if (!clockest_get(&s->clock, moment(s, last, now, wall), &at)) {
		not_known(s, n);
		return;
	}
	if (s->fix_steps != s->clock.steps) {
		s->fix[0].on = s->fix[1].on = false;
		s->fix_steps = s->clock.steps;
	}
	if (!f->on)
		clockfix_aim(other, last, at.ns);
	clockfix_aim(f, last, at.ns);
	s->src.clock.applied = true;
	s->src.clock.applied_ns = f->off1;
	s->src.clock.apart_ns = apart(f, &at);
	s->src.clock.fix = &s->fix[0];
}

wall_t
source_time_of(const struct source *s, const struct obs *o)
{
	return clockfix_time(&s->fix[o->kind == OBS_DNS], o->time);
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

static void
print_clock(const struct source *s, mono_t now, const char *prefix, FILE *fp)
{
	const struct clockest *c = &s->clock;
	struct clockest_offset o;
	int64_t ppb;

	if (!clockest_get(c, now, &o)) {
		fprintf(fp, "%s.clock unknown\n", prefix);
		return;
	}
	fprintf(fp, "%s.clock_offset_us %" PRId64 "\n", prefix, o.ns / 1000);
	fprintf(fp, "%s.clock_bound_us %" PRId64 "\n", prefix,
	    (o.bound_ns + 999) / 1000 + 1);
	if (clockest_rate(c, &ppb)) {
		fprintf(fp, "%s.clock_drift_ppm %.1f\n", prefix,
		    (double)ppb * 1e-3);
	}
	if (s->src.clock.applied) {
		fprintf(fp, "%s.clock_applied_us %" PRId64 "\n", prefix,
		    s->src.clock.applied_ns / 1000);
	}
	fprintf(fp, "%s.clock_samples %" PRIu64 "\n", prefix, c->samples);
	fprintf(fp, "%s.clock_steps %" PRIu64 "\n", prefix, c->steps);
	fprintf(fp, "%s.round_trip_us %" PRId64 "\n", prefix,
	    c->round_trip_ns / 1000);
}

void
source_print(const struct source *s, mono_t now, FILE *fp)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "agent.%u", s->src.host);
	fprintf(fp, "%s.address %s\n", prefix, s->addr);
	if (s->node[0] != '\0')
		fprintf(fp, "%s.node %s\n", prefix, s->node);
	ledger_print(&s->led.c, prefix, false, fp);
	print_clock(s, now, prefix, fp);
}

void
source_free(struct source *s)
{
	if (s == NULL)
		return;
	ifaces_done(&s->ifaces);
	free(s->place);
	free(s->part);
	free(s);
}
