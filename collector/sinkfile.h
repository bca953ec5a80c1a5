/* SPDX-License-Identifier: BSD-3-Clause */
/* What the outputs that write lines to a file have in common. */
#ifndef COLLECTOR_SINKFILE_H_
#define COLLECTOR_SINKFILE_H_

#include <stdbool.h>

#include "base/outfile.h"
#include "collector/conf.h"
#include "collector/sink.h"

/* The first line of text files whose times are put right. */
#define SINKFILE_FIXED "# times by the clock of the collector (--apply-clock)\n"

struct fileidx;

struct sinkfile {
	struct sink sink;
	struct outfile *file;
	const struct conf *conf;
	char *path;
	struct fileidx *idx; /* NULL: what is in the file is not remembered */
	bool sync;           /* wait for the disk */
	bool clean;          /* .idx tells all that was put */
	bool stale;          /* .idx is about another file */
	const struct position *pos; /* .n_pos, while they are committed */
	size_t n_pos;
	bool direct; /* a terminal or pipe: flushed after each put */
	bool gone;   /* a pipe without reader */
};

/**
 * sinkfile_new(type, conf, path, end):
 * Open ${path} (NULL or "-": standard output) for an output of the kind
 * ${type}, whose files end with ${end} when ${conf} has them rotated.  Returns
 * NULL after a message.
 */
struct sinkfile *sinkfile_new(const struct sink_type *type,
    const struct conf *conf, const char *path, enum outfile_end end);

/**
 * sinkfile_put_done(s):
 * To be called at the end of each put: flushes where people wait for lines,
 * and is where a file may end.
 */
void sinkfile_put_done(struct sinkfile *s);

/* Members of struct sink_type. */
int sinkfile_keep(struct sink *s, const struct sink_keep *k);
int sinkfile_commit(struct sink *s, const struct position *p, size_t n);
int sinkfile_flush(struct sink *s, mono_t now);
int sinkfile_drain(struct sink *s);
void sinkfile_reopen(struct sink *s);
void sinkfile_stats(const struct sink *s, FILE *fp);
void sinkfile_close(struct sink *s);

#endif
