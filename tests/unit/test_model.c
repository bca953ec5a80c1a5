/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/model collector/modelnet collector/flowmap collector/recent */
/* Packets to keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/flowmap.h"
#include "collector/model.h"

enum { ICMP = 1, TCP = 6, UDP = 17, ICMP6 = 58 };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

struct fixture {
	struct flowmap *map;
	struct model *model;
	char text[1024];
};

static void
make_model(struct fixture *f, bool suppress)
{
	static const struct hash_key key = { { 11, 22 } };
	static const char *const own[] = { "10.77.0.0/24", "192.168.5.0/30",
		"2001:db8:1::/48" };

	f->map = flowmap_new();
	for (size_t i = 0; i < 3; i++) {
		struct modelnet net;

		assert_null(modelnet_parse(&net, own[i]));
		assert_int_equal(flowmap_own(f->map, &net), 0);
	}
	assert_int_equal(flowmap_defaults(f->map), 0);
	f->model = model_new(f->map,
	    &(struct model_conf){
		.suppress_own = suppress, .icmp6 = true, .recent_max = 1000 },
	    &key);
	assert_non_null(f->model);
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	make_model(f, true);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	model_free(f->model);
	flowmap_free(f->map);
	free(f);
	return 0;
}

static struct obs
packet(uint8_t proto, const char *src, uint16_t sport, const char *dst,
    uint16_t dport)
{
	struct obs o = { .kind = OBS_PKT, .time = wall_make(1700000000, 0) };
	const bool v6 = strchr(src, ':') != NULL;

	o.pkt.ipver = v6 ? 6 : 4;
	o.pkt.proto = proto;
	o.pkt.sport = sport;
	o.pkt.dport = dport;
	if (proto == TCP || proto == UDP)
		o.pkt.has = OBS_HAS_PORTS;
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, src, o.pkt.src), 1);
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, dst, o.pkt.dst), 1);
	return o;
}

/* The keys of ${o}, one a line. */
static const char *
keys(struct fixture *f, const struct obs *o)
{
	struct model_key key[MODEL_KEYS];
	const size_t n = model_put(f->model, o, key);
	size_t len = 0;

	f->text[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		len += (size_t)snprintf(&f->text[len], sizeof(f->text) - len,
		    "%.*s\n", (int)key[i].len, key[i].text);
	}
	return f->text;
}

static void
a_flow_counts_client_flow_and_both_peers(void **state)
{
	const struct obs o =
	    packet(UDP, "198.51.100.11", 123, "10.77.0.10", 40003);

	assert_string_equal(keys(*state, &o),
	    "client;10.77.0.10\n10.77.0.10;198.51.100.11;123;flow\n"
	    "198.51.100.11;10.77.0.10;peer\n10.77.0.10;198.51.100.11;peer\n");
}

static void
the_same_flow_counts_once(void **state)
{
	struct fixture *f = *state;
	const struct obs o =
	    packet(UDP, "198.51.100.11", 123, "10.77.0.10", 40003);
	const struct obs back =
	    packet(UDP, "10.77.0.10", 40003, "198.51.100.11", 123);

	assert_string_not_equal(keys(f, &o), "");
	assert_string_equal(keys(f, &o), "");
	assert_string_equal(keys(f, &back), "");
	assert_int_equal(model_count(f->model)->events, 1);
	assert_int_equal(model_count(f->model)->recent, 2);
}

static void
a_reset_to_an_own_host_names_both_ports(void **state)
{
	struct obs o = packet(TCP, "198.51.100.19", 81, "10.77.0.10", 40005);

	o.pkt.tcp_flags = RST | ACK;
	assert_string_equal(keys(*state, &o),
	    "client;10.77.0.10\n10.77.0.10;198.51.100.19;40005:81;rst\n");
}

static void
a_reset_counts_even_between_own_hosts(void **state)
{
	struct obs o = packet(TCP, "10.77.0.10", 9, "10.77.0.1", 40031);

	o.pkt.tcp_flags = RST;
	assert_string_equal(keys(*state, &o),
	    "client;10.77.0.1\n10.77.0.1;10.77.0.10;40031:9;rst\n");
}

static void
a_reset_that_leaves_is_a_flow_unless_it_is_a_fin_too(void **state)
{
	struct obs o = packet(TCP, "10.77.0.10", 40000, "198.51.100.1", 80);

	o.pkt.tcp_flags = RST | FIN;
	assert_string_equal(keys(*state, &o), "");
	o.pkt.tcp_flags = RST;
	assert_string_equal(keys(*state, &o),
	    "client;10.77.0.10\n10.77.0.10;198.51.100.1;80;flow\n"
	    "10.77.0.10;198.51.100.1;peer\n198.51.100.1;10.77.0.10;peer\n");
}

static void
syn_and_fin_are_no_flow_and_a_bare_packet_is(void **state)
{
	struct obs o = packet(TCP, "198.51.100.1", 80, "10.77.0.10", 40000);

	o.pkt.tcp_flags = SYN | ACK;
	assert_string_equal(keys(*state, &o), "");
	o.pkt.tcp_flags = FIN | ACK;
	assert_string_equal(keys(*state, &o), "");
	o.pkt.tcp_flags = 0;
	assert_string_not_equal(keys(*state, &o), "");
}

static void
traffic_inside_own_networks_is_suppressed_across_all_of_them(void **state)
{
	const struct obs o = packet(UDP, "192.168.5.1", 53, "10.77.0.10", 999);

	assert_string_equal(keys(*state, &o), "");
}

static void
without_suppression_own_traffic_counts(void **state)
{
	const struct obs o = packet(UDP, "192.168.5.1", 53, "10.77.0.10", 999);
	struct fixture f;

	(void)state;
	make_model(&f, false);
	assert_string_not_equal(keys(&f, &o), "");
	model_free(f.model);
	flowmap_free(f.map);
}

static void
foreign_and_multicast_traffic_counts(void **state)
{
	const struct obs o = packet(UDP, "8.8.8.8", 5000, "224.0.0.251", 5353);

	assert_string_equal(keys(*state, &o),
	    "client;224.0.0.251\n224.0.0.251;8.8.8.8;5000;flow\n"
	    "8.8.8.8;224.0.0.251;peer\n224.0.0.251;8.8.8.8;peer\n");
}

static struct obs
unreachable(const char *from, const char *to, const char *inner_dst)
{
	const bool v6 = strchr(from, ':') != NULL;
	struct obs o = packet(v6 ? ICMP6 : ICMP, from, 0, to, 0);
	const struct obs inner = packet(UDP, to, 40004, inner_dst, 5353);

	o.pkt.has = OBS_HAS_ICMP | OBS_HAS_QUOTE;
	o.pkt.icmp_type = v6 ? 1 : 3;
	o.pkt.icmp_code = 3;
	o.pkt.q.proto = UDP;
	memcpy(o.pkt.q.src, inner.pkt.src, 16);
	memcpy(o.pkt.q.dst, inner.pkt.dst, 16);
	o.pkt.q.sport = 40004;
	o.pkt.q.dport = 5353;
	return o;
}

static void
an_unreachable_names_the_quoted_destination(void **state)
{
	const struct obs o =
	    unreachable("198.51.100.1", "10.77.0.10", "198.51.100.12");

	assert_string_equal(keys(*state, &o),
	    "client;10.77.0.10\n"
	    "10.77.0.10;198.51.100.12;40004:5353;3;icmp\n");
}

static void
icmpv6_type_1_is_an_unreachable(void **state)
{
	const struct obs o =
	    unreachable("2001:db8:9::1", "2001:db8:1::5", "2001:db8:9::9");

	assert_string_equal(keys(*state, &o),
	    "client;2001:db8:1::5\n"
	    "2001:db8:1::5;2001:db8:9::9;40004:5353;3;icmp\n");
}

static void
icmpv6_counts_nothing_when_it_is_switched_off(void **state)
{
	static const struct hash_key key = { { 1, 2 } };
	const struct model_conf conf = { .recent_max = 10 };
	struct fixture *f = *state;
	const struct obs o =
	    unreachable("2001:db8:9::1", "2001:db8:1::5", "2001:db8:9::9");

	model_free(f->model);
	f->model = model_new(f->map, &conf, &key);
	assert_string_equal(keys(f, &o), "");
	assert_int_equal(model_count(f->model)->ignored, 1);
}

static void
a_flow_with_an_ignored_end_counts_its_client_once(void **state)
{
	struct fixture *f = *state;
	struct obs o = packet(UDP, "198.51.100.10", 53, "10.77.0.10", 40000);
	struct modelnet addr;

	assert_null(modelnet_parse(&addr, "198.51.100.10"));
	assert_int_equal(flowmap_ignore(f->map, &addr, 53), 0);
	assert_string_equal(keys(f, &o), "client;10.77.0.10\n");
	assert_string_equal(keys(f, &o), "");
	assert_int_equal(model_count(f->model)->silenced, 1);
	o.pkt.sport = 54;
	assert_non_null(strstr(keys(f, &o), ";54;flow"));
}

static void
an_ignored_end_does_not_hide_resets_and_errors(void **state)
{
	struct fixture *f = *state;
	struct obs o = packet(TCP, "198.51.100.19", 81, "10.77.0.10", 40005);
	struct modelnet addr;

	assert_null(modelnet_parse(&addr, "198.51.100.19"));
	assert_int_equal(flowmap_ignore(f->map, &addr, 81), 0);
	o.pkt.tcp_flags = RST;
	assert_string_equal(keys(f, &o),
	    "client;10.77.0.10\n10.77.0.10;198.51.100.19;40005:81;rst\n");
	assert_int_equal(model_count(f->model)->silenced, 0);
}

static void
other_icmp_counts_nothing(void **state)
{
	struct obs o =
	    unreachable("198.51.100.1", "10.77.0.10", "198.51.100.12");

	o.pkt.icmp_type = 11;
	assert_string_equal(keys(*state, &o), "");
	o.pkt.icmp_type = 3;
	o.pkt.q.proto = 132;
	assert_string_equal(keys(*state, &o), "");
	o.pkt.q.proto = UDP;
	o.pkt.has = OBS_HAS_ICMP;
	assert_string_equal(keys(*state, &o), "");
	o = unreachable("10.77.0.10", "198.51.100.1", "198.51.100.12");
	assert_string_equal(keys(*state, &o), "");
	assert_int_equal(
	    model_count(((struct fixture *)*state)->model)->ignored, 4);
}

static void
other_protocols_later_fragments_and_hosts_count_nothing(void **state)
{
	struct obs o = packet(132, "198.51.100.1", 0, "10.77.0.10", 0);

	assert_string_equal(keys(*state, &o), "");
	o = packet(UDP, "198.51.100.1", 1, "10.77.0.10", 2);
	o.pkt.frag = OBS_FRAG_LATER;
	assert_string_equal(keys(*state, &o), "");
	o.pkt.frag = OBS_FRAG_NONE;
	o.pkt.has = 0;
	assert_string_equal(keys(*state, &o), "");
	o.kind = OBS_HOST;
	assert_string_equal(keys(*state, &o), "");
}

static void
ipv6_keys_are_spelled_as_the_web_application_does(void **state)
{
	const struct obs o =
	    packet(TCP, "::ffff:1.2.3.4", 443, "2001:db8:0:1:1:1:1:1", 50000);

	assert_string_equal(keys(*state, &o),
	    "client;2001:db8:0:1:1:1:1:1\n"
	    "2001:db8:0:1:1:1:1:1;::ffff:102:304;443;flow\n"
	    "::ffff:102:304;2001:db8:0:1:1:1:1:1;peer\n"
	    "2001:db8:0:1:1:1:1:1;::ffff:102:304;peer\n");
}

static void
the_longest_key_fits(void **state)
{
	static const char a[] = "1111:2222:3333:4444:5555:6666:7777:8888";
	struct obs o = unreachable(a, "2001:db8:1:4444:5555:6666:7777:8888", a);
	struct model_key key[MODEL_KEYS];

	o.pkt.q.sport = o.pkt.q.dport = 65535;
	o.pkt.icmp_code = 255;
	assert_int_equal(
	    model_put(((struct fixture *)*state)->model, &o, key), 2);
	assert_true(key[1].len < MODEL_KEY_MAX - 1);
	assert_memory_equal(
	    &key[1].text[key[1].len - 20], "65535:65535;255;icmp", 20);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_flow_counts_client_flow_and_both_peers),
		T(the_same_flow_counts_once),
		T(a_reset_to_an_own_host_names_both_ports),
		T(a_reset_counts_even_between_own_hosts),
		T(a_reset_that_leaves_is_a_flow_unless_it_is_a_fin_too),
		T(syn_and_fin_are_no_flow_and_a_bare_packet_is),
		T(traffic_inside_own_networks_is_suppressed_across_all_of_them),
		cmocka_unit_test(without_suppression_own_traffic_counts),
		T(foreign_and_multicast_traffic_counts),
		T(an_unreachable_names_the_quoted_destination),
		T(icmpv6_type_1_is_an_unreachable),
		T(icmpv6_counts_nothing_when_it_is_switched_off),
		T(a_flow_with_an_ignored_end_counts_its_client_once),
		T(an_ignored_end_does_not_hide_resets_and_errors),
		T(other_icmp_counts_nothing),
		T(other_protocols_later_fragments_and_hosts_count_nothing),
		T(ipv6_keys_are_spelled_as_the_web_application_does),
		T(the_longest_key_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
