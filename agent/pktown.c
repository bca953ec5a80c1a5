/* SPDX-License-Identifier: BSD-3-Clause */
/* Which addresses are the host's own: what a packet's role follows from. */
#include "agent/pktown.h"

#include <string.h>

#define BUCKETS (2 * PKTOWN_MAX)

void
pktown_clear(struct pktown *o)
{
	o->n = o->n_macs = 0;
	memset(o->bucket, 0, sizeof(o->bucket));
}

/* The addresses come from the host itself: no key is needed. */
static inline unsigned int
start_at(const uint8_t addr[static 16])
{
	uint64_t a;
	uint64_t b;

	memcpy(&a, addr, 8);
	memcpy(&b, addr + 8, 8);
	a = (a ^ b >> 3) * 0x9e3779b97f4a7c15u;
	return (unsigned int)(a >> 40) % BUCKETS;
}

static const struct pktown_addr *
find(const struct pktown *o, const uint8_t addr[static 16])
{
	for (unsigned int i = start_at(addr); o->bucket[i] != 0;
	     i = (i + 1) % BUCKETS) {
		const struct pktown_addr *a = &o->addr[o->bucket[i] - 1];

		if (memcmp(a->octets, addr, 16) == 0)
			return a;
	}
	return NULL;
}

void
pktown_add(struct pktown *o, const uint8_t addr[static 16], bool broadcast)
{
	unsigned int i = start_at(addr);

	if (o->n == PKTOWN_MAX || find(o, addr) != NULL)
		return;
	while (o->bucket[i] != 0)
		i = (i + 1) % BUCKETS;
	memcpy(o->addr[o->n].octets, addr, 16);
	o->addr[o->n].broadcast = broadcast;
	o->bucket[i] = (uint16_t)++o->n;
}

static inline uint64_t
mac_value(const uint8_t mac[static 6])
{
	uint64_t v = 0;

	memcpy(&v, mac, 6);
	return v;
}

void
pktown_add_mac(struct pktown *o, const uint8_t mac[static 6])
{
	const uint64_t v = mac_value(mac);

	for (unsigned int i = 0; i < o->n_macs; i++) {
		if (o->mac[i] == v)
			return;
	}
	if (v != 0 && o->n_macs < PKTOWN_MACS)
		o->mac[o->n_macs++] = v;
}

static bool
has_mac(const struct pktown *o, const uint8_t *mac)
{
	const uint64_t v = mac == NULL ? 0 : mac_value(mac);

	for (unsigned int i = 0; v != 0 && i < o->n_macs; i++) {
		if (o->mac[i] == v)
			return true;
	}
	return false;
}

bool
pktown_has(const struct pktown *o, const uint8_t addr[static 16])
{
	const struct pktown_addr *a = find(o, addr);

	return a != NULL && !a->broadcast;
}

uint8_t
pktown_role(const struct pktown *o, const struct obs_pkt *k,
    const uint8_t *dst_mac, const uint8_t *src_mac)
{
	if (pktown_has(o, k->src))
		return OBS_ROLE_ORIGINATED;
	if (find(o, k->dst) != NULL || obs_is_group(k->ipver, k->dst))
		return OBS_ROLE_DELIVERED;
	if (dst_mac == NULL && src_mac == NULL)
		return OBS_ROLE_FORWARDED;
	if (has_mac(o, dst_mac) || has_mac(o, src_mac))
		return OBS_ROLE_FORWARDED;
	return OBS_ROLE_OVERHEARD;
}
