/* SPDX-License-Identifier: BSD-3-Clause */
/* The Internet checksum (RFC 1071). */
#ifndef AGENT_FWDSUM_H_
#define AGENT_FWDSUM_H_

#include <stddef.h>
#include <stdint.h>

/**
 * fwdsum_add(sum, data, len):
 * Add the ${len} octets at ${data} to the sum ${sum}, 0 at first.  All parts
 * but the last one have an even number of octets.
 */
uint64_t fwdsum_add(uint64_t sum, const uint8_t *data, size_t len);

/**
 * fwdsum_word(sum, v):
 * Add the 16-bit number ${v}, as if it lay in the packet.
 */
uint64_t fwdsum_word(uint64_t sum, uint16_t v);

/**
 * fwdsum_put(dst, sum):
 * Write the checksum, the complement of ${sum}, to ${dst}.
 */
void fwdsum_put(uint8_t dst[static 2], uint64_t sum);

/**
 * fwdsum_put_udp(dst, sum):
 * The same for UDP, where 0 would mean that there is none (RFC 768).
 */
void fwdsum_put_udp(uint8_t dst[static 2], uint64_t sum);

#endif
