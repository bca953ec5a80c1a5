/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/sess */
/* First octets: a judgement never changes; any events lead somewhere. */
#include <stdbool.h>
#include <stdlib.h>

#include "wire/sess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_sniff(enum sess_end end, const uint8_t *data, size_t size)
{
	enum sess_event first = SESS_EV_EOF;
	enum sess_event ev = SESS_EV_EOF;
	bool known = false;

	for (size_t n = 0; n <= size && n < 32; n++) {
		const int got = sess_sniff(end, data, n, &ev);

		if ((got != 0 && got != 1) || (n >= 8 && got == 0))
			abort();
		if (known && (got == 0 || ev != first))
			abort();
		if (got == 1 && !known) {
			known = true;
			first = ev;
		}
	}
}

static void
check_steps(enum sess_end end, const uint8_t *data, size_t size)
{
	enum sess_state at = SESS_WAIT;

	for (size_t i = 0; i < size; i++) {
		const enum sess_event why =
		    (enum sess_event)(data[i] % (SESS_EV_EOF + 1));
		const enum sess_state to = sess_step(end, at, why);

		if (to > SESS_CLOSED || (at == SESS_CLOSED && to != at) ||
		    (why == SESS_EV_EOF && to != SESS_CLOSED))
			abort();
		at = to;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_sniff(SESS_AGENT, data, size);
	check_sniff(SESS_COLLECTOR, data, size);
	check_steps(SESS_AGENT, data, size);
	check_steps(SESS_COLLECTOR, data, size);
	return 0;
}
