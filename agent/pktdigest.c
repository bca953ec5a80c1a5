/* SPDX-License-Identifier: BSD-3-Clause */
/* The digest of a packet: the same wherever it is seen (RFC 5475 section 6.2). */
#include "agent/pktdigest.h"

#include <endian.h>
#include <netinet/in.h>

#include "wire/bytes.h"
#include "wire/hash.h"

enum { PROTO_DCCP = 33, PROTO_SCTP = 132, PROTO_UDPLITE = 136 };

/*
 * Odd, and ones and zeros in no order: digits of pi behind the point.  They are
 * part of the protocol: with others, agents would not agree.
 */
static const uint64_t salt[] = { 0x243f6a8885a308d3, 0x13198a2e03707345,
	0xa4093822299f31d1, 0x082efa98ec4e6c89, 0x452821e638d01377 };

/* get_be64 in one step: this runs for every packet. */
static uint64_t
word(const uint8_t *p)
{
	return be64toh(load64(p));
}

/* All but ${len} octets at ${at}, in the word that they are in. */
#define BUT(at, len) \
	(~(~(~UINT64_C(0) << 8 * (len)) << (64 - 8 * ((at) % 8 + (len)))))

/* What counts of the first three words: not the checksum of ${proto}. */
static void
keep_but_checksum(uint64_t keep[static 3], uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		keep[2] = BUT(16, 2);
		break;
	case IPPROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_DCCP:
		keep[0] = BUT(6, 2);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		keep[0] = BUT(2, 2);
		break;
	case PROTO_SCTP:
		keep[1] = BUT(8, 4);
		break;
	default:
		break;
	}
}

static uint64_t
mix_heads(const struct obs_pkt *k, const struct pktip *ip)
{
	uint64_t h = hash_fold(salt[0] ^ ((uint64_t)k->len << 32 | ip->id),
	    salt[1] ^ ((uint64_t)k->ipver << 32 | (uint64_t)ip->proto << 16 |
			  ip->frag));

	h = hash_fold(word(k->src) ^ h, word(k->dst) ^ salt[2]);
	if (k->ipver == 6)
		h = hash_fold(word(k->src + 8) ^ h, word(k->dst + 8) ^ salt[3]);
	return h;
}

static uint64_t
mix_body(uint64_t h, const struct pktip *ip, const uint8_t *p)
{
	uint64_t keep[3] = { UINT64_MAX, UINT64_MAX, UINT64_MAX };

	/* A later fragment begins in the middle of something. */
	if (ip->frag < 2)
		keep_but_checksum(keep, ip->proto);
	h = hash_fold((word(p) & keep[0]) ^ salt[4] ^ h,
	    (word(p + 8) & keep[1]) ^ salt[1]);
	h = hash_fold(
	    (word(p + 16) & keep[2]) ^ salt[4] ^ h, word(p + 24) ^ salt[2]);
	h = hash_fold(word(p + 32) ^ salt[4] ^ h, word(p + 40) ^ salt[3]);
	return hash_fold(word(p + 48) ^ salt[4] ^ h, word(p + 56) ^ salt[4]);
}

bool
pktdigest_get(
    uint32_t *ret_digest, const struct obs_pkt *k, const struct pktip *ip)
{
	uint8_t padded[PKTDIGEST_BODY];
	const uint8_t *p = ip->body;
	uint64_t h;

	if (p == NULL ||
	    (ip->body_len < PKTDIGEST_BODY && ip->body_len < ip->body_size))
		return false;
	if (ip->body_len < PKTDIGEST_BODY) {
		memset(padded, 0, sizeof(padded));
		p = memcpy(padded, p, ip->body_len);
	}
	h = mix_body(mix_heads(k, ip), ip, p);
	*ret_digest = (uint32_t)(h >> 32) ^ (uint32_t)h;
	return true;
}
