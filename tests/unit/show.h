/* SPDX-License-Identifier: BSD-3-Clause */
/* Everything that a stream can say as lines of text, for test vectors. */
#ifndef TESTS_UNIT_SHOW_H_
#define TESTS_UNIT_SHOW_H_

#include <stdint.h>

#include "wire/ctl.h"
#include "wire/hello.h"
#include "wire/obs.h"

#define SHOW_MAX 16384 /* octets of a text, with its final 0 */

/**
 * show_X(text, x):
 * Append a line that says ${x} to the string ${text}, which has SHOW_MAX octets
 * of room; show_text appends ${line} itself.  Aborts when that is too little.
 */
void show_text(char text[static SHOW_MAX], const char *line);
void show_hello(char text[static SHOW_MAX], const struct hello *h);
void show_iface(char text[static SHOW_MAX], unsigned int index,
    const struct hello_iface *i);
void show_obs(char text[static SHOW_MAX], uint64_t seq, const struct obs *o);
void show_stats(char text[static SHOW_MAX], const struct ctl_stats *s);
void show_ack(char text[static SHOW_MAX], uint64_t next, uint64_t next_dns);
void show_time(char text[static SHOW_MAX], const struct ctl_time *t);
void show_bye(char text[static SHOW_MAX], unsigned int why, uint64_t next);

#endif
