/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fstrm -lfstrm */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fstrm.h"
#include "tests/unit/guard.h"
#include "tests/unit/stored.h"

#define TYPE     "protobuf:dnstap.Dnstap"
#define FIELD(t) "\0\0\0\1\0\0\0\x16" t
#define OTHER    "\0\0\0\1\0\0\0\4none"
#define READY    "\0\0\0\0\0\0\0\x22\0\0\0\4" FIELD(TYPE)
#define ACCEPT   "\0\0\0\0\0\0\0\x22\0\0\0\1" FIELD(TYPE)
#define START    "\0\0\0\0\0\0\0\x22\0\0\0\2" FIELD(TYPE)
#define STOP     "\0\0\0\0\0\0\0\4\0\0\0\3"
#define FINISH   "\0\0\0\0\0\0\0\4\0\0\0\5"
#define DATA     "\0\0\0\3abc"
#define MAX      16

/* What came out of a stream, a letter for each frame, and what was answered. */
struct result {
	char seen[64];
	char reply[256];
	size_t reply_len;
	enum fstrm_why why;
};

static void
take_some(struct fstrm *f, struct result *r, const uint8_t *p, size_t len,
    size_t *used)
{
	static const char letter[] = { [FSTRM_WHAT_NOTHING] = 'r',
		[FSTRM_WHAT_START] = 's',
		[FSTRM_WHAT_DATA] = 'd',
		[FSTRM_WHAT_STOP] = 'e' };
	struct fstrm_frame frame;
	ptrdiff_t n;

	while ((n = fstrm_take(f, &frame, guard_put(p + *used, len - *used),
		    len - *used)) > 0) {
		r->seen[strlen(r->seen)] = letter[frame.what];
		if (frame.what == FSTRM_WHAT_DATA) {
			assert_int_equal(frame.len, 3);
			assert_memory_equal(frame.data, "abc", 3);
		}
		memcpy(r->reply + r->reply_len, f->reply, f->reply_len);
		r->reply_len += f->reply_len;
		f->reply_len = 0;
		*used += (size_t)n;
	}
	if (n < 0)
		r->why = f->why;
}

/* Hand over the stream up to ${cut}, then the rest. */
static void
run(struct result *r, const void *stream, size_t len, size_t cut)
{
	struct fstrm f;
	size_t used = 0;

	memset(r, 0, sizeof(*r));
	assert_int_equal(fstrm_init(&f, MAX), 0);
	take_some(&f, r, stream, cut, &used);
	take_some(&f, r, stream, len, &used);
	assert_int_equal(f.state == FSTRM_BROKEN, r->why != FSTRM_WHY_NONE);
	fstrm_done(&f);
}

static void
gives(const char *stream, size_t len, const char *seen, enum fstrm_why why)
{
	struct result r;

	for (size_t cut = 0; cut <= len; cut++) {
		run(&r, stream, len, cut);
		assert_string_equal(r.seen, seen);
		assert_int_equal(r.why, why);
	}
}
#define GIVES(stream, seen, why) gives(stream, sizeof(stream) - 1, seen, why)

static void
a_stream_may_be_cut_anywhere(void **state)
{
	static const char both[] = READY START DATA DATA STOP;
	static const char want[] = ACCEPT FINISH;
	struct result r;

	(void)state;
	GIVES(READY START DATA DATA STOP, "rsdde", FSTRM_WHY_NONE);
	GIVES(START DATA STOP, "sde", FSTRM_WHY_NONE);
	run(&r, both, sizeof(both) - 1, 0);
	assert_int_equal(r.reply_len, sizeof(want) - 1);
	assert_memory_equal(r.reply, want, sizeof(want) - 1);
	run(&r, START DATA STOP, sizeof(START DATA STOP) - 1, 0);
	assert_int_equal(r.reply_len, 0);
}

static void
our_content_type_may_be_any_of_those_offered(void **state)
{
	(void)state;
	GIVES("\0\0\0\0\0\0\0\x2e\0\0\0\4" OTHER FIELD(TYPE) START, "rs",
	    FSTRM_WHY_NONE);
	/* none is any */
	GIVES("\0\0\0\0\0\0\0\4\0\0\0\4"
	      "\0\0\0\0\0\0\0\4\0\0\0\2" DATA,
	    "rsd", FSTRM_WHY_NONE);
	GIVES("\0\0\0\0\0\0\0\x10\0\0\0\4" OTHER, "", FSTRM_WHY_CONTENT);
	GIVES("\0\0\0\0\0\0\0\x10\0\0\0\2" OTHER, "", FSTRM_WHY_CONTENT);
	GIVES(READY "\0\0\0\0\0\0\0\x10\0\0\0\2" OTHER, "r", FSTRM_WHY_CONTENT);
}

static void
data_before_start_are_refused_at_their_length(void **state)
{
	(void)state;
	GIVES(DATA, "", FSTRM_WHY_EARLY);
	GIVES("\0\0\0\1", "", FSTRM_WHY_EARLY);
	GIVES(READY "\0\0\0\1", "r", FSTRM_WHY_EARLY);
}

static void
control_frames_come_in_their_turn(void **state)
{
	(void)state;
	GIVES(READY READY, "r", FSTRM_WHY_ORDER);
	GIVES(START START, "s", FSTRM_WHY_ORDER);
	GIVES(START READY, "s", FSTRM_WHY_ORDER);
	GIVES(STOP, "", FSTRM_WHY_ORDER);
	GIVES(READY STOP, "r", FSTRM_WHY_ORDER);
	GIVES(ACCEPT, "", FSTRM_WHY_ORDER);
	GIVES(FINISH, "", FSTRM_WHY_ORDER);
	GIVES(START FINISH, "s", FSTRM_WHY_ORDER);
}

static void
a_control_frame_has_4_to_512_octets(void **state)
{
	(void)state;
	GIVES("\0\0\0\0\0\0\0\0", "", FSTRM_WHY_CONTROL_LENGTH);
	GIVES("\0\0\0\0\0\0\0\3", "", FSTRM_WHY_CONTROL_LENGTH);
	GIVES("\0\0\0\0\0\0\2\1", "", FSTRM_WHY_CONTROL_LENGTH);
	GIVES("\0\0\0\0\xff\xff\xff\xff", "", FSTRM_WHY_CONTROL_LENGTH);
	GIVES("\0\0\0\0\0\0\0\4\0\0\0\x63", "", FSTRM_WHY_CONTROL);
	GIVES("\0\0\0\0\0\0\0\5\0\0\0\3x", "", FSTRM_WHY_CONTROL);
	/* a field that is longer than the frame */
	GIVES(
	    "\0\0\0\0\0\0\0\xc\0\0\0\4\0\0\0\1\0\0\0\1", "", FSTRM_WHY_CONTROL);
}

static void
a_data_frame_above_the_limit_is_refused_at_its_length(void **state)
{
	(void)state;
	GIVES(START "\0\0\0\x11", "s", FSTRM_WHY_TOO_LONG);
	GIVES(START "\x7f\xff\xff\xff", "s", FSTRM_WHY_TOO_LONG);
	GIVES(START "\0\0\0\x10more", "s", FSTRM_WHY_NONE);
}

static void
nothing_is_taken_after_stop(void **state)
{
	(void)state;
	GIVES(START STOP DATA, "se", FSTRM_WHY_NONE);
	GIVES(START STOP START, "se", FSTRM_WHY_NONE);
}

static void
the_head_tells_how_much_is_wanted(void **state)
{
	const uint8_t data[] = { 0, 1, 0, 0 };
	const uint8_t control[] = { 0, 0, 0, 0, 0, 0, 0, 9 };

	(void)state;
	assert_int_equal(fstrm_want(data, 3), 4);
	assert_int_equal(fstrm_want(data, 4), 65540);
	assert_int_equal(fstrm_want(control, 4), 8);
	assert_int_equal(fstrm_want(control, 8), 17);
}

/* The data frames of a stored stream, cut at every octet. */
static void
a_stored_stream_may_be_cut_anywhere(void **state)
{
	struct fstrm_frame frame;
	struct stored t;

	(void)state;
	assert_true(stored_load(&t, "tests/golden/dnstap/own__unbound.fstrm"));
	for (size_t cut = 0; cut <= t.len; cut++) {
		size_t at = 0, end = cut, n = 0;
		struct fstrm f;
		ptrdiff_t k;

		assert_int_equal(fstrm_init(&f, 65536), 0);
		do {
			k = fstrm_take(&f, &frame, t.data + at, end - at);
			assert_true(k >= 0);
			at += (size_t)k;
			n += frame.what == FSTRM_WHAT_DATA;
			if (k == 0 && end < t.len) {
				end = t.len;
				k = 1;
			}
		} while (k > 0);
		assert_int_equal(n, 22);
		assert_int_equal(at, t.len);
		fstrm_done(&f);
	}
	free(t.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_may_be_cut_anywhere),
		cmocka_unit_test(our_content_type_may_be_any_of_those_offered),
		cmocka_unit_test(data_before_start_are_refused_at_their_length),
		cmocka_unit_test(control_frames_come_in_their_turn),
		cmocka_unit_test(a_control_frame_has_4_to_512_octets),
		cmocka_unit_test(
		    a_data_frame_above_the_limit_is_refused_at_its_length),
		cmocka_unit_test(nothing_is_taken_after_stop),
		cmocka_unit_test(the_head_tells_how_much_is_wanted),
		cmocka_unit_test(a_stored_stream_may_be_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
