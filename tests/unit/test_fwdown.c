/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fwdown agent/fwdflow agent/fwdlink agent/pktip agent/pktlink -lpcap */
/* Our own outer packets are left out: by the filter, and once more behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <pcap.h>
#include <stdlib.h>

#include "agent/fwdown.h"
#include "agent/pktlink.h"
#include "tests/unit/frames.h"

#define PORT 4789

/* From 10.0.0.1 to 10.0.0.2, or 2001:db8::1 to ::2, as frames.h has it. */
static struct fwdown
own(bool v6)
{
	struct fwdown o = { .v6 = v6, .port = PORT };

	memcpy(o.src, v6 ? "\x20\x01\x0d\xb8" : "\x0a\0\0\x01", 4);
	memcpy(o.dst, v6 ? "\x20\x01\x0d\xb8" : "\x0a\0\0\x02", 4);
	if (v6) {
		o.src[15] = 1;
		o.dst[15] = 2;
	}
	return o;
}

/* Whether the filter for ${user} takes ${f} of the link type ${dlt}. */
static bool
takes(const struct fwdown *o, const char *user, int dlt, const struct frame *f)
{
	const struct pcap_pkthdr h = { .caplen = (bpf_u_int32)f->len,
		.len = (bpf_u_int32)f->len };
	char text[FWDOWN_FILTER_MAX];
	struct bpf_program prog;
	pcap_t *p = pcap_open_dead(dlt, 65536);
	bool ret;

	assert_non_null(p);
	assert_int_equal(fwdown_filter(text, o, user), 0);
	assert_int_equal(
	    pcap_compile(p, &prog, text, 1, PCAP_NETMASK_UNKNOWN), 0);
	ret = pcap_offline_filter(&prog, &h, f->data) != 0;
	pcap_freecode(&prog);
	pcap_close(p);
	return ret;
}

/* Whether the look behind the filter says that ${f} is ours. */
static bool
is_own(const struct fwdown *o, const struct frame *f)
{
	const struct pkt_frame frame = { .data = f->data,
		.caplen = f->len,
		.len = f->len,
		.linktype = PKTLINK_ETHERNET };
	struct fwdflow flow;
	struct fwdlink l;

	assert_true(fwdlink_inner(&l, &frame));
	fwdflow_read(&flow, &l);
	return fwdown_is(o, &flow);
}

static struct frame
udp(bool v6, uint16_t dport, uint16_t frag)
{
	struct frame f = { 0 };

	frame_ether(&f, v6 ? 0x86dd : 0x0800);
	if (v6) {
		frame_ip6(&f, frag == 0 ? 17 : 44, 40);
		if (frag != 0) {
			frame_add(&f, "\x11\0");
			frame_be16(&f, frag);
			frame_add(&f, "\0\0\0\1");
		}
	} else {
		frame_ip4(&f, 17, 40, frag);
	}
	frame_udp(&f, 2000, dport, 24);
	frame_zeros(&f, 24);
	return f;
}

static void
outer_packets_are_left_out(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		const struct fwdown o = own(v6);
		const struct frame f = udp(v6, PORT, 0);
		const struct frame other = udp(v6, PORT + 1, 0);

		assert_false(takes(&o, "", DLT_EN10MB, &f));
		assert_true(is_own(&o, &f));
		assert_true(takes(&o, "", DLT_EN10MB, &other));
		assert_false(is_own(&o, &other));
	}
}

static void
so_are_their_fragments(void **state)
{
	const struct fwdown o = own(false);
	const struct fwdown o6 = own(true);
	const struct frame first = udp(false, PORT, 0x2000);
	const struct frame later = udp(false, 7, 0x0010);
	const struct frame first6 = udp(true, PORT, 1);
	const struct frame later6 = udp(true, 7, 0x0010);

	(void)state;
	assert_false(takes(&o, "", DLT_EN10MB, &first));
	assert_false(takes(&o, "", DLT_EN10MB, &later));
	assert_true(is_own(&o, &first) && is_own(&o, &later));
	assert_false(takes(&o6, "", DLT_EN10MB, &first6));
	assert_false(takes(&o6, "", DLT_EN10MB, &later6));
	assert_true(is_own(&o6, &first6) && is_own(&o6, &later6));
}

static void
packets_of_others_are_taken(void **state)
{
	struct fwdown o = own(false);
	const struct fwdown o6 = own(true);
	struct frame f = udp(false, PORT, 0);

	(void)state;
	assert_true(takes(&o6, "", DLT_EN10MB, &f));
	assert_false(is_own(&o6, &f));
	f.data[29] = 9; /* from 10.0.0.9 */
	assert_true(takes(&o, "", DLT_EN10MB, &f));
	assert_false(is_own(&o, &f));
	f = udp(false, PORT, 0);
	f.data[23] = 6; /* TCP */
	assert_true(takes(&o, "", DLT_EN10MB, &f));
	assert_false(is_own(&o, &f));
	f = udp(false, PORT, 0);
	o.dst[3] = 7;
	assert_true(takes(&o, "", DLT_EN10MB, &f));
	assert_false(is_own(&o, &f));
}

static void
tagged_ones_are_found_behind_the_filter(void **state)
{
	const struct fwdown o = own(false);
	const struct frame inner = udp(false, PORT, 0);
	struct frame f = { 0 };

	(void)state;
	frame_ether(&f, 0x8100);
	frame_add(&f, "\0\5\x08\0");
	frame_octets(&f, inner.data + 14, inner.len - 14);
	assert_true(is_own(&o, &f));
}

/* An error from the monitor about an outer packet, or about ${dport}. */
static struct frame
unreachable(bool v6, uint16_t dport)
{
	const struct frame quoted = udp(v6, dport, 0);
	struct frame f = { 0 };
	uint8_t addr[16];
	const size_t n = v6 ? 16 : 4;
	const size_t at = v6 ? 14 + 8 : 14 + 12;

	frame_ether(&f, v6 ? 0x86dd : 0x0800);
	if (v6) {
		frame_ip6(&f, 58, 56);
		frame_add(&f, "\1\4\0\0\0\0\0\0");
	} else {
		frame_ip4(&f, 1, 36, 0);
		frame_add(&f, "\3\3\0\0\0\0\0\0");
	}
	memcpy(addr, f.data + at, n);
	memcpy(f.data + at, f.data + at + n, n);
	memcpy(f.data + at + n, addr, n);
	frame_octets(&f, quoted.data + 14, v6 ? 48 : 28);
	return f;
}

static void
errors_about_outer_packets_do_not_go_round(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		const struct fwdown o = own(v6);
		const struct frame f = unreachable(v6, PORT);
		const struct frame other = unreachable(v6, 53);

		assert_false(takes(&o, "", DLT_EN10MB, &f));
		assert_true(takes(&o, "", DLT_EN10MB, &other));
	}
}

static void
the_filter_of_the_user_holds_as_well(void **state)
{
	const struct fwdown o = own(false);
	const struct frame f = udp(false, PORT, 0);
	const struct frame other = udp(false, 53, 0);

	(void)state;
	assert_true(takes(&o, "port 53 or tcp", DLT_EN10MB, &other));
	assert_false(takes(&o, "port 54 or tcp", DLT_EN10MB, &other));
	assert_false(takes(&o, "tcp or udp", DLT_EN10MB, &f));
}

static void
other_link_types_can_be_filtered(void **state)
{
	static const int types[] = { DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL,
		DLT_RAW };
	const struct frame inner = udp(false, PORT, 0);
	const struct fwdown o = own(false);
	const struct fwdown o6 = own(true);
	struct frame f = { 0 };

	(void)state;
	frame_octets(&f, inner.data + 14, inner.len - 14);
	assert_false(takes(&o, "", DLT_RAW, &f));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		(void)takes(&o, "udp", types[i], &f);
		(void)takes(&o6, "udp", types[i], &f);
	}
}

static void
a_filter_that_is_too_long_is_refused(void **state)
{
	const struct fwdown o = own(true);
	char text[FWDOWN_FILTER_MAX];
	char user[FWDOWN_FILTER_MAX];

	(void)state;
	memset(user, ' ', sizeof(user) - 1);
	user[sizeof(user) - 1] = '\0';
	assert_int_equal(fwdown_filter(text, &o, user), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outer_packets_are_left_out),
		cmocka_unit_test(so_are_their_fragments),
		cmocka_unit_test(packets_of_others_are_taken),
		cmocka_unit_test(tagged_ones_are_found_behind_the_filter),
		cmocka_unit_test(errors_about_outer_packets_do_not_go_round),
		cmocka_unit_test(the_filter_of_the_user_holds_as_well),
		cmocka_unit_test(other_link_types_can_be_filtered),
		cmocka_unit_test(a_filter_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
