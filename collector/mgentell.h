/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about whole MGEN flows: totals, hops, receivers. */
#ifndef COLLECTOR_MGENTELL_H_
#define COLLECTOR_MGENTELL_H_

#include <stdint.h>

#include "collector/mgenstat.h"
#include "collector/mgentab.h"

/**
 * mgentell_seconds(conf, f, before):
 * Emit hops of the messages of ${f} that were sent in each second that began
 * before ${before} and was not told yet.  Nothing is emitted where one place
 * alone saw ${f}, over TCP, and of seconds whose messages wait no more.
 */
void mgentell_seconds(
    const struct mgenstat_conf *conf, struct mgentab_flow *f, int64_t before);

/**
 * mgentell_flow(conf, f):
 * Emit all that is known of ${f}, which ends.
 */
void mgentell_flow(const struct mgenstat_conf *conf, struct mgentab_flow *f);

#endif
