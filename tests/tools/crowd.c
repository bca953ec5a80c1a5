/* SPDX-License-Identifier: BSD-3-Clause */
/* links: base/proc */
/* crowd COUNT FILE HOLD: COUNT agents in one process, all connected at once. */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/proc.h"

#define FILE_MAX (1 << 20)

static uint8_t data[FILE_MAX];

static size_t
read_file(const char *path)
{
	FILE *fp = fopen(path, "rb");
	size_t len;

	if (fp == NULL)
		err(1, "%s", path);
	len = fread(data, 1, sizeof(data), fp);
	fclose(fp);
	return len;
}

static int
listen_loopback(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, len) != 0 ||
	    listen(fd, SOMAXCONN) != 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) != 0)
		err(1, "listen");
	printf("port %u\n", ntohs(sin.sin_port));
	fflush(stdout);
	return fd;
}

static void
send_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		const ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			err(1, "send");
		p += n;
		len -= (size_t)n;
	}
}

/*
 * Accepts all; then each sends the file but for its last HOLD octets; says
 * so; and after a line from standard input, sends the rest.
 */
int
main(int argc, char *argv[])
{
	if (argc != 4)
		errx(2, "usage: crowd count file hold");
	const size_t count = strtoul(argv[1], NULL, 10);
	const size_t len = read_file(argv[2]);
	const size_t hold = strtoul(argv[3], NULL, 10);
	int *conn = calloc(count, sizeof(*conn));

	(void)proc_raise_nofile();
	if (conn == NULL || hold > len)
		errx(1, "count or hold is too large");
	const int fd = listen_loopback();

	for (size_t i = 0; i < count; i++) {
		if ((conn[i] = accept(fd, NULL, NULL)) == -1)
			err(1, "accept");
	}
	for (size_t i = 0; i < count; i++)
		send_all(conn[i], data, len - hold);
	printf("all %zu\n", count);
	fflush(stdout);
	(void)getchar();
	for (size_t i = 0; i < count; i++) {
		send_all(conn[i], data + len - hold, hold);
		shutdown(conn[i], SHUT_WR);
	}
	for (size_t i = 0; i < count; i++) {
		while (read(conn[i], data, sizeof(data)) > 0)
			continue;
	}
	free(conn);
	return 0;
}
