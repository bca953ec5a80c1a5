/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets that resolvers connect to: UNIX-domain or TCP. */
#ifndef AGENT_TAPLISTEN_H_
#define AGENT_TAPLISTEN_H_

#include "base/local.h"
#include "base/net.h"

struct taplisten {
	struct local l;              /* .ino 0, .path as given: TCP */
	char name[NET_NAME_MAX + 4]; /* of TCP, with the port taken */
};

/**
 * taplisten_open(ret, where, perm):
 * Listen at ${where} (borrowed): "tcp:ADDR:PORT", or a path, where a socket
 * that nobody listens on any more is replaced.  Returns 0, or -1 after a
 * message.
 */
int taplisten_open(
    struct taplisten *ret, const char *where, const struct local_perm *perm);

/**
 * taplisten_owner(ret, text):
 * Read USER[:GROUP], names or numbers, into ${ret}; without GROUP it is the
 * user's.  Returns 0, or -1 when there is none of the name.
 */
int taplisten_owner(struct local_perm *ret, const char *text);

/**
 * taplisten_close(l):
 * Stop listening, and remove the socket from the file system if it is still
 * there.
 */
void taplisten_close(struct taplisten *l);

#endif
