/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/summary collector/sinksrc collector/ledger collector/class */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/summary.h"

#define TEXT_MAX (1 << 20)

static struct class *ids;
static struct summary *s;

static int
setup(void **state)
{
	(void)state;
	ids = class_new();
	class_ports(ids, 1, 80, 80);
	class_ports(ids, 64, 80, 90);
	s = summary_new(ids);
	return ids == NULL || class_seal(ids) != 0 || s == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	summary_free(s);
	class_free(ids);
	return 0;
}

static struct obs
packet(int64_t ms, uint16_t port, uint32_t len)
{
	struct obs o = { .kind = OBS_PKT, .time = { ms * MONO_NS_PER_MS } };

	o.pkt = (struct obs_pkt){ .ipver = 4,
		.proto = 6,
		.has = OBS_HAS_PORTS,
		.dport = port,
		.len = len };
	return o;
}

static char *
printed(void)
{
	static char text[TEXT_MAX];
	FILE *fp = fmemopen(text, sizeof(text), "w");

	assert_non_null(fp);
	summary_print(s, fp);
	fclose(fp);
	return text;
}

/* Line ${n}, its fields with one blank between them. */
static const char *
line(char *text, unsigned int n)
{
	static char copy[TEXT_MAX], out[512];
	char *rest = copy, *l, *word;
	size_t at = 0;

	memcpy(copy, text, strlen(text) + 1);
	while ((l = strsep(&rest, "\n")) != NULL && n-- > 0)
		continue;
	assert_non_null(l);
	out[0] = '\0';
	while ((word = strsep(&l, " ")) != NULL) {
		if (*word == '\0')
			continue;
		at += (size_t)snprintf(&out[at], sizeof(out) - at, "%s%s",
		    at > 0 ? " " : "", word);
		assert_true(at < sizeof(out));
	}
	return out;
}

static void
each_node_has_a_line_for_each_id_and_one_for_all(void **state)
{
	const struct sink_src a = { .host = 2, .name = "n2" };
	const struct sink_src b = { .host = 1, .name = "n1" };
	const struct obs o[] = { packet(0, 80, 100), packet(500, 81, 50),
		packet(2000, 22, 1000) };
	const struct obs alone = packet(1000, 22, 40);
	char *text;

	(void)state;
	summary_put(s, &a, o, 3);
	summary_put(s, &b, &alone, 1);
	text = printed();
	assert_string_equal(
	    line(text, 0), "host node id packets bytes bit/s dropped lost");
	assert_string_equal(line(text, 1), "1 n1 X 1 40 - - -");
	assert_string_equal(line(text, 2), "1 n1 all 1 40 - 0 0");
	assert_string_equal(line(text, 3), "2 n2 1 1 100 400 - -");
	assert_string_equal(line(text, 4), "2 n2 64 2 150 600 - -");
	assert_string_equal(line(text, 5), "2 n2 X 1 1000 4000 - -");
	assert_string_equal(line(text, 6), "2 n2 all 3 1150 4600 0 0");
	assert_string_equal(line(text, 7), "- total all 4 1190 4760 0 0");
	assert_string_equal(line(text, 8),
	    "trusted yes: no packet was dropped, no record is missing");
}

static void
nodes_of_one_name_are_told_apart_by_their_agents(void **state)
{
	const struct sink_src a = { .host = 1, .name = "vm" };
	const struct sink_src b = { .host = 2, .name = "vm" };
	const struct obs o = packet(0, 22, 40);
	char *text;

	(void)state;
	summary_put(s, &b, &o, 1);
	summary_put(s, &a, &o, 1);
	summary_put(s, &b, &o, 1);
	text = printed();
	assert_string_equal(line(text, 2), "1 vm all 1 40 - 0 0");
	assert_string_equal(line(text, 4), "2 vm all 2 80 - 0 0");
}

/* What the last line says when this one counter is not 0. */
static const char *
verdict(size_t offset, uint64_t n)
{
	const struct sink_src src = { .host = 1, .name = "n1" };
	struct ledger led = { 0 };

	memcpy((char *)&led.c + offset, &n, sizeof(n));
	summary_agent(s, &src, &led);
	return line(printed(), 3);
}

static void
every_loss_and_drop_is_named_and_ends_trust(void **state)
{
	static const char *const harmless[] = { "records", "host_records",
		/* of interfaces and sockets that nobody watches */
		"host_iface", "host_udp", "times_kept", "duplicates",
		"dns_records", "dns_duplicates", "times_off", "agent_received",
		"agent_filtered", "agent_not_ip", "throttled_ms", "octets",
		"sessions", "dials_failed", "bad_sessions" };
	char want[128];

	(void)state;
	for (size_t i = 0; i < ledger_n_rows; i++) {
		const struct ledger_row *r = &ledger_rows[i];
		bool harms = true;

		for (size_t k = 0; k < sizeof(harmless) / sizeof(*harmless);
		     k++)
			harms &= strcmp(r->name, harmless[k]) != 0;
		(void)snprintf(
		    want, sizeof(want), "trusted no: total.%s 7", r->name);
		assert_string_equal(verdict(r->offset, 7),
		    harms ? want
			  : "trusted yes: no packet was dropped, no record is "
			    "missing");
	}
}

static void
drops_and_losses_stand_beside_their_node(void **state)
{
	const struct sink_src src = { .host = 1, .name = "n1" };
	const struct ledger led = { .c = { .drop_kernel = 5,
					.drop_interface = 1,
					.lost_queue = 30,
					.lost_unexplained = 2 } };
	char *text;

	(void)state;
	summary_agent(s, &src, &led);
	summary_doubt(s, "json.lost", 3);
	summary_doubt(s, "text.lost", 0);
	text = printed();
	assert_string_equal(line(text, 1), "1 n1 all 0 0 - 6 32");
	assert_string_equal(line(text, 2), "- total all 0 0 - 6 32");
	assert_string_equal(line(text, 3),
	    "trusted no: json.lost 3, total.lost_queue 30, "
	    "total.lost_unexplained 2, total.drop_kernel 5, "
	    "total.drop_interface 1");
	/* printed again, it is the same */
	summary_agent(s, &src, &led);
	text = printed();
	assert_string_equal(line(text, 2), "- total all 0 0 - 6 32");
}

static void
without_numbers_nobody_knows(void **state)
{
	const struct sink_src src = { .host = 1, .name = "n1" };
	const struct ledger old = { .plain = true };
	const struct ledger new = { 0 };

	(void)state;
	summary_agent(s, &src, &old);
	summary_agent(s, &src, &new);
	assert_string_equal(line(printed(), 3),
	    "trusted unknown: no loss is told, but 1 of 2 streams have no "
	    "numbers");
}

static void
more_nodes_than_there_is_room_for_are_one(void **state)
{
	const struct obs o = packet(0, 22, 40);
	char name[16], *text;
	struct sink_src src = { .host = 1, .name = name };

	(void)state;
	for (unsigned int i = 0; i < SUMMARY_NODES_MAX + 10; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		summary_put(s, &src, &o, 1);
	}
	text = printed();
	assert_string_equal(line(text, 2 * SUMMARY_NODES_MAX + 2),
	    "- (others) all 10 400 - 0 0");
	assert_string_equal(line(text, 2 * SUMMARY_NODES_MAX + 3),
	    "- total all 4106 164240 - 0 0");
}

static void
long_and_odd_names_are_one_word(void **state)
{
	const struct obs o = packet(0, 22, 40);
	struct sink_src src = { .host = 1, .name = "a b\n" };
	char path[100];

	(void)state;
	memset(path, 'x', sizeof(path));
	memcpy(&path[sizeof(path) - 8], "/n1.log", 8);
	summary_put(s, &src, &o, 1);
	assert_string_equal(line(printed(), 1), "1 a?b? X 1 40 - - -");
	src.name = path;
	summary_put(s, &src, &o, 1);
	assert_non_null(strstr(line(printed(), 3), "xxx/n1.log X 1 40 - - -"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_node_has_a_line_for_each_id_and_one_for_all),
		TEST(nodes_of_one_name_are_told_apart_by_their_agents),
		TEST(every_loss_and_drop_is_named_and_ends_trust),
		TEST(drops_and_losses_stand_beside_their_node),
		TEST(without_numbers_nobody_knows),
		TEST(more_nodes_than_there_is_room_for_are_one),
		TEST(long_and_odd_names_are_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
