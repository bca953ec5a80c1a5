/* SPDX-License-Identifier: BSD-3-Clause */
/* The old stream: records of 28 octets, however the reads cut them. */
#include "collector/legacy.h"

#include <string.h>

#define BATCH 128

/* Packets that wait to be given out together. */
struct batch {
	struct legacy *l;
	legacy_fn *emit;
	void *arg;
	size_t n;
	struct obs o[BATCH];
};

static void
batch_out(struct batch *b)
{
	if (b->n == 0)
		return;
	b->emit(b->arg, b->l->next, b->o, b->n);
	b->l->next += b->n;
	b->n = 0;
}

/* Read one record; host observations keep their place among the packets. */
static int
batch_get(struct batch *b, const uint8_t *rec)
{
	struct obs *o = &b->o[b->n];

	if (rec28_get(o, rec, REC28_LEN) != REC28_LEN)
		return -1;
	if (o->kind == OBS_PKT) {
		if (++b->n == BATCH)
			batch_out(b);
		return 0;
	}
	const struct obs host = *o;

	batch_out(b);
	b->emit(b->arg, b->l->next, &host, 1);
	return 0;
}

void
legacy_init(struct legacy *l, uint64_t first)
{
	*l = (struct legacy){ .next = first };
}

int
legacy_feed(struct legacy *l, const uint8_t *buf, size_t len, legacy_fn *emit,
    void *arg)
{
	struct batch b;
	int r = 0;

	b.l = l;
	b.emit = emit;
	b.arg = arg;
	b.n = 0;
	if (l->n > 0) {
		size_t take = REC28_LEN - l->n;

		if (take > len)
			take = len;
		memcpy(l->rest + l->n, buf, take);
		l->n += take;
		buf += take;
		len -= take;
		if (l->n < REC28_LEN)
			return 0;
		l->n = 0;
		r = batch_get(&b, l->rest);
	}
	for (; r == 0 && len >= REC28_LEN; buf += REC28_LEN, len -= REC28_LEN)
		r = batch_get(&b, buf);
	batch_out(&b);
	if (r != 0)
		return -1;
	memcpy(l->rest, buf, len);
	l->n = len;
	return 0;
}
