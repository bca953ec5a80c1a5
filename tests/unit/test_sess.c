/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/sess */
/* Tests of who speaks first: the whole table, and every split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"
#include "wire/sess.h"

#define EVENTS (SESS_EV_EOF + 1)

/*
 * What follows a state for an event, one letter each: wait, hello, open,
 * legacy, text, ending, closed.  The order of the columns is that of the
 * events: magic old text alien silence HELLO refused timeout protocol BYE EOF.
 */
static const char letter[] = "wholtec";
static const char *const agent[] = {
	[SESS_WAIT] = "hctclcccccc",
	[SESS_HELLO] = "cccccoeeeec",
	[SESS_OPEN] = "ccccccceeec",
	[SESS_LEGACY] = "cccccccccec",
	[SESS_TEXT] = "cccccccccec",
	[SESS_ENDING] = "cccccccccec",
	[SESS_CLOSED] = "ccccccccccc",
};
static const char *const collector_wait = "hlccccccccc";

static void
every_state_has_an_answer_to_every_event(void **state)
{
	(void)state;
	for (int at = SESS_WAIT; at <= SESS_CLOSED; at++) {
		assert_int_equal(strlen(agent[at]), EVENTS);
		for (int why = 0; why < EVENTS; why++) {
			const char *want =
			    at == SESS_WAIT ? collector_wait : agent[at];

			assert_int_equal(
			    letter[sess_step(SESS_AGENT, (enum sess_state)at,
				(enum sess_event)why)],
			    agent[at][why]);
			assert_int_equal(
			    letter[sess_step(SESS_COLLECTOR,
				(enum sess_state)at, (enum sess_event)why)],
			    want[why]);
		}
	}
}

static void
states_and_events_have_names(void **state)
{
	(void)state;
	for (int at = SESS_WAIT; at <= SESS_CLOSED; at++)
		assert_int_equal(sess_state_name[at][0], letter[at]);
	for (int why = 0; why < EVENTS; why++)
		assert_non_null(sess_event_name[why]);
}

/* Octets, what each end makes of them, and how many it needs for that. */
static const struct {
	const char *octets;
	enum sess_event agent, collector;
	size_t agent_at, collector_at;
} firsts[] = {
	{ HELLO_MAGIC, SESS_EV_MAGIC, SESS_EV_MAGIC, 8, 8 },
	{ "TEXT\n123", SESS_EV_TEXT, SESS_EV_ALIEN, 5, 8 },
	{ "TEXT\r\n1", SESS_EV_ALIEN, SESS_EV_ALIEN, 5, 8 },
	{ "\x16\3\1\2\xff\1\0\1", SESS_EV_ALIEN, SESS_EV_ALIEN, 1, 8 },
	{ "GET / HT", SESS_EV_ALIEN, SESS_EV_ALIEN, 1, 8 },
	{ "\xf0PMS\r\n\x1a\r", SESS_EV_ALIEN, SESS_EV_ALIEN, 8, 8 },
	{ "\xf0PMX\0\0\0\0", SESS_EV_ALIEN, SESS_EV_OLD, 4, 8 },
	/* 1700000000 s, 999999 us; 1000000 us; 0 s */
	{ "\x65\x53\xf1\0\0\x0f\x42\x3f", SESS_EV_ALIEN, SESS_EV_OLD, 1, 8 },
	{ "\x65\x53\xf1\0\0\x0f\x42\x40", SESS_EV_ALIEN, SESS_EV_ALIEN, 1, 8 },
	{ "\0\0\0\0\0\0\0\1", SESS_EV_ALIEN, SESS_EV_ALIEN, 1, 8 },
};

static void
sniff(enum sess_end end, const char *octets, enum sess_event want, size_t at)
{
	for (size_t n = 0; n <= 8; n++) {
		enum sess_event ev = SESS_EV_EOF;
		const int got =
		    sess_sniff(end, (const uint8_t *)octets, n, &ev);

		assert_int_equal(got, n >= at);
		if (got == 1)
			assert_int_equal(ev, want);
	}
}

static void
first_octets_are_judged_alike_at_every_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		sniff(SESS_AGENT, firsts[i].octets, firsts[i].agent,
		    firsts[i].agent_at);
		sniff(SESS_COLLECTOR, firsts[i].octets, firsts[i].collector,
		    firsts[i].collector_at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_an_answer_to_every_event),
		cmocka_unit_test(states_and_events_have_names),
		cmocka_unit_test(first_octets_are_judged_alike_at_every_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
