/* SPDX-License-Identifier: BSD-3-Clause */
/* MGEN flows, and the places that saw each of them. */
#ifndef COLLECTOR_MGENTAB_H_
#define COLLECTOR_MGENTAB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/mgendelay.h"
#include "collector/mgenpath.h"
#include "collector/mgenseq.h"
#include "collector/mgenwait.h"
#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

struct mgentab_key {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint16_t sport, dport;
	uint32_t flow;
	uint8_t ipver, proto;
	uint16_t none; /* 0: no octet is padding, keys are compared whole */
};

/* Where a packet was seen, and what it was there (enum obs_role). */
struct mgentab_place {
	const struct sink_src *src;
	uint16_t iface;
	uint8_t role;
};

/* What is known of the clock of a place, in a span of time; begins as zeroes. */
struct mgentab_clock {
	bool known;
	int64_t low, high; /* its offset was between these, ns */
	bool fixed;        /* times are put right, all of them: */
	int64_t apart_ns;  /* so far they may be from the truth */
	bool bounded;      /* and so are transmit times; of delays: */
	int64_t bound_ns;  /* so far they may be from the truth */
};

/* What one place saw in a span of time. */
struct mgentab_count {
	uint64_t packets, octets; /* all of the flow, fragments included */
	uint64_t messages;        /* with a header that can be read */
	uint64_t advance;         /* sent: by how much numbers went on */
	uint64_t received;        /* each once */
	uint64_t duplicated, reordered, late, stray, restarts;
	struct mgendelay delay; /* of those received whose header was seen */
	wall_t first, last;     /* times of packets */
	struct mgentab_clock clock;
};

/* The message under way at a place, as collector/mgenlog.h needs it. */
struct mgentab_msg {
	bool known;     /* .seq and .tx are those of the last message */
	bool under_way; /* its parts may still come */
	uint8_t flags;  /* MGEN's: not the last, the last of several parts */
	uint32_t seq;
	wall_t first_tx, tx; /* of all its parts, of the present one */
	wall_t last;         /* packet */
	uint64_t octets;     /* of the present part, or of all */
};

/* One flow at one place. */
struct mgentab_point {
	struct mgentab_point *next;           /* private */
	STAILQ_ENTRY(mgentab_point) of_flow;  /* in the order they came */
	TAILQ_ENTRY(mgentab_point) under_way; /* for the user, as all below */
	struct mgentab_flow *flow;
	struct mgentab_place at;
	int place;                  /* in .flow->path, -1: not there */
	struct mgentab_point *node; /* the first point of the same node */
	bool is_open;               /* .now is about .second */
	int64_t second;             /* since 1970 */
	struct mgentab_count now, total;
	struct mgenseq seq;
	uint32_t held;        /* the message that .seq holds */
	wall_t held_at[2];    /* when it was sent, and came */
	struct mgenwait wait; /* delays, for the sender's clock */
	bool alone; /* that is not known: delays are left as they are */
	struct mgendelay_jitter jitter;
	struct mgendelay_sketch sketch;
	struct mgentab_msg msg;
	void *of_node; /* what the user keeps of the node */
};

struct mgentab_flow {
	struct mgentab_key key;
	struct mgentab_flow *next; /* private */
	TAILQ_ENTRY(mgentab_flow) born, used;
	STAILQ_HEAD(, mgentab_point) points;
	struct mgenpath *path; /* of those not overheard; NULL: no room */
	bool partial;          /* .path lacks places for want of room */
	wall_t untold; /* the user's: hops of messages sent from here on */
	const struct sink_src *sender; /* whose clock is known; NULL: not yet */
};

struct mgentab {
	struct hash_key key;
	struct mgentab_flow **flows;
	struct mgentab_point **points;
	size_t chains;                   /* of each, a power of two */
	size_t n, max;                   /* points */
	size_t room;                     /* blocks for sketches that are left */
	size_t path_room;                /* octets for paths that are left */
	TAILQ_HEAD(, mgentab_flow) born; /* in the order they began */
	TAILQ_HEAD(, mgentab_flow) used; /* the last one was used last */
};

/* How large it may become. */
struct mgentab_room {
	size_t points; /* > 0 */
	size_t blocks; /* of 4 KiB, for percentiles */
	size_t paths;  /* octets, for messages seen at several places */
};

/**
 * mgentab_init(t, room, key):
 * Make ${t} an empty table, hashed with ${key}.  Returns 0, or -1 with errno.
 */
int mgentab_init(struct mgentab *t, const struct mgentab_room *room,
    const struct hash_key *key);

/**
 * mgentab_node(at):
 * Return the name of the node that ${at} is in.
 */
const char *mgentab_node(const struct mgentab_place *at);

/**
 * mgentab_key_of(k):
 * Return the key of the flow that the packet ${k} belongs to.
 */
struct mgentab_key mgentab_key_of(const struct obs_pkt *k);

/**
 * mgentab_find(t, key, at):
 * Return the flow ${key} at the place ${at}, or NULL; it is the last used now.
 */
struct mgentab_point *mgentab_find(struct mgentab *t,
    const struct mgentab_key *key, const struct mgentab_place *at);

/**
 * mgentab_add(t, key, at):
 * Return a new point, which mgentab_find did not find; all about it is 0.  NULL
 * with errno without memory, or when there are as many as may be: remove a flow
 * before.
 */
struct mgentab_point *mgentab_add(struct mgentab *t,
    const struct mgentab_key *key, const struct mgentab_place *at);

/**
 * mgentab_remove(t, f):
 * Free ${f} and its points.
 */
void mgentab_remove(struct mgentab *t, struct mgentab_flow *f);

/**
 * mgentab_done(t):
 * Free what ${t} holds.
 */
void mgentab_done(struct mgentab *t);

#endif
