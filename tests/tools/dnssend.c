/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/dnschan base/udp base/net base/log base/proc base/outfile base/outpath base/outq base/rotate base/meter base/meterlog wire/dnsjson wire/dnsname wire/text -lev */
/* dnssend TO IFACE TTL LOOP N: N answers by the agent's channel of datagrams. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/dnschan.h"
#include "base/log.h"

int
main(int argc, char **argv)
{
	static const uint8_t question[] = "\4name\4test";
	struct obs_dns_addr addr = { .addr = { 192, 0, 2, 1 } };
	struct obs_dns d = { .ipver = 4,
		.client = { 10, 77, 0, 10 },
		.qtype = 1,
		.n_names = 1,
		.n_addrs = 1,
		.names = question,
		.addrs = &addr,
		.resolver = "" };
	struct dnschan_conf conf = { .ttl = 1, .loop = true };
	struct dnschan *c;

	log_init("dnssend", LOG_LEVEL_INFO);
	if (argc != 6)
		return 2;
	conf.to = argv[1];
	conf.iface = strcmp(argv[2], "-") == 0 ? NULL : argv[2];
	conf.ttl = (int)strtol(argv[3], NULL, 10);
	conf.loop = strcmp(argv[4], "yes") == 0;
	if ((c = dnschan_open(&conf)) == NULL)
		return 1;
	for (long n = strtol(argv[5], NULL, 10); n > 0; n--)
		dnschan_put(c, &d);
	printf("sent %ju lost %ju\n", (uintmax_t)dnschan_sent(c),
	    (uintmax_t)dnschan_lost(c));
	return dnschan_close(c) == 0 ? 0 : 1;
}
