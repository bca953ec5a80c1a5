/* SPDX-License-Identifier: BSD-3-Clause */
/* The same messages of one MGEN flow at several places, side by side. */
#ifndef COLLECTOR_MGENPATH_H_
#define COLLECTOR_MGENPATH_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/mgendelay.h"
#include "wire/mono.h"

#define MGENPATH_PLACES    64    /* of one flow; there is nothing of others */
#define MGENPATH_ROWS      65536 /* messages that wait for other places */
#define MGENPATH_HORIZON_S 10 /* so long, by transmit time, if there is room */

/* One place, and what it saw of messages that wait no more. */
struct mgenpath_place {
	uint8_t role;         /* enum obs_role */
	unsigned int node;    /* the first place of the same node */
	uint64_t first, last; /* no place before, after this one saw them */
	uint64_t late;        /* too late to be compared; in no other number */
	struct mgendelay since; /* the transmit time, of all it saw */
	struct mgendelay came;  /* of those that came to the node first here */
};

/* Two places: what both saw. */
struct mgenpath_pair {
	struct mgendelay delay; /* from one to the other, may be below 0 */
	uint64_t next;          /* messages that no place between them saw */
};

/* One flow. */
struct mgenpath;

/**
 * mgenpath_new(tree, room):
 * Return a flow without places, whose messages take several ways at once if
 * ${tree}; NULL without memory.  What it takes of ${room}, octets, is
 * counted down now and whenever it grows.
 */
struct mgenpath *mgenpath_new(bool tree, size_t *room);

/**
 * mgenpath_add(m, role, node, room):
 * Return the number of a new place, from 0 on; ${node} is the first place of
 * the same node, or this number itself.  -1: there is no room.  ${m} moves.
 */
int mgenpath_add(
    struct mgenpath **m, uint8_t role, unsigned int node, size_t *room);

/**
 * mgenpath_put(m, place, seq, times, room):
 * The message ${seq}, sent at ${times}[0], came to ${place} at ${times}[1], for
 * the first time.  By the clock of ${times}[1] it was sent at ${times}[2]; of
 * several places, what is said last counts.  ${m} may move.
 */
void mgenpath_put(struct mgenpath **m, int place, uint32_t seq,
    const wall_t times[static 3], size_t *room);

/**
 * mgenpath_settle(m):
 * No message waits any more.
 */
void mgenpath_settle(struct mgenpath *m);

/**
 * mgenpath_next(m, from, ret_tx):
 * Set ${ret_tx} to the transmit time of the first message that waits and was
 * sent at ${from} or later; false without any.
 */
bool mgenpath_next(const struct mgenpath *m, wall_t from, wall_t *ret_tx);

/**
 * mgenpath_part(m, from, to, ret_sent):
 * Return the places of ${m} with what they saw, till now, of the messages sent
 * in [${from}, ${to}); they go on waiting.  ${ret_sent} becomes how many were
 * sent, by their numbers.  NULL when some of them wait no more, or without
 * memory.  Free it with mgenpath_free and any room.
 */
struct mgenpath *mgenpath_part(
    struct mgenpath *m, wall_t from, wall_t to, uint64_t *ret_sent);

unsigned int mgenpath_n(const struct mgenpath *m);
bool mgenpath_is_tree(const struct mgenpath *m);

/**
 * mgenpath_at(m, i):
 * Return the number of the place that is number ${i} on the way: the sender's
 * are first, the receivers' last (unless it is a tree), those between by the
 * times of the same messages.
 */
unsigned int mgenpath_at(const struct mgenpath *m, unsigned int i);

const struct mgenpath_place *mgenpath_place(
    const struct mgenpath *m, unsigned int place);
struct mgenpath_pair mgenpath_pair(
    const struct mgenpath *m, unsigned int from, unsigned int to);

/**
 * mgenpath_free(m, room):
 * Free ${m} and give back to ${room} what it took; NULL is fine.
 */
void mgenpath_free(struct mgenpath *m, size_t *room);

#endif
