/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdopts agent/fwdargs base/opt base/log tests/unit/tmpfile */
/* The command line of capture-fwd, as the program it replaces had it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/fwdopts.h"
#include "tests/unit/tmpfile.h"

/* Parse "capture-fwd" and the words of ${text}. */
static enum fwdopts_verdict
parse(struct fwdopts *o, const char *text)
{
	static char copy[512];
	static char *argv[32];
	int argc = 0;

	(void)snprintf(copy, sizeof(copy), "capture-fwd %s", text);
	for (char *p = strtok(copy, " "); p != NULL; p = strtok(NULL, " "))
		argv[argc++] = p;
	return fwdopts_parse(o, argc, argv);
}

static void
the_defaults_are_those_of_the_contract(void **state)
{
	static const uint8_t from[6] = { 0x0c, 0x55, 0x21, 0x83, 0x13, 0x6d };
	static const uint8_t to[6] = { 0x0c, 0x55, 0x21, 0x83, 0x13, 0x6e };
	struct fwdopts o;

	(void)state;
	assert_int_equal(parse(&o, "-i eth0"), FWDOPTS_RUN);
	assert_string_equal(o.iface, "eth0");
	assert_int_equal(o.snaplen, 65536);
	assert_true(o.promisc);
	assert_string_equal(o.dest_ip, "127.0.0.1");
	assert_int_equal(o.dest_port, 4789);
	assert_int_equal(o.vni, 4242);
	assert_false(o.geneve);
	assert_int_equal(o.delay, 0);
	assert_true(o.rate == 0);
	assert_false(o.dlt_raw || o.debug || o.drop_oversize || o.full_speed);
	assert_memory_equal(o.src_mac, from, 6);
	assert_memory_equal(o.dst_mac, to, 6);
	assert_string_equal(o.filter, "");
	fwdopts_done(&o);
	assert_int_equal(parse(&o, "-r x -encap geneve"), FWDOPTS_RUN);
	assert_true(o.geneve);
	assert_int_equal(o.dest_port, 6081);
	fwdopts_done(&o);
}

static void
all_spellings_are_read(void **state)
{
	struct fwdopts o;

	(void)state;
	assert_int_equal(
	    parse(&o, "--r=in.pcap -w out.pcap -destIp 10.0.0.9 "
		      "--destPort=99 -srcIp 10.0.0.8 -srcMac 02:00:00:00:00:0a "
		      "--destMac 02:0:00:00:00:B -vni 0xffffff -s=1500 "
		      "-promisc=false -dltRaw -delay 1.5ms -mtu 1500 "
		      "-oversize=drop -debug=T tcp port 80 or -x"),
	    FWDOPTS_RUN);
	assert_string_equal(o.read, "in.pcap");
	assert_string_equal(o.write, "out.pcap");
	assert_string_equal(o.dest_ip, "10.0.0.9");
	assert_int_equal(o.dest_port, 99);
	assert_string_equal(o.src_ip, "10.0.0.8");
	assert_int_equal(o.src_mac[5], 10);
	assert_int_equal(o.dst_mac[5], 11);
	assert_int_equal(o.vni, 0xffffff);
	assert_int_equal(o.snaplen, 1500);
	assert_false(o.promisc);
	assert_true(o.dlt_raw && o.debug && o.drop_oversize);
	assert_int_equal(o.delay, 1500000);
	assert_int_equal(o.mtu, 1500);
	assert_string_equal(o.filter, "tcp port 80 or -x");
	fwdopts_done(&o);
	assert_int_equal(parse(&o, "-r x -p 2.5"), FWDOPTS_RUN);
	assert_true(o.rate > 2.49 && o.rate < 2.51);
	fwdopts_done(&o);
}

static void
a_mistake_is_named(void **state)
{
	static const struct {
		const char *line, *told;
	} bad[] = { { "", "one of -i and -r" }, { "-vni 5", "one of -i and" },
		{ "-r x -destip y", "no option -destip" },
		{ "-r x -vni 16777216", "-vni: \"16777216\" is out of range" },
		{ "-r x -vni -1", "-vni: \"-1\" is no number" },
		{ "-r x -encap gre", "vxlan or geneve" },
		{ "-r x -delay 5", "-delay: \"5\" is no duration" },
		{ "-r x -delay 1ms -p 5", "-delay and -p exclude" },
		{ "-r x -p 5 -fullSpeed", "-fullSpeed excludes" },
		{ "-r x -p fast", "-p: \"fast\" is no number" },
		{ "-r x -p -1", "-p: \"-1\" is out of range" },
		{ "-r x -promisc=maybe", "neither true nor false" },
		{ "-r x -destPort 65536", "-destPort: \"65536\"" },
		{ "-r x -srcMac 1:2:3", "-srcMac: \"1:2:3\" is no MAC" },
		{ "-r x -mtu 100", "-mtu is 576" },
		{ "-r x -oversize cut", "fragment or drop" },
		{ "-r", "-r needs a value" }, { "-r x ---y", "is no option" } };
	struct fwdopts o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		enum fwdopts_verdict v;
		const char *told;

		tmpfile_capture();
		v = parse(&o, bad[i].line);
		told = tmpfile_captured();
		assert_int_equal(v, FWDOPTS_BAD);
		if (strstr(told, bad[i].told) == NULL)
			fail_msg("%s: %s", bad[i].line, told);
		fwdopts_done(&o);
	}
}

static void
what_old_scripts_give_in_vain_is_only_told(void **state)
{
	struct fwdopts o;
	const char *told;

	(void)state;
	tmpfile_capture();
	assert_int_equal(parse(&o, "-i eth0 -delay 1ms -dltRaw"), FWDOPTS_RUN);
	told = tmpfile_captured();
	assert_non_null(strstr(told, "-delay, -p and -fullSpeed are for -r"));
	assert_non_null(strstr(told, "-dltRaw are for -w"));
	fwdopts_done(&o);
	tmpfile_capture();
	assert_int_equal(parse(&o, "-i eth0 -r x"), FWDOPTS_RUN);
	told = tmpfile_captured();
	assert_non_null(strstr(told, "-r wins over -i"));
	fwdopts_done(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_defaults_are_those_of_the_contract),
		cmocka_unit_test(all_spellings_are_read),
		cmocka_unit_test(a_mistake_is_named),
		cmocka_unit_test(what_old_scripts_give_in_vain_is_only_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
