/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/rec28 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/rec28.h"

static const uint8_t record[REC28_LEN] = { 0x65, 0x53, 0xf1, 0x00, 0, 1, 2, 3,
	10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0x13, 0x89, 0x02, 0x00, 0xff,
	0xff, 0xff, 0xfe, 17, 0 };

static void
a_packet_is_28_octets_with_the_flow_at_22(void **state)
{
	uint8_t got[2 * REC28_LEN];
	unsigned int note;
	struct obs o;

	(void)state;
	assert_int_equal(rec28_get(&o, record, sizeof(record)), REC28_LEN);
	assert_int_equal(o.kind, OBS_PKT);
	assert_int_equal(o.time.ns, 1700000000066051000);
	assert_int_equal(o.pkt.sport, 5000);
	assert_int_equal(o.pkt.dport, 5001);
	assert_int_equal(o.pkt.len, 512);
	assert_int_equal(o.pkt.mgen_flow, 0xfffffffe);
	assert_int_equal(o.pkt.proto, 17);
	assert_int_equal(rec28_put(got, &o, &note), REC28_LEN);
	assert_memory_equal(got, record, REC28_LEN);
	assert_int_equal(note, 0);
}

static void
every_prefix_needs_more(void **state)
{
	struct obs o;

	(void)state;
	for (size_t n = 0; n < REC28_LEN; n++)
		assert_int_equal(rec28_get(&o, record, n), 0);
}

static void
too_many_microseconds_are_no_record(void **state)
{
	uint8_t bad[REC28_LEN];
	struct obs o;

	(void)state;
	memcpy(bad, record, sizeof(bad));
	bad[4] = 1;
	assert_int_equal(rec28_get(&o, bad, sizeof(bad)), -1);
}

static void
host_load_is_two_records_of_protocol_61(void **state)
{
	struct obs o = { .kind = OBS_HOST, .time = wall_make(1, 5000) };
	uint8_t got[2 * REC28_LEN];
	unsigned int note;
	struct obs back;

	(void)state;
	o.host.has = OBS_HOST_ALL;
	o.host.cpu_busy = 50;
	o.host.mem_used = 1024;
	assert_int_equal(rec28_put(got, &o, &note), 2 * REC28_LEN);
	assert_int_equal(got[26], 61);
	assert_int_equal(got[8], 1);
	assert_int_equal(rec28_get(&back, got, REC28_LEN), REC28_LEN);
	assert_int_equal(back.host.has, OBS_HOST_CPU);
	assert_int_equal(back.host.cpu_busy, 50);
	assert_int_equal(
	    rec28_get(&back, got + REC28_LEN, REC28_LEN), REC28_LEN);
	assert_int_equal(back.host.has, OBS_HOST_MEM);
	assert_int_equal(back.host.mem_used, 1024);
}

static void
protocol_61_of_others_stays_a_packet(void **state)
{
	uint8_t other[REC28_LEN];
	struct obs o;

	(void)state;
	memcpy(other, record, sizeof(other));
	other[26] = 61;
	assert_int_equal(rec28_get(&o, other, sizeof(other)), REC28_LEN);
	assert_int_equal(o.kind, OBS_PKT);
}

static void
what_the_format_cannot_say_is_noted(void **state)
{
	uint8_t got[2 * REC28_LEN];
	unsigned int note;
	struct obs o;

	(void)state;
	(void)rec28_get(&o, record, sizeof(record));
	o.pkt.len = 65536;
	assert_int_equal(rec28_put(got, &o, &note), REC28_LEN);
	assert_int_equal(note, REC28_CLAMPED);
	assert_int_equal(got[20] << 8 | got[21], 65535);
	o.pkt.ipver = 6;
	assert_int_equal(rec28_put(got, &o, &note), 0);
	assert_int_equal(note, REC28_NOT_IPV4);
	o = (struct obs){ .kind = OBS_LOSS };
	assert_int_equal(rec28_put(got, &o, &note), 0);
}

static void
only_tcp_and_udp_send_ports(void **state)
{
	uint8_t got[2 * REC28_LEN];
	unsigned int note;
	struct obs o;

	(void)state;
	(void)rec28_get(&o, record, sizeof(record));
	o.pkt.proto = 132;
	assert_int_equal(rec28_put(got, &o, &note), REC28_LEN);
	assert_int_equal(got[16] | got[17] | got[18] | got[19], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_is_28_octets_with_the_flow_at_22),
		cmocka_unit_test(every_prefix_needs_more),
		cmocka_unit_test(too_many_microseconds_are_no_record),
		cmocka_unit_test(host_load_is_two_records_of_protocol_61),
		cmocka_unit_test(protocol_61_of_others_stays_a_packet),
		cmocka_unit_test(what_the_format_cannot_say_is_noted),
		cmocka_unit_test(only_tcp_and_udp_send_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
