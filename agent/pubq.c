/* SPDX-License-Identifier: BSD-3-Clause */
/* What waits for one collector, and what it lost because it was slow. */
#include "agent/pubq.h"

void
pubq_init(struct pubq *q, size_t limit, uint64_t *total)
{
	*q = (struct pubq){ .limit = limit, .total = total };
	obuf_init(&q->buf, limit);
}

bool
pubq_put(struct pubq *q, const void *data, size_t len)
{
	if (!q->losing && !obuf_put(&q->buf, data, len))
		q->losing = true;
	return !q->losing;
}

bool
pubq_tell(struct pubq *q, const void *data, size_t len)
{
	return obuf_put(&q->buf, data, len);
}

static void
count(struct pubq *q, uint64_t n)
{
	q->lost += n;
	*q->total += n;
}

void
pubq_lose_obs(struct pubq *q, const struct obs *o)
{
	switch (o->kind) {
	case OBS_PKT:
		q->gap++;
		count(q, 1);
		return;
	case OBS_LOSS:
		if (o->loss.reason <= OBS_LOSS_MAX)
			q->missed[o->loss.reason] += o->loss.count;
		return;
	case OBS_HOST:
	case OBS_DNS:
		count(q, 1);
		return;
	}
}

bool
pubq_ready(const struct pubq *q)
{
	return q->losing && !pubq_behind(q);
}

void
pubq_resume(struct pubq *q)
{
	q->losing = false;
}

bool
pubq_owed(struct pubq *q, wall_t now, struct obs *ret_o)
{
	struct obs o = { .kind = OBS_LOSS, .time = now };

	if (q->gap > 0) {
		o.loss = (struct obs_loss){ OBS_LOSS_QUEUE, 0, q->gap };
		q->gap = 0;
		*ret_o = o;
		return true;
	}
	for (uint32_t r = 0; r <= OBS_LOSS_MAX; r++) {
		if (q->missed[r] > 0) {
			o.loss = (struct obs_loss){ r, 0, q->missed[r] };
			q->missed[r] = 0;
			*ret_o = o;
			return true;
		}
	}
	return false;
}

bool
pubq_behind(const struct pubq *q)
{
	return obuf_used(&q->buf) > q->limit / 2;
}

void
pubq_done(struct pubq *q)
{
	obuf_done(&q->buf);
}
