/* SPDX-License-Identifier: BSD-3-Clause */
/* The end of a capture. */
#include "agent/caphalt.h"

#include <linux/filter.h>
#include <sys/socket.h>

void
caphalt(pcap_t *p)
{
	/* Not by libpcap: it would also apply it to what came before. */
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog prog = { 1, &nothing };

	(void)setsockopt(
	    pcap_fileno(p), SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}
