/* SPDX-License-Identifier: BSD-3-Clause */
/* The second step of a batch for Redis: the transaction, and what it made. */
#ifndef COLLECTOR_SINKMULTI_H_
#define COLLECTOR_SINKMULTI_H_

#include <stdint.h>

struct sinkwork;

/**
 * sinkmulti_send(w, mark, number, life):
 * Send w->tab, whose lists are known (sinklist_ask), as one transaction that
 * also sets the key ${mark} to ${number}, for ${life} seconds.  ops->ended
 * follows while the connection lasts; after SINKWORK_MADE w->count has what
 * became of each update.
 */
void sinkmulti_send(
    struct sinkwork *w, const char *mark, uint64_t number, uint64_t life);

#endif
