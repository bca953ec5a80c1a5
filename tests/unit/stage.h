/* SPDX-License-Identifier: BSD-3-Clause */
/* A publisher on a loop of its own, and clients that are given turns. */
#ifndef TESTS_UNIT_STAGE_H_
#define TESTS_UNIT_STAGE_H_

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/pub.h"
#include "wire/ctl.h"
#include "wire/hello.h"

/* A publisher, its loop, and the end of patience. */
struct stage {
	struct ev_loop *loop;
	struct pub_conf conf;
	struct count count;
	struct iftab *tab;
	struct ident id;
	struct pub *pub;
	ev_timer guard;
};

/* One client, and all that it received. */
struct client {
	int fd;
	bool eof;
	size_t len;
	uint8_t buf[4 << 20];
	uint64_t pkts, gaps, gap_first, host;
	unsigned int hellos, byes, bye_why, pings, stats;
	uint64_t next_seq; /* as the last STATS said */
	struct ctl_time pong;
	unsigned int ifaces;           /* told of */
	struct hello_iface last_iface; /* beyond HELLO */
	uint64_t pkts_at_pong;         /* that had come before it */
};

/* What the next stage is made with: its TLS. */
extern struct tlsctx_conf stage_tls;

/* Set-up and tear-down of a test; *state is the struct stage. */
int stage_make(void **state);
int stage_remove(void **state);

/**
 * stage_connect(s):
 * Return a client of the publisher, with a small buffer; stage_leave frees it.
 */
struct client *stage_connect(const struct stage *s);
void stage_leave(struct client *c);

void stage_say(const struct client *c, const void *data, size_t len);
void stage_say_hello(const struct client *c);

/**
 * stage_listen(c):
 * Take what has arrived.
 */
void stage_listen(struct client *c);

/**
 * stage_turn(s, c):
 * One round of the loop, which does not sleep, and of the client ${c}, which
 * may be NULL.
 */
void stage_turn(struct stage *s, struct client *c);

/* Turns until ${n} clients are attached; until the stream of ${c} ended. */
void stage_wait_attached(struct stage *s, unsigned int n);
void stage_wait_eof(struct stage *s, struct client *c);

/**
 * stage_packet(i):
 * Return the invented packet number ${i}.
 */
struct obs stage_packet(uint32_t i);

/* Publish ${n} of them; or such as are hard to compress, each a new flow. */
void stage_publish(struct stage *s, uint32_t first, uint32_t n);
void stage_publish_noise(struct stage *s, uint32_t first, uint32_t n);

/**
 * stage_decode(c):
 * Decode all that ${c} received, and count it there.
 */
void stage_decode(struct client *c);

#endif
