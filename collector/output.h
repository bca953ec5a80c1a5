/* SPDX-License-Identifier: BSD-3-Clause */
/* One output behind the hub: what it was given, and what of that it has. */
#ifndef COLLECTOR_OUTPUT_H_
#define COLLECTOR_OUTPUT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/ledger.h"
#include "collector/positions.h"
#include "collector/sink.h"
#include "collector/source.h"
#include "collector/timing.h"

struct ev_loop;
struct meterlog;

/* What an output knows of the stream of one source. */
struct part {
	const struct source *src;
	struct ledger led;      /* it was given all before that */
	struct position flying; /* it is about to have all before that */
	struct position had;    /* it has all before that */
	bool is_dirty;          /* .led is beyond the last commit */
	bool is_flying;         /* that commit is under way */
	TAILQ_ENTRY(part) dirty, fly;
};

TAILQ_HEAD(part_list, part);

struct output {
	struct sink *sink;
	bool prompt;  /* flushed before every wait, not once a second */
	bool dirty;   /* given something since it was flushed */
	bool fed;     /* given something since it committed */
	bool gone;    /* nothing more goes there: its reader left, or .failed */
	bool failed;  /* could not go on, or at the end not write all */
	bool waiting; /* a commit is under way */
	bool wanted;  /* another one should follow */
	bool refused; /* the last one failed: it is to be tried again */
	struct part_list parts_dirty, parts_flying;
	struct position *pos; /* of the next commit: of streams that ended */
	size_t n_pos, room;
	struct meterlog *meters; /* NULL: not measured */
	struct timing_backlog backlog;
};

/**
 * output_new(sink, prompt):
 * Return an output that owns ${sink}; NULL with errno, and it does not.
 */
struct output *output_new(struct sink *sink, bool prompt);

/**
 * output_put(out, part, first, o, see, n):
 * Give those of the ${n} observations of one kind to ${out} which it does not
 * have: it may have more than the hub asks the agent for.  It is given ${see},
 * which is ${o} with other times, or ${o} itself.
 */
void output_put(struct output *out, struct part *part, uint64_t first,
    const struct obs *o, const struct obs *see, size_t n);

/**
 * output_stream(out, part, how, p):
 * A conversation begins (collector/ledger.h), in the stream that its source had
 * till now (LEDGER_RESUMED without ${p}) or will have: call this before its id
 * changes.  With ${p}, that is the place up to which ${out} has it.
 */
void output_stream(struct output *out, struct part *part, enum ledger_begin how,
    const struct position *p);

/**
 * output_return(out, part, given, has):
 * The source goes back to a stream that it had before: ${out} was given all
 * before ${given} then, and has all before ${has}.  Call this before its id
 * changes.
 */
void output_return(struct output *out, struct part *part,
    const struct position *given, const struct position *has);

/**
 * output_start(out, part, seq, dns):
 * The stream that just began is for us from these numbers on.
 */
void output_start(
    struct output *out, struct part *part, uint64_t seq, uint64_t dns);

/**
 * output_bye(out, part, next):
 * The stream ended, its next record would have had the number ${next}.
 */
void output_bye(struct output *out, struct part *part, uint64_t next);

/**
 * output_adopt(out, p):
 * From the next commit on, ${out} has ${p} as if it had been given it.
 */
void output_adopt(struct output *out, const struct position *p);

/**
 * output_flush(out):
 * Write out what waits.  Returns -1 when it is gone since just now.
 */
int output_flush(struct output *out);

/**
 * output_commit(out):
 * Begin to have all that it was given, now or when the last commit is over.
 */
void output_commit(struct output *out);

/**
 * output_poll(out):
 * Look whether a commit is over; begin the one that was wanted meanwhile.
 */
void output_poll(struct output *out);

/**
 * output_is_clean(out):
 * Return whether it has all that it was given, or never will.
 */
bool output_is_clean(const struct output *out);

/**
 * output_free(out):
 * Close the sink, and free; NULL is fine.
 */
void output_free(struct output *out);

#endif
