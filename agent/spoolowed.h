/* SPDX-License-Identifier: BSD-3-Clause */
/* Whom a stream is kept for, and from where on. */
#ifndef AGENT_SPOOLOWED_H_
#define AGENT_SPOOLOWED_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/mono.h"

#define SPOOLOWED_MAX      32  /* collectors; others are not remembered */
#define SPOOLOWED_WHO_MAX  160 /* of a name and its final 0 */
#define SPOOLOWED_LINE_MAX 208 /* octets of one, written down */

/* A collector and the first numbers that it has not acknowledged. */
struct spoolowed_one {
	char who[SPOOLOWED_WHO_MAX]; /* "#" and an id, or address and node */
	uint64_t seq, dns;

	/* Of streams of earlier runs, and not written down: */
	mono_t since;         /* it is away */
	unsigned int readers; /* connections on which it is not */
	bool sent;            /* all of it, in this run */
};

/* Each of them once. */
struct spoolowed {
	unsigned int n;
	struct spoolowed_one one[SPOOLOWED_MAX];
};

/**
 * spoolowed_find(l, who):
 * Return what ${l} has of ${who}, NULL without it.
 */
struct spoolowed_one *spoolowed_find(struct spoolowed *l, const char *who);

/**
 * spoolowed_put(l, who, seq, dns):
 * The collector ${who} lacks what follows these numbers; the least count where
 * it is there.  Its name is cut, and loses control characters.  Returns its
 * place; NULL when there is none, or no name.
 */
struct spoolowed_one *spoolowed_put(
    struct spoolowed *l, const char *who, uint64_t seq, uint64_t dns);

/**
 * spoolowed_drop(l, one):
 * Forget ${one}, a place in ${l}; the others may move.
 */
void spoolowed_drop(struct spoolowed *l, struct spoolowed_one *one);

/**
 * spoolowed_expire(l, now, patience_ns):
 * Forget those who are away for so long at ${now}.  Returns whether there are
 * any.
 */
bool spoolowed_expire(struct spoolowed *l, mono_t now, int64_t patience_ns);

/**
 * spoolowed_has_id(who):
 * Return whether ${who} has an id that it keeps: it is one collector, and will
 * be back.
 */
bool spoolowed_has_id(const char *who);

/**
 * spoolowed_line(one, dst):
 * Write ${one} as a line to ${dst}.  Returns its octets.
 */
size_t spoolowed_line(
    const struct spoolowed_one *one, char dst[static SPOOLOWED_LINE_MAX]);

/**
 * spoolowed_read(l, text):
 * Add what the lines in ${text} say, up to the first that says nothing or is
 * not whole.
 */
void spoolowed_read(struct spoolowed *l, const char *text);

#endif
