/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/mgenlog collector/mgenline collector/sinkmgenlogfmt collector/sinkfmt collector/modelnet collector/mgentab collector/mgenwait collector/clockfix collector/mgenclock collector/sinksrc collector/mgenpath collector/mgendelay */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/sinkmgenlogfmt.h"
#include "wire/hello.h"

#define S  MONO_NS_PER_S
#define MS MONO_NS_PER_MS

enum { UDP = 17, TCP = 6 };

static const struct sink_src node = { .host = 1, .name = "n" };
static const struct sink_src other = { .host = 2, .name = "m" };
static struct mgenlog *ml;
static char out[16384];

/* What is noted of a line: node, what, time in ms, number, size, flags. */
static void
on_line(void *arg, struct mgenlog_node *n, const struct mgenline *l)
{
	char *end = out + strlen(out);

	(void)arg;
	(void)snprintf(end, 80, "%s %s %jd seq %u size %u flags %u\n", n->name,
	    l->what == MGENLINE_SEND ? "send" : "recv",
	    (intmax_t)(l->time.ns / MS), l->seq, l->size,
	    (unsigned int)l->flags);
}

static int
begin_with(size_t points, size_t nodes, size_t lines)
{
	const struct mgenlog_conf conf = { .points = points,
		.nodes = nodes,
		.lines = lines,
		.key = { { 5, 6 } },
		.emit = on_line };

	out[0] = '\0';
	ml = mgenlog_new(&conf);
	return ml == NULL;
}

static int
begin(void **state)
{
	(void)state;
	return begin_with(16, 4, 100);
}

static int
finish(void **state)
{
	(void)state;
	mgenlog_free(ml);
	return 0;
}

/* The message ${seq} of ${proto}, all in one packet, sent 5 ms before. */
static struct obs
pkt(int proto, int64_t ms, uint32_t seq, uint32_t size)
{
	return (struct obs){ .kind = OBS_PKT,
		.time = { ms * MS },
		.pkt = { .src = { 10, 0, 0, 1 },
		    .dst = { 10, 0, 0, 2 },
		    .sport = 5000,
		    .dport = 5001,
		    .ipver = 4,
		    .proto = (uint8_t)proto,
		    .len = size + (proto == TCP ? 52 : 28),
		    .role = OBS_ROLE_DELIVERED,
		    .has = OBS_HAS_PORTS | OBS_HAS_MGEN | OBS_HAS_MSG,
		    .mgen_flow = 7,
		    .mgen_seq = seq,
		    .mgen_tx = { (ms - 5) * MS } } };
}

static void
put(const struct sink_src *src, struct obs o)
{
	mgenlog_put(ml, src, &o, 1);
}

static void
is(const char *want)
{
	assert_string_equal(out, want);
	out[0] = '\0';
}

static void
ends_with(const char *want)
{
	mgenlog_flush(ml);
	is(want);
}

static void
ends_alone_are_logged(void **state)
{
	struct obs o = pkt(UDP, 1000, 3, 100);

	(void)state;
	put(&node, o);
	o.pkt.role = OBS_ROLE_ORIGINATED;
	put(&other, o);
	for (o.pkt.role = 0; o.pkt.role <= OBS_ROLE_MAX; o.pkt.role++) {
		if (o.pkt.role != OBS_ROLE_ORIGINATED &&
		    o.pkt.role != OBS_ROLE_DELIVERED)
			put(&node, o);
	}
	ends_with("m send 995 seq 3 size 100 flags 0\n"
		  "n recv 1000 seq 3 size 100 flags 0\n");
}

static void
fragments_are_one_message_at_the_time_of_the_last(void **state)
{
	struct obs o = pkt(UDP, 1000, 0, 1472);

	(void)state;
	o.pkt.frag = OBS_FRAG_FIRST;
	put(&node, o);
	o.pkt.frag = OBS_FRAG_LATER;
	o.pkt.has &= (uint8_t)~OBS_HAS_MSG;
	o.time.ns += MS;
	o.pkt.len = 20 + 528;
	put(&node, o);
	put(&node, pkt(UDP, 1100, 1, 100));
	o = pkt(UDP, 1200, 0, 1448);
	o.pkt.ipver = 6;
	o.pkt.len = 40 + 8 + 8 + 1000;
	o.pkt.frag = OBS_FRAG_FIRST;
	put(&node, o);
	o.pkt.has &= (uint8_t)~OBS_HAS_MSG;
	o.pkt.frag = OBS_FRAG_LATER;
	o.pkt.len = 40 + 8 + 24;
	put(&node, o);
	ends_with("n recv 1001 seq 0 size 2000 flags 0\n"
		  "n recv 1100 seq 1 size 100 flags 0\n"
		  "n recv 1200 seq 0 size 1024 flags 0\n");
}

static void
lines_of_a_node_are_in_order_though_a_queue_delays(void **state)
{
	struct obs o = pkt(UDP, 1900, 0, 100);

	(void)state;
	put(&node, pkt(UDP, 1500, 1, 100));
	o.pkt.role = OBS_ROLE_ORIGINATED;
	o.pkt.mgen_tx.ns = 1000 * MS;
	put(&node, o);
	put(&node, pkt(UDP, 2600, 2, 100));
	is("");
	put(&node, pkt(UDP, 3700, 3, 100));
	is("n send 1000 seq 0 size 100 flags 0\n"
	   "n recv 1500 seq 1 size 100 flags 0\n");
	mgenlog_clock(ml, (wall_t){ 7000 * MS });
	is("n recv 2600 seq 2 size 100 flags 0\n");
	ends_with("n recv 3700 seq 3 size 100 flags 0\n");
}

static void
what_comes_again_is_logged_again_but_not_of_two_interfaces(void **state)
{
	struct obs o = pkt(UDP, 1000, 0, 100);

	(void)state;
	put(&node, o);
	put(&node, o);
	o.pkt.iface = 1;
	put(&node, o);
	put(&other, o);
	o = pkt(UDP, 1001, 1, 100);
	o.pkt.iface = 1;
	put(&node, o);
	ends_with("m recv 1000 seq 0 size 100 flags 0\n"
		  "n recv 1000 seq 0 size 100 flags 0\n"
		  "n recv 1000 seq 0 size 100 flags 0\n"
		  "n recv 1001 seq 1 size 100 flags 0\n");
}

static void
agents_of_the_same_name_have_nodes_of_their_own(void **state)
{
	static const struct sink_src twin = { .host = 9, .name = "n" };

	(void)state;
	put(&node, pkt(UDP, 1000, 0, 100));
	put(&twin, pkt(UDP, 1001, 0, 100));
	ends_with("n-9 recv 1001 seq 0 size 100 flags 0\n"
		  "n recv 1000 seq 0 size 100 flags 0\n");
}

/* One agent for all nodes of a host: --netns. */
static void
each_node_of_one_agent_has_its_log(void **state)
{
	static const struct hello_iface ifs[] = { { .name = "a", .node = "x" },
		{ .name = "a", .node = "y" } };
	static const struct sink_src host = {
		.host = 9, .name = "host", .ifs = { 2, ifs }
	};
	struct obs o = pkt(UDP, 1000, 0, 100);

	(void)state;
	o.pkt.role = OBS_ROLE_ORIGINATED;
	put(&host, o);
	o.pkt.role = OBS_ROLE_DELIVERED;
	o.pkt.iface = 1;
	put(&host, o);
	ends_with("y recv 1000 seq 0 size 100 flags 0\n"
		  "x send 995 seq 0 size 100 flags 0\n");
}

/* 70000 octets: two parts, sent at two times, in three segments. */
static void
put_parts(const struct sink_src *src, uint8_t role)
{
	struct obs o = pkt(TCP, 1000, 4, 60000);

	o.pkt.role = role;
	put(src, o);
	o.pkt.len = 52 + 5000;
	put(src, o); /* the header again */
	o.time.ns += MS;
	o.pkt.mgen_tx.ns += MS;
	put(src, o);
	o = pkt(TCP, 1010, 5, 1000);
	o.pkt.role = role;
	put(src, o);
}

static void
tcp_has_lines_for_parts_where_it_is_received(void **state)
{
	(void)state;
	put_parts(&node, OBS_ROLE_DELIVERED);
	put_parts(&other, OBS_ROLE_ORIGINATED);
	ends_with("m send 995 seq 4 size 70000 flags 0\n"
		  "m send 1005 seq 5 size 1000 flags 0\n"
		  "n recv 1000 seq 4 size 65535 flags 1\n"
		  "n recv 1001 seq 4 size 5000 flags 2\n"
		  "n recv 1010 seq 5 size 1000 flags 0\n");
}

static uint64_t
counter(const char *name)
{
	char *text = NULL, *at;
	size_t len;
	FILE *fp = open_memstream(&text, &len);
	uint64_t v;

	assert_non_null(fp);
	mgenlog_print(ml, fp, "x");
	fclose(fp);
	assert_non_null(at = strstr(text, name));
	v = strtoull(at + strlen(name), NULL, 10);
	free(text);
	return v;
}

static void
messages_behind_another_header_are_counted(void **state)
{
	(void)state;
	put(&node, pkt(TCP, 1000, 0, 1000));
	put(&node, pkt(TCP, 1010, 4, 1000));
	put(&node, pkt(TCP, 1020, 5, 1000));
	assert_int_equal(counter("x.unnamed "), 3);
	ends_with("n recv 1000 seq 0 size 250 flags 0\n"
		  "n recv 1010 seq 4 size 1000 flags 0\n"
		  "n recv 1020 seq 5 size 1000 flags 0\n");
}

static void
parts_behind_another_header_are_as_long_as_can_be(void **state)
{
	struct obs o = pkt(TCP, 1000, 4, 65000);

	(void)state;
	put(&node, o);
	put(&node, o);
	o.pkt.len = 52 + 10000;
	put(&node, o);
	ends_with("n recv 1000 seq 4 size 65535 flags 1\n"
		  "n recv 1000 seq 4 size 65535 flags 1\n"
		  "n recv 1000 seq 4 size 8930 flags 2\n");
}

static void
a_message_is_whole_when_nothing_follows(void **state)
{
	(void)state;
	put(&node, pkt(TCP, 1000, 0, 1000));
	mgenlog_clock(ml, (wall_t){ 5000 * MS });
	is("");
	mgenlog_clock(ml, (wall_t){ 5001 * MS });
	is("n recv 1000 seq 0 size 1000 flags 0\n");
}

static void
bounds_let_lines_go_early_and_nodes_unseen(void **state)
{
	static const struct sink_src third = { .host = 3, .name = "o" };
	struct obs o;

	(void)state;
	mgenlog_free(ml);
	assert_int_equal(begin_with(2, 2, 2), 0);
	put(&node, pkt(UDP, 1000, 0, 100));
	put(&node, pkt(UDP, 1001, 1, 100));
	put(&node, pkt(UDP, 1002, 2, 100));
	is("n recv 1000 seq 0 size 100 flags 0\n");
	put(&other, pkt(UDP, 1003, 3, 100)); /* no room, nothing to let go */
	is("m recv 1003 seq 3 size 100 flags 0\n");
	put(&third, pkt(UDP, 1004, 4, 100));
	assert_int_equal(counter("x.unplaced "), 1);
	o = pkt(TCP, 1005, 5, 100); /* another flow: the old one goes */
	put(&node, o);
	ends_with("n recv 1001 seq 1 size 100 flags 0\n"
		  "n recv 1002 seq 2 size 100 flags 0\n"
		  "n recv 1005 seq 5 size 100 flags 0\n");
}

static void
a_heap_gives_back_what_it_took(void **state)
{
	struct mgenline_heap h = { 0 };
	struct mgenline l = { .what = MGENLINE_RECV };
	int64_t last = INT64_MIN;

	(void)state;
	for (int64_t i = 0; i < 5000; i++) {
		assert_true(mgenline_grow(&h));
		l.time.ns = i * 7919 % 5000;
		mgenline_put(&h, &l);
	}
	assert_true(h.cap >= 5000 && h.cap < 10000);
	while (h.n > 0) {
		l = mgenline_take(&h);
		assert_true(l.time.ns > last);
		last = l.time.ns;
		assert_true(h.cap <= 64 || h.cap <= 4 * h.n + 4);
	}
	assert_int_equal(h.cap, 64);
	free(h.line);
}

static void
times_at_the_ends_of_the_world_are_harmless(void **state)
{
	struct obs o = pkt(UDP, 0, 0, 100);
	char line[SINKMGENLOGFMT_MAX];
	const struct mgenline l = { .time = { INT64_MIN },
		.tx = { INT64_MAX },
		.key = { .ipver = 6 } };

	(void)state;
	o.time.ns = INT64_MIN;
	o.pkt.mgen_tx.ns = INT64_MAX;
	put(&node, o);
	o.time.ns = INT64_MAX;
	put(&node, o);
	mgenlog_clock(ml, (wall_t){ INT64_MIN });
	mgenlog_flush(ml);
	assert_true(sinkmgenlogfmt_line(line, &l) < sizeof(line));
}

static void
lines_are_mgens(void **state)
{
	struct mgenline l = { .what = MGENLINE_SEND,
		.seq = 12,
		.size = 65535,
		.time = { INT64_C(112089) * S + 50999 },
		.tx = { INT64_C(86399) * S + 999999000 },
		.key = { .src = { 10, 0, 0, 1 },
		    .dst = { 224, 1, 2, 3 },
		    .sport = 6001,
		    .dport = 5001,
		    .flow = UINT32_MAX,
		    .ipver = 4,
		    .proto = UDP } };
	char line[SINKMGENLOGFMT_MAX + 1] = "";

	(void)state;
	line[sinkmgenlogfmt_line(line, &l)] = '\0';
	assert_string_equal(line,
	    "07:08:09.000050 SEND proto>UDP flow>4294967295 seq>12 "
	    "srcPort>6001 dst>224.1.2.3/5001 size>65535 \n");
	l.what = MGENLINE_RECV;
	l.flags = MGENLINE_CONTINUES;
	l.key.proto = TCP;
	l.time.ns = -1000;
	line[sinkmgenlogfmt_line(line, &l)] = '\0';
	assert_string_equal(line,
	    "23:59:59.999999 RECV proto>TCP flow>4294967295 seq>12 "
	    "src>10.0.0.1/6001 dst>224.1.2.3/5001 sent>23:59:59.999999 "
	    "size>65535 gps>INVALID,999.000000,999.000000,4294966297 "
	    "flags>0x01 \n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ends_alone_are_logged),
		TEST(fragments_are_one_message_at_the_time_of_the_last),
		TEST(lines_of_a_node_are_in_order_though_a_queue_delays),
		TEST(
		    what_comes_again_is_logged_again_but_not_of_two_interfaces),
		TEST(agents_of_the_same_name_have_nodes_of_their_own),
		TEST(each_node_of_one_agent_has_its_log),
		TEST(tcp_has_lines_for_parts_where_it_is_received),
		TEST(messages_behind_another_header_are_counted),
		TEST(parts_behind_another_header_are_as_long_as_can_be),
		TEST(a_message_is_whole_when_nothing_follows),
		TEST(bounds_let_lines_go_early_and_nodes_unseen),
		TEST(a_heap_gives_back_what_it_took),
		TEST(times_at_the_ends_of_the_world_are_harmless),
		TEST(lines_are_mgens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
