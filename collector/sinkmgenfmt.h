/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines about MGEN flows as text, CSV and JSON. */
#ifndef COLLECTOR_SINKMGENFMT_H_
#define COLLECTOR_SINKMGENFMT_H_

#include <stddef.h>

#include "collector/conf.h"
#include "collector/mgenstat.h"

#define SINKMGENFMT_MAX 4096 /* octets of the longest line */

/* Writes one line at ${p}, no final 0.  Returns its octets. */
typedef size_t sinkmgenfmt_fn(
    char *p, const struct mgenstat_line *l, enum conf_time time_format);

extern const char sinkmgenfmt_csv_head[];  /* the first line */
extern const char sinkmgenfmt_text_head[]; /* the first line, a comment */

size_t sinkmgenfmt_text(
    char *p, const struct mgenstat_line *l, enum conf_time time_format);
size_t sinkmgenfmt_csv(
    char *p, const struct mgenstat_line *l, enum conf_time time_format);
size_t sinkmgenfmt_json(
    char *p, const struct mgenstat_line *l, enum conf_time time_format);

#endif
