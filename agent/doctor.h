/* SPDX-License-Identifier: BSD-3-Clause */
/* pcapper --doctor: why packets go missing on this host. */
#ifndef AGENT_DOCTOR_H_
#define AGENT_DOCTOR_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct doctor_conf {
	const char *const *iface; /* which ones; all that are up, but lo */
	size_t n_ifaces;          /* 0: all */
	size_t ring;              /* octets, of the capture that is tried */
	unsigned int watch;       /* seconds: tell what grew; 0: totals */
	bool json;
	const char *root; /* before /proc and /sys, "" for this machine's */
};

/**
 * doctor_run(conf, fp):
 * Look at everything, changing nothing, and print it to ${fp}.  Takes a second,
 * or ${conf}->watch.  Returns 0 when nothing is wrong, 1 when something is, -1
 * after a message.
 */
int doctor_run(const struct doctor_conf *conf, FILE *fp);

#endif
