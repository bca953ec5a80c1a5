/* SPDX-License-Identifier: BSD-3-Clause */
/* The way of an MGEN flow from place to place, and who received it. */
#ifndef COLLECTOR_MGENHOP_H_
#define COLLECTOR_MGENHOP_H_

#include <stdbool.h>
#include <stdint.h>

#include "collector/mgendelay.h"
#include "collector/mgentab.h"

/* From one place to the next one. */
struct mgenhop {
	const struct mgentab_point *from; /* NULL: the program that sends */
	const struct mgentab_point *to;   /* NULL: no place saw them later */
	bool matched;      /* the same messages were counted, not totals */
	uint64_t sent;     /* messages that ${from} saw */
	uint64_t received; /* of those, by ${to} next */
	bool has_lost;
	int64_t lost; /* seen by ${from}, and by no place after it */
	bool has_mean;
	int64_t mean_ns;        /* .delay.n is 0: of all, at both ends */
	struct mgendelay delay; /* of messages that both saw */
	bool bounded;           /* clocks are put right: delays are */
	int64_t bound_ns;       /* at most so far from the truth */
};

/* Valid during the call. */
typedef void mgenhop_fn(void *arg, const struct mgenhop *h);

/**
 * mgenhop_each(f, part, sent, fn, arg):
 * Call ${fn} for each hop of ${f}, whose sender sent ${sent} messages, in the
 * order of the places that are reached: of all messages, f->path being settled,
 * or of those in ${part} (mgenpath_part) unless it is NULL.
 */
void mgenhop_each(const struct mgentab_flow *f, const struct mgenpath *part,
    uint64_t sent, mgenhop_fn *fn, void *arg);

/**
 * mgenhop_received(f, node, ret_count):
 * Make ${ret_count} what the node whose first point is ${node} received of ${f}
 * on all its interfaces, each message once.  Returns how many interfaces those
 * are: 0 when it is no receiver.
 */
unsigned int mgenhop_received(const struct mgentab_flow *f,
    const struct mgentab_point *node, struct mgentab_count *ret_count);

/**
 * mgenhop_join(sum, c):
 * Add all of ${c} to ${sum}.
 */
void mgenhop_join(struct mgentab_count *sum, const struct mgentab_count *c);

#endif
