/* SPDX-License-Identifier: BSD-3-Clause */
/* What the network texts of /proc and /sys say. */
#ifndef AGENT_DOCPROC_H_
#define AGENT_DOCPROC_H_

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

#define DOCPROC_NAME_MAX (INET6_ADDRSTRLEN + 8) /* [ADDR]:PORT */

/* A line of /proc/net/udp or udp6. */
struct docproc_socket {
	char name[DOCPROC_NAME_MAX]; /* local, ADDR:PORT or [ADDR]:PORT */
	uint16_t port;               /* local */
	uint64_t inode;              /* its number: names are shared */
	uint64_t tx_queue, rx_queue; /* octets that wait */
	uint64_t drops;              /* datagrams, since it was made */
};

/* A line of /proc/net/softnet_stat. */
struct docproc_softnet {
	unsigned int cpu;
	uint64_t dropped;  /* packets: the backlog was full */
	uint64_t squeezed; /* times that work was left when time was up */
};

/**
 * docproc_pair(ret, text, group, name):
 * Read the counter ${name} of ${group} from the text of /proc/net/snmp, where
 * a line of names stands above one of values.  Returns 0, or -1 when it is not
 * there.
 */
int docproc_pair(
    uint64_t *ret, const char *text, const char *group, const char *name);

/**
 * docproc_named(ret, text, name):
 * Read a line "NAME VALUE", as in /proc/net/snmp6.  Returns 0, or -1 when it is
 * not there.
 */
int docproc_named(uint64_t *ret, const char *text, const char *name);

/**
 * docproc_dev(ret_name, line):
 * Return how many received packets a line of /proc/net/dev says were dropped,
 * for want of buffers too, and set ${ret_name} to the interface; 0 and "" for
 * lo and for its two heads.
 */
uint64_t docproc_dev(char ret_name[static IFNAMSIZ], const char *line);

/**
 * docproc_socket(ret, line):
 * Read a line of /proc/net/udp or udp6.  Returns 0, or -1 when it is none.
 */
int docproc_socket(struct docproc_socket *ret, const char *line);

/**
 * docproc_softnet(ret, line, row):
 * Read line number ${row}, from 0, of /proc/net/softnet_stat; old kernels do
 * not name the CPU, then it is ${row}.  Returns 0, or -1 when it is none.
 */
int docproc_softnet(
    struct docproc_softnet *ret, const char *line, unsigned int row);

/**
 * docproc_mask(text):
 * Return how many CPUs a mask such as "ff,ffffffff" has.
 */
unsigned int docproc_mask(const char *text);

/**
 * docproc_list(text):
 * Return how many CPUs a list such as "0-3,6" has.
 */
unsigned int docproc_list(const char *text);

#endif
