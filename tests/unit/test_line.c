/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/line wire/text */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"
#include "wire/line.h"

static const struct hello_iface iface[] = { { .name = "eth0" },
	{ .name = "wlan0" }, { .name = "eth0", .node = "node 3" } };
static const struct line_ifaces ifs = { 3, iface };

static struct obs
packet(const char *src, const char *dst)
{
	struct obs o = { .kind = OBS_PKT };
	const bool v6 = strchr(src, ':') != NULL;

	o.time = wall_make(1700000000, 123000);
	o.pkt.ipver = v6 ? 6 : 4;
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, src, o.pkt.src), 1);
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, dst, o.pkt.dst), 1);
	o.pkt.sport = 5353;
	o.pkt.dport = 5353;
	o.pkt.has = OBS_HAS_PORTS;
	o.pkt.len = 104;
	o.pkt.proto = 17;
	return o;
}

static void
expect(const struct obs *o, enum line_format f, const char *want)
{
	char got[LINE_MAX_LEN + 1];
	const size_t n = line_put(got, o, f, &ifs);

	got[n] = '\0';
	assert_string_equal(got, want);
}

static void
expect_back(const struct obs *o, enum line_format f, const char *want_if)
{
	char text[LINE_MAX_LEN];
	struct line_place at;
	const size_t n = line_put(text, o, f, &ifs);
	struct obs got;

	assert_int_equal(line_get(&got, &at, text, n), n);
	assert_string_equal(at.ifname, want_if);
	assert_memory_equal(&got, o, sizeof(got));
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(line_get(&got, &at, text, cut), 0);
}

static void
lines_of_both_families_have_eight_fields(void **state)
{
	struct obs o = packet("10.0.0.1", "192.168.255.100");

	(void)state;
	expect(&o, LINE_BASIC,
	    "1700000000.000123:10.0.0.1:5353:192.168.255.100:5353:104:0:17\n");
	o = packet("2001:db8::1", "ff02::fb");
	expect(&o, LINE_BASIC,
	    "1700000000.000123:[2001:db8::1]:5353:[ff02::fb]:5353:104:0:17\n");
}

static void
addresses_are_written_as_rfc5952_says(void **state)
{
	static const char *const addr[] = { "::", "::1",
		"1::", "1:2:3:4:5:6:7:8", "2001:db8:0:1:1:1:1:1",
		"2001:0:0:1::1", "2001:db8::1:0:0:1",
		"fe80::abcd:ef01:2345:6789", "::ffff:192.0.2.1",
		"1:0:0:2:0:0:0:3" };
	static const char *const want[] = { "::", "::1",
		"1::", "1:2:3:4:5:6:7:8", "2001:db8:0:1:1:1:1:1",
		"2001:0:0:1::1", "2001:db8::1:0:0:1",
		"fe80::abcd:ef01:2345:6789", "::ffff:192.0.2.1", "1:0:0:2::3" };

	(void)state;
	for (size_t i = 0; i < sizeof(addr) / sizeof(addr[0]); i++) {
		const struct obs o = packet(addr[i], "::2");
		char got[LINE_MAX_LEN];
		char *end;

		(void)line_put(got, &o, LINE_BASIC, NULL);
		end = strchr(got, ']');
		assert_non_null(end);
		*end = '\0';
		assert_string_equal(strchr(got, '[') + 1, want[i]);
		expect_back(&o, LINE_BASIC, "");
	}
}

static void
numbers_of_every_width_come_back(void **state)
{
	struct obs o = packet("0.9.10.255", "99.100.199.200");

	(void)state;
	o.pkt.has |= OBS_HAS_MGEN;
	for (uint64_t v = 1; v < UINT32_MAX; v = v * 10 + v % 7) {
		o.pkt.len = (uint32_t)v;
		o.pkt.mgen_flow = (uint32_t)(UINT32_MAX - v / 2);
		o.pkt.sport = (uint16_t)v;
		o.time = wall_make((int64_t)v, (int64_t)(v % 1000000) * 1000);
		expect_back(&o, LINE_BASIC, "");
	}
}

static void
times_before_1970_round_down(void **state)
{
	struct obs o = packet("10.0.0.1", "10.0.0.2");

	(void)state;
	o.time.ns = -1;
	expect(
	    &o, LINE_BASIC, "-0.000001:10.0.0.1:5353:10.0.0.2:5353:104:0:17\n");
	o.time.ns = -2500000000;
	expect(
	    &o, LINE_BASIC, "-2.500000:10.0.0.1:5353:10.0.0.2:5353:104:0:17\n");
	expect_back(&o, LINE_BASIC, "");
}

static void
extended_fields_follow_the_eighth(void **state)
{
	struct obs o = packet("10.0.0.1", "10.0.0.2");

	(void)state;
	o.time = wall_make(5, 0);
	o.pkt.iface = 1;
	o.pkt.role = OBS_ROLE_FORWARDED;
	expect(&o, LINE_EXTENDED,
	    "5.000000:10.0.0.1:5353:10.0.0.2:5353:104:0:17:-:wlan0:forwarded:"
	    "-:-\n");
	o.pkt.iface = 0;
	o.pkt.has |= OBS_HAS_MGEN | OBS_HAS_MSG;
	o.pkt.mgen_flow = 7;
	o.pkt.mgen_seq = 42;
	o.pkt.mgen_tx = wall_make(4, 999999000);
	expect(&o, LINE_EXTENDED,
	    "5.000000:10.0.0.1:5353:10.0.0.2:5353:104:7:17:-:eth0:forwarded:"
	    "42:4.999999\n");
	expect_back(&o, LINE_EXTENDED, "eth0");
	o.pkt.proto = 6;
	o.pkt.tcp_flags = 0x12;
	expect(&o, LINE_EXTENDED,
	    "5.000000:10.0.0.1:5353:10.0.0.2:5353:104:7:6:18:eth0:forwarded:"
	    "42:4.999999\n");
	expect_back(&o, LINE_EXTENDED, "eth0");
}

static void
a_node_follows_where_the_interface_has_one(void **state)
{
	static const char none[] = "5.000000:10.0.0.1:1:10.0.0.2:2:3:4:17:-:"
				   "eth0:-:-:-:-:later\n";
	struct obs o = packet("10.0.0.1", "10.0.0.2");
	char text[LINE_MAX_LEN];
	struct line_place at;
	struct obs got;
	size_t n;

	(void)state;
	o.time = wall_make(5, 0);
	o.pkt.iface = 2;
	expect(&o, LINE_EXTENDED,
	    "5.000000:10.0.0.1:5353:10.0.0.2:5353:104:0:17:-:eth0:-:-:-:"
	    "node 3\n");
	expect(
	    &o, LINE_BASIC, "5.000000:10.0.0.1:5353:10.0.0.2:5353:104:0:17\n");
	n = line_put(text, &o, LINE_EXTENDED, &ifs);
	assert_int_equal(line_get(&got, &at, text, n), n);
	assert_string_equal(at.ifname, "eth0");
	assert_string_equal(at.node, "node 3");
	assert_int_equal(
	    line_get(&got, &at, none, sizeof(none) - 1), sizeof(none) - 1);
	assert_string_equal(at.node, "");
}

static void
the_longest_line_fits(void **state)
{
	struct obs o = packet("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	struct hello_iface most = { .name = "123456789012345" };
	const struct line_ifaces one = { 1, &most };
	char text[LINE_MAX_LEN];

	(void)state;
	memset(most.node, 'n', sizeof(most.node) - 1);
	o.time.ns = INT64_MIN;
	o.pkt.sport = o.pkt.dport = UINT16_MAX;
	o.pkt.len = o.pkt.mgen_flow = o.pkt.mgen_seq = UINT32_MAX;
	o.pkt.mgen_tx.ns = INT64_MIN;
	o.pkt.has |= OBS_HAS_MGEN | OBS_HAS_MSG;
	o.pkt.proto = 6;
	o.pkt.tcp_flags = UINT8_MAX;
	o.pkt.role = OBS_ROLE_ORIGINATED;
	assert_in_range(
	    line_put(text, &o, LINE_EXTENDED, &one), 250, LINE_MAX_LEN);
}

static void
an_interface_without_a_name_is_its_number(void **state)
{
	struct obs o = packet("10.0.0.1", "10.0.0.2");

	(void)state;
	o.pkt.iface = 3;
	expect(&o, LINE_EXTENDED,
	    "1700000000.000123:10.0.0.1:5353:10.0.0.2:5353:104:0:17:-:3:-:-:-"
	    "\n");
}

static void
host_load_is_two_pseudo_records(void **state)
{
	struct obs o = { .kind = OBS_HOST, .time = wall_make(9, 0) };

	(void)state;
	o.host.has = OBS_HOST_ALL;
	o.host.cpu_busy = 37;
	o.host.mem_used = 2560;
	expect(&o, LINE_BASIC,
	    "9.000000:1.0.0.0:1:1.0.0.0:1:37:4294967295:61\n"
	    "9.000000:2.0.0.0:2:2.0.0.0:2:10:4294967294:61\n");
	o.host.has = OBS_HOST_CPU;
	o.host.mem_used = 0;
	expect_back(&o, LINE_BASIC, "");
	o.host.has = OBS_HOST_MEM;
	o.host.cpu_busy = 0;
	o.host.mem_used = 2560;
	expect_back(&o, LINE_BASIC, "");
}

static void
a_loss_is_a_comment_to_old_readers(void **state)
{
	struct obs o = { .kind = OBS_LOSS, .time = wall_make(9, 0) };

	(void)state;
	o.loss.reason = OBS_LOSS_KERNEL;
	o.loss.count = 12;
	expect(&o, LINE_BASIC, "#9.000000:loss:kernel:12:0\n");
	expect_back(&o, LINE_BASIC, "");
	o.loss.reason = 30;
	o.loss.first = UINT64_MAX;
	o.loss.count = UINT64_MAX;
	expect_back(&o, LINE_BASIC, "");
}

static void
other_comments_are_skipped(void **state)
{
	struct line_place at;
	struct obs o;

	(void)state;
	assert_int_equal(line_get(&o, &at, "# hello\n", 8), 8);
	assert_int_equal(o.kind, OBS_LOSS);
	assert_int_equal(o.loss.count, 0);
}

static void
malformed_lines_are_refused(void **state)
{
	static const char *const bad[] = { "\n", "x\n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:1:1\n",
		"1.00000:10.0.0.1:1:10.0.0.2:1:1:1:17\n",
		"1.0000000:10.0.0.1:1:10.0.0.2:1:1:1:17\n",
		"1.000000:10.0.0.256:1:10.0.0.2:1:1:1:17\n",
		"1.000000:10.0.0.1:65536:10.0.0.2:1:1:1:17\n",
		"1.000000:10.0.0.1:1:[::1]:1:1:1:17\n",
		"1.000000:[::1:1:[::1]:1:1:1:17\n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:4294967296:1:17\n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:1:1:256\n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:1:1:17 \n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:1:1:17:2\n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:1:1:6:2:eth0:nothing:-:-\n",
		"1.000000:10.0.0.1:1:10.0.0.2:1:1:1:17:2:eth0:-:-:-\n",
		"18446744073709551615.000000:10.0.0.1:1:10.0.0.2:1:1:1:17\n" };
	char long_line[LINE_READ_MAX];
	struct line_place at;
	struct obs o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(line_get(&o, &at, bad[i], strlen(bad[i])), -1);
	}
	memset(long_line, '1', sizeof(long_line));
	assert_int_equal(line_get(&o, &at, long_line, sizeof(long_line)), -1);
}

static void
a_zero_octet_hides_nothing(void **state)
{
	static const char addr[] = "1.000000:10.0.0.1\0junk:1:10.0.0.2:1:1:1:6"
				   "\n";
	static const char name[] = "1.000000:10.0.0.1:1:10.0.0.2:1:1:1:6:-:"
				   "eth0\0junk:-:-:-\n";
	struct line_place at;
	struct obs o;

	(void)state;
	assert_int_equal(line_get(&o, &at, addr, sizeof(addr) - 1), -1);
	assert_int_equal(line_get(&o, &at, name, sizeof(name) - 1), -1);
}

static void
fields_after_the_known_ones_are_ignored(void **state)
{
	static const char line[] = "1.000000:10.0.0.1:1:10.0.0.2:2:3:4:17:-:"
				   "eth0:-:-:-:later:fields\n";
	struct line_place at;
	struct obs o;

	(void)state;
	assert_int_equal(
	    line_get(&o, &at, line, sizeof(line) - 1), sizeof(line) - 1);
	assert_int_equal(o.pkt.dport, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_both_families_have_eight_fields),
		cmocka_unit_test(addresses_are_written_as_rfc5952_says),
		cmocka_unit_test(numbers_of_every_width_come_back),
		cmocka_unit_test(times_before_1970_round_down),
		cmocka_unit_test(extended_fields_follow_the_eighth),
		cmocka_unit_test(a_node_follows_where_the_interface_has_one),
		cmocka_unit_test(the_longest_line_fits),
		cmocka_unit_test(an_interface_without_a_name_is_its_number),
		cmocka_unit_test(host_load_is_two_pseudo_records),
		cmocka_unit_test(a_loss_is_a_comment_to_old_readers),
		cmocka_unit_test(other_comments_are_skipped),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(a_zero_octet_hides_nothing),
		cmocka_unit_test(fields_after_the_known_ones_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
