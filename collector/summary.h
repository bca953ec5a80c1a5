/* SPDX-License-Identifier: BSD-3-Clause */
/* The table at the end of a run: who saw how much, and is that all? */
#ifndef COLLECTOR_SUMMARY_H_
#define COLLECTOR_SUMMARY_H_

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/class.h"
#include "collector/ledger.h"
#include "collector/sinksrc.h"
#include "wire/obs.h"

#define SUMMARY_NODES_MAX 4096 /* what others see is in one row for all */
#define SUMMARY_NAME_MAX  64   /* with the final 0; the end of longer ones */

struct summary;

/**
 * summary_new(class):
 * Return an empty table of the traffic ids of ${class}, borrowed (NULL: none).
 * NULL with errno on failure.
 */
struct summary *summary_new(const struct class *class);

/**
 * summary_put(s, src, o, n):
 * ${src} observed the ${n} observations at ${o}; packets are counted.
 */
void summary_put(struct summary *s, const struct sink_src *src,
    const struct obs *o, size_t n);

/**
 * summary_agent(s, src, led):
 * At the end, once per agent: take what it says was dropped or lost.
 */
void summary_agent(
    struct summary *s, const struct sink_src *src, const struct ledger *led);

/**
 * summary_doubt(s, name, n):
 * Another number, ${name}, that is 0 when the table can be trusted.
 */
void summary_doubt(struct summary *s, const char *name, uint64_t n);

/**
 * summary_print(s, fp):
 * Print the table: a line per node and traffic id, one for all of each node,
 * one for all nodes, and one that begins with "trusted" and yes, no, or
 * unknown; the last one when all that can be known is well, but a stream had
 * no numbers.  summary_agent and summary_doubt begin anew then.
 */
void summary_print(struct summary *s, FILE *fp);

void summary_free(struct summary *s); /* NULL is fine */

#endif
