/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/source collector/clockest collector/clockfix collector/sinksrc collector/dayoff collector/ledger base/log wire/ifaces wire/hello wire/frame wire/zpack -lz */
/* What outputs see of an agent's interfaces, over all its streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collector/source.h"

static struct hello_iface
iface(const char *name, const char *node)
{
	struct hello_iface i = { .linktype = 1 };

	snprintf(i.name, sizeof(i.name), "%s", name);
	snprintf(i.node, sizeof(i.node), "%s", node);
	return i;
}

/* The HELLO of the stream ${id} with interfaces of one letter. */
static struct hello
hello(char id, const char *names)
{
	struct hello h;

	hello_default(&h, true);
	h.has_stream = true;
	h.stream_id[0] = (uint8_t)id;
	strcpy(h.node, "host");
	for (; *names != '\0'; names++) {
		const char name[2] = { *names, '\0' };

		h.iface[h.n_ifaces++] = iface(name, "");
	}
	return h;
}

static void
come(struct source *s, char id, const char *names)
{
	const struct hello h = hello(id, names);

	assert_int_equal(source_hello(s, &h), 0);
}

static void
tell(struct source *s, unsigned int index, const char *name, const char *node)
{
	const struct hello_iface i = iface(name, node);

	assert_int_equal(source_told(s, index, &i), 0);
}

/* The place of a packet that the stream says interface ${index} has seen. */
static uint16_t
place(const struct source *s, unsigned int index)
{
	struct obs o[2] = { { .kind = OBS_HOST }, { .kind = OBS_PKT } };

	o[1].pkt.iface = (uint16_t)index;
	source_place(s, o, 2);
	return o[1].pkt.iface;
}

static const char *
name_of(const struct source *s, unsigned int at)
{
	assert_in_range(at, 0, s->src.ifs.n - 1);
	return s->src.ifs.iface[at].name;
}

static int
make(void **state)
{
	*state = source_new(1, "192.0.2.1:7073");
	return *state == NULL ? -1 : 0;
}

static int
drop(void **state)
{
	source_free(*state);
	return 0;
}

static void
the_list_grows_while_the_stream_runs(void **state)
{
	struct source *s = *state;

	come(s, 'A', "ab");
	assert_int_equal(s->src.ifs.n, 2);
	tell(s, 2, "eth0", "n1");
	tell(s, 3, "eth0", "n2");
	assert_int_equal(s->src.ifs.n, 4);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(place(s, i), i);
	assert_string_equal(sinksrc_node(&s->src, 0), "host");
	assert_string_equal(sinksrc_node(&s->src, 2), "n1");
	assert_string_equal(sinksrc_node(&s->src, 3), "n2");
	assert_string_equal(sinksrc_node(&s->src, 4), "host");
	/* It comes again, and tells all of it again. */
	come(s, 'A', "ab");
	assert_int_equal(place(s, 3), 3);
	tell(s, 2, "eth0", "n1");
	tell(s, 3, "eth0", "n2");
	tell(s, 4, "eth0", "n3");
	assert_int_equal(s->src.ifs.n, 5);
	assert_int_equal(place(s, 4), 4);
}

static void
what_outputs_remember_stays_true_when_the_agent_starts_again(void **state)
{
	struct source *s = *state;

	come(s, 'A', "abc");
	come(s, 'B', "cxa");
	assert_string_equal(name_of(s, 0), "a");
	assert_string_equal(name_of(s, 1), "b");
	assert_string_equal(name_of(s, 2), "c");
	assert_int_equal(place(s, 0), 2);
	assert_int_equal(place(s, 1), 3);
	assert_string_equal(name_of(s, 3), "x");
	assert_int_equal(place(s, 2), 0);
	tell(s, 3, "c", "n1");
	assert_int_equal(place(s, 3), 4);
	tell(s, 4, "b", "");
	assert_int_equal(place(s, 4), 1);
	/* One of which it never told is none that another stream told of. */
	assert_true(place(s, 5) >= s->src.ifs.n);
	come(s, 'C', "abc");
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(place(s, i), i);
	assert_int_equal(s->src.ifs.n, 5);
}

static void
two_of_one_stream_never_share_a_place(void **state)
{
	struct source *s = *state;

	come(s, 'A', "aa");
	assert_int_equal(place(s, 0), 0);
	assert_int_equal(place(s, 1), 1);
	come(s, 'B', "baaa");
	assert_int_equal(place(s, 0), 2);
	assert_true(place(s, 1) != place(s, 2) && place(s, 2) != place(s, 3));
	assert_true(place(s, 1) != place(s, 3));
	for (unsigned int i = 1; i < 4; i++)
		assert_string_equal(name_of(s, place(s, i)), "a");
	assert_int_equal(s->src.ifs.n, 4);
}

static void
an_agent_that_makes_up_names_fills_no_memory(void **state)
{
	struct source *s = *state;
	char name[LINE_IFNAME_MAX];

	for (unsigned int i = 0; i < 3; i++) {
		come(s, (char)('A' + i), "");
		for (unsigned int n = 0; n < 4096; n++) {
			snprintf(name, sizeof(name), "%u-%u", i, n);
			tell(s, n, name, "");
		}
	}
	assert_int_equal(s->src.ifs.n, 4096);
	assert_string_equal(name_of(s, 4095), "more");
	assert_int_equal(place(s, 7), 4095);
}

/* Two names, in another order than before: each looks at the taken ones. */
static void
an_agent_that_repeats_names_takes_no_time(void **state)
{
	struct source *s = *state;
	const clock_t began = clock();

	for (unsigned int n = 0; n < 4095; n++)
		tell(s, n, n < 2048 ? "a" : "b", "");
	for (unsigned int i = 0; i < 4; i++) {
		come(s, (char)('A' + i), "");
		for (unsigned int n = 0; n < 4094; n++)
			tell(s, n, (n < 2047) == (i % 2 == 0) ? "b" : "a", "");
	}
	assert_true(clock() - began < 3 * CLOCKS_PER_SEC);
}

static void
places_in_text_are_told_apart_by_node(void **state)
{
	struct source *s = *state;
	struct line_place at = { "eth0", "n1" };

	assert_int_equal(source_at(s, &at), 0);
	strcpy(at.node, "n2");
	assert_int_equal(source_at(s, &at), 1);
	strcpy(at.node, "");
	assert_int_equal(source_at(s, &at), 2);
	strcpy(at.node, "n1");
	assert_int_equal(source_at(s, &at), 0);
	assert_string_equal(sinksrc_node(&s->src, 1), "n2");
	assert_string_equal(sinksrc_node(&s->src, 2), "192.0.2.1:7073");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_list_grows_while_the_stream_runs),
		TEST(
		    what_outputs_remember_stays_true_when_the_agent_starts_again),
		TEST(two_of_one_stream_never_share_a_place),
		TEST(an_agent_that_makes_up_names_fills_no_memory),
		TEST(an_agent_that_repeats_names_takes_no_time),
		TEST(places_in_text_are_told_apart_by_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
