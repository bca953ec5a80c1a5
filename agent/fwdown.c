/* SPDX-License-Identifier: BSD-3-Clause */
/* Which captured packets are the forwarder's own: they must not go round. */
#include "agent/fwdown.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "wire/bytes.h"

/*
 * Fragments but the first have no ports: those to the monitor count as ours.
 * An ICMP error quotes the packet that it is about: IPv4 at 8 of ICMP, with
 * UDP's ports behind 20 octets; IPv6 at 48 of its packet, behind 40.
 */
#define OWN_V4                                              \
	"not (src host %s and dst host %s and udp"          \
	" and (udp dst port %u or ip[6:2] & 0x1fff != 0))"  \
	" and not (icmp and dst host %s and icmp[8+9] = 17" \
	" and (icmp[0] = 3 or icmp[0] = 11) and icmp[8+20+2:2] = %u)"
#define OWN_V6                                                      \
	"not (src host %s and dst host %s"                          \
	" and (udp dst port %u or (ip6[6] = 44 and ip6[40] = 17)))" \
	" and not (icmp6 and dst host %s and ip6[48+6] = 17"        \
	" and ip6[40] < 128 and ip6[48+40+2:2] = %u)"

int
fwdown_filter(char dst[static FWDOWN_FILTER_MAX], const struct fwdown *own,
    const char *user)
{
	char src[INET6_ADDRSTRLEN];
	char to[INET6_ADDRSTRLEN];
	const int family = own->v6 ? AF_INET6 : AF_INET;
	int n;

	(void)inet_ntop(family, own->src, src, sizeof(src));
	(void)inet_ntop(family, own->dst, to, sizeof(to));
	if (own->v6) {
		n = snprintf(dst, FWDOWN_FILTER_MAX, OWN_V6, src, to, own->port,
		    src, own->port);
	} else {
		n = snprintf(dst, FWDOWN_FILTER_MAX, OWN_V4, src, to, own->port,
		    src, own->port);
	}
	if (user[0] == '\0')
		return 0;
	/* Theirs comes last: "vlan" moves what follows. */
	n += snprintf(
	    dst + n, (size_t)(FWDOWN_FILTER_MAX - n), " and (%s)", user);
	return n < FWDOWN_FILTER_MAX ? 0 : -1;
}

bool
fwdown_is(const struct fwdown *own, const struct fwdflow *f)
{
	return f->proto == IPPROTO_UDP && f->ipver == (own->v6 ? 6 : 4) &&
	       same16(f->dst.addr, own->dst) && same16(f->src.addr, own->src) &&
	       (f->frag || get_be16(f->dst.port) == own->port);
}
