/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about MGEN flows as text, CSV and JSON. */
#ifndef COLLECTOR_SINKMGENFMT_H_
#define COLLECTOR_SINKMGENFMT_H_

#include <stddef.h>

#include "collector/conf.h"
#include "collector/mgenstat.h"
#include "collector/sinkrow.h"

#define SINKMGENFMT_MAX 4096 /* octets of the longest line */

extern const char sinkmgenfmt_csv_head[];  /* the first line */
extern const char sinkmgenfmt_text_head[]; /* the first line, a comment */

/**
 * sinkmgenfmt_line(p, form, l, time_format):
 * Write one line at ${p}, no final 0.  Returns its octets.
 */
size_t sinkmgenfmt_line(char *p, enum sinkrow_form form,
    const struct mgenstat_line *l, enum conf_time time_format);

#endif
