/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/line wire/text */
/* Text lines: what was read and is written is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "wire/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a reader gets from the text of ${o} is ${o} again. */
static void
check_again(const struct obs *o, const char ifname[static LINE_IFNAME_MAX])
{
	char name[1][LINE_IFNAME_MAX];
	const struct line_ifaces ifs = { 1,
		(const char(*)[LINE_IFNAME_MAX])name };
	const enum line_format format =
	    ifname[0] == '\0' ? LINE_BASIC : LINE_EXTENDED;
	char text[LINE_MAX_LEN];
	char name_again[LINE_IFNAME_MAX];
	struct obs again;
	size_t n;

	memcpy(name[0], ifname, sizeof(name[0]));
	n = line_put(text, o, format, &ifs);
	if (n == 0 || n > LINE_MAX_LEN ||
	    line_get(&again, name_again, text, n) != (int)n)
		abort();
	/* Both began as zeros, NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
	if (memcmp(&again, o, sizeof(again)) != 0)
		abort();
	if (o->kind == OBS_PKT && strcmp(name_again, ifname) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buf = (const char *)data;
	char ifname[LINE_IFNAME_MAX];
	struct obs o;
	struct obs cut;
	int n;

	memset(&o, 0, sizeof(o));
	n = line_get(&o, ifname, buf, size);
	if (n <= 0)
		return 0;
	if ((size_t)n > size || buf[n - 1] != '\n')
		abort();
	if (memchr(ifname, '\0', sizeof(ifname)) == NULL)
		abort();
	check_again(&o, ifname);
	for (size_t len = 0; len < (size_t)n; len++) {
		char name[LINE_IFNAME_MAX];

		if (line_get(&cut, name, buf, len) != 0)
			abort();
	}
	return 0;
}
