/* SPDX-License-Identifier: BSD-3-Clause */
/* Octets of a session that wait for those that belong to them. */
#ifndef COLLECTOR_SESSREST_H_
#define COLLECTOR_SESSREST_H_

#include <stddef.h>
#include <stdint.h>

/* No memory while there is nothing to keep; all 0 is empty. */
struct sessrest {
	uint8_t *buf;
	size_t n;
};

/**
 * sessrest_join(r, buf, len):
 * Return where what was kept and, behind it, the ${*len} octets at ${buf} are:
 * at ${buf} if nothing was kept.  ${*len} becomes their number; sessrest_keep
 * must follow.  NULL with errno on failure.
 */
const uint8_t *sessrest_join(
    struct sessrest *r, const uint8_t *buf, size_t *len);

/**
 * sessrest_keep(r, p, len):
 * Keep the last ${len} octets, at ${p}, of what sessrest_join returned, no
 * others.  Returns 0, or -1 with errno: nothing is kept.
 */
int sessrest_keep(struct sessrest *r, const uint8_t *p, size_t len);

/**
 * sessrest_done(r):
 * Free what is kept.
 */
void sessrest_done(struct sessrest *r);

#endif
