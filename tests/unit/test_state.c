/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/state collector/journal base/fdio collector/position base/log base/proc wire/frame wire/zpack -lz */
/* What a collector knows of itself and its agents after a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collector/state.h"

static char base[32], dir[64], file[80];

static int
setup(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/test_state.XXXXXX");
	assert_non_null(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/dir", base);
	snprintf(file, sizeof(file), "%s/agents", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(file);
	(void)rmdir(dir);
	return rmdir(base);
}

static const uint8_t *
stream(unsigned int n)
{
	static uint8_t id[POSITION_ID];

	memcpy(id, &n, sizeof(n));
	return id;
}

/* The agent number ${host} at ${addr} has stream ${n}, from ${seq} on. */
static void
note(struct state *st, unsigned int n, uint64_t seq, unsigned int host,
    const char *addr)
{
	struct position p = { .next = seq, .next_dns = seq + 1 };

	memcpy(p.id, stream(n), sizeof(p.id));
	state_note(st, &p, host, addr);
}

static void
an_agent_is_known_by_its_last_stream(void **state)
{
	struct state *st = state_open(dir, true);
	char id[32];

	(void)state;
	assert_non_null(st);
	assert_int_equal(strlen(state_keep(st)->id), 16);
	snprintf(id, sizeof(id), "%s", state_keep(st)->id);
	assert_null(state_stream(st, "a:1"));
	note(st, 1, 10, 1, "a:1");
	note(st, 2, 20, 2, "b:1");
	note(st, 3, 30, 1, "a:1");
	note(st, 2, 90, 2, "b:1");           /* it goes on */
	assert_null(state_open(dir, false)); /* another process may not */
	state_close(st);
	st = state_open(dir, false);
	assert_non_null(st);
	assert_string_equal(state_keep(st)->id, id);
	assert_memory_equal(
	    state_stream(st, "a:1")->id, stream(3), POSITION_ID);
	assert_int_equal(state_stream(st, "a:1")->next, 30);
	assert_int_equal(state_stream(st, "a:1")->next_dns, 31);
	assert_memory_equal(
	    state_stream(st, "b:1")->id, stream(2), POSITION_ID);
	assert_int_equal(state_start(st, stream(2))->next, 20);
	assert_null(state_start(st, stream(8)));
	assert_int_equal(state_host(st, stream(2)), 2);
	assert_int_equal(state_host(st, stream(9)), 0);
	assert_int_equal(state_top(st), 2);
	state_close(st);
}

static void
ever_new_streams_do_not_grow_the_file_without_end(void **state)
{
	struct state *st = state_open(dir, false);
	struct stat s;

	(void)state;
	for (unsigned int i = 1; i < 40000; i++)
		note(st, i % 50, 0, i % 7, "10.0.0.1:7073");
	assert_int_equal(stat(file, &s), 0);
	assert_true(s.st_size < 400000);
	state_close(st);
	st = state_open(dir, false);
	assert_non_null(state_stream(st, "10.0.0.1:7073"));
	assert_int_equal(state_host(st, stream(39999 % 50)), 39999 % 7);
	state_close(st);
	state_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    an_agent_is_known_by_its_last_stream, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    ever_new_streams_do_not_grow_the_file_without_end, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
