/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/line wire/text */
/* Text lines: what was read and is written is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "wire/hello.h"
#include "wire/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a reader gets from the text of ${o} is ${o} again. */
static void
check_again(const struct obs *o, const struct line_place *at)
{
	struct hello_iface iface = { .linktype = 0 };
	const struct line_ifaces ifs = { 1, &iface };
	const enum line_format format =
	    at->ifname[0] == '\0' ? LINE_BASIC : LINE_EXTENDED;
	char text[LINE_MAX_LEN];
	struct line_place at_again;
	struct obs again;
	size_t n;

	memcpy(iface.name, at->ifname, sizeof(at->ifname));
	memcpy(iface.node, at->node, sizeof(at->node));
	n = line_put(text, o, format, &ifs);
	if (n == 0 || n > LINE_MAX_LEN ||
	    line_get(&again, &at_again, text, n) != (int)n)
		abort();
	/* Both began as zeros, NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
	if (memcmp(&again, o, sizeof(again)) != 0)
		abort();
	if (o->kind == OBS_PKT && (strcmp(at_again.ifname, at->ifname) != 0 ||
				      strcmp(at_again.node, at->node) != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buf = (const char *)data;
	struct line_place at;
	struct obs o;
	struct obs cut;
	int n;

	memset(&o, 0, sizeof(o));
	n = line_get(&o, &at, buf, size);
	if (n <= 0)
		return 0;
	if ((size_t)n > size || buf[n - 1] != '\n')
		abort();
	if (memchr(at.ifname, '\0', sizeof(at.ifname)) == NULL ||
	    memchr(at.node, '\0', sizeof(at.node)) == NULL)
		abort();
	check_again(&o, &at);
	for (size_t len = 0; len < (size_t)n; len++) {
		struct line_place cut_at;

		if (line_get(&cut, &cut_at, buf, len) != 0)
			abort();
	}
	return 0;
}
