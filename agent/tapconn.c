/* SPDX-License-Identifier: BSD-3-Clause */
/* One resolver's connection: its stream is read as fast as it comes. */
#include "agent/tapconn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/proc.h"

#define BUFFER   (256 << 10) /* octets; grows for a frame that is longer */
#define BUDGET   (1 << 20)   /* octets before it is another one's turn */
#define PATIENCE 5.0 /* seconds until START, and to take the answer to STOP */

static void
shut(struct tapconn *c)
{
	if (c->fd < 0)
		return;
	ev_io_stop(c->loop, &c->io);
	ev_timer_stop(c->loop, &c->timer);
	(void)close(c->fd);
	c->fd = -1;
	if (c->src.conn != 0) {
		tapsink_info(c->sink, "%s: closed after %llu frames", c->name,
		    (unsigned long long)c->src.frames);
	}
	tapsink_down(c->sink, &c->src, proc_wall());
}

/* What is wrong with the peer, and the end of it. */
static void
refuse(struct tapconn *c)
{
	c->sink->count->tap_bad++;
	if (c->f.state == FSTRM_BROKEN && c->src.conn != 0)
		tapsink_lose(c->sink);
	tapsink_warn(
	    c->sink, "%s: closed: %s", c->name, fstrm_why_text[c->f.why]);
	shut(c);
}

/* The one function that decides what to poll. */
static void
rearm(struct tapconn *c)
{
	int want = EV_READ;

	if (c->fd < 0)
		return;
	if (c->sent < c->f.reply_len)
		want |= EV_WRITE;
	if (ev_is_active(&c->io) && c->polled == want)
		return;
	c->polled = want;
	ev_io_stop(c->loop, &c->io);
	ev_io_set(&c->io, c->fd, want);
	ev_io_start(c->loop, &c->io);
}

static void
set_timer(struct tapconn *c)
{
	ev_timer_stop(c->loop, &c->timer);
	ev_timer_set(&c->timer, PATIENCE, 0);
	ev_timer_start(c->loop, &c->timer);
}

/* Send the answer; after STOP it is the last thing to do. */
static void
reply(struct tapconn *c)
{
	struct fstrm *f = &c->f;
	ssize_t n;

	if (c->sent < f->reply_len) {
		n = send(c->fd, f->reply + c->sent, f->reply_len - c->sent,
		    MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			log_debugx("dnstap %s: %s", c->name, strerror(errno));
			shut(c);
			return;
		}
		c->sent += n > 0 ? (size_t)n : 0;
	}
	if (c->sent < f->reply_len)
		return;
	c->sent = f->reply_len = 0;
	if (c->ending)
		shut(c);
}

static void
on_frame(struct tapconn *c, const struct fstrm_frame *frame, wall_t now)
{
	switch (frame->what) {
	case FSTRM_WHAT_NOTHING:
		break;
	case FSTRM_WHAT_START:
		ev_timer_stop(c->loop, &c->timer);
		tapsink_up(c->sink, &c->src, now);
		tapsink_info(c->sink, "%s: connection %u, %sdirectional",
		    c->name, c->src.conn, c->f.bidirectional ? "bi" : "uni");
		break;
	case FSTRM_WHAT_DATA:
		(void)tapsink_frame(
		    c->sink, &c->src, frame->data, frame->len, now);
		break;
	case FSTRM_WHAT_STOP:
		c->ending = true;
		set_timer(c);
		break;
	}
}

/* Take all whole frames out of the buffer. */
static void
digest(struct tapconn *c)
{
	const wall_t now = proc_wall();
	struct fstrm_frame frame;
	size_t at = 0;
	ptrdiff_t n;

	while ((n = fstrm_take(&c->f, &frame, c->buf + at, c->used - at)) > 0) {
		at += (size_t)n;
		on_frame(c, &frame, now);
		/* a reply is sent before there can be another one */
		if (c->f.reply_len > 0 || c->ending)
			reply(c);
		if (c->fd < 0)
			return;
	}
	if (n < 0) {
		refuse(c);
		return;
	}
	c->used -= at;
	memmove(c->buf, c->buf + at, c->used);
}

/* The same, measured. */
static void
consume(struct tapconn *c)
{
	struct meterlog *meters = c->sink->meters;
	const uint64_t was = c->src.frames;
	const mono_t since = meterlog_now(meters);

	digest(c);
	meterlog_batch(meters, TIMING_CONSUME, (size_t)(c->src.frames - was),
	    since, meterlog_now(meters));
}

/* Room for the frame that begins the buffer: within the stream's limit. */
static int
make_room(struct tapconn *c)
{
	const size_t want = fstrm_want(c->buf, c->used);
	uint8_t *p;

	if (want <= c->size)
		return 0;
	p = realloc(c->buf, want);
	if (p == NULL)
		return -1;
	c->buf = p;
	c->size = want;
	return 0;
}

static void
on_eof(struct tapconn *c, const char *why)
{
	if (c->used > 0 && !c->ending) {
		tapsink_warn(c->sink, "%s: %s inside a frame", c->name, why);
		if (c->src.conn != 0)
			tapsink_lose(c->sink);
	} else if (!c->ending && c->src.conn != 0) {
		tapsink_info(c->sink, "%s: %s without STOP", c->name, why);
	}
	shut(c);
}

/* Read until there is no more, or it is another one's turn. */
static void
receive(struct tapconn *c)
{
	size_t left = BUDGET;

	while (c->fd >= 0 && left > 0) {
		size_t room;
		ssize_t n;

		if (make_room(c) < 0) {
			on_eof(c, strerror(errno));
			return;
		}
		room = c->size - c->used;
		n = recv(c->fd, c->buf + c->used, room, 0);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				on_eof(c, strerror(errno));
			return;
		}
		if (n == 0) {
			on_eof(c, "end");
			return;
		}
		/* after STOP nothing matters any more */
		if (!c->ending) {
			c->used += (size_t)n;
			consume(c);
		}
		if ((size_t)n < room)
			return;
		left -= (size_t)n < left ? (size_t)n : left;
	}
}

static void
on_io(struct ev_loop *loop, ev_io *w, int revents)
{
	struct tapconn *c = w->data;

	(void)loop;
	if (revents & EV_WRITE)
		reply(c);
	if (c->fd >= 0 && (revents & EV_READ))
		receive(c);
	rearm(c);
}

static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct tapconn *c = w->data;

	(void)loop;
	(void)revents;
	if (!c->ending) {
		c->sink->count->tap_bad++;
		tapsink_warn(c->sink, "%s: closed: no START in %.0f seconds",
		    c->name, PATIENCE);
	}
	shut(c);
}

struct tapconn *
tapconn_new(struct ev_loop *loop, struct tapsink *sink, int fd, size_t data_max,
    const char *name)
{
	struct tapconn *c = calloc(1, sizeof(*c));

	if (c == NULL || (c->buf = malloc(BUFFER)) == NULL ||
	    fstrm_init(&c->f, data_max) < 0) {
		free(c == NULL ? NULL : c->buf);
		free(c);
		return NULL;
	}
	c->loop = loop;
	c->sink = sink;
	c->fd = fd;
	c->size = BUFFER;
	(void)snprintf(c->name, sizeof(c->name), "%s", name);
	c->src.name = c->name;
	ev_io_init(&c->io, on_io, fd, EV_READ);
	ev_timer_init(&c->timer, on_timer, PATIENCE, 0);
	c->io.data = c->timer.data = c;
	ev_timer_start(loop, &c->timer);
	rearm(c);
	return c;
}

bool
tapconn_over(const struct tapconn *c)
{
	return c->fd < 0;
}

void
tapconn_end(struct tapconn *c)
{
	if (c->fd >= 0)
		receive(c);
	shut(c);
}

void
tapconn_free(struct tapconn *c)
{
	if (c->fd >= 0) {
		ev_io_stop(c->loop, &c->io);
		ev_timer_stop(c->loop, &c->timer);
		(void)close(c->fd);
	}
	fstrm_done(&c->f);
	free(c->buf);
	free(c);
}
