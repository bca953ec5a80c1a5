/* SPDX-License-Identifier: BSD-3-Clause */
/* What both ends of a packet stream remember between records. */
#ifndef WIRE_DICT_H_
#define WIRE_DICT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/hash.h"
#include "wire/obs.h"

#define DICT_SLOTS_LOG2_MIN 6
#define DICT_SLOTS_LOG2_MAX 13
#define DICT_RANKS          64 /* flows that a rank can name */
#define DICT_ADDRS          256 /* addresses that an index can name; 0 is "new" */
#define DICT_CLASSES        64
#define DICT_RECENT         4 /* shapes remembered per direction of a flow */
#define DICT_KEY_LEN        (offsetof(struct obs_pkt, role) + 1)
#define DICT_KEY_HAS        (OBS_HAS_PORTS | OBS_HAS_ICMP | OBS_HAS_MGEN)

/*
 * The shape of a packet: what tends to repeat within a direction of a flow.
 *
 *	 31       24 23         16 15                     0
 *	+-----------+-------------+------------------------+
 *	|   marks   |  TCP flags  |  IP length mod 65536   |
 *	+-----------+-------------+------------------------+
 *
 * A length over 65535 has the mark LONG and is never remembered.
 */
#define DICT_FLAGS_SHIFT 16
#define DICT_MARKS_SHIFT 24
enum {
	DICT_MARK_DIGEST = 0x01,
	DICT_MARK_QUOTE = 0x02,
	DICT_MARK_MSG = 0x04,
	DICT_MARK_FRAG = 0x18, /* enum obs_frag */
	DICT_MARK_LONG = 0x20,
	DICT_MARK_RESERVED = 0xc0
};
#define DICT_MARK_FRAG_SHIFT 3

/* One direction of a flow. */
struct dict_dir {
	uint32_t recent[DICT_RECENT]; /* shapes, latest first */
	uint32_t last;                /* tick of the last packet, mod 2^32 */
	uint32_t interval;            /* between the last two; 0 unknown */
	uint8_t ttl, tos;
	int8_t score; /* above 0: the interval predicts better */
	bool seen;
};

struct dict_slot {
	uint8_t key[DICT_KEY_LEN]; /* as the head of struct obs_pkt */
	uint16_t chain;            /* encoder: next slot of this bucket */
	uint8_t has;               /* OBS_HAS_* of DICT_KEY_HAS */
	uint8_t class;
	bool used;
	bool ranked;       /* has a rank */
	uint32_t mgen_seq; /* next expected */
	int32_t mgen_lag;  /* us from transmission to record, last message */
	struct dict_dir dir[2];
};

/* First packets of earlier flows of a class: the guess for the next flow. */
struct dict_guess {
	uint32_t recent[DICT_RECENT];
	uint8_t ttl, tos;
};

struct dict {
	uint32_t n_slots;
	uint32_t fifo;    /* slot that the next new flow takes */
	uint32_t touched; /* slots that are not all 0 */
	uint32_t n_ranks;
	uint32_t n_addrs;   /* addresses known, index 1 .. n_addrs - 1 */
	uint32_t addr_fifo; /* index that the next new address takes */
	int64_t last;       /* tick of the last record */
	uint16_t rank[DICT_RANKS];
	uint8_t addr[DICT_ADDRS][16];
	struct dict_guess guess[DICT_CLASSES][2];
	struct dict_slot slot[];
};

/**
 * dict_new(log2):
 * Return a dictionary of 1 << ${log2} slots, or NULL.  Reset it before use;
 * free(3) it.
 */
struct dict *dict_new(unsigned int log2);

/**
 * dict_reset(d, base):
 * Forget everything; ${base} is the tick before the first record.
 */
void dict_reset(struct dict *d, int64_t base);

/**
 * dict_add(d, key, has):
 * Give the flow ${key} (the first DICT_KEY_LEN octets of it) the oldest slot
 * and rank 0.  Returns the slot.  An encoder must have forgotten the old flow
 * of d->slot[d->fifo] before.
 */
struct dict_slot *dict_add(
    struct dict *d, const struct obs_pkt *key, uint8_t has);

/**
 * dict_use(d, s, rank):
 * Move ${s}, whose rank is ${rank} (DICT_RANKS: none), to rank 0.
 */
void dict_use(struct dict *d, struct dict_slot *s, unsigned int rank);

/**
 * dict_rank(d, s):
 * Return the rank of ${s}, DICT_RANKS when it has none.
 */
unsigned int dict_rank(const struct dict *d, const struct dict_slot *s);

/**
 * dict_addr_add(d, addr):
 * Remember the 16 octets at ${addr} under the oldest index.  Returns it.
 */
unsigned int dict_addr_add(struct dict *d, const uint8_t addr[static 16]);

/**
 * dict_begin(d, s, dir):
 * Return direction ${dir} of ${s}; when it is not yet seen it starts with the
 * guess of its class.
 */
static inline struct dict_dir *
dict_begin(struct dict *d, struct dict_slot *s, unsigned int dir)
{
	const struct dict_guess *g = &d->guess[s->class][dir];
	struct dict_dir *dd = &s->dir[dir];

	if (!dd->seen) {
		memcpy(dd->recent, g->recent, sizeof(dd->recent));
		dd->ttl = g->ttl;
		dd->tos = g->tos;
	}
	return dd;
}

/**
 * dict_shape(dd, i, shape):
 * Make ${shape}, which was at place ${i} of the recent ones (DICT_RECENT: at
 * none), the latest.  One with DICT_MARK_LONG is left out.
 */
void dict_shape(struct dict_dir *dd, unsigned int i, uint32_t shape);

/**
 * dict_by_interval(dd):
 * Return whether the time of the next packet is coded as the distance from
 * last + interval, instead of from the record before it.
 */
static inline bool
dict_by_interval(const struct dict_dir *dd)
{
	return dd->score > 0 && dd->interval != 0;
}

/**
 * dict_finish(d, s, dir, tick):
 * Account for a packet of direction ${dir} of ${s} at ${tick}, after its
 * shape, TTL and ToS are in: clocks, score, guess of the class.
 */
void dict_finish(
    struct dict *d, struct dict_slot *s, unsigned int dir, int64_t tick);

#endif
