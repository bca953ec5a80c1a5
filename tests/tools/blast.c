/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/* blast ADDRESS PORT RATE SECONDS: sends small UDP datagrams at a rate. */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH   64
#define PAYLOAD 64
#define FLOWS   16 /* source ports in turn */

struct blast {
	int fd[FLOWS];
	struct mmsghdr msg[BATCH];
	struct iovec iov;
	char payload[PAYLOAD];
};

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
blast_open(struct blast *b, const struct sockaddr_in *to)
{
	b->iov = (struct iovec){ b->payload, sizeof(b->payload) };
	for (int i = 0; i < BATCH; i++) {
		b->msg[i].msg_hdr.msg_iov = &b->iov;
		b->msg[i].msg_hdr.msg_iovlen = 1;
	}
	for (int i = 0; i < FLOWS; i++) {
		b->fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (b->fd[i] == -1)
			err(1, "socket");
		if (connect(b->fd[i], (const struct sockaddr *)to,
			sizeof(*to)) == -1)
			err(1, "connect");
	}
}

/* Send ${n} datagrams, n <= BATCH, from flow ${flow}; returns how many went. */
static unsigned int
blast_send(struct blast *b, unsigned int flow, unsigned int n)
{
	const int sent = sendmmsg(b->fd[flow % FLOWS], b->msg, n, 0);

	if (sent >= 0)
		return (unsigned int)sent;
	/* nobody listens there, or the queue is full: go on */
	if (errno != ECONNREFUSED && errno != ENOBUFS && errno != EAGAIN)
		err(1, "send");
	return 0;
}

/* Send at ${rate} a second (0: as fast as it goes) for ${span} ns. */
static uint64_t
blast_run(struct blast *b, uint64_t rate, int64_t span)
{
	const struct timespec nap = { 0, 100000 };
	const int64_t start = now_ns();
	uint64_t sent = 0;
	uint64_t due;
	unsigned int turn = 0;
	int64_t t;

	while ((t = now_ns() - start) < span) {
		due = rate == 0 ? sent + BATCH
				: (uint64_t)((double)t / 1e9 * (double)rate);
		if (due <= sent) {
			(void)nanosleep(&nap, NULL);
			continue;
		}
		due -= sent;
		sent += blast_send(
		    b, turn++, due < BATCH ? (unsigned int)due : BATCH);
	}
	return sent;
}

/* Prints the number of datagrams sent and the rate reached. */
int
main(int argc, char *argv[])
{
	static struct blast b;
	struct sockaddr_in to = { .sin_family = AF_INET };
	uint64_t sent;
	double span;

	if (argc != 5 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		errx(2, "usage: blast address port rate seconds");
	to.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	span = strtod(argv[4], NULL);
	blast_open(&b, &to);
	sent =
	    blast_run(&b, strtoull(argv[3], NULL, 10), (int64_t)(span * 1e9));
	(void)printf(
	    "%llu %.0f\n", (unsigned long long)sent, (double)sent / span);
	return 0;
}
