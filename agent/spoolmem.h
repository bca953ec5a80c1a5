/* SPDX-License-Identifier: BSD-3-Clause */
/* The octets of a spool, in memory. */
#ifndef AGENT_SPOOLMEM_H_
#define AGENT_SPOOLMEM_H_

#include <stddef.h>

struct spoolstore;

/**
 * spoolmem_new(limit):
 * Return an empty store for up to ${limit} octets; it takes what it needs.
 * NULL with errno on failure.
 */
struct spoolstore *spoolmem_new(size_t limit);

#endif
