/* SPDX-License-Identifier: BSD-3-Clause */
/* A binary heap: each line is moved once on its way. */
#include "collector/mgenline.h"

#include <stdlib.h>

#define CAP_FIRST 64

static bool
is_before(const struct mgenline *a, const struct mgenline *b)
{
	return a->time.ns != b->time.ns ? a->time.ns < b->time.ns
					: a->serial < b->serial;
}

/* What one node held at its peak is not kept from others. */
static void
shrink(struct mgenline_heap *h)
{
	struct mgenline *line;

	if (h->cap <= CAP_FIRST || h->n >= h->cap / 4 ||
	    (line = reallocarray(h->line, h->cap / 2, sizeof(*line))) == NULL)
		return;
	h->line = line;
	h->cap /= 2;
}

bool
mgenline_grow(struct mgenline_heap *h)
{
	const size_t cap = h->cap == 0 ? CAP_FIRST : h->cap * 2;
	struct mgenline *line;

	if (h->n < h->cap)
		return true;
	if ((line = reallocarray(h->line, cap, sizeof(*line))) == NULL)
		return false;
	h->line = line;
	h->cap = cap;
	return true;
}

void
mgenline_put(struct mgenline_heap *h, const struct mgenline *line)
{
	size_t i = h->n++;

	for (; i > 0 && is_before(line, &h->line[(i - 1) / 2]); i = (i - 1) / 2)
		h->line[i] = h->line[(i - 1) / 2];
	h->line[i] = *line;
}

struct mgenline
mgenline_take(struct mgenline_heap *h)
{
	struct mgenline *l = h->line;
	const struct mgenline first = l[0];
	const struct mgenline *moved = &l[--h->n];
	size_t at = 0;

	for (;;) {
		size_t least = 2 * at + 1;

		if (least + 1 < h->n && is_before(&l[least + 1], &l[least]))
			least++;
		if (least >= h->n || !is_before(&l[least], moved))
			break;
		l[at] = l[least];
		at = least;
	}
	if (&l[at] != moved)
		l[at] = *moved;
	shrink(h);
	return first;
}
