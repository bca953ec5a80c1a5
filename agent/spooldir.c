/* SPDX-License-Identifier: BSD-3-Clause */
/* A directory with spools: that of this run, and what earlier runs left. */
#include "agent/spooldir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spoollist.h"
#include "agent/spoolstore.h"
#include "base/log.h"
#include "base/proc.h"

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
	struct spoolowed known; /* who was there when earlier runs ended */
};

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

/* Whoever is in ${m} will want the stream of this run, too. */
static void
meet(struct spooldir *d, const struct spoolmark *m)
{
	for (unsigned int i = 0; i < m->owed.n; i++)
		(void)spoolowed_put(&d->known, m->owed.one[i].who, 0, 0);
}

/* What was numbered and did not get into a file is lost. */
static void
go_by_mark(struct spooldir *d, struct spooldir_old *old)
{
	const struct spoolpos *end = spool_pos(old->spool);
	struct spoolmark *m = &old->mark;

	spoolmark_read(d->fd, old->hello.stream_id, m);
	if (m->next_seq < end->seq)
		m->next_seq = end->seq;
	if (m->next_dns < end->dns)
		m->next_dns = end->dns;
	meet(d, m);
	spoolmark_settle(m, proc_mono());
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
load_stream(struct spooldir *d, const struct spoollist_file *f, size_t n)
{
	/* A stream of earlier is only read. */
	static const struct spooldisk_head none = { .hello = NULL };
	struct spooldir_old *old = calloc(1, sizeof(*old));
	struct spoolstore *store;
	struct hello h;
	bool any = false;

	if (old == NULL)
		return;
	store = spooldisk_new(d->fd, f->id, d->limit, &none);
	if (store != NULL)
		old->spool = spool_new(store, d->limit);
	for (size_t i = 0; i < n && old->spool != NULL; i++) {
		if (spooldisk_load(
			store, f[i].off, old->spool, &h, &old->ifaces) != 0)
			continue;
		if (!any)
			old->hello = h;
		any = true;
	}
	if (!any) {
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

static uint64_t
octets(const struct spooldir *d)
{
	const struct spooldir_old *o;
	uint64_t sum = 0;

	TAILQ_FOREACH(o, &d->olds, link)
		sum += spool_used(o->spool);
	return sum;
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
		if (!many && !spoolmark_is_over(&o->mark)) {
			shorten(d, o);
			continue;
		}
		if (!spoolmark_is_over(&o->mark)) {
			log_warnx("spool: %s has too many streams: records of "
				  "the first are lost",
			    d->path);
		}
		spool_clear(o->spool);
		free_stream(d, o);
	}
}

/*
 * The mark of a stream without files.  Whom it names is remembered: it goes
 * when that is written down once more.
 */
static void
on_lone(void *arg, const uint8_t id[static 16])
{
	struct spooldir *d = arg;
	const bool begun = d->mark_fd >= 0;
	struct spoolmark m;

	if (begun && memcmp(id, d->id, sizeof(d->id)) == 0)
		return;
	spoolmark_read(d->fd, id, &m);
	meet(d, &m);
	if (m.owed.n == 0 || begun)
		spoolmark_remove(d->fd, id);
}

static void
look_for_lone(struct spooldir *d)
{
	struct spoollist l;

	if (spoollist_get(d->fd, &l))
		spoollist_lone(d->fd, &l, on_lone, d);
	spoollist_done(&l);
}

static void
load(struct spooldir *d)
{
	struct spoollist l;
	size_t from = 0;

	if (!spoollist_get(d->fd, &l)) {
		log_warn("spool: %s", d->path);
		spoollist_done(&l);
		return;
	}
	for (size_t i = 1; i <= l.n; i++) {
		if (i < l.n && memcmp(l.file[i].id, l.file[from].id, 16) == 0)
			continue;
		load_stream(d, &l.file[from], i - from);
		from = i;
	}
	spoollist_done(&l);
	tidy(d);
	look_for_lone(d);
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
	d->mark.owed = d->known;
	spoolmark_write(d->mark_fd, &d->mark);
	look_for_lone(d);
	return spool_new(store, limit);
}

void
spooldir_mark(struct spooldir *d, const struct spoolmark *m)
{
	struct spoolmark now = *m;

	now.since = d->mark.since;
	if (spoolmark_same(&now, &d->mark))
		return;
	d->mark = now;
	spoolmark_write(d->mark_fd, &now);
}

const struct spoolowed *
spooldir_known(const struct spooldir *d)
{
	return &d->known;
}

struct spooldir_old *
spooldir_next(struct spooldir *d, struct spooldir_old *old)
{
	return old == NULL ? TAILQ_FIRST(&d->olds) : TAILQ_NEXT(old, link);
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

/* Write down what changed in ${old}, or remove it when that was the last. */
static void
settle(struct spooldir *d, struct spooldir_old *old)
{
	char name[SPOOLMARK_NAME_MAX];
	int fd;

	if (old->gone)
		return;
	spoolmark_name(old->hello.stream_id, name);
	fd = openat(d->fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	spoolmark_write(fd, &old->mark);
	if (fd >= 0)
		close(fd);
	if (old->readers > 0 || !spoolmark_is_over(&old->mark))
		return;
	old->gone = true;
	spool_clear(old->spool);
	spoolmark_remove(d->fd, old->hello.stream_id);
}

void
spooldir_hold(
    struct spooldir_old *old, const char *who, uint64_t seq, uint64_t dns)
{
	struct spoolowed *l = &old->mark.owed;
	struct spoolowed_one *one = spoolowed_find(l, who);

	old->readers++;
	if (one == NULL)
		one = spoolowed_put(l, who, seq, dns);
	if (one != NULL)
		one->readers++;
}

void
spooldir_release(
    struct spooldir *d, struct spooldir_old *old, const char *who, mono_t now)
{
	struct spoolowed_one *one = spoolowed_find(&old->mark.owed, who);

	old->readers--;
	if (one != NULL) {
		one->readers -= one->readers > 0;
		one->since = now;
	}
	settle(d, old);
}

void
spooldir_acked(struct spooldir *d, struct spooldir_old *old, const char *who,
    uint64_t seq, uint64_t dns)
{
	if (spoolmark_acked(&old->mark, who, seq, dns))
		settle(d, old);
}

void
spooldir_forget(struct spooldir *d, const char *who)
{
	struct spooldir_old *o;

	TAILQ_FOREACH(o, &d->olds, link) {
		struct spoolowed_one *one = spoolowed_find(&o->mark.owed, who);

		if (one == NULL)
			continue;
		spoolowed_drop(&o->mark.owed, one);
		settle(d, o);
	}
}

void
spooldir_tick(struct spooldir *d, mono_t now, int64_t patience_ns)
{
	struct spooldir_old *o;

	TAILQ_FOREACH(o, &d->olds, link) {
		if (spoolowed_expire(&o->mark.owed, now, patience_ns))
			settle(d, o);
	}
}

void
spooldir_end(struct spooldir *d, bool all)
{
	struct spoolowed *l;

	if (d == NULL || !all)
		return;
	l = &d->mark.owed;
	for (unsigned int i = l->n; i-- > 0;) {
		if (!spoolowed_has_id(l->one[i].who))
			spoolowed_drop(l, &l->one[i]);
	}
	if (l->n > 0) {
		spoolmark_write(d->mark_fd, &d->mark);
	} else {
		spoolmark_remove(d->fd, d->id);
	}
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
