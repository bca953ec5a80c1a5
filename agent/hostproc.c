/* SPDX-License-Identifier: BSD-3-Clause */
/* What the texts of /proc/stat and /proc/meminfo say. */
#include "agent/hostproc.h"

#include <stdlib.h>
#include <string.h>

/* user nice system idle iowait irq softirq steal; guest is within user */
#define CPU_FIELDS 8
#define CPU_IDLE   3
#define CPU_IOWAIT 4

int
hostproc_stat(struct hostproc_cpu *ret, const char *text)
{
	struct hostproc_cpu c = { 0 };
	char *end;

	if (strncmp(text, "cpu ", 4) != 0)
		return -1;
	text += 4;
	for (int i = 0; i < CPU_FIELDS; i++) {
		const uint64_t v = strtoull(text, &end, 10);

		if (end == text) {
			if (i <= CPU_IDLE)
				return -1;
			break;
		}
		c.total += v;
		if (i != CPU_IDLE && i != CPU_IOWAIT)
			c.busy += v;
		text = end;
	}
	*ret = c;
	return 0;
}

uint32_t
hostproc_busy(const struct hostproc_cpu *was, const struct hostproc_cpu *is)
{
	/* The idle counters of Linux may run backward a little. */
	if (is->total <= was->total || is->busy <= was->busy)
		return 0;
	if (is->busy - was->busy >= is->total - was->total)
		return 100;
	return (
	    uint32_t)((is->busy - was->busy) * 100 / (is->total - was->total));
}

static int
find(uint64_t *ret, const char *text, const char *name)
{
	const size_t n = strlen(name);
	char *end;

	while (text != NULL) {
		if (strncmp(text, name, n) == 0) {
			*ret = strtoull(text + n, &end, 10);
			return end == text + n ? -1 : 0;
		}
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return -1;
}

int
hostproc_meminfo(uint64_t *ret_used, const char *text)
{
	static const char *const unused[] = {
		"MemFree:", "Buffers:", "Cached:", "SwapCached:"
	};
	uint64_t total;
	uint64_t v;

	if (find(&total, text, "MemTotal:") != 0)
		return -1;
	for (size_t i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		if (find(&v, text, unused[i]) != 0)
			return -1;
		total = total > v ? total - v : 0;
	}
	*ret_used = total;
	return 0;
}
