/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/*
 * udpsink ADDRESS READY [OUT]: receives datagrams at a free port of ADDRESS,
 * whose number it writes to the file READY, until SIGTERM.  Prints how many
 * came, and the seconds from the first to the last.  With OUT, their contents
 * behind 8 octets become a capture of Ethernet frames.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define TUNNEL 8
#define ROOM   65536
#define RCVBUF (64 << 20)
#define NAP_NS 1000000

static volatile sig_atomic_t stopped;

static void
on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static int
open_socket(const char *text, const char *ready)
{
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	const int is6 = inet_pton(AF_INET6, text, &v6.sin6_addr) == 1;
	const int room = RCVBUF;
	const int on = 1;
	socklen_t len = sizeof(v6);
	FILE *fp;
	int fd;

	if (!is6 && inet_pton(AF_INET, text, &v4.sin_addr) != 1)
		errx(2, "%s: no address", text);
	fd = socket(is6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1 || bind(fd,
			    is6 ? (const struct sockaddr *)&v6
				: (const struct sockaddr *)&v4,
			    is6 ? sizeof(v6) : sizeof(v4)) == -1)
		err(1, "%s", text);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ==
	    -1) {
		(void)setsockopt(
		    fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	/* the port lies at the same place in both */
	(void)getsockname(fd, (struct sockaddr *)&v6, &len);
	if ((fp = fopen(ready, "we")) == NULL)
		err(1, "%s", ready);
	(void)fprintf(fp, "%d\n", ntohs(v6.sin6_port));
	if (fclose(fp) != 0)
		err(1, "%s", ready);
	return fd;
}

static FILE *
open_out(const char *name)
{
	const uint32_t head[6] = { 0xa1b23c4d, 2 | 4 << 16, 0, 0, 262144, 1 };
	FILE *fp = fopen(name, "wbe");

	if (fp == NULL || fwrite(head, sizeof(head), 1, fp) != 1)
		err(1, "%s", name);
	return fp;
}

static void
put(FILE *fp, const uint8_t *data, size_t len, const struct timespec *t)
{
	const uint32_t n = (uint32_t)(len < TUNNEL ? 0 : len - TUNNEL);
	const uint32_t head[4] = { (uint32_t)t->tv_sec, (uint32_t)t->tv_nsec, n,
		n };

	if (fwrite(head, sizeof(head), 1, fp) != 1 ||
	    fwrite(data + TUNNEL, 1, n, fp) != n)
		err(1, "capture");
}

/* Returns the octets of a datagram and when it came, -1 at the end. */
static ssize_t
receive(int fd, uint8_t *data, struct timespec *ret_t)
{
	union {
		char octets[CMSG_SPACE(sizeof(struct timespec))];
		struct cmsghdr align;
	} control;
	struct iovec part = { data, ROOM };
	struct msghdr msg = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	const struct timespec nap = { .tv_nsec = NAP_NS };
	ssize_t n;

	/*
	 * Looking from time to time costs the sender less than being woken for
	 * each; at the end, what has come is still taken.
	 */
	while ((n = recvmsg(fd, &msg, MSG_DONTWAIT)) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			err(1, "recvmsg");
		if (stopped)
			return -1;
		(void)nanosleep(&nap, NULL);
	}
	const struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	if (c != NULL && c->cmsg_type == SO_TIMESTAMPNS)
		memcpy(ret_t, CMSG_DATA(c), sizeof(*ret_t));
	return n;
}

int
main(int argc, char *argv[])
{
	const struct sigaction term = { .sa_handler = on_term };
	static uint8_t data[ROOM];
	struct timespec first = { 0 };
	struct timespec last = { 0 };
	FILE *out = argc == 4 ? open_out(argv[3]) : NULL;
	uint64_t n = 0;
	ssize_t len;
	int fd;

	if (argc < 3)
		errx(2, "usage: udpsink address ready [out]");
	(void)sigaction(SIGTERM, &term, NULL);
	fd = open_socket(argv[1], argv[2]);
	while ((len = receive(fd, data, &last)) >= 0) {
		if (n++ == 0)
			first = last;
		if (out != NULL)
			put(out, data, (size_t)len, &last);
	}
	if (out != NULL && fclose(out) != 0)
		err(1, "%s", argv[3]);
	(void)printf("%llu %.6f\n", (unsigned long long)n,
	    (double)(last.tv_sec - first.tv_sec) +
		(double)(last.tv_nsec - first.tv_nsec) / 1e9);
	return 0;
}
