/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and data of resource records, checked before they are used. */
#ifndef AGENT_DNSRR_H_
#define AGENT_DNSRR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dnsname.h"

#define DNSRR_TYPE_A     1
#define DNSRR_TYPE_CNAME 5
#define DNSRR_TYPE_AAAA  28
#define DNSRR_TYPE_OPT   41
#define DNSRR_CLASS_IN   1

/* One record of a message, as it lies there. */
struct dnsrr {
	const uint8_t *rdata;
	size_t rdlength;
	uint16_t type, class;
};

/**
 * dnsrr_name(msg, len, at):
 * Return the octets that the name at offset ${at} of the message takes there
 * (RFC 1035 section 4.1.4), 0 when it is malformed: cut, longer than 255
 * octets, more than 127 compression pointers, or one that does not point
 * back, which no encoder makes and a loop needs.
 */
size_t dnsrr_name(const uint8_t *msg, size_t len, size_t at);

/**
 * dnsrr_unpack(dst, msg, len, at):
 * Write the name at offset ${at}, in lower case and without compression, to
 * ${dst}.  Returns its octets, 0 when it is malformed.
 */
size_t dnsrr_unpack(
    uint8_t dst[static DNSNAME_MAX], const uint8_t *msg, size_t len, size_t at);

/**
 * dnsrr_ok(msg, len, rr):
 * Return whether the data of ${rr}, a record of that message, have the form
 * of its type.  Types that nobody here needs to know are fine.
 */
bool dnsrr_ok(const uint8_t *msg, size_t len, const struct dnsrr *rr);

#endif
