/* SPDX-License-Identifier: BSD-3-Clause */
/* A packet parser for tests, and what it counts. */
#ifndef TESTS_UNIT_PARSE_H_
#define TESTS_UNIT_PARSE_H_

#include <stdbool.h>
#include <stddef.h>

#include "agent/pkt.h"
#include "tests/unit/frames.h"

extern struct count parse_count;
extern struct pkt *parse_pkt;

/* Set-up, for outer or inner packets, and tear-down of a test. */
int parse_start(void **state);
int parse_start_inner(void **state);
int parse_stop(void **state);

#define PARSE_OUTER(f) \
	cmocka_unit_test_setup_teardown(f, parse_start, parse_stop)
#define PARSE_INNER(f) \
	cmocka_unit_test_setup_teardown(f, parse_start_inner, parse_stop)

/**
 * parse_cut(o, f, n):
 * Parse the first ${n} octets of ${f}, which end at a page that cannot be
 * read.  Returns as pkt_parse.
 */
bool parse_cut(struct obs *o, const struct frame *f, size_t n);

/**
 * parse_whole(o, f):
 * The same for all octets of ${f}.
 */
bool parse_whole(struct obs *o, const struct frame *f);

#endif
