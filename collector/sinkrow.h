/* SPDX-License-Identifier: BSD-3-Clause */
/* A line of fields that is text, CSV or JSON: the same ones in the same order. */
#ifndef COLLECTOR_SINKROW_H_
#define COLLECTOR_SINKROW_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/conf.h"
#include "collector/mgendelay.h"
#include "wire/mono.h"

enum sinkrow_form { SINKROW_TEXT, SINKROW_CSV, SINKROW_JSON };

struct sinkrow {
	char *p;
	enum sinkrow_form form;
	unsigned int n; /* fields begun */
	enum conf_time time_format;
	const char *const *name; /* of all fields */
};

/**
 * sinkrow_field(w):
 * Begin the next field: the caller writes it at w->p.  Text and CSV have every
 * field, JSON what applies.
 */
void sinkrow_field(struct sinkrow *w);

/**
 * sinkrow_none(w) / sinkrow_skip(w, n):
 * The next field, the next ${n} fields do not apply.
 */
void sinkrow_none(struct sinkrow *w);
void sinkrow_skip(struct sinkrow *w, unsigned int n);

/**
 * sinkrow_num(w, applies, v) / sinkrow_word(w, text) / sinkrow_time(w, t):
 * Write the next field: a number; a word of ours, which does not apply when it
 * is NULL; a time.
 */
void sinkrow_num(struct sinkrow *w, bool applies, uint64_t v);
void sinkrow_word(struct sinkrow *w, const char *text);
void sinkrow_time(struct sinkrow *w, wall_t t);

/**
 * sinkrow_name(w, text, max):
 * Write the next field: at most ${max} octets of a name of somebody else's
 * choice, in text one word.
 */
void sinkrow_name(struct sinkrow *w, const char *text, size_t max);

/**
 * sinkrow_span(w, applies, ns):
 * Write the next field: a span of time in seconds, cut towards 0 to
 * microseconds.
 */
void sinkrow_span(struct sinkrow *w, bool applies, int64_t ns);

/**
 * sinkrow_delays(w, d, r):
 * Write seven fields: the smallest delay, the mean, ${r}, the largest one, and
 * how many are below 0.  ${d} is NULL when none applies, ${r} when only the
 * percentiles do not.
 */
void sinkrow_delays(struct sinkrow *w, const struct mgendelay *d,
    const struct mgendelay_ranks *r);

/**
 * sinkrow_ends(w, ipver, src, sport, dst, dport):
 * Write four fields: the ends of a flow.  Ports apply unless both are 0.
 */
void sinkrow_ends(struct sinkrow *w, uint8_t ipver, const uint8_t *src,
    uint16_t sport, const uint8_t *dst, uint16_t dport);

/**
 * sinkrow_finish(w, from):
 * End the line that began at ${from}.  Returns its octets.
 */
size_t sinkrow_finish(struct sinkrow *w, const char *from);

#endif
