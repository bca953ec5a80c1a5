/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/class */
/* Traffic ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "collector/class.h"

#define BIT(id) (UINT64_C(1) << ((id)-1))

static uint64_t
match(const struct class *c, uint8_t proto, uint16_t sport, uint16_t dport)
{
	const struct obs_pkt p = { .ipver = 4,
		.proto = proto,
		.has = OBS_HAS_PORTS,
		.sport = sport,
		.dport = dport };

	return class_match(c, &p);
}

static uint64_t
match_mgen(const struct class *c, uint32_t flow)
{
	const struct obs_pkt p = { .ipver = 4,
		.proto = 17,
		.has = OBS_HAS_PORTS | OBS_HAS_MGEN,
		.mgen_flow = flow };

	return class_match(c, &p);
}

static void
a_port_matches_destinations_of_tcp_and_udp_only(void **state)
{
	struct class *c = class_new();

	(void)state;
	class_ports(c, 1, 2000, 2000);
	assert_int_equal(class_seal(c), 0);
	assert_int_equal(match(c, 6, 1, 2000), BIT(1));
	assert_int_equal(match(c, 17, 1, 2000), BIT(1));
	assert_int_equal(match(c, 132, 1, 2000), 0);
	assert_int_equal(match(c, 17, 2000, 1), 0);
	assert_int_equal(match(c, 17, 1, 2001), 0);
	class_free(c);
}

static void
a_packet_without_ports_has_no_port_id(void **state)
{
	const struct obs_pkt p = { .ipver = 4, .proto = 17 };
	struct class *c = class_new();

	(void)state;
	class_ports(c, 1, 0, 65535);
	assert_int_equal(class_match(c, &p), 0);
	class_free(c);
}

static void
ranges_are_inclusive_and_ids_add_up(void **state)
{
	struct class *c = class_new();

	(void)state;
	class_ports(c, 3, 2020, 2029);
	class_ports(c, 1, 3000, 3011);
	class_ports(c, 1, 2029, 2029);
	class_ports(c, 64, 65535, 65535);
	assert_int_equal(match(c, 6, 0, 2019), 0);
	assert_int_equal(match(c, 6, 0, 2020), BIT(3));
	assert_int_equal(match(c, 6, 0, 2029), BIT(3) | BIT(1));
	assert_int_equal(match(c, 6, 0, 3011), BIT(1));
	assert_int_equal(match(c, 6, 0, 3012), 0);
	assert_int_equal(match(c, 6, 0, 65535), BIT(64));
	class_free(c);
}

static void
mgen_ranges_match_like_a_search_through_all_of_them(void **state)
{
	enum { DEFS = 60, FLOWS = 300 };
	struct {
		uint32_t first, last;
		unsigned int id;
	} def[DEFS];
	struct class *c = class_new();

	(void)state;
	srandom(7);
	for (size_t i = 0; i < DEFS; i++) {
		def[i].first = (uint32_t)random() % FLOWS;
		def[i].last = def[i].first + (uint32_t)random() % 40;
		def[i].id = 1 + (unsigned int)random() % 64;
		assert_int_equal(
		    class_mgen(c, def[i].id, def[i].first, def[i].last), 0);
	}
	assert_int_equal(class_seal(c), 0);
	for (uint32_t flow = 0; flow < FLOWS + 50; flow++) {
		uint64_t want = 0;

		for (size_t i = 0; i < DEFS; i++) {
			if (flow >= def[i].first && flow <= def[i].last)
				want |= BIT(def[i].id);
		}
		assert_true(match_mgen(c, flow) == want);
	}
	class_free(c);
}

static void
the_largest_mgen_flow_is_matched(void **state)
{
	struct class *c = class_new();

	(void)state;
	class_mgen(c, 2, UINT32_MAX - 1, UINT32_MAX);
	class_mgen(c, 3, 0, 0);
	assert_int_equal(class_seal(c), 0);
	assert_int_equal(match_mgen(c, UINT32_MAX), BIT(2));
	assert_int_equal(match_mgen(c, UINT32_MAX - 2), 0);
	assert_int_equal(match_mgen(c, 0), BIT(3));
	assert_int_equal(match_mgen(c, 1), 0);
	class_free(c);
}

static void
a_flow_id_means_nothing_without_mgen(void **state)
{
	const struct obs_pkt p = { .ipver = 4, .proto = 17 };
	struct class *c = class_new();

	(void)state;
	class_mgen(c, 1, 0, 10);
	class_seal(c);
	assert_int_equal(class_match(c, &p), 0);
	class_free(c);
}

static void
what_is_printed_are_lines_of_the_file(void **state)
{
	struct class *c = class_new();
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	(void)state;
	class_ports(c, 3, 2020, 2029);
	class_ports(c, 3, 65535, 65535);
	class_mgen(c, 2, 1000, 1000);
	class_mgen(c, 4, 1050, 2000);
	class_print(c, fp);
	fclose(fp);
	assert_string_equal(
	    text, "2=M1000\n3=2020-2029\n3=65535\n4=M1050-2000\n");
	free(text);
	class_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_port_matches_destinations_of_tcp_and_udp_only),
		cmocka_unit_test(a_packet_without_ports_has_no_port_id),
		cmocka_unit_test(ranges_are_inclusive_and_ids_add_up),
		cmocka_unit_test(
		    mgen_ranges_match_like_a_search_through_all_of_them),
		cmocka_unit_test(the_largest_mgen_flow_is_matched),
		cmocka_unit_test(a_flow_id_means_nothing_without_mgen),
		cmocka_unit_test(what_is_printed_are_lines_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
