/* SPDX-License-Identifier: BSD-3-Clause */
/* The file session-deployed.xml of a session of CORE, as it is now. */
#ifndef COLLECTOR_COREMAP_H_
#define COLLECTOR_COREMAP_H_

#include "collector/corexml.h"

struct coremap;

/**
 * coremap_new():
 * Return a map that knows no node; NULL with errno.
 */
struct coremap *coremap_new(void);

/**
 * coremap_read(m, dir):
 * Read the file in the open directory ${dir} again if it has changed.  CORE
 * writes it late, and not at once: while it is no XML, what it was before
 * counts, and only one that stays so is worth a message.
 */
void coremap_read(struct coremap *m, int dir);

/**
 * coremap_find(m, name):
 * Return what the file says of a node, valid until coremap_read, or NULL.
 */
const struct corexml_node *coremap_find(
    const struct coremap *m, const char *name);

/**
 * coremap_tell(m, name):
 * Log that the node ${name} is there, with what is known of it.
 */
void coremap_tell(const struct coremap *m, const char *name);

void coremap_free(struct coremap *m);

#endif
