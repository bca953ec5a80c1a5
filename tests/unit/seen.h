/* SPDX-License-Identifier: BSD-3-Clause */
/* What a dnstap input hands on, as letters and sums, for tests. */
#ifndef TESTS_SEEN_H_
#define TESTS_SEEN_H_

#include <string.h>

#include "agent/count.h"
#include "wire/obs.h"

/* All that was handed on: a letter each, and numbers of some. */
struct seen {
	char what[512]; /* Up, Down, answer, alive (l), loss (-) */
	size_t n;
	uint64_t lost;
	uint32_t conn;
	wall_t up, down;
};

/* A tapsink_fn that adds to the struct seen ${arg}. */
static inline void
seen_put(void *arg, const struct obs *o)
{
	static const char letter[] = { [OBS_DNS_ANSWER] = 'a',
		[OBS_DNS_UP] = 'U',
		[OBS_DNS_DOWN] = 'D',
		[OBS_DNS_ALIVE] = 'l' };
	struct seen *s = arg;

	assert_true(s->n + 1 < sizeof(s->what));
	if (o->kind == OBS_LOSS) {
		assert_int_equal(o->loss.reason, OBS_LOSS_DNSTAP);
		s->lost += o->loss.count;
		s->what[s->n++] = '-';
		return;
	}
	assert_int_equal(o->kind, OBS_DNS);
	assert_non_null(o->dns.resolver);
	s->what[s->n++] = letter[o->dns.what];
	s->conn = o->dns.conn;
	if (o->dns.what == OBS_DNS_UP)
		s->up = o->time;
	if (o->dns.what == OBS_DNS_DOWN)
		s->down = o->time;
}

static inline size_t
seen_letters(const struct seen *s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->what[i] == c;
	return n;
}

#endif
