/* SPDX-License-Identifier: BSD-3-Clause */
/* Meters of a program, and the lines about them, every so many seconds. */
#include "base/meterlog.h"

#include <ev.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/meter.h"
#include "base/proc.h"

struct meterlog {
	struct ev_loop *loop;
	ev_timer timer;
	meterlog_fn *also;
	void *arg;
	size_t n;
	struct meter meter[];
};

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct meterlog *l = w->data;
	const mono_t now = proc_mono();
	char line[METER_LINE_MAX];

	(void)loop;
	(void)revents;
	for (size_t i = 0; i < l->n; i++)
		log_info("%s", meter_line(line, &l->meter[i], now));
	if (l->also != NULL)
		l->also(l->arg);
}

struct meterlog *
meterlog_new(
    struct ev_loop *loop, long seconds, const char *const names[], size_t n)
{
	struct meterlog *l = calloc(1, sizeof(*l) + n * sizeof(struct meter));
	const mono_t now = proc_mono();

	if (l == NULL)
		return NULL;
	l->loop = loop;
	l->n = n;
	for (size_t i = 0; i < n; i++)
		meter_init(&l->meter[i], names[i], now);
	ev_timer_init(&l->timer, on_timer, (double)seconds, (double)seconds);
	l->timer.data = l;
	ev_timer_start(loop, &l->timer);
	return l;
}

void
meterlog_also(struct meterlog *l, meterlog_fn *f, void *arg)
{
	if (l == NULL)
		return;
	l->also = f;
	l->arg = arg;
}

mono_t
meterlog_now(const struct meterlog *l)
{
	const mono_t none = { 0 };

	return l == NULL ? none : proc_mono();
}

void
meterlog_start(struct meterlog *l, unsigned int which, size_t n, mono_t now)
{
	if (l != NULL)
		meter_start(&l->meter[which], (uint32_t)n, now);
}

void
meterlog_stop(
    struct meterlog *l, unsigned int which, size_t n, mono_t since, mono_t now)
{
	if (l != NULL)
		meter_stop(&l->meter[which], (uint32_t)n, since, now);
}

void
meterlog_batch(
    struct meterlog *l, unsigned int which, size_t n, mono_t since, mono_t now)
{
	mono_t last; /* when the last one began */

	if (l == NULL || n == 0)
		return;
	last.ns = now.ns - (now.ns - since.ns) / (int64_t)n;
	meterlog_start(l, which, n, since);
	meterlog_stop(l, which, n, last, now);
}

void
meterlog_free(struct meterlog *l)
{
	if (l == NULL)
		return;
	ev_timer_stop(l->loop, &l->timer);
	free(l);
}
