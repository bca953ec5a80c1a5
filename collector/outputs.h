/* SPDX-License-Identifier: BSD-3-Clause */
/* All outputs: everything goes to each of them, and each has it or not. */
#ifndef COLLECTOR_OUTPUTS_H_
#define COLLECTOR_OUTPUTS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/output.h"

struct conf;
struct ev_loop;
struct meterlog;

struct outputs {
	struct output **out;
	size_t n;
	struct obs *fixed; /* with outputs_correct: what they see */
	bool ready;        /* all know what they have */
	bool keeps;        /* one of them at least remembers it */
	/* An output is gone for good. */
	void (*gone)(void *arg, const char *sink);
	void *arg;
};

/**
 * outputs_add(os, conf, loop, spec):
 * Add the output that ${spec} names.  Returns 0, or -1 after a message.
 */
int outputs_add(struct outputs *os, const struct conf *conf,
    struct ev_loop *loop, const char *spec);

/**
 * outputs_fields(os):
 * Return the HELLO_FIELD_* that outputs need beside the usual ones.
 */
uint32_t outputs_fields(const struct outputs *os);

/**
 * outputs_keep(os, k):
 * From now on outputs remember what they have.  Returns 0, or -1 after a
 * message.
 */
int outputs_keep(struct outputs *os, const struct sink_keep *k);

/**
 * outputs_are_ready(os):
 * Return whether all know what they have.
 */
bool outputs_are_ready(struct outputs *os);

/**
 * outputs_parts(os, s):
 * Return what each output has of ${s}, one after the other: nothing, and until
 * outputs_stream or outputs_restore says otherwise it takes everything.  To be
 * freed.  NULL with errno on failure.
 */
struct part *outputs_parts(const struct outputs *os, const struct source *s);

/**
 * outputs_correct(os):
 * From now on they see times that are put right (source_time_of).  Returns 0,
 * or -1 with errno.
 */
int outputs_correct(struct outputs *os);

/**
 * outputs_put(os, part, first, o, n):
 * Give the ${n} observations of one kind at ${o} to every output: as they are,
 * or, after outputs_correct, PACK_RECORDS_MAX at most.
 */
void outputs_put(struct outputs *os, struct part *part, uint64_t first,
    const struct obs *o, size_t n);

/**
 * outputs_stream(os, part, how):
 * A conversation begins, in the stream that the source had till now
 * (LEDGER_RESUMED), or in one that is new to everybody.
 */
void outputs_stream(
    struct outputs *os, struct part *part, enum ledger_begin how);

/**
 * outputs_start(os, part, seq, dns):
 * The stream that just began is for us from these numbers on.
 */
void outputs_start(
    struct outputs *os, struct part *part, uint64_t seq, uint64_t dns);

/**
 * outputs_restore(os, part, id, start, ret_p):
 * Another stream begins, ${id}, which began for us at ${start}, unless that is
 * NULL.  Set ${ret_p} to the place up to which every output that remembers has
 * it, and return true; or return false when nothing is known of the stream,
 * and change nothing.
 */
bool outputs_restore(struct outputs *os, struct part *part,
    const uint8_t id[static POSITION_ID], const struct position *start,
    struct position *ret_p);

/**
 * outputs_return(os, part, given, start):
 * The source of ${part} goes back to a stream that it had before in this run:
 * ${given} is how far the outputs were given it, ${start} where it began for
 * us, NULL if that is unknown.
 */
void outputs_return(struct outputs *os, struct part *part,
    const struct position *given, const struct position *start);

/**
 * outputs_bye(os, part, next):
 * The stream ended, its next record would have had the number ${next}.
 */
void outputs_bye(struct outputs *os, struct part *part, uint64_t next);

/**
 * outputs_had(os, part, ret_p):
 * Set ${ret_p} to the place before which every output has all; false without
 * any output.
 */
bool outputs_had(
    const struct outputs *os, const struct part *part, struct position *ret_p);

/**
 * outputs_flush(os):
 * Write out what waits.
 */
void outputs_flush(struct outputs *os);

/**
 * outputs_commit(os):
 * Let all have what they were given, soon.
 */
void outputs_commit(struct outputs *os);

/**
 * outputs_turn(os):
 * To be called before every wait: flush for those who wait for lines, and see
 * what has come through.
 */
void outputs_turn(struct outputs *os);

/**
 * outputs_clock(os, now):
 * It is ${now}.
 */
void outputs_clock(struct outputs *os, wall_t now);

/**
 * outputs_offset(os, src, now):
 * What is known of the clock of ${src} is new.
 */
void outputs_offset(struct outputs *os, const struct sink_src *src, wall_t now);

void outputs_silent(struct outputs *os, const struct sink_src *src);
void outputs_meters(struct outputs *os, struct meterlog *meters);
bool outputs_are_full(const struct outputs *os);
void outputs_reopen(struct outputs *os);

/**
 * outputs_drain(os):
 * End of input: returns whether nothing is left to do; else call again, after
 * a turn of the loop.
 */
bool outputs_drain(struct outputs *os);

/**
 * outputs_failed(os):
 * Return whether outputs_drain had to give one up.
 */
bool outputs_failed(const struct outputs *os);

void outputs_print(const struct outputs *os, FILE *fp);
void outputs_done(struct outputs *os);

#endif
