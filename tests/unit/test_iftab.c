/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/iftab wire/ifaces wire/hello wire/frame wire/zpack -lz */
/* The table of interfaces of a capture, while it grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "agent/iftab.h"

static int
make(void **state)
{
	*state = iftab_new();
	return *state == NULL ? -1 : 0;
}

static int
drop(void **state)
{
	iftab_free(*state);
	return 0;
}

static struct hello_iface
iface(const char *name, const char *node)
{
	struct hello_iface i = { .linktype = 1 };

	snprintf(i.name, sizeof(i.name), "%s", name);
	snprintf(i.node, sizeof(i.node), "%s", node);
	return i;
}

static void
an_interface_that_comes_back_has_its_old_index(void **state)
{
	struct hello_iface i = iface("eth0", "n1");

	assert_int_equal(iftab_add(*state, &i), 0);
	i = iface("eth0", "n2");
	assert_int_equal(iftab_add(*state, &i), 1);
	i = iface("eth1", "n1");
	assert_int_equal(iftab_add(*state, &i), 2);
	i = iface("eth0", "n1");
	assert_int_equal(iftab_add(*state, &i), 0);
	strcpy(i.filter, "tcp"); /* that is for information */
	assert_int_equal(iftab_add(*state, &i), 0);
	i.linktype = 113;
	assert_int_equal(iftab_add(*state, &i), 3);
	assert_int_equal(iftab_list(*state)->n, 4);
	assert_string_equal(iftab_list(*state)->iface[0].filter, "");
}

static void
files_of_one_name_are_two(void **state)
{
	const struct hello_iface i = iface("x.pcap", "");

	assert_int_equal(iftab_append(*state, &i), 0);
	assert_int_equal(iftab_append(*state, &i), 1);
	assert_int_equal(iftab_add(*state, &i), 0);
}

static void
names_are_kept_as_readers_see_them(void **state)
{
	struct hello_iface i = iface("a:b", "n\n:1");

	assert_int_equal(iftab_add(*state, &i), 0);
	assert_int_equal(iftab_add(*state, &i), 0);
	assert_string_equal(iftab_list(*state)->iface[0].name, "a?b");
	assert_string_equal(iftab_list(*state)->iface[0].node, "n??1");
}

struct heard {
	struct iftab *tab;
	unsigned int n;
	uint16_t last;
};

static void
hear(void *arg, uint16_t index, const struct hello_iface *i)
{
	struct heard *h = arg;

	assert_int_equal(iftab_lines(h->tab)->n, index + 1);
	assert_string_equal(iftab_lines(h->tab)->iface[index].name, i->name);
	h->n++;
	h->last = index;
}

static void
watchers_hear_of_each_interface_once(void **state)
{
	struct heard h = { *state, 0, 0 }, late = { *state, 0, 0 };
	struct hello_iface i = iface("eth0", "");

	iftab_watch(*state, hear, &h);
	(void)iftab_add(*state, &i);
	(void)iftab_add(*state, &i);
	assert_int_equal(h.n, 1);
	iftab_watch(*state, hear, &late);
	i = iface("eth1", "");
	(void)iftab_add(*state, &i);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.last, 1);
	assert_int_equal(late.n, 1);
}

static void
the_last_of_too_many_stands_for_all_beyond(void **state)
{
	const struct ifaces *l = iftab_list(*state);
	struct hello_iface i;
	char name[16];

	for (unsigned int n = 0; n < 5000; n++) {
		snprintf(name, sizeof(name), "veth%u", n);
		i = iface(name, "n1");
		assert_int_equal(iftab_add(*state, &i), n < 4095 ? n : 4095u);
	}
	assert_int_equal(l->n, 4096);
	assert_string_equal(l->iface[4094].name, "veth4094");
	assert_string_equal(l->iface[4095].name, "more");
	assert_string_equal(l->iface[4095].node, "");
	i = iface("veth7", "n1");
	assert_int_equal(iftab_add(*state, &i), 7);
	assert_int_equal(iftab_append(*state, &i), 4095);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_interface_that_comes_back_has_its_old_index),
		TEST(files_of_one_name_are_two),
		TEST(names_are_kept_as_readers_see_them),
		TEST(watchers_hear_of_each_interface_once),
		TEST(the_last_of_too_many_stands_for_all_beyond),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
