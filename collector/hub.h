/* SPDX-License-Identifier: BSD-3-Clause */
/* Where all sources meet: ledger first, then every output. */
#ifndef COLLECTOR_HUB_H_
#define COLLECTOR_HUB_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/source.h"
#include "wire/obs.h"

struct conf;
struct ev_loop;
struct hub;
struct meterlog;

/* An output is gone for good: the program should stop. */
typedef void hub_gone_fn(void *arg, const char *sink);

/**
 * hub_new(loop, gone, arg):
 * Return a hub without outputs, or NULL with errno.
 */
struct hub *hub_new(struct ev_loop *loop, hub_gone_fn *gone, void *arg);

/**
 * hub_output(h, conf, spec):
 * Add the output that ${spec} names (sink_open); "none" adds nothing.
 * Returns 0, or -1 after a message.
 */
int hub_output(struct hub *h, const struct conf *conf, const char *spec);

/**
 * hub_source(h, host, addr):
 * Return a new source, owned by ${h}; number 0 means the next free one.
 * NULL with errno on failure.
 */
struct source *hub_source(struct hub *h, unsigned int host, const char *addr);

/**
 * hub_find(h, match, arg):
 * Return the first source for which ${match}(., ${arg}) is true, or NULL.
 */
struct source *hub_find(struct hub *h,
    bool (*match)(const struct source *s, const void *arg), const void *arg);

/**
 * hub_put(h, s, first, o, n):
 * ${s} observed ${n} packets numbered from ${first}, or ${n} DNS observations
 * numbered from ${first}, or one host or loss observation.  What is new is accounted for and given to every output.  Returns how
 * many of them, from the front, are known already; all, of losses.
 */
size_t hub_put(struct hub *h, struct source *s, uint64_t first,
    const struct obs *o, size_t n);

/**
 * hub_silent(h, s):
 * The stream of ${s} ended: what it observes from now on is missed.
 */
void hub_silent(struct hub *h, struct source *s);

/**
 * hub_live(h):
 * Input is live: outputs are told every second what time it is.
 */
void hub_live(struct hub *h);

/**
 * hub_meters(h, meters):
 * From now on measure outputs that wait for confirmation (collector/timing.h).
 */
void hub_meters(struct hub *h, struct meterlog *meters);

/**
 * hub_full(h):
 * Return whether an output asks stored input to pause.
 */
bool hub_full(const struct hub *h);

/**
 * hub_reopen(h):
 * Open output files anew.
 */
void hub_reopen(struct hub *h);

/**
 * hub_drain(h, hurry):
 * End of input: run the loop until every output has written what it holds,
 * or ${hurry} becomes true.  Returns 0, or -1 when something could not be
 * written.
 */
int hub_drain(struct hub *h, const bool *hurry);

/**
 * hub_print(h, fp):
 * Print the ledger of every source, their sum, and the outputs.
 */
void hub_print(struct hub *h, FILE *fp);

/**
 * hub_free(h):
 * Close the outputs and forget the sources; NULL is fine.
 */
void hub_free(struct hub *h);

#endif
