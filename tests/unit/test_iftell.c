/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubfeed agent/pubdisk agent/pubaway agent/pubenc agent/spool agent/spoolmem agent/spooldisk agent/spoolname base/fdio agent/spooldir agent/spoolmark agent/spoolowed agent/spoollist agent/spoolpos agent/ident agent/iftab wire/ifaces base/obuf base/log base/proc wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/dnsget wire/stream wire/unpack wire/pack wire/cols wire/flowtab wire/dict wire/bits wire/zpack wire/frame wire/ctl wire/hello tests/unit/shell tests/unit/tmpdir -lev -lz */
/* Whoever reads what an agent publishes or keeps knows all interfaces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/pubdisk.h"
#include "agent/pubfeed.h"
#include "base/log.h"
#include "tests/unit/shell.h"
#include "tests/unit/tmpdir.h"
#include "wire/ifaces.h"
#include "wire/stream.h"

#define MEMORY (64 << 10)
#define DISK   (4 << 20)
#define STEP   40u /* packets of an interface before the next one comes */

struct run {
	struct ident id;
	struct pubfeed_env env;
	uint32_t rnd;
};

/* A reader: of what a publisher sends, or of a file. */
struct client {
	struct pubfeed f;
	struct stream *s;
	struct stream_scratch *sc;
	struct ifaces known;
	uint64_t pkts;
	uint8_t rest[2 * FRAME_MAX];
	size_t n_rest;
};

static void
begin(struct run *r, const char *path)
{
	struct hello_params *mine = &r->env.mine;

	*r = (struct run){ .rnd = 1 };
	assert_int_equal(ident_init(&r->id, "host", iftab_new()), 0);
	r->env.id = &r->id;
	*mine = r->id.hello.par;
	mine->tick_exp = 0;
	mine->frame_max = FRAME_MAX;
	pubaway_init(&r->env.away, 60);
	pubenc_init(&r->env.encs, 6, MEMORY);
	assert_int_equal(pubdisk_open(&r->env, path, DISK), 0);
}

static void
end(struct run *r)
{
	pubenc_flush(&r->env.encs);
	pubdisk_close(&r->env);
	pubaway_done(&r->env.away);
	iftab_free(r->id.tab);
}

static struct hello_iface
iface(unsigned int n)
{
	struct hello_iface i = { .linktype = 1 };

	snprintf(i.name, sizeof(i.name), "eth%u", n % 7);
	if (n >= 3)
		snprintf(i.node, sizeof(i.node), "node %u", n / 7);
	return i;
}

/* Interface ${n} comes, and is seen by packets with its number as length. */
static void
put(struct run *r, unsigned int n)
{
	struct obs o = { .kind = OBS_PKT, .pkt = { .ipver = 4, .len = n } };
	const struct hello_iface i = iface(n);

	o.pkt.iface = iftab_add(r->id.tab, &i);
	assert_int_equal(o.pkt.iface, n);
	for (unsigned int k = 0; k < STEP; k++) {
		r->rnd = r->rnd * 1664525u + 1013904223u;
		memcpy(o.pkt.src, &r->rnd, 4);
		pubenc_put(&r->env.encs, &o);
	}
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	struct client *c = arg;
	const struct hello_iface want = iface(index);

	assert_memory_equal(i, &want, sizeof(want));
	assert_int_equal(ifaces_add(&c->known, index, i), IFACES_NEW);
}

static void
on_hello(void *arg, const struct hello *h)
{
	for (unsigned int i = 0; i < h->n_ifaces; i++)
		on_iface(arg, i, &h->iface[i]);
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct client *c = arg;

	(void)first;
	if (o->kind != OBS_PKT)
		return;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(o[i].pkt.iface, o[i].pkt.len);
		assert_in_range(o[i].pkt.iface, 0, c->known.n - 1);
	}
	c->pkts += n;
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	(void)arg;
	(void)s;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next)
{
	(void)arg;
	(void)why;
	(void)next;
}

static const struct stream_ops ops = { on_hello, on_iface, on_obs, on_stats,
	on_time, on_bye };

static struct client *
reader(void)
{
	struct client *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->sc = stream_scratch_new();
	c->s = stream_new(c->sc, &ops, c);
	assert_true(c->sc != NULL && c->s != NULL);
	return c;
}

static void
feed(struct client *c, size_t n)
{
	ptrdiff_t used;

	c->n_rest += n;
	used = stream_feed(c->s, c->rest, c->n_rest);
	assert_true(used >= 0);
	c->n_rest -= (size_t)used;
	memmove(c->rest, c->rest + used, c->n_rest);
}

static struct client *
come(struct run *r, const struct hello *what, const char *who)
{
	struct client *c = reader();
	size_t len;

	assert_true(pubfeed_begin(&c->f, &r->env, what, who, c->rest, &len));
	feed(c, len);
	return c;
}

/* Read ${some} octets, or all that there is. */
static void
read_some(struct client *c, size_t some)
{
	uint8_t gap[CTL_MAX + FRAME_OVERHEAD], body[CTL_MAX];
	struct obs o;
	size_t n, all = 0;

	do {
		while (pubfeed_loss(&c->f, (wall_t){ 0 }, &o)) {
			n = ctl_frame(
			    gap, FRAME_GAP, body, ctl_gap_put(body, &o));
			memcpy(c->rest + c->n_rest, gap, n);
			feed(c, n);
		}
		n = pubfeed_read(&c->f, c->rest + c->n_rest,
		    some - all < FRAME_MAX ? some - all : FRAME_MAX);
		feed(c, n);
		all += n;
	} while (
	    (n > 0 || pubfeed_owes(&c->f)) && some - all > IFACES_FRAME_MAX);
}

static void
leave(struct client *c)
{
	if (c->f.env != NULL)
		pubfeed_end(&c->f, false, (mono_t){ 1 });
	stream_free(c->s);
	stream_scratch_free(c->sc);
	ifaces_done(&c->known);
	free(c);
}

static struct hello
offer(void)
{
	struct hello h;

	hello_default(&h, false);
	h.par.caps = HELLO_CAP_ALL;
	return h;
}

static void
who_comes_late_is_told_of_all_interfaces(void **state)
{
	const struct hello what = offer();
	struct client *early, *slow, *late;
	struct run r;

	(void)state;
	begin(&r, NULL);
	put(&r, 0);
	early = come(&r, &what, "a");
	slow = come(&r, &what, "b");
	for (unsigned int n = 1; n < 1500; n++) {
		put(&r, n);
		if (n % 10 == 0)
			read_some(early, SIZE_MAX);
		if (n % 200 == 0)
			read_some(slow, 2000);
	}
	late = come(&r, &what, "c");
	put(&r, 1500);
	pubenc_flush(&r.env.encs);
	read_some(early, SIZE_MAX);
	read_some(slow, SIZE_MAX);
	read_some(late, SIZE_MAX);
	assert_int_equal(early->pkts, 1500 * STEP);
	assert_true(slow->pkts > 0 && slow->pkts < UINT64_C(1500) * STEP);
	assert_int_equal(late->pkts, STEP);
	assert_int_equal(early->known.n, 1501);
	assert_int_equal(slow->known.n, 1501);
	assert_int_equal(late->known.n, 1501);
	leave(early);
	leave(slow);
	leave(late);
	end(&r);
}

/* Each file of the spool can be read for itself. */
static unsigned int
read_files(void)
{
	char pattern[sizeof(tmpdir) + 8];
	unsigned int n;
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.pms", tmpdir);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	n = (unsigned int)found.gl_pathc;
	for (unsigned int i = 0; i < n; i++) {
		FILE *fp = fopen(found.gl_pathv[i], "re");
		struct client *c = reader();
		size_t got;

		assert_non_null(fp);
		while ((got = fread(c->rest + c->n_rest, 1,
			    sizeof(c->rest) - c->n_rest, fp)) > 0)
			feed(c, got);
		(void)fclose(fp);
		assert_true(c->pkts > 0);
		leave(c);
	}
	globfree(&found);
	return n;
}

static void
files_of_a_spool_tell_of_all_interfaces(void **state)
{
	const struct hello what = offer();
	struct client *c;
	struct run r;

	(void)state;
	begin(&r, tmpdir);
	for (unsigned int n = 0; n < 4000; n++)
		put(&r, n);
	end(&r);
	assert_true(read_files() > 2);
	begin(&r, tmpdir);
	put(&r, 0);
	c = come(&r, &what, "a");
	assert_non_null(c->f.old);
	read_some(c, SIZE_MAX);
	assert_int_equal(c->pkts, 4000 * STEP);
	assert_int_equal(c->known.n, 4000);
	leave(c);
	end(&r);
}

/* Killed while ${n} interfaces came; then the last file is cut by ${cut}. */
static void
killed(unsigned int n, unsigned int cut)
{
	const struct hello what = offer();
	char cmd[128];
	struct client *c;
	struct run r;
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		begin(&r, tmpdir);
		for (unsigned int i = 0; i < n; i++) {
			put(&r, i);
			if (i % 5 == 4)
				pubenc_flush(&r.env.encs);
		}
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(cmd, sizeof(cmd),
	    "f=$(ls *.pms | tail -n 1) && truncate -s -%u \"$f\"", cut);
	assert_int_equal(shell_run(tmpdir, cmd), 0);
	log_init("test", LOG_LEVEL_ERROR);
	begin(&r, tmpdir);
	c = come(&r, &what, "a");
	assert_non_null(c->f.old);
	read_some(c, SIZE_MAX);
	assert_in_range(c->pkts, 1, n * STEP);
	leave(c);
	end(&r);
	assert_int_equal(shell_run(tmpdir, "rm -f *.pms *.mark"), 0);
}

static void
what_a_killed_agent_left_names_all_it_has(void **state)
{
	(void)state;
	for (unsigned int cut = 1; cut < 1000; cut += 37)
		killed(100, cut);
	killed(2000, 5);
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, tmpdir_setup, tmpdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_comes_late_is_told_of_all_interfaces),
		TEST(files_of_a_spool_tell_of_all_interfaces),
		TEST(what_a_killed_agent_left_names_all_it_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
