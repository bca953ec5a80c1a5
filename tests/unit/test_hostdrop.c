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
}

static void
sums_never_go_back(void **state)
{
	struct hostdrop h;

	(void)state;
	put("dev", "eth0: 1 1 1 6 3 0 0 0 1 1 1 1 1 1 1 1\n"
		   "eth1: 1 1 1 4 0 0 0 0 1 1 1 1 1 1 1 1\n");
	hostdrop_start(&h, tmpdir);
	/* eth1 was removed */
	put("dev", "eth0: 1 1 1 6 3 0 0 0 1 1 1 1 1 1 1 1\n");
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 0);
	put("dev", "eth0: 1 1 1 7 3 0 0 0 1 1 1 1 1 1 1 1\n");
	hostdrop_sample(&h);
	assert_int_equal(h.grown.iface, 1);
	assert_int_equal(h.grown.softnet, 0);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
