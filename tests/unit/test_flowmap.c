/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/flowmap collector/modelnet -ljansson */
/* Networks and rules, against recorded answers of the old agent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "collector/flowmap.h"

#define ORACLE "tests/golden/shodohflo/flowmap_oracle.jsonl"

static const char *
word(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static enum flowmap_side
side(const json_t *object, const char *name)
{
	const char *text = word(object, name);

	return text != NULL && strcmp(text, "dst") == 0 ? FLOWMAP_DST
							: FLOWMAP_SRC;
}

static void
add_networks(struct flowmap *m, const json_t *nets)
{
	const json_t *net;
	size_t i;

	json_array_foreach(nets, i, net)
	{
		const int name = flowmap_name(
		    m, json_string_value(json_array_get(net, 0)), true);

		assert_true(name >= 0);
		for (size_t k = 1; k < json_array_size(net); k++) {
			struct modelnet cidr;

			assert_null(modelnet_parse(
			    &cidr, json_string_value(json_array_get(net, k))));
			assert_int_equal(flowmap_net(m, name, &cidr), 0);
		}
	}
}

static struct flowmap_ports *
port_set(const json_t *ports)
{
	struct flowmap_ports *set;
	const json_t *port;
	size_t i;

	if (!json_is_array(ports))
		return NULL;
	set = calloc(1, sizeof(*set));
	json_array_foreach(ports, i, port)
	{
		const json_int_t v = json_integer_value(port);

		set->bit[v / 64] |= UINT64_C(1) << v % 64;
	}
	return set;
}

static int
rule_net(struct flowmap *m, const json_t *name)
{
	return json_is_null(name)
		   ? -1
		   : flowmap_name(m, json_string_value(name), false);
}

static void
add_rules(struct flowmap *m, const json_t *rules)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(rules, i, rule)
	{
		const json_t *a = json_array_get(rule, 2);
		const char *type = word(a, "type");
		struct flowmap_rule r = {
			.src_net = rule_net(m, json_array_get(rule, 0)),
			.dst_net = rule_net(m, json_array_get(rule, 1)),
			.action = FLOWMAP_LOWER_PORT,
			.first = side(a, "precedence"),
			.client = side(a, "client_from"),
			.port = side(a, "port_from"),
			.drop = json_is_true(json_object_get(a, "drop")),
			.ports = port_set(json_object_get(a, "ports")),
		};

		if (strcmp(type, "PortMatch") == 0) {
			r.action = FLOWMAP_PORT_MATCH;
		} else if (strcmp(type, "Assign") == 0) {
			r.action = FLOWMAP_ASSIGN;
		} else {
			assert_string_equal(type, "LowerPort");
		}
		assert_int_equal(flowmap_rule(m, &r), 0);
	}
}

static const char *
json_addr(const json_t *array, size_t i)
{
	return json_string_value(json_array_get(array, i));
}

/* One recorded flow: [src, sport, dst, dport, null | [client, server, port]] */
static void
check_flow(const struct flowmap *m, const json_t *flow)
{
	const json_t *want = json_array_get(flow, 4);
	struct obs_pkt p = { .ipver = 4, .proto = 6 };
	struct flowmap_flow got;

	assert_int_equal(inet_pton(AF_INET, json_addr(flow, 0), p.src), 1);
	assert_int_equal(inet_pton(AF_INET, json_addr(flow, 2), p.dst), 1);
	p.sport = (uint16_t)json_integer_value(json_array_get(flow, 1));
	p.dport = (uint16_t)json_integer_value(json_array_get(flow, 3));
	assert_int_equal(flowmap_match(m, &p, &got), json_is_array(want));
	if (!json_is_array(want))
		return;
	assert_string_equal(json_addr(want, 0),
	    json_addr(flow, got.client == FLOWMAP_SRC ? 0 : 2));
	assert_string_equal(json_addr(want, 1),
	    json_addr(flow, got.client == FLOWMAP_SRC ? 2 : 0));
	assert_int_equal(json_integer_value(json_array_get(want, 2)), got.port);
}

static void
every_recorded_flow_gets_the_old_answer(void **state)
{
	FILE *fp = fopen(ORACLE, "re");
	size_t sets = 0;
	json_t *root;

	(void)state;
	assert_non_null(fp);
	while ((root = json_loadf(fp, JSON_DISABLE_EOF_CHECK, NULL)) != NULL) {
		struct flowmap *m = flowmap_new();
		const json_t *flow;
		size_t i;

		add_networks(m, json_object_get(root, "nets"));
		add_rules(m, json_object_get(root, "rules"));
		json_array_foreach(json_object_get(root, "flows"), i, flow)
		    check_flow(m, flow);
		flowmap_free(m);
		json_decref(root);
		sets++;
	}
	fclose(fp);
	assert_int_equal(sets, 150);
}

static struct obs_pkt
packet(uint8_t ipver, const char *src, const char *dst)
{
	struct obs_pkt p = { .ipver = ipver, .proto = 6 };
	const int af = ipver == 4 ? AF_INET : AF_INET6;

	assert_int_equal(inet_pton(af, src, p.src), 1);
	assert_int_equal(inet_pton(af, dst, p.dst), 1);
	return p;
}

static void
the_defaults_take_both_versions_and_the_lower_port(void **state)
{
	struct flowmap *m = flowmap_new();
	struct obs_pkt p = packet(6, "2001:db8::1", "2001:db8::2");
	struct flowmap_flow f;

	(void)state;
	assert_int_equal(flowmap_defaults(m), 0);
	p.sport = 40000;
	p.dport = 443;
	assert_true(flowmap_match(m, &p, &f));
	assert_int_equal(f.client, FLOWMAP_SRC);
	assert_int_equal(f.port, 443);
	p.dport = 40000;
	assert_true(flowmap_match(m, &p, &f));
	assert_int_equal(f.client, FLOWMAP_DST);
	flowmap_free(m);
}

static void
own_stands_for_the_own_networks_even_when_they_come_later(void **state)
{
	struct flowmap *m = flowmap_new();
	const struct flowmap_rule lower = {
		.src_net = 0, .dst_net = -1, .action = FLOWMAP_LOWER_PORT
	};
	const struct obs_pkt p = packet(4, "10.0.0.1", "10.0.0.2");
	struct modelnet net;
	struct flowmap_flow f;

	(void)state;
	assert_int_equal(flowmap_name(m, "home", true), 0);
	assert_int_equal(flowmap_net(m, 0, NULL), 0);
	assert_int_equal(flowmap_rule(m, &lower), 0);
	assert_false(flowmap_match(m, &p, &f));
	assert_null(modelnet_parse(&net, "10.0.0.0/24"));
	assert_int_equal(flowmap_own(m, &net), 0);
	assert_true(flowmap_match(m, &p, &f));
	flowmap_free(m);
}

static void
an_end_to_ignore_is_an_address_with_its_own_port(void **state)
{
	struct flowmap *m = flowmap_new();
	struct obs_pkt p = packet(6, "2001:db8::1", "2001:db8::2");
	struct modelnet addr;

	(void)state;
	assert_null(modelnet_parse(&addr, "2001:db8::2"));
	assert_int_equal(flowmap_ignore(m, &addr, 53), 0);
	p.sport = 53;
	assert_false(flowmap_is_ignored(m, &p));
	p.dport = 53;
	assert_true(flowmap_is_ignored(m, &p));
	p = packet(6, "2001:db8::2", "2001:db8::1");
	p.sport = 53;
	assert_true(flowmap_is_ignored(m, &p));
	p.ipver = 4;
	assert_false(flowmap_is_ignored(m, &p));
	for (size_t i = 1; i < FLOWMAP_ENDS_MAX; i++)
		assert_int_equal(flowmap_ignore(m, &addr, 53), 0);
	assert_int_equal(flowmap_ignore(m, &addr, 53), -1);
	flowmap_free(m);
}

static void
more_than_the_limits_is_refused(void **state)
{
	struct flowmap *m = flowmap_new();
	const struct flowmap_rule r = { .action = FLOWMAP_LOWER_PORT };
	const struct modelnet net = { .ipver = 4 };

	(void)state;
	for (size_t i = 0; i < FLOWMAP_NETS_MAX; i++) {
		assert_int_equal(flowmap_own(m, &net), 0);
		assert_int_equal(flowmap_net(m, 0, &net), 0);
	}
	assert_int_equal(flowmap_own(m, &net), -1);
	assert_int_equal(flowmap_net(m, 0, &net), -1);
	for (size_t i = 0; i < FLOWMAP_RULES_MAX; i++)
		assert_int_equal(flowmap_rule(m, &r), 0);
	assert_int_equal(flowmap_rule(m, &r), -1);
	assert_int_equal(
	    flowmap_name(m, "a-name-of-more-than-31-characters", true), -1);
	assert_int_equal(flowmap_name(m, "unknown", false), -1);
	flowmap_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_flow_gets_the_old_answer),
		cmocka_unit_test(
		    the_defaults_take_both_versions_and_the_lower_port),
		cmocka_unit_test(
		    own_stands_for_the_own_networks_even_when_they_come_later),
		cmocka_unit_test(
		    an_end_to_ignore_is_an_address_with_its_own_port),
		cmocka_unit_test(more_than_the_limits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
