/* SPDX-License-Identifier: BSD-3-Clause */
/* Text lines. */
#ifndef COLLECTOR_SINKTEXT_H_
#define COLLECTOR_SINKTEXT_H_

#include "collector/sink.h"

extern const struct sink_type sinktext_type;

#endif
