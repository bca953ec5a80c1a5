/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of a stream: a list that grows, and the frame that tells. */
#include "wire/ifaces.h"

#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/frame.h"
#include "wire/hash.h"

#define SHORT   16  /* interfaces: so few are looked through */
#define BUCKETS 512 /* a power of two */
#define NONE    UINT16_MAX

/* The first interfaces of a list, by node and name. */
struct ifaces_index {
	struct hash_key key; /* a peer chooses the names */
	unsigned int n;
	uint16_t head[BUCKETS]; /* the latest of a chain */
	uint16_t before[HELLO_STREAM_IFACES];
};

static bool
same_place(const struct hello_iface *a, const struct hello_iface *b)
{
	return a->linktype == b->linktype && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->node, b->node) == 0;
}

bool
ifaces_reserve(struct ifaces *t, unsigned int n)
{
	const unsigned int room =
	    t->n + n > 2 * t->room ? t->n + n : 2 * t->room;
	struct hello_iface *p;

	if (t->n + n <= t->room)
		return true;
	if ((p = realloc(t->iface, room * sizeof(*p))) == NULL)
		return false;
	t->iface = p;
	t->room = room;
	return true;
}

enum ifaces_verdict
ifaces_add(struct ifaces *t, uint64_t index, const struct hello_iface *i)
{
	if (index < t->n) {
		const struct hello_iface *had = &t->iface[index];

		return same_place(had, i) && strcmp(had->filter, i->filter) == 0
			   ? IFACES_KNOWN
			   : IFACES_WRONG;
	}
	if (index > t->n || index >= HELLO_STREAM_IFACES)
		return IFACES_WRONG;
	if (!ifaces_reserve(t, 1))
		return IFACES_FULL;
	t->iface[t->n++] = *i;
	return IFACES_NEW;
}

static uint64_t
hash_text(const struct ifaces_index *x, const char *text)
{
	return hash_bytes(&x->key, text, strlen(text));
}

static uint16_t *
bucket_of(struct ifaces_index *x, const struct hello_iface *i)
{
	const uint64_t h = hash_fold(hash_text(x, i->node) ^ x->key.k[0],
	    hash_text(x, i->name) ^ x->key.k[1]);

	return &x->head[h % BUCKETS];
}

/* Bring the index up to date.  Returns NULL when there is no memory. */
static struct ifaces_index *
index_of(struct ifaces *t)
{
	struct ifaces_index *x = t->index;

	if (x == NULL) {
		if ((x = t->index = malloc(sizeof(*x))) == NULL)
			return NULL;
		hash_key_draw(&x->key);
		x->n = 0;
		memset(x->head, 0xff, sizeof(x->head));
	}
	for (; x->n < t->n; x->n++) {
		uint16_t *b = bucket_of(x, &t->iface[x->n]);

		x->before[x->n] = *b;
		*b = (uint16_t)x->n;
	}
	return x;
}

unsigned int
ifaces_find(struct ifaces *t, const struct hello_iface *i)
{
	struct ifaces_index *x = t->n > SHORT ? index_of(t) : NULL;
	unsigned int found = t->n;

	if (x == NULL) {
		found = 0;
		while (found < t->n && !same_place(&t->iface[found], i))
			found++;
		return found;
	}
	for (uint16_t at = *bucket_of(x, i); at != NONE; at = x->before[at]) {
		if (same_place(&t->iface[at], i))
			found = at;
	}
	return found;
}

/*
 *	+------+-------+----------+---+------+---+------+-----------
 *	| type | index | linktype | n | name | n | node | filter ...
 *	+------+-------+----------+---+------+---+------+-----------
 *	 varint varint      2       1    n     1    n     the rest
 */
size_t
ifaces_frame(uint8_t dst[static IFACES_FRAME_MAX], uint64_t index,
    const struct hello_iface *i)
{
	uint8_t body[IFACES_FRAME_MAX - FRAME_OVERHEAD];
	const size_t name = strlen(i->name), node = strlen(i->node);
	struct wr w = wr_init(body, sizeof(body));

	wr_var(&w, IFACES_EXT);
	wr_var(&w, index);
	wr_u16(&w, i->linktype);
	wr_u8(&w, (uint8_t)name);
	wr_mem(&w, i->name, name);
	wr_u8(&w, (uint8_t)node);
	wr_mem(&w, i->node, node);
	wr_mem(&w, i->filter, strlen(i->filter));

	const struct frame f = {
		.type = FRAME_EXT, .body = body, .len = (size_t)(w.p - body)
	};

	return frame_put(dst, &f);
}

/* Read a text of up to ${room} - 1 octets behind its length. */
static void
get_short(struct rd *r, char *dst, size_t room)
{
	const size_t n = rd_u8(r);
	const uint8_t *p = rd_take(r, n);

	if (r->bad || n >= room) {
		r->bad = true;
		return;
	}
	hello_text(dst, room, p, n);
	hello_no_colon(dst);
}

int
ifaces_get(uint64_t *ret_index, struct hello_iface *ret_i, const uint8_t *body,
    size_t len)
{
	struct rd r = rd_init(body, len);
	struct hello_iface i = { .linktype = 0 };
	const uint64_t type = rd_var(&r);
	uint64_t index;

	if (r.bad)
		return -1;
	if (type != IFACES_EXT)
		return 0;
	index = rd_var(&r);
	i.linktype = rd_u16(&r);
	get_short(&r, i.name, sizeof(i.name));
	get_short(&r, i.node, sizeof(i.node));
	if (r.bad || rd_left(&r) >= sizeof(i.filter))
		return -1;
	hello_text(i.filter, sizeof(i.filter), r.p, rd_left(&r));
	*ret_index = index;
	*ret_i = i;
	return 1;
}

void
ifaces_done(struct ifaces *t)
{
	free(t->iface);
	free(t->index);
	*t = (struct ifaces){ 0 };
}
