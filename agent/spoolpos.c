/* SPDX-License-Identifier: BSD-3-Clause */
/* A place in a stream, and what each of its frames does to it. */
#include "agent/spoolpos.h"

#include "wire/bytes.h"
#include "wire/ctl.h"

static bool
step_pkt(struct spoolpos *p, const struct frame *f)
{
	struct rd r = rd_init(f->body, f->len);
	const uint64_t count = rd_var(&r);

	(void)rd_var(&r); /* messages */
	const uint64_t first =
	    (f->flags & FRAME_FLAG_KEY) != 0 ? rd_var(&r) : p->seq;

	if (r.bad)
		return false;
	p->seq = first + count;
	return true;
}

static bool
step_dns(struct spoolpos *p, const struct frame *f)
{
	struct rd r = rd_init(f->body, f->len);
	const uint64_t first = rd_var(&r);
	const uint64_t count = rd_var(&r);

	if (r.bad)
		return false;
	p->dns = first + count;
	return true;
}

static bool
step_gap(struct spoolpos *p, const struct frame *f)
{
	struct obs o;

	if (ctl_gap_get(&o, f->body, f->len) != 0)
		return false;
	if (o.loss.reason < OBS_LOSS_UNSEEN) {
		p->seq = o.loss.first + o.loss.count;
	} else {
		p->unseen[o.loss.reason - OBS_LOSS_UNSEEN] += o.loss.count;
	}
	return true;
}

void
spoolpos_meet(struct spoolpos *p, const struct frame *f)
{
	struct spoolpos after = *p;
	struct rd r = rd_init(f->body, f->len);
	uint64_t first = rd_var(&r);

	if (f->type == FRAME_DNS && step_dns(&after, f)) {
		p->dns = first;
	} else if (f->type == FRAME_PKT && step_pkt(&after, f)) {
		/* What it begins with is their count. */
		p->seq = after.seq - first;
	}
}

bool
spoolpos_step(struct spoolpos *p, const struct frame *f)
{
	switch (f->type) {
	case FRAME_PKT:
		return step_pkt(p, f);
	case FRAME_DNS:
		return step_dns(p, f);
	case FRAME_GAP:
		return step_gap(p, f);
	case FRAME_SYSINFO:
	case FRAME_EXT:
		return true;
	default:
		return false;
	}
}

bool
spoolpos_before(const struct spoolpos *p, uint64_t seq, uint64_t dns)
{
	return p->seq <= seq && p->dns <= dns && (p->seq < seq || p->dns < dns);
}
