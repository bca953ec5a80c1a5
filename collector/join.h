/* SPDX-License-Identifier: BSD-3-Clause */
/* One packet, seen at several places: records with equal digests are joined. */
#ifndef COLLECTOR_JOIN_H_
#define COLLECTOR_JOIN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

#define JOIN_SEEN_MAX 256 /* records of one packet, and of its copies */

/* One record of the packet. */
struct join_seen {
	wall_t time;
	const struct sink_src *src;
	uint32_t next; /* private */
	uint16_t iface;
	uint8_t role, ttl;
};

/* What is the same at all places. */
struct join_key {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint32_t digest, len;
	uint16_t sport, dport;
	uint8_t ipver, proto, frag;
	uint8_t none; /* 0: no octet is padding, keys are compared whole */
};

/*
 * A packet.  When packets with equal contents follow each other within the
 * window, they are .copies of one; that is the most that any place saw.  When
 * they do not end there, they are .mixed with others: what is lost of these may
 * have been filled up with what came after it.
 */
struct join_packet {
	struct join_key
	    key; /* of a later fragment: as far as any place knows */
	unsigned int copies;
	bool mixed;
	unsigned int n;
	const struct join_seen *seen; /* in the order of the path, then time */
};

/* Valid during the call. */
typedef void join_fn(void *arg, const struct join_packet *p);

struct join_conf {
	int64_t window_ns;   /* between the first and last place of a packet */
	size_t packets;      /* waited for at once */
	struct hash_key key; /* for the table */
	join_fn *emit;
	void *arg;
};

struct join_count {
	uint64_t
	    early; /* packets given up before their time, for want of room */
	uint64_t late; /* records whose packet was over */
};

struct join;

/**
 * join_new(conf):
 * Return a table without packets (${conf} is copied), or NULL with errno.
 */
struct join *join_new(const struct join_conf *conf);

/**
 * join_put(j, src, time, k):
 * ${src} saw ${k}, which has a digest.  Records of one ${src} should come in
 * the order of time, half a second more or less.  Returns false when it comes
 * too late to be joined.  ${src} must outlive ${j}.
 */
bool join_put(struct join *j, const struct sink_src *src, wall_t time,
    const struct obs_pkt *k);

/**
 * join_until(j, done):
 * All records before ${done} came: emit the packets that no record can join any
 * more, in the order in which they were first heard of.
 */
void join_until(struct join *j, wall_t done);

/**
 * join_flush(j):
 * Emit all packets; what comes then may be of any time.
 */
void join_flush(struct join *j);

struct join_count join_counted(const struct join *j);

/**
 * join_free(j):
 * Free ${j} without emitting; NULL is fine.
 */
void join_free(struct join *j);

#endif
