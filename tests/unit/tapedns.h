/* SPDX-License-Identifier: BSD-3-Clause */
/* Streams of DNS records for tests. */
#ifndef TESTS_UNIT_TAPEDNS_H_
#define TESTS_UNIT_TAPEDNS_H_

#include <stdbool.h>

#include "tests/unit/tape.h"

/**
 * tapedns_params(codec):
 * Return default parameters with ${codec} and DNS records.
 */
struct hello_params tapedns_params(enum hello_codec codec);

/**
 * tapedns_record(t, par, sent, n, calm):
 * Send ${n} random DNS observations, which depend on ${n} alone, with a HELLO
 * to ${t}; note them in ${sent} as a reader will see them.
 */
void tapedns_record(struct tape *t, const struct hello_params *par,
    struct tape_seen *sent, unsigned int n, bool calm);

#endif
