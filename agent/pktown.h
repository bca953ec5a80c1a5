/* SPDX-License-Identifier: BSD-3-Clause */
/* Which addresses are the host's own: what a packet's role follows from. */
#ifndef AGENT_PKTOWN_H_
#define AGENT_PKTOWN_H_

#include <stdbool.h>
#include <stdint.h>

#include "wire/obs.h"

#define PKTOWN_MAX  512 /* addresses; more are ignored */
#define PKTOWN_MACS 128

/* Start with pktown_clear; then add.  Plain data, may be copied. */
struct pktown {
	unsigned int n; /* addresses, and broadcast addresses */
	unsigned int n_macs;
	uint64_t mac[PKTOWN_MACS];
	uint16_t bucket[2 * PKTOWN_MAX]; /* index + 1 into addr; 0 is empty */
	struct pktown_addr {
		uint8_t octets[16];
		bool broadcast;
	} addr[PKTOWN_MAX];
};

void pktown_clear(struct pktown *o);

/**
 * pktown_add(o, addr, broadcast):
 * Add an address of the host, or a broadcast address of one of its networks:
 * 16 octets, IPv4 in the first 4 and zeros.
 */
void pktown_add(
    struct pktown *o, const uint8_t addr[static 16], bool broadcast);
void pktown_add_mac(struct pktown *o, const uint8_t mac[static 6]);

/**
 * pktown_has(o, addr):
 * Return whether ${addr} is an address of the host (not a broadcast one).
 */
bool pktown_has(const struct pktown *o, const uint8_t addr[static 16]);

/**
 * pktown_role(o, k, dst_mac, src_mac):
 * Return the enum obs_role of ${k}, whose addresses are set.  ${dst_mac} and
 * ${src_mac} are the MACs of its frame, NULL where it has none.
 */
uint8_t pktown_role(const struct pktown *o, const struct obs_pkt *k,
    const uint8_t *dst_mac, const uint8_t *src_mac);

#endif
