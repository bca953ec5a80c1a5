/* SPDX-License-Identifier: BSD-3-Clause */
/* One stored file - a v1 stream or a text log - as a queue of observations. */
#include "collector/store.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/infile.h"
#include "base/log.h"
#include "collector/obsq.h"
#include "wire/dnsline.h"
#include "wire/frame.h"
#include "wire/line.h"

#define SNIFF_MAX HELLO_MAGIC_LEN
#define READ_SIZE ((size_t)65536)
#define LONG_LINE ((size_t)4096) /* no record of a packet is longer */
#define BUF_MAX   (FRAME_MAX + FRAME_OVERHEAD + READ_SIZE)

struct store {
	const char *path;
	struct source *src;
	struct stream_scratch *scratch;
	struct infile *in;
	bool sniffed, eof, end, failed;
	enum store_kind kind;
	struct stream *stream;

	uint8_t *buf; /* what was read and not used */
	size_t size, used;

	struct obsq q;

	uint64_t line;       /* text: number of the line */
	uint64_t next_seq;   /* text: number of the next packet */
	bool skipping;       /* text: inside a line that is too long */
	uint64_t next_dns;   /* text: number of the next DNS record */
	struct dnsline *dns; /* text: a DNS line was seen */
	bool bye;            /* v1: the stream said where it ends */
	uint64_t bye_seq;
};

int
store_sniff(const uint8_t *buf, size_t len, bool eof, enum store_kind *ret_kind)
{
	const size_t n = len < SNIFF_MAX ? len : SNIFF_MAX;

	if (len == 0) {
		*ret_kind = STORE_EMPTY;
		return eof;
	}
	if (memcmp(buf, HELLO_MAGIC, n) == 0) {
		*ret_kind = STORE_V1;
		return eof || n == SNIFF_MAX;
	}
	if (buf[0] == 0x1f && (len == 1 || buf[1] == 0x8b)) {
		*ret_kind = STORE_GZIP;
		return eof || len > 1;
	}
	*ret_kind = isdigit(buf[0]) || buf[0] == '-' || buf[0] == '#'
			? STORE_TEXT
			: STORE_UNKNOWN;
	return 1;
}

/* The file is bad: say so once; what was read of it stays valid. */
static void
give_up(struct store *st, const char *why)
{
	log_errorx("%s: %s", st->path, why);
	st->failed = st->end = true;
}

static void
queue(struct store *st, uint64_t first, const struct obs *o, size_t n)
{
	if (!obsq_put(&st->q, first, o, n))
		give_up(st, "out of memory");
}

/* ---- v1 ---- */

static void
on_hello(void *arg, const struct hello *h)
{
	struct store *st = arg;

	st->src->led.c.sessions++;
	if (source_hello(st->src, h) != 0)
		give_up(st, "out of memory");
	dayoff_stored(&st->src->off, h->wall);
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	struct store *st = arg;

	if (source_told(st->src, index, i) != 0)
		give_up(st, "out of memory");
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct store *st = arg;

	source_place(st->src, o, n);
	source_times(st->src, o, n);
	queue(st, first, o, n);
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	struct store *st = arg;

	ledger_stats(&st->src->led, s);
	dayoff_stored(&st->src->off, s->wall);
}

/* Clocks mean nothing in a file. */
static void
on_time(void *arg, const struct ctl_time *t)
{
	(void)arg;
	(void)t;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next_seq)
{
	struct store *st = arg;

	(void)why;
	st->bye = true;
	st->bye_seq = next_seq;
}

static const struct stream_ops stream_ops = { .hello = on_hello,
	.iface = on_iface,
	.obs = on_obs,
	.stats = on_stats,
	.time = on_time,
	.bye = on_bye };

static size_t
decode_v1(struct store *st)
{
	const ptrdiff_t n = stream_feed(st->stream, st->buf, st->used);

	if (n >= 0)
		return (size_t)n;
	enum ctl_bye why;

	give_up(st, stream_error(st->stream, &why));
	return st->used;
}

/* ---- text ---- */

static void
bad_line(struct store *st)
{
	if (st->src->led.c.bad_lines++ == 0) {
		log_errorx("%s: line %" PRIu64 " is no record; skipping such "
			   "lines",
		    st->path, st->line + 1);
	}
	st->failed = true;
}

static void
good_line(struct store *st, struct obs *o, const struct line_place *at)
{
	if (o->kind == OBS_LOSS && o->loss.count == 0)
		return;
	if (o->kind == OBS_PKT && at->ifname[0] != '\0')
		o->pkt.iface = source_at(st->src, at);
	queue(st, o->kind == OBS_DNS ? st->next_dns : st->next_seq, o, 1);
	st->next_seq += o->kind == OBS_PKT;
	st->next_dns += o->kind == OBS_DNS;
}

/* Step over a bad line.  Returns its octets, or all there are. */
static size_t
skip_line(struct store *st, const uint8_t *p, size_t len)
{
	const uint8_t *nl = memchr(p, '\n', len);

	st->skipping = nl == NULL;
	if (nl == NULL)
		return len;
	st->line++;
	return (size_t)(nl - p) + 1;
}

/* Of the DNS log?  Its fields have blanks between them. */
static bool
is_dns_line(const uint8_t *p, size_t len)
{
	size_t i = 0;

	if (p[0] == '#')
		return true; /* and other comments are the same in both */
	while (i < len && (isdigit(p[i]) || p[i] == '.' || p[i] == '-'))
		i++;
	return i < len && p[i] == ' ';
}

static ptrdiff_t
get_dns_line(struct store *st, struct obs *ret_o, const char *p, size_t len)
{
	if (st->dns == NULL && (st->dns = malloc(sizeof(*st->dns))) == NULL) {
		give_up(st, "out of memory");
		return -1;
	}
	return dnsline_get(ret_o, st->dns, p, len);
}

/* Read one line of either kind: as line_get and dnsline_get. */
static ptrdiff_t
get_line(struct store *st, struct obs *ret_o, struct line_place *ret_at,
    const uint8_t *p, size_t len)
{
	const bool dns = is_dns_line(p, len);
	ptrdiff_t n;

	ret_at->ifname[0] = '\0';
	n = dns ? get_dns_line(st, ret_o, (const char *)p, len)
		: line_get(ret_o, ret_at, (const char *)p, len);
	if (n == 0 && len > (dns && *p != '#' ? DNSLINE_MAX : LONG_LINE))
		return -1;
	return n;
}

static size_t
decode_text(struct store *st)
{
	struct line_place place;
	struct obs o;
	size_t at = 0;

	while (at < st->used && !st->end) {
		const uint8_t *p = st->buf + at;
		const size_t len = st->used - at;
		ptrdiff_t n;

		if (st->skipping) {
			at += skip_line(st, p, len);
			continue;
		}
		n = get_line(st, &o, &place, p, len);
		if (n == 0)
			break;
		if (n < 0) {
			bad_line(st);
			at += skip_line(st, p, len);
			continue;
		}
		good_line(st, &o, &place);
		st->line++;
		at += (size_t)n;
	}
	return at;
}

/* ---- the file ---- */

/* What is it?  Returns false when that is not known yet, or is bad. */
static bool
sniff(struct store *st)
{
	if (st->sniffed)
		return true;
	if (store_sniff(st->buf, st->used, st->eof, &st->kind) == 0)
		return false;
	st->sniffed = true;
	switch (st->kind) {
	case STORE_V1:
		st->stream = stream_new(st->scratch, &stream_ops, st);
		if (st->stream == NULL)
			give_up(st, "out of memory");
		break;
	case STORE_GZIP:
		give_up(st, "is compressed twice");
		break;
	case STORE_UNKNOWN:
		give_up(st, "neither a v1 stream nor a text log");
		break;
	case STORE_TEXT:
		source_begin(st->src, LEDGER_PLAIN);
		break;
	case STORE_EMPTY:
		break;
	}
	return !st->end;
}

static void
decode(struct store *st)
{
	size_t n;

	if (st->used == 0 || !sniff(st))
		return;
	n = st->kind == STORE_V1 ? decode_v1(st) : decode_text(st);
	st->used -= n;
	memmove(st->buf, st->buf + n, st->used);
}

/* All was read: is it also all that was written? */
static void
check_end(struct store *st)
{
	st->end = true;
	if (st->failed && st->kind != STORE_TEXT)
		return;
	if (st->kind == STORE_V1 &&
	    (st->stream == NULL || st->used > 0 || !stream_ended(st->stream))) {
		give_up(st, "cut: the stream has no end; what is whole was "
			    "used");
	} else if (st->kind == STORE_TEXT && (st->used > 0 || st->skipping)) {
		give_up(st, "cut: the last line has no end");
	}
}

static int
grow(struct store *st)
{
	const size_t size = st->size == 0 ? 2 * READ_SIZE : 2 * st->size;
	uint8_t *p;

	if (st->size - st->used >= READ_SIZE)
		return 0;
	if (st->used > BUF_MAX || (p = realloc(st->buf, size)) == NULL)
		return -1;
	st->buf = p;
	st->size = size;
	return 0;
}

static void
cannot_read(struct store *st)
{
	switch (errno) {
	case EBADMSG:
		give_up(st, "broken: it cannot be decompressed further");
		break;
	case ENODATA:
		give_up(st, "cut: the compressed file has no end; what is "
			    "whole was used");
		break;
	default:
		give_up(st, strerror(errno));
	}
}

/* Returns 0 when the descriptor has nothing now, else 1. */
static int
read_more(struct store *st)
{
	ssize_t n;

	if (grow(st) != 0) {
		give_up(st, "out of memory");
		return 1;
	}
	n = infile_read(st->in, st->buf + st->used, READ_SIZE);
	if (n < 0 && errno == EAGAIN)
		return 0;
	st->src->led.c.octets = infile_octets(st->in);
	if (n < 0) {
		cannot_read(st);
	} else if (n == 0) {
		st->eof = true;
		if (sniff(st))
			check_end(st);
	} else {
		st->used += (size_t)n;
		decode(st);
	}
	return 1;
}

struct store *
store_open(const char *path, struct source *s, struct stream_scratch *scratch)
{
	struct store *st = calloc(1, sizeof(*st));

	if (st == NULL) {
		log_error("%s", path);
		return NULL;
	}
	st->path = strcmp(path, "-") == 0 ? "standard input" : path;
	st->src = s;
	st->scratch = scratch;
	if ((st->in = infile_open(path)) == NULL) {
		log_error("%s", path);
		free(st);
		return NULL;
	}
	return st;
}

int
store_fill(struct store *st)
{
	if (obsq_head(&st->q) != NULL)
		return 1;
	obsq_clear(&st->q);
	while (obsq_head(&st->q) == NULL && !st->end) {
		if (read_more(st) == 0)
			return 0;
	}
	if (obsq_head(&st->q) == NULL && st->bye)
		ledger_bye(&st->src->led, st->bye_seq);
	return 1;
}

const struct obs *
store_head(const struct store *st)
{
	return obsq_head(&st->q);
}

const struct obs *
store_run(struct store *st, wall_t until, uint64_t *ret_first, size_t *ret_n)
{
	return obsq_run(&st->q, until, ret_first, ret_n);
}

int
store_fd(const struct store *st)
{
	return infile_fd(st->in);
}

struct source *
store_source(const struct store *st)
{
	return st->src;
}

bool
store_failed(const struct store *st)
{
	return st->failed;
}

void
store_leave(struct store *st)
{
	obsq_skip(&st->q);
	st->end = true;
	st->bye = false;
}

bool
store_ended(const struct store *st)
{
	return st->end && obsq_head(&st->q) == NULL;
}

void
store_close(struct store *st)
{
	if (st == NULL)
		return;
	infile_close(st->in);
	stream_free(st->stream);
	free(st->buf);
	obsq_done(&st->q);
	free(st->dns);
	free(st);
}
