/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/* blast ADDRESS PORT RATE SECONDS: sends small UDP datagrams at a rate. */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH   64
#define PAYLOAD 64
#define FLOWS   16 /* source ports in turn */

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/*
 * Return a socket that cuts what is sent into datagrams of PAYLOAD octets.
 * The kernel does so late, which is fast; set gso_max_segs of the device to 1
 * or the other end of a veth pair sees the uncut packets.
 */
static int
open_flow(const struct sockaddr_in *to)
{
	const int cut = PAYLOAD;
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &cut, sizeof(cut)) == -1)
		err(1, "UDP_SEGMENT");
	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) == -1)
		err(1, "connect");
	return fd;
}

/* Send ${n} datagrams, n <= BATCH; returns how many went. */
static uint64_t
send_batch(int fd, uint64_t n)
{
	static const char data[BATCH * PAYLOAD];

	if (send(fd, data, n * PAYLOAD, 0) != -1)
		return n;
	if (errno != ENOBUFS && errno != EAGAIN)
		err(1, "send");
	return 0;
}

/* Send at ${rate} a second (0: as fast as it goes) for ${span} ns. */
static uint64_t
run(const int fd[static FLOWS], uint64_t rate, int64_t span)
{
	const struct timespec nap = { 0, 100000 };
	const int64_t start = now_ns();
	uint64_t sent = 0;
	uint64_t due = BATCH;
	unsigned int turn = 0;
	int64_t t;

	while ((t = now_ns() - start) < span) {
		if (rate > 0)
			due = (uint64_t)((double)t / 1e9 * (double)rate) - sent;
		if (due == 0) {
			(void)nanosleep(&nap, NULL);
			continue;
		}
		sent +=
		    send_batch(fd[turn++ % FLOWS], due < BATCH ? due : BATCH);
	}
	return sent;
}

/* Prints the number of datagrams sent and the rate reached. */
int
main(int argc, char *argv[])
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd[FLOWS];
	uint64_t sent;
	double span;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(2, "usage: blast address port rate seconds");
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	span = strtod(argv[4], NULL);
	for (int i = 0; i < FLOWS; i++)
		fd[i] = open_flow(&to);
	sent = run(fd, strtoull(argv[3], NULL, 10), (int64_t)(span * 1e9));
	(void)printf(
	    "%llu %.0f\n", (unsigned long long)sent, (double)sent / span);
	return 0;
}
