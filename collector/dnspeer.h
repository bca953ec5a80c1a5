/* SPDX-License-Identifier: BSD-3-Clause */
/* The DNS agents that send datagrams, and which of these are missing. */
#ifndef COLLECTOR_DNSPEER_H_
#define COLLECTOR_DNSPEER_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "wire/hash.h"
#include "wire/mono.h"

#define DNSPEER_MAX      4096 /* known at once; the longest unheard makes way */
#define DNSPEER_IDLE_S   3600 /* without a datagram: forgotten */
#define DNSPEER_NAME_MAX 120
#define DNSPEER_WINDOW   64        /* numbers back that may come late */
#define DNSPEER_GAP_MAX  (1 << 20) /* that many are not missing: begun again */

/* Where datagrams come from; padding is none, unused octets are 0. */
struct dnspeer_key {
	uint8_t addr[16];
	uint32_t scope;
	uint16_t family;
	uint16_t port;
};

struct dnspeer {
	struct dnspeer_key key;
	char name[DNSPEER_NAME_MAX]; /* the caller's, for messages */
	uint32_t number;             /* from 1 on, never used again */
	uint64_t last;               /* highest number of this run */
	uint64_t seen;               /* of .last - i: bit i */
	mono_t heard;
	LIST_ENTRY(dnspeer) bucket;
	TAILQ_ENTRY(dnspeer) age;
};

enum dnspeer_seq {
	DNSPEER_FIRST,  /* of this peer */
	DNSPEER_NEXT,   /* the one expected */
	DNSPEER_GAP,    /* some before it are missing */
	DNSPEER_LATE,   /* one that was missing */
	DNSPEER_REPEAT, /* had that number before */
	DNSPEER_ANEW    /* far away: the peer has begun again */
};

struct dnspeers;

/* A peer is about to be forgotten. */
typedef void dnspeer_gone_fn(void *arg, const struct dnspeer *p);

/**
 * dnspeer_table_new(key, gone, arg):
 * Return an empty table, NULL with errno.
 */
struct dnspeers *dnspeer_table_new(
    const struct hash_key *key, dnspeer_gone_fn *gone, void *arg);

/**
 * dnspeer_get(ps, key, now):
 * Return the peer at ${key}, heard at ${now}; a new one has an empty name and
 * takes the place of the longest unheard when the table is full.  NULL with
 * errno when there is no memory.  Valid until the next call for ${ps}.
 */
struct dnspeer *dnspeer_get(
    struct dnspeers *ps, const struct dnspeer_key *key, mono_t now);

/**
 * dnspeer_seq(p, id, ret_missing):
 * A datagram with the number ${id} came from ${p}.  With DNSPEER_GAP,
 * ${ret_missing} becomes how many are missing before it, else 0.
 */
enum dnspeer_seq dnspeer_seq(
    struct dnspeer *p, uint64_t id, uint64_t *ret_missing);

/**
 * dnspeer_reap(ps, now):
 * Forget those unheard for more than DNSPEER_IDLE_S seconds.
 */
void dnspeer_reap(struct dnspeers *ps, mono_t now);

size_t dnspeer_n(const struct dnspeers *ps);

/**
 * dnspeer_table_free(ps):
 * Forget all, silently; NULL is fine.
 */
void dnspeer_table_free(struct dnspeers *ps);

#endif
