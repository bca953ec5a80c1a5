/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubfeed agent/pubdisk agent/pubaway agent/pubenc agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab wire/ifaces base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello tests/unit/feed tests/unit/shell tests/unit/tmpdir -lev -lz */
/* What each collector is sent, whatever others ask for and acknowledge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/pubdisk.h"
#include "tests/unit/feed.h"
#include "tests/unit/shell.h"
#include "tests/unit/tmpdir.h"

#define DISK (8 << 20)

/* The numbers of DNS records mean nothing to who gets none. */
static void
who_gets_no_dns_resumes_beside_dns(void **state)
{
	const struct hello plain = feed_offer(0);
	struct client c, d;
	struct hello back;
	struct run r;

	(void)state;
	feed_begin(&r, NULL, 0);
	feed_come(&r, &c, &plain, "a");
	for (unsigned int i = 0; i < 20; i++) {
		feed_put(&r, 1000);
		feed_put_dns(&r, 10);
	}
	pubenc_flush(&r.env.encs);
	feed_read_some(&c, 40000);
	feed_ack(&c);
	feed_go(&c, "a");
	back = feed_offer_of(&c, 0);
	feed_come(&r, &d, &back, "a");
	feed_read_all(&d);
	assert_int_equal(d.lost, 0);
	assert_int_equal(c.pkts + d.pkts, 20000);
	feed_go(&d, NULL);
	feed_end(&r);
}

static void
who_gets_no_dns_and_is_slow_loses_nothing_by_its_ack(void **state)
{
	const struct hello plain = feed_offer(0);
	struct client c;
	struct run r;

	(void)state;
	feed_begin(&r, NULL, 0);
	feed_come(&r, &c, &plain, "a");
	for (unsigned int i = 0; i < 20; i++) {
		feed_put(&r, 1000);
		feed_put_dns(&r, 10);
	}
	pubenc_flush(&r.env.encs);
	feed_read_some(&c, 20000);
	feed_ack(&c);
	feed_read_all(&c);
	assert_int_equal(c.lost, 0);
	assert_int_equal(c.pkts, 20000);
	feed_go(&c, NULL);
	feed_end(&r);
}

/* What it has of the one kind says nothing about the other. */
static void
packets_and_dns_records_are_kept_apart(void **state)
{
	const struct hello both = feed_offer(HELLO_CAP_DNS);
	struct client c, d;
	struct hello back;
	struct run r;

	(void)state;
	feed_begin(&r, NULL, 0);
	feed_come(&r, &c, &both, "a");
	for (unsigned int i = 0; i < 20; i++) {
		feed_put(&r, 1000);
		feed_put_dns(&r, 10);
	}
	pubenc_flush(&r.env.encs);
	feed_read_all(&c);
	assert_int_equal(c.dns, 200);
	/* All DNS records are stored, and no packet. */
	assert_true(pubfeed_acked(&c.f, 0, c.next_dns));
	feed_go(&c, "a");
	back = feed_offer_of(&c, HELLO_CAP_DNS);
	back.seq = 0;
	feed_come(&r, &d, &back, "a");
	feed_read_all(&d);
	assert_int_equal(d.lost, 0);
	assert_int_equal(d.pkts, 20000);
	/* All packets are stored, and no DNS record. */
	assert_true(pubfeed_acked(&d.f, d.next, 0));
	feed_go(&d, "a");
	back = feed_offer_of(&d, HELLO_CAP_DNS);
	back.dns_seq = 0;
	feed_come(&r, &c, &back, "a");
	feed_read_all(&c);
	assert_int_equal(c.dns, 200);
	assert_int_equal(c.nameless, 0);
	feed_go(&c, NULL);
	feed_end(&r);
}

/* An earlier run that kept ${n} packets, which nobody has, in ${size} octets. */
static void
run_before(size_t size, unsigned int n)
{
	struct run r;

	feed_begin(&r, tmpdir, size);
	feed_put(&r, n);
	feed_end(&r);
}

static void
an_earlier_stream_is_not_forced_on_who_cannot_read_it(void **state)
{
	struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client c, d;
	struct run r;

	(void)state;
	run_before(DISK, 20000);
	feed_begin(&r, tmpdir, DISK);
	feed_come(&r, &c, &what, "a");
	assert_non_null(c.f.old);
	feed_read_some(&c, 20000);
	feed_go(&c, "a");
	/* It asks for the same stream, but wants no DNS records, ... */
	what = feed_offer_of(&c, 0);
	feed_come(&r, &d, &what, "a");
	assert_int_equal(d.h.par.caps, 0);
	feed_go(&d, NULL);
	/* ... or takes only small frames. */
	what = feed_offer_of(&c, HELLO_CAP_DNS);
	what.par.frame_max = 4096;
	feed_come(&r, &d, &what, "a");
	assert_int_equal(d.h.par.frame_max, 4096);
	feed_go(&d, NULL);
	what = feed_offer_of(&c, HELLO_CAP_DNS);
	feed_come(&r, &d, &what, "a");
	assert_ptr_equal(d.f.old, spooldir_find(r.env.dir, c.h.stream_id));
	feed_read_all(&d);
	assert_int_equal(c.pkts + d.pkts, 20000);
	feed_ack(&d);
	feed_go(&d, NULL);
	feed_end(&r);
}

static void
who_reads_an_earlier_stream_gets_all_though_another_has_it(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client fast, slow, late;
	struct run r;

	(void)state;
	run_before(DISK, 20000);
	feed_begin(&r, tmpdir, DISK);
	feed_come(&r, &fast, &what, "a");
	feed_come(&r, &slow, &what, "b");
	feed_read_some(&slow, 20000);
	feed_read_all(&fast);
	feed_ack(&fast);
	feed_go(&fast, NULL);
	feed_come(&r, &late, &what, "c");
	assert_null(late.f.old);
	feed_go(&late, NULL);
	feed_read_all(&slow);
	assert_int_equal(slow.pkts, 20000);
	assert_int_equal(slow.lost, 0);
	feed_go(&slow, NULL);
	feed_end(&r);
	/* Then it is gone. */
	feed_begin(&r, tmpdir, DISK);
	assert_null(spooldir_next(r.env.dir, NULL));
	feed_end(&r);
}

static void
what_was_acknowledged_is_known_after_kill_9(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	const pid_t pid = fork();
	struct client c;
	struct run r;
	int status;

	(void)state;
	if (pid == 0) {
		feed_begin(&r, tmpdir, 1 << 20);
		feed_come(&r, &c, &what, "a");
		feed_put(&r, 30000);
		pubdisk_mark(&r.env);
		feed_read_all(&c);
		feed_ack(&c);
		_exit(c.next > 20000 && c.lost == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	feed_begin(&r, tmpdir, 1 << 20);
	feed_come(&r, &c, &what, "a");
	assert_non_null(c.f.old);
	feed_read_all(&c);
	assert_true(c.h.seq > 20000);
	assert_int_equal(c.next, 30000);
	assert_true(c.lost < 512);
	feed_ack(&c);
	feed_go(&c, NULL);
	feed_end(&r);
}

static void
the_latest_half_of_a_full_spool_outlives_the_run(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	(void)state;
	run_before(1 << 20, 200000);
	feed_begin(&r, tmpdir, 1 << 20);
	feed_come(&r, &c, &what, "a");
	assert_true(pubfeed_left(&c.f) <= 1 << 19);
	assert_true(pubfeed_left(&c.f) >= 3 << 17);
	feed_read_all(&c);
	assert_int_equal(c.pkts + c.lost, 200000);
	assert_int_equal(c.nameless, 0);
	assert_true(c.pkts > 0);
	feed_ack(&c);
	feed_go(&c, NULL);
	feed_end(&r);
}

static void
a_loss_at_the_end_is_told_before_it_is_over(void **state)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	(void)state;
	run_before(DISK, 5000);
	feed_begin(&r, tmpdir, DISK);
	assert_int_equal(
	    shell_run(tmpdir, "for f in *.pms; do truncate -s -10 $f; done"),
	    0);
	feed_come(&r, &c, &what, "a");
	feed_read_all(&c);
	assert_true(pubfeed_is_over(&c.f));
	assert_true(c.lost > 0);
	assert_int_equal(c.pkts + c.lost, 5000);
	feed_go(&c, NULL);
	feed_end(&r);
}

/* What outlives a run that is killed. */
struct tale {
	uint8_t id[16]; /* of its stream */
	uint64_t acked, acked_dns;
	unsigned int streams; /* of earlier runs that were read */
	int wrong;            /* line of the first thing that was wrong */
};

static void
must(struct tale *t, bool ok, int line)
{
	if (ok)
		return;
	t->wrong = line;
	_exit(1);
}

/* Read what earlier runs left, then make, read and acknowledge for ever. */
static void
live(struct tale *t, uint32_t seed)
{
	const struct hello what = feed_offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	feed_begin(&r, tmpdir, 1 << 20);
	r.rnd = seed;
	for (feed_come(&r, &c, &what, "a"); c.f.old != NULL;
	     feed_come(&r, &c, &what, "a")) {
		if (memcmp(t->id, c.h.stream_id, 16) == 0) {
			must(t, c.h.seq >= t->acked, __LINE__);
			must(t, c.h.dns_seq >= t->acked_dns, __LINE__);
		}
		feed_read_all(&c);
		must(t, pubfeed_is_over(&c.f), __LINE__);
		must(t, c.nameless == 0, __LINE__);
		/* At most what was numbered and not written. */
		must(t, c.lost < 1024, __LINE__);
		must(t, c.next == c.f.old->mark.next_seq, __LINE__);
		must(t, pubfeed_acked(&c.f, c.next, c.f.old->mark.next_dns),
		    __LINE__);
		feed_go(&c, NULL);
		t->streams++;
	}
	t->acked = t->acked_dns = 0;
	memcpy(t->id, c.h.stream_id, sizeof(t->id));
	for (;;) {
		feed_put(&r, 500);
		feed_put_dns(&r, 3);
		if ((r.rnd >> 28) % 4 == 0)
			pubdisk_mark(&r.env);
		feed_read_all(&c);
		must(t, c.nameless == 0 && c.lost == 0, __LINE__);
		if ((r.rnd >> 24) % 8 != 0)
			continue;
		must(t, pubfeed_acked(&c.f, c.next, c.next_dns), __LINE__);
		t->acked = c.next;
		t->acked_dns = c.next_dns;
	}
}

static void
kill_9_at_any_time_loses_nothing_that_was_written(void **state)
{
	struct tale *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	(void)state;
	assert_ptr_not_equal(t, MAP_FAILED);
	for (uint32_t i = 0; i < 40; i++) {
		const pid_t pid = fork();

		if (pid == 0)
			live(t, i);
		/* Some die while they begin, some later. */
		usleep(i * 1777 % 40000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(t->wrong, 0);
		assert_true(WIFSIGNALED(status));
	}
	assert_true(t->streams > 0);
	munmap(t, sizeof(*t));
}

#define ACTORS 8

/* A collector that comes and goes, and what it has stored. */
struct actor {
	uint64_t stored, stored_dns;
	struct hello offer;
	struct client c;
	char who[4];
	bool here, met;
};

static uint32_t
chance(struct run *r, uint32_t below)
{
	r->rnd = r->rnd * 1664525u + 1013904223u;
	return (r->rnd >> 16) % below;
}

static void
enter(struct run *r, struct actor *a)
{
	struct hello what = a->offer;

	if (a->met) {
		/* What it had, or only what it stored, if it began anew. */
		if (chance(r, 2) == 0) {
			a->c.next = a->stored;
			a->c.next_dns = a->stored_dns;
		}
		what = feed_offer_of(&a->c, 0);
		what.par = a->offer.par;
	}
	feed_come(r, &a->c, &what, a->who);
	assert_true(!a->met || a->c.h.seq == what.seq);
	if (!a->met) {
		a->stored = a->c.next;
		a->stored_dns = a->c.next_dns;
	}
	a->here = a->met = true;
}

static void
act(struct run *r, struct actor *a)
{
	if (!a->here) {
		if (chance(r, 4) == 0)
			enter(r, a);
		return;
	}
	feed_read_some(&a->c, 1 + chance(r, 60000));
	assert_int_equal(a->c.lost, 0);
	assert_int_equal(a->c.nameless, 0);
	switch (chance(r, 8)) {
	case 0:
		feed_go(&a->c, a->who);
		a->here = false;
		break;
	case 1:
		/* One output has stored the packets only. */
		a->stored = a->c.next;
		assert_true(pubfeed_acked(&a->c.f, a->stored, a->stored_dns));
		break;
	case 2:
	case 3:
		a->stored = a->c.next;
		a->stored_dns = a->c.next_dns;
		feed_ack(&a->c);
		break;
	default:
		break;
	}
}

/* Nobody loses a record while there is room, whatever the others do. */
static void
play(const char *path, uint32_t seed)
{
	struct actor a[ACTORS] = { 0 };
	struct run r;

	feed_begin(&r, path, 64 << 20);
	r.rnd = seed;
	r.env.encs.limit = 64 << 20;
	for (unsigned int i = 0; i < ACTORS; i++) {
		snprintf(a[i].who, sizeof(a[i].who), "%u", i);
		a[i].offer = feed_offer(i % 2 == 0 ? HELLO_CAP_DNS : 0);
		if (i / 2 == 1)
			a[i].offer.par.block = 100;
		if (i / 2 == 2)
			a[i].offer.par.codec = HELLO_CODEC_STORED;
	}
	for (unsigned int turn = 0; turn < 400; turn++) {
		feed_put(&r, chance(&r, 400));
		feed_put_dns(&r, chance(&r, 3));
		for (unsigned int i = 0; i < ACTORS; i++)
			act(&r, &a[i]);
	}
	pubenc_flush(&r.env.encs);
	for (unsigned int i = 0; i < ACTORS; i++) {
		if (!a[i].here)
			enter(&r, &a[i]);
		feed_read_all(&a[i].c);
		assert_int_equal(a[i].c.lost, 0);
		assert_int_equal(a[i].c.nameless, 0);
		assert_int_equal(a[i].c.next, r.env.encs.next);
		assert_true(
		    !a[i].c.f.dns || a[i].c.next_dns == r.env.encs.next_dns);
		assert_int_equal(pubfeed_left(&a[i].c.f), 0);
		if (i % 2 == 0)
			feed_ack(&a[i].c);
		feed_go(&a[i].c, NULL);
	}
	feed_end(&r);
}

static void
nobody_loses_anything_by_what_others_do(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 5; seed++) {
		play(NULL, seed);
		play(tmpdir, seed);
	}
}

static void
who_had_all_lacks_what_came_since(void **state)
{
	const struct hello what = feed_offer(0);
	struct client c;
	struct run r;

	(void)state;
	feed_begin(&r, NULL, 0);
	feed_come(&r, &c, &what, "a");
	feed_put(&r, 100);
	pubenc_flush(&r.env.encs);
	feed_read_all(&c);
	feed_ack(&c);
	assert_true(pubfeed_has_all(&c.f));
	/* It gets none of these. */
	feed_put_dns(&r, 1);
	assert_true(pubfeed_has_all(&c.f));
	feed_put(&r, 100);
	pubenc_flush(&r.env.encs);
	feed_read_all(&c);
	assert_false(pubfeed_has_all(&c.f));
	feed_ack(&c);
	assert_true(pubfeed_has_all(&c.f));
	feed_go(&c, NULL);
	feed_end(&r);
}

#define with_dir(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_dir(who_gets_no_dns_resumes_beside_dns),
		with_dir(who_gets_no_dns_and_is_slow_loses_nothing_by_its_ack),
		with_dir(packets_and_dns_records_are_kept_apart),
		with_dir(an_earlier_stream_is_not_forced_on_who_cannot_read_it),
		with_dir(
		    who_reads_an_earlier_stream_gets_all_though_another_has_it),
		with_dir(what_was_acknowledged_is_known_after_kill_9),
		with_dir(the_latest_half_of_a_full_spool_outlives_the_run),
		with_dir(a_loss_at_the_end_is_told_before_it_is_over),
		with_dir(kill_9_at_any_time_loses_nothing_that_was_written),
		with_dir(nobody_loses_anything_by_what_others_do),
		with_dir(who_had_all_lacks_what_came_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
