/* SPDX-License-Identifier: BSD-3-Clause */
/* Counters in Redis. */
#ifndef COLLECTOR_SINKREDIS_H_
#define COLLECTOR_SINKREDIS_H_

#include "collector/sink.h"

extern const struct sink_type sinkredis_type;

#endif
