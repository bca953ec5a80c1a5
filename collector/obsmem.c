/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for what observations point to, while they wait in a queue. */
#include "collector/obsmem.h"

#include <stdlib.h>
#include <string.h>

#include "wire/dnsname.h"

#define CHUNK ((size_t)65536)
#define ALIGN sizeof(uint64_t)

struct obsmem_chunk {
	struct obsmem_chunk *next;
	size_t used, size;
	uint64_t data[];
};

static bool
add_chunk(struct obsmem *m, size_t len)
{
	const size_t size = len > CHUNK ? len : CHUNK;
	struct obsmem_chunk *c;

	if (m->total + size > OBSMEM_MAX ||
	    (c = malloc(sizeof(*c) + size)) == NULL)
		return false;
	*c = (struct obsmem_chunk){ .next = m->chunk, .size = size };
	m->chunk = c;
	m->total += size;
	return true;
}

/* Copy ${len} octets.  Returns where they are, NULL without memory. */
static const void *
keep(struct obsmem *m, const void *data, size_t len)
{
	const size_t room = (len + ALIGN - 1) / ALIGN * ALIGN;
	struct obsmem_chunk *c = m->chunk;
	uint8_t *p;

	if (c == NULL || c->size - c->used < room) {
		if (!add_chunk(m, room))
			return NULL;
		c = m->chunk;
	}
	p = (uint8_t *)c->data + c->used;
	c->used += room;
	if (len > 0)
		memcpy(p, data, len);
	return p;
}

static size_t
names_len(const struct obs_dns *d)
{
	size_t len = 0;

	for (unsigned int i = 0; i < d->n_names; i++)
		len += dnsname_get(d->names + len, DNSNAME_MAX);
	return len;
}

bool
obsmem_keep(struct obsmem *m, struct obs *o)
{
	struct obs_dns *d = &o->dns;

	if (o->kind != OBS_DNS)
		return true;
	d->names = keep(m, d->names, names_len(d));
	d->addrs = keep(m, d->addrs, d->n_addrs * sizeof(*d->addrs));
	d->resolver = keep(m, d->resolver, strlen(d->resolver) + 1);
	return d->names != NULL && d->addrs != NULL && d->resolver != NULL;
}

void
obsmem_clear(struct obsmem *m)
{
	struct obsmem_chunk *c;

	while ((c = m->chunk) != NULL && (c->next != NULL || c->size > CHUNK)) {
		m->chunk = c->next;
		m->total -= c->size;
		free(c);
	}
	if (c != NULL)
		c->used = 0;
}

void
obsmem_done(struct obsmem *m)
{
	obsmem_clear(m);
	free(m->chunk);
	*m = (struct obsmem){ 0 };
}
