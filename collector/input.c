/* SPDX-License-Identifier: BSD-3-Clause */
/* Stored files in place of agents, merged by the time of their records. */
#include "collector/input.h"

#include <ev.h>
#include <stdlib.h>

#include "base/keep.h"
#include "base/log.h"
#include "base/proc.h"
#include "collector/pace.h"
#include "collector/store.h"

#define TURN_RECORDS 65536 /* before timers and signals get a chance */
#define FULL_SECONDS 0.01  /* pause when an output asks for one */

struct input {
	struct ev_loop *loop;
	struct hub *hub;
	input_done_fn *done;
	void *arg;
	struct stream_scratch *scratch;
	struct store **all; /* in the order given */
	size_t n_all;
	struct store **heap; /* those with records: the earliest is first */
	size_t n_heap;
	size_t n_waiting;    /* all[n_waiting ..] were never filled */
	wall_t since, until; /* what is wanted */
	struct pace pace;    /* .speed 0: none */
	ev_idle turn;
	ev_io readable;
	ev_timer pause;
};

static bool
is_before(const struct store *a, const struct store *b)
{
	const int64_t ta = store_head(a)->time.ns;
	const int64_t tb = store_head(b)->time.ns;

	if (ta != tb)
		return ta < tb;
	return store_source(a)->src.host < store_source(b)->src.host;
}

static void
swap(struct store **a, struct store **b)
{
	struct store *t = *a;

	*a = *b;
	*b = t;
}

static void
sift_down(struct input *in, size_t i)
{
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < in->n_heap;
		     k++) {
			if (is_before(in->heap[k], in->heap[least]))
				least = k;
		}
		if (least == i)
			return;
		swap(&in->heap[i], &in->heap[least]);
		i = least;
	}
}

static void
heap_add(struct input *in, struct store *st)
{
	size_t i = in->n_heap++;

	in->heap[i] = st;
	while (i > 0 && is_before(in->heap[i], in->heap[(i - 1) / 2])) {
		swap(&in->heap[i], &in->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

/* Up to when may the earliest file go on before another has its turn? */
static wall_t
turn_ends(const struct input *in)
{
	const struct store *next = NULL;

	for (size_t k = 1; k <= 2 && k < in->n_heap; k++) {
		if (next == NULL || is_before(in->heap[k], next))
			next = in->heap[k];
	}
	if (next == NULL)
		return (wall_t){ INT64_MAX };
	wall_t t = store_head(next)->time;

	if (store_source(next)->src.host < store_source(in->heap[0])->src.host)
		t.ns -= t.ns > INT64_MIN;
	return t;
}

/* Nothing goes on before ${st} becomes readable. */
static void
wait_for(struct input *in, struct store *st)
{
	ev_io_set(&in->readable, store_fd(st), EV_READ);
	ev_io_start(in->loop, &in->readable);
	ev_idle_stop(in->loop, &in->turn);
}

/* Leave out the next observation, and those behind it that are as early. */
static void
leave_out(const struct input *in, struct store *st)
{
	const wall_t until = { in->since.ns - 1 };
	uint64_t first;
	size_t n;
	const struct obs *o = store_run(st, until, &first, &n);
	const bool numbered = o->kind == OBS_PKT || o->kind == OBS_DNS;

	ledger_skip(&store_source(st)->led, o, first + (numbered ? n : 0));
}

/*
 * Let ${st} show its next record that is wanted, or its end.  Returns false
 * when it must first become readable.
 */
static bool
show_next(struct input *in, struct store *st)
{
	for (;;) {
		if (store_head(st) == NULL && store_fill(st) == 0) {
			wait_for(in, st);
			return false;
		}
		if (store_head(st) == NULL)
			return true;
		if (store_head(st)->time.ns >= in->since.ns)
			break;
		leave_out(in, st);
	}
	if (store_head(st)->time.ns > in->until.ns)
		store_leave(st);
	return true;
}

/*
 * Every file must show its next record before the earliest is known.
 * Returns whether that is so.
 */
static bool
fill_all(struct input *in)
{
	while (in->n_waiting < in->n_all) {
		struct store *st = in->all[in->n_waiting];

		if (!show_next(in, st))
			return false;
		if (store_head(st) != NULL)
			heap_add(in, st);
		in->n_waiting++;
	}
	if (in->n_heap == 0)
		return true;
	struct store *top = in->heap[0];

	if (!show_next(in, top))
		return false;
	if (store_head(top) == NULL)
		in->heap[0] = in->heap[--in->n_heap];
	sift_down(in, 0);
	return true;
}

/*
 * Is the earliest record due?  Then ${ret_until} is up to when others are, too;
 * else the timer is set.
 */
static bool
is_due(struct input *in, wall_t *ret_until)
{
	const wall_t head = store_head(in->heap[0])->time;
	mono_t now, due;

	*ret_until = in->until;
	if (in->pace.speed <= 0)
		return true;
	now = proc_mono();
	pace_begin(&in->pace, head, now);
	due = pace_due(&in->pace, head);
	if (due.ns <= now.ns) {
		const wall_t at = pace_at(&in->pace, now);

		if (at.ns < in->until.ns)
			*ret_until = at;
		return true;
	}
	ev_now_update(in->loop);
	ev_timer_stop(in->loop, &in->pause);
	ev_timer_set(
	    &in->pause, (double)(due.ns - now.ns) / (double)MONO_NS_PER_S, 0.);
	ev_timer_start(in->loop, &in->pause);
	ev_idle_stop(in->loop, &in->turn);
	return false;
}

static void
rest(struct input *in)
{
	ev_idle_stop(in->loop, &in->turn);
	ev_timer_set(&in->pause, FULL_SECONDS, 0.);
	ev_timer_start(in->loop, &in->pause);
}

/* Pass on one run of the earliest file.  Returns its length. */
static size_t
pass_on(struct input *in, wall_t until)
{
	struct store *st = in->heap[0];
	const wall_t turn = turn_ends(in);
	uint64_t first;
	size_t n;
	const struct obs *o =
	    store_run(st, turn.ns < until.ns ? turn : until, &first, &n);

	hub_put(in->hub, store_source(st), first, o, n);
	return n;
}

static void
on_turn(struct ev_loop *loop, ev_idle *w, int revents)
{
	struct input *in = w->data;

	(void)revents;
	for (size_t n = 0; n < TURN_RECORDS;) {
		wall_t until;

		if (!fill_all(in))
			return;
		if (in->n_heap == 0) {
			ev_idle_stop(loop, w);
			in->done(in->arg);
			return;
		}
		if (hub_full(in->hub)) {
			rest(in);
			return;
		}
		if (!is_due(in, &until))
			return;
		n += pass_on(in, until);
	}
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct input *in = w->data;

	(void)revents;
	ev_io_stop(loop, w);
	ev_idle_start(loop, &in->turn);
}

static void
on_pause(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct input *in = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	ev_idle_start(loop, &in->turn);
}

/* Text logs do not tell who wrote them, but the names of copies do. */
static struct source *
new_source(struct input *in, const char *path)
{
	struct source *s = hub_source(in->hub, 0, path);
	char node[KEEP_NODE_MAX];

	if (s != NULL && keep_node(node, path) == 0)
		source_name(s, node);
	return s;
}

static int
open_all(struct input *in, const struct opt_list *files)
{
	for (size_t i = 0; i < files->n; i++) {
		struct source *s = new_source(in, files->item[i]);
		struct store *st = NULL;

		if (s == NULL) {
			log_error("%s", files->item[i]);
		} else {
			st = store_open(files->item[i], s, in->scratch);
		}
		if (st == NULL)
			return -1;
		in->all[in->n_all++] = st;
	}
	return 0;
}

struct input *
input_new(struct ev_loop *loop, struct hub *hub, const struct input_conf *conf,
    input_done_fn *done, void *arg)
{
	const struct opt_list *files = conf->files;
	struct input *in = calloc(1, sizeof(*in));

	if (in == NULL)
		goto no_memory;
	in->loop = loop;
	in->hub = hub;
	in->since = conf->since;
	in->until = conf->until;
	in->pace.speed = conf->speed;
	in->done = done;
	in->arg = arg;
	ev_idle_init(&in->turn, on_turn);
	ev_init(&in->readable, on_readable);
	ev_init(&in->pause, on_pause);
	in->turn.data = in->readable.data = in->pause.data = in;
	in->scratch = stream_scratch_new();
	in->all = calloc(files->n, sizeof(struct store *));
	in->heap = calloc(files->n, sizeof(struct store *));
	if (in->scratch == NULL || in->all == NULL || in->heap == NULL)
		goto no_memory;
	if (open_all(in, files) == 0)
		return in;
	input_free(in);
	return NULL;
no_memory:
	log_error("stored input");
	input_free(in);
	return NULL;
}

void
input_start(struct input *in)
{
	ev_idle_start(in->loop, &in->turn);
}

wall_t
input_time(void *arg)
{
	const struct input *in = arg;
	wall_t t = { INT64_MIN };

	if (!in->pace.begun)
		return t;
	t = pace_at(&in->pace, proc_mono());
	/* Behind the schedule, time is what was reached. */
	if (in->n_heap > 0 && store_head(in->heap[0]) != NULL &&
	    store_head(in->heap[0])->time.ns < t.ns)
		t = store_head(in->heap[0])->time;
	return t;
}

bool
input_failed(const struct input *in)
{
	for (size_t i = 0; i < in->n_all; i++) {
		if (store_failed(in->all[i]))
			return true;
	}
	return false;
}

size_t
input_left(const struct input *in)
{
	size_t n = 0;

	for (size_t i = 0; i < in->n_all; i++)
		n += store_failed(in->all[i]) || !store_ended(in->all[i]);
	return n;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	ev_idle_stop(in->loop, &in->turn);
	ev_io_stop(in->loop, &in->readable);
	ev_timer_stop(in->loop, &in->pause);
	for (size_t i = 0; i < in->n_all; i++)
		store_close(in->all[i]);
	stream_scratch_free(in->scratch);
	free(in->all);
	free(in->heap);
	free(in);
}
