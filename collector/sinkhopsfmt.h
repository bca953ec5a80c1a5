/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about hops as text, CSV and JSON. */
#ifndef COLLECTOR_SINKHOPSFMT_H_
#define COLLECTOR_SINKHOPSFMT_H_

#include <stddef.h>

#include "collector/conf.h"
#include "collector/hopflow.h"
#include "collector/sinkrow.h"

#define SINKHOPSFMT_MAX 4096 /* octets of the longest line */

extern const char sinkhopsfmt_csv_head[];  /* the first line */
extern const char sinkhopsfmt_text_head[]; /* the first line, a comment */

/**
 * sinkhopsfmt_line(p, form, l, conf):
 * Write the line ${l} at ${p}, no final 0, with times as ${conf} says.  Returns
 * its octets, SINKHOPSFMT_MAX at most.
 */
size_t sinkhopsfmt_line(char *p, enum sinkrow_form form,
    const struct hopflow_line *l, const struct conf *conf);

#endif
