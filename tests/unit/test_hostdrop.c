/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/hostdrop agent/docfile agent/docproc */
/* Sums of a host made of files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/hostdrop.h"

static char root[64];

/* Write a file of /proc/net. */
static void
put(const char *name, const char *text)
{
	char path[128];
	FILE *fp;

	(void)snprintf(path, sizeof(path), "%s/proc/net/%s", root, name);
	assert_non_null(fp = fopen(path, "w"));
	assert_true(fputs(text, fp) >= 0);
	assert_int_equal(fclose(fp), 0);
}

static int
set_up(void **state)
{
	char path[96];

	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/test_hostdrop.XXXXXX");
	if (mkdtemp(root) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/proc", root);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof(path), "%s/proc/net", root);
	return mkdir(path, 0700);
}

static int
take_away(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st;
	(void)what;
	(void)at;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	return nftw(root, take_away, 8, FTW_DEPTH | FTW_PHYS);
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
	hostdrop_start(&h, root);
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
	hostdrop_start(&h, root);
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
		    only_what_comes_after_the_start_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    sums_never_go_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
