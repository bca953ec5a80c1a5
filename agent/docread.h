/* SPDX-License-Identifier: BSD-3-Clause */
/* Reads what /proc, /sys and drivers tell about the ways packets go missing. */
#ifndef AGENT_DOCREAD_H_
#define AGENT_DOCREAD_H_

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/docset.h"

#define DOCREAD_IFACES 256

/* Names of interfaces. */
struct docread_ifaces {
	size_t n;
	bool more; /* there are, and no room for them */
	char name[DOCREAD_IFACES][IFNAMSIZ];
};

/**
 * docread_ifaces(ret, root):
 * Set ${ret} to the interfaces that are up, but lo, in the order of their
 * names; ${root} stands before /sys and /proc, "" for this machine's.  Then the
 * kernel is asked: there may be no /sys, or that of another network namespace.
 */
void docread_ifaces(struct docread_ifaces *ret, const char *root);

/**
 * docread_all(s, root, ifs):
 * Add to ${s} all but DOCSET_CAPTURE, of the interfaces ${ifs} and of the host.
 * What cannot be read is added with its errno, and so is all of a /sys that
 * shows other interfaces than those.
 */
void docread_all(
    struct docset *s, const char *root, const struct docread_ifaces *ifs);

#endif
