/* SPDX-License-Identifier: BSD-3-Clause */
/* The interfaces of this capture: a table that grows while it runs. */
#ifndef AGENT_IFTAB_H_
#define AGENT_IFTAB_H_

#include <stdint.h>

#include "wire/ifaces.h"
#include "wire/line.h"

#define IFTAB_MORE "more" /* name of the one that stands for all beyond */

struct iftab;

/* The table has one more interface, ${i}, whose index is ${index}. */
typedef void iftab_fn(void *arg, uint16_t index, const struct hello_iface *i);

/**
 * iftab_new():
 * Return an empty table; NULL with errno on failure.
 */
struct iftab *iftab_new(void);

/**
 * iftab_add(t, i):
 * Return the index, for obs_pkt.iface, of the interface ${i} (copied): that
 * of one with the same node, name and link type, or else a new one.  Indexes
 * are given in order and never change.  Control characters and colons in names
 * become ?.  When HELLO_STREAM_IFACES - 1 are there, or memory is short, the
 * next is called IFTAB_MORE, and all to come have its index.  Call it
 * before the first record of the interface goes out.
 */
uint16_t iftab_add(struct iftab *t, const struct hello_iface *i);

/**
 * iftab_append(t, i):
 * The same for what is another one even where names are equal: a file.
 */
uint16_t iftab_append(struct iftab *t, const struct hello_iface *i);

/**
 * iftab_watch(t, added, arg):
 * Call ${added}(${arg}, ...) for each interface that comes from now on, before
 * iftab_add returns.  For up to IFTAB_WATCHERS, until iftab_free.
 */
#define IFTAB_WATCHERS 4
void iftab_watch(struct iftab *t, iftab_fn *added, void *arg);

/**
 * iftab_list(t) / iftab_lines(t):
 * Return all interfaces; as text lines want them.  What is pointed to stays
 * where it is until iftab_free, and grows with the table.
 */
const struct ifaces *iftab_list(const struct iftab *t);
const struct line_ifaces *iftab_lines(const struct iftab *t);

/**
 * iftab_free(t):
 * Free ${t}; NULL is fine.
 */
void iftab_free(struct iftab *t);

#endif
