/* SPDX-License-Identifier: BSD-3-Clause */
/* Flows along their paths: how many packets went from place to place, and when. */
#ifndef COLLECTOR_HOPFLOW_H_
#define COLLECTOR_HOPFLOW_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/join.h"
#include "collector/mgendelay.h"
#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"

#define HOPFLOW_PLACES_MAX 16 /* of one flow */
#define HOPFLOW_EDGES_MAX  32

struct hopflow_key {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint16_t sport, dport;
	uint8_t ipver, proto;
	uint16_t none; /* 0: no octet is padding, keys are compared whole */
};

/*
 * Where packets were seen, and what they were there (enum obs_role).  One that
 * comes by again with a smaller TTL is at another place, with the next .pass.
 */
struct hopflow_at {
	const struct sink_src *src;
	uint16_t iface;
	uint8_t role, pass;
};

enum hopflow_kind {
	HOPFLOW_HOP,  /* from one place of a flow to the next */
	HOPFLOW_END,  /* a place behind which no packet of the flow was seen */
	HOPFLOW_LINK, /* an interface */
	HOPFLOW_NETWORK /* everything */
};

/* What a line says; 0 or NULL where it does not apply. */
struct hopflow_line {
	enum hopflow_kind kind;
	wall_t first, last;
	const struct hopflow_key *key;      /* HOP, END */
	const struct hopflow_at *from, *to; /* to: HOP */
	uint64_t seen;     /* HOP, END: at .from; else all records */
	uint64_t packets;  /* HOP: of them, at .to; END: .seen; LINK: with a */
			   /* digest of the range; NETWORK: each packet once */
	uint64_t octets;   /* of .packets */
	bool counts_lost;  /* .lost means something */
	uint64_t lost;     /* HOP: seen at .from, and nowhere behind it */
	uint64_t repeated; /* HOP: at .to, more often than at .from */
	uint64_t unpaired; /* HOP: of .packets, equal ones not told apart */
	const struct mgendelay *delay; /* HOP */
	struct mgendelay_ranks ranks;  /* of .delay */
	/* LINK, NETWORK */
	uint64_t plain;   /* records that cannot be joined */
	uint64_t late;    /* records that came too late for it */
	uint64_t missing; /* NETWORK: that agents say are lost */
};

/* Valid during the call. */
typedef void hopflow_fn(void *arg, const struct hopflow_line *line);

struct hopflow_place {
	struct hopflow_at at;
	uint64_t packets, octets;
	uint64_t ended; /* seen here for the last time */
};

struct hopflow_edge {
	STAILQ_ENTRY(hopflow_edge) link;
	uint8_t from, to; /* indexes of places */
	uint64_t packets, octets, repeated, unpaired;
	struct mgendelay delay;
	struct mgendelay_sketch sketch;
};

struct hopflow {
	struct hopflow_key key;
	struct hopflow *next; /* private, as all below */
	TAILQ_ENTRY(hopflow) born, used;
	wall_t first, last;
	uint64_t packets;
	bool spreads; /* its packets go to several receivers */
	uint8_t n_places, n_edges;
	uint8_t order[HOPFLOW_PLACES_MAX]; /* along the path */
	struct hopflow_place place[HOPFLOW_PLACES_MAX];
	STAILQ_HEAD(, hopflow_edge) edges;
};

struct hopflow_tab {
	struct hash_key key;
	struct hopflow **chain;
	size_t chains; /* a power of two */
	size_t n, max; /* flows */
	size_t room;   /* blocks for sketches that are left */
	TAILQ_HEAD(, hopflow) born, used;
	hopflow_fn *emit;
	void *arg;
	uint64_t ended_early, unplaced;
};

/**
 * hopflow_init(t, max, blocks, key):
 * Make ${t} an empty table for ${max} flows, > 0, with ${blocks} blocks for their
 * percentiles, hashed with ${key}; the caller sets .emit and .arg.  Returns 0,
 * or -1 with errno.
 */
int hopflow_init(struct hopflow_tab *t, size_t max, size_t blocks,
    const struct hash_key *key);

/**
 * hopflow_put(t, p):
 * Count the packet ${p}.  Lines about the flow that was silent longest are
 * emitted when its flow is one too many.
 */
void hopflow_put(struct hopflow_tab *t, const struct join_packet *p);

/**
 * hopflow_until(t, done, idle_ns, active_ns):
 * All packets before ${done} came: emit lines about flows that were silent for
 * ${idle_ns} and forget them; and about those that go on for ${active_ns}.
 */
void hopflow_until(
    struct hopflow_tab *t, wall_t done, int64_t idle_ns, int64_t active_ns);

/**
 * hopflow_flush(t):
 * Emit what is left, and forget all flows.
 */
void hopflow_flush(struct hopflow_tab *t);

/**
 * hopflow_done(t):
 * Free what ${t} holds.
 */
void hopflow_done(struct hopflow_tab *t);

#endif
