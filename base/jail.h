/* SPDX-License-Identifier: BSD-3-Clause */
/* A filter that lets a process make only the system calls that it needs. */
#ifndef BASE_JAIL_H_
#define BASE_JAIL_H_

/* What a process may do beyond what all do. */
enum jail_also {
	JAIL_NOTHING = 0,
	JAIL_PACKETS = 1, /* open packet sockets */
	JAIL_NETNS = 2    /* enter network namespaces, and follow them */
};

/**
 * jail_enter(also):
 * From here on any system call that is not on the list in jail.c kills the
 * process with SIGSYS, in all threads and for good.  Files, TCP, UDP and UNIX
 * sockets, threads and clocks are on it, and what ${also}, enum jail_also,
 * names; no other program, no process of its own, no memory that is both
 * written and executed.  Call it after proc_drop.  Returns 0, or -1 with errno;
 * built without libseccomp (SECCOMP=0) it does nothing and returns 0.
 */
int jail_enter(unsigned int also);

/**
 * jail_version():
 * Return the version of the library behind it, "no libseccomp" without one.
 */
const char *jail_version(void);

#endif
