/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spooldisk agent/spoolname wire/ifaces base/fdio agent/spool agent/spoolpos base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello tests/unit/shell tests/unit/tmpdir -lz */
/* What one run finds of the others, whatever became of the directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spooldir.h"
#include "tests/unit/shell.h"
#include "tests/unit/tmpdir.h"
#include "wire/enc.h"

#define LIMIT (16 << 20)

static const mono_t now = { 1 };
static char dir[sizeof(tmpdir) + 8];

/* A stream that is being made. */
struct maker {
	uint8_t id[16];
	struct hello h;
	struct spool *sp;
	struct enc *enc;
};

static size_t
put_hello(void *arg, uint64_t seq, uint64_t dns, uint8_t dst[static HELLO_MAX])
{
	struct maker *m = arg;

	m->h.seq = seq;
	m->h.dns_seq = dns;
	return hello_put(dst, &m->h);
}

static void
on_block(void *arg, const struct enc_block *b)
{
	struct maker *m = arg;

	spool_put(m->sp, b);
}

/* Make a stream of ${n} packets, of which ${acked} are acknowledged. */
static void
make_stream(
    struct spooldir *d, const char *name, unsigned int n, unsigned int acked)
{
	const struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4 } };
	const struct spoolmark mark = { .next_seq = n, .acked_seq = acked };
	const struct ifaces none = { 0 };
	struct maker m = { 0 };
	const struct spooldisk_head head = { put_hello, &m, &none };

	snprintf((char *)m.id, sizeof(m.id), "%s", name);
	hello_default(&m.h, true);
	m.h.has_stream = true;
	memcpy(m.h.stream_id, m.id, sizeof(m.id));
	m.sp = spooldir_begin(d, m.id, &head);
	assert_non_null(m.sp);
	spool_cut(m.sp);
	m.enc = enc_new(&m.h.par, 6, 0, on_block, &m);
	for (unsigned int i = 0; i < n; i++)
		assert_true(enc_put(m.enc, &o));
	enc_flush(m.enc);
	spooldir_mark(d, &mark);
	enc_free(m.enc);
	spool_free(m.sp);
}

static struct spooldir *
reopen(void)
{
	struct spooldir *d = spooldir_open(dir, LIMIT);

	assert_non_null(d);
	return d;
}

static void
run(const char *name, unsigned int n, unsigned int acked)
{
	struct spooldir *d = reopen();

	make_stream(d, name, n, acked);
	spooldir_end(d, false);
	spooldir_close(d);
}

/* The names of the streams, in their order. */
static const char *
streams(struct spooldir *d)
{
	static char names[1024];
	struct spooldir_old *o = NULL;
	size_t n = 0;

	while ((o = spooldir_next(d, o)) != NULL) {
		if (o->gone)
			continue;
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s",
		    (const char *)o->hello.stream_id);
		assert_true(n < sizeof(names));
	}
	names[n] = '\0';
	return names;
}

static unsigned int
files(const char *end)
{
	DIR *p = opendir(dir);
	const struct dirent *e;
	unsigned int n = 0;

	while ((e = readdir(p)) != NULL) {
		const size_t len = strlen(e->d_name), its = strlen(end);

		n += len >= its && strcmp(e->d_name + len - its, end) == 0;
	}
	closedir(p);
	return n;
}

static void
shell(const char *what)
{
	assert_int_equal(shell_run(dir, what), 0);
}

static int
make_dir(void **state)
{
	if (tmpdir_setup(state) != 0)
		return -1;
	snprintf(dir, sizeof(dir), "%s/made", tmpdir);
	return 0;
}

static void
streams_come_in_the_order_they_were_made(void **state)
{
	struct spooldir *d;
	struct stat st;

	(void)state;
	run("c", 10, 0);
	run("a", 10, 0);
	run("b", 10, 0);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	d = reopen();
	assert_string_equal(streams(d), "cab");
	spooldir_acked(d, spooldir_next(d, NULL), "x", 10, 0);
	assert_string_equal(streams(d), "ab");
	spooldir_close(d);
	assert_int_equal(files(".pms"), 2);
	assert_int_equal(files(".mark"), 2);
}

static void
what_is_acknowledged_goes_when_nobody_reads_it(void **state)
{
	struct spooldir *d;
	struct spooldir_old *o;

	(void)state;
	run("a", 10, 10);
	run("b", 10, 5);
	d = reopen();
	assert_string_equal(streams(d), "b");
	o = spooldir_next(d, NULL);
	assert_int_equal(o->mark.acked_seq, 5);
	spooldir_hold(o, "x", 5, 0);
	spooldir_hold(o, "x", 5, 0);
	/* Less than before is nothing new. */
	spooldir_acked(d, o, "x", 4, 0);
	assert_int_equal(o->mark.acked_seq, 5);
	spooldir_acked(d, o, "x", 10, 0);
	spooldir_release(d, o, "x", now);
	assert_int_equal(files(".pms"), 1);
	spooldir_release(d, o, "x", now);
	assert_string_equal(streams(d), "");
	assert_int_equal(files(".pms"), 0);
	assert_int_equal(files(".mark"), 0);
	spooldir_close(d);
}

static void
all_that_was_numbered_is_accounted_for(void **state)
{
	const struct spoolmark more = { .next_seq = 17, .next_dns = 4 };
	struct spooldir *d = reopen();
	const struct spooldir_old *o;

	(void)state;
	make_stream(d, "a", 10, 0);
	spooldir_mark(d, &more);
	spooldir_close(d);
	d = reopen();
	o = spooldir_next(d, NULL);
	assert_int_equal(o->mark.next_seq, 17);
	assert_int_equal(o->mark.next_dns, 4);
	assert_int_equal(spool_pos(o->spool)->seq, 17);
	spooldir_close(d);
	/* Without a mark, what there is. */
	shell("rm *.mark");
	d = reopen();
	o = spooldir_next(d, NULL);
	assert_int_equal(o->mark.next_seq, 10);
	spooldir_close(d);
}

static void
a_mark_that_is_none_says_nothing(void **state)
{
	static const char *const bad[] = { "true", "echo since",
		"echo since 1 acked 2 next", "head -c 4096 /dev/zero",
		"echo since x acked y z next 1 2" };
	char cmd[128];

	(void)state;
	run("a", 10, 5);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct spooldir *d;
		const struct spooldir_old *o;

		snprintf(cmd, sizeof(cmd), "%s >$(echo *.mark)", bad[i]);
		shell(cmd);
		d = reopen();
		o = spooldir_next(d, NULL);
		assert_non_null(o);
		assert_int_equal(o->mark.acked_seq, 0);
		assert_int_equal(o->mark.next_seq, 10);
		spooldir_close(d);
	}
}

static void
other_files_are_let_alone(void **state)
{
	struct spooldir *d;

	(void)state;
	run("a", 10, 0);
	shell("touch note 00.pms .mark x.mark && mkdir sub && "
	      "ln -s /etc/passwd "
	      "00000000000000000000000000000000-0000000000000000.pms && "
	      "touch 0000000000000000000000000000000A-0000000000000000.pms");
	d = reopen();
	assert_string_equal(streams(d), "a");
	spooldir_close(d);
	assert_int_equal(files("note"), 1);
	assert_int_equal(files("sub"), 1);
	assert_int_equal(files(".mark"), 3);
	assert_int_equal(files(".pms"), 4);
}

static void
the_mark_of_no_stream_goes(void **state)
{
	struct spooldir *d;

	(void)state;
	run("a", 10, 0);
	shell("touch 00000000000000000000000000000000.mark && rm *.pms");
	d = reopen();
	assert_string_equal(streams(d), "");
	spooldir_close(d);
	assert_int_equal(files(".mark"), 0);
}

/* A file that says it belongs to another stream is damaged. */
static void
a_file_with_the_name_of_another_stream_is_not_read(void **state)
{
	struct spooldir *d;

	(void)state;
	run("a", 10, 0);
	run("b", 10, 0);
	shell("cp 61*.pms 63000000000000000000000000000000-"
	      "0000000000000000.pms");
	d = reopen();
	assert_string_equal(streams(d), "ab");
	spooldir_close(d);
}

/* What cannot be read now may be read another time. */
static void
what_cannot_be_listed_is_not_thrown_away(void **state)
{
	struct spooldir *d;
	struct rlimit was, none;
	const struct spooldir_old *o;

	(void)state;
	run("a", 10, 5);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	/* A descriptor for the directory, and none to list it. */
	none.rlim_cur = (rlim_t)dup(0) + 1;
	close((int)none.rlim_cur - 1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	d = reopen();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_string_equal(streams(d), "");
	spooldir_close(d);
	d = reopen();
	assert_string_equal(streams(d), "a");
	o = spooldir_next(d, NULL);
	assert_int_equal(o->mark.acked_seq, 5);
	spooldir_close(d);
}

/* No agent leaves so many, but another hand may. */
static void
the_files_of_a_stream_are_found_among_thousands(void **state)
{
	struct spooldir *d;

	(void)state;
	run("a", 10, 5);
	shell("for i in $(seq 5000); do "
	      ": >00000000000000000000000000000000-"
	      "$(printf %016x $i).pms; done");
	d = reopen();
	assert_string_equal(streams(d), "a");
	assert_int_equal(spooldir_next(d, NULL)->mark.acked_seq, 5);
	spooldir_close(d);
}

static void
of_too_many_streams_the_first_go(void **state)
{
	struct spooldir *d = NULL;
	char name[8];

	(void)state;
	for (unsigned int i = 0; i < SPOOLDIR_OLD_MAX + 3; i++) {
		snprintf(name, sizeof(name), "%03u.", i);
		run(name, 10, 0);
	}
	d = reopen();
	assert_int_equal(strlen(streams(d)), 4 * SPOOLDIR_OLD_MAX);
	assert_string_equal(
	    (const char *)spooldir_next(d, NULL)->hello.stream_id, "003.");
	spooldir_close(d);
	assert_int_equal(files(".pms"), SPOOLDIR_OLD_MAX);
}

#define with_dir(f) \
	cmocka_unit_test_setup_teardown(f, make_dir, tmpdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		with_dir(streams_come_in_the_order_they_were_made),
		with_dir(what_is_acknowledged_goes_when_nobody_reads_it),
		with_dir(all_that_was_numbered_is_accounted_for),
		with_dir(a_mark_that_is_none_says_nothing),
		with_dir(other_files_are_let_alone),
		with_dir(the_mark_of_no_stream_goes),
		with_dir(a_file_with_the_name_of_another_stream_is_not_read),
		with_dir(what_cannot_be_listed_is_not_thrown_away),
		with_dir(the_files_of_a_stream_are_found_among_thousands),
		with_dir(of_too_many_streams_the_first_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
