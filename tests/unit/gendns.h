/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS observations at random, their copies, and what of them arrives. */
#ifndef TESTS_UNIT_GENDNS_H_
#define TESTS_UNIT_GENDNS_H_

#include "tests/unit/gen.h"

/**
 * gendns_new(g):
 * Make a DNS observation of any kind: such as resolvers send when g->calm.
 * Free it with gendns_free.
 */
struct obs *gendns_new(struct gen *g);

/**
 * gendns_max(ipver):
 * Return the largest answer there can be, of A or AAAA.
 */
struct obs *gendns_max(unsigned int ipver);

/**
 * gendns_copy(o) / gendns_free(o):
 * Return a copy of ${o} and all that it points to; free one.
 */
struct obs *gendns_copy(const struct obs *o);
void gendns_free(struct obs *o);

/**
 * gendns_floor(o, tick_exp):
 * Cut the time of ${o} to ticks, as streams do.
 */
void gendns_floor(struct obs *o, unsigned int tick_exp);

/**
 * gendns_same(a, b):
 * Return whether the DNS observations ${a} and ${b} say the same.
 */
bool gendns_same(const struct obs_dns *a, const struct obs_dns *b);

/**
 * gendns_len(d):
 * Return the octets of all names of ${d}.
 */
size_t gendns_len(const struct obs_dns *d);

#endif
