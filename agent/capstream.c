/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a capture file, for who must not be kept waiting by them. */
#include "agent/capstream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define PULSE_MS 100 /* between calls of pulse, while nothing comes */

static bool
goes_on(struct capstream *s)
{
	if (s->pulse != NULL) {
		s->inside = true;
		s->ended = !s->pulse(s->arg);
		s->inside = false;
	}
	return !s->ended;
}

static ssize_t
stream_read(void *cookie, char *dst, size_t n)
{
	struct capstream *s = cookie;
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };

	while (!s->ended && goes_on(s)) {
		const int ready =
		    poll(&fd, 1, s->pulse == NULL ? -1 : PULSE_MS);
		ssize_t got;

		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		if ((got = read(s->fd, dst, n)) >= 0 || errno != EINTR)
			return got;
	}
	return 0;
}

static int
stream_seek(void *cookie, off64_t *at, int from)
{
	const struct capstream *s = cookie;
	const off_t to = lseek(s->fd, *at, from);

	if (to < 0)
		return -1;
	*at = to;
	return 0;
}

static int
stream_close(void *cookie)
{
	const struct capstream *s = cookie;

	return s->fd == STDIN_FILENO ? 0 : close(s->fd);
}

FILE *
capstream_open(struct capstream *s, const char *path)
{
	const cookie_io_functions_t io = {
		.read = stream_read, .seek = stream_seek, .close = stream_close
	};
	FILE *fp;
	int err;

	s->inside = s->ended = false;
	s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO
				       : open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return NULL;
	if ((fp = fopencookie(s, "r", io)) != NULL)
		return fp;
	err = errno;
	(void)stream_close(s);
	errno = err;
	return NULL;
}
