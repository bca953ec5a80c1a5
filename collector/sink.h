/* SPDX-License-Identifier: BSD-3-Clause */
/* Where observations end: one table of functions per kind of output. */
#ifndef COLLECTOR_SINK_H_
#define COLLECTOR_SINK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/sinksrc.h"
#include "wire/mono.h"
#include "wire/obs.h"

struct conf;
struct ev_loop;
struct position;
struct positions;
struct sink;

/* Where and how outputs remember what they have, to go on there. */
struct sink_keep {
	const char *dir; /* for outputs without a file of their own */
	const char *id;  /* of this collector, a word; the same for good */
	bool sync;       /* wait for the disk */
};

struct sink_type {
	const char *name;
	uint32_t fields; /* HELLO_FIELD_* that it needs beside the usual */
	/*
	 * Open an output; ${arg} is what stands after the colon of "-o NAME:",
	 * NULL without one.  Logs what is wrong and returns NULL.
	 */
	struct sink *(*open)(
	    const struct conf *conf, const char *arg, struct ev_loop *loop);
	/* ${n} observations, packets with sequence numbers from ${first}. */
	void (*put)(struct sink *s, const struct sink_src *src, uint64_t first,
	    const struct obs *o, size_t n);
	/*
	 * From now on remember for good what is written; called once, before
	 * anything else.  Sets .has and .fresh, or leaves them alone when this
	 * output cannot.  Returns -1 after a message.  NULL: it cannot.
	 */
	int (*keep)(struct sink *s, const struct sink_keep *k);
	/* Whether .has is complete, and input may begin.  NULL: it is. */
	bool (*ready)(const struct sink *s);
	/*
	 * Write all that was put, and remember that it is all before the ${n}
	 * places ${p}, one for each stream that went on.  Returns 1 when that
	 * is done, 0 when .had will tell (no other commit before that), -1 when
	 * it failed: try again.  NULL: .flush does it.
	 */
	int (*commit)(struct sink *s, const struct position *p, size_t n);
	/* Whether the last commit is done.  NULL with .commit never 0. */
	bool (*had)(struct sink *s);
	/*
	 * The stream of ${src} ended; until it is heard again, what it sees is
	 * missed.  May be NULL.
	 */
	void (*gone)(struct sink *s, const struct sink_src *src);
	/*
	 * Times of ${src} are put right, by src->clock, which is known at
	 * ${now}, or has changed by more than its bound since the last call.
	 * May be NULL.
	 */
	void (*offset)(struct sink *s, const struct sink_src *src, wall_t now);
	/* Every second of live input: it is ${now}.  May be NULL. */
	void (*clock)(struct sink *s, wall_t now);
	/* At least once a second.  -1: this output is gone, stop the program. */
	int (*flush)(struct sink *s, mono_t now);
	/*
	 * End of input: returns 1 when all is written, 0 when more turns of the
	 * loop are needed (call again), -1 when it cannot be.
	 */
	int (*drain)(struct sink *s);
	/* Open files again by their names (log rotation). */
	void (*reopen)(struct sink *s);
	/*
	 * Whether input should wait a moment: stored input always does, live
	 * input where outputs remember.  NULL: it need not.
	 */
	bool (*full)(const struct sink *s);
	/* How many updates are not confirmed yet; NULL: it has none. */
	size_t (*waiting)(const struct sink *s);
	/* Print counters, "name.counter value", one a line. */
	void (*stats)(const struct sink *s, FILE *fp);
	void (*close)(struct sink *s);
};

/* First member of every sink. */
struct sink {
	const struct sink_type *type;
	uint64_t written; /* records handed on for good */
	uint64_t lost;    /* records that this output could not take */
	const struct positions *has; /* remembered; NULL: nothing ever is */
	bool fresh;                  /* it remembers since this start only */
	bool due;                    /* it asks for a commit now */
	bool broken; /* gone because it cannot go on; after a message */
};

/**
 * sink_open(conf, spec, loop):
 * Open the output that ${spec} names: "out", "text[:PATH]", "csv[:PATH]",
 * "json[:PATH]", "dns[:PATH]", "flows:FORM[:PATH]", "mgen:FORM[:PATH]",
 * "mgenlog:DIR", "hops:FORM[:PATH]", "redis".  Returns NULL after a message.
 */
struct sink *sink_open(
    const struct conf *conf, const char *spec, struct ev_loop *loop);

#endif
