/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/status base/pidfile */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/status.h"
#include "base/pidfile.h"

static char dir[] = "/tmp/test_status.XXXXXX";
static char path[sizeof(dir) + 8], beside[sizeof(dir) + 16];

static const mono_t start = { 1000 * MONO_NS_PER_S };

static mono_t
after(double seconds)
{
	return (mono_t){ start.ns + (int64_t)(seconds * MONO_NS_PER_S) };
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/pid", dir);
	(void)snprintf(beside, sizeof(beside), "%s.status", path);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* What is printed at ${now}, and the result. */
static void
expect(mono_t now, int want, const char *text)
{
	char line[256] = "";
	FILE *fp = fmemopen(line, sizeof(line), "w");

	assert_non_null(fp);
	assert_int_equal(status_print(path, now, fp), want);
	assert_int_equal(fclose(fp), 0);
	assert_string_equal(line, text);
}

static void
an_agent_that_does_not_run_is_stopped(void **state)
{
	struct pidfile *p = pidfile_open(path);
	struct status *s = status_open(path);
	const struct status_now now = { .state = "running" };

	(void)state;
	assert_non_null(p);
	assert_non_null(s);
	status_put(s, start, &now);
	expect(start, 0, "running packets/s 0 dropped 0 lost 0 collectors 0\n");
	pidfile_close(p);
	expect(start, 1, "stopped\n");
	status_close(s);
	expect(start, 1, "stopped\n");
	assert_int_equal(access(beside, F_OK), -1);
}

static void
an_agent_that_has_said_nothing_is_starting(void **state)
{
	struct pidfile *p = pidfile_open(path);
	FILE *left = fopen(beside, "w");
	struct status *s;

	(void)state;
	assert_non_null(p);
	assert_non_null(left);
	assert_true(fputs("999 running packets/s 7\n", left) > 0);
	assert_int_equal(fclose(left), 0);
	/* what an agent before it left is not its own */
	s = status_open(path);
	assert_non_null(s);
	expect(start, 1, "starting\n");
	status_close(s);
	expect(start, 1, "starting\n");
	pidfile_close(p);
}

static void
the_rate_is_that_since_the_line_before(void **state)
{
	struct pidfile *p = pidfile_open(path);
	struct status *s = status_open(path);
	struct status_now now = { .state = "running",
		.packets = 5,
		.dropped = UINT64_MAX,
		.lost = 12,
		.collectors = 3 };

	(void)state;
	assert_non_null(p);
	assert_non_null(s);
	status_put(s, start, &now);
	now.packets += 3001;
	status_put(s, after(2), &now);
	expect(after(2), 0,
	    "running packets/s 1501 dropped 18446744073709551615 lost 12 "
	    "collectors 3\n");
	/* a shorter line leaves nothing of the one before */
	now = (struct status_now){ .state = "stopping", .packets = 3006 };
	status_put(s, after(3), &now);
	expect(after(3), 1,
	    "stopping packets/s 0 dropped 0 lost 0 collectors 0\n");
	/* two lines at the same moment divide by nothing */
	now.packets = 4000;
	status_put(s, after(3), &now);
	expect(after(3), 1,
	    "stopping packets/s 0 dropped 0 lost 0 collectors 0\n");
	status_close(s);
	pidfile_close(p);
}

static void
an_agent_that_was_silent_for_long_is_stalled(void **state)
{
	struct pidfile *p = pidfile_open(path);
	struct status *s = status_open(path);
	const struct status_now now = { .state = "running" };

	(void)state;
	assert_non_null(p);
	assert_non_null(s);
	status_put(s, start, &now);
	expect(after(STATUS_STALE_S), 0,
	    "running packets/s 0 dropped 0 lost 0 collectors 0\n");
	expect(after(STATUS_STALE_S + 1), 1,
	    "stalled packets/s 0 dropped 0 lost 0 collectors 0\n");
	status_close(s);
	pidfile_close(p);
}

static void
nonsense_is_an_error(void **state)
{
	struct pidfile *p = pidfile_open(path);
	FILE *fp = fopen(beside, "w");

	(void)state;
	assert_non_null(p);
	assert_non_null(fp);
	assert_true(fputs("hello\n", fp) > 0);
	assert_int_equal(fclose(fp), 0);
	expect(start, -1, "");
	assert_int_equal(errno, EINVAL);
	assert_int_equal(unlink(beside), 0);
	assert_int_equal(symlink("elsewhere", beside), 0);
	assert_null(status_open(path));
	assert_int_equal(errno, ELOOP);
	assert_int_equal(unlink(beside), 0);
	pidfile_close(p);
	status_put(NULL, start, NULL);
	status_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agent_that_does_not_run_is_stopped),
		cmocka_unit_test(an_agent_that_has_said_nothing_is_starting),
		cmocka_unit_test(the_rate_is_that_since_the_line_before),
		cmocka_unit_test(an_agent_that_was_silent_for_long_is_stalled),
		cmocka_unit_test(nonsense_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
