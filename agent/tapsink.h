/* SPDX-License-Identifier: BSD-3-Clause */
/* What all dnstap sources lead to: frames in, observations out, counted. */
#ifndef AGENT_TAPSINK_H_
#define AGENT_TAPSINK_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/count.h"
#include "agent/dnsobs.h"
#include "agent/timing.h"
#include "base/lograte.h"
#include "wire/obs.h"

/* The outlet of observations. */
typedef void tapsink_fn(void *arg, const struct obs *o);

struct tapsink {
	struct count *count;
	tapsink_fn *emit;
	void *arg;
	struct dnsobs *dns;
	uint32_t conns;            /* numbers given out */
	unsigned int n_up;         /* sources that began and did not end */
	uint64_t lost;             /* frames to be reported as lost */
	struct meterlog *meters;   /* NULL: nothing is measured */
	struct lograte bad, moves; /* messages about who is bad, who comes */
};

/* A connection or a file. */
struct tapsink_source {
	uint32_t conn; /* 0 before it is up */
	bool hinted;   /* that it sends more than is needed */
	uint64_t frames;
	const char *name; /* for messages */
};

/**
 * tapsink_open(s, conf):
 * Set up ${s}, whose count, emit and arg are set.  Returns 0, or -1 without
 * memory.  Call tapsink_close in any case.
 */
int tapsink_open(struct tapsink *s, const struct dnsobs_conf *conf);

/**
 * tapsink_up(s, src, now) / tapsink_down(s, src, now):
 * Number the source ${src} and say that it begins; say that it ends.  Down
 * does nothing for a source that never was up.
 */
void tapsink_up(struct tapsink *s, struct tapsink_source *src, wall_t now);
void tapsink_down(struct tapsink *s, struct tapsink_source *src, wall_t now);

/**
 * tapsink_frame(s, src, frame, len, arrival):
 * Hand on what the data frame says; a source that is not up is so before,
 * unless the frame is malformed.  Returns the frame's time, ${arrival} when
 * it has none.
 */
wall_t tapsink_frame(struct tapsink *s, struct tapsink_source *src,
    const uint8_t *frame, size_t len, wall_t arrival);

/**
 * tapsink_lose(s):
 * Remember that a frame was lost.
 */
void tapsink_lose(struct tapsink *s);

/**
 * tapsink_alive(s, now):
 * Say, while a source is up, that all until ${now} was handed on, and what
 * was lost.
 */
void tapsink_alive(struct tapsink *s, wall_t now);

/**
 * tapsink_warn(s, fmt, ...) / tapsink_info(s, fmt, ...):
 * Print what is wrong, or that a connection came or went; when there was much
 * of that within a minute, count it instead.
 */
void tapsink_warn(struct tapsink *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void tapsink_info(struct tapsink *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void tapsink_close(struct tapsink *s);

#endif
