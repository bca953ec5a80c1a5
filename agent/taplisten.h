/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets that resolvers connect to: UNIX-domain or TCP. */
#ifndef AGENT_TAPLISTEN_H_
#define AGENT_TAPLISTEN_H_

#include <sys/types.h>

#include "base/net.h"

/* Who may use a socket in the file system. */
struct taplisten_perm {
	mode_t mode;
	uid_t uid; /* (uid_t)-1, (gid_t)-1: as it is */
	gid_t gid;
};

struct taplisten {
	int fd;
	const char *path;            /* as given */
	dev_t dev;                   /* of the socket in the file system, */
	ino_t ino;                   /* 0 for TCP */
	char name[NET_NAME_MAX + 4]; /* of TCP, with the port taken */
};

/**
 * taplisten_open(ret, where, perm):
 * Listen at ${where} (borrowed): "tcp:ADDR:PORT", or a path, where a socket
 * that nobody listens on any more is replaced.  Returns 0, or -1 after a
 * message.
 */
int taplisten_open(struct taplisten *ret, const char *where,
    const struct taplisten_perm *perm);

/**
 * taplisten_owner(ret, text):
 * Read USER[:GROUP], names or numbers, into ${ret}; without GROUP it is the
 * user's.  Returns 0, or -1 when there is none of the name.
 */
int taplisten_owner(struct taplisten_perm *ret, const char *text);

/**
 * taplisten_close(l):
 * Stop listening, and remove the socket from the file system if it is still
 * there.
 */
void taplisten_close(struct taplisten *l);

#endif
