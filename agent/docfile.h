/* SPDX-License-Identifier: BSD-3-Clause */
/* Files of /proc and /sys, below a root of the caller's. */
#ifndef AGENT_DOCFILE_H_
#define AGENT_DOCFILE_H_

#include <stdint.h>
#include <stdio.h>

#define DOCFILE_MAX 16384 /* octets of a small file, with a final 0 */

/**
 * docfile_open(root, path):
 * Open the file ${path} below ${root}, "" for this machine's; NULL with errno.
 */
FILE *docfile_open(const char *root, const char *path);

/**
 * docfile_text(ret_text, root, path):
 * Read a small file; what is longer is cut.  Returns 0 or an errno.
 */
int docfile_text(
    char ret_text[static DOCFILE_MAX], const char *root, const char *path);

/**
 * docfile_number(ret, root, path):
 * Read a file that is one number, decimal or with 0x.  Returns 0 or an errno.
 */
int docfile_number(uint64_t *ret, const char *root, const char *path);

/**
 * docfile_more(root, path, least):
 * Return twice the number in a file of /proc/sys, ${least} at least, and what
 * the kernel takes at most: what to set when it was too small.  What cannot be
 * read is 0.
 */
uint64_t docfile_more(const char *root, const char *path, uint64_t least);

#endif
