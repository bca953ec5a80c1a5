/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/frame wire/zpack -lz */
/* Frames: slices lie inside, prefixes need more, and they are written back. */
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/frame.h"
#include "wire/zpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const uint8_t *buf, size_t len)
{
	uint8_t *again = malloc(len + FRAME_OVERHEAD);
	struct frame f;
	struct frame cut;
	const int n = frame_get(&f, buf, len, FRAME_MAX);

	if (again == NULL)
		abort();
	if (n > 0) {
		if ((size_t)n > len || f.body <= buf ||
		    f.body + f.len + 4 != buf + n || f.type > 15 ||
		    f.flags > 15)
			abort();
		if (frame_put(again, &f) != (size_t)n ||
		    memcmp(again, buf, (size_t)n) != 0)
			abort();
		for (size_t i = 0; i < (size_t)n; i++) {
			if (frame_get(&cut, buf, i, FRAME_MAX) != 0)
				abort();
		}
		if (f.len > 0 && frame_get(&cut, buf, len, f.len - 1) != -1)
			abort();
	}
	free(again);
}

/* As it came, and with the checksum that the head asks for. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *buf;

	check(data, size);
	if (size < 6)
		return 0;
	buf = malloc(size);
	if (buf == NULL)
		abort();
	memcpy(buf, data, size);
	buf[1] = (uint8_t)((size - 6) & 0x7f);
	if (size >= 6 + (size_t)buf[1]) {
		const size_t n = 2 + (size_t)buf[1];

		put_be32(buf + n, zpack_crc(buf, n));
	}
	check(buf, size);
	free(buf);
	return 0;
}
