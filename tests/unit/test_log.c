/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/log */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"

#define TEXT_MAX 8192

static int saved_stderr;
static int file;

static void
capture(void)
{
	saved_stderr = dup(STDERR_FILENO);
	file = memfd_create("log", MFD_CLOEXEC);
	assert_true(saved_stderr >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
}

/* End the capture.  Returns what was logged, until the next call. */
static const char *
captured(void)
{
	static char text[TEXT_MAX];
	ssize_t n;

	(void)dup2(saved_stderr, STDERR_FILENO);
	(void)close(saved_stderr);
	n = pread(file, text, sizeof(text) - 1, 0);
	(void)close(file);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void
a_message_has_the_name_of_the_program(void **state)
{
	(void)state;
	log_init("prog", LOG_LEVEL_INFO);
	capture();
	log_warnx("peer %d", 3);
	log_info("ready");
	assert_string_equal(captured(), "prog: peer 3\nprog: ready\n");
}

static void
messages_above_the_level_are_dropped(void **state)
{
	(void)state;
	log_init("prog", LOG_LEVEL_WARN);
	capture();
	log_debugx("debug");
	log_info("info");
	log_warnx("warn");
	log_errorx("error");
	assert_string_equal(captured(), "prog: warn\nprog: error\n");
	log_init("prog", LOG_LEVEL_DEBUG);
	capture();
	log_debugx("debug");
	assert_string_equal(captured(), "prog: debug\n");
	log_init("prog", LOG_LEVEL_ERROR);
	capture();
	log_warnx("warn");
	assert_string_equal(captured(), "");
}

static void
the_forms_without_x_say_why_and_keep_errno(void **state)
{
	(void)state;
	log_init("prog", LOG_LEVEL_INFO);
	capture();
	errno = ENOENT;
	log_warn("%s", "file");
	assert_int_equal(errno, ENOENT);
	log_error("again");
	log_errorx("plain");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(captured(),
	    "prog: file: No such file or directory\n"
	    "prog: again: No such file or directory\n"
	    "prog: plain\n");
}

static void
control_characters_cannot_forge_a_line(void **state)
{
	(void)state;
	log_init("prog", LOG_LEVEL_INFO);
	capture();
	log_warnx("a\nprog: b\033[2J\177\xc3\xa4%%");
	assert_string_equal(
	    captured(), "prog: a\\x0aprog: b\\x1b[2J\\x7f\xc3\xa4%\n");
}

static void
a_long_message_is_cut_and_still_one_line(void **state)
{
	char text[4000];

	(void)state;
	log_init("prog", LOG_LEVEL_INFO);
	for (int c = 0; c < 2; c++) {
		const char *got;

		memset(text, c == 0 ? 'a' : '\n', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		errno = EPERM;
		capture();
		log_warn("%s", text);
		got = captured();
		assert_true(strlen(got) > 1000 && strlen(got) < 2100);
		assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
	}
}

static void
a_long_name_of_a_program_is_cut(void **state)
{
	static char name[3000];
	const char *got;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	log_init(name, LOG_LEVEL_INFO);
	capture();
	log_info("text");
	got = captured();
	assert_true(strlen(got) < 100);
	assert_string_equal(strchr(got, ':'), ": text\n");
	assert_int_equal(strspn(got, "n"), strchr(got, ':') - got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_has_the_name_of_the_program),
		cmocka_unit_test(messages_above_the_level_are_dropped),
		cmocka_unit_test(the_forms_without_x_say_why_and_keep_errno),
		cmocka_unit_test(control_characters_cannot_forge_a_line),
		cmocka_unit_test(a_long_message_is_cut_and_still_one_line),
		cmocka_unit_test(a_long_name_of_a_program_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
