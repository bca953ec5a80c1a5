/* SPDX-License-Identifier: BSD-3-Clause */
/* Outer packets to a pcap file. */
#ifndef AGENT_FWDFILE_H_
#define AGENT_FWDFILE_H_

#include <stdbool.h>

#include "agent/fwdcount.h"
#include "agent/fwdout.h"

struct fwdfile;

/**
 * fwdfile_open(path, raw, count):
 * Make the pcap file ${path} (borrowed; "-" is standard output), with times in
 * nanoseconds, of the link type Ethernet, or with ${raw} of IP packets.  Counts
 * in ${count}.  Returns NULL with errno.
 */
struct fwdfile *fwdfile_open(
    const char *path, bool raw, struct fwdcount *count);

/* Its functions take a struct fwdfile. */
extern const struct fwdout_type fwdfile_type;

#endif
