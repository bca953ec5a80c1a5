/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process does to itself: privileges, limits, clocks, secrets. */
#ifndef BASE_PROC_H_
#define BASE_PROC_H_

#include <stdbool.h>

#include "wire/hash.h"
#include "wire/mono.h"

/**
 * proc_drop(user, keep_net_raw):
 * When root, become ${user} ("nobody" when NULL) for good, keeping at most
 * CAP_NET_RAW, with no_new_privs, and verify that there is no way back.
 * When not root, only set no_new_privs and drop all capabilities but
 * CAP_NET_RAW.  Returns 0, or -1 with errno.
 */
int proc_drop(const char *user, bool keep_net_raw);

/**
 * proc_raise_nofile():
 * Raise RLIMIT_NOFILE to its hard limit; returns the limit in force.
 */
long proc_raise_nofile(void);

/**
 * proc_hash_key(ret_key):
 * Fill ${ret_key} from getrandom(2).  Returns 0, or -1 with errno.
 */
int proc_hash_key(struct hash_key *ret_key);

wall_t proc_wall(void);
mono_t proc_mono(void);

#endif
