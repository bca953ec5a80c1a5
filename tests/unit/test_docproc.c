/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/docproc */
/* Texts as kernels of several ages print them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>

#include "agent/docproc.h"

static const char snmp[] = "Tcp: RtoAlgorithm InErrs\n"
			   "Tcp: 1 9\n"
			   "Udp: InDatagrams NoPorts InErrors RcvbufErrors\n"
			   "Udp: 5004 7 3 18446744073709551615\n"
			   "UdpLite: InDatagrams RcvbufErrors\n"
			   "UdpLite: 1 2\n";

static void
a_counter_is_found_below_its_name(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_int_equal(docproc_pair(&v, snmp, "Udp", "RcvbufErrors"), 0);
	assert_int_equal(v, UINT64_MAX);
	assert_int_equal(docproc_pair(&v, snmp, "Udp", "InDatagrams"), 0);
	assert_int_equal(v, 5004);
	assert_int_equal(docproc_pair(&v, snmp, "UdpLite", "RcvbufErrors"), 0);
	assert_int_equal(v, 2);
	assert_int_equal(docproc_pair(&v, snmp, "Tcp", "InErrs"), 0);
	assert_int_equal(v, 9);
}

static void
what_is_not_there_is_not_found(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(docproc_pair(&v, snmp, "Udp", "Rcvbuf"), -1);
	assert_int_equal(docproc_pair(&v, snmp, "Ud", "InErrors"), -1);
	assert_int_equal(docproc_pair(&v, "", "Udp", "InErrors"), -1);
	assert_int_equal(
	    docproc_pair(&v, "Udp: InErrors\n", "Udp", "InErrors"), -1);
	assert_int_equal(
	    docproc_pair(&v, "Udp: A InErrors\nUdp: 1\n", "Udp", "InErrors"),
	    -1);
	assert_int_equal(
	    docproc_named(&v, "Udp6InErrors \n", "Udp6InErrors"), -1);
	assert_int_equal(docproc_named(&v, "Udp6InErrors 1\n", "Udp6In"), -1);
}

static void
a_named_line_is_found(void **state)
{
	static const char text[] = "Udp6InDatagrams  \t1\n"
				   "Udp6RcvbufErrors                \t77\n";
	uint64_t v = 0;

	(void)state;
	assert_int_equal(docproc_named(&v, text, "Udp6RcvbufErrors"), 0);
	assert_int_equal(v, 77);
}

static void
a_socket_tells_its_address_queues_and_drops(void **state)
{
	struct docproc_socket s;

	(void)state;
	assert_int_equal(
	    docproc_socket(&s,
		"  512: 0100007F:14E9 00000000:0000 07 00000000:00034B00 "
		"00:00000000 00000000     0        0 12345 2 "
		"0000000000000000 4021         \n"),
	    0);
	assert_string_equal(s.name, "127.0.0.1:5353");
	assert_int_equal(s.port, 5353);
	assert_int_equal(s.tx_queue, 0);
	assert_int_equal(s.rx_queue, 0x34b00);
	assert_int_equal(s.drops, 4021);
	assert_int_equal(
	    docproc_socket(&s,
		"    1: 000080FE00000000FF005450B6AD1DFE:0222 "
		"00000000000000000000000000000000:0000 07 00000010:00000000 "
		"00:00000000 00000000     0        0 1 2 0000000000000000 0\n"),
	    0);
	assert_string_equal(s.name, "[fe80::5054:ff:fe1d:adb6]:546");
	assert_int_equal(s.tx_queue, 16);
	assert_int_equal(s.drops, 0);
}

static void
a_line_that_is_no_socket_is_refused(void **state)
{
	static const char *const bad[] = { "", "\n",
		"   sl  local_address rem_address   st tx_queue rx_queue tr "
		"tm->when retrnsmt   uid  timeout inode ref pointer drops\n",
		"  1: 0100007F:14E9 00000000:0000 07 00000000:00000000 00:0 0 "
		"0 0 1 2\n",
		"  1: 0100007F14E9 00000000:0000 07 0:0 0:0 0 0 0 1 2 0 4\n",
		"  1: 01007F:14E9 00000000:0000 07 0:0 0:0 0 0 0 1 2 0 4\n" };
	struct docproc_socket s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(docproc_socket(&s, bad[i]), -1);
}

static void
softnet_counts_are_hexadecimal_and_name_their_cpu(void **state)
{
	struct docproc_softnet n;

	(void)state;
	assert_int_equal(
	    docproc_softnet(&n,
		"02c0ca3a 0000001f 00000105 00000000 00000000 00000000 "
		"00000000 "
		"00000000 00000000 00000000 00000000 00000000 00000003 0 0\n",
		1),
	    0);
	assert_int_equal(n.cpu, 3);
	assert_int_equal(n.dropped, 0x1f);
	assert_int_equal(n.squeezed, 0x105);
	/* before Linux 5.10 */
	assert_int_equal(docproc_softnet(&n,
			     "0000000a 00000001 00000000 0 0 0 0 0 0 0\n", 1),
	    0);
	assert_int_equal(n.cpu, 1);
	assert_int_equal(n.dropped, 1);
	assert_int_equal(docproc_softnet(&n, "0000000a\n", 0), -1);
}

static void
cpus_are_counted_in_masks_and_lists(void **state)
{
	(void)state;
	assert_int_equal(docproc_mask("0\n"), 0);
	assert_int_equal(docproc_mask("3\n"), 2);
	assert_int_equal(docproc_mask("00ff,ffffffff\n"), 40);
	assert_int_equal(docproc_list("0\n"), 1);
	assert_int_equal(docproc_list("0-3,6,8-9\n"), 7);
	assert_int_equal(docproc_list("\n"), 0);
}

static void
drops_of_an_interface_are_of_what_it_received(void **state)
{
	char name[IFNAMSIZ];

	(void)state;
	assert_int_equal(docproc_dev(name,
			     "  eth0: 100 2 0 7 5 0 0 0 300 4 0 11 13 0 0 0\n"),
	    12);
	assert_string_equal(name, "eth0");
	assert_int_equal(
	    docproc_dev(name, "lo-x0:1 2 3 4 0 0 0 0 1 2 3 4 5 6 7 8\n"), 4);
	assert_string_equal(name, "lo-x0");
	assert_int_equal(
	    docproc_dev(name, "    lo: 100 2 0 7 5 0 0 0 300 4 0 0 0\n"), 0);
	assert_string_equal(name, "");
	assert_int_equal(
	    docproc_dev(name, "Inter-|   Receive    |  Transmit\n"), 0);
	assert_int_equal(
	    docproc_dev(name, " face |bytes    packets errs drop fifo\n"), 0);
	assert_string_equal(name, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_counter_is_found_below_its_name),
		cmocka_unit_test(what_is_not_there_is_not_found),
		cmocka_unit_test(a_named_line_is_found),
		cmocka_unit_test(a_socket_tells_its_address_queues_and_drops),
		cmocka_unit_test(a_line_that_is_no_socket_is_refused),
		cmocka_unit_test(
		    softnet_counts_are_hexadecimal_and_name_their_cpu),
		cmocka_unit_test(drops_of_an_interface_are_of_what_it_received),
		cmocka_unit_test(cpus_are_counted_in_masks_and_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
