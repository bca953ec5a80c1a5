/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS names: the form of RFC 1035 section 3.1, and their text. */
#ifndef WIRE_DNSNAME_H_
#define WIRE_DNSNAME_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNSNAME_MAX      255  /* octets of a name, RFC 1035 section 2.3.4 */
#define DNSNAME_LABEL    63   /* octets of a label */
#define DNSNAME_TEXT_MAX 1008 /* octets of the longest text, all escaped */

/**
 * dnsname_get(buf, len):
 * Return the octets of the name that starts at ${buf}: labels, each behind
 * its length, and the empty one; 1 to DNSNAME_MAX.  Returns 0 when there is
 * none in ${len} octets, it is too long, or it has a compression pointer.
 */
size_t dnsname_get(const uint8_t *buf, size_t len);

/**
 * dnsname_lower(name):
 * Turn the ASCII letters of the valid ${name} to lower case (RFC 4343).
 */
void dnsname_lower(uint8_t *name);

/**
 * dnsname_text(p, name):
 * Write the valid ${name} at ${p} with a dot behind each label, "." for the
 * root.  Of the octets in labels, '"', '(', ')', '.', ';', '\', '@' and '$'
 * get a backslash in front; those outside 0x21..0x7e become "\DDD", decimal.
 * Returns the end, at most DNSNAME_TEXT_MAX octets behind ${p}; no final 0.
 */
char *dnsname_text(char *p, const uint8_t *name);

/**
 * dnsname_parse(dst, text, len):
 * Read the ${len} octets of text, "\C" and "\DDD" escapes understood; the last
 * dot may be missing.  Returns the octets of the name at ${dst}, in the
 * case of the text; 0 when it is malformed or too long.
 */
size_t dnsname_parse(
    uint8_t dst[static DNSNAME_MAX], const char *text, size_t len);

/**
 * dnsname_is_under(name, zone):
 * Return whether the valid ${name} is ${zone} or ends in its labels; both in
 * lower case.
 */
bool dnsname_is_under(const uint8_t *name, const uint8_t *zone);

#endif
