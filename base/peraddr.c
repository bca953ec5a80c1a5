/* SPDX-License-Identifier: BSD-3-Clause */
/* How many connections each address has, so that none takes all places. */
#include "base/peraddr.h"

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/proc.h"
#include "wire/hash.h"

#define SLOTS 256 /* a power of 2 */

struct entry {
	LIST_ENTRY(entry) link;
	uint8_t addr[16];
	unsigned int n;
};

struct peraddr {
	unsigned int max;
	struct hash_key key;
	LIST_HEAD(, entry) slot[SLOTS];
};

/* IPv4 as IPv6 writes it, IPv6 as its network; UNIX-domain is one for all. */
static void
key_of(uint8_t ret[static 16], const struct net_addr *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(ret, 0, 16);
	if (a->ss.ss_family == AF_INET) {
		memcpy(&v4, &a->ss, sizeof(v4));
		ret[10] = ret[11] = 0xff;
		memcpy(ret + 12, &v4.sin_addr, 4);
	} else if (a->ss.ss_family == AF_INET6) {
		memcpy(&v6, &a->ss, sizeof(v6));
		memcpy(ret, &v6.sin6_addr,
		    IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) ? 16 : 8);
	}
}

static size_t
slot_of(const struct peraddr *t, const uint8_t addr[static 16])
{
	return hash_bytes(&t->key, addr, 16) % SLOTS;
}

static struct entry *
find(struct peraddr *t, const uint8_t addr[static 16])
{
	struct entry *e;

	LIST_FOREACH(e, &t->slot[slot_of(t, addr)], link)
		if (memcmp(e->addr, addr, 16) == 0)
			return e;
	return NULL;
}

struct peraddr *
peraddr_new(unsigned int max)
{
	struct peraddr *t = calloc(1, sizeof(*t));

	if (t == NULL || proc_hash_key(&t->key) != 0) {
		free(t);
		return NULL;
	}
	t->max = max;
	return t;
}

bool
peraddr_enter(struct peraddr *t, const struct net_addr *a)
{
	uint8_t addr[16];
	struct entry *e;

	key_of(addr, a);
	if ((e = find(t, addr)) == NULL) {
		if ((e = calloc(1, sizeof(*e))) == NULL)
			return false;
		memcpy(e->addr, addr, 16);
		LIST_INSERT_HEAD(&t->slot[slot_of(t, addr)], e, link);
	}
	if (t->max > 0 && e->n >= t->max)
		return false;
	e->n++;
	return true;
}

void
peraddr_leave(struct peraddr *t, const struct net_addr *a)
{
	uint8_t addr[16];
	struct entry *e;

	key_of(addr, a);
	if ((e = find(t, addr)) == NULL || --e->n > 0)
		return;
	LIST_REMOVE(e, link);
	free(e);
}

void
peraddr_free(struct peraddr *t)
{
	struct entry *e;

	if (t == NULL)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		while ((e = LIST_FIRST(&t->slot[i])) != NULL) {
			LIST_REMOVE(e, link);
			free(e);
		}
	}
	free(t);
}
