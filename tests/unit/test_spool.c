/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/spool agent/spoolmem agent/spooldisk agent/spoolname wire/ifaces base/fdio agent/spoolpos base/obuf base/log wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello tests/unit/tmpdir -lz */
/* What is kept, for whom, and what who comes too late is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/spool.h"
#include "agent/spooldisk.h"
#include "agent/spoolmem.h"
#include "agent/spoolname.h"
#include "tests/unit/tmpdir.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/ifaces.h"

/* the file that a stream begins with */
#define FIRST   "616e206964206f66203136206f637400-0000000000000000.pms"

#define LIMIT   (256 << 10)
#define READERS 4
#define SOME    65536

static const uint8_t id[16] = "an id of 16 oct";

struct reader {
	struct spool_cursor cur;
	uint64_t pkts, lost, kernel;
	uint64_t unkept; /* of .lost, by no fault of its own */
	bool first;      /* the next frame must be one to begin with */
};

/* A spool, what fills it, and those who read it. */
struct bench {
	int fd; /* of the directory; -1: in memory */
	struct spool *sp;
	struct enc *enc;
	struct hello h;
	struct reader r[READERS];
	uint64_t made, kernel;
	uint32_t rnd;
	struct ifaces ifaces; /* what files begin with, */
	struct ifaces found;  /* and what was found in them */
};

static uint32_t
rnd(struct bench *b, uint32_t below)
{
	b->rnd = b->rnd * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)b->rnd * below) >> 32);
}

static size_t
put_hello(void *arg, uint64_t seq, uint64_t dns, uint8_t dst[static HELLO_MAX])
{
	const struct bench *b = arg;
	struct hello h = b->h;

	h.seq = seq;
	h.dns_seq = dns;
	return hello_put(dst, &h);
}

static void
on_block(void *arg, const struct enc_block *blk)
{
	struct bench *b = arg;

	spool_put(b->sp, blk);
}

static void
begin(struct bench *b, bool disk)
{
	const struct spooldisk_head head = { put_hello, b, &b->ifaces };
	struct spoolstore *store;

	*b = (struct bench){ .fd = -1 };
	hello_default(&b->h, true);
	b->h.has_stream = true;
	memcpy(b->h.stream_id, id, sizeof(id));
	b->h.par.block = 64;
	if (disk) {
		assert_int_equal(tmpdir_setup(NULL), 0);
		b->fd = open(tmpdir, O_RDONLY | O_DIRECTORY);
		store = spooldisk_new(b->fd, id, LIMIT, &head);
	} else {
		store = spoolmem_new(LIMIT);
	}
	b->sp = spool_new(store, LIMIT);
	assert_non_null(b->sp);
	spool_cut(b->sp);
	b->enc = enc_new(&b->h.par, 6, 0, on_block, b);
}

static void
end(struct bench *b)
{
	enc_free(b->enc);
	spool_free(b->sp);
	ifaces_done(&b->ifaces);
	ifaces_done(&b->found);
	if (b->fd < 0)
		return;
	close(b->fd);
	assert_int_equal(tmpdir_teardown(NULL), 0);
}

static void
make(struct bench *b, unsigned int n)
{
	struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4, .len = 60 } };

	while (n-- > 0) {
		for (unsigned int i = 0; i < 4; i++) {
			o.pkt.src[i] = (uint8_t)rnd(b, 256);
			o.pkt.dst[i] = (uint8_t)rnd(b, 256);
		}
		o.time.ns += rnd(b, 1000000);
		(void)enc_put(b->enc, &o);
		b->made++;
		if (spool_wants_cut(b->sp)) {
			enc_key(b->enc);
			spool_cut(b->sp);
		}
	}
}

static void
lose_in_kernel(struct bench *b, uint64_t n)
{
	const struct obs o = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_KERNEL, .count = n } };

	(void)enc_put(b->enc, &o);
	b->kernel += n;
}

/* Take what ${r} is owed and the next frames.  Returns whether there were any. */
static bool
take(struct bench *b, struct reader *r, size_t size)
{
	static uint8_t buf[SOME];
	struct frame f;
	struct obs o;
	size_t n, at = 0;

	while (spool_owed(b->sp, &r->cur, (wall_t){ 0 }, &o)) {
		if (o.loss.reason == OBS_LOSS_KERNEL) {
			r->kernel += o.loss.count;
			continue;
		}
		assert_int_equal(o.loss.first, r->pkts + r->lost);
		r->lost += o.loss.count;
		if (o.loss.reason == OBS_LOSS_SPOOL)
			r->unkept += o.loss.count;
		r->first = true;
	}
	const uint64_t was = r->cur.pos.seq;
	const uint64_t kernel =
	    r->cur.pos.unseen[OBS_LOSS_KERNEL - OBS_LOSS_UNSEEN];

	n = spool_read(b->sp, &r->cur, buf, size);
	if (n == 0)
		return false;
	while (at < n) {
		at += (size_t)frame_get(&f, buf + at, n - at, FRAME_MAX);
		if (f.type != FRAME_PKT)
			continue;
		assert_true(!r->first || (f.flags & FRAME_FLAG_KEY) != 0);
		r->first = false;
	}
	assert_int_equal(at, n);
	r->pkts += r->cur.pos.seq - was;
	r->kernel +=
	    r->cur.pos.unseen[OBS_LOSS_KERNEL - OBS_LOSS_UNSEEN] - kernel;
	return true;
}

static void
catch_up(struct bench *b, struct reader *r)
{
	while (take(b, r, SOME))
		continue;
	(void)take(b, r, SOME);
}

/* Readers of any speed: what they got and what they were told is all. */
static void
run_at_random(bool disk, uint32_t seed)
{
	struct bench b;

	begin(&b, disk);
	b.rnd = seed;
	for (unsigned int i = 0; i < READERS; i++)
		b.r[i].first = true;
	for (unsigned int turn = 0; turn < 400; turn++) {
		make(&b, rnd(&b, 600));
		if (rnd(&b, 8) == 0)
			lose_in_kernel(&b, 1 + rnd(&b, 9));
		for (unsigned int i = 0; i < READERS; i++) {
			if (rnd(&b, 1u << (2 * i)) == 0)
				(void)take(&b, &b.r[i], 1 + rnd(&b, SOME));
		}
		if (rnd(&b, 16) == 0) {
			spool_trim(b.sp, b.r[READERS - 1].cur.pos.seq, 0);
		}
		assert_true(spool_used(b.sp) <= LIMIT);
	}
	enc_flush(b.enc);
	for (unsigned int i = 0; i < READERS; i++) {
		catch_up(&b, &b.r[i]);
		assert_int_equal(b.r[i].pkts + b.r[i].lost, b.made);
		assert_int_equal(b.r[i].kernel, b.kernel);
	}
	assert_true(b.r[READERS - 1].lost > 0);
	end(&b);
}

static void
readers_of_any_speed_get_all_or_are_told(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 8; seed++) {
		run_at_random(false, seed);
		run_at_random(true, seed);
	}
}

static void
who_comes_back_begins_where_it_lacks_something(void **state)
{
	struct reader r = { 0 };
	struct bench b;

	(void)state;
	begin(&b, false);
	make(&b, 20000);
	enc_flush(b.enc);
	for (uint64_t seq = 0; seq <= b.made; seq += 313) {
		spool_seek(b.sp, &r.cur, seq, 0);
		if (r.cur.lost.seq > 0) {
			/* It is gone: the first that there is, and a loss. */
			assert_int_equal(r.cur.lost_first, seq);
			assert_int_equal(r.cur.lost.seq, r.cur.pos.seq - seq);
			assert_true(r.cur.is_blameless);
		} else {
			assert_true(r.cur.pos.seq <= seq);
			assert_true(seq - r.cur.pos.seq <= 16384);
		}
	}
	/* Everything is there but what was dropped. */
	spool_seek(b.sp, &r.cur, 0, 0);
	r.first = true;
	catch_up(&b, &r);
	assert_int_equal(r.pkts + r.lost, b.made);
	end(&b);
}

/* A store whose octets are those that ${b} left in its directory. */
static struct spool *
load(struct bench *b, unsigned int *ret_files)
{
	const struct spooldisk_head head = { put_hello, b, &b->ifaces };
	struct spoolstore *store = spooldisk_new(b->fd, id, LIMIT, &head);
	struct spool *sp = spool_new(store, LIMIT);
	uint64_t off[64], min;
	uint8_t its[16];
	unsigned int n = 0, k;
	struct dirent *e;
	struct hello h;
	DIR *d = opendir(tmpdir);

	while ((e = readdir(d)) != NULL) {
		if (spoolname_get(e->d_name, its, &off[n]))
			n++;
	}
	closedir(d);
	*ret_files = n;
	for (unsigned int i = 0; i < n; i++) {
		min = UINT64_MAX;
		k = 0;
		for (unsigned int j = 0; j < n; j++) {
			if (off[j] < min) {
				min = off[j];
				k = j;
			}
		}
		(void)spooldisk_load(store, min, sp, &h, &b->found);
		off[k] = UINT64_MAX;
	}
	return sp;
}

static void
the_next_run_reads_what_this_one_left(void **state)
{
	struct reader r = { .first = true };
	struct spool *left;
	struct bench b;
	unsigned int files;

	(void)state;
	begin(&b, true);
	make(&b, 5000);
	lose_in_kernel(&b, 7);
	make(&b, 20000);
	enc_flush(b.enc);
	left = b.sp;
	b.sp = load(&b, &files);
	assert_true(files > 2);
	assert_int_equal(spool_used(b.sp), spool_used(left));
	assert_int_equal(spool_pos(b.sp)->seq, b.made);
	spool_free(left);
	spool_seek(b.sp, &r.cur, 0, 0);
	catch_up(&b, &r);
	assert_int_equal(r.pkts + r.lost, b.made);
	end(&b);
}

/* Its only file cut at any octet gives the whole frames before that. */
static void
a_torn_file_is_cut_to_whole_frames(void **state)
{
	struct bench b;
	struct spool *left;
	uint64_t seq = 640;
	off_t size, step;
	unsigned int files;
	int fd;

	(void)state;
	begin(&b, true);
	make(&b, 640);
	enc_flush(b.enc);
	left = b.sp;
	fd = open(tmpdir_path(FIRST), O_RDWR);
	assert_true(fd >= 0);
	size = lseek(fd, 0, SEEK_END);
	for (step = size; step > 0; step -= 7) {
		assert_int_equal(ftruncate(fd, step), 0);
		b.sp = load(&b, &files);
		assert_int_equal(files, 1);
		assert_true(spool_pos(b.sp)->seq <= seq);
		seq = spool_pos(b.sp)->seq;
		assert_true(lseek(fd, 0, SEEK_END) <= step);
		spool_free(b.sp);
		if (access(tmpdir_path(FIRST), F_OK) != 0)
			break;
	}
	assert_int_equal(seq, 0);
	close(fd);
	b.sp = left;
	end(&b);
}

static void
a_damaged_file_ends_where_the_damage_begins(void **state)
{
	struct reader r = { .first = true };
	struct bench b;
	struct spool *left;
	unsigned int files;
	int fd;

	(void)state;
	begin(&b, true);
	make(&b, 6400);
	enc_flush(b.enc);
	fd = open(tmpdir_path(FIRST), O_RDWR);
	assert_int_equal(pwrite(fd, "damage", 6, 2000), 6);
	close(fd);
	left = b.sp;
	b.sp = load(&b, &files);
	spool_free(left);
	spool_seek(b.sp, &r.cur, 0, 0);
	catch_up(&b, &r);
	if (files == 1) {
		assert_true(r.pkts < b.made);
	} else {
		assert_int_equal(r.pkts + r.lost, b.made);
	}
	end(&b);
}

static void
a_full_disk_is_a_loss_with_a_number(void **state)
{
	struct reader r = { .first = true };
	struct bench b;

	(void)state;
	begin(&b, true);
	make(&b, 1000);
	/* No directory, no new file; the old one is full by then. */
	close(b.fd);
	make(&b, 20000);
	b.fd = open(tmpdir, O_RDONLY | O_DIRECTORY);
	make(&b, 1000);
	enc_flush(b.enc);
	catch_up(&b, &r);
	assert_int_equal(r.pkts + r.lost, b.made);
	assert_true(r.lost > 0);
	/* Nobody was too slow for that. */
	assert_int_equal(r.unkept, r.lost);
	end(&b);
}

/* A disk that was full for a while: the file goes on behind the loss. */
static void
a_loss_within_a_file_is_known_to_the_next_run(void **state)
{
	struct reader now = { .first = true }, then = { .first = true };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit full = none;
	struct bench b;
	struct spool *left;
	unsigned int files;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	begin(&b, true);
	make(&b, 2000);
	FILE *log = tmpfile();
	const int stderr_was = dup(2);

	dup2(fileno(log), 2);
	full.rlim_cur = spool_used(b.sp) + 2000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	make(&b, 2000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	make(&b, 2000);
	dup2(stderr_was, 2);
	close(stderr_was);
	/* It is said once. */
	rewind(log);
	assert_int_equal(fscanf(log, "%*[^\n]%*c"), 0);
	assert_true(ftell(log) > 20);
	assert_int_equal(fgetc(log), EOF);
	fclose(log);
	enc_flush(b.enc);
	catch_up(&b, &now);
	assert_int_equal(now.pkts + now.lost, b.made);
	assert_true(now.lost > 500);
	left = b.sp;
	b.sp = load(&b, &files);
	assert_int_equal(files, 1);
	spool_free(left);
	catch_up(&b, &then);
	assert_int_equal(then.pkts, now.pkts);
	assert_int_equal(then.lost, now.lost);
	end(&b);
}

/* Who cannot read on begins again behind a KEY, not in the middle. */
static void
what_cannot_be_read_is_lost_up_to_a_key(void **state)
{
	struct reader r = { .first = true };
	struct bench b;
	int fd;

	(void)state;
	begin(&b, true);
	make(&b, 1000);
	fd = open(tmpdir_path(FIRST), O_RDWR);
	assert_int_equal(pwrite(fd, "damage", 6, 2000), 6);
	close(fd);
	while (take(&b, &r, SOME))
		continue;
	make(&b, 1000);
	enc_flush(b.enc);
	catch_up(&b, &r);
	assert_int_equal(r.pkts + r.lost, b.made);
	assert_true(r.lost >= 64 && r.lost < 1500);
	end(&b);
}

static void
who_is_out_of_descriptors_reads_later(void **state)
{
	struct reader r = { .first = true };
	struct rlimit was, none;
	struct bench b;

	(void)state;
	begin(&b, true);
	make(&b, 20000);
	enc_flush(b.enc);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_false(take(&b, &r, SOME));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	catch_up(&b, &r);
	assert_int_equal(r.pkts, b.made);
	end(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_of_any_speed_get_all_or_are_told),
		cmocka_unit_test(
		    who_comes_back_begins_where_it_lacks_something),
		cmocka_unit_test(the_next_run_reads_what_this_one_left),
		cmocka_unit_test(a_torn_file_is_cut_to_whole_frames),
		cmocka_unit_test(a_damaged_file_ends_where_the_damage_begins),
		cmocka_unit_test(a_full_disk_is_a_loss_with_a_number),
		cmocka_unit_test(a_loss_within_a_file_is_known_to_the_next_run),
		cmocka_unit_test(what_cannot_be_read_is_lost_up_to_a_key),
		cmocka_unit_test(who_is_out_of_descriptors_reads_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
