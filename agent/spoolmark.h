/* SPDX-License-Identifier: BSD-3-Clause */
/* What is written down of a stream beside its files. */
#ifndef AGENT_SPOOLMARK_H_
#define AGENT_SPOOLMARK_H_

#include <stdbool.h>
#include <stdint.h>

#include "agent/spoolowed.h"

#define SPOOLMARK_NAME_MAX 38 /* octets of a name and its final 0 */

/*
 * The mark of a stream is the file ID.mark: what was acknowledged, and what
 * was numbered.  The records that an agent numbered and never wrote, because
 * it was killed, are known by it.  A line follows for each collector that it
 * is kept for.
 */
struct spoolmark {
	int64_t since;                 /* when the stream began */
	uint64_t acked_seq, acked_dns; /* the most that a collector has */
	uint64_t next_seq, next_dns;
	struct spoolowed owed;
};

/**
 * spoolmark_name(id, dst):
 * Write the name of the mark of the stream ${id} to ${dst}.
 */
void spoolmark_name(
    const uint8_t id[static 16], char dst[static SPOOLMARK_NAME_MAX]);

/**
 * spoolmark_id(name, ret_id):
 * Return whether ${name} is that of a mark, and of which stream.
 */
bool spoolmark_id(const char *name, uint8_t ret_id[static 16]);

/**
 * spoolmark_same(a, b):
 * Return whether both are written alike.
 */
bool spoolmark_same(const struct spoolmark *a, const struct spoolmark *b);

/**
 * spoolmark_write(fd, m):
 * Write ${m} to the file ${fd}, over the one before; with -1 do nothing.
 */
void spoolmark_write(int fd, const struct spoolmark *m);

/**
 * spoolmark_read(dir, id, ret_m):
 * Read the mark of the stream ${id} in the directory ${dir}; where there is
 * none, or none that can be read, ${ret_m} is all 0.
 */
void spoolmark_read(
    int dir, const uint8_t id[static 16], struct spoolmark *ret_m);

/**
 * spoolmark_settle(m, now):
 * The stream of ${m} is over: those who have all of it are owed nothing, the
 * others are away since ${now}.
 */
void spoolmark_settle(struct spoolmark *m, mono_t now);

/**
 * spoolmark_acked(m, who, seq, dns):
 * The collector ${who} has all before these numbers.  Returns whether that is
 * news.
 */
bool spoolmark_acked(
    struct spoolmark *m, const char *who, uint64_t seq, uint64_t dns);

/**
 * spoolmark_was_had(m) / spoolmark_is_over(m):
 * Return whether a collector had everything; and nobody else is owed any of it.
 */
bool spoolmark_was_had(const struct spoolmark *m);
bool spoolmark_is_over(const struct spoolmark *m);

/**
 * spoolmark_remove(dir, id):
 * Remove the mark of the stream ${id}, if there is one.
 */
void spoolmark_remove(int dir, const uint8_t id[static 16]);

#endif
