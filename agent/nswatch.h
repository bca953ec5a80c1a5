/* SPDX-License-Identifier: BSD-3-Clause */
/* When to look for network namespaces again. */
#ifndef AGENT_NSWATCH_H_
#define AGENT_NSWATCH_H_

#include <stdbool.h>

#define NSWATCH_S 2.0 /* for what nobody tells: processes come and go */

struct ev_loop;
struct nswatch;

/* Look now.  Returns whether to look again soon. */
typedef bool nswatch_fn(void *arg);

/**
 * nswatch_open():
 * Begin to watch the directory of the namespaces that have a name, which may
 * not be there yet.  Returns NULL with errno.
 */
struct nswatch *nswatch_open(void);

/**
 * nswatch_start(w, loop, fn, arg):
 * From ${loop}, call ${fn} each NSWATCH_S, when a name comes or goes, and, as
 * long as it wishes, soon after that.
 */
void nswatch_start(
    struct nswatch *w, struct ev_loop *loop, nswatch_fn *fn, void *arg);
void nswatch_close(struct nswatch *w);

#endif
