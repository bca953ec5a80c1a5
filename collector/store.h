/* SPDX-License-Identifier: BSD-3-Clause */
/* One stored file - a v1 stream or a text log - as a queue of observations. */
#ifndef COLLECTOR_STORE_H_
#define COLLECTOR_STORE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/source.h"
#include "wire/obs.h"
#include "wire/stream.h"

enum store_kind {
	STORE_V1,
	STORE_TEXT,
	STORE_EMPTY,  /* no octets at all: an agent that saw nothing */
	STORE_GZIP,   /* refused: what was in a compressed file is one */
	STORE_UNKNOWN /* refused */
};

/**
 * store_sniff(buf, len, eof, ret_kind):
 * Judge a file by its first octets.  Returns 1 with ${ret_kind} set, or 0
 * when more are needed: never when ${eof} or with 8 of them.
 */
int store_sniff(
    const uint8_t *buf, size_t len, bool eof, enum store_kind *ret_kind);

struct store;

/**
 * store_open(path, s, scratch):
 * Open the file ${path}, "-" for standard input, as what the source ${s}
 * observed.  Returns NULL after a message.
 */
struct store *store_open(
    const char *path, struct source *s, struct stream_scratch *scratch);

/**
 * store_fill(st):
 * Read until observations are queued or the end is reached.  Returns 1 then;
 * 0 when the descriptor must first become readable; call again.  What is
 * wrong with the file is logged, and is its end.
 */
int store_fill(struct store *st);

/**
 * store_head(st):
 * Return the first observation of the queue, NULL when it is empty.
 */
const struct obs *store_head(const struct store *st);

/**
 * store_run(st, until, ret_first, ret_n):
 * Take from the queue, which is not empty, what obsq_run takes.  Returns it,
 * valid until the next store_fill.
 */
const struct obs *store_run(
    struct store *st, wall_t until, uint64_t *ret_first, size_t *ret_n);

int store_fd(const struct store *st);
struct source *store_source(const struct store *st);

/**
 * store_failed(st):
 * Return whether something was wrong with the file.
 */
bool store_failed(const struct store *st);

/**
 * store_leave(st):
 * The rest of the file is not wanted: it ends here.
 */
void store_leave(struct store *st);

/**
 * store_ended(st):
 * Return whether all observations of the file were taken.
 */
bool store_ended(const struct store *st);

void store_close(struct store *st);

#endif
