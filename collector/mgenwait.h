/* SPDX-License-Identifier: BSD-3-Clause */
/* Delays that wait until it is known what the sender's clock shows. */
#ifndef COLLECTOR_MGENWAIT_H_
#define COLLECTOR_MGENWAIT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MGENWAIT_BLOCK 512   /* delays: 4 KiB */
#define MGENWAIT_MAX   65536 /* at one place */

/* Begins as zeroes. */
struct mgenwait {
	int64_t *ns; /* .n of them, in the order they came */
	size_t n;
	unsigned int ticks; /* the user's: how long the first one waits */
};

/**
 * mgenwait_put(w, ns, room):
 * Let the delay ${ns} wait.  Takes a block of 4 KiB now and then, as long as
 * ${room}, which is counted down, is not 0.  Returns false when it may not:
 * there are too many.
 */
bool mgenwait_put(struct mgenwait *w, int64_t ns, size_t *room);

/**
 * mgenwait_clear(w, room):
 * Free what ${w} took, and give it back to ${room}.
 */
void mgenwait_clear(struct mgenwait *w, size_t *room);

#endif
