/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS answers as text lines. */
#ifndef COLLECTOR_SINKDNS_H_
#define COLLECTOR_SINKDNS_H_

#include "collector/sink.h"

extern const struct sink_type sinkdns_type;

#endif
