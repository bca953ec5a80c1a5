/* SPDX-License-Identifier: BSD-3-Clause */
/* Capture files, any number of them, merged by time. */
#ifndef AGENT_CAPFILE_H_
#define AGENT_CAPFILE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/iftab.h"
#include "agent/pkt.h"

typedef void capfile_fn(void *arg, const struct pkt_frame *f);
typedef bool capfile_pulse_fn(void *arg);

struct capfile;

/**
 * capfile_open(path, n, emit, pulse, arg):
 * Open the ${n} pcap or pcapng files ${path} (borrowed), "-" standard input.
 * ${pulse}, or NULL, is called with ${arg} now and then while a file is read or
 * waited for, whether it has frames or not; when it returns false, the file
 * ends there.  Returns NULL after a message that names the file, without one
 * when ${pulse} ended it.
 */
struct capfile *capfile_open(const char *const *path, size_t n,
    capfile_fn *emit, capfile_pulse_fn *pulse, void *arg);

/**
 * capfile_filter(c, filter):
 * Hand over only frames that the pcap-filter(7) matches.  Returns 0, or -1
 * after a message.
 */
int capfile_filter(struct capfile *c, const char *filter);

/**
 * capfile_describe(c, tab):
 * Give each file a place of its own in ${tab}: its name as interface, its link
 * type.
 */
void capfile_describe(struct capfile *c, struct iftab *tab);

/**
 * capfile_read(c, max, before):
 * Hand over up to ${max} frames, the oldest first, as long as their times are
 * smaller than ${before} (INT64_MAX: any).  Returns their number, 0 when there
 * is none, -1 after a message when one is bad: what was read
 * before it was handed over, and the others can still be read.
 */
int capfile_read(struct capfile *c, unsigned int max, wall_t before);

/**
 * capfile_place(c, ret_size):
 * Return how many octets of the first file were read, and their number;
 * ${ret_size} is 0 when that is not known: it is no regular file.
 */
uint64_t capfile_place(const struct capfile *c, uint64_t *ret_size);
void capfile_close(struct capfile *c);

#endif
