/* SPDX-License-Identifier: BSD-3-Clause */
/* Who speaks first: telling old peers, v1 and text sessions apart. */
#include "wire/sess.h"

#include <string.h>

#include "wire/bytes.h"
#include "wire/hello.h"

#define TEXT_LINE "TEXT\n"
#define TEXT_LEN  5

const char *const sess_state_name[] = {
	[SESS_WAIT] = "wait",
	[SESS_HELLO] = "hello",
	[SESS_OPEN] = "open",
	[SESS_LEGACY] = "legacy",
	[SESS_TEXT] = "text",
	[SESS_ENDING] = "ending",
	[SESS_CLOSED] = "closed",
};

const char *const sess_event_name[] = {
	[SESS_EV_MAGIC] = "v1 magic",
	[SESS_EV_OLD] = "old record",
	[SESS_EV_TEXT] = "TEXT line",
	[SESS_EV_ALIEN] = "unknown first octets",
	[SESS_EV_SILENCE] = "silence",
	[SESS_EV_HELLO] = "HELLO",
	[SESS_EV_REFUSED] = "HELLO refused",
	[SESS_EV_TIMEOUT] = "timeout",
	[SESS_EV_PROTOCOL] = "protocol error",
	[SESS_EV_BYE] = "BYE",
	[SESS_EV_EOF] = "end of connection",
};

static enum sess_state
step_wait(enum sess_end end, enum sess_event why)
{
	if (why == SESS_EV_MAGIC)
		return SESS_HELLO;
	if (why == SESS_EV_OLD && end == SESS_COLLECTOR)
		return SESS_LEGACY;
	if (why == SESS_EV_TEXT && end == SESS_AGENT)
		return SESS_TEXT;
	if (why == SESS_EV_SILENCE && end == SESS_AGENT)
		return SESS_LEGACY;
	/* An agent that ends before anybody spoke in v1 has no BYE to say. */
	return SESS_CLOSED;
}

static enum sess_state
step_hello(enum sess_event why)
{
	if (why == SESS_EV_HELLO)
		return SESS_OPEN;
	/* A HELLO that breaks a rule, and an end of ours, are told by BYE. */
	if (why == SESS_EV_REFUSED || why == SESS_EV_PROTOCOL ||
	    why == SESS_EV_TIMEOUT || why == SESS_EV_BYE)
		return SESS_ENDING;
	return SESS_CLOSED;
}

static enum sess_state
step_open(enum sess_event why)
{
	if (why == SESS_EV_BYE || why == SESS_EV_PROTOCOL ||
	    why == SESS_EV_TIMEOUT)
		return SESS_ENDING;
	return SESS_CLOSED;
}

enum sess_state
sess_step(enum sess_end end, enum sess_state at, enum sess_event why)
{
	switch (at) {
	case SESS_WAIT:
		return step_wait(end, why);
	case SESS_HELLO:
		return step_hello(why);
	case SESS_OPEN:
		return step_open(why);
	case SESS_LEGACY:
	case SESS_TEXT:
	case SESS_ENDING:
		/* No BYE in these formats, but what is queued still goes. */
		return why == SESS_EV_BYE ? SESS_ENDING : SESS_CLOSED;
	case SESS_CLOSED:
		break;
	}
	return SESS_CLOSED;
}

/*
 * An old agent's first octets are a time: seconds, then microseconds below a
 * million.  The magic, read so, has more than that.
 */
static int
sniff_agent(const uint8_t *buf, size_t len, enum sess_event *ret_ev)
{
	if (len < 8)
		return 0;
	*ret_ev = get_be32(buf) != 0 && get_be32(buf + 4) < 1000000
		      ? SESS_EV_OLD
		      : SESS_EV_ALIEN;
	return 1;
}

static int
sniff_collector(const uint8_t *buf, size_t len, enum sess_event *ret_ev)
{
	const size_t n = len < TEXT_LEN ? len : TEXT_LEN;

	if (memcmp(buf, TEXT_LINE, n) != 0) {
		*ret_ev = SESS_EV_ALIEN;
		return 1;
	}
	*ret_ev = SESS_EV_TEXT;
	return n == TEXT_LEN;
}

int
sess_sniff(
    enum sess_end end, const uint8_t *buf, size_t len, enum sess_event *ret_ev)
{
	const size_t n = len < HELLO_MAGIC_LEN ? len : HELLO_MAGIC_LEN;

	if (len == 0)
		return 0;
	if (memcmp(buf, HELLO_MAGIC, n) == 0) {
		*ret_ev = SESS_EV_MAGIC;
		return n == HELLO_MAGIC_LEN;
	}
	if (end == SESS_COLLECTOR)
		return sniff_agent(buf, len, ret_ev);
	return sniff_collector(buf, len, ret_ev);
}
