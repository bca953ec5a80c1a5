/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers that DNS agents send as JSON datagrams. */
#ifndef COLLECTOR_DNSIN_H_
#define COLLECTOR_DNSIN_H_

#include <stdio.h>

struct conf;
struct dnsin;
struct ev_loop;
struct hub;
struct meterlog;

/**
 * dnsin_new(loop, hub, conf):
 * Receive at every address of [dns] listen, each a source of ${hub}; a group
 * is joined on [dns] interface.  Returns NULL after a message.
 */
struct dnsin *dnsin_new(
    struct ev_loop *loop, struct hub *hub, const struct conf *conf);

/**
 * dnsin_start(in, meters):
 * Begin; ${meters} (collector/timing.h) may be NULL, and ${in}, too.
 */
void dnsin_start(struct dnsin *in, struct meterlog *meters);

/**
 * dnsin_stop(in):
 * Take what has come already, then receive no more.  NULL is fine.
 */
void dnsin_stop(struct dnsin *in);

/**
 * dnsin_print(in, fp):
 * Print counters, "dns_in.counter value", one a line.  NULL is fine.
 */
void dnsin_print(const struct dnsin *in, FILE *fp);

/**
 * dnsin_free(in):
 * Stop and free; NULL is fine.
 */
void dnsin_free(struct dnsin *in);

#endif
