/* SPDX-License-Identifier: BSD-3-Clause */
/* Test input that ends at an unreadable page: reading too far is fatal. */
#ifndef TESTS_GUARD_H_
#define TESTS_GUARD_H_

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD_ROOM 65536

/**
 * guard_put(data, len):
 * Copy ${len} <= GUARD_ROOM octets to the end of readable memory and return
 * where they are.  Valid until the next call.
 */
static inline const uint8_t *
guard_put(const void *data, size_t len)
{
	static uint8_t *end;

	if (end == NULL) {
		const size_t page = (size_t)sysconf(_SC_PAGESIZE);
		uint8_t *p = mmap(NULL, GUARD_ROOM + page,
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED ||
		    mprotect(p + GUARD_ROOM, page, PROT_NONE) != 0)
			abort();
		end = p + GUARD_ROOM;
	}
	if (len > GUARD_ROOM)
		abort();
	if (len > 0)
		memcpy(end - len, data, len);
	return end - len;
}

#endif
