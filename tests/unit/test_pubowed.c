/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubfeed agent/pubdisk agent/pubaway agent/pubenc agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab wire/ifaces base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello tests/unit/feed tests/unit/shell tests/unit/tmpdir -lev -lz */
/* What several collectors get of an agent that is killed and begins anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/pubdisk.h"
#include "base/proc.h"
#include "tests/unit/feed.h"
#include "tests/unit/shell.h"
#include "tests/unit/tmpdir.h"

#define DISK (8 << 20)
#define FAST "#00000000000000aa"
#define SLOW "#00000000000000bb"

/* What ${live} does is done by an agent that is killed. */
static void
killed(void (*live)(struct run *r))
{
	const pid_t pid = fork();
	struct run r;
	int status;

	if (pid == 0) {
		feed_begin(&r, tmpdir, DISK);
		live(&r);
		_exit(42);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 42 << 8);
}

static bool
nothing_is_left(void)
{
	return shell_run(tmpdir, "test -z \"$(ls)\"") == 0;
}

/* Let ${c} get and store all. */
static void
store_all(struct client *c)
{
	feed_read_all(c);
	feed_ack(c);
}

static void
put(struct run *r, unsigned int n)
{
	feed_put(r, n);
	pubenc_flush(&r->env.encs);
}

/* The one has all 20,000 packets, the other one only what fits its window. */
static void
one_is_slow(struct run *r)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	static struct client fast, slow;

	feed_come(r, &fast, &what, FAST);
	feed_come(r, &slow, &what, SLOW);
	put(r, 20000);
	feed_read_some(&slow, 20000);
	feed_ack(&slow);
	store_all(&fast);
}

/* The next stream of an earlier run that ${c} gets, whole. */
static void
get_old(
    struct run *r, struct client *c, const struct hello *what, const char *who)
{
	feed_come(r, c, what, who);
	assert_non_null(c->f.old);
	feed_read_all(c);
	assert_true(pubfeed_is_over(&c->f));
	assert_int_equal(c->lost, 0);
	assert_int_equal(c->nameless, 0);
	assert_int_equal(c->next, c->f.old->mark.next_seq);
}

static void
what_one_has_not_stored_is_kept_though_another_has(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client fast, slow;
	struct run r;

	(void)state;
	killed(one_is_slow);
	feed_begin(&r, tmpdir, DISK);
	/* The one that has all is not asked for more. */
	feed_come(&r, &fast, &what, FAST);
	assert_null(fast.f.old);
	feed_go(&fast, FAST);
	/* The other one goes on at its own place, though it names none. */
	get_old(&r, &slow, &what, SLOW);
	assert_true(slow.h.seq > 0);
	assert_true(slow.h.seq < 20000);
	assert_int_equal(slow.pkts, 20000 - slow.h.seq);
	feed_ack(&slow);
	feed_go(&slow, SLOW);
	assert_true(spooldir_next(r.env.dir, NULL)->gone);
	feed_end(&r);
}

static void
what_is_kept_for_one_outlives_more_runs(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client slow;
	struct run r;

	(void)state;
	killed(one_is_slow);
	for (unsigned int i = 0; i < 3; i++) {
		feed_begin(&r, tmpdir, DISK);
		feed_end(&r);
	}
	feed_begin(&r, tmpdir, DISK);
	get_old(&r, &slow, &what, SLOW);
	feed_ack(&slow);
	feed_go(&slow, SLOW);
	feed_end(&r);
}

/* It comes late to the stream of this run, of which another has a part. */
static void
who_was_there_gets_the_next_stream_from_its_start(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client fast, slow, new;
	struct run r;

	(void)state;
	killed(one_is_slow);
	feed_begin(&r, tmpdir, DISK);
	feed_come(&r, &fast, &what, FAST);
	put(&r, 100000);
	store_all(&fast);
	assert_int_equal(fast.next, 100000);
	get_old(&r, &slow, &what, SLOW);
	feed_ack(&slow);
	feed_go(&slow, SLOW);
	feed_come(&r, &slow, &what, SLOW);
	assert_null(slow.f.old);
	assert_int_equal(slow.h.seq, 0);
	feed_read_all(&slow);
	assert_int_equal(slow.pkts, 100000);
	assert_int_equal(slow.lost, 0);
	/* One that nobody knows begins where the first one is. */
	feed_come(&r, &new, &what, "new");
	assert_int_equal(new.h.seq, 100000);
	feed_go(&new, NULL);
	feed_go(&slow, NULL);
	feed_go(&fast, NULL);
	feed_end(&r);
}

/* Nobody knew them when the earlier run ended. */
static void
who_reads_is_kept_its_place_in_the_next_stream(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client fast, slow, back;
	struct run r;

	(void)state;
	feed_begin(&r, tmpdir, DISK);
	put(&r, 1000);
	feed_end(&r);
	feed_begin(&r, tmpdir, DISK);
	get_old(&r, &fast, &what, "fast");
	feed_come(&r, &slow, &what, "slow");
	feed_ack(&fast);
	feed_go(&fast, "fast");
	feed_come(&r, &fast, &what, "fast");
	put(&r, 100000);
	store_all(&fast);
	store_all(&slow);
	assert_int_equal(slow.pkts, 1000);
	/* It may be back before the end of its connection is heard. */
	pubfeed_again(&slow.f, (mono_t){ 1 });
	feed_come(&r, &back, &what, "slow");
	feed_go(&slow, "slow");
	store_all(&back);
	assert_int_equal(back.pkts, 100000);
	feed_go(&back, NULL);
	feed_go(&fast, NULL);
	feed_end(&r);
	assert_true(nothing_is_left());
}

static struct client one, other;

static void
all_have_all(struct run *r)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);

	feed_come(r, &one, &what, FAST);
	feed_come(r, &other, &what, SLOW);
	put(r, 20000);
	store_all(&other);
	store_all(&one);
}

static void
who_had_all_gets_the_next_stream_from_its_start(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client fast, slow;
	struct run r;

	(void)state;
	killed(all_have_all);
	feed_begin(&r, tmpdir, DISK);
	assert_null(spooldir_next(r.env.dir, NULL));
	all_have_all(&r);
	feed_go(&one, FAST);
	feed_go(&other, SLOW);
	feed_end(&r);
	/* Also after a run that ended well, and left nothing else. */
	feed_begin(&r, tmpdir, DISK);
	assert_null(spooldir_next(r.env.dir, NULL));
	feed_come(&r, &fast, &what, FAST);
	put(&r, 100000);
	store_all(&fast);
	feed_come(&r, &slow, &what, SLOW);
	store_all(&slow);
	assert_int_equal(slow.pkts, 100000);
	feed_go(&slow, NULL);
	feed_go(&fast, NULL);
	feed_end(&r);
	assert_true(nothing_is_left());
}

static void
a_run_that_ends_well_keeps_what_one_lacks(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client fast, slow;
	struct run r;

	(void)state;
	feed_begin(&r, tmpdir, DISK);
	feed_come(&r, &fast, &what, FAST);
	feed_come(&r, &slow, &what, SLOW);
	put(&r, 20000);
	feed_read_some(&slow, 20000);
	feed_ack(&slow);
	feed_go(&slow, SLOW);
	store_all(&fast);
	feed_go(&fast, NULL);
	feed_end(&r);
	feed_begin(&r, tmpdir, DISK);
	get_old(&r, &slow, &what, SLOW);
	feed_ack(&slow);
	feed_go(&slow, NULL);
	feed_end(&r);
	assert_true(nothing_is_left());
}

static struct client seen; /* by the collector, whatever becomes of the agent */

/* All came, and nothing is stored yet. */
static void
nothing_is_stored(struct run *r)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);

	feed_come(r, &seen, &what, SLOW);
	put(r, 20000);
	pubdisk_mark(&r->env);
}

/* What it got and did not store is asked for, before the next stream begins. */
static void
who_got_all_is_asked_to_acknowledge_it(void **state)
{
	struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	(void)state;
	killed(nothing_is_stored);
	feed_begin(&r, tmpdir, DISK);
	what.has_stream = true;
	memcpy(what.stream_id, spooldir_next(r.env.dir, NULL)->hello.stream_id,
	    sizeof(what.stream_id));
	/* It may have more than the agent wrote. */
	what.seq = 20001;
	feed_come(&r, &c, &what, SLOW);
	assert_non_null(c.f.old);
	assert_int_equal(c.h.seq, 20000);
	assert_true(pubfeed_is_over(&c.f));
	feed_go(&c, SLOW);
	/* Not again and again: it may never acknowledge anything. */
	feed_come(&r, &c, &what, SLOW);
	assert_null(c.f.old);
	feed_go(&c, SLOW);
	feed_end(&r);
	/* The next run asks once more, also who has gone on since. */
	feed_begin(&r, tmpdir, DISK);
	memcpy(what.stream_id, r.id.hello.stream_id, sizeof(what.stream_id));
	what.seq = 0;
	get_old(&r, &c, &what, SLOW);
	assert_int_equal(c.pkts, 20000);
	assert_true(pubfeed_acked(&c.f, 20001, 0));
	feed_go(&c, SLOW);
	assert_true(spooldir_next(r.env.dir, NULL)->gone);
	feed_end(&r);
}

static void
who_takes_its_leave_is_owed_nothing(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client slow;
	struct run r;

	(void)state;
	killed(one_is_slow);
	feed_begin(&r, tmpdir, DISK);
	feed_come(&r, &slow, &what, SLOW);
	feed_read_some(&slow, 1000);
	feed_go(&slow, NULL);
	assert_true(spooldir_next(r.env.dir, NULL)->gone);
	feed_end(&r);
}

static void
who_does_not_come_back_is_given_up(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client slow;
	struct run r;
	mono_t now;

	(void)state;
	killed(one_is_slow);
	feed_begin(&r, tmpdir, DISK);
	now = proc_mono();
	now.ns += r.env.away.patience_ns - MONO_NS_PER_S;
	pubdisk_tick(&r.env, now);
	assert_false(spooldir_next(r.env.dir, NULL)->gone);
	/* Who reads is not away, however long it takes. */
	feed_come(&r, &slow, &what, SLOW);
	now.ns += 2 * r.env.away.patience_ns;
	pubdisk_tick(&r.env, now);
	assert_false(spooldir_next(r.env.dir, NULL)->gone);
	pubfeed_end(&slow.f, true, now);
	pubdisk_tick(&r.env, now);
	assert_false(spooldir_next(r.env.dir, NULL)->gone);
	now.ns += r.env.away.patience_ns;
	pubdisk_tick(&r.env, now);
	assert_true(spooldir_next(r.env.dir, NULL)->gone);
	feed_end(&r);
}

/* The connection before was not heard to break. */
static void
who_has_an_id_takes_its_place_over(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client was, is;
	struct run r;

	(void)state;
	feed_begin(&r, tmpdir, DISK);
	feed_come(&r, &was, &what, SLOW);
	put(&r, 1000);
	feed_come(&r, &is, &what, SLOW);
	assert_int_equal(is.h.seq, 0);
	store_all(&is);
	feed_go(&was, SLOW);
	feed_go(&is, NULL);
	feed_end(&r);
	assert_true(nothing_is_left());
}

#define with_dir(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_dir(what_one_has_not_stored_is_kept_though_another_has),
		with_dir(what_is_kept_for_one_outlives_more_runs),
		with_dir(who_was_there_gets_the_next_stream_from_its_start),
		with_dir(who_reads_is_kept_its_place_in_the_next_stream),
		with_dir(who_had_all_gets_the_next_stream_from_its_start),
		with_dir(a_run_that_ends_well_keeps_what_one_lacks),
		with_dir(who_got_all_is_asked_to_acknowledge_it),
		with_dir(who_takes_its_leave_is_owed_nothing),
		with_dir(who_does_not_come_back_is_given_up),
		with_dir(who_has_an_id_takes_its_place_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
