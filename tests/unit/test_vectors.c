/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/stream wire/unpack wire/pack wire/dict wire/bits wire/zpack wire/frame wire/hello wire/ctl wire/line wire/text -lz */
/* The streams of tests/vectors: valid, invalid, and cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/line.h"
#include "wire/stream.h"

#define ROOM   8192
#define EXPECT "# expect: "

struct vector {
	uint8_t data[ROOM];
	size_t len;
	char want[ROOM];
	char got[ROOM];
	struct hello hello;
};

/* Octets of two digits, with spaces between them, up to a comment. */
static void
read_digits(struct vector *v, const char *line)
{
	char *end;

	for (;; line = end) {
		const unsigned long octet = strtoul(line, &end, 16);

		if (end == line)
			return;
		assert_true(v->len < ROOM && octet <= UINT8_MAX);
		v->data[v->len++] = (uint8_t)octet;
	}
}

static struct vector *
read_vector(const char *path)
{
	struct vector *v = calloc(1, sizeof(*v));
	FILE *fp = fopen(path, "r");
	char line[512];

	assert_non_null(v);
	assert_non_null(fp);
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strncmp(line, EXPECT, strlen(EXPECT)) == 0) {
			strncat(v->want, line + strlen(EXPECT),
			    ROOM - strlen(v->want) - 1);
		} else {
			read_digits(v, line);
		}
	}
	fclose(fp);
	return v;
}

static void
on_hello(void *arg, const struct hello *h)
{
	((struct vector *)arg)->hello = *h;
}

static void
on_obs(void *arg, uint64_t first, const struct obs *o, size_t n)
{
	struct vector *v = arg;
	char ifname[1][LINE_IFNAME_MAX];
	const struct line_ifaces ifs = { 1,
		(const char(*)[LINE_IFNAME_MAX])ifname };

	(void)first;
	memcpy(ifname[0], v->hello.iface[0].name, sizeof(ifname[0]));
	for (size_t i = 0; i < n; i++) {
		char line[LINE_MAX_LEN];
		const size_t len = line_put(line, &o[i], LINE_EXTENDED, &ifs);

		strncat(v->got, line, len);
	}
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	(void)arg;
	(void)s;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next)
{
	(void)arg;
	assert_int_equal(why, CTL_BYE_END);
	assert_int_equal(next, 11);
}

static ptrdiff_t
play(struct vector *v)
{
	static const struct stream_ops ops = { on_hello, on_obs, on_stats,
		on_time, on_bye };
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *s = stream_new(sc, &ops, v);
	const ptrdiff_t n = stream_feed(s, v->data, v->len);

	stream_free(s);
	stream_scratch_free(sc);
	return n;
}

/* Apply ${check} to all vectors whose names begin with ${kind}. */
static void
each(const char *kind, void (*check)(struct vector *v, const char *path))
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "tests/vectors/%s-*.hex", kind);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct vector *v = read_vector(found.gl_pathv[i]);

		check(v, found.gl_pathv[i]);
		free(v);
	}
	globfree(&found);
}

static void
is_valid(struct vector *v, const char *path)
{
	if (play(v) != (ptrdiff_t)v->len)
		fail_msg("%s: not used up", path);
	assert_string_equal(v->got, v->want);
}

static void
is_invalid(struct vector *v, const char *path)
{
	if (play(v) != -1)
		fail_msg("%s: accepted", path);
	assert_string_equal(v->got, "");
}

static void
needs_more(struct vector *v, const char *path)
{
	const ptrdiff_t n = play(v);

	if (n < 0 || n >= (ptrdiff_t)v->len)
		fail_msg("%s: used %td of %zu", path, n, v->len);
	assert_string_equal(v->got, "");
}

static void
valid_streams_give_the_expected_lines(void **state)
{
	(void)state;
	each("valid", is_valid);
}

static void
invalid_streams_are_refused_without_a_record(void **state)
{
	(void)state;
	each("invalid", is_invalid);
}

static void
cut_streams_need_more(void **state)
{
	(void)state;
	each("need-more", needs_more);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_streams_give_the_expected_lines),
		cmocka_unit_test(invalid_streams_are_refused_without_a_record),
		cmocka_unit_test(cut_streams_need_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
