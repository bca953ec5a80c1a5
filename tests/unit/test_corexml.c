/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/corexml -lexpat */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/corexml.h"

#define TOP "<?xml version='1.0' encoding='UTF-8'?>\n<scenario name='x'>"

static struct corexml *
read_all(const char *text)
{
	struct corexml *x = corexml_new();

	assert_non_null(x);
	assert_int_equal(corexml_feed(x, text, strlen(text), true), 0);
	return x;
}

static void
nodes_have_an_id_a_name_and_the_addresses_of_their_links(void **state)
{
	struct corexml *x = read_all(TOP
	    "<networks><network id='9' name='sw'/></networks>"
	    "<devices>"
	    " <device id='1' name='n1' type='PC'><position x='1'/>"
	    "  <services><service name='PCapper'/></services></device>"
	    " <device id='20' name='n2'/>"
	    "</devices>"
	    "<links>"
	    " <link node1='1' node2='20'>"
	    "  <iface1 id='0' name='eth0' ip4='10.0.0.1' ip4_mask='24'"
	    "   ip6='2001:db8::1'/>"
	    "  <iface2 id='0' name='eth0' ip4='10.0.0.2'/></link>"
	    " <link node1='1' node2='9'><iface1 ip4='10.0.1.1'/></link>"
	    " <link node_one='9' node_two='20'>"
	    "  <interface_two ip4='10.0.1.2'/></link>"
	    "</links>"
	    "<container><testHost name='n3' id='3'/></container></scenario>");
	const struct corexml_node *n = corexml_find(x, "n1");

	(void)state;
	assert_non_null(n);
	assert_int_equal(n->id, 1);
	assert_int_equal(n->n_addrs, 3);
	assert_string_equal(n->addr[0], "10.0.0.1");
	assert_string_equal(n->addr[1], "2001:db8::1");
	assert_string_equal(n->addr[2], "10.0.1.1");
	assert_non_null(n = corexml_find(x, "n2"));
	assert_int_equal(n->id, 20);
	assert_int_equal(n->n_addrs, 2);
	assert_string_equal(n->addr[1], "10.0.1.2");
	assert_null(corexml_find(x, "sw"));
	assert_null(corexml_find(x, "n3"));
	assert_null(corexml_find(x, "PCapper"));
	corexml_free(x);
}

static void
a_file_may_come_in_pieces(void **state)
{
	static const char text[] =
	    TOP "<devices><device id='7' name='n&amp;7'/></devices></scenario>";

	(void)state;
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct corexml *x = corexml_new();

		assert_int_equal(corexml_feed(x, text, cut, false), 0);
		assert_int_equal(
		    corexml_feed(x, text + cut, sizeof(text) - 1 - cut, true),
		    0);
		assert_int_equal(corexml_find(x, "n&7")->id, 7);
		corexml_free(x);
	}
}

static void
names_that_could_harm_are_changed(void **state)
{
	struct corexml *x = read_all(TOP
	    "<devices>"
	    "<device id='1' name='../x'/><device id='2' name='a b&#10;c'/>"
	    "<device id='3' name='&#127;]2;\xc3\xa9'/>"
	    "<device id='4' name=''/><device id='5'/></devices></scenario>");

	(void)state;
	assert_int_equal(corexml_find(x, ".._x")->id, 1);
	assert_int_equal(corexml_find(x, "a_b_c")->id, 2);
	assert_int_equal(corexml_find(x, "_]2;__")->id, 3);
	assert_null(corexml_find(x, ""));
	corexml_free(x);
}

static void
ids_and_addresses_that_are_none_are_passed_over(void **state)
{
	struct corexml *x = read_all(TOP
	    "<devices>"
	    "<device id='0' name='a'/><device id='-1' name='b'/>"
	    "<device id='65536' name='c'/><device id='1x' name='d'/>"
	    "<device id='1' name='e'/><device id='1' name='f'/>"
	    "<device id='99999999999999999999' name='g'/></devices>"
	    "<links><link node1='1' node2='77'>"
	    "<iface1 ip4='10.0.0.1;rm' ip6='fe80::1'/><iface2 ip4='1.2.3.4'/>"
	    "</link></links></scenario>");
	const struct corexml_node *n = corexml_find(x, "e");

	(void)state;
	assert_int_equal(n->id, 1);
	assert_int_equal(n->n_addrs, 1);
	assert_string_equal(n->addr[0], "fe80::1");
	for (const char *c = "abcdfg"; *c != '\0'; c++) {
		const char name[2] = { *c };

		assert_null(corexml_find(x, name));
	}
	corexml_free(x);
}

static void
what_has_no_bound_is_refused(void **state)
{
	static char line[200];
	struct corexml *x = corexml_new();
	size_t i;

	(void)state;
	assert_int_equal(
	    corexml_feed(x, TOP "<devices>", strlen(TOP "<devices>"), false),
	    0);
	for (i = 1; i <= COREXML_NODES_MAX + 1; i++) {
		(void)snprintf(
		    line, sizeof(line), "<device id='%zu' name='n%zu'/>", i, i);
		if (corexml_feed(x, line, strlen(line), false) != 0)
			break;
	}
	assert_int_equal(i, COREXML_NODES_MAX + 1);
	assert_string_equal(corexml_why(x), "too many nodes");
	assert_non_null(corexml_find(x, "n4096"));
	corexml_free(x);

	x = corexml_new();
	for (i = 0; i <= COREXML_SIZE_MAX / sizeof(line) + 1; i++) {
		memset(line, ' ', sizeof(line));
		if (corexml_feed(x, line, sizeof(line), false) != 0)
			break;
	}
	assert_string_equal(corexml_why(x), "too large");
	corexml_free(x);

	x = corexml_new();
	assert_int_equal(corexml_feed(x, TOP, strlen(TOP), false), 0);
	for (i = 1; corexml_feed(x, "<a>", 3, false) == 0; i++)
		assert_true(i < COREXML_DEPTH_MAX);
	assert_string_equal(corexml_why(x), "too deep");
	corexml_free(x);
}

/* Each piece of a tag is looked at again with those after it. */
static void
a_tag_without_end_is_given_up(void **state)
{
	static const char *const begin[] = { TOP "<a b='", TOP "<!--" };
	char piece[16384];

	(void)state;
	memset(piece, ' ', sizeof(piece));
	for (size_t k = 0; k < 2; k++) {
		struct corexml *x = corexml_new();
		size_t i = 0;

		assert_int_equal(
		    corexml_feed(x, begin[k], strlen(begin[k]), false), 0);
		while (corexml_feed(x, piece, sizeof(piece), false) == 0)
			assert_true(++i <= COREXML_WORD_MAX / sizeof(piece));
		assert_string_equal(corexml_why(x), "a tag too long");
		corexml_free(x);
	}
}

static void
what_is_no_session_is_refused(void **state)
{
	static const char *const bad[] = { "", "hello", "<scenario>",
		"<html></html>", "<scenario></b>", "<scenario a='1' a='2'/>",
		"<!DOCTYPE s [<!ENTITY a 'b'>]><scenario>&a;</scenario>",
		"<!DOCTYPE s SYSTEM '/etc/passwd'><scenario/>" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct corexml *x = corexml_new();

		assert_int_equal(
		    corexml_feed(x, bad[i], strlen(bad[i]), true), -1);
		assert_non_null(corexml_why(x));
		assert_int_equal(corexml_feed(x, " ", 1, true), -1);
		corexml_free(x);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    nodes_have_an_id_a_name_and_the_addresses_of_their_links),
		cmocka_unit_test(a_file_may_come_in_pieces),
		cmocka_unit_test(names_that_could_harm_are_changed),
		cmocka_unit_test(
		    ids_and_addresses_that_are_none_are_passed_over),
		cmocka_unit_test(what_has_no_bound_is_refused),
		cmocka_unit_test(a_tag_without_end_is_given_up),
		cmocka_unit_test(what_is_no_session_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
