/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/*
 * tapsend FILE SOCKET OCTETS: send a Frame Streams file to a UNIX socket as it
 * is, which is an unidirectional stream, at so many octets a second.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 1000000

int
main(int argc, char **argv)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const struct timespec tick = { .tv_nsec = TICK_NS };
	static char buf[1 << 20];
	struct timespec begun, now;
	double rate, sent = 0;
	ssize_t n = 0;
	int file, s;

	if (argc != 4 || strlen(argv[2]) >= sizeof(to.sun_path))
		errx(2, "usage: tapsend file socket octets-a-second");
	memcpy(to.sun_path, argv[2], strlen(argv[2]));
	rate = strtod(argv[3], NULL);
	if ((file = open(argv[1], O_RDONLY)) < 0)
		err(1, "%s", argv[1]);
	if ((s = socket(AF_UNIX, SOCK_STREAM, 0)) < 0 ||
	    connect(s, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(1, "%s", argv[2]);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		double due;

		clock_gettime(CLOCK_MONOTONIC, &now);
		due = rate * ((double)(now.tv_sec - begun.tv_sec) +
				 (double)(now.tv_nsec - begun.tv_nsec) / 1e9) -
		      sent;
		if (due < 4096) {
			nanosleep(&tick, NULL);
			n = 1;
			continue;
		}
		n = read(file, buf,
		    due < (double)sizeof(buf) ? (size_t)due : sizeof(buf));
		for (ssize_t at = 0, w; at < n; at += w) {
			if ((w = write(s, buf + at, (size_t)(n - at))) < 0)
				err(1, "%s", argv[2]);
		}
		sent += (double)n;
	} while (n > 0);
	return n < 0;
}
