/* SPDX-License-Identifier: BSD-3-Clause */
/* An agent in memory, the session with it, and an output that remembers. */
#ifndef TESTS_UNIT_TALK_H_
#define TESTS_UNIT_TALK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/session.h"
#include "wire/enc.h"
#include "wire/frame.h"

#define TALK_WALL ((wall_t){ 1700000000 * MONO_NS_PER_S })

/* What came out; packets are checked against what talk_records makes. */
extern struct talk_out {
	struct sink sink;
	uint64_t pkts, hosts, losses;
	uint64_t next; /* number after the last packet */
	wall_t last;   /* time of what came last */
} talk_out;

/* The agent, and what it has said since talk_feed. */
extern struct talk_agent {
	uint8_t data[1 << 20];
	size_t len;
	wall_t clock; /* for HELLO */
	struct hello h;
	struct enc *enc;
} talk_agent;

extern struct source *talk_src;
extern struct session_env talk_env;
extern struct session *talk_sess;
extern bool talk_welcome; /* whether unknown agents are */
extern int64_t talk_late; /* ns since 1 s and TALK_WALL */

void talk_say(const void *data, size_t len);
void talk_frame(enum frame_type type, const uint8_t *body, size_t len);

/**
 * talk_hello(id, seq):
 * The agent begins a stream with this first octet of its id, whose next
 * record is ${seq}.
 */
void talk_hello(uint8_t id, uint64_t seq);

/**
 * talk_record_at(time):
 * The agent sees a packet; talk_records(0) sends it.
 */
void talk_record_at(wall_t time);

/**
 * talk_records(n):
 * The agent sees and sends ${n} packets at TALK_WALL.
 */
void talk_records(unsigned int n);
void talk_bye(enum ctl_bye why);

mono_t talk_at(double seconds);

/**
 * talk_feed(piece):
 * All that the agent said arrives in pieces, at 1 s and TALK_WALL, and
 * talk_late; talk_tick is at the same time.
 */
enum sess_state talk_feed(size_t piece);
enum sess_state talk_tick(void);

/**
 * talk_heard(ret_h, ret_frames, max):
 * Take what the session says: HELLO into ${ret_h}, and return the octets of
 * the rest.
 */
size_t talk_heard(struct hello *ret_h, uint8_t *ret_frames, size_t max);

/**
 * talk_said(type, ret_f):
 * Find the last frame of a type that the session says, behind its HELLO;
 * talk_says: behind what was taken before.
 */
bool talk_said(enum frame_type type, struct frame *ret_f);
bool talk_says(enum frame_type type, struct frame *ret_f);
void talk_assert_bye(enum ctl_bye why);

/**
 * talk_begin(s):
 * A session begins, at 0 s; talk_end ends it.
 */
void talk_begin(struct source *s);
void talk_end(void);

int talk_setup(void **state);
int talk_teardown(void **state);

#endif
