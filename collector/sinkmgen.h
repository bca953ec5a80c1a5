/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "mgen": loss, delay and jitter of MGEN flows, wherever seen. */
#ifndef COLLECTOR_SINKMGEN_H_
#define COLLECTOR_SINKMGEN_H_

#include "collector/sink.h"

#define SINKMGEN_POINTS 4096        /* flows times the places that see them */
#define SINKMGEN_BLOCKS 16384       /* of 4 KiB, for percentiles */
#define SINKMGEN_PATHS  (64u << 20) /* octets, to compare places */

extern const struct sink_type sinkmgen_type;

#endif
