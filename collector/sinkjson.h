/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON, one object per line. */
#ifndef COLLECTOR_SINKJSON_H_
#define COLLECTOR_SINKJSON_H_

#include "collector/sink.h"

extern const struct sink_type sinkjson_type;

#endif
