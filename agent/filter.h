/* SPDX-License-Identifier: BSD-3-Clause */
/* Modes of -m: which packets of an interface are recorded. */
#ifndef AGENT_FILTER_H_
#define AGENT_FILTER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILTER_MAX 4096 /* octets of a filter, with the final 0 */

/* What %m and %i stand for. */
struct filter_host {
	bool has_mac, has_v4;
	uint8_t mac[6];
	uint8_t v4[4];
};

/**
 * filter_is_mode(mode):
 * Return whether ${mode} is one of src, dst, spoof, none, and no filter.
 */
bool filter_is_mode(const char *mode);

/**
 * filter_make(dst, mode, host):
 * Write the pcap-filter(7) of ${mode} to ${dst}: of src, dst, spoof, none
 * (the empty filter), or of ${mode} itself with %m, %i and %x replaced.
 * Without a MAC the modes use the direction that the kernel notes.  Returns
 * NULL, or what is missing.
 */
const char *filter_make(char dst[static FILTER_MAX], const char *mode,
    const struct filter_host *host);

#endif
