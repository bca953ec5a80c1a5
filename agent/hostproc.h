/* SPDX-License-Identifier: BSD-3-Clause */
/* What the texts of /proc/stat and /proc/meminfo say. */
#ifndef AGENT_HOSTPROC_H_
#define AGENT_HOSTPROC_H_

#include <stdint.h>

/* Clock ticks of all CPUs together since boot. */
struct hostproc_cpu {
	uint64_t busy, total;
};

/**
 * hostproc_stat(ret, text):
 * Read the line "cpu" of /proc/stat; waiting for I/O is not busy.  Returns 0,
 * or -1 when it is not there.
 */
int hostproc_stat(struct hostproc_cpu *ret, const char *text);

/**
 * hostproc_busy(was, is):
 * Return how busy a CPU was between two readings, percent, 0..100.
 */
uint32_t hostproc_busy(
    const struct hostproc_cpu *was, const struct hostproc_cpu *is);

/**
 * hostproc_meminfo(ret_used, text):
 * Read MemTotal - MemFree - Buffers - Cached - SwapCached of /proc/meminfo,
 * KiB.  Returns 0, or -1 when one of them is not there.
 */
int hostproc_meminfo(uint64_t *ret_used, const char *text);

#endif
