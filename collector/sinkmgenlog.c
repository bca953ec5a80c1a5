/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "mgenlog": one file for each node, in one directory. */
#include "collector/sinkmgenlog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/outfile.h"
#include "base/proc.h"
#include "collector/mgenlog.h"
#include "collector/sinkfmt.h"
#include "collector/sinkmgenlogfmt.h"

#define SUFFIX ".drc"

/* What is written of one node; without .out nothing can be. */
struct file {
	struct outfile *out;
	uint64_t lost; /* lines, without .out */
	SLIST_ENTRY(file) entry;
};

/* "-o mgenlog:DIR" */
struct sinkmgenlog {
	struct sink sink;
	char *dir;
	struct mgenlog *log;
	SLIST_HEAD(, file) files;
	bool drained;
};

/* DIR/NODE.drc, or NULL.  A name is one of its own, not a way elsewhere. */
static char *
path_of(const struct sinkmgenlog *s, const char *node)
{
	const size_t dir = strlen(s->dir);
	char *path =
	    malloc(dir + 1 + (size_t)4 * SINKFMT_NAME_MAX + sizeof(SUFFIX));
	char *p;

	if (path == NULL)
		return NULL;
	p = mempcpy(path, s->dir, dir);
	*p++ = '/';
	p = sinkfmt_label(p, node, SINKFMT_NAME_MAX, "/\\");
	memcpy(p, SUFFIX, sizeof(SUFFIX));
	return path;
}

static struct file *
open_file(struct sinkmgenlog *s, const char *node)
{
	struct file *f = calloc(1, sizeof(*f));
	char *path;

	if (f == NULL)
		return NULL;
	if ((path = path_of(s, node)) == NULL ||
	    (f->out = outfile_open(path)) == NULL)
		log_warn("output mgenlog: %s of %s", s->dir, node);
	free(path);
	SLIST_INSERT_HEAD(&s->files, f, entry);
	return f;
}

static void
on_line(void *arg, struct mgenlog_node *node, const struct mgenline *l)
{
	struct sinkmgenlog *s = arg;
	struct file *f;
	char *p;

	if (node->file == NULL)
		node->file = open_file(s, node->name);
	f = node->file;
	if (f == NULL || f->out == NULL) {
		if (f != NULL)
			f->lost++;
		return;
	}
	p = outfile_room(f->out, SINKMGENLOGFMT_MAX);
	outfile_commit(f->out, sinkmgenlogfmt_line(p, l), 1);
}

static void
count(struct sinkmgenlog *s)
{
	struct file *f;

	s->sink.written = s->sink.lost = 0;
	SLIST_FOREACH(f, &s->files, entry) {
		s->sink.lost += f->lost;
		if (f->out == NULL)
			continue;
		s->sink.written += outfile_written(f->out);
		s->sink.lost += outfile_lost(f->out);
	}
}

static void
sinkmgenlog_close(struct sink *sink)
{
	struct sinkmgenlog *s = (struct sinkmgenlog *)sink;

	if (s == NULL)
		return;
	for (struct file *f; (f = SLIST_FIRST(&s->files)) != NULL;) {
		SLIST_REMOVE_HEAD(&s->files, entry);
		if (outfile_close(f->out) != 0) {
			log_warnx("output mgenlog: the last lines were not "
				  "written");
		}
		free(f);
	}
	mgenlog_free(s->log);
	free(s->dir);
	free(s);
}

static struct mgenlog *
make_log(struct sinkmgenlog *s)
{
	struct mgenlog_conf c = { .points = SINKMGENLOG_POINTS,
		.nodes = SINKMGENLOG_NODES,
		.lines = SINKMGENLOG_LINES,
		.emit = on_line,
		.arg = s };

	if (proc_hash_key(&c.key) != 0)
		return NULL;
	return mgenlog_new(&c);
}

/* Returns 0, or -1 with errno. */
static int
make_dir(const char *path)
{
	struct stat st;

	if (mkdir(path, 0755) == 0)
		return 0;
	if (errno != EEXIST || stat(path, &st) != 0)
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

static struct sink *
sinkmgenlog_open(const struct conf *conf, const char *arg, struct ev_loop *loop)
{
	struct sinkmgenlog *s;

	(void)conf;
	(void)loop;
	if (arg == NULL) {
		log_errorx("output mgenlog: needs a directory: mgenlog:DIR");
		return NULL;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		log_error("output mgenlog");
		return NULL;
	}
	s->sink.type = &sinkmgenlog_type;
	SLIST_INIT(&s->files);
	if ((s->dir = strdup(arg)) != NULL && make_dir(arg) == 0 &&
	    (s->log = make_log(s)) != NULL)
		return &s->sink;
	log_error("output mgenlog: %s", arg);
	sinkmgenlog_close(&s->sink);
	return NULL;
}

static void
sinkmgenlog_put(struct sink *sink, const struct sink_src *src, uint64_t first,
    const struct obs *o, size_t n)
{
	struct sinkmgenlog *s = (struct sinkmgenlog *)sink;

	(void)first;
	mgenlog_put(s->log, src, o, n);
}

static void
sinkmgenlog_clock(struct sink *sink, wall_t now)
{
	mgenlog_clock(((struct sinkmgenlog *)sink)->log, now);
}

/* A file that cannot be written now loses lines, and is tried again. */
static int
sinkmgenlog_flush(struct sink *sink, mono_t now)
{
	struct sinkmgenlog *s = (struct sinkmgenlog *)sink;
	struct file *f;

	SLIST_FOREACH(f, &s->files, entry) {
		if (f->out != NULL)
			(void)outfile_flush(f->out, now);
	}
	count(s);
	return 0;
}

static int
sinkmgenlog_drain(struct sink *sink)
{
	struct sinkmgenlog *s = (struct sinkmgenlog *)sink;
	bool whole = true;
	struct file *f;

	if (!s->drained)
		mgenlog_flush(s->log);
	s->drained = true;
	SLIST_FOREACH(f, &s->files, entry) {
		if (f->out == NULL || outfile_flush(f->out, proc_mono()) != 0)
			whole = false;
	}
	count(s);
	return whole ? 1 : -1;
}

static void
sinkmgenlog_reopen(struct sink *sink)
{
	struct sinkmgenlog *s = (struct sinkmgenlog *)sink;
	struct file *f;

	SLIST_FOREACH(f, &s->files, entry) {
		if (f->out != NULL)
			outfile_reopen(f->out);
	}
}

static void
sinkmgenlog_stats(const struct sink *sink, FILE *fp)
{
	const struct sinkmgenlog *s = (const struct sinkmgenlog *)sink;

	fprintf(fp, "mgenlog.written %ju\nmgenlog.lost %ju\n",
	    (uintmax_t)sink->written, (uintmax_t)sink->lost);
	mgenlog_print(s->log, fp, "mgenlog");
}

const struct sink_type sinkmgenlog_type = {
	.name = "mgenlog",
	.open = sinkmgenlog_open,
	.put = sinkmgenlog_put,
	.clock = sinkmgenlog_clock,
	.flush = sinkmgenlog_flush,
	.drain = sinkmgenlog_drain,
	.reopen = sinkmgenlog_reopen,
	.stats = sinkmgenlog_stats,
	.close = sinkmgenlog_close,
};
