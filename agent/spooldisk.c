/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a spool, in files, each of them a stored v1 stream. */
#include "agent/spooldisk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/spool.h"
#include "agent/spoolname.h"
#include "agent/spoolstore.h"
#include "base/fdio.h"
#include "base/log.h"
#include "wire/frame.h"
#include "wire/ifaces.h"

#define FILE_SHARE 16    /* of the limit, in one file */
#define FILE_MIN   65536 /* octets, but no less than this */
#define HEAD_SHARE 4     /* of a file, at most, before its records */
#define LOAD_BUF   ((size_t)2 * (FRAME_MAX + FRAME_OVERHEAD))

struct part {
	uint64_t off;  /* of its first octet behind HELLO */
	uint64_t end;  /* behind its last one */
	uint32_t head; /* octets of HELLO and interfaces */
};

struct spooldisk {
	struct spoolstore store;
	int dir;
	uint8_t id[16];
	uint64_t file_max;
	struct spooldisk_head head;
	struct part *part;
	size_t n, size;
	int fd;              /* of the last part, for writing; -1 */
	unsigned int ifaces; /* that this part tells of */
	int in;              /* of the part that was read last; -1 */
	uint64_t held;       /* .off of that one */
	bool told; /* the log says that the last part cannot be written */
};

static void
shut(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
remove_part(const struct spooldisk *d, uint64_t off)
{
	char name[SPOOLNAME_MAX];

	spoolname_put(d->id, off, name);
	(void)unlinkat(d->dir, name, 0);
}

/* Write all, or leave the file as it was. */
static bool
write_whole(int fd, const void *data, size_t len)
{
	const off_t was = lseek(fd, 0, SEEK_CUR);

	if (fdio_write(fd, data, len, FDIO_HERE) == 0)
		return true;
	const int err = errno;

	if (ftruncate(fd, was) == 0)
		(void)lseek(fd, was, SEEK_SET);
	errno = err;
	return false;
}

static struct part *
room_for_part(struct spooldisk *d)
{
	if (d->n == d->size) {
		const size_t size = 2 * d->size + 32;
		struct part *p = realloc(d->part, size * sizeof(*p));

		if (p == NULL)
			return NULL;
		d->part = p;
		d->size = size;
	}
	return &d->part[d->n];
}

/*
 * Write what a file begins with to ${d->fd}.  Returns its octets, 0 with errno
 * on failure.
 */
static uint32_t
write_head(struct spooldisk *d, const struct spoolpos *pos)
{
	const struct ifaces *l = d->head.ifaces;
	uint8_t buf[HELLO_MAX];
	size_t n = d->head.hello(d->head.arg, pos->seq, pos->dns, buf);
	uint32_t sum = 0;

	for (unsigned int i = hello_fit(l->iface, l->n); i < l->n; i++) {
		if (sizeof(buf) - n < IFACES_FRAME_MAX) {
			if (!write_whole(d->fd, buf, n))
				return 0;
			sum += (uint32_t)n;
			n = 0;
		}
		n += ifaces_frame(buf + n, i, &l->iface[i]);
	}
	d->ifaces = l->n;
	return write_whole(d->fd, buf, n) ? sum + (uint32_t)n : 0;
}

static bool
begin_part(struct spooldisk *d, const struct spoolpos *pos)
{
	struct part *p = room_for_part(d);
	char name[SPOOLNAME_MAX];

	shut(&d->fd);
	if (p == NULL)
		return false;
	spoolname_put(d->id, d->store.end, name);
	d->fd =
	    openat(d->dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (d->fd < 0)
		return false;
	*p = (struct part){ d->store.end, d->store.end, write_head(d, pos) };
	if (p->head == 0) {
		shut(&d->fd);
		remove_part(d, p->off);
		return false;
	}
	d->n++;
	d->told = false;
	return true;
}

/* Say why nothing can be put, once a file.  Returns false. */
static bool
complain(struct spooldisk *d)
{
	char name[SPOOLNAME_MAX];
	const int err = errno;

	spoolname_put(d->id, d->store.end, name);
	if (!d->told)
		log_warn("spool: at %s: records are lost", name);
	d->told = true;
	errno = err;
	return false;
}

/* Should the next group begin a part?  It must know all interfaces. */
static bool
is_full(const struct spooldisk *d)
{
	const struct part *last;
	uint64_t size;

	if (d->fd < 0 || d->ifaces != d->head.ifaces->n)
		return true;
	last = &d->part[d->n - 1];
	size = d->store.end - last->off;
	return size >= d->file_max && size / HEAD_SHARE >= last->head;
}

static bool
disk_put(struct spoolstore *s, const void *data, size_t len,
    const struct spoolpos *begin)
{
	struct spooldisk *d = (struct spooldisk *)s;

	if (begin != NULL && is_full(d) && !begin_part(d, begin))
		return complain(d);
	if (d->fd < 0)
		return false;
	if (!write_whole(d->fd, data, len))
		return complain(d);
	if (*(const uint8_t *)data >> 4 == FRAME_EXT)
		d->ifaces = d->head.ifaces->n;
	s->end += len;
	d->part[d->n - 1].end = s->end;
	return true;
}

static const struct part *
part_of(const struct spooldisk *d, uint64_t off)
{
	for (size_t i = 0; i < d->n; i++) {
		if (off >= d->part[i].off && off < d->part[i].end)
			return &d->part[i];
	}
	return NULL;
}

static bool
hold(struct spooldisk *d, const struct part *p)
{
	char name[SPOOLNAME_MAX];

	if (d->in >= 0 && d->held == p->off)
		return true;
	shut(&d->in);
	spoolname_put(d->id, p->off, name);
	d->in = openat(d->dir, name, O_RDONLY | O_CLOEXEC);
	d->held = p->off;
	return d->in >= 0;
}

static size_t
disk_get(struct spoolstore *s, uint64_t off, void *dst, size_t len)
{
	struct spooldisk *d = (struct spooldisk *)s;
	const struct part *p;
	uint8_t *to = dst;
	size_t done = 0;
	ssize_t n = 1;

	errno = ENODATA;
	while (done < len && n > 0 && (p = part_of(d, off + done)) != NULL &&
	       hold(d, p)) {
		const uint64_t in = off + done - p->off;
		const uint64_t left = p->end - p->off - in;

		n = pread(d->in, to + done,
		    left < len - done ? (size_t)left : len - done,
		    (off_t)(in + p->head));
		done += n > 0 ? (size_t)n : 0;
	}
	return done;
}

static uint64_t
disk_unit(const struct spoolstore *s)
{
	const struct spooldisk *d = (const struct spooldisk *)s;

	return d->n > 0 ? d->part[0].end : s->first;
}

static void
disk_drop(struct spoolstore *s, uint64_t to)
{
	struct spooldisk *d = (struct spooldisk *)s;
	size_t n = 0;

	while (n < d->n && d->part[n].end <= to)
		remove_part(d, d->part[n++].off);
	if (n == 0)
		return;
	if (n == d->n)
		shut(&d->fd);
	d->n -= n;
	memmove(d->part, d->part + n, d->n * sizeof(*d->part));
	s->first = d->n > 0 ? d->part[0].off : s->end;
}

static void
disk_close(struct spoolstore *s)
{
	struct spooldisk *d = (struct spooldisk *)s;

	shut(&d->fd);
	shut(&d->in);
	free(d->part);
	free(d);
}

static const struct spoolstore_type spooldisk_type = { .put = disk_put,
	.get = disk_get,
	.unit = disk_unit,
	.drop = disk_drop,
	.close = disk_close };

struct spoolstore *
spooldisk_new(int dir, const uint8_t id[static 16], size_t limit,
    const struct spooldisk_head *head)
{
	struct spooldisk *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->store.type = &spooldisk_type;
	d->dir = dir;
	memcpy(d->id, id, sizeof(d->id));
	d->file_max = limit / FILE_SHARE;
	if (d->file_max < FILE_MIN)
		d->file_max = FILE_MIN;
	d->head = *head;
	d->fd = d->in = -1;
	return &d->store;
}

/* An earlier run on its way from its files. */
struct load {
	struct spooldisk *d;
	struct part *p;
	struct spool *sp;
	struct ifaces *ifaces;
	struct hello *hello;
};

/* Take over what a frame tells of interfaces.  Returns whether that can be. */
static bool
adopt_iface(struct ifaces *t, const struct frame *f)
{
	struct hello_iface i;
	uint64_t index;
	const int kind = ifaces_get(&index, &i, f->body, f->len);

	if (kind <= 0)
		return kind == 0;
	return ifaces_add(t, index, &i) < IFACES_WRONG;
}

/* Take over whole frames from ${buf}.  Returns their octets; -1: no frame. */
static ptrdiff_t
adopt(struct load *l, const uint8_t *buf, size_t len)
{
	struct part *p = l->p;
	struct frame f;
	size_t done = 0;
	int n;

	while ((n = frame_get(&f, buf + done, len - done, FRAME_MAX)) > 0) {
		if (f.type == FRAME_EXT && !adopt_iface(l->ifaces, &f))
			return -1;
		done += (size_t)n;
		if (f.type == FRAME_EXT && p->end == p->off) {
			p->head += (uint32_t)n;
			continue;
		}
		if (!spool_adopt(l->sp, &f, p->end == p->off))
			return -1;
		p->end += (size_t)n;
		l->d->store.end = p->end;
	}
	return n < 0 ? -1 : (ptrdiff_t)done;
}

/* The same with HELLO before them, if that was not read yet. */
static ptrdiff_t
take(struct load *l, const uint8_t *buf, size_t len)
{
	struct hello *h = l->hello;
	ptrdiff_t n;
	int head = 0;

	if (l->p->head == 0) {
		head = hello_get(h, buf, len);
		if (head <= 0)
			return head;
		if (!h->has_stream ||
		    memcmp(h->stream_id, l->d->id, sizeof(l->d->id)) != 0)
			return -1;
		for (unsigned int i = 0; i < h->n_ifaces; i++) {
			if (ifaces_add(l->ifaces, i, &h->iface[i]) >=
			    IFACES_WRONG)
				return -1;
		}
		l->p->head = (uint32_t)head;
		spool_start(l->sp, h->seq, h->dns_seq);
	}
	n = adopt(l, buf + head, len - (size_t)head);
	return n < 0 ? -1 : head + n;
}

/*
 * Read HELLO and the frames of ${l->p} from ${fd}, as far as they are sound.
 * Returns false with errno when they cannot be read.
 */
static bool
read_part(struct load *l, int fd)
{
	uint8_t *buf = malloc(LOAD_BUF);
	size_t used = 0;
	ptrdiff_t n = 0;
	ssize_t got = 0;

	if (buf == NULL)
		return false;
	while (n >= 0 && (got = read(fd, buf + used, LOAD_BUF - used)) > 0) {
		used += (size_t)got;
		n = take(l, buf, used);
		if (n > 0) {
			used -= (size_t)n;
			memmove(buf, buf + n, used);
		}
	}
	free(buf);
	return got >= 0;
}

/* Cut what is damaged off ${p}, whose file is ${name}, or remove it. */
static void
mend_part(
    const struct spooldisk *d, const struct part *p, int fd, const char *name)
{
	const off_t whole = (off_t)(p->head + p->end - p->off);
	const bool any = p->end > p->off;
	struct stat st;

	if (fstat(fd, &st) == 0 && whole < st.st_size) {
		log_warnx("spool: %s: %jd octets at its end are damaged, and "
			  "cut off",
		    name, (intmax_t)(st.st_size - whole));
	} else if (any)
		return;
	if ((any ? ftruncate(fd, whole) : unlinkat(d->dir, name, 0)) != 0)
		log_warn("spool: %s", name);
}

int
spooldisk_load(struct spoolstore *store, uint64_t off, struct spool *sp,
    struct hello *ret_h, struct ifaces *ifaces)
{
	struct spooldisk *d = (struct spooldisk *)store;
	struct part *p = room_for_part(d);
	struct load l = { d, p, sp, ifaces, ret_h };
	char name[SPOOLNAME_MAX];
	bool sound;
	int fd;

	spoolname_put(d->id, off, name);
	if (p == NULL ||
	    (fd = openat(d->dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)) < 0) {
		log_warn("spool: %s", name);
		return -1;
	}
	*p = (struct part){ .off = off, .end = off };
	if (d->n == 0)
		store->first = off;
	store->end = off;
	sound = read_part(&l, fd);
	if (sound) {
		mend_part(d, p, fd, name);
	} else {
		log_warn("spool: %s", name);
	}
	close(fd);
	if (p->end == p->off) {
		errno = sound ? ENODATA : EIO;
		return -1;
	}
	d->n++;
	return 0;
}
