/* SPDX-License-Identifier: BSD-3-Clause */
/* Output "mgenlog": MGEN's own log of each node, from what agents saw. */
#ifndef COLLECTOR_SINKMGENLOG_H_
#define COLLECTOR_SINKMGENLOG_H_

#include "collector/sink.h"

#define SINKMGENLOG_POINTS 4096   /* flows times the places at their ends */
#define SINKMGENLOG_NODES  1024   /* each has a file */
#define SINKMGENLOG_LINES  262144 /* that wait for earlier ones, 96 octets */

extern const struct sink_type sinkmgenlog_type;

#endif
