/* SPDX-License-Identifier: BSD-3-Clause */
/* Who speaks first: telling old peers, v1 and text sessions apart. */
#ifndef WIRE_SESS_H_
#define WIRE_SESS_H_

#include <stddef.h>
#include <stdint.h>

#define SESS_LEGACY_WAIT_MS   500  /* agent: silence that means "old" */
#define SESS_HELLO_TIMEOUT_MS 5000 /* either end: HELLO must be whole */
#define SESS_SILENCE_MS       3000 /* collector: an old agent never waits so */

enum sess_state {
	SESS_WAIT,   /* connected, nothing known */
	SESS_HELLO,  /* v1: magic seen, HELLO not yet whole */
	SESS_OPEN,   /* v1: both HELLOs exchanged */
	SESS_LEGACY, /* 28-octet records */
	SESS_TEXT,   /* text lines */
	SESS_ENDING, /* BYE sent or received: drain, then close */
	SESS_CLOSED
};

enum sess_event {
	SESS_EV_MAGIC,    /* first octets are those of v1 */
	SESS_EV_OLD,      /* collector: they begin an old record */
	SESS_EV_TEXT,     /* agent: the line TEXT */
	SESS_EV_ALIEN,    /* none of these, or TLS where there is none */
	SESS_EV_SILENCE,  /* the wait of this end passed without an octet */
	SESS_EV_HELLO,    /* HELLO whole, valid, answered */
	SESS_EV_REFUSED,  /* HELLO unsupported: BYE is queued */
	SESS_EV_TIMEOUT,  /* HELLO or a live sign did not come in time */
	SESS_EV_PROTOCOL, /* the peer broke a rule */
	SESS_EV_BYE,      /* BYE received, or our own queued */
	SESS_EV_EOF       /* connection gone, or drained after SESS_ENDING */
};

/* Which end we are: the two read first octets differently. */
enum sess_end { SESS_AGENT, SESS_COLLECTOR };

extern const char *const sess_state_name[];
extern const char *const sess_event_name[];

/**
 * sess_step(end, at, why):
 * Return the state that follows ${at} at end ${end} when ${why} happens.
 * Pure.  An event that has no place in ${at} leads to SESS_CLOSED.
 */
enum sess_state sess_step(
    enum sess_end end, enum sess_state at, enum sess_event why);

/**
 * sess_sniff(end, buf, len, ret_ev):
 * Judge the first octets that the peer sent.  Returns 1 with ${ret_ev} set
 * (MAGIC, OLD, TEXT or ALIEN), or 0 when more are needed: at most 8.
 */
int sess_sniff(
    enum sess_end end, const uint8_t *buf, size_t len, enum sess_event *ret_ev);

#endif
