/* SPDX-License-Identifier: BSD-3-Clause */
/* Standard output in the old format. */
#ifndef COLLECTOR_SINKOUT_H_
#define COLLECTOR_SINKOUT_H_

#include "collector/sink.h"

extern const struct sink_type sinkout_type;

#endif
