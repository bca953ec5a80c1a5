/* SPDX-License-Identifier: BSD-3-Clause */
/* A directory with spools: that of this run, and what earlier runs left. */
#include "agent/spooldir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spoolname.h"
#include "agent/spoolstore.h"
#include "base/log.h"
#include "base/proc.h"

#define FILES_MIN 256 /* in a list, before it grows */

TAILQ_HEAD(old_list, spooldir_old);

struct spooldir {
	const char *path;
	int fd;
	size_t limit;
	struct old_list olds;
	unsigned int n_olds;
	uint8_t id[16]; /* of this run */
	struct spoolmark mark;
	int mark_fd;
};

/* A file of a stream, as found in the directory. */
struct found {
	uint8_t id[16];
	uint64_t off;
};

static int
by_stream_and_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	const int c = memcmp(x->id, y->id, sizeof(x->id));

	return c != 0 ? c : (x->off > y->off) - (x->off < y->off);
}

/* The files of streams. */
struct list {
	struct found *file; /* owned */
	size_t n, size;
};

static bool
add_file(struct list *l, const struct found *f)
{
	if (l->n == l->size) {
		const size_t size = 2 * l->size + FILES_MIN;
		struct found *file = realloc(l->file, size * sizeof(*file));

		if (file == NULL)
			return false;
		l->file = file;
		l->size = size;
	}
	l->file[l->n++] = *f;
	return true;
}

/* Read the directory from its start; NULL with errno on failure. */
static DIR *
read_dir(const struct spooldir *d)
{
	const int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL && fd >= 0)
		close(fd);
	return dir;
}

/* Returns false with errno when not all of them could be listed. */
static bool
list_files(const struct spooldir *d, struct list *ret_l)
{
	DIR *dir = read_dir(d);
	const struct dirent *e;
	bool ok = dir != NULL;
	struct found f;
	struct stat st;

	*ret_l = (struct list){ 0 };
	while (ok && (e = readdir(dir)) != NULL) {
		if (spoolname_get(e->d_name, f.id, &f.off) &&
		    fstatat(d->fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			ok = add_file(ret_l, &f);
	}
	if (dir != NULL)
		closedir(dir);
	if (ret_l->n > 0) {
		qsort(ret_l->file, ret_l->n, sizeof(*ret_l->file),
		    by_stream_and_place);
	}
	return ok;
}

static void
insert_by_age(struct spooldir *d, struct spooldir_old *old)
{
	struct spooldir_old *o;

	d->n_olds++;
	TAILQ_FOREACH(o, &d->olds, link) {
		if (o->mark.since > old->mark.since) {
			TAILQ_INSERT_BEFORE(o, old, link);
			return;
		}
	}
	TAILQ_INSERT_TAIL(&d->olds, old, link);
}

/* What was numbered and did not get into a file is lost. */
static void
go_by_mark(const struct spooldir *d, struct spooldir_old *old)
{
	const struct spoolpos *end = spool_pos(old->spool);
	struct spoolmark *m = &old->mark;

	spoolmark_read(d->fd, old->hello.stream_id, m);
	if (m->next_seq < end->seq)
		m->next_seq = end->seq;
	if (m->next_dns < end->dns)
		m->next_dns = end->dns;
	spool_start(old->spool, m->next_seq, m->next_dns);
}

static void
release(struct spooldir_old *old)
{
	spool_free(old->spool);
	ifaces_done(&old->ifaces);
	free(old);
}

/* Load the stream of the ${n} files at ${f}. */
static void
load_stream(struct spooldir *d, const struct found *f, size_t n)
{
	/* A stream of earlier is only read. */
	static const struct spooldisk_head none = { .hello = NULL };
	struct spooldir_old *old = calloc(1, sizeof(*old));
	struct spoolstore *store;
	struct hello h;
	bool any = false, gone = true;

	if (old == NULL)
		return;
	store = spooldisk_new(d->fd, f->id, d->limit, &none);
	if (store != NULL)
		old->spool = spool_new(store, d->limit);
	for (size_t i = 0; i < n && old->spool != NULL; i++) {
		if (spooldisk_load(
			store, f[i].off, old->spool, &h, &old->ifaces) != 0) {
			gone &= errno == ENODATA;
			continue;
		}
		if (!any)
			old->hello = h;
		any = true;
	}
	if (!any) {
		if (gone && old->spool != NULL)
			spoolmark_remove(d->fd, f->id);
		release(old);
		return;
	}
	go_by_mark(d, old);
	insert_by_age(d, old);
}

static void
free_stream(struct spooldir *d, struct spooldir_old *old)
{
	TAILQ_REMOVE(&d->olds, old, link);
	d->n_olds--;
	release(old);
}

/* Remove the files of ${old}, which nobody needs any more. */
static void
remove_stream(struct spooldir *d, struct spooldir_old *old)
{
	spool_clear(old->spool);
	spoolmark_remove(d->fd, old->hello.stream_id);
}

/* All was acknowledged: nobody begins with ${old} any more. */
static void
finish_stream(struct spooldir *d, struct spooldir_old *old)
{
	old->done = true;
	if (old->readers == 0)
		remove_stream(d, old);
}

static uint64_t
octets(const struct spooldir *d)
{
	const struct spooldir_old *o;
	uint64_t sum = 0;

	TAILQ_FOREACH(o, &d->olds, link)
		sum += spool_used(o->spool);
	return sum;
}

static bool
is_complete(const struct spoolmark *m)
{
	return m->acked_seq >= m->next_seq && m->acked_dns >= m->next_dns;
}

/* Drop the first of ${o}, as much as there is too much of all. */
static void
shorten(const struct spooldir *d, const struct spooldir_old *o)
{
	const uint64_t sum = octets(d), used = spool_used(o->spool);
	const uint64_t more = sum - used, most = d->limit / 2;

	if (sum <= most)
		return;
	log_warnx(
	    "spool: %s is full: records of an earlier run are lost", d->path);
	spool_limit(o->spool, more < most ? (size_t)(most - more) : 0);
}

/*
 * What is complete goes; of what is too much, the oldest, so that a collector
 * is told that it is lost.
 */
static void
tidy(struct spooldir *d)
{
	struct spooldir_old *o, *next;

	for (o = TAILQ_FIRST(&d->olds); o != NULL; o = next) {
		const bool many = d->n_olds > SPOOLDIR_OLD_MAX;

		next = TAILQ_NEXT(o, link);
		if (!many && !is_complete(&o->mark)) {
			shorten(d, o);
			continue;
		}
		if (!is_complete(&o->mark)) {
			log_warnx("spool: %s has too many streams: records of "
				  "the first are lost",
			    d->path);
		}
		remove_stream(d, o);
		free_stream(d, o);
	}
}

/* Marks of streams that left nothing. */
static void
remove_lone_marks(const struct spooldir *d, const struct list *l)
{
	DIR *dir = read_dir(d);
	const struct dirent *e;
	char name[SPOOLMARK_NAME_MAX];
	bool is_mark, known;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		is_mark = strlen(e->d_name) == SPOOLMARK_NAME_MAX - 1 &&
			  strcmp(e->d_name + 32, ".mark") == 0;
		known = false;
		for (size_t i = 0; i < l->n && is_mark && !known; i++) {
			spoolmark_name(l->file[i].id, name);
			known = strcmp(name, e->d_name) == 0;
		}
		if (is_mark && !known)
			(void)unlinkat(d->fd, e->d_name, 0);
	}
	if (dir != NULL)
		closedir(dir);
}

static void
load(struct spooldir *d)
{
	struct list l;
	size_t from = 0;

	if (!list_files(d, &l)) {
		log_warn("spool: %s", d->path);
		free(l.file);
		return;
	}
	for (size_t i = 1; i <= l.n; i++) {
		if (i < l.n && memcmp(l.file[i].id, l.file[from].id, 16) == 0)
			continue;
		load_stream(d, &l.file[from], i - from);
		from = i;
	}
	remove_lone_marks(d, &l);
	free(l.file);
	tidy(d);
}

struct spooldir *
spooldir_open(const char *path, size_t limit)
{
	struct spooldir *d = calloc(1, sizeof(*d));

	if (d == NULL) {
		log_error("spool");
		return NULL;
	}
	d->path = path;
	d->limit = limit;
	d->mark_fd = -1;
	TAILQ_INIT(&d->olds);
	(void)mkdir(path, 0700);
	d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd < 0) {
		log_error("spool: %s", path);
	} else if (flock(d->fd, LOCK_EX | LOCK_NB) != 0) {
		log_errorx("spool: %s: another agent uses it", path);
	} else {
		load(d);
		return d;
	}
	spooldir_close(d);
	return NULL;
}

struct spool *
spooldir_begin(struct spooldir *d, const uint8_t id[static 16],
    const struct spooldisk_head *head)
{
	const size_t limit = d->limit - (size_t)octets(d);
	struct spoolstore *store = spooldisk_new(d->fd, id, limit, head);
	char name[SPOOLMARK_NAME_MAX];

	memcpy(d->id, id, sizeof(d->id));
	spoolmark_name(id, name);
	d->mark_fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (store == NULL || d->mark_fd < 0) {
		log_error("spool: %s", d->path);
		if (store != NULL)
			store->type->close(store);
		return NULL;
	}
	d->mark.since = proc_wall().ns;
	spoolmark_write(d->mark_fd, &d->mark);
	return spool_new(store, limit);
}

void
spooldir_mark(struct spooldir *d, const struct spoolmark *m)
{
	struct spoolmark now = *m;

	now.since = d->mark.since;
	if (memcmp(&now, &d->mark, sizeof(now)) == 0)
		return;
	d->mark = now;
	spoolmark_write(d->mark_fd, &now);
}

struct spooldir_old *
spooldir_after(struct spooldir *d, const uint8_t *id)
{
	struct spooldir_old *o;

	if (id == NULL) {
		o = TAILQ_FIRST(&d->olds);
	} else {
		o = spooldir_find(d, id);
		if (o != NULL)
			o = TAILQ_NEXT(o, link);
	}
	while (o != NULL && o->done)
		o = TAILQ_NEXT(o, link);
	return o;
}

struct spooldir_old *
spooldir_find(struct spooldir *d, const uint8_t id[static 16])
{
	struct spooldir_old *o;

	TAILQ_FOREACH(o, &d->olds, link)
		if (memcmp(o->hello.stream_id, id, 16) == 0)
			return o;
	return NULL;
}

void
spooldir_hold(struct spooldir_old *old)
{
	old->readers++;
}

void
spooldir_release(struct spooldir *d, struct spooldir_old *old)
{
	if (--old->readers == 0 && old->done)
		remove_stream(d, old);
}

void
spooldir_acked(
    struct spooldir *d, struct spooldir_old *old, uint64_t seq, uint64_t dns)
{
	struct spoolmark *m = &old->mark;
	char name[SPOOLMARK_NAME_MAX];
	int fd;

	if (old->done || seq < m->acked_seq || dns < m->acked_dns ||
	    (seq == m->acked_seq && dns == m->acked_dns))
		return;
	m->acked_seq = seq;
	m->acked_dns = dns;
	spoolmark_name(old->hello.stream_id, name);
	fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	spoolmark_write(fd, m);
	if (fd >= 0)
		close(fd);
	if (is_complete(m))
		finish_stream(d, old);
}

void
spooldir_end(struct spooldir *d, bool all)
{
	if (d == NULL || !all)
		return;
	spoolmark_remove(d->fd, d->id);
}

void
spooldir_close(struct spooldir *d)
{
	struct spooldir_old *o;

	if (d == NULL)
		return;
	while ((o = TAILQ_FIRST(&d->olds)) != NULL)
		free_stream(d, o);
	if (d->mark_fd >= 0)
		close(d->mark_fd);
	if (d->fd >= 0)
		close(d->fd);
	free(d);
}
