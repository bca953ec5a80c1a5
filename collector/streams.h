/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams that sources had before the one they have, and how far. */
#ifndef COLLECTOR_STREAMS_H_
#define COLLECTOR_STREAMS_H_

#include <stdbool.h>

#include "collector/outputs.h"
#include "collector/positions.h"
#include "collector/source.h"
#include "collector/state.h"

struct streams {
	struct outputs *outs;    /* borrowed */
	struct state *state;     /* borrowed; NULL: no earlier run is known */
	struct positions *given; /* of this run */
};

/**
 * streams_init(st, outs):
 * Know no stream yet.  Returns 0, or -1 with errno.
 */
int streams_init(struct streams *st, struct outputs *outs);

/**
 * streams_leave(st, s):
 * Another stream than that of ${s} begins: remember where that one was left.
 * An agent that was killed, and again soon after, sends once more what it does
 * not know to be acknowledged of an earlier one.  Returns 0, or -1 with errno.
 */
int streams_leave(struct streams *st, const struct source *s);

/**
 * streams_return(st, s, id):
 * Let ${s} and its outputs go on with the stream ${id}, if ${s} left it, or an
 * output has some of it from an earlier run.  Returns whether that is so; else
 * nothing is changed.
 */
bool streams_return(
    struct streams *st, struct source *s, const uint8_t id[static POSITION_ID]);

void streams_done(struct streams *st);

#endif
