/* SPDX-License-Identifier: BSD-3-Clause */
/* Comma-separated values, a header line first. */
#ifndef COLLECTOR_SINKCSV_H_
#define COLLECTOR_SINKCSV_H_

#include "collector/sink.h"

extern const struct sink_type sinkcsv_type;

#endif
