/* SPDX-License-Identifier: BSD-3-Clause */
/* Stream sockets with a name in the file system. */
#ifndef BASE_LOCAL_H_
#define BASE_LOCAL_H_

#include <sys/types.h>

/* Who may connect. */
struct local_perm {
	mode_t mode;
	uid_t uid; /* (uid_t)-1, (gid_t)-1: as it is */
	gid_t gid;
};

struct local {
	int fd;           /* listens, non-blocking, close-on-exec */
	const char *path; /* as given, borrowed */
	dev_t dev;        /* of the socket in the file system, */
	ino_t ino;        /* 0: there is none of ours */
};

/**
 * local_mode(ret_mode, text):
 * Read an octal number from 0 to 777.  Returns 0, or -1 when it is none.
 */
int local_mode(mode_t *ret_mode, const char *text);

/**
 * local_listen(ret, path, perm):
 * Listen at ${path} (borrowed).  A socket there that nobody listens on any
 * more is replaced; anything else there is an error, a socket that somebody
 * listens on too.  Nobody can connect before mode and owner are right; the
 * umask has no part in it.  Returns 0, or -1 after a message, ${ret} closed.
 */
int local_listen(
    struct local *ret, const char *path, const struct local_perm *perm);

/**
 * local_close(l):
 * Stop listening, and remove the socket from the file system if it is still
 * the one that we made.  One that is closed already is fine.
 */
void local_close(struct local *l);

#endif
