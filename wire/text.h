/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbers and addresses as text, fast; all output without a final 0. */
#ifndef WIRE_TEXT_H_
#define WIRE_TEXT_H_

#include <stdint.h>

#include "wire/mono.h"

#define TEXT_U64_MAX  20 /* octets of the longest of each */
#define TEXT_TIME_MAX 20
#define TEXT_ADDR_MAX 45

/**
 * text_X(p, v):
 * Write ${v} at ${p}.  Returns the end of what was written.
 */
char *text_u64(char *p, uint64_t v);
char *text_v4(char *p, const uint8_t addr[static 4]);

/* As RFC 5952 says; v4-mapped addresses with a dotted quad at the end. */
char *text_v6(char *p, const uint8_t addr[static 16]);

/* The same, but no address with a dotted quad. */
char *text_v6_hex(char *p, const uint8_t addr[static 16]);

/* Seconds, '.', six digits of microseconds, rounded down. */
char *text_time(char *p, wall_t time);

#endif
