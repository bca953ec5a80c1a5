/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/* serve [SECONDS]: an agent that says what comes from standard input. */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUF ((size_t)65536)

static int
listen_loopback(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) != 0 ||
	    listen(fd, 1) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
		err(1, "listen");
	printf("port %u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

/* Pieces of changing odd lengths: hardly a record arrives in one piece. */
static void
send_pieces(int fd, const uint8_t *p, size_t len)
{
	static size_t piece = 1;

	while (len > 0) {
		size_t n;
		ssize_t sent;

		piece = (piece * 5 + 3) & 0x7fff;
		n = piece + 1 < len ? piece + 1 : len;
		sent = send(fd, p, n, MSG_NOSIGNAL);
		if (sent <= 0)
			err(1, "send");
		p += sent;
		len -= (size_t)sent;
	}
}

/* What the collector says is read only when all is said. */
static void
wait_end(int fd)
{
	static uint8_t buf[BUF];

	shutdown(fd, SHUT_WR);
	while (read(fd, buf, sizeof(buf)) > 0)
		continue;
}

/*
 * Prints its port, serves one connection, prints how many octets it sent.
 * With SECONDS the input is sent again and again for so long.
 */
int
main(int argc, char *argv[])
{
	const long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	const int fd = listen_loopback();
	const int conn = accept(fd, NULL, NULL);
	const time_t end = time(NULL) + seconds;
	const int one = 1;
	uint8_t *data = NULL;
	size_t len = 0;
	size_t sent = 0;
	ssize_t n;

	if (conn == -1)
		err(1, "accept");
	setsockopt(conn, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	do {
		data = realloc(data, len + BUF);
		if (data == NULL)
			err(1, "memory");
		n = read(STDIN_FILENO, data + len, BUF);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	do {
		send_pieces(conn, data, len);
		sent += len;
	} while (time(NULL) < end);
	wait_end(conn);
	printf("sent %zu\n", sent);
	free(data);
	return 0;
}
