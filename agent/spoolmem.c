/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a spool, in memory. */
#include "agent/spoolmem.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/spoolstore.h"
#include "base/obuf.h"

struct spoolmem {
	struct spoolstore store;
	struct obuf buf;
};

static bool
mem_put(struct spoolstore *s, const void *data, size_t len,
    const struct spoolpos *begin)
{
	struct spoolmem *m = (struct spoolmem *)s;

	(void)begin;
	if (!obuf_put(&m->buf, data, len)) {
		errno = ENOMEM;
		return false;
	}
	s->end += len;
	return true;
}

static size_t
mem_get(struct spoolstore *s, uint64_t off, void *dst, size_t len)
{
	const struct spoolmem *m = (const struct spoolmem *)s;

	obuf_copy(&m->buf, (size_t)(off - s->first), dst, len);
	return len;
}

static uint64_t
mem_unit(const struct spoolstore *s)
{
	return s->first;
}

static void
mem_drop(struct spoolstore *s, uint64_t to)
{
	struct spoolmem *m = (struct spoolmem *)s;

	obuf_drop(&m->buf, (size_t)(to - s->first));
	s->first = to;
}

static void
mem_close(struct spoolstore *s)
{
	struct spoolmem *m = (struct spoolmem *)s;

	obuf_done(&m->buf);
	free(m);
}

static const struct spoolstore_type spoolmem_type = { .put = mem_put,
	.get = mem_get,
	.unit = mem_unit,
	.drop = mem_drop,
	.close = mem_close };

struct spoolstore *
spoolmem_new(size_t limit)
{
	struct spoolmem *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->store.type = &spoolmem_type;
	obuf_init(&m->buf, limit);
	return &m->store;
}
