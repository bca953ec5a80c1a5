/* SPDX-License-Identifier: BSD-3-Clause */
/* Fragments of an IP packet that is longer than the path allows. */
#include "agent/fwdfrag.h"

#include <netinet/in.h>
#include <string.h>

#include "agent/fwdsum.h"
#include "wire/bytes.h"

#define IPV4_LEN     20
#define IPV6_LEN     40
#define IPV6_FRAG    8
#define IPV4_IDS     0xffff /* 1 to that */
#define IPV4_MORE    0x2000
#define IPV6_MORE    0x0001
#define OFFSET_UNITS 8

void
fwdfrag_init(
    struct fwdfrag *f, const uint8_t *ip, size_t len, size_t mtu, uint32_t id)
{
	f->ip = ip;
	f->head = ip[0] >> 4 == 6 ? IPV6_LEN : IPV4_LEN;
	f->len = len - f->head;
	f->done = 0;
	f->mtu = mtu;
	f->id = id;
}

static size_t
put_v4(const struct fwdfrag *f, uint8_t *dst, size_t n, bool more)
{
	memcpy(dst, f->ip, IPV4_LEN);
	put_be16(&dst[2], (uint16_t)(IPV4_LEN + n));
	put_be16(&dst[4], (uint16_t)(1 + f->id % IPV4_IDS));
	put_be16(&dst[6],
	    (uint16_t)((more ? IPV4_MORE : 0) | f->done / OFFSET_UNITS));
	put_be16(&dst[10], 0);
	fwdsum_put(&dst[10], fwdsum_add(0, dst, IPV4_LEN));
	return IPV4_LEN;
}

static size_t
put_v6(const struct fwdfrag *f, uint8_t *dst, size_t n, bool more)
{
	uint8_t *frag = dst + IPV6_LEN;

	memcpy(dst, f->ip, IPV6_LEN);
	put_be16(&dst[4], (uint16_t)(IPV6_FRAG + n));
	frag[0] = dst[6];
	frag[1] = 0;
	dst[6] = IPPROTO_FRAGMENT;
	put_be16(&frag[2], (uint16_t)(f->done | (more ? IPV6_MORE : 0)));
	put_be32(&frag[4], f->id);
	return IPV6_LEN + IPV6_FRAG;
}

size_t
fwdfrag_next(struct fwdfrag *f, uint8_t *dst)
{
	const bool v6 = f->head == IPV6_LEN;
	const size_t room = f->mtu - f->head - (v6 ? IPV6_FRAG : 0);
	const size_t left = f->len - f->done;
	const bool more = left > room;
	const size_t n = more ? room / OFFSET_UNITS * OFFSET_UNITS : left;
	size_t head;

	if (n == 0)
		return 0;
	head = v6 ? put_v6(f, dst, n, more) : put_v4(f, dst, n, more);
	memcpy(dst + head, f->ip + f->head + f->done, n);
	f->done += n;
	return head + n;
}

bool
fwdfrag_done(const struct fwdfrag *f)
{
	return f->done == f->len;
}
