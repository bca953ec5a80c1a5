/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/tlsctx base/tlslib base/psk base/proc base/log tests/unit/tmpfile */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/tlsctx.h"
#include "tests/unit/tmpfile.h"

static void
who_holds_keys_writes_no_core_file(void **state)
{
	const struct tlsctx_conf conf = {
		.psk_file =
		    tmpfile_make("n1:00112233445566778899aabbccddeeff\n", 0600)
	};
	struct tlsctx *ctx = tlsctx_new(&conf);
	struct rlimit r;

	(void)state;
	assert_non_null(ctx);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &r), 0);
	assert_int_equal(r.rlim_max, 0);
	tlsctx_free(ctx);
	tmpfile_remove();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_holds_keys_writes_no_core_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
