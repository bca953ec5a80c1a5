/* SPDX-License-Identifier: BSD-3-Clause */
/* A bounded queue of octets between whole messages and a slow socket. */
#include "base/obuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define FIRST_SIZE 4096
#define KEEP_SIZE  65536 /* not worth giving back */

void
obuf_init(struct obuf *b, size_t limit)
{
	*b = (struct obuf){ .limit = limit };
}

/* The queue as at most two runs of octets.  Returns their number. */
static int
runs(const struct obuf *b, struct iovec ret[static 2])
{
	const size_t tail = b->size - b->head;
	const size_t first = b->used < tail ? b->used : tail;

	ret[0] = (struct iovec){ b->data + b->head, first };
	ret[1] = (struct iovec){ b->data, b->used - first };
	return b->used > first ? 2 : 1;
}

static void
forget(struct obuf *b, size_t len)
{
	b->used -= len;
	b->head = b->used == 0 ? 0 : (b->head + len) % b->size;
}

static bool
resize(struct obuf *b, size_t size)
{
	uint8_t *data = malloc(size);

	if (data == NULL)
		return false;
	obuf_copy(b, 0, data, b->used);
	free(b->data);
	b->data = data;
	b->size = size;
	b->head = 0;
	return true;
}

static bool
grow(struct obuf *b, size_t need)
{
	size_t size = b->size == 0 ? FIRST_SIZE : b->size;

	while (size < need)
		size *= 2;
	return resize(b, size < b->limit ? size : b->limit);
}

bool
obuf_put(struct obuf *b, const void *data, size_t len)
{
	const uint8_t *from = data;
	size_t at;
	size_t first;

	if (len > b->limit - b->used)
		return false;
	if (b->used + len > b->size && !grow(b, b->used + len))
		return false;
	if (len == 0)
		return true;
	at = (b->head + b->used) % b->size;
	first = b->size - at < len ? b->size - at : len;
	memcpy(b->data + at, from, first);
	memcpy(b->data, from + first, len - first);
	b->used += len;
	return true;
}

ptrdiff_t
obuf_send(struct obuf *b, int fd)
{
	struct iovec run[2];
	struct msghdr m = { .msg_iov = run };
	ssize_t n;

	if (b->used == 0)
		return 0;
	m.msg_iovlen = (size_t)runs(b, run);
	do {
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
		if (n < 0 && errno == ENOTSOCK)
			n = writev(fd, run, (int)m.msg_iovlen);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? 0 : -1;
	forget(b, (size_t)n);
	return n;
}

void
obuf_copy(const struct obuf *b, size_t at, void *dst, size_t len)
{
	uint8_t *to = dst;
	struct iovec run[2];
	size_t first;

	if (len == 0)
		return;
	(void)runs(b, run);
	if (at < run[0].iov_len) {
		first = run[0].iov_len - at < len ? run[0].iov_len - at : len;
		memcpy(to, (uint8_t *)run[0].iov_base + at, first);
		to += first;
		len -= first;
		at = 0;
	} else {
		at -= run[0].iov_len;
	}
	memcpy(to, (uint8_t *)run[1].iov_base + at, len);
}

void
obuf_drop(struct obuf *b, size_t len)
{
	forget(b, len);
	if (b->size > KEEP_SIZE && b->used < b->size / 8)
		(void)resize(b, b->size / 4);
}

size_t
obuf_peek(const struct obuf *b, const uint8_t **ret_at)
{
	struct iovec run[2];

	if (b->used == 0)
		return 0;
	(void)runs(b, run);
	*ret_at = b->data + b->head;
	return run[0].iov_len;
}

size_t
obuf_used(const struct obuf *b)
{
	return b->used;
}

void
obuf_done(struct obuf *b)
{
	free(b->data);
	*b = (struct obuf){ 0 };
}
