/* SPDX-License-Identifier: BSD-3-Clause */
/* The stream, stored: what -w FILE writes. */
#include "agent/wfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fdio.h"
#include "base/log.h"
#include "wire/ctl.h"
#include "wire/enc.h"
#include "wire/ifaces.h"

#define BUF   65536
#define BLOCK 4096 /* records */

/*
 * The buffer always begins and ends between two frames.  So the file can be
 * cut back to whole frames when the disk is full, and what lies before stays
 * a valid stream.
 */
struct wfile {
	const struct ident *id;
	struct enc *enc;
	int fd;
	bool failed;
	bool retrying; /* goes on, but no record has been written yet */
	bool given;    /* the descriptor is not ours to close */
	off_t whole;   /* octets written, all of them whole frames */
	uint64_t lost; /* records */
	uint64_t next, next_dns; /* numbers of the next records, as in .enc */
	uint64_t written; /* all packets before this one are in the file, or */
			  /* in a GAP that is */
	wall_t time;      /* of the last record */
	unsigned int ifaces, ifaces_whole; /* told; and surely in the file */
	unsigned int in_hello;             /* interfaces in .hello */
	size_t hello_len;
	uint8_t hello[HELLO_MAX];

	/* the buffer: its records, and the packet after its last one */
	uint64_t inbuf, last;
	size_t used;
	uint8_t buf[BUF];
};

static void
fail(struct wfile *f)
{
	if (!f->retrying)
		log_warn("-w: writing is suspended");
	f->failed = true;
	if ((ftruncate(f->fd, f->whole) < 0 ||
		lseek(f->fd, f->whole, SEEK_SET) < 0) &&
	    errno != EINVAL && errno != ESPIPE)
		log_warn("-w: the last frame is cut");
}

static void
write_out(struct wfile *f, const uint8_t *p, size_t n, uint64_t records)
{
	if (!f->failed && fdio_write(f->fd, p, n, FDIO_HERE) < 0)
		fail(f);
	if (f->failed) {
		f->lost += records;
		return;
	}
	f->whole += (off_t)n;
	f->written = f->last;
	f->ifaces_whole = f->ifaces;
	/* Only a record shows that there is room again. */
	if (f->retrying && records > 0) {
		f->retrying = false;
		log_warnx("-w: writing goes on, %ju records were lost so far",
		    (uintmax_t)f->lost);
	}
}

static void
empty(struct wfile *f)
{
	if (f->used > 0)
		write_out(f, f->buf, f->used, f->inbuf);
	f->used = 0;
	f->inbuf = 0;
}

/* Add a frame that ends before the packet ${last}. */
static void
add(struct wfile *f, const uint8_t *data, size_t len, uint64_t records,
    uint64_t last)
{
	if (len > BUF - f->used)
		empty(f);
	f->last = last;
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
	struct wfile *f = arg;

	add(f, b->data, b->len, b->count,
	    b->type == FRAME_PKT ? b->first + b->count : f->last);
}

static void
add_iface(void *arg, uint16_t index, const struct hello_iface *i)
{
	uint8_t frame[IFACES_FRAME_MAX];
	struct wfile *f = arg;

	if (f->failed)
		return;
	add(f, frame, ifaces_frame(frame, index, i), 0, f->last);
	f->ifaces = index + 1u;
}

/* Tell of those that the file does not have yet. */
static void
add_ifaces(struct wfile *f)
{
	const struct ifaces *l = iftab_list(f->id->tab);

	for (unsigned int i = f->ifaces; i < l->n; i++)
		add_iface(f, (uint16_t)i, &l->iface[i]);
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
	const struct ifaces *list = iftab_list(id->tab);
	struct wfile *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->id = id;
	if ((f->enc = enc_new(&par, level, 0, on_block, f)) == NULL)
		goto free_f;
	if (open_path(f, path) < 0)
		goto free_enc;
	f->ifaces = f->in_hello = hello_fit(list->iface, list->n);
	f->hello_len = ident_hello(id, &par, 0, 0, f->hello);
	add(f, f->hello, f->hello_len, 0, 0);
	add_ifaces(f);
	iftab_watch(id->tab, add_iface, f);
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
	f->time = o->time;
	f->next += o->kind == OBS_PKT;
	f->next_dns += o->kind == OBS_DNS;
	if (f->failed) {
		f->lost++;
	} else {
		f->lost += !enc_put(f->enc, o);
	}
}

/* Say which packets are missing; the encoder goes on behind them. */
static void
put_gap(struct wfile *f)
{
	const struct obs gap = { .kind = OBS_LOSS,
		.time = f->time,
		.loss = { .reason = OBS_LOSS_SPOOL,
		    .first = f->written,
		    .count = f->next - f->written } };

	if (gap.loss.count > 0)
		(void)enc_put(f->enc, &gap);
	f->last = f->next;
	enc_dns_start(f->enc, f->next_dns);
	enc_key(f->enc);
}

void
wfile_retry(struct wfile *f)
{
	struct stat st;

	if (f == NULL || !f->failed || f->given || fstat(f->fd, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return;
	/* What is on its way is lost, too. */
	enc_flush(f->enc);
	empty(f);
	f->failed = false;
	f->retrying = true;
	f->ifaces = f->ifaces_whole;
	if (f->whole == 0) {
		add(f, f->hello, f->hello_len, 0, f->written);
		f->ifaces = f->in_hello;
	}
	add_ifaces(f);
	put_gap(f);
	empty(f);
}

void
wfile_flush(struct wfile *f)
{
	if (f == NULL)
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
	add(f, frame, len, 0, f->last);
}

int
wfile_close(struct wfile *f)
{
	if (f == NULL)
		return 0;
	wfile_retry(f);
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
