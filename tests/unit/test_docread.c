/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/docread agent/docnic agent/docudp agent/docsteer agent/docfile agent/docproc agent/docset agent/docprint agent/docquote tests/unit/tmpdir */
/* A host as /proc and /sys show it, made of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/docprint.h"
#include "agent/docread.h"
#include "tests/unit/tmpdir.h"

#define MIB32 33554432

/* Everything is well here. */
static int
set_up(void **state)
{
	static const char *const counter[] = { "rx_dropped", "rx_missed_errors",
		"rx_fifo_errors", "rx_errors", "tx_dropped", "tx_fifo_errors",
		"tx_errors" };
	char path[128];

	if (tmpdir_setup(state) != 0)
		return -1;
	tmpdir_write("proc/sys/net/core/rmem_max", "33554432\n");
	tmpdir_write("proc/sys/net/core/rmem_default", "33554432\n");
	tmpdir_write("proc/sys/net/core/wmem_max", "67108864\n");
	tmpdir_write("proc/sys/net/core/wmem_default", "33554432\n");
	tmpdir_write("proc/sys/net/core/netdev_max_backlog", "20000\n");
	tmpdir_write("proc/net/snmp",
	    "Udp: InDatagrams RcvbufErrors SndbufErrors\n"
	    "Udp: 10 0 0\n");
	tmpdir_write(
	    "proc/net/snmp6", "Udp6RcvbufErrors 0\nUdp6SndbufErrors 0\n");
	tmpdir_write("proc/net/udp", "  sl  local_address\n");
	tmpdir_write("proc/net/udp6", "  sl  local_address\n");
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000000 00000000\n"
					      "0000000a 00000000 00000000\n");
	tmpdir_write("sys/devices/system/cpu/online", "0-39\n");
	tmpdir_write("sys/class/net/lo/flags", "0x9\n");
	tmpdir_write("sys/class/net/lo/queues/rx-0/rps_cpus", "ff,ffffffff\n");
	tmpdir_write("sys/class/net/lo/queues/tx-0/xps_cpus", "0\n");
	tmpdir_write("sys/class/net/test\"9/flags", "0x1003\n");
	tmpdir_write("sys/class/net/down9/flags", "0x1002\n");
	for (size_t i = 0; i < sizeof(counter) / sizeof(counter[0]); i++) {
		(void)snprintf(path, sizeof(path),
		    "sys/class/net/test\"9/statistics/%s", counter[i]);
		tmpdir_write(path, "0\n");
	}
	return 0;
}

/* Read all into ${s}; returns how many are wrong. */
static size_t
examine(struct docset *s)
{
	struct docread_ifaces ifs;
	size_t wrong = 0;

	*s = (struct docset){ .n = 0 };
	docread_ifaces(&ifs, tmpdir);
	assert_int_equal(ifs.n, 1);
	assert_string_equal(ifs.name[0], "test\"9");
	docread_all(s, tmpdir, &ifs);
	for (size_t i = 0; i < s->n; i++)
		wrong += docset_wrong(&s->item[i]);
	return wrong;
}

static const struct docset_item *
get(const struct docset *s, const char *subject, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->item[i].subject, subject) == 0 &&
		    strcmp(s->item[i].name, name) == 0)
			return &s->item[i];
	}
	fail_msg("%s %s is missing", subject, name);
	return NULL;
}

/* One thing is wrong, and this mends it. */
static void
expect(const char *subject, const char *name, uint64_t value, const char *mend)
{
	const struct docset_item *it;
	struct docset s;

	assert_int_equal(examine(&s), 1);
	it = get(&s, subject, name);
	assert_true(docset_wrong(it));
	assert_int_equal(it->value, value);
	assert_string_equal(it->mend, mend);
	docset_done(&s);
}

static void
a_host_that_is_well_has_nothing_wrong(void **state)
{
	struct docset s;

	(void)state;
	assert_int_equal(examine(&s), 0);
	assert_int_equal(get(&s, "host", "net.core.rmem_max")->want, MIB32);
	assert_int_equal(get(&s, "lo", "rx-0")->want, 40);
	/* the driver of this interface cannot be asked */
	assert_int_equal(get(&s, "test\"9", "gro")->err, ENODEV);
	docset_done(&s);
}

static void
small_buffers_are_wrong(void **state)
{
	(void)state;
	tmpdir_write("proc/sys/net/core/rmem_max", "212992\n");
	expect("host", "net.core.rmem_max", 212992,
	    "sysctl -w net.core.rmem_max=33554432");
}

static void
errors_of_udp_sockets_are_wrong(void **state)
{
	(void)state;
	tmpdir_write(
	    "proc/net/snmp6", "Udp6RcvbufErrors 12\nUdp6SndbufErrors 0\n");
	expect("ipv6", "RcvbufErrors", 12,
	    "sysctl -w net.core.rmem_max=67108864 "
	    "net.core.rmem_default=67108864");
}

static void
a_socket_that_drops_is_named(void **state)
{
	struct docset s;

	(void)state;
	tmpdir_write("proc/net/udp",
	    "  sl  local_address\n"
	    "  512: 0100007F:14E9 00000000:0000 07 00000000:00034B00 0:0 0 "
	    "    0        0 12345 2 0000000000000000 4021\n");
	expect("127.0.0.1:5353", "drops", 4021,
	    "sysctl -w net.core.rmem_max=67108864 "
	    "net.core.rmem_default=67108864, then start again what "
	    "\"ss -uanp 'sport = :5353'\" names");
	(void)examine(&s);
	assert_int_equal(get(&s, "127.0.0.1:5353", "rx_queue")->value, 0x34b00);
	docset_done(&s);
}

static void
drops_of_an_interface_are_wrong(void **state)
{
	(void)state;
	tmpdir_write(
	    "sys/class/net/test\"9/statistics/rx_missed_errors", "3\n");
	expect(
	    "test\"9", "rx_missed_errors", 3, "ethtool -G $'test\"9' rx 4096");
}

static void
softnet_drops_ask_for_a_longer_backlog(void **state)
{
	(void)state;
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000000 00000000\n"
					      "0000000a 000000ff 00000000\n");
	expect("cpu1", "dropped", 255,
	    "sysctl -w net.core.netdev_max_backlog=40000");
}

static void
squeezed_time_asks_for_a_larger_budget(void **state)
{
	(void)state;
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000000 00000010\n");
	expect("cpu0", "time_squeeze", 16,
	    "sysctl -w net.core.netdev_budget=600 "
	    "net.core.netdev_budget_usecs=8000");
}

/* What is set already and was not enough is no help. */
static void
no_command_makes_a_limit_smaller(void **state)
{
	(void)state;
	tmpdir_write("proc/sys/net/core/rmem_max", "67108864\n");
	tmpdir_write(
	    "proc/net/snmp6", "Udp6RcvbufErrors 12\nUdp6SndbufErrors 0\n");
	expect("ipv6", "RcvbufErrors", 12,
	    "sysctl -w net.core.rmem_max=134217728 "
	    "net.core.rmem_default=67108864");
	tmpdir_write("proc/sys/net/core/rmem_max", "2147483647\n");
	expect("ipv6", "RcvbufErrors", 12,
	    "sysctl -w net.core.rmem_max=2147483647 "
	    "net.core.rmem_default=67108864");
	tmpdir_write(
	    "proc/net/snmp6", "Udp6RcvbufErrors 0\nUdp6SndbufErrors 0\n");
	tmpdir_write("proc/sys/net/core/netdev_budget", "900\n");
	tmpdir_write("proc/sys/net/core/netdev_budget_usecs", "2000\n");
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000000 00000010\n");
	expect("cpu0", "time_squeeze", 16,
	    "sysctl -w net.core.netdev_budget=1800 "
	    "net.core.netdev_budget_usecs=8000");
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000000 00000000\n");
	tmpdir_write("sys/class/net/test\"9/statistics/rx_dropped", "3\n");
	expect("test\"9", "rx_dropped", 3,
	    "sysctl -w net.core.netdev_max_backlog=40000");
}

static void
steering_to_some_cpus_is_wrong(void **state)
{
	(void)state;
	tmpdir_write("sys/class/net/lo/queues/rx-0/rps_cpus", "00,00000003\n");
	expect("lo", "rx-0", 2,
	    "echo ff,ffffffff >/sys/class/net/lo/queues/rx-0/rps_cpus");
}

static void
one_cpu_needs_no_steering(void **state)
{
	struct docset s;

	(void)state;
	tmpdir_write("sys/devices/system/cpu/online", "0\n");
	tmpdir_write("sys/class/net/lo/queues/rx-0/rps_cpus", "0\n");
	assert_int_equal(examine(&s), 0);
	docset_done(&s);
}

static void
what_cannot_be_read_is_told_and_not_judged(void **state)
{
	struct docset s;

	(void)state;
	assert_int_equal(unlink(tmpdir_path("proc/sys/net/core/rmem_max")), 0);
	tmpdir_write("proc/net/snmp", "nothing\n");
	assert_int_equal(examine(&s), 0);
	assert_int_equal(get(&s, "host", "net.core.rmem_max")->err, ENOENT);
	assert_int_equal(get(&s, "ipv4", "RcvbufErrors")->err, EINVAL);
	docset_done(&s);
}

static void
a_kernel_without_ipv6_misses_nothing(void **state)
{
	struct docset s;

	(void)state;
	assert_int_equal(unlink(tmpdir_path("proc/net/snmp6")), 0);
	assert_int_equal(unlink(tmpdir_path("proc/net/udp6")), 0);
	assert_int_equal(examine(&s), 0);
	for (size_t i = 0; i < s.n; i++)
		assert_string_not_equal(s.item[i].subject, "ipv6");
	docset_done(&s);
}

static void
what_grew_is_told_from_what_was(void **state)
{
	const struct docset_item *it;
	struct docset was, is;

	(void)state;
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000007 00000002\n");
	(void)examine(&was);
	tmpdir_write("proc/net/softnet_stat", "0000000a 00000009 00000001\n");
	tmpdir_write("proc/net/udp",
	    "  1: 0100007F:0035 00000000:0000 07 0:0 0:0 0 0 0 1 2 0 5\n");
	(void)examine(&is);
	docset_grown(&is, &was);
	assert_int_equal(get(&is, "cpu0", "dropped")->value, 2);
	/* made anew: all of it came since */
	assert_int_equal(get(&is, "cpu0", "time_squeeze")->value, 1);
	assert_int_equal(get(&is, "127.0.0.1:53", "drops")->value, 5);
	/* what is no counter stays */
	it = get(&is, "host", "net.core.rmem_max");
	assert_int_equal(it->value, MIB32);
	docset_done(&was);
	docset_done(&is);
}

static void
interfaces_beyond_the_room_are_told(void **state)
{
	struct docread_ifaces ifs;
	char path[64];

	(void)state;
	docread_ifaces(&ifs, tmpdir);
	assert_false(ifs.more);
	for (int i = 0; i < DOCREAD_IFACES; i++) {
		(void)snprintf(
		    path, sizeof(path), "sys/class/net/v%d/flags", i);
		tmpdir_write(path, "0x1003\n");
	}
	docread_ifaces(&ifs, tmpdir);
	assert_int_equal(ifs.n, DOCREAD_IFACES);
	assert_true(ifs.more);
}

/* As of multicast DNS, or of servers with a socket per CPU. */
static void
sockets_with_one_name_are_told_apart(void **state)
{
	static const char two[] =
	    "  1: 00000000:14E9 00000000:0000 07 0:0 0:0 0 0 0 71 2 0 5\n"
	    "  1: 00000000:14E9 00000000:0000 07 0:0 0:0 0 0 0 72 2 0 900\n";
	struct docset was, is;

	(void)state;
	tmpdir_write("proc/net/udp", two);
	(void)examine(&was);
	(void)examine(&is);
	docset_grown(&is, &was);
	for (size_t i = 0; i < is.n; i++)
		assert_false(docset_wrong(&is.item[i]));
	docset_done(&was);
	docset_done(&is);
}

/* What ${s} looks like in one form. */
static char *
print(const struct docset *s, bool json, bool grown)
{
	char *text;
	size_t size;
	FILE *fp = open_memstream(&text, &size);

	assert_non_null(fp);
	if (json) {
		docprint_json(s, 5, fp);
	} else {
		docprint_text(s, grown, fp);
	}
	assert_int_equal(fclose(fp), 0);
	return text;
}

static void
every_item_has_a_line_and_an_object(void **state)
{
	struct docset s = { .n = 0 };
	struct docset_item it =
	    docset_make(DOCSET_OFFLOAD, DOCSET_SWITCH, "a\"\\\x01", "gro");
	char *text;

	(void)state;
	it.value = 1;
	(void)strcpy(it.mend, "ethtool -K x gro off");
	docset_add(&s, &it);
	it = docset_make(DOCSET_BUFFERS, DOCSET_LEAST, "host", "x");
	it.value = it.want = 8;
	docset_add(&s, &it);
	it = docset_make(DOCSET_CAPTURE, DOCSET_COUNTER, "eth0", "ps_drop");
	it.err = EPERM;
	docset_add(&s, &it);
	it = docset_make(DOCSET_SOFTNET, DOCSET_COUNTER, "cpu0", "dropped");
	docset_add(&s, &it);
	it = docset_make(DOCSET_UDP, DOCSET_FACT, "[::]:5", "rx_queue");
	it.value = 4;
	docset_add(&s, &it);

	text = print(&s, false, false);
	assert_string_equal(text,
	    "wrong  offload   a\"\\134\\001     gro                  on: "
	    "ethtool -K x gro off\n"
	    "ok     buffers   host           x                    8 of 8\n"
	    "unread capture   eth0           ps_drop              Operation "
	    "not permitted\n"
	    "ok     softnet   cpu0           dropped              0\n"
	    "fact   udp       [::]:5         rx_queue             4\n"
	    "1 wrong, 1 could not be read\n");
	free(text);
	text = print(&s, false, true);
	assert_null(strstr(text, "cpu0"));
	assert_non_null(strstr(text, "rx_queue"));
	free(text);
	text = print(&s, true, false);
	assert_string_equal(text,
	    "{\"wrong\":1,\"unread\":1,\"incomplete\":false,"
	    "\"seconds\":5,\"items\":["
	    "{\"verdict\":\"wrong\",\"check\":\"offload\","
	    "\"subject\":\"a\\\"\\\\\\u0001\",\"name\":\"gro\","
	    "\"value\":true,\"mend\":\"ethtool -K x gro off\"},"
	    "{\"verdict\":\"ok\",\"check\":\"buffers\",\"subject\":\"host\","
	    "\"name\":\"x\",\"value\":8,\"want\":8},"
	    "{\"verdict\":\"unread\",\"check\":\"capture\","
	    "\"subject\":\"eth0\",\"name\":\"ps_drop\","
	    "\"error\":\"Operation not permitted\"},"
	    "{\"verdict\":\"ok\",\"check\":\"softnet\",\"subject\":\"cpu0\","
	    "\"name\":\"dropped\",\"value\":0},"
	    "{\"verdict\":\"fact\",\"check\":\"udp\",\"subject\":\"[::]:5\","
	    "\"name\":\"rx_queue\",\"value\":4}]}\n");
	free(text);
	docset_done(&s);
}

static void
more_items_than_fit_are_told(void **state)
{
	const struct docset_item it =
	    docset_make(DOCSET_UDP, DOCSET_FACT, "x", "y");
	struct docset s = { .n = 0 };
	char *text;

	(void)state;
	for (size_t i = 0; i < DOCSET_MAX; i++)
		docset_add(&s, &it);
	assert_false(s.incomplete);
	docset_add(&s, &it);
	assert_true(s.incomplete);
	assert_int_equal(s.n, DOCSET_MAX);
	text = print(&s, false, false);
	assert_non_null(
	    strstr(text, "0 wrong, 0 could not be read, more than fits\n"));
	free(text);
	text = print(&s, true, false);
	assert_non_null(strstr(text, "\"incomplete\":true,"));
	free(text);
	docset_done(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tmpdir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_host_that_is_well_has_nothing_wrong),
		TEST(small_buffers_are_wrong),
		TEST(errors_of_udp_sockets_are_wrong),
		TEST(a_socket_that_drops_is_named),
		TEST(drops_of_an_interface_are_wrong),
		TEST(softnet_drops_ask_for_a_longer_backlog),
		TEST(squeezed_time_asks_for_a_larger_budget),
		TEST(no_command_makes_a_limit_smaller),
		TEST(steering_to_some_cpus_is_wrong),
		TEST(one_cpu_needs_no_steering),
		TEST(what_cannot_be_read_is_told_and_not_judged),
		TEST(a_kernel_without_ipv6_misses_nothing),
		TEST(what_grew_is_told_from_what_was),
		TEST(interfaces_beyond_the_room_are_told),
		TEST(sockets_with_one_name_are_told_apart),
		TEST(every_item_has_a_line_and_an_object),
		TEST(more_items_than_fit_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
