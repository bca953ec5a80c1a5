/* SPDX-License-Identifier: BSD-3-Clause */
/* Records of flows as text, CSV and JSON. */
#ifndef COLLECTOR_SINKFLOWFMT_H_
#define COLLECTOR_SINKFLOWFMT_H_

#include <stddef.h>

#include "collector/conf.h"
#include "collector/flowcache.h"
#include "collector/sinkrow.h"

#define SINKFLOWFMT_MAX 393216 /* octets of the longest record */

extern const char sinkflowfmt_csv_head[];  /* the first line */
extern const char sinkflowfmt_text_head[]; /* the first line, a comment */

/**
 * sinkflowfmt_line(p, form, f, why, time_format):
 * Write one record as one line at ${p}, no final 0.  Returns its octets.
 */
size_t sinkflowfmt_line(char *p, enum sinkrow_form form, const struct flow *f,
    enum flow_end why, enum conf_time time_format);

#endif
