/* SPDX-License-Identifier: BSD-3-Clause */
/* A file with the number of a process, and the proof that it is alive. */
#ifndef BASE_PIDFILE_H_
#define BASE_PIDFILE_H_

#include <sys/types.h>

/*
 * The process holds a lock on the whole file (fcntl(2), F_OFD_SETLK) as long
 * as it lives: unlike its number, which another process may have by now or
 * another name space may not know, that is certain.
 */
struct pidfile;

/**
 * pidfile_open(path):
 * Put the number of this process into ${path} (copied), mode 0644, and hold
 * it.  There is never a part of it to be seen, and what a process that ended
 * left there is replaced.  Returns NULL with errno; EBUSY: another process
 * holds it.
 */
struct pidfile *pidfile_open(const char *path);

/**
 * pidfile_close(p):
 * Remove the file, if it is still ours, let go of it and free; NULL is fine.
 * A file that must not be removed any more stays, held by nobody.
 */
void pidfile_close(struct pidfile *p);

/**
 * pidfile_holder(path):
 * Return the number that the process which holds ${path} gave itself, 0 when
 * none does, or -1 with errno.
 */
pid_t pidfile_holder(const char *path);

#endif
