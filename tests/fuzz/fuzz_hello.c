/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/hello wire/zpack -lz */
/* HELLO: what was read is in range and is read again from what we write. */
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/frame.h"
#include "wire/hello.h"
#include "wire/zpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_range(const struct hello *h)
{
	const struct hello_params *p = &h->par;

	if (p->codec > HELLO_CODEC_DEFLATE || p->wbits < 9 || p->wbits > 15 ||
	    p->slots_log2 < 6 || p->slots_log2 > 13 || p->tick_exp > 9 ||
	    p->block < 1 || p->block > 8192 || p->latency_ms < 10 ||
	    p->latency_ms > 60000 || p->frame_max < 4096 ||
	    p->frame_max > FRAME_MAX || (p->fields & ~HELLO_FIELD_ALL) != 0 ||
	    h->n_ifaces > HELLO_IFACE_MAX)
		abort();
	if (memchr(h->node, '\0', sizeof(h->node)) == NULL ||
	    memchr(h->host, '\0', sizeof(h->host)) == NULL ||
	    memchr(h->version, '\0', sizeof(h->version)) == NULL)
		abort();
}

/* Each end may then answer the other, and that can be read. */
static void
check_again(const struct hello *h)
{
	struct hello again;
	struct hello mine;
	uint8_t buf[HELLO_MAX];
	uint8_t twice[HELLO_MAX];
	const size_t n = hello_put(buf, h);

	if (n > sizeof(buf) || hello_get(&again, buf, n) != (int)n)
		abort();
	if (hello_put(twice, &again) != n || memcmp(twice, buf, n) != 0)
		abort();
	hello_default(&mine, true);
	hello_answer(&mine, h, &again.par);
	check_range(&mine);
}

static void
check(const uint8_t *buf, size_t len)
{
	struct hello h;
	struct hello cut;
	const int n = hello_get(&h, buf, len);

	if (n <= 0)
		return;
	if ((size_t)n > len || n > HELLO_MAX)
		abort();
	check_range(&h);
	check_again(&h);
	for (size_t i = 1; i < (size_t)n; i++) {
		if (hello_get(&cut, buf, i) != 0)
			abort();
	}
}

/* As it came, and with magic, version, length and checksum put right. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *buf;

	check(data, size);
	if (size < 16 || size > HELLO_MAX)
		return 0;
	buf = malloc(size);
	if (buf == NULL)
		abort();
	memcpy(buf, data, size);
	memcpy(buf, HELLO_MAGIC "\1", 9);
	put_be16(buf + 10, (uint16_t)(size - 16));
	put_be32(buf + size - 4, zpack_crc(buf, size - 4));
	check(buf, size);
	free(buf);
	return 0;
}
