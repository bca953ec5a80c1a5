/* SPDX-License-Identifier: BSD-3-Clause */
/* What there is to say of a flow along its path. */
#ifndef COLLECTOR_HOPLINE_H_
#define COLLECTOR_HOPLINE_H_

#include "collector/hopflow.h"

/**
 * hopline_emit(f, emit, arg):
 * Hand ${emit} the lines about ${f}: of each place, in the order of the path, the
 * hops from there, or that it is an end.
 */
void hopline_emit(const struct hopflow *f, hopflow_fn *emit, void *arg);

#endif
