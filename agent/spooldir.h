/* SPDX-License-Identifier: BSD-3-Clause */
/* A directory with spools: that of this run, and what earlier runs left. */
#ifndef AGENT_SPOOLDIR_H_
#define AGENT_SPOOLDIR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "agent/spool.h"
#include "agent/spooldisk.h"
#include "agent/spoolmark.h"
#include "wire/hello.h"
#include "wire/ifaces.h"

#define SPOOLDIR_OLD_MAX 64 /* streams of earlier runs */

/* The stream of an earlier run. */
struct spooldir_old {
	TAILQ_ENTRY(spooldir_old) link;
	struct hello hello;   /* as it was, with its parameters */
	struct ifaces ifaces; /* all that it told of */
	struct spool *spool;
	struct spoolmark mark;
	unsigned int readers;
	bool done; /* all is acknowledged: its files go with the last reader */
};

struct spooldir;

/**
 * spooldir_open(path, limit):
 * Take possession of the directory ${path}, made if it is missing, and load what earlier runs
 * left, at most half of ${limit} octets.  Returns NULL after a message.
 */
struct spooldir *spooldir_open(const char *path, size_t limit);

/**
 * spooldir_begin(d, id, head):
 * Return an empty spool for the stream ${id} of this run (owned by the caller), whose files
 * begin with ${head}.  NULL after a message.
 */
struct spool *spooldir_begin(struct spooldir *d, const uint8_t id[static 16],
    const struct spooldisk_head *head);

/**
 * spooldir_mark(d, m):
 * Write down the state of the stream of this run, if it changed; .since stays.
 */
void spooldir_mark(struct spooldir *d, const struct spoolmark *m);

/**
 * spooldir_after(d, id):
 * Return the stream of an earlier run that was before all others, or with
 * ${id} (16 octets) the one after that stream; NULL when there is none.
 */
struct spooldir_old *spooldir_after(struct spooldir *d, const uint8_t *id);

/**
 * spooldir_find(d, id):
 * Return the stream ${id} of an earlier run, or NULL.
 */
struct spooldir_old *spooldir_find(
    struct spooldir *d, const uint8_t id[static 16]);

/**
 * spooldir_hold(old) / spooldir_release(d, old):
 * A collector begins, ends to read ${old}.
 */
void spooldir_hold(struct spooldir_old *old);
void spooldir_release(struct spooldir *d, struct spooldir_old *old);

/**
 * spooldir_acked(d, old, seq, dns):
 * A collector has all of ${old} before these numbers: remember it.  When that
 * is everything, the files are removed, as soon as nobody reads them.
 */
void spooldir_acked(
    struct spooldir *d, struct spooldir_old *old, uint64_t seq, uint64_t dns);

/**
 * spooldir_end(d, all):
 * This run is over.  When ${all} was acknowledged, remove its files.
 */
void spooldir_end(struct spooldir *d, bool all);

/**
 * spooldir_close(d):
 * Close all; NULL is fine.  No reader may be left.
 */
void spooldir_close(struct spooldir *d);

#endif
