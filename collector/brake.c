/* SPDX-License-Identifier: BSD-3-Clause */
/* Pauses in reading from an agent that sends more records than it may. */
#include "collector/brake.h"

#include "base/proc.h"

static void
release(struct brake *b)
{
	if (!b->on)
		return;
	brake_tick(b);
	ev_timer_stop(b->loop, &b->timer);
	b->on = false;
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct brake *b = w->data;

	(void)loop;
	(void)revents;
	brake_check(b);
	if (!b->on)
		b->over(b->arg);
}

void
brake_init(struct brake *b, struct ev_loop *loop, brake_fn *over, void *arg)
{
	*b = (struct brake){ .loop = loop, .over = over, .arg = arg };
	ev_init(&b->timer, on_timer);
	b->timer.data = b;
}

void
brake_begin(struct brake *b, struct session *sess, uint64_t max)
{
	b->sess = sess;
	b->counted = 0;
	ratecap_init(&b->cap, max, proc_mono());
}

void
brake_check(struct brake *b)
{
	const uint64_t n = session_records(b->sess) - b->counted;
	const mono_t now = proc_mono();
	const int64_t wait = ratecap_add(&b->cap, n, now);

	b->counted += n;
	if (wait == 0) {
		release(b);
		return;
	}
	if (!b->on)
		b->since = now;
	b->on = true;
	ev_timer_set(&b->timer, (double)wait * 1e-9, 0.);
	ev_timer_start(b->loop, &b->timer);
}

void
brake_tick(struct brake *b)
{
	const mono_t now = proc_mono();
	const int64_t ms = (now.ns - b->since.ns) / MONO_NS_PER_MS;
	struct source *s;

	if (!b->on)
		return;
	session_deaf(b->sess, now);
	b->since.ns += ms * MONO_NS_PER_MS;
	if ((s = session_source(b->sess)) != NULL)
		s->led.c.throttled_ms += (uint64_t)ms;
}

void
brake_end(struct brake *b)
{
	release(b);
	b->sess = NULL;
}
