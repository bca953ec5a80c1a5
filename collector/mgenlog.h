/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that MGEN would have logged, as each node would have. */
#ifndef COLLECTOR_MGENLOG_H_
#define COLLECTOR_MGENLOG_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/mgenline.h"
#include "collector/mgentab.h"
#include "collector/sinksrc.h"
#include "wire/hash.h"
#include "wire/mono.h"
#include "wire/obs.h"

/* A node; ${file} is the user's. */
struct mgenlog_node {
	char *name; /* of another agent's of the same name: NAME-NUMBER */
	void *file;
	const struct sink_src *src; /* private, as all below */
	char *label;                /* its name */
	struct mgenlog_node *next;
	wall_t latest; /* record */
	wall_t looked;
	struct mgenline_heap heap; /* lines that wait for earlier ones */
};

/* Valid during the call; of a node in the order of ${line}->time. */
typedef void mgenlog_fn(
    void *arg, struct mgenlog_node *node, const struct mgenline *line);

struct mgenlog_conf {
	size_t points; /* flows times the places that see them, at once */
	size_t nodes;
	size_t lines; /* that wait for earlier ones, of all nodes */
	struct hash_key key;
	mgenlog_fn *emit;
	void *arg;
};

struct mgenlog;

/**
 * mgenlog_new(conf):
 * Return a log without messages (${conf} is copied), or NULL with errno.
 */
struct mgenlog *mgenlog_new(const struct mgenlog_conf *conf);

/**
 * mgenlog_put(ml, src, o, n):
 * ${src} observed ${n} things.  Lines of a node are emitted when a later record
 * of this node is three seconds ahead, by its own time.
 */
void mgenlog_put(struct mgenlog *ml, const struct sink_src *src,
    const struct obs *o, size_t n);

/**
 * mgenlog_clock(ml, now):
 * It is ${now}: emit lines of five seconds before.  For live input.
 */
void mgenlog_clock(struct mgenlog *ml, wall_t now);

/**
 * mgenlog_flush(ml):
 * The input ended: emit all that is left.
 */
void mgenlog_flush(struct mgenlog *ml);

/**
 * mgenlog_print(ml, fp, prefix):
 * Print counters as lines "PREFIX.NAME VALUE".
 */
void mgenlog_print(const struct mgenlog *ml, FILE *fp, const char *prefix);

/**
 * mgenlog_free(ml):
 * Free ${ml} without emitting; NULL is fine.
 */
void mgenlog_free(struct mgenlog *ml);

#endif
