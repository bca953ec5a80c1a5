/* SPDX-License-Identifier: BSD-3-Clause */
/* What becomes of closed logs: compressed, and removed when too many. */
#include "base/rotjob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/gz.h"
#include "base/log.h"

#define RETRY_S 60
#define NICEST  19
#define STACK   262144

struct rotjob_log {
	char *dir;  /* where it lies */
	char *base; /* its name there */
};

struct rotjob {
	size_t keep; /* 0: all */
	bool gzip;
	bool started;
	bool failing; /* after a warning */
	size_t n_logs;
	struct rotjob_log *log;
	pthread_t thread;
	sem_t ready; /* the thread has its priority */
	sem_t wake;
	atomic_bool stop;
};

/* What a look at a directory finds; names are those of the earliest file. */
struct found {
	size_t closed; /* compressed or not */
	size_t plain;
	uint64_t closed_age, plain_age;
	char closed_name[NAME_MAX + 1], plain_name[NAME_MAX + 1];
};

struct rotjob *
rotjob_new(const struct rotate *r)
{
	struct rotjob *j = calloc(1, sizeof(*j));

	if (j == NULL)
		return NULL;
	j->keep = (size_t)r->keep;
	j->gzip = r->gzip;
	(void)sem_init(&j->ready, 0, 0);
	(void)sem_init(&j->wake, 0, 0);
	return j;
}

int
rotjob_add(struct rotjob *j, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct rotjob_log *log, *l;

	if (j == NULL || strcmp(path, "-") == 0)
		return 0;
	log = realloc(j->log, (j->n_logs + 1) * sizeof(*j->log));
	if (log == NULL)
		return -1;
	j->log = log;
	l = &log[j->n_logs];
	l->dir = fdio_dir(path);
	l->base = strdup(slash == NULL ? path : slash + 1);
	if (l->dir == NULL || l->base == NULL) {
		free(l->dir);
		free(l->base);
		errno = ENOMEM;
		return -1;
	}
	j->n_logs++;
	return 0;
}

static void
note(char ret_name[static NAME_MAX + 1], uint64_t *earliest, size_t *n,
    const char *name, uint64_t age)
{
	if ((*n)++ > 0 && *earliest <= age)
		return;
	*earliest = age;
	memcpy(ret_name, name, strlen(name) + 1);
}

/* Remove what an earlier run left undone.  Returns whether ${name} is gone. */
static bool
clean(int dir, const char *name, enum rotate_kind kind)
{
	char gz[NAME_MAX + 1];

	if (kind == ROTATE_PLAIN) {
		const int n = snprintf(gz, sizeof(gz), "%s.gz", name);

		if (n >= (int)sizeof(gz) || faccessat(dir, gz, F_OK, 0) != 0)
			return false;
	} else if (kind != ROTATE_TMP) {
		return false;
	}
	return unlinkat(dir, name, 0) == 0;
}

/*
 * Look at all files, for those to compress only past the age ${past}; with
 * ${tidy} clean up.
 */
static int
look(struct found *ret_f, int dir, const char *base, uint64_t past, bool tidy)
{
	const int fd = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	uint64_t age;

	if (d == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	rewinddir(d); /* the copy shares its place with ${dir} */
	ret_f->closed = ret_f->plain = 0;
	while ((e = readdir(d)) != NULL) {
		const enum rotate_kind kind =
		    rotate_kind(&age, e->d_name, base);

		if (tidy && clean(dir, e->d_name, kind))
			continue;
		if (kind == ROTATE_PLAIN || kind == ROTATE_GZ) {
			note(ret_f->closed_name, &ret_f->closed_age,
			    &ret_f->closed, e->d_name, age);
		}
		if (kind == ROTATE_PLAIN && age > past) {
			note(ret_f->plain_name, &ret_f->plain_age,
			    &ret_f->plain, e->d_name, age);
		}
	}
	(void)closedir(d);
	return 0;
}

/* Is there any sense in going on after this errno? */
static bool
is_of_one_file(int err)
{
	return err != ENOSPC && err != EDQUOT && err != EROFS &&
	       err != ECANCELED && err != ENOMEM;
}

/*
 * Do what there is to do in one directory.  Room is made first: a full disk
 * may need it.  Returns 0, or -1 with the first errno.
 */
static int
work_in(const struct rotjob *j, int dir, const char *base, bool tidy)
{
	uint64_t past = 0;
	int err = 0;
	struct found f;

	while (!atomic_load(&j->stop)) {
		if (look(&f, dir, base, past, tidy) != 0)
			return -1;
		tidy = false;
		if (j->keep > 0 && f.closed > j->keep) {
			if (unlinkat(dir, f.closed_name, 0) != 0)
				return -1;
			continue;
		}
		if (!j->gzip || f.plain == 0)
			break;
		if (gz_file(dir, f.plain_name, &j->stop) == 0)
			continue;
		err = err == 0 ? errno : err;
		past = f.plain_age;
		if (!is_of_one_file(errno))
			break;
	}
	errno = err;
	return err == 0 ? 0 : -1;
}

static void
complain(struct rotjob *j, const struct rotjob_log *l)
{
	if (!j->failing && errno != ECANCELED)
		log_warn("%s: closed logs of %s wait", l->dir, l->base);
	j->failing = true;
}

/* Do all there is to do.  Returns whether there was no failure. */
static bool
work(struct rotjob *j, bool tidy)
{
	bool good = true;

	for (size_t i = 0; i < j->n_logs && !atomic_load(&j->stop); i++) {
		const struct rotjob_log *l = &j->log[i];
		const int dir =
		    open(l->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		const int rc = dir < 0 ? -1 : work_in(j, dir, l->base, tidy);

		if (rc < 0) {
			complain(j, l);
			good = false;
		}
		if (dir >= 0)
			(void)close(dir);
	}
	if (good)
		j->failing = false;
	return good;
}

/* Until a file is closed, or it is time to try again. */
static void
rest(struct rotjob *j, bool good)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += RETRY_S;
	if (good) {
		while (sem_wait(&j->wake) != 0 && errno == EINTR)
			continue;
	} else {
		while (sem_clockwait(&j->wake, CLOCK_MONOTONIC, &until) != 0 &&
		       errno == EINTR)
			continue;
	}
	while (sem_trywait(&j->wake) == 0) /* one look sees all files */
		continue;
}

static void *
run(void *arg)
{
	struct rotjob *j = arg;
	const struct sched_param none = { 0 };
	bool tidy = true;

	/* Both are of this thread alone; without them it is as good. */
	(void)sched_setscheduler(0, SCHED_IDLE, &none);
	(void)setpriority(PRIO_PROCESS, 0, NICEST);
	(void)sem_post(&j->ready);
	while (!atomic_load(&j->stop)) {
		const bool good = work(j, tidy);

		tidy = !good;
		rest(j, good);
	}
	return NULL;
}

int
rotjob_start(struct rotjob *j)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int err;

	if (j == NULL || j->n_logs == 0)
		return 0;
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, STACK);
	/* Signals are for the event loop. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&j->thread, &attr, run, j);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	j->started = err == 0;
	while (j->started && sem_wait(&j->ready) != 0 && errno == EINTR)
		continue;
	errno = err;
	return err == 0 ? 0 : -1;
}

void
rotjob_wake(void *j)
{
	(void)sem_post(&((struct rotjob *)j)->wake);
}

void
rotjob_free(struct rotjob *j)
{
	if (j == NULL)
		return;
	atomic_store(&j->stop, true);
	if (j->started) {
		rotjob_wake(j);
		(void)pthread_join(j->thread, NULL);
	}
	for (size_t i = 0; i < j->n_logs; i++) {
		free(j->log[i].dir);
		free(j->log[i].base);
	}
	free(j->log);
	(void)sem_destroy(&j->ready);
	(void)sem_destroy(&j->wake);
	free(j);
}
