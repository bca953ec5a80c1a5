/* SPDX-License-Identifier: BSD-3-Clause */
/* One line on how an agent is doing, for who is not connected to it. */
#include "agent/status.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/pidfile.h"

#define LINE_LEN    192 /* always so long, with blanks at its end */
#define STATE_MAX   32
#define RUNNING     "running"

#define PATIENCE_MS 200
#define REWRITE_S   3 /* the same line again, so that it does not look stale */

struct status {
	int fd; /* -1: opened for each line */
	char *path;
	bool again; /* not the first line */
	mono_t at;  /* of the last one, and what was recorded then */
	uint64_t packets;
	mono_t written; /* when, and what without its time */
	char text[LINE_LEN];
};

static char *
path_of(const char *pidfile)
{
	char *path;

	return asprintf(&path, "%s.status", pidfile) < 0 ? NULL : path;
}

static int
lock(int fd, short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &l);
}

/* Nobody may be made to wait for ever by a writer that was stopped. */
static void
lock_patiently(int fd)
{
	const struct timespec pause = { .tv_nsec = MONO_NS_PER_MS };

	for (int i = 0; i < PATIENCE_MS && lock(fd, F_RDLCK) != 0; i++)
		(void)nanosleep(&pause, NULL);
}

struct status *
status_open(const char *pidfile)
{
	struct status *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	if ((s->path = path_of(pidfile)) == NULL) {
		free(s);
		return NULL;
	}
	s->fd = open(
	    s->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (s->fd < 0) {
		const int err = errno;

		free(s->path);
		free(s);
		errno = err;
		return NULL;
	}
	return s;
}

static uint64_t
rate(const struct status *s, mono_t now, uint64_t packets)
{
	const double seconds = (double)(now.ns - s->at.ns) / MONO_NS_PER_S;

	if (!s->again || seconds <= 0)
		return 0;
	return (uint64_t)((double)(packets - s->packets) / seconds + 0.5);
}

/*
 * Hundreds of agents share a machine: what can be opened again need not stay
 * open.  Without privileges it may be that it cannot.
 */
static int
reopen(struct status *s)
{
	const int fd = open(s->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && s->fd >= 0) {
		(void)close(s->fd);
		s->fd = -1;
	}
	return fd >= 0 ? fd : s->fd;
}

static void
put_line(struct status *s, const char line[static LINE_LEN])
{
	const int fd = s->fd >= 0 && s->again ? s->fd : reopen(s);

	s->again = true;
	if (fd < 0)
		return;
	if (lock(fd, F_WRLCK) == 0) {
		/* A full disk leaves the old line, which tells its age. */
		(void)!pwrite(fd, line, LINE_LEN, 0);
		(void)lock(fd, F_UNLCK);
	}
	if (fd != s->fd)
		(void)close(fd);
}

void
status_put(struct status *s, mono_t now, const struct status_now *what)
{
	char line[LINE_LEN + 1];
	const char *text;
	int n;

	if (s == NULL)
		return;
	/* The time is for the reader, who takes it off again. */
	n = snprintf(line, sizeof(line),
	    "%" PRId64 " %s packets/s %" PRIu64 " dropped %" PRIu64
	    " lost %" PRIu64 " collectors %u",
	    (int64_t)(now.ns / MONO_NS_PER_S), what->state,
	    rate(s, now, what->packets), what->dropped, what->lost,
	    what->collectors);
	if (n < 0 || n >= LINE_LEN)
		return;
	memset(line + n, ' ', (size_t)(LINE_LEN - n));
	line[LINE_LEN - 1] = '\n';
	line[LINE_LEN] = '\0';
	s->at = now;
	s->packets = what->packets;
	text = strchr(line, ' ');
	if (s->again && strcmp(text, s->text) == 0 &&
	    now.ns - s->written.ns < REWRITE_S * MONO_NS_PER_S)
		return;
	s->written = now;
	(void)snprintf(s->text, sizeof(s->text), "%s", text);
	put_line(s, line);
}

void
status_close(struct status *s)
{
	if (s == NULL)
		return;
	(void)unlink(s->path);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s->path);
	free(s);
}

/* Read the line of ${pidfile}; returns 0 when there is none, -1 with errno. */
static ssize_t
read_line(const char *pidfile, char ret_line[static LINE_LEN + 1])
{
	char *path = path_of(pidfile);
	ssize_t n;
	int fd, err;

	if (path == NULL)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	err = errno;
	free(path);
	if (fd < 0) {
		errno = err;
		return err == ENOENT ? 0 : -1;
	}
	lock_patiently(fd);
	n = pread(fd, ret_line, LINE_LEN, 0);
	err = errno;
	(void)close(fd);
	errno = err;
	if (n >= 0)
		ret_line[n] = '\0';
	return n;
}

/* Print ${line}, "TIME STATE ...", without its time. */
static int
print_line(char *line, mono_t now, FILE *fp)
{
	const char *word;
	char *end, *rest;
	const long long at = strtoll(line, &end, 10);
	size_t len = strlen(line);

	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\n'))
		line[--len] = '\0';
	if (end == line || *end != ' ' ||
	    (rest = strchr(end + 1, ' ')) == NULL) {
		errno = EINVAL;
		return -1;
	}
	word = end + 1;
	*rest++ = '\0';
	if (now.ns / MONO_NS_PER_S - at > STATUS_STALE_S)
		word = "stalled";
	fprintf(fp, "%s %s\n", word, rest);
	return strcmp(word, RUNNING) == 0 ? 0 : 1;
}

int
status_print(const char *pidfile, mono_t now, FILE *fp)
{
	char line[LINE_LEN + 1];
	const pid_t pid = pidfile_holder(pidfile);
	ssize_t n;

	if (pid < 0)
		return -1;
	if (pid == 0) {
		fprintf(fp, "stopped\n");
		return 1;
	}
	if ((n = read_line(pidfile, line)) < 0)
		return -1;
	if (n == 0) {
		fprintf(fp, "starting\n");
		return 1;
	}
	return print_line(line, now, fp);
}
