/* SPDX-License-Identifier: BSD-3-Clause */
/* The addresses of the command line. */
#include "agent/fwdaddr.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

const char *
fwdaddr_find(struct net_addr *ret_a, const char *host, uint16_t port)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICSERV,
		.ai_socktype = SOCK_DGRAM };
	struct addrinfo *res;
	char service[8];
	int rc;

	(void)snprintf(service, sizeof(service), "%u", port);
	if ((rc = getaddrinfo(host, service, &hints, &res)) != 0)
		return gai_strerror(rc);
	*ret_a = (struct net_addr){ .len = res->ai_addrlen };
	memcpy(&ret_a->ss, res->ai_addr, res->ai_addrlen);
	freeaddrinfo(res);
	return NULL;
}

bool
fwdaddr_octets(uint8_t ret[static 16], const struct net_addr *a)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(ret, 0, 16);
	if (a->ss.ss_family == AF_INET) {
		memcpy(&v4, &a->ss, sizeof(v4));
		memcpy(ret, &v4.sin_addr, 4);
		return false;
	}
	memcpy(&v6, &a->ss, sizeof(v6));
	memcpy(ret, &v6.sin6_addr, 16);
	return true;
}
