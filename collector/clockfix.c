/* SPDX-License-Identifier: BSD-3-Clause */
/* Times of another machine's clock put right, without ever going backward. */
#include "collector/clockfix.h"

__extension__ typedef __int128 wide_t;

void
clockfix_aim(struct clockfix *f, wall_t last, int64_t offset)
{
	int64_t most, step;

	if (!f->on) {
		*f = (struct clockfix){ .on = true,
			.t0 = last.ns,
			.t1 = last.ns,
			.off0 = offset,
			.off1 = offset };
		return;
	}
	if (last.ns <= f->t1)
		return;
	f->t0 = f->t1;
	f->off0 = f->off1;
	f->t1 = last.ns;
	most = mono_minus(f->t1, f->t0) / CLOCKFIX_SLEW;
	step = mono_minus(offset, f->off0);
	step = step > most ? most : step < -most ? -most : step;
	f->off1 = f->off0 + step;
}

wall_t
clockfix_time(const struct clockfix *f, wall_t t)
{
	int64_t off = f->off1;

	if (!f->on)
		return t;
	if (t.ns <= f->t0) {
		off = f->off0;
	} else if (t.ns < f->t1) {
		off = f->off0 + (int64_t)((wide_t)(f->off1 - f->off0) *
					  mono_minus(t.ns, f->t0) /
					  mono_minus(f->t1, f->t0));
	}
	return (wall_t){ mono_minus(t.ns, off) };
}
