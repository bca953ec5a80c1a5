/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of flows as text, CSV and JSON. */
#ifndef COLLECTOR_SINKFLOWFMT_H_
#define COLLECTOR_SINKFLOWFMT_H_

#include <stddef.h>

#include "collector/conf.h"
#include "collector/flowcache.h"

#define SINKFLOWFMT_MAX 393216 /* octets of the longest record */

/* Writes one record as one line at ${p}, no final 0.  Returns its octets. */
typedef size_t sinkflowfmt_fn(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format);

extern const char sinkflowfmt_csv_head[];  /* the first line */
extern const char sinkflowfmt_text_head[]; /* the first line, a comment */

size_t sinkflowfmt_text(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format);
size_t sinkflowfmt_csv(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format);
size_t sinkflowfmt_json(char *p, const struct flow *f, enum flow_end why,
    enum conf_time time_format);

#endif
