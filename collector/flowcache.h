/* SPDX-License-Identifier: BSD-3-Clause */
/* The flows under way: packets of all agents, both directions, counted. */
#ifndef COLLECTOR_FLOWCACHE_H_
#define COLLECTOR_FLOWCACHE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/dnschain.h"
#include "collector/order.h"
#include "wire/hash.h"
#include "wire/mono.h"

#define FLOWCACHE_POINTS 64 /* observation points kept for one flow */

/* Where the flow's name comes from; see recollect(8). */
enum flow_verdict {
	FLOW_UNKNOWN,   /* no lookup, but one could have been missed */
	FLOW_NONE,      /* no lookup, and none can have been missed */
	FLOW_OWN,       /* the client looked the server up */
	FLOW_AMBIGUOUS, /* it did, under several names */
	FLOW_EXPIRED,   /* it did, but too long ago */
	FLOW_OTHER,     /* only another client did */
	FLOW_VERDICT_MAX = FLOW_OTHER
};

enum flow_end {
	FLOW_END_IDLE,   /* no packet for the idle timeout */
	FLOW_END_CLOSED, /* idle, after FIN of both ends, or RST */
	FLOW_END_ACTIVE, /* the flow goes on in another record */
	FLOW_END_FORCED, /* the table was full */
	FLOW_END_INPUT,  /* the input ended */
	FLOW_END_MAX = FLOW_END_INPUT
};

/* What one interface of one agent saw.  Index 0: sent by end 0 of the flow. */
struct flow_point {
	struct flow_point *next;
	const struct sink_src *src;
	uint16_t iface;
	uint64_t packets[2], bytes[2]; /* octets of IP packets */
};

/* The ends in a fixed order, so that both directions have one key. */
struct flow_key {
	uint8_t addr[2][16]; /* network order; IPv4 uses the first 4 */
	uint16_t port[2];    /* 0 where there are none */
	uint8_t ipver, proto;
};

struct flow {
	struct flow_key key;
	uint8_t client;       /* end, 0 or 1, that began it */
	uint16_t service;     /* the port of interest */
	uint8_t tcp_flags[2]; /* all that end 0, 1 sent, in this record */
	uint32_t part;        /* number of this record of the flow, from 1 */
	wall_t start;         /* first packet of the flow */
	wall_t first, last;   /* packets of this record */
	struct flow_point *points;

	/* as of the first packet, for the whole life */
	enum flow_verdict verdict;
	struct dnschain *chain; /* held; NULL without a name */
	wall_t lookup;          /* when it was looked up, if .chain */
	int64_t past_ns;        /* EXPIRED: since TTL plus grace ended */
	unsigned int names;     /* AMBIGUOUS: how many */
	bool pending;           /* UNKNOWN so far: it may turn out to be NONE */
	wall_t judged;          /* if so, since then */

	TAILQ_ENTRY(flow) due; /* in a list of the owner */

	/* private */
	TAILQ_ENTRY(flow) age;
	struct flow *next;
	wall_t touched;
	bool hashed;
	bool fin[2], rst;
};

struct flowcache_count {
	uint64_t packets, flows, records; /* taken, begun, ended */
	uint64_t forced;                  /* ended early: the table was full */
	uint64_t unplaced; /* packets of points that there was no room for */
};

/* A record is complete.  Afterwards ${f} is freed, unless FLOW_END_ACTIVE. */
typedef void flowcache_fn(void *arg, struct flow *f, enum flow_end why);

struct flowcache_conf {
	size_t max;                 /* flows at once */
	int64_t idle_ns, active_ns; /* timeouts */
	struct hash_key key;
	flowcache_fn *emit;
	void *arg;
};

struct flowcache;

/**
 * flowcache_new(conf):
 * Return an empty table (${conf} is copied), or NULL with errno.
 */
struct flowcache *flowcache_new(const struct flowcache_conf *conf);

/**
 * flowcache_put(fc, it, ret_new):
 * Count the packet ${it}; flows that ended before it are emitted first.  A SYN
 * after the end of a TCP connection begins a new flow.  Returns its flow;
 * when ${ret_new} becomes true, the caller fills in .client, .service and
 * what is said of names.  NULL without memory.
 */
struct flow *flowcache_put(
    struct flowcache *fc, const struct order_item *it, bool *ret_new);

/**
 * flowcache_expire(fc, now):
 * Emit the flows that were idle for too long at ${now}.
 */
void flowcache_expire(struct flowcache *fc, wall_t now);

/**
 * flowcache_flush(fc):
 * Emit all flows: the input ended.
 */
void flowcache_flush(struct flowcache *fc);

/**
 * flowcache_total(f, end, ret_bytes):
 * Return the packets that end ${end} sent, and their octets: the largest
 * count of all observation points, since each may see every packet.
 */
uint64_t flowcache_total(
    const struct flow *f, unsigned int end, uint64_t *ret_bytes);

/**
 * flowcache_size(fc):
 * Return the number of flows under way.
 */
size_t flowcache_size(const struct flowcache *fc);

const struct flowcache_count *flowcache_count(const struct flowcache *fc);

/**
 * flowcache_free(fc):
 * Free ${fc} without emitting; NULL is fine.
 */
void flowcache_free(struct flowcache *fc);

#endif
