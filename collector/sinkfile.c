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

static void
sinkfile_count(struct sinkfile *s)
{
	s->sink.written = outfile_written(s->file);
	s->sink.lost = outfile_lost(s->file);
}

void
sinkfile_put_done(struct sinkfile *s)
{
	if (s->direct && !s->gone && outfile_flush(s->file, proc_mono()) != 0 &&
	    errno == EPIPE)
		s->gone = true;
	outfile_turn(s->file);
	sinkfile_count(s);
}

int
sinkfile_flush(struct sink *sink, mono_t now)
{
	struct sinkfile *s = (struct sinkfile *)sink;

	if (!s->gone && outfile_flush(s->file, now) != 0 && errno == EPIPE)
		s->gone = true;
	sinkfile_count(s);
	return s->gone ? -1 : 0;
}

int
sinkfile_drain(struct sink *sink)
{
	struct sinkfile *s = (struct sinkfile *)sink;
	const int rc = s->gone ? -1 : outfile_flush(s->file, proc_mono());

	sinkfile_count(s);
	return rc == 0 ? 1 : -1;
}

void
sinkfile_reopen(struct sink *sink)
{
	outfile_reopen(((struct sinkfile *)sink)->file);
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
	free(s->path);
	free(s);
}
