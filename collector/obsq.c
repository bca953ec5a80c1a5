/* SPDX-License-Identifier: BSD-3-Clause */
/* A queue of observations and their numbers. */
#include "collector/obsq.h"

#include <stdlib.h>
#include <string.h>

/* Have room for ${n} more. */
static bool
grow(struct obsq *q, size_t n)
{
	const size_t size = 2 * (q->n + n);

	if (q->n + n <= q->size)
		return true;
	struct obs *o = realloc(q->o, size * sizeof(*o));

	if (o != NULL)
		q->o = o;
	uint64_t *seq = realloc(q->seq, size * sizeof(*seq));

	if (seq != NULL)
		q->seq = seq;
	if (o == NULL || seq == NULL)
		return false;
	q->size = size;
	return true;
}

bool
obsq_put(struct obsq *q, uint64_t first, const struct obs *o, size_t n)
{
	if (!grow(q, n))
		return false;
	memcpy(&q->o[q->n], o, n * sizeof(*o));
	for (size_t i = 0; i < n; i++) {
		if (!obsmem_keep(&q->mem, &q->o[q->n]))
			return false;
		q->seq[q->n++] = first + i;
	}
	return true;
}

const struct obs *
obsq_head(const struct obsq *q)
{
	return q->head < q->n ? &q->o[q->head] : NULL;
}

const struct obs *
obsq_run(struct obsq *q, wall_t until, uint64_t *ret_first, size_t *ret_n)
{
	const size_t from = q->head;
	size_t at = from + 1;

	if (q->o[from].kind == OBS_PKT) {
		while (at < q->n && at - from < OBSQ_RUN_MAX &&
		       q->o[at].kind == OBS_PKT &&
		       q->o[at].time.ns <= until.ns &&
		       q->seq[at] == q->seq[at - 1] + 1)
			at++;
	}
	q->head = at;
	*ret_first = q->seq[from];
	*ret_n = at - from;
	return &q->o[from];
}

void
obsq_skip(struct obsq *q)
{
	q->head = q->n;
}

void
obsq_clear(struct obsq *q)
{
	q->head = q->n = 0;
	obsmem_clear(&q->mem);
}

void
obsq_done(struct obsq *q)
{
	free(q->o);
	free(q->seq);
	obsmem_done(&q->mem);
}
