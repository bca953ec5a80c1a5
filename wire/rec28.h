/* SPDX-License-Identifier: BSD-3-Clause */
/* The old record: 28 octets, IPv4 only, no framing. */
#ifndef WIRE_REC28_H_
#define WIRE_REC28_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/obs.h"

#define REC28_LEN 28

/* What rec28_put left out or changed. */
enum rec28_note {
	REC28_CLAMPED = 0x01, /* a length over 65535 was cut to 65535 */
	REC28_NOT_IPV4 = 0x02 /* nothing written: the format has no IPv6 */
};

/**
 * rec28_put(dst, o, ret_note):
 * Write ${o} as old records to ${dst}: a packet is one record, a host
 * observation one for CPU and one for memory, a loss none.  Sets
 * ${ret_note} to the REC28_* bits that apply.  Returns the octets written:
 * 0, 28 or 56.
 */
size_t rec28_put(uint8_t dst[static 2 * REC28_LEN], const struct obs *o,
    unsigned int *ret_note);

/**
 * rec28_get(ret_o, buf, len):
 * Read one old record from the ${len} octets at ${buf}.  Returns 28; 0 when
 * ${len} < 28; -1 when this can be no record (microseconds over 999999).
 * A CPU or memory pseudo-record (protocol 61) becomes a host observation.
 * The format cannot tell "no MGEN" from MGEN flow 0, nor ports 0 from none.
 */
int rec28_get(struct obs *ret_o, const uint8_t *buf, size_t len);

#endif
