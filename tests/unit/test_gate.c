/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/gate base/allow base/conn base/lograte base/net base/obuf base/tls base/tlsctx base/tlslib base/psk base/proc base/log tests/unit/tmpfile -lev */
/* The keys of a gate: no core file has them, and they can be read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/gate.h"
#include "tests/unit/tmpfile.h"

#define KEYS "n1:00112233445566778899aabbccddeeff\n"

static struct gate gate;
static const char *path;

static int
setup(void **state)
{
	const struct gate_conf conf = { .tls = { .psk_file = path =
						     tmpfile_make(KEYS, 0600) },
		.peer = "agent" };

	(void)state;
	return gate_open(&gate, &conf);
}

static int
teardown(void **state)
{
	(void)state;
	gate_done(&gate);
	tmpfile_remove();
	return 0;
}

static void
who_holds_keys_writes_no_core_file(void **state)
{
	struct rlimit r;

	(void)state;
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &r), 0);
	assert_int_equal(r.rlim_max, 0);
}

static void
write_keys(const char *text)
{
	FILE *fp = fopen(path, "w");

	assert_non_null(fp);
	fputs(text, fp);
	assert_int_equal(fclose(fp), 0);
}

static void
keys_are_read_again_for_who_comes_then(void **state)
{
	struct tlsctx *held = tlsctx_share(gate.tls);
	struct tlsctx *old = gate.tls;

	(void)state;
	gate_reload(&gate);
	assert_non_null(gate.tls);
	assert_ptr_not_equal(gate.tls, old);
	tlsctx_free(held); /* a connection that still had the old ones */
}

static void
keys_that_cannot_be_read_change_nothing(void **state)
{
	struct tlsctx *old = gate.tls;

	(void)state;
	write_keys("no key\n");
	gate_reload(&gate);
	assert_ptr_equal(gate.tls, old);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(who_holds_keys_writes_no_core_file),
		TEST(keys_are_read_again_for_who_comes_then),
		TEST(keys_that_cannot_be_read_change_nothing),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
