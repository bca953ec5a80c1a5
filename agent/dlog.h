/* SPDX-License-Identifier: BSD-3-Clause */
/* The DNS log: one line per answer. */
#ifndef AGENT_DLOG_H_
#define AGENT_DLOG_H_

#include <stdint.h>

#include "wire/mono.h"
#include "wire/obs.h"

struct dlog;

/**
 * dlog_open(path):
 * Open the log ${path} for appending, "-" is standard output.  Returns NULL
 * with errno.
 */
struct dlog *dlog_open(const char *path);

/**
 * dlog_put(l, o):
 * Add the line of ${o}, if it has one in this log.  Never blocks on the
 * network, never fails: what a full disk refuses is counted.
 */
void dlog_put(struct dlog *l, const struct obs *o);

/**
 * dlog_flush(l, now):
 * Write out what is buffered; call once a second.  Returns 0, or -1 when
 * nothing can be written now.  NULL is fine.
 */
int dlog_flush(struct dlog *l, mono_t now);

/**
 * dlog_reopen(l):
 * Open the path again, after log rotation.  NULL is fine.
 */
void dlog_reopen(struct dlog *l);

/**
 * dlog_lost(l):
 * Return the lines that could not be written.  NULL is fine.
 */
uint64_t dlog_lost(const struct dlog *l);

/**
 * dlog_close(l):
 * Flush, close and free; NULL is fine.  Returns 0, or -1 when the end of the
 * log could not be written.
 */
int dlog_close(struct dlog *l);

#endif
