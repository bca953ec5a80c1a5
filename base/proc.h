/* SPDX-License-Identifier: BSD-3-Clause */
/* What a process does to itself: privileges, limits, clocks, secrets. */
#ifndef BASE_PROC_H_
#define BASE_PROC_H_

#include <stdbool.h>

#include "wire/hash.h"
#include "wire/mono.h"

/* What a process may keep. */
enum proc_keep {
	PROC_KEEP_NONE = 0,
	PROC_KEEP_PACKETS = 1,  /* CAP_NET_RAW: open packet sockets */
	PROC_KEEP_NETNS = 2,    /* CAP_SYS_ADMIN: enter network namespaces */
	PROC_KEEP_PROCESSES = 4 /* CAP_SYS_PTRACE: find those of processes */
};

/**
 * proc_drop(user, keep):
 * Become ${user} for good (as root; NULL: stay who we are), and in any case
 * give up all capabilities, in every set, except those of ${keep}, enum
 * proc_keep, as permitted and effective ones, and the right to get new ones by
 * execve(2); verify it.  Without CAP_SETPCAP the bounding set stays as it is,
 * of no use.  Call it before there are threads.  Returns 0, or -1 with errno.
 */
int proc_drop(const char *user, unsigned int keep);

/**
 * proc_no_core():
 * From here on the process holds secrets: no core file is written, and nobody
 * without CAP_SYS_PTRACE may look into its memory.  It stays so after
 * proc_drop.  Returns 0, or -1 with errno.
 */
int proc_no_core(void);

/**
 * proc_give(path, user):
 * Make ${user} the owner of the directory ${path} and the files in it, as
 * root.  Returns 0, or -1 with errno.
 */
int proc_give(const char *path, const char *user);

/**
 * proc_give_fd(fd, user):
 * The same for what is open as ${fd}, and nothing in it.
 */
int proc_give_fd(int fd, const char *user);

/**
 * proc_signals():
 * Let SIGPIPE be an error of write(2), and let signals that a running daemon
 * handles not end one that is starting: SIGHUP, SIGUSR1.
 */
void proc_signals(void);

/**
 * proc_raise_nofile():
 * Raise RLIMIT_NOFILE to its hard limit; returns the limit in force.
 */
long proc_raise_nofile(void);

/**
 * proc_thrifty():
 * Let malloc(3) take blocks of 16 KiB and more from the kernel one by one, and
 * all threads the small ones from one place: what is reserved but never used
 * then takes no memory.  For a program of which hundreds share a machine; call
 * it first of all.
 */
void proc_thrifty(void);

/**
 * proc_trim():
 * Give back the pages of program and libraries that only the start needed;
 * those that are used again come back from the page cache.  Saves more than a
 * megabyte where hundreds of agents share a machine.
 */
void proc_trim(void);

/**
 * proc_hash_key(ret_key):
 * Fill ${ret_key} from getrandom(2).  Returns 0, or -1 with errno.
 */
int proc_hash_key(struct hash_key *ret_key);

wall_t proc_wall(void);
mono_t proc_mono(void);

#endif
