/* SPDX-License-Identifier: BSD-3-Clause */
/* One collector's connection: who speaks first, what is sent, how it ends. */
#ifndef AGENT_PUBPEER_H_
#define AGENT_PUBPEER_H_

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "agent/count.h"
#include "agent/pubfeed.h"
#include "agent/pubq.h"
#include "base/conn.h"
#include "base/gate.h"
#include "base/lograte.h"
#include "base/net.h"
#include "wire/ctl.h"
#include "wire/sess.h"

/* What the connections of one publisher share. */
struct pubshare {
	struct ev_loop *loop;
	struct count *count;
	struct gate *gate;
	struct pubfeed_env feed;
	uint8_t *chunk;          /* where frames are on their way to a queue */
	size_t chunk_size;       /* the largest frame fits */
	enum line_format format; /* of text sessions */
	size_t queue;            /* octets that may wait for one */
	unsigned int legacy_wait_ms; /* silence of an old one; 0: not served */
	wall_t newest;               /* time of the newest observation */
	struct lograte bad, moves;   /* messages about who is bad, who comes */
	struct ctl_stats last;       /* figures, once there will be no others */
};

struct pubpeer {
	LIST_ENTRY(pubpeer) link;
	struct pubshare *share;
	void *dial; /* who dialled; NULL when it connected to us */
	char name[NET_NAME_MAX];
	char who[PUBAWAY_WHO_MAX]; /* to know it again: id, or host and node */
	struct net_addr from;
	bool counted; /* .from is, by the publisher */
	int fd;
	struct conn conn;      /* of .fd */
	enum conn_stage stage; /* of .conn, when we looked last */
	enum sess_state state;
	const char *form;   /* what it gets, in a word */
	bool late;          /* the wait for an old one's silence is over */
	bool told;          /* the log says that it is attached */
	bool half;          /* it sends no more */
	bool ending;        /* BYE as soon as all is sent */
	bool leaving;       /* it took its leave for good, or must not return */
	bool shut;          /* all is sent, nothing follows */
	bool busy;          /* packets went out since the last STATS */
	uint8_t quiet;      /* seconds since the last STATS */
	unsigned int asked; /* frames that came within this second */
	double patience;    /* seconds to wait for an ending one that stalls */
	uint64_t sent;      /* octets */
	struct pubfeed feed;   /* v1 */
	uint64_t lost_counted; /* of what .feed lost */
	struct pubq q;
	ev_io io;
	int polled; /* events of .io */
	ev_timer timer;
	size_t in_len;
	uint8_t in[HELLO_MAX];
};

/**
 * pubpeer_new(share, fd, addr, host):
 * Serve the collector ${addr} on the connected socket ${fd}, which becomes
 * owned; ${host} is the one that we dialled, NULL when it connected to us.
 * Returns NULL with errno, ${fd} still open, on failure.
 */
struct pubpeer *pubpeer_new(struct pubshare *share, int fd,
    const struct net_addr *addr, const char *host);

/**
 * pubpeer_attached(p):
 * Return whether it is known what ${p} wants, and records go to it.
 */
bool pubpeer_attached(const struct pubpeer *p);

/**
 * pubpeer_record(p, o, data, len):
 * Queue the observation ${o}, in the form of this collector (old or text),
 * or count it as lost.
 */
void pubpeer_record(
    struct pubpeer *p, const struct obs *o, const void *data, size_t len);

/**
 * pubpeer_stats(p, s):
 * Call once a second: send ${s} with the figures of ${p} when it is due.
 */
void pubpeer_stats(struct pubpeer *p, const struct ctl_stats *s);

/**
 * pubpeer_flush(p):
 * Send what waits, as far as the socket takes it.  Call it before the loop
 * sleeps.  May end in SESS_CLOSED.
 */
void pubpeer_flush(struct pubpeer *p);

/**
 * pubpeer_end(p, wait):
 * Send what waits and BYE, then close; give up when ${p} reads nothing for
 * ${wait} seconds.
 */
void pubpeer_end(struct pubpeer *p, double wait);

/**
 * pubpeer_waiting(p):
 * Return how many octets wait for ${p}.
 */
uint64_t pubpeer_waiting(const struct pubpeer *p);

/**
 * pubpeer_print(p, fp):
 * Print one line: address, form, and what was sent, waits and was lost.
 */
void pubpeer_print(struct pubpeer *p, FILE *fp);

/**
 * pubpeer_free(p):
 * Close and free; NULL is fine.
 */
void pubpeer_free(struct pubpeer *p);

#endif
