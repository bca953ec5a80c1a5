/* SPDX-License-Identifier: BSD-3-Clause */
/* The digest of a packet: the same wherever it is seen (RFC 5475 section 6.2). */
#include "agent/pktdigest.h"

#include <endian.h>
#include <netinet/in.h>

#include "wire/bytes.h"
#include "wire/hash.h"

#define WORDS (PKTDIGEST_BODY / 8)

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

/* The octets of a checksum of ${len} octets at ${at}, in the word it is in. */
#define ONES(at, len) \
	(~(~UINT64_C(0) << 8 * (len)) << (64 - 8 * ((at) % 8 + (len))))

/* Leave out the checksum that belongs to ${proto}. */
static void
clear_checksum(uint64_t w[static WORDS], uint8_t proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		w[2] &= ~ONES(16, 2);
		break;
	case IPPROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_DCCP:
		w[0] &= ~ONES(6, 2);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		w[0] &= ~ONES(2, 2);
		break;
	case PROTO_SCTP:
		w[1] &= ~ONES(8, 4);
		break;
	default:
		break;
	}
}

/* The ${n} octets that count, and zeros behind. */
static void
load_body(uint64_t w[static WORDS], const struct pktip *ip, size_t n)
{
	uint8_t padded[PKTDIGEST_BODY] = { 0 };
	const uint8_t *p = ip->body;

	if (n < PKTDIGEST_BODY)
		p = memcpy(padded, p, n);
	for (unsigned int i = 0; i < WORDS; i++)
		w[i] = word(p + (size_t)8 * i);
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

bool
pktdigest_get(
    uint32_t *ret_digest, const struct obs_pkt *k, const struct pktip *ip)
{
	const size_t n =
	    ip->body_size < PKTDIGEST_BODY ? ip->body_size : PKTDIGEST_BODY;
	uint64_t w[WORDS];
	uint64_t h;

	if (ip->body == NULL || ip->body_len < n)
		return false;
	load_body(w, ip, n);
	/* Another fragment begins in the middle of something. */
	if (ip->frag < 2)
		clear_checksum(w, ip->proto);
	h = mix_heads(k, ip);
	for (unsigned int i = 0; i < WORDS; i += 2)
		h = hash_fold(w[i] ^ salt[4] ^ h, w[i + 1] ^ salt[1 + i / 2]);
	*ret_digest = (uint32_t)(h >> 32) ^ (uint32_t)h;
	return true;
}
