/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams that sources had before the one they have, and how far. */
#include "collector/streams.h"

#include <string.h>

#include "base/proc.h"

#define STREAMS 10000 /* remembered; the longest unheard make way */

int
streams_init(struct streams *st, struct outputs *outs)
{
	struct hash_key key;

	*st = (struct streams){ .outs = outs };
	if (proc_hash_key(&key) != 0)
		return -1;
	st->given = positions_new(STREAMS, &key);
	return st->given == NULL ? -1 : 0;
}

int
streams_leave(struct streams *st, const struct source *s)
{
	struct position at;

	if (!s->has_stream)
		return 0;
	ledger_place(&s->led, &at);
	memcpy(at.id, s->stream_id, sizeof(at.id));
	return positions_set(st->given, &at);
}

bool
streams_return(
    struct streams *st, struct source *s, const uint8_t id[static POSITION_ID])
{
	const struct position *given = positions_find(st->given, id);
	const struct position *start =
	    st->state == NULL ? NULL : state_start(st->state, id);
	struct position at;

	if (given != NULL) {
		outputs_return(st->outs, s->part, given, start);
		at = *given;
	} else if (st->state == NULL ||
		   !outputs_restore(st->outs, s->part, id, start, &at)) {
		return false;
	}
	source_return(s, &at);
	return true;
}

void
streams_done(struct streams *st)
{
	positions_free(st->given);
}
