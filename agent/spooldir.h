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
#include "wire/mono.h"

#define SPOOLDIR_OLD_MAX 64 /* streams of earlier runs */

/* The stream of an earlier run. */
struct spooldir_old {
	TAILQ_ENTRY(spooldir_old) link;
	struct hello hello;   /* as it was, with its parameters */
	struct ifaces ifaces; /* all that it told of */
	struct spool *spool;
	struct spoolmark mark; /* .owed are those who lack some of it */
	unsigned int readers;
	bool gone; /* nobody lacks any of it: it has no files any more */
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
 * spooldir_known(d):
 * Return the collectors that were there, or waited for, when an earlier run
 * ended, and have not been given up since.
 */
const struct spoolowed *spooldir_known(const struct spooldir *d);

/**
 * spooldir_next(d, old):
 * Return the stream of an earlier run that came after ${old}, the first of all
 * when that is NULL; NULL at the end.
 */
struct spooldir_old *spooldir_next(
    struct spooldir *d, struct spooldir_old *old);

/**
 * spooldir_find(d, id):
 * Return the stream ${id} of an earlier run, or NULL.
 */
struct spooldir_old *spooldir_find(
    struct spooldir *d, const uint8_t id[static 16]);

/**
 * spooldir_hold(old, who, seq, dns):
 * The collector ${who} begins to read ${old}: it is owed what follows these
 * numbers, if nothing else is known of it.
 */
void spooldir_hold(
    struct spooldir_old *old, const char *who, uint64_t seq, uint64_t dns);

/**
 * spooldir_release(d, old, who, now):
 * It ends, at ${now}.
 */
void spooldir_release(
    struct spooldir *d, struct spooldir_old *old, const char *who, mono_t now);

/**
 * spooldir_acked(d, old, who, seq, dns):
 * The collector ${who} has all of ${old} before these numbers: remember it.
 * The files are removed when a collector has everything and nobody is owed
 * anything, as soon as nobody reads them.
 */
void spooldir_acked(struct spooldir *d, struct spooldir_old *old,
    const char *who, uint64_t seq, uint64_t dns);

/**
 * spooldir_forget(d, who):
 * The collector ${who} wants no more of any earlier run.
 */
void spooldir_forget(struct spooldir *d, const char *who);

/**
 * spooldir_tick(d, now, patience_ns):
 * Give up those who read nothing for so long, or since this run began.
 */
void spooldir_tick(struct spooldir *d, mono_t now, int64_t patience_ns);

/**
 * spooldir_end(d, all):
 * This run is over.  When ${all} was acknowledged, remove its mark, unless that
 * says who will be back.
 */
void spooldir_end(struct spooldir *d, bool all);

/**
 * spooldir_close(d):
 * Close all; NULL is fine.  No reader may be left.
 */
void spooldir_close(struct spooldir *d);

#endif
