/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines as MGEN 5 logs them. */
#ifndef COLLECTOR_SINKMGENLOGFMT_H_
#define COLLECTOR_SINKMGENLOGFMT_H_

#include <stddef.h>

#include "collector/mgenlog.h"

#define SINKMGENLOGFMT_MAX 512 /* octets of the longest line */

/**
 * sinkmgenlogfmt_line(p, l):
 * Write ${l} at ${p}, with the blank and the newline at its end, no final 0.
 * Returns its octets, at most SINKMGENLOGFMT_MAX.
 */
size_t sinkmgenlogfmt_line(char *p, const struct mgenline *l);

#endif
