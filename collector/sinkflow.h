/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "flows": records of flows with the names behind them. */
#ifndef COLLECTOR_SINKFLOW_H_
#define COLLECTOR_SINKFLOW_H_

#include "collector/sink.h"

extern const struct sink_type sinkflow_type;

#endif
