/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/session collector/sesstell collector/sessrest collector/legacy collector/hub collector/streams collector/summary collector/sinksrc collector/class collector/outputs collector/output collector/position collector/positions collector/state collector/journal base/fdio collector/timing base/meterlog base/meter collector/source collector/clockfix collector/clockest collector/dayoff collector/ledger base/log base/obuf base/proc wire/stream wire/ifaces wire/dnsget wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/sess wire/hello wire/ctl wire/frame wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack wire/rec28 tests/unit/tmpdir -lev -lz */
/* What outputs have, what they lack, and what may be acknowledged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <stdio.h>
#include <string.h>

#include "collector/hub.h"
#include "collector/positions.h"
#include "collector/state.h"
#include "tests/unit/tmpdir.h"
#include "wire/hello.h"

static const struct hash_key key = { { 5, 6 } };

/* An output that remembers, as long as the program runs. */
struct fake {
	struct sink sink;
	struct positions *has;
	uint64_t first, n; /* packets it was given */
	unsigned int hosts, losses, dns;
	int answer; /* to commit: 1 done, 0 later, -1 failed */
	bool done;  /* what was to come later */
	bool fresh;
};

static struct fake fakes[2];
static struct ev_loop *loop;
static struct hub *hub;
static struct state *store;
static struct source *src;

static void
fake_put(struct sink *s, const struct sink_src *from, uint64_t first,
    const struct obs *o, size_t n)
{
	struct fake *f = (struct fake *)s;

	(void)from;
	if (o->kind == OBS_PKT) {
		if (f->n == 0)
			f->first = first;
		assert_int_equal(first, f->first + f->n);
		f->n += n;
	}
	f->hosts += o->kind == OBS_HOST;
	f->losses += o->kind == OBS_LOSS;
	f->dns += o->kind == OBS_DNS ? (unsigned int)n : 0;
}

static int
fake_flush(struct sink *s, mono_t now)
{
	(void)s;
	(void)now;
	return 0;
}

static int
fake_keep(struct sink *s, const struct sink_keep *k)
{
	struct fake *f = (struct fake *)s;

	assert_int_equal(strlen(k->id), 16);
	s->has = f->has;
	s->fresh = f->fresh;
	return 0;
}

static int
fake_commit(struct sink *s, const struct position *p, size_t n)
{
	struct fake *f = (struct fake *)s;

	for (size_t i = 0; i < n && f->answer > 0; i++)
		assert_int_equal(positions_set(f->has, &p[i]), 0);
	f->done = false;
	return f->answer;
}

static bool
fake_had(struct sink *s)
{
	return ((struct fake *)s)->done;
}

static void
fake_close(struct sink *s)
{
	(void)s;
}

static const struct sink_type fake_type = { .name = "fake",
	.put = fake_put,
	.flush = fake_flush,
	.keep = fake_keep,
	.commit = fake_commit,
	.had = fake_had,
	.close = fake_close };

struct sink *
sink_open(const struct conf *conf, const char *spec, struct ev_loop *l)
{
	struct fake *f = &fakes[spec[0] - '0'];

	(void)conf;
	(void)l;
	f->sink = (struct sink){ .type = &fake_type };
	f->first = f->n = 0;
	f->hosts = f->losses = f->dns = 0;
	return &f->sink;
}

static void
on_gone(void *arg, const char *sink)
{
	(void)arg;
	fail_msg("%s is gone", sink);
}

static void
open_outputs(void)
{
	hub = hub_new(loop, on_gone, NULL);
	assert_int_equal(hub_output(hub, NULL, "0:x"), 0);
	assert_int_equal(hub_output(hub, NULL, "1:x"), 0);
}

static void
run(void)
{
	assert_true(hub_ready(hub));
	src = hub_source(hub, 1, "10.0.0.1:7073");
}

/* A collector begins, as after a restart. */
static void
start(void)
{
	open_outputs();
	store = state_open(tmpdir_path("state"), false);
	assert_non_null(store);
	assert_int_equal(hub_keep(hub, store), 0);
	run();
}

static void
finish(void)
{
	hub_free(hub);
	state_close(store);
	store = NULL;
}

static int
setup(void **state)
{
	assert_int_equal(tmpdir_setup(state), 0);
	loop = ev_loop_new(EVFLAG_AUTO);
	for (unsigned int i = 0; i < 2; i++) {
		fakes[i] = (struct fake){ .answer = 1,
			.has = positions_new(10, &key) };
	}
	return 0;
}

static int
teardown(void **state)
{
	finish();
	for (unsigned int i = 0; i < 2; i++)
		positions_free(fakes[i].has);
	ev_loop_destroy(loop);
	return tmpdir_teardown(state);
}

static void
hello(uint8_t id, uint64_t seq)
{
	struct hello h;

	hello_default(&h, true);
	h.has_stream = true;
	h.stream_id[0] = id;
	h.seq = seq;
	snprintf(h.node, sizeof(h.node), "n1");
	assert_int_equal(hub_hello(hub, src, &h), 0);
}

/* Which packet the agent would be asked for. */
static uint64_t
wanted(void)
{
	struct hello h;

	hello_default(&h, false);
	hub_offer(hub, src, &h);
	return h.has_stream ? h.seq : UINT64_MAX;
}

static size_t
put(uint64_t first, size_t n)
{
	static struct obs o[200];

	for (size_t i = 0; i < n; i++)
		o[i] = (struct obs){ .kind = OBS_PKT };
	return hub_put(hub, src, first, o, n);
}

static void
put_host(uint64_t before, int64_t ns)
{
	const struct obs o = { .kind = OBS_HOST, .time = { ns } };

	(void)hub_put(hub, src, before, &o, 1);
}

static uint64_t
had(void)
{
	struct position p;

	hub_had(hub, src, &p);
	return p.next;
}

static void
nothing_is_had_before_every_output_has_it(void **state)
{
	(void)state;
	start();
	hello(1, 0);
	assert_int_equal(put(0, 50), 0);
	assert_int_equal(had(), 0);
	fakes[1].answer = 0;
	hub_commit(hub);
	assert_int_equal(had(), 0);
	put(50, 10);
	hub_commit(hub); /* of the first; the other one is busy */
	assert_int_equal(had(), 0);
	fakes[1].done = true;
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(had(), 50);
	fakes[1].done = true; /* the commit that was wanted meanwhile */
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(had(), 60);
	fakes[0].answer = -1;
	put(60, 10);
	hub_commit(hub);
	fakes[1].done = true;
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(had(), 60);
	fakes[0].answer = 1;
	hub_commit(hub);
	assert_int_equal(had(), 70);
}

static void
after_a_restart_each_output_gets_what_it_lacks(void **state)
{
	struct position p = { .id = { 1 }, .next = 60, .joined = true };

	(void)state;
	start();
	hello(1, 0);
	put(0, 100);
	put_host(100, 5);
	hub_commit(hub);
	finish();
	assert_int_equal(positions_set(fakes[1].has, &p), 0);
	start();
	assert_int_equal(wanted(), 60);
	hello(1, 60);
	assert_int_equal(put(40, 60), 20);
	put_host(100, 5);
	put_host(100, 9);
	assert_int_equal(put(100, 20), 0);
	assert_int_equal(fakes[0].first, 100);
	assert_int_equal(fakes[0].n, 20);
	assert_int_equal(fakes[0].hosts, 1);
	assert_int_equal(fakes[1].first, 60);
	assert_int_equal(fakes[1].n, 60);
	assert_int_equal(fakes[1].hosts, 2);
	assert_int_equal(had(), 60);
	hub_commit(hub);
	assert_int_equal(had(), 120);
	assert_int_equal(src->led.c.lost_late, 0);
	assert_int_equal(src->led.c.lost_unexplained, 0);
}

static void
a_stream_that_no_output_has_is_asked_for_from_its_start(void **state)
{
	(void)state;
	start();
	assert_int_equal(wanted(), UINT64_MAX);
	hello(1, 30);
	put(30, 10);
	finish();
	start();
	assert_int_equal(wanted(), 30);
	hello(1, 30);
	put(30, 10);
	assert_int_equal(fakes[0].n, 10);
	assert_int_equal(src->led.c.duplicates, 0);
}

static void
a_new_output_begins_where_the_others_are(void **state)
{
	(void)state;
	start();
	hello(1, 0);
	put(0, 100);
	hub_commit(hub);
	finish();
	positions_free(fakes[1].has);
	fakes[1].has = positions_new(10, &key);
	fakes[1].fresh = true;
	start();
	assert_int_equal(wanted(), 100);
	finish();
	fakes[1].fresh = false; /* killed before it was given anything */
	start();
	assert_int_equal(wanted(), 100);
	hello(1, 100);
	put(90, 30);
	assert_int_equal(fakes[1].first, 100);
	assert_int_equal(fakes[1].n, 20);
}

static void
the_end_of_one_stream_is_had_while_the_next_one_runs(void **state)
{
	const struct position *p;
	uint8_t id[POSITION_ID] = { 1 };

	(void)state;
	start();
	hello(1, 0);
	put(0, 10);
	hello(2, 0);
	fakes[0].n = fakes[1].n = 0;
	put(0, 5);
	hub_commit(hub);
	p = positions_find(fakes[1].has, id);
	assert_non_null(p);
	assert_int_equal(p->next, 10);
	id[0] = 2;
	p = positions_find(fakes[1].has, id);
	assert_non_null(p);
	assert_int_equal(p->next, 5);
	fakes[0].n = fakes[1].n = 0;
	hello(1, 10); /* it goes on with the first one */
	assert_int_equal(put(5, 10), 5);
}

/* An agent was killed, and again before it had anything of its own to send. */
static void
come_back(void)
{
	hello(1, 0);
	put(0, 10);
	put_host(10, 5);
	hello(2, 0);
	hello(1, 4); /* up to there it knows of acknowledgements */
	assert_int_equal(had(), 0);
	put_host(10, 5);
	assert_int_equal(put(4, 9), 6);
	put_host(13, 6);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(fakes[i].n, 13);
		assert_int_equal(fakes[i].hosts, 2);
	}
	hub_commit(hub);
	assert_int_equal(had(), 13);
}

static void
a_stream_that_comes_back_before_a_commit_is_not_given_twice(void **state)
{
	(void)state;
	start();
	come_back();
}

static void
nor_is_it_without_state(void **state)
{
	(void)state;
	open_outputs();
	run();
	come_back();
}

static void
nor_while_a_commit_is_under_way(void **state)
{
	(void)state;
	start();
	hello(1, 0);
	put(0, 10);
	fakes[1].answer = 0;
	hub_commit(hub);
	hello(2, 0);
	hello(1, 0);
	assert_int_equal(put(0, 12), 10);
	assert_int_equal(had(), 0);
	fakes[1].answer = 1;
	fakes[1].done = true;
	hub_commit(hub);
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(had(), 12);
	assert_int_equal(fakes[1].n, 12);
}

static void
an_output_that_was_ahead_stays_so_when_a_stream_comes_back(void **state)
{
	(void)state;
	start();
	hello(1, 0);
	put(0, 10);
	fakes[1].answer = -1;
	hub_commit(hub);
	finish();
	start();
	fakes[1].answer = 1;
	hello(1, 0);
	assert_int_equal(put(0, 4), 0);
	hello(2, 0);
	hello(1, 0);
	assert_int_equal(put(0, 11), 4);
	assert_int_equal(fakes[0].first, 10);
	assert_int_equal(fakes[0].n, 1);
	assert_int_equal(fakes[1].n, 11);
}

static void
a_guest_gets_the_number_that_it_had(void **state)
{
	struct hello h;

	(void)state;
	start();
	hello(7, 0);
	finish();
	start();
	hello_default(&h, true);
	h.has_stream = true;
	h.stream_id[0] = 7;
	assert_int_equal(hub_host(hub, &h), 2); /* 1 is configured */
	src = hub_source(hub, 5, "a");
	h.stream_id[0] = 8;
	assert_int_equal(hub_host(hub, &h), 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(nothing_is_had_before_every_output_has_it),
		TEST(after_a_restart_each_output_gets_what_it_lacks),
		TEST(a_stream_that_no_output_has_is_asked_for_from_its_start),
		TEST(a_new_output_begins_where_the_others_are),
		TEST(the_end_of_one_stream_is_had_while_the_next_one_runs),
		TEST(
		    a_stream_that_comes_back_before_a_commit_is_not_given_twice),
		TEST(nor_is_it_without_state),
		TEST(nor_while_a_commit_is_under_way),
		TEST(
		    an_output_that_was_ahead_stays_so_when_a_stream_comes_back),
		TEST(a_guest_gets_the_number_that_it_had),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
