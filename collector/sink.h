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
struct sink;

struct sink_type {
	const char *name;
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
	 * The stream of ${src} ended; until it is heard again, what it sees is
	 * missed.  May be NULL.
	 */
	void (*gone)(struct sink *s, const struct sink_src *src);
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
	 * Whether stored input should wait a moment; live input never does.
	 * NULL: it need not.
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
};

/**
 * sink_open(conf, spec, loop):
 * Open the output that ${spec} names: "out", "text[:PATH]", "csv[:PATH]",
 * "json[:PATH]", "dns[:PATH]", "flows:FORM[:PATH]", "redis".  Returns NULL
 * after a message.
 */
struct sink *sink_open(
    const struct conf *conf, const char *spec, struct ev_loop *loop);

#endif
