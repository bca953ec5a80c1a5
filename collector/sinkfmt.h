/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of text for the outputs: each writes at p and returns the new end. */
#ifndef COLLECTOR_SINKFMT_H_
#define COLLECTOR_SINKFMT_H_

#include <stddef.h>
#include <stdint.h>

#include "collector/conf.h"
#include "collector/sink.h"
#include "wire/mono.h"

#define SINKFMT_U64_MAX  20 /* octets of sinkfmt_u64 at most */
#define SINKFMT_TIME_MAX 40 /* octets of sinkfmt_time at most */
#define SINKFMT_NAME_MAX 64 /* octets of a name that are printed */

char *sinkfmt_u64(char *p, uint64_t v);
char *sinkfmt_text(char *p, const char *text);

/**
 * sinkfmt_usec(p, t):
 * Write ${t} as seconds, a point and six digits, cut to microseconds.
 */
char *sinkfmt_usec(char *p, wall_t t);

/**
 * sinkfmt_span(p, ns):
 * Write a span of time in the same way, cut towards 0; it may be negative.
 */
char *sinkfmt_span(char *p, int64_t ns);

/**
 * sinkfmt_time(p, t, format):
 * Write ${t} as seconds since 1970 or as ISO 8601 in UTC, with six digits
 * after the point, or nine when six would not be exact.
 */
char *sinkfmt_time(char *p, wall_t t, enum conf_time format);

char *sinkfmt_addr(char *p, uint8_t ipver, const uint8_t *addr);

/**
 * sinkfmt_json(p, text, max):
 * Write at most ${max} octets of ${text} as a JSON string, quotes included;
 * octets that are no printable ASCII appear as \u00XX.  Takes up to
 * 6 * max + 2 octets.
 */
char *sinkfmt_json(char *p, const char *text, size_t max);

/**
 * sinkfmt_csv(p, text, max):
 * The same as a quoted CSV field (RFC 4180); octets that are no printable
 * ASCII appear as \xXX.  Takes up to 4 * max + 2 octets.
 */
char *sinkfmt_csv(char *p, const char *text, size_t max);

/**
 * sinkfmt_label(p, text, max, hidden):
 * The same as one word without quotes; blanks and the octets of ${hidden}
 * appear as \xXX, too.  Takes up to 4 * max octets.
 */
char *sinkfmt_label(char *p, const char *text, size_t max, const char *hidden);

/**
 * sinkfmt_iface(ret_text, src, index):
 * Return the name of the interface ${index} of ${src}, or its number, which
 * is then written to ${ret_text}.
 */
const char *sinkfmt_iface(char ret_text[static LINE_IFNAME_MAX],
    const struct sink_src *src, uint16_t index);

/**
 * sinkfmt_role(role):
 * Return the name of an enum obs_role, NULL for an unknown one.
 */
const char *sinkfmt_role(uint8_t role);

#endif
