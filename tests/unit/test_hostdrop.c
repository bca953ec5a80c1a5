/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/hostdrop agent/docfile agent/docproc tests/unit/tmpdir */
/* Sums of a host made of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>

#include "agent/hostdrop.h"
#include "tests/unit/tmpdir.h"

/* Write a file of /proc/net. */
static void
put(const char *name, const char *text)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "proc/net/%s", name);
	tmpdir_write(path, text);
}

static void
only_what_comes_after_the_start_counts(void **state)
{
	struct hostdrop h;

	(void)state;
	put("dev", "Inter-|\n lo: 1 1 1 9 9 9 9 9 1 1 1 1 1 1 1 1\n"
		   "eth0: 1 1 1 5 1 0 0 0 1 1 1 1 1 1 1 1\n");
	put("softnet_stat", "0a 00000010 00\n0a 00000001 00\n");
	put("snmp", "Udp: RcvbufErrors\nUdp: 100\n");
	put("snmp6", "Udp6RcvbufErrors 20\n");
	hostdrop_start(&h, tmpdir);
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 0);
	assert_int_equal(h.grown.softnet, 0);
	assert_int_equal(h.grown.udp, 0);

	put("dev", "eth0: 1 1 1 6 3 0 0 0 1 1 1 1 1 1 1 1\n"
		   "eth1: 1 1 1 1 0 0 0 0 1 1 1 1 1 1 1 1\n");
	put("softnet_stat", "0a 00000020 00\n0a 00000001 00\n");
	put("snmp", "Udp: RcvbufErrors\nUdp: 101\n");
	put("snmp6", "Udp6RcvbufErrors 22\n");
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 4);
	assert_int_equal(h.grown.softnet, 16);
	assert_int_equal(h.grown.udp, 3);
	hostdrop_done(&h);
}

#define ETH0(n) "eth0: 1 1 1 " #n " 3 0 0 0 1 1 1 1 1 1 1 1\n"
#define ETH1(n) "eth1: 1 1 1 " #n " 0 0 0 0 1 1 1 1 1 1 1 1\n"

static void
sums_never_go_back(void **state)
{
	struct hostdrop h;

	(void)state;
	put("dev", ETH0(6) ETH1(4));
	put("snmp", "Udp: RcvbufErrors\nUdp: 100\n");
	hostdrop_start(&h, tmpdir);
	put("dev", ETH0(6));
	put("snmp", "");
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 0);
	put("dev", ETH0(7));
	put("snmp", "Udp: RcvbufErrors\nUdp: 101\n");
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 1);
	assert_int_equal(h.grown.softnet, 0);
	assert_int_equal(h.grown.udp, 1);
	hostdrop_done(&h);
}

static void
what_goes_and_comes_back_is_not_counted_again(void **state)
{
	struct hostdrop h;

	(void)state;
	put("dev", ETH0(6) ETH1(4));
	put("softnet_stat", "0a 00000010 00\n0a 00000005 00\n");
	hostdrop_start(&h, tmpdir);
	/* eth1 was taken to another namespace, and a CPU is off */
	put("dev", ETH0(6));
	put("softnet_stat", "0a 00000010 00\n");
	hostdrop_sample(&h);
	put("dev", ETH1(4) ETH0(6));
	put("softnet_stat", "0a 00000010 00\n0a 00000005 00\n");
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 0);
	assert_int_equal(h.grown.softnet, 0);
	put("dev", ETH0(6) ETH1(6));
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 2);
	hostdrop_done(&h);
}

static void
what_was_made_anew_hides_no_other_and_counts_from_0(void **state)
{
	struct hostdrop h;

	(void)state;
	put("dev", ETH0(6) ETH1(4));
	hostdrop_start(&h, tmpdir);
	/* eth1 is gone, while eth0 loses two */
	put("dev", ETH0(8));
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 2);
	put("dev", ETH0(8) ETH1(3));
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 5);
	put("dev", ETH0(8) ETH1(0));
	hostdrop_sample(&h);
	put("dev", ETH0(8) ETH1(1));
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 6);
	hostdrop_done(&h);
}

/* Names that come and go, without end. */
static void
memory_is_bounded(void **state)
{
	struct hostdrop h;
	char line[128];

	(void)state;
	put("dev", "");
	hostdrop_start(&h, tmpdir);
	for (int i = 0; i < HOSTDROP_PLACES + 100; i++) {
		(void)snprintf(line, sizeof(line),
		    "veth%d: 1 1 1 1 0 0 0 0 1 1 1 1 1 1 1 1\n", i);
		put("dev", line);
		hostdrop_sample(&h);
	}
	assert_int_equal(h.n, HOSTDROP_PLACES);
	assert_int_equal(h.grown.iface, HOSTDROP_PLACES + 100);
	/* the last ones are known still */
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, HOSTDROP_PLACES + 100);
	hostdrop_done(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    only_what_comes_after_the_start_counts, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test_setup_teardown(
		    sums_never_go_back, tmpdir_setup, tmpdir_teardown),
		cmocka_unit_test_setup_teardown(
		    what_goes_and_comes_back_is_not_counted_again, tmpdir_setup,
		    tmpdir_teardown),
		cmocka_unit_test_setup_teardown(
		    what_was_made_anew_hides_no_other_and_counts_from_0,
		    tmpdir_setup, tmpdir_teardown),
		cmocka_unit_test_setup_teardown(
		    memory_is_bounded, tmpdir_setup, tmpdir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
