/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 and IPv6 headers, and where what they carry begins. */
#include "agent/pktip.h"

#include <netinet/in.h>

#include "wire/bytes.h"

#define V4_MIN         20
#define V6_LEN         40
#define V4_MORE        0x2000
#define V4_OFFSET      0x1fff
#define V6_MORE        0x0001
#define V6_OFFSET      0xfff8
#define EXTENSIONS_MAX 16 /* headers; RFC 8200 names six kinds */

#define PROTO_AH       51
#define PROTO_MOBILITY 135
#define PROTO_HIP      139
#define PROTO_SHIM6    140

/* The packet's first ${head} octets were read; ${len} were captured. */
static void
set_body(struct pktip *ip, const struct obs_pkt *k, const uint8_t *data,
    size_t head, size_t len)
{
	ip->proto = k->proto;
	if (head > len || head > k->len)
		return;
	ip->body = data + head;
	ip->body_len = (len < k->len ? len : k->len) - head;
	ip->body_size = k->len - head;
	if (k->frag == OBS_FRAG_LATER)
		return;
	ip->p = ip->body;
	ip->len = ip->body_len;
	ip->size = ip->body_size;
}

static uint16_t
frag_mark(unsigned int offset, bool more)
{
	return (uint16_t)(offset << 1 | more);
}

static enum pktip_verdict
parse_v4(struct obs_pkt *k, struct pktip *ip, const uint8_t *data, size_t len,
    size_t size)
{
	uint16_t frag;
	size_t total;
	size_t head;

	if (len < V4_MIN)
		return size < V4_MIN ? PKTIP_MALFORMED : PKTIP_CUT;
	head = (size_t)(data[0] & 15) * 4;
	total = get_be16(&data[2]);
	frag = get_be16(&data[6]);
	if (head < V4_MIN || (total != 0 && total < head))
		return PKTIP_MALFORMED;
	/* Segmentation offload hands over packets without a length. */
	if (total == 0)
		total = size;
	k->ipver = 4;
	memcpy(k->src, &data[12], 4);
	memcpy(k->dst, &data[16], 4);
	k->len = (uint32_t)total;
	k->proto = data[9];
	k->ttl = data[8];
	k->tos = data[1];
	ip->id = get_be16(&data[4]);
	ip->frag = frag_mark(frag & V4_OFFSET, (frag & V4_MORE) != 0);
	if (ip->frag > 0)
		k->frag = ip->frag > 1 ? OBS_FRAG_LATER : OBS_FRAG_FIRST;
	set_body(ip, k, data, head, len);
	if (k->frag == OBS_FRAG_LATER)
		return PKTIP_OK;
	if (len < head)
		return PKTIP_CUT;
	return total < head ? PKTIP_MALFORMED : PKTIP_OK;
}

/* Octets of the extension header ${proto} at ${p}, 0 when it is none. */
static size_t
extension(uint8_t proto, const uint8_t *p)
{
	switch (proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		return ((size_t)p[1] + 1) * 8;
	case PROTO_AH:
		return ((size_t)p[1] + 2) * 4; /* RFC 4302 section 2.2 */
	case IPPROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

static bool
is_extension(uint8_t proto)
{
	static const uint8_t none[2] = { 0, 0 };

	return extension(proto, none) != 0;
}

/* Walk the extension headers; ${at} is behind the fixed header. */
static enum pktip_verdict
extensions(struct obs_pkt *k, struct pktip *ip, const uint8_t *data, size_t len,
    size_t size)
{
	size_t at = V6_LEN;

	for (int i = 0; is_extension(k->proto); i++) {
		const uint8_t *p = data + at;
		size_t n;

		if (i == EXTENSIONS_MAX || size < at + 8)
			return PKTIP_MALFORMED;
		if (len < at + 8)
			return PKTIP_CUT;
		n = extension(k->proto, p);
		if (k->proto == IPPROTO_FRAGMENT) {
			const uint16_t frag = get_be16(&p[2]);

			ip->id = get_be32(&p[4]);
			ip->frag = frag_mark(
			    (frag & V6_OFFSET) >> 3, (frag & V6_MORE) != 0);
			if (ip->frag > 0) {
				k->frag = ip->frag > 1 ? OBS_FRAG_LATER
						       : OBS_FRAG_FIRST;
			}
		}
		k->proto = p[0];
		at += n;
		if (k->frag == OBS_FRAG_LATER) {
			set_body(ip, k, data, at, len);
			return PKTIP_OK;
		}
		if (at > size)
			return PKTIP_MALFORMED;
		if (at > len)
			return PKTIP_CUT;
	}
	set_body(ip, k, data, at, len);
	return PKTIP_OK;
}

static enum pktip_verdict
parse_v6(struct obs_pkt *k, struct pktip *ip, const uint8_t *data, size_t len,
    size_t size)
{
	size_t payload;

	if (len < V6_LEN)
		return size < V6_LEN ? PKTIP_MALFORMED : PKTIP_CUT;
	payload = get_be16(&data[4]);
	/* A jumbogram (RFC 2675), or offload: the frame tells. */
	if (payload == 0 && size > V6_LEN && data[6] != IPPROTO_NONE)
		payload = size - V6_LEN;
	k->ipver = 6;
	memcpy(k->src, &data[8], 16);
	memcpy(k->dst, &data[24], 16);
	k->len = (uint32_t)(payload + V6_LEN);
	k->proto = data[6];
	k->ttl = data[7];
	k->tos = (uint8_t)(get_be16(&data[0]) >> 4);
	return extensions(k, ip, data, len < k->len ? len : k->len, k->len);
}

enum pktip_verdict
pktip_parse(struct obs_pkt *k, struct pktip *ret_ip, const uint8_t *data,
    size_t len, size_t size)
{
	*ret_ip = (struct pktip){ 0 };
	if (len == 0)
		return PKTIP_CUT;
	if (data[0] >> 4 == 4)
		return parse_v4(k, ret_ip, data, len, size);
	if (data[0] >> 4 == 6)
		return parse_v6(k, ret_ip, data, len, size);
	return PKTIP_MALFORMED;
}
