/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubfeed agent/pubdisk agent/pubaway agent/pubenc agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab wire/ifaces base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello tests/unit/shell tests/unit/tmpdir -lev -lz */
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
#include "agent/pubfeed.h"
#include "tests/unit/shell.h"
#include "tests/unit/tmpdir.h"
#include "wire/bytes.h"
#include "wire/frame.h"

#define MEMORY (256 << 10)
#define DISK   (8 << 20)

/* One run of an agent, as far as its collectors are concerned. */
struct run {
	struct ident id;
	struct pubfeed_env env;
	uint64_t unencodable;
	uint32_t rnd;
};

/* A collector and what came to it. */
struct client {
	struct pubfeed f;
	struct hello h; /* of the agent */
	uint64_t next;  /* number of the next packet */
	uint64_t next_dns;
	uint64_t at; /* of the next PKT; UINT64_MAX: KEY must come */
	uint64_t pkts, dns, again, lost, nameless;
};

static void
begin(struct run *r, const char *path, size_t size)
{
	struct hello_params *mine = &r->env.mine;

	*r = (struct run){ .rnd = 1 };
	assert_int_equal(ident_init(&r->id, "node", iftab_new()), 0);
	r->env.id = &r->id;
	*mine = r->id.hello.par;
	mine->tick_exp = 0;
	mine->wbits = 15;
	mine->frame_max = FRAME_MAX;
	pubaway_init(&r->env.away, 60);
	pubenc_init(&r->env.encs, 6, MEMORY);
	r->env.encs.unencodable = &r->unencodable;
	assert_int_equal(pubdisk_open(&r->env, path, size), 0);
}

static void
end(struct run *r)
{
	pubenc_flush(&r->env.encs);
	pubdisk_close(&r->env);
	pubaway_done(&r->env.away);
	iftab_free(r->id.tab);
}

static void
put(struct run *r, unsigned int n)
{
	struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4, .len = 60 } };

	while (n-- > 0) {
		for (unsigned int i = 0; i < 4; i++) {
			r->rnd = r->rnd * 1664525u + 1013904223u;
			o.pkt.src[i] = (uint8_t)(r->rnd >> 24);
			o.pkt.dst[i] = (uint8_t)(r->rnd >> 16);
		}
		pubenc_put(&r->env.encs, &o);
	}
}

static void
put_dns(struct run *r, unsigned int n)
{
	const struct obs o = { .kind = OBS_DNS,
		.dns = { .what = OBS_DNS_ALIVE, .resolver = "" } };

	while (n-- > 0)
		pubenc_put(&r->env.encs, &o);
}

static struct hello
offer(unsigned int caps)
{
	struct hello h;

	hello_default(&h, false);
	h.par.caps = caps;
	return h;
}

/* Where ${c} got in its stream, as it would tell it. */
static struct hello
offer_of(const struct client *c, unsigned int caps)
{
	struct hello h = offer(caps);

	h.has_stream = true;
	memcpy(h.stream_id, c->h.stream_id, sizeof(h.stream_id));
	h.seq = c->next;
	h.dns_seq = c->next_dns;
	return h;
}

static void
come(struct run *r, struct client *c, const struct hello *what, const char *who)
{
	uint8_t buf[HELLO_MAX];
	size_t len;

	*c = (struct client){ 0 };
	assert_true(pubfeed_begin(&c->f, &r->env, what, who, buf, &len));
	assert_int_equal(hello_get(&c->h, buf, len), len);
	c->next = c->h.seq;
	c->next_dns = c->h.dns_seq;
	c->at = UINT64_MAX;
}

static void
count(
    struct client *c, uint64_t *next, uint64_t *sum, uint64_t first, uint64_t n)
{
	const uint64_t seen = *next > first ? *next - first : 0;

	if (first > *next)
		c->nameless += first - *next;
	c->again += seen < n ? seen : n;
	*sum += seen < n ? n - seen : 0;
	if (first + n > *next)
		*next = first + n;
}

static void
take_frame(struct client *c, const struct frame *f)
{
	struct rd r = rd_init(f->body, f->len);
	uint64_t n = rd_var(&r);

	if (f->type == FRAME_DNS) {
		const uint64_t first = n;

		count(c, &c->next_dns, &c->dns, first, rd_var(&r));
	} else if (f->type == FRAME_PKT) {
		(void)rd_var(&r);
		if ((f->flags & FRAME_FLAG_KEY) != 0)
			c->at = rd_var(&r);
		assert_true(c->at != UINT64_MAX);
		count(c, &c->next, &c->pkts, c->at, n);
		c->at += n;
	}
}

/* Read all that there is, or up to ${some} octets. */
static void
read_some(struct client *c, size_t some)
{
	static uint8_t buf[FRAME_MAX + FRAME_OVERHEAD];
	struct frame f;
	struct obs o;
	size_t n, from, all = 0;

	do {
		while (pubfeed_loss(&c->f, (wall_t){ 0 }, &o)) {
			assert_int_equal(o.loss.first, c->next);
			assert_true(c->f.old == NULL ||
				    o.loss.reason == OBS_LOSS_SPOOL);
			c->next += o.loss.count;
			c->lost += o.loss.count;
			c->at = UINT64_MAX;
		}
		n = pubfeed_read(&c->f, buf,
		    some - all < sizeof(buf) ? some - all : sizeof(buf));
		for (from = 0; from < n;) {
			from += (size_t)frame_get(
			    &f, buf + from, n - from, FRAME_MAX);
			take_frame(c, &f);
		}
		all += n;
	} while ((n > 0 || pubfeed_owes(&c->f)) && all < some);
}

static void
read_all(struct client *c)
{
	read_some(c, SIZE_MAX);
}

static void
ack(struct client *c)
{
	assert_true(pubfeed_acked(&c->f, c->next, c->next_dns));
}

static void
go(struct client *c, const char *who)
{
	pubfeed_end(&c->f, who != NULL, (mono_t){ 1 });
}

/* The numbers of DNS records mean nothing to who gets none. */
static void
who_gets_no_dns_resumes_beside_dns(void **state)
{
	const struct hello plain = offer(0);
	struct client c, d;
	struct hello back;
	struct run r;

	(void)state;
	begin(&r, NULL, 0);
	come(&r, &c, &plain, "a");
	for (unsigned int i = 0; i < 20; i++) {
		put(&r, 1000);
		put_dns(&r, 10);
	}
	pubenc_flush(&r.env.encs);
	read_some(&c, 40000);
	ack(&c);
	go(&c, "a");
	back = offer_of(&c, 0);
	come(&r, &d, &back, "a");
	read_all(&d);
	assert_int_equal(d.lost, 0);
	assert_int_equal(c.pkts + d.pkts, 20000);
	go(&d, NULL);
	end(&r);
}

static void
who_gets_no_dns_and_is_slow_loses_nothing_by_its_ack(void **state)
{
	const struct hello plain = offer(0);
	struct client c;
	struct run r;

	(void)state;
	begin(&r, NULL, 0);
	come(&r, &c, &plain, "a");
	for (unsigned int i = 0; i < 20; i++) {
		put(&r, 1000);
		put_dns(&r, 10);
	}
	pubenc_flush(&r.env.encs);
	read_some(&c, 20000);
	ack(&c);
	read_all(&c);
	assert_int_equal(c.lost, 0);
	assert_int_equal(c.pkts, 20000);
	go(&c, NULL);
	end(&r);
}

/* What it has of the one kind says nothing about the other. */
static void
packets_and_dns_records_are_kept_apart(void **state)
{
	const struct hello both = offer(HELLO_CAP_DNS);
	struct client c, d;
	struct hello back;
	struct run r;

	(void)state;
	begin(&r, NULL, 0);
	come(&r, &c, &both, "a");
	for (unsigned int i = 0; i < 20; i++) {
		put(&r, 1000);
		put_dns(&r, 10);
	}
	pubenc_flush(&r.env.encs);
	read_all(&c);
	assert_int_equal(c.dns, 200);
	/* All DNS records are stored, and no packet. */
	assert_true(pubfeed_acked(&c.f, 0, c.next_dns));
	go(&c, "a");
	back = offer_of(&c, HELLO_CAP_DNS);
	back.seq = 0;
	come(&r, &d, &back, "a");
	read_all(&d);
	assert_int_equal(d.lost, 0);
	assert_int_equal(d.pkts, 20000);
	/* All packets are stored, and no DNS record. */
	assert_true(pubfeed_acked(&d.f, d.next, 0));
	go(&d, "a");
	back = offer_of(&d, HELLO_CAP_DNS);
	back.dns_seq = 0;
	come(&r, &c, &back, "a");
	read_all(&c);
	assert_int_equal(c.dns, 200);
	assert_int_equal(c.nameless, 0);
	go(&c, NULL);
	end(&r);
}

/* An earlier run that kept ${n} packets, which nobody has, in ${size} octets. */
static void
run_before(size_t size, unsigned int n)
{
	struct run r;

	begin(&r, tmpdir, size);
	put(&r, n);
	end(&r);
}

static void
an_earlier_stream_is_not_forced_on_who_cannot_read_it(void **state)
{
	struct hello what = offer(HELLO_CAP_DNS);
	struct client c, d;
	struct run r;

	(void)state;
	run_before(DISK, 20000);
	begin(&r, tmpdir, DISK);
	come(&r, &c, &what, "a");
	assert_non_null(c.f.old);
	read_some(&c, 20000);
	go(&c, "a");
	/* It asks for the same stream, but wants no DNS records, ... */
	what = offer_of(&c, 0);
	come(&r, &d, &what, "a");
	assert_int_equal(d.h.par.caps, 0);
	go(&d, NULL);
	/* ... or takes only small frames. */
	what = offer_of(&c, HELLO_CAP_DNS);
	what.par.frame_max = 4096;
	come(&r, &d, &what, "a");
	assert_int_equal(d.h.par.frame_max, 4096);
	go(&d, NULL);
	what = offer_of(&c, HELLO_CAP_DNS);
	come(&r, &d, &what, "a");
	assert_ptr_equal(d.f.old, spooldir_find(r.env.dir, c.h.stream_id));
	read_all(&d);
	assert_int_equal(c.pkts + d.pkts, 20000);
	ack(&d);
	go(&d, NULL);
	end(&r);
}

static void
who_reads_an_earlier_stream_gets_all_though_another_has_it(void **state)
{
	const struct hello what = offer(HELLO_CAP_DNS);
	struct client fast, slow, late;
	struct run r;

	(void)state;
	run_before(DISK, 20000);
	begin(&r, tmpdir, DISK);
	come(&r, &fast, &what, "a");
	come(&r, &slow, &what, "b");
	read_some(&slow, 20000);
	read_all(&fast);
	ack(&fast);
	go(&fast, NULL);
	come(&r, &late, &what, "c");
	assert_null(late.f.old);
	go(&late, NULL);
	read_all(&slow);
	assert_int_equal(slow.pkts, 20000);
	assert_int_equal(slow.lost, 0);
	go(&slow, NULL);
	end(&r);
	/* Then it is gone. */
	begin(&r, tmpdir, DISK);
	assert_null(spooldir_next(r.env.dir, NULL));
	end(&r);
}

static void
what_was_acknowledged_is_known_after_kill_9(void **state)
{
	const struct hello what = offer(HELLO_CAP_DNS);
	const pid_t pid = fork();
	struct client c;
	struct run r;
	int status;

	(void)state;
	if (pid == 0) {
		begin(&r, tmpdir, 1 << 20);
		come(&r, &c, &what, "a");
		put(&r, 30000);
		pubdisk_mark(&r.env);
		read_all(&c);
		ack(&c);
		_exit(c.next > 20000 && c.lost == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	begin(&r, tmpdir, 1 << 20);
	come(&r, &c, &what, "a");
	assert_non_null(c.f.old);
	read_all(&c);
	assert_true(c.h.seq > 20000);
	assert_int_equal(c.next, 30000);
	assert_true(c.lost < 512);
	ack(&c);
	go(&c, NULL);
	end(&r);
}

static void
the_latest_half_of_a_full_spool_outlives_the_run(void **state)
{
	const struct hello what = offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	(void)state;
	run_before(1 << 20, 200000);
	begin(&r, tmpdir, 1 << 20);
	come(&r, &c, &what, "a");
	assert_true(pubfeed_left(&c.f) <= 1 << 19);
	assert_true(pubfeed_left(&c.f) >= 3 << 17);
	read_all(&c);
	assert_int_equal(c.pkts + c.lost, 200000);
	assert_int_equal(c.nameless, 0);
	assert_true(c.pkts > 0);
	ack(&c);
	go(&c, NULL);
	end(&r);
}

static void
a_loss_at_the_end_is_told_before_it_is_over(void **state)
{
	const struct hello what = offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	(void)state;
	run_before(DISK, 5000);
	begin(&r, tmpdir, DISK);
	assert_int_equal(
	    shell_run(tmpdir, "for f in *.pms; do truncate -s -10 $f; done"),
	    0);
	come(&r, &c, &what, "a");
	read_all(&c);
	assert_true(pubfeed_is_over(&c.f));
	assert_true(c.lost > 0);
	assert_int_equal(c.pkts + c.lost, 5000);
	go(&c, NULL);
	end(&r);
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
	const struct hello what = offer(HELLO_CAP_DNS);
	struct client c;
	struct run r;

	begin(&r, tmpdir, 1 << 20);
	r.rnd = seed;
	for (come(&r, &c, &what, "a"); c.f.old != NULL;
	     come(&r, &c, &what, "a")) {
		if (memcmp(t->id, c.h.stream_id, 16) == 0) {
			must(t, c.h.seq >= t->acked, __LINE__);
			must(t, c.h.dns_seq >= t->acked_dns, __LINE__);
		}
		read_all(&c);
		must(t, pubfeed_is_over(&c.f), __LINE__);
		must(t, c.nameless == 0, __LINE__);
		/* At most what was numbered and not written. */
		must(t, c.lost < 1024, __LINE__);
		must(t, c.next == c.f.old->mark.next_seq, __LINE__);
		must(t, pubfeed_acked(&c.f, c.next, c.f.old->mark.next_dns),
		    __LINE__);
		go(&c, NULL);
		t->streams++;
	}
	t->acked = t->acked_dns = 0;
	memcpy(t->id, c.h.stream_id, sizeof(t->id));
	for (;;) {
		put(&r, 500);
		put_dns(&r, 3);
		if ((r.rnd >> 28) % 4 == 0)
			pubdisk_mark(&r.env);
		read_all(&c);
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
		what = offer_of(&a->c, 0);
		what.par = a->offer.par;
	}
	come(r, &a->c, &what, a->who);
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
	read_some(&a->c, 1 + chance(r, 60000));
	assert_int_equal(a->c.lost, 0);
	assert_int_equal(a->c.nameless, 0);
	switch (chance(r, 8)) {
	case 0:
		go(&a->c, a->who);
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
		ack(&a->c);
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

	begin(&r, path, 64 << 20);
	r.rnd = seed;
	r.env.encs.limit = 64 << 20;
	for (unsigned int i = 0; i < ACTORS; i++) {
		snprintf(a[i].who, sizeof(a[i].who), "%u", i);
		a[i].offer = offer(i % 2 == 0 ? HELLO_CAP_DNS : 0);
		if (i / 2 == 1)
			a[i].offer.par.block = 100;
		if (i / 2 == 2)
			a[i].offer.par.codec = HELLO_CODEC_STORED;
	}
	for (unsigned int turn = 0; turn < 400; turn++) {
		put(&r, chance(&r, 400));
		put_dns(&r, chance(&r, 3));
		for (unsigned int i = 0; i < ACTORS; i++)
			act(&r, &a[i]);
	}
	pubenc_flush(&r.env.encs);
	for (unsigned int i = 0; i < ACTORS; i++) {
		if (!a[i].here)
			enter(&r, &a[i]);
		read_all(&a[i].c);
		assert_int_equal(a[i].c.lost, 0);
		assert_int_equal(a[i].c.nameless, 0);
		assert_int_equal(a[i].c.next, r.env.encs.next);
		assert_true(
		    !a[i].c.f.dns || a[i].c.next_dns == r.env.encs.next_dns);
		assert_int_equal(pubfeed_left(&a[i].c.f), 0);
		if (i % 2 == 0)
			ack(&a[i].c);
		go(&a[i].c, NULL);
	}
	end(&r);
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
	const struct hello what = offer(0);
	struct client c;
	struct run r;

	(void)state;
	begin(&r, NULL, 0);
	come(&r, &c, &what, "a");
	put(&r, 100);
	pubenc_flush(&r.env.encs);
	read_all(&c);
	ack(&c);
	assert_true(pubfeed_has_all(&c.f));
	/* It gets none of these. */
	put_dns(&r, 1);
	assert_true(pubfeed_has_all(&c.f));
	put(&r, 100);
	pubenc_flush(&r.env.encs);
	read_all(&c);
	assert_false(pubfeed_has_all(&c.f));
	ack(&c);
	assert_true(pubfeed_has_all(&c.f));
	go(&c, NULL);
	end(&r);
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
