/* SPDX-License-Identifier: BSD-3-Clause */
/* A meter: how often something was done, how long it took, how many at once. */
#include "base/meter.h"

#include <stdio.h>

/* What a line tells of one of the three figures. */
struct figure {
	double min, max, last, ten, all;
};

static int64_t
second_of(mono_t t)
{
	return t.ns / MONO_NS_PER_S;
}

/* Rounded as the old agents do, or the last digit of a line may differ. */
static double
seconds_of(mono_t t)
{
	return (double)t.ns / (double)MONO_NS_PER_S;
}

/* The running second is over. */
static void
complete(struct meter *m)
{
	struct meter_second *s = &m->done[m->next];

	*s =
	    (struct meter_second){ .active = m->active, .started = m->started };
	if (m->stopped > 0)
		s->mean = m->spent / m->stopped;
	m->next = (m->next + 1) % METER_SECONDS;
	m->started = m->stopped = 0;
	m->spent = 0;
	m->second++;
}

static void
advance(struct meter *m, mono_t now)
{
	const int64_t to = second_of(now);

	if (to <= m->second)
		return;
	complete(m);
	/* Of a long pause only the last minute is remembered. */
	if (to - m->second > METER_SECONDS)
		m->second = to - METER_SECONDS;
	while (m->second < to)
		complete(m);
}

void
meter_init(struct meter *m, const char *name, mono_t now)
{
	*m = (struct meter){ .name = name, .second = second_of(now) };
}

void
meter_start(struct meter *m, uint32_t n, mono_t now)
{
	advance(m, now);
	m->active += n;
	m->started += n;
}

void
meter_stop(struct meter *m, uint32_t n, mono_t since, mono_t now)
{
	advance(m, now);
	m->active -= n;
	m->stopped += n;
	m->spent += (seconds_of(now) - seconds_of(since)) * n;
}

static double
mean_of(const struct meter_second *s)
{
	return s->mean;
}

static double
active_of(const struct meter_second *s)
{
	return s->active;
}

static double
started_of(const struct meter_second *s)
{
	return s->started;
}

static struct figure
figure(const struct meter *m, double (*get)(const struct meter_second *s))
{
	struct figure f = { 0 };
	double sum = 0;

	for (unsigned int i = 1; i <= METER_SECONDS; i++) {
		const unsigned int at =
		    (m->next + METER_SECONDS - i) % METER_SECONDS;
		const double v = get(&m->done[at]);

		sum += v;
		if (i == 1)
			f.min = f.max = f.last = v;
		if (v < f.min)
			f.min = v;
		if (v > f.max)
			f.max = v;
		if (i == 10)
			f.ten = sum / 10;
	}
	f.all = sum / METER_SECONDS;
	return f;
}

char *
meter_line(char dst[static METER_LINE_MAX], struct meter *m, mono_t now)
{
	struct figure e, d, n;

	advance(m, now);
	e = figure(m, mean_of);
	d = figure(m, active_of);
	n = figure(m, started_of);
	(void)snprintf(dst, METER_LINE_MAX,
	    "%.64s: emin=%.4f emax=%.4f e1=%.4f e10=%.4f e60=%.4f "
	    "dmin=%.0f dmax=%.0f d1=%.4f d10=%.4f d60=%.4f "
	    "nmin=%.0f nmax=%.0f n1=%.4f n10=%.4f n60=%.4f",
	    m->name, e.min, e.max, e.last, e.ten, e.all, d.min, d.max, d.last,
	    d.ten, d.all, n.min, n.max, n.last, n.ten, n.all);
	return dst;
}
