/* SPDX-License-Identifier: BSD-3-Clause */
/* Compressing a whole file in its directory. */
#ifndef BASE_GZ_H_
#define BASE_GZ_H_

#include <stdatomic.h>

/**
 * gz_file(dir, name, stop):
 * Replace the regular file ${name} in the directory that ${dir} is open on by
 * ${name}.gz (RFC 1952), with its mode and time of modification; its owner,
 * too, where that is allowed.  The new file is complete and on disk before the
 * old one goes; until then it is ${name}.gz.tmp.  Where ${name}.gz exists
 * already, only ${name} goes.  Returns 0, or -1 with errno and everything as
 * before; ECANCELED once ${*stop} is true.
 */
int gz_file(int dir, const char *name, const atomic_bool *stop);

#endif
