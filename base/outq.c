/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages that wait for a file: where each ends, and what it holds. */
#include "base/outq.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

char *
outq_room(struct outq *q, size_t len, size_t limit)
{
	q->dropping = q->used + len > limit;
	return q->dropping ? q->spare : q->buf + q->used;
}

unsigned int
outq_commit(struct outq *q, size_t len, unsigned int n)
{
	struct outq_mark *m = &q->mark[q->n_marks];
	const struct rotate_range number = q->number;

	q->number = (struct rotate_range){ 0 };
	if (q->dropping)
		return n;
	q->used += len;
	if (q->n_marks == OUTQ_MARKS) {
		m[-1].records += n;
		m[-1].end = (uint32_t)q->used;
		rotate_add(&m[-1].range, &number);
		return 0;
	}
	*m = (struct outq_mark){ (uint32_t)q->used, n, number };
	q->n_marks++;
	return 0;
}

int
outq_write(struct outq *q, int fd, int patience_ms)
{
	while (q->sent < q->used) {
		const ssize_t n =
		    write(fd, q->buf + q->sent, q->used - q->sent);
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (n >= 0) {
			q->sent += (size_t)n;
		} else if (errno == EAGAIN && poll(&p, 1, patience_ms) > 0) {
			continue;
		} else if (errno != EINTR) {
			return -1;
		}
	}
	return 0;
}

/* The sum of the messages that end within the first ${len} octets. */
static struct outq_mark
sum(const struct outq *q, size_t len)
{
	struct outq_mark s = { 0 };

	for (unsigned int i = 0; i < q->n_marks && q->mark[i].end <= len; i++) {
		s.end = q->mark[i].end;
		s.records += q->mark[i].records;
		rotate_add(&s.range, &q->mark[i].range);
	}
	return s;
}

struct outq_mark
outq_whole(const struct outq *q)
{
	return sum(q, q->sent);
}

struct outq_mark
outq_all(const struct outq *q)
{
	return sum(q, q->used);
}

void
outq_clear(struct outq *q)
{
	q->used = q->sent = 0;
	q->n_marks = 0;
}
