/* SPDX-License-Identifier: BSD-3-Clause */
/* Outputs that write lines to a file: opening, flushing, counting. */
#include "collector/sinkfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"
#include "base/rotjob.h"
#include "collector/fileidx.h"

static bool
sinkfile_stat(const struct sinkfile *s, struct stat *ret_st)
{
	if (strcmp(s->path, "-") == 0)
		return fstat(STDOUT_FILENO, ret_st) == 0;
	return stat(s->path, ret_st) == 0;
}

/* Terminals, pipes and sockets: somebody waits for each line. */
static bool
sinkfile_is_direct(const struct sinkfile *s)
{
	struct stat st;

	return sinkfile_stat(s, &st) && !S_ISREG(st.st_mode);
}

/* Rotate as configured.  Returns 0, or -1 with errno. */
static int
sinkfile_rotate(struct sinkfile *s, enum outfile_end end)
{
	outfile_rotate(s->file, &s->conf->rotate, end);
	return rotjob_add(s->conf->job, s->path);
}

struct sinkfile *
sinkfile_new(const struct sink_type *type, const struct conf *conf,
    const char *path, enum outfile_end end)
{
	struct sinkfile *s = calloc(1, sizeof(*s));

	if (path == NULL)
		path = "-";
	if (s == NULL || (s->path = strdup(path)) == NULL ||
	    (s->file = outfile_open(path)) == NULL) {
		log_error("output %s: %s", type->name, path);
		if (s != NULL)
			free(s->path);
		free(s);
		return NULL;
	}
	s->sink.type = type;
	s->conf = conf;
	s->direct = sinkfile_is_direct(s);
	if (sinkfile_rotate(s, end) != 0) {
		log_error("output %s: %s", type->name, path);
		sinkfile_close(&s->sink);
		return NULL;
	}
	return s;
}

/*
 * What is written from now on goes to another file.  All that was committed,
 * or is about to be, is in the old one.
 */
static void
sinkfile_on_other(void *arg, const char *closed)
{
	struct sinkfile *s = arg;

	(void)closed;
	s->stale = true;
	if (s->pos != NULL || s->clean)
		(void)fileidx_leave(s->idx, s->pos, s->n_pos);
}

int
sinkfile_keep(struct sink *sink, const struct sink_keep *k)
{
	struct sinkfile *s = (struct sinkfile *)sink;
	struct hash_key key;

	if (s->direct || strcmp(s->path, "-") == 0)
		return 0;
	if (proc_hash_key(&key) != 0 ||
	    (s->idx = fileidx_open(s->path, &key, k->sync)) == NULL)
		return -1;
	outfile_reopen(s->file); /* it may be shorter now */
	if (fileidx_renew(s->idx) != 0) {
		log_error("%s: its index", s->path);
		return -1;
	}
	outfile_hook(s->file, sinkfile_on_other, s);
	s->sync = k->sync;
	if (s->sync)
		outfile_safe(s->file);
	s->clean = true;
	sink->has = fileidx_positions(s->idx);
	sink->fresh = fileidx_fresh(s->idx);
	return 0;
}

static void
sinkfile_count(struct sinkfile *s)
{
	s->sink.written = outfile_written(s->file);
	s->sink.lost = outfile_lost(s->file);
}

/* With an index, files change at commits only. */
void
sinkfile_put_done(struct sinkfile *s)
{
	if (s->direct && !s->gone && outfile_flush(s->file, proc_mono()) != 0 &&
	    errno == EPIPE)
		s->gone = true;
	if (s->idx == NULL) {
		outfile_turn(s->file);
	} else {
		s->clean = false;
		s->sink.due = outfile_is_due(s->file);
	}
	sinkfile_count(s);
}

/* After a change of files, begin the index of the new one. */
static int
sinkfile_renew(struct sinkfile *s)
{
	if (s->stale && fileidx_renew(s->idx) != 0)
		return -1;
	s->stale = false;
	return 0;
}

static void
sinkfile_write(struct sinkfile *s, mono_t now)
{
	if (!s->gone && outfile_flush(s->file, now) != 0 && errno == EPIPE)
		s->gone = true;
	sinkfile_count(s);
}

int
sinkfile_flush(struct sink *sink, mono_t now)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	if (s->idx == NULL || s->clean)
		sinkfile_write(s, now);
	if (s->idx != NULL && s->clean)
		(void)sinkfile_renew(s);
	return s->gone ? -1 : 0;
}

int
sinkfile_drain(struct sink *sink)
{
	struct sinkfile *s = (struct sinkfile *)sink;
	const int rc = s->gone ? -1 : outfile_flush(s->file, proc_mono());

	sinkfile_count(s);
	if (s->idx != NULL && s->clean)
		(void)sinkfile_renew(s);
	return rc == 0 ? 1 : -1;
}

/*
 * What a suspended file could not take is lost and counted, not waited for.
 * The file may be changed before (by time) and after (by size): its index
 * never tells less than what is in closed files.
 */
static int
sinkfile_commit_all(struct sinkfile *s)
{
	s->sink.due = false;
	sinkfile_write(s, proc_mono());
	if (sinkfile_renew(s) != 0 || (s->sync && outfile_sync(s->file) != 0) ||
	    fileidx_commit(
		s->idx, (off_t)outfile_length(s->file), s->pos, s->n_pos) != 0)
		return -1;
	s->clean = true;
	outfile_turn(s->file);
	(void)sinkfile_renew(s); /* or else with the next commit */
	return 1;
}

int
sinkfile_commit(struct sink *sink, const struct position *p, size_t n)
{
	static const struct position none;
	struct sinkfile *s = (struct sinkfile *)sink;
	int rc;

	if (s->idx == NULL) {
		sinkfile_write(s, proc_mono());
		return 1;
	}
	s->pos = p == NULL ? &none : p;
	s->n_pos = n;
	rc = sinkfile_commit_all(s);
	s->pos = NULL;
	s->n_pos = 0;
	return rc;
}

void
sinkfile_reopen(struct sink *sink)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	outfile_reopen(s->file);
	if (s->idx != NULL)
		(void)sinkfile_renew(s);
}

void
sinkfile_stats(const struct sink *s, FILE *fp)
{
	fprintf(fp, "%s.written %ju\n%s.lost %ju\n", s->type->name,
	    (uintmax_t)s->written, s->type->name, (uintmax_t)s->lost);
}

void
sinkfile_close(struct sink *sink)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	if (s == NULL)
		return;
	if (outfile_close(s->file) != 0) {
		log_warnx("output %s: the last records were not written",
		    sink->type->name);
	}
	fileidx_close(s->idx);
	free(s->path);
	free(s);
}
