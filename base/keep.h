/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies of what was written, made at the end, where they outlive it. */
#ifndef BASE_KEEP_H_
#define BASE_KEEP_H_

#include "wire/mono.h"

/*
 * The copy of the file NAME is called NODE.STAMP.NAME, STAMP being the time
 * of keep_open in UTC as in base/rotate.h, or NODE.STAMP.2.NAME and so on
 * where that is taken: no file is ever written over.  It has its name once it
 * is whole and on the disk; until then it is .NODE.STAMP.NAME.tmp.
 */
struct keep;

/**
 * keep_open(dir, node, now):
 * Prepare copies in the directory ${dir}, which is made if need be, for a run
 * of ${node} that began at ${now}.  A slash, a blank or a control character in
 * ${node}, and a point at its begin, become "_".  Returns NULL with errno.
 */
struct keep *keep_open(const char *dir, const char *node, wall_t now);

/**
 * keep_give(k, user):
 * Make ${user} the owner of the directory if keep_open made it, as root.
 * Returns 0, or -1 with errno.  NULL is fine.
 */
int keep_give(const struct keep *k, const char *user);

/**
 * keep_check(k):
 * Return 0 when the process may write to the directory, else -1 with errno.
 * NULL is fine.
 */
int keep_check(const struct keep *k);

/**
 * keep_closed(k, now):
 * Rotation closed a file, and it is ${now}: keep_log should find it, even if
 * the clock was set back since keep_open.  NULL is fine.
 */
void keep_closed(struct keep *k, wall_t now);

/**
 * keep_file(k, path):
 * Copy the file ${path}, with its time of modification and its mode; NULL and
 * "-", standard output, are fine.  Returns 0, or -1 after a message.
 */
int keep_file(struct keep *k, const char *path);

/**
 * keep_log(k, path):
 * The same for the log ${path} and those of its closed files that were closed
 * since keep_open and are still there, compressed or not.
 */
int keep_log(struct keep *k, const char *path);

#define KEEP_NODE_MAX 64 /* with the final 0 */

/**
 * keep_node(ret_node, path):
 * Set ${ret_node} to the name of the node that is part of the name of the copy
 * ${path}.  Returns 0, or -1 when it is not named like a copy.
 */
int keep_node(char ret_node[static KEEP_NODE_MAX], const char *path);

void keep_free(struct keep *k); /* NULL is fine */

#endif
