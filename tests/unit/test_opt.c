/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/opt */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/opt.h"

struct settings {
	bool quiet;
	long port;
	long buffer;
	const char *file;
	const char *password;
	struct opt_list iface;
	unsigned int calls;
};

static const char *
on_mode(void *settings, const char *value)
{
	struct settings *s = settings;

	if (strcmp(value, "good") != 0)
		return "is not good";
	s->calls++;
	return NULL;
}

#define AT(m) offsetof(struct settings, m)

static const struct opt_row rows[] = {
	{ "quiet", 'q', OPT_FLAG, AT(quiet), 0, 0, NULL, NULL, "Say less",
	    NULL },
	{ "port", 'p', OPT_INT, AT(port), 1, 65535, "PORT", "7073", "TCP port",
	    NULL },
	{ "buffer", 0, OPT_SIZE, AT(buffer), 1024, 1L << 31, "SIZE", "2M",
	    "Ring per interface", NULL },
	{ "file", 'f', OPT_STR, AT(file), 0, 0, "FILE", "a.log", "Text log",
	    NULL },
	{ "redis.password", 0, OPT_STR, AT(password), 0, 0, "TEXT", NULL,
	    "Secret", NULL },
	{ "iface", 'i', OPT_LIST, AT(iface), 0, 0, "NAME", NULL, "Interface",
	    NULL },
	{ "mode", 'm', OPT_CALL, 0, 0, 0, "MODE", NULL, "Mode", on_mode },
};

#define N (sizeof(rows) / sizeof(rows[0]))

static struct settings got;

static int
set_defaults(void **state)
{
	(void)state;
	got = (struct settings){ .quiet = false };
	opt_defaults(rows, N, &got);
	return 0;
}

static int
free_settings(void **state)
{
	(void)state;
	opt_done(rows, N, &got);
	return got.file == NULL && got.iface.n == 0 ? 0 : -1;
}

/* Parse "prog" and ${words}; what is said on standard error is kept. */
static char said[1024];

static int
args(const char *const *words)
{
	char text[16][64] = { "prog" };
	char *argv[17];
	const int saved = dup(STDERR_FILENO);
	const int file = memfd_create("err", MFD_CLOEXEC);
	int argc = 1;
	int ret;
	ssize_t n;

	for (; words[argc - 1] != NULL; argc++) {
		(void)snprintf(
		    text[argc], sizeof(text[0]), "%s", words[argc - 1]);
	}
	for (int i = 0; i < argc; i++)
		argv[i] = text[i];
	argv[argc] = NULL;
	assert_true(saved >= 0 && file >= 0);
	(void)dup2(file, STDERR_FILENO);
	ret = opt_args(rows, N, &got, argc, argv);
	(void)dup2(saved, STDERR_FILENO);
	(void)close(saved);
	n = pread(file, said, sizeof(said) - 1, 0);
	(void)close(file);
	said[n < 0 ? 0 : n] = '\0';
	return ret;
}

#define ARGS(...) args((const char *const[]){ __VA_ARGS__, NULL })

static int
set(const char *name, const char *value, char err[static OPT_ERR_MAX])
{
	err[0] = '\0';
	return opt_set(rows, N, &got, name, value, err);
}

static void
defaults_are_read_like_values(void **state)
{
	(void)state;
	assert_false(got.quiet);
	assert_int_equal(got.port, 7073);
	assert_int_equal(got.buffer, 2L << 20);
	assert_string_equal(got.file, "a.log");
	assert_null(got.password);
	assert_int_equal(got.iface.n, 0);
}

static void
short_and_long_options_set_the_same_member(void **state)
{
	(void)state;
	assert_int_equal(ARGS("-q", "-p", "1", "--file=b", "operand"), 5);
	assert_true(got.quiet);
	assert_int_equal(got.port, 1);
	assert_string_equal(got.file, "b");
	assert_int_equal(ARGS("--port", "65535", "-fc"), 4);
	assert_int_equal(got.port, 65535);
	assert_string_equal(got.file, "c");
	assert_string_equal(said, "");
}

static void
a_list_takes_every_use(void **state)
{
	(void)state;
	assert_int_equal(ARGS("-i", "eth0", "--iface", "eth1", "-ieth2"), 6);
	assert_int_equal(got.iface.n, 3);
	assert_string_equal(got.iface.item[0], "eth0");
	assert_string_equal(got.iface.item[1], "eth1");
	assert_string_equal(got.iface.item[2], "eth2");
}

static void
options_after_operands_and_a_double_dash_are_known(void **state)
{
	(void)state;
	assert_int_equal(ARGS("operand", "-q"), 2);
	assert_true(got.quiet);
	assert_int_equal(ARGS("--", "-p"), 2);
	assert_int_equal(got.port, 7073);
}

static void
a_row_is_found_by_its_whole_name(void **state)
{
	const size_t n = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	assert_ptr_equal(opt_find(rows, n, "port"), &rows[1]);
	assert_null(opt_find(rows, n, "por"));
	assert_null(opt_find(rows, n, "ports"));
	assert_null(opt_find(rows, 1, "port"));
}

static void
unknown_options_are_errors(void **state)
{
	(void)state;
	assert_int_equal(ARGS("-z"), -1);
	assert_non_null(strstr(said, "z"));
	assert_int_equal(ARGS("--nothing"), -1);
	assert_non_null(strstr(said, "nothing"));
	assert_int_equal(ARGS("--port"), -1);
	assert_non_null(strstr(said, "port"));
	assert_int_equal(ARGS("--quiet=yes"), -1);
}

static void
a_prefix_of_a_name_is_no_name(void **state)
{
	(void)state;
	assert_int_equal(ARGS("--por", "80"), -1);
	assert_non_null(strstr(said, "--port"));
	assert_int_equal(ARGS("--por=80"), -1);
	assert_int_equal(ARGS("operand", "--qui"), -1);
	assert_int_equal(got.port, 7073);
	assert_false(got.quiet);
	/* a value that looks like the name does not mislead it */
	assert_int_equal(ARGS("--fil", "--file"), -1);
	assert_int_equal(ARGS("--file", "--file"), 3);
	assert_string_equal(got.file, "--file");
	assert_int_equal(ARGS("operand", "--file=x", "--file", "="), 4);
	assert_string_equal(got.file, "=");
}

static void
numbers_are_read_strictly(void **state)
{
	static const char *const bad[] = { "", " 1", "\t1", "+1", "1 ", "1x",
		"0x10", "1.5", "-", "--1", "0", "-1", "65536", "1K",
		"99999999999999999999" };
	char err[OPT_ERR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(set("port", bad[i], err), -1);
		assert_non_null(strstr(err, "port"));
		assert_non_null(strstr(err, bad[i]));
		assert_int_equal(got.port, 7073);
	}
	assert_non_null(strstr(err, "1 to 65535"));
	assert_int_equal(set("port", "00080", err), 0);
	assert_int_equal(got.port, 80);
}

static void
sizes_have_suffixes(void **state)
{
	static const char *const bad[] = { "K", "1KB", "1T", "3G", "1023",
		"9007199254740993K", "-1K" };
	char err[OPT_ERR_MAX];

	(void)state;
	assert_int_equal(set("buffer", "256K", err), 0);
	assert_int_equal(got.buffer, 256L << 10);
	assert_int_equal(set("buffer", "2g", err), 0);
	assert_int_equal(got.buffer, 2L << 30);
	assert_int_equal(set("buffer", "4096", err), 0);
	assert_int_equal(got.buffer, 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(set("buffer", bad[i], err), -1);
	assert_int_equal(got.buffer, 4096);
}

static void
flags_of_a_file_have_words(void **state)
{
	static const char *const word[] = { "no", "yes", "false", "true", "0",
		"1" };
	char err[OPT_ERR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
		assert_int_equal(set("quiet", word[i], err), 0);
		assert_int_equal(got.quiet, i % 2);
	}
	assert_int_equal(set("quiet", "maybe", err), -1);
	assert_non_null(strstr(err, "maybe"));
	assert_int_equal(set("quiet", "", err), -1);
}

static void
keys_of_a_file_are_whole_names(void **state)
{
	char err[OPT_ERR_MAX];

	(void)state;
	assert_int_equal(set("redis.password", "secret", err), 0);
	assert_string_equal(got.password, "secret");
	assert_int_equal(set("redis.pass", "x", err), -1);
	assert_non_null(strstr(err, "redis.pass"));
	assert_int_equal(set("PORT", "1", err), -1);
	assert_int_equal(set("file", NULL, err), -1);
	assert_string_equal(got.file, "a.log");
}

static void
a_function_decides_about_its_option(void **state)
{
	(void)state;
	assert_int_equal(ARGS("-m", "good", "--mode=good"), 4);
	assert_int_equal(got.calls, 2);
	assert_int_equal(ARGS("-m", "bad"), -1);
	assert_string_equal(said, "prog: option --mode: \"bad\" is not good\n");
}

static char *
printed(void (*print)(FILE *fp))
{
	char *text = NULL;
	size_t len;
	FILE *fp = open_memstream(&text, &len);

	assert_non_null(fp);
	print(fp);
	assert_int_equal(fclose(fp), 0);
	return text;
}

static void
print_help(FILE *fp)
{
	opt_help(rows, N, fp);
}

static void
print_settings(FILE *fp)
{
	opt_print(rows, N, &got, fp);
}

static void
help_is_aligned(void **state)
{
	char *text = printed(print_help);

	(void)state;
	assert_string_equal(text,
	    "  -q, --quiet                 Say less\n"
	    "  -p, --port PORT             TCP port (7073)\n"
	    "      --buffer SIZE           Ring per interface (2M)\n"
	    "  -f, --file FILE             Text log (a.log)\n"
	    "      --redis.password TEXT   Secret\n"
	    "  -i, --iface NAME            Interface\n"
	    "  -m, --mode MODE             Mode\n");
	free(text);
}

static void
settings_print_as_name_and_value_without_secrets(void **state)
{
	char err[OPT_ERR_MAX];
	char *text;

	(void)state;
	assert_int_equal(set("redis.password", "secret", err), 0);
	assert_int_equal(set("iface", "eth0", err), 0);
	assert_int_equal(set("iface", "eth1", err), 0);
	text = printed(print_settings);
	assert_string_equal(text, "quiet = no\n"
				  "port = 7073\n"
				  "buffer = 2097152\n"
				  "file = a.log\n"
				  "redis.password = ***\n"
				  "iface = eth0\n"
				  "iface = eth1\n");
	free(text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_defaults, free_settings)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_read_like_values),
		TEST(short_and_long_options_set_the_same_member),
		TEST(a_list_takes_every_use),
		TEST(options_after_operands_and_a_double_dash_are_known),
		TEST(a_row_is_found_by_its_whole_name),
		TEST(unknown_options_are_errors),
		TEST(a_prefix_of_a_name_is_no_name),
		TEST(numbers_are_read_strictly),
		TEST(sizes_have_suffixes),
		TEST(flags_of_a_file_have_words),
		TEST(keys_of_a_file_are_whole_names),
		TEST(a_function_decides_about_its_option),
		TEST(help_is_aligned),
		TEST(settings_print_as_name_and_value_without_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
