/* SPDX-License-Identifier: BSD-3-Clause */
/* Names of the files of a spool. */
#ifndef AGENT_SPOOLNAME_H_
#define AGENT_SPOOLNAME_H_

#include <stdbool.h>
#include <stdint.h>

/*
 * A name is the stream's id and the octet of the stream with which the file
 * begins, in hexadecimal, and ".pms".
 */
#define SPOOLNAME_MAX 56 /* octets of a name and its final 0 */

/**
 * spoolname_put(id, off, dst):
 * Write the name of the file of the stream ${id} that begins with octet ${off}
 * to ${dst}.
 */
void spoolname_put(
    const uint8_t id[static 16], uint64_t off, char dst[static SPOOLNAME_MAX]);

/**
 * spoolname_get(name, ret_id, ret_off):
 * Return whether ${name} is that of such a file, and of which.
 */
bool spoolname_get(
    const char *name, uint8_t ret_id[static 16], uint64_t *ret_off);

#endif
