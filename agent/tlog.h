/* SPDX-License-Identifier: BSD-3-Clause */
/* The text logs: one of packets, one of DNS answers. */
#ifndef AGENT_TLOG_H_
#define AGENT_TLOG_H_

#include <stdint.h>

#include "base/rotate.h"
#include "wire/line.h"
#include "wire/mono.h"
#include "wire/obs.h"

struct tlog;

/**
 * tlog_open(path, format, ifs):
 * Open the log ${path} for appending, "-" is standard output.  ${ifs} is
 * borrowed until tlog_close.  Returns NULL with errno.
 */
struct tlog *tlog_open(
    const char *path, enum line_format format, const struct line_ifaces *ifs);

/**
 * tlog_open_dns(path):
 * The same for the log of DNS answers.
 */
struct tlog *tlog_open_dns(const char *path);

/**
 * tlog_rotate(l, r):
 * Rotate the log as ${r} says, borrowed until tlog_close.  Closed files end
 * with the numbers of their packets, or DNS observations.
 */
void tlog_rotate(struct tlog *l, const struct rotate *r);

/**
 * tlog_put(l, o, seq):
 * Add the lines of ${o}, if it has any in this log; a packet or a DNS
 * observation has the number ${seq}.  Never blocks on the network, never
 * fails: what a full disk refuses is counted.
 */
void tlog_put(struct tlog *l, const struct obs *o, uint64_t seq);

/**
 * tlog_flush(l, now):
 * Write out what is buffered; call once a second.  Returns 0, or -1 when
 * nothing can be written now.  NULL is fine.
 */
int tlog_flush(struct tlog *l, mono_t now);

/**
 * tlog_reopen(l):
 * Open the path again, after log rotation.  NULL is fine.
 */
void tlog_reopen(struct tlog *l);

/**
 * tlog_lost(l):
 * Return the records that could not be written.  NULL is fine.
 */
uint64_t tlog_lost(const struct tlog *l);

/**
 * tlog_close(l):
 * Flush, close and free; NULL is fine.  Returns 0, or -1 when the end of the
 * log could not be written.
 */
int tlog_close(struct tlog *l);

#endif
