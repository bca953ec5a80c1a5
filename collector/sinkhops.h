/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "hops": paths, loss and delay of packets that several agents saw. */
#ifndef COLLECTOR_SINKHOPS_H_
#define COLLECTOR_SINKHOPS_H_

#include "collector/sink.h"

#define SINKHOPS_FLOWS  16384 /* at once */
#define SINKHOPS_BLOCKS 32768 /* of 4 KiB, for percentiles */

extern const struct sink_type sinkhops_type;

#endif
