/* SPDX-License-Identifier: BSD-3-Clause */
/* The first step of a batch for Redis: which names are not in their list. */
#ifndef COLLECTOR_SINKLIST_H_
#define COLLECTOR_SINKLIST_H_

#include <stdbool.h>

struct sinkwork;

/**
 * sinklist_begin(w):
 * Nothing is known of the lists of w->tab any more: they may have changed.
 */
void sinklist_begin(struct sinkwork *w);

/**
 * sinklist_ask(w):
 * Ask for as many lists as may be asked for at once; none after an answer that
 * asks for patience (w->again).  Each answer is followed by a call of
 * ops->listed, after which SINKTAB_HAS, SINKTAB_LACKS or SINKTAB_REFUSED is
 * known of one more link.  Returns whether it is known of all.
 */
bool sinklist_ask(struct sinkwork *w);

#endif
