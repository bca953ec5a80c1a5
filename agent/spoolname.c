/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the files of a spool. */
#include "agent/spoolname.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char hex[] = "0123456789abcdef";

void
spoolname_put(
    const uint8_t id[static 16], uint64_t off, char dst[static SPOOLNAME_MAX])
{
	for (size_t i = 0; i < 16; i++) {
		*dst++ = hex[id[i] >> 4];
		*dst++ = hex[id[i] & 15];
	}
	snprintf(dst, SPOOLNAME_MAX - 32, "-%016" PRIx64 ".pms", off);
}

/* The value of ${n} hexadecimal digits, lower case.  Returns whether it is one. */
static bool
get_hex(const char *p, size_t n, uint64_t *ret_v)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++) {
		const char *digit = p[i] == '\0' ? NULL : strchr(hex, p[i]);

		if (digit == NULL)
			return false;
		v = v << 4 | (uint64_t)(digit - hex);
	}
	*ret_v = v;
	return true;
}

bool
spoolname_get(const char *name, uint8_t ret_id[static 16], uint64_t *ret_off)
{
	uint64_t v;

	if (strlen(name) != 32 + 1 + 16 + 4 || name[32] != '-' ||
	    strcmp(name + 49, ".pms") != 0 || !get_hex(name + 33, 16, ret_off))
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (!get_hex(name + 2 * i, 2, &v))
			return false;
		ret_id[i] = (uint8_t)v;
	}
	return true;
}
