/* SPDX-License-Identifier: BSD-3-Clause */
/* A place in a stream, and what each of its frames does to it. */
#ifndef AGENT_SPOOLPOS_H_
#define AGENT_SPOOLPOS_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/frame.h"
#include "wire/obs.h"

#define SPOOLPOS_UNSEEN (OBS_LOSS_MAX + 1 - OBS_LOSS_UNSEEN)

struct spoolpos {
	uint64_t seq, dns; /* numbers of the next packet and DNS record */
	/* What never became records, by reason - OBS_LOSS_UNSEEN. */
	uint64_t unseen[SPOOLPOS_UNSEEN];
};

/**
 * spoolpos_meet(p, f):
 * The valid frame ${f} comes next: go past the records that are missing before
 * it, as far as it tells.
 */
void spoolpos_meet(struct spoolpos *p, const struct frame *f);

/**
 * spoolpos_step(p, f):
 * Go past the valid frame ${f}.  Returns false, with ${p} as it was, when
 * ${f} is none that a stream has.
 */
bool spoolpos_step(struct spoolpos *p, const struct frame *f);

/**
 * spoolpos_before(p, seq, dns):
 * Return whether who has all before ${seq} and ${dns} has all before ${p}, and
 * something behind it.
 */
bool spoolpos_before(const struct spoolpos *p, uint64_t seq, uint64_t dns);

#endif
