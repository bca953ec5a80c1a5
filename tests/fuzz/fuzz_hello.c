/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/hello wire/zpack -lz */
/* HELLO of strangers: with the checksum mended, so that TLVs are reached. */
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/hello.h"
#include "wire/zpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define HEAD (HELLO_MAGIC_LEN + 4)

static void
check(const uint8_t *data, size_t len)
{
	uint8_t again[HELLO_MAX];
	struct hello h;
	struct hello back;
	struct hello answer;
	size_t n;

	if (hello_get(&h, data, len) <= 0)
		return;
	n = hello_put(again, &h);
	if (hello_get(&back, again, n) != (int)n ||
	    memcmp(&back.par, &h.par, sizeof(h.par)) != 0 ||
	    back.n_ifaces > h.n_ifaces)
		abort();
	answer = h;
	hello_answer(&answer, &h, &h.par);
	if (answer.par.block == 0 || answer.par.block > h.par.block)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t buf[HELLO_MAX];

	check(data, len);
	if (len > HELLO_MAX - HEAD - 4)
		return 0;
	memcpy(buf, HELLO_MAGIC, HELLO_MAGIC_LEN);
	buf[HELLO_MAGIC_LEN] = 1;
	buf[HELLO_MAGIC_LEN + 1] = 0;
	put_be16(buf + HELLO_MAGIC_LEN + 2, (uint16_t)len);
	if (len > 0)
		memcpy(buf + HEAD, data, len);
	put_be32(buf + HEAD + len, zpack_crc(buf, HEAD + len));
	check(buf, HEAD + len + 4);
	return 0;
}
