/* SPDX-License-Identifier: BSD-3-Clause */
/* What several agents observed, put into one order by its time. */
#ifndef COLLECTOR_ORDER_H_
#define COLLECTOR_ORDER_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"
#include "wire/obs.h"

struct sink_src;

enum order_kind {
	ORDER_DNS,  /* before packets of the same time */
	ORDER_LOSS, /* DNS records of the source are missing */
	ORDER_GONE, /* the stream of the source ended */
	ORDER_PKT
};

/* What flows are made of. */
struct order_pkt {
	uint8_t src[16], dst[16]; /* network order; IPv4 uses the first 4 */
	uint16_t sport, dport;
	uint32_t len;
	uint16_t iface;
	uint8_t ipver, proto, tcp_flags;
};

struct order_item {
	struct order_item *next; /* private */
	wall_t time;             /* of the observation */
	wall_t at;               /* its place in the order */
	uint64_t nr;             /* its number in the source, for equal .at */
	const struct sink_src *src;
	enum order_kind kind;
	union {
		struct order_pkt pkt;
		struct obs_dns *dns; /* owned, one allocation */
	};
};

struct order_count {
	uint64_t late;  /* came after what is later had been passed on */
	uint64_t early; /* passed on too soon, for want of room */
};

/* Takes an item; it is valid during the call. */
typedef void order_fn(void *arg, const struct order_item *it);

struct order;

/**
 * order_new(window_ns, max, emit, arg):
 * Return an empty order that holds an item back until one ${window_ns} later
 * came (1 ms to 1 h), and at most ${max} items; it takes memory as needed, 104
 * octets each.  Items go to ${emit}(${arg}, .) sorted by .at, DNS before
 * packets, number of the agent and number in the source.  NULL with errno
 * on failure.
 */
struct order *order_new(
    int64_t window_ns, size_t max, order_fn *emit, void *arg);

/**
 * order_room(o, at, src, kind):
 * Return a new item with the place ${at} to be filled in, all of .time, .nr
 * and the union; or NULL when there is no memory.  Then call order_put.
 */
struct order_item *order_room(struct order *o, wall_t at,
    const struct sink_src *src, enum order_kind kind);

/**
 * order_put(o, it):
 * Put ${it} in its place.  One that is late, more than the window behind the
 * latest, is passed on at once.
 */
void order_put(struct order *o, struct order_item *it);

/**
 * order_pass(o, now):
 * Event time is ${now} at least: pass on all that is a window older.
 */
void order_pass(struct order *o, wall_t now);

/**
 * order_flush(o):
 * Pass on everything.
 */
void order_flush(struct order *o);

/**
 * order_latest(o):
 * Return the largest time put in or passed, INT64_MIN when there is none.
 */
wall_t order_latest(const struct order *o);

/**
 * order_passed(o):
 * Return the place in the order before which all was passed on: what comes
 * with a smaller one is late.  INT64_MIN when nothing was put in yet.
 */
wall_t order_passed(const struct order *o);

/**
 * order_held(o):
 * Return the number of items held back.
 */
size_t order_held(const struct order *o);

const struct order_count *order_count(const struct order *o);

/**
 * order_free(o):
 * Free ${o} and what it holds; NULL is fine.
 */
void order_free(struct order *o);

#endif
