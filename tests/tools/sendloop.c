/* SPDX-License-Identifier: BSD-3-Clause */
/* links: -lpcap */
/* The least a forwarder can do: sendmmsg, and nothing else. */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define BATCH   64
#define PACKETS 4096 /* of the capture, sent in turn */
#define TUNNEL  8    /* octets of a VXLAN header before each */

static struct mmsghdr msg[PACKETS];
static struct iovec part[PACKETS];

/* Keep the first packets of ${name} as datagrams; returns their number. */
static unsigned int
load(const char *name)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pc = pcap_open_offline(name, why);
	struct pcap_pkthdr *h;
	const u_char *data;
	unsigned int n = 0;
	uint8_t *copy;

	if (pc == NULL)
		errx(1, "%s", why);
	while (n < PACKETS && pcap_next_ex(pc, &h, &data) == 1) {
		if ((copy = calloc(1, TUNNEL + h->caplen)) == NULL)
			err(1, NULL);
		copy[0] = 8;
		memcpy(copy + TUNNEL, data, h->caplen);
		part[n] = (struct iovec){ copy, TUNNEL + h->caplen };
		msg[n].msg_hdr.msg_iov = &part[n];
		msg[n].msg_hdr.msg_iovlen = 1;
		n++;
	}
	pcap_close(pc);
	if (n < BATCH)
		errx(1, "%s: fewer than %d packets", name, BATCH);
	return n - n % BATCH;
}

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* sendloop FILE ADDRESS PORT COUNT: prints "sent packets/s". */
int
main(int argc, char *argv[])
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint64_t sent = 0;
	uint64_t count;
	unsigned int n;
	double start;
	int fd;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		errx(2, "usage: sendloop file address port count");
	to.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
	count = strtoull(argv[4], NULL, 10);
	n = load(argv[1]);
	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == -1)
		err(1, "connect");
	start = now();
	while (sent < count) {
		const int k = sendmmsg(fd, &msg[sent % n], BATCH, 0);

		if (k != BATCH)
			err(1, "sendmmsg");
		sent += BATCH;
	}
	(void)printf("%llu %.0f\n", (unsigned long long)sent,
	    (double)sent / (now() - start));
	return 0;
}
