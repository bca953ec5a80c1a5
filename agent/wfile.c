/* SPDX-License-Identifier: BSD-3-Clause */
/* The stream, stored: what -w FILE writes. */
#include "agent/wfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "wire/ctl.h"
#include "wire/enc.h"

#define BUF   65536
#define BLOCK 4096 /* records */

/*
 * The buffer always begins and ends between two frames.  So the file can be
 * cut back to whole frames when the disk is full, and what lies before stays
 * a valid stream.
 */
struct wfile {
	struct enc *enc;
	int fd;
	bool failed;
	bool given;     /* the descriptor is not ours to close */
	off_t whole;    /* octets written, all of them whole frames */
	uint64_t lost;  /* records */
	uint64_t inbuf; /* records in the buffer */
	size_t used;
	uint8_t buf[BUF];
};

static int
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		const ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static void
fail(struct wfile *f)
{
	log_warn("-w: writing stopped");
	f->failed = true;
	if (ftruncate(f->fd, f->whole) < 0 && errno != EINVAL)
		log_warn("-w: the last frame is cut");
}

static void
write_out(struct wfile *f, const uint8_t *p, size_t n, uint64_t records)
{
	if (!f->failed && write_all(f->fd, p, n) < 0)
		fail(f);
	if (f->failed) {
		f->lost += records;
	} else {
		f->whole += (off_t)n;
	}
}

static void
empty(struct wfile *f)
{
	write_out(f, f->buf, f->used, f->inbuf);
	f->used = 0;
	f->inbuf = 0;
}

static void
add(struct wfile *f, const uint8_t *data, size_t len, uint64_t records)
{
	if (len > BUF - f->used)
		empty(f);
	if (len > BUF) {
		write_out(f, data, len, records);
		return;
	}
	memcpy(f->buf + f->used, data, len);
	f->used += len;
	f->inbuf += records;
}

static void
on_block(void *arg, const struct enc_block *b)
{
	add(arg, b->data, b->len, b->count);
}

static int
open_path(struct wfile *f, const char *path)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;

	f->given = strcmp(path, "-") == 0;
	f->fd = f->given ? STDOUT_FILENO : open(path, flags, 0644);
	return f->fd < 0 ? -1 : 0;
}

/* A file is in no hurry: large blocks are smaller and cost less. */
static struct hello_params
params(const struct ident *id)
{
	struct hello_params par = id->hello.par;

	par.block = BLOCK;
	par.frame_max = FRAME_MAX;
	return par;
}

struct wfile *
wfile_open(const char *path, const struct ident *id, int level)
{
	const struct hello_params par = params(id);
	uint8_t hello[HELLO_MAX];
	struct wfile *f = calloc(1, sizeof(*f));
	size_t len;

	if (f == NULL)
		return NULL;
	if ((f->enc = enc_new(&par, level, 0, on_block, f)) == NULL)
		goto free_f;
	if (open_path(f, path) < 0)
		goto free_enc;
	len = ident_hello(id, &par, 0, 0, hello);
	add(f, hello, len, 0);
	return f;

free_enc:
	enc_free(f->enc);
free_f:
	free(f);
	return NULL;
}

void
wfile_put(struct wfile *f, const struct obs *o)
{
	if (f->failed) {
		f->lost++;
	} else {
		f->lost += !enc_put(f->enc, o);
	}
}

void
wfile_flush(struct wfile *f)
{
	if (f == NULL || f->failed)
		return;
	enc_flush(f->enc);
	empty(f);
}

uint64_t
wfile_lost(const struct wfile *f)
{
	return f == NULL ? 0 : f->lost;
}

static void
say_bye(struct wfile *f)
{
	uint8_t body[CTL_MAX], frame[CTL_MAX + FRAME_OVERHEAD];
	size_t len = ctl_bye_put(body, CTL_BYE_END, enc_next(f->enc));

	len = ctl_bye_dns_put(body, len, enc_dns_next(f->enc));
	len = ctl_frame(frame, FRAME_BYE, body, len);
	add(f, frame, len, 0);
}

int
wfile_close(struct wfile *f)
{
	if (f == NULL)
		return 0;
	enc_flush(f->enc);
	say_bye(f);
	empty(f);
	if (!f->given && close(f->fd) < 0 && !f->failed) {
		log_warn("-w: closing failed");
		f->failed = true;
	}
	const int rc = f->failed ? -1 : 0;
	enc_free(f->enc);
	free(f);
	return rc;
}
