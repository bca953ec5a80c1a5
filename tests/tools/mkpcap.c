/* SPDX-License-Identifier: BSD-3-Clause */
/* links: */
/*
 * mkpcap N [RATE]: a pcap stream of up to N UDP packets, each a microsecond
 * after the one before, RATE a second (0: as fast as it goes), to standard
 * output.  Ends with a whole packet on SIGTERM; prints nothing else.
 */
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define START   1700000000u
#define LINK_IP 101 /* LINKTYPE_RAW */
#define HEADERS 28  /* octets of IPv4 and UDP */
#define NAP_NS  5000000

static volatile sig_atomic_t stopped;

static void
on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

static void
put(const void *data, size_t len)
{
	if (fwrite(data, 1, len, stdout) != len)
		err(1, "standard output");
}

static void
put_packet(uint32_t i)
{
	const uint32_t mix = i * 2654435761u;
	const uint16_t len = (uint16_t)(HEADERS + (mix >> 22));
	const uint32_t head[4] = { START + i / 1000000, i % 1000000, HEADERS,
		len };
	uint8_t ip[HEADERS] = { 0x45, [8] = 64, [9] = 17 };

	ip[2] = (uint8_t)(len >> 8);
	ip[3] = (uint8_t)len;
	memcpy(&ip[12], &mix, 4);
	memcpy(&ip[16], (const uint8_t[]){ 10, 0, 0, 2 }, 4);
	memcpy(&ip[20], &mix, 2);
	ip[23] = 9;
	ip[24] = (uint8_t)((len - 20) >> 8);
	ip[25] = (uint8_t)(len - 20);
	put(head, sizeof(head));
	put(ip, sizeof(ip));
}

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char *argv[])
{
	const struct sigaction term = { .sa_handler = on_term,
		.sa_flags = SA_RESTART };
	const struct timespec nap = { 0, NAP_NS };
	const uint32_t n = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	const double rate = argc > 2 ? strtod(argv[2], NULL) : 0;
	const uint32_t file[6] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535,
		LINK_IP };
	const double start = now();

	if (n == 0)
		errx(2, "usage: mkpcap n [rate]");
	(void)sigaction(SIGTERM, &term, NULL);
	put(file, sizeof(file));
	for (uint32_t i = 0; i < n && !stopped;) {
		if (rate > 0 && i >= (now() - start) * rate) {
			if (fflush(stdout) != 0)
				err(1, "standard output");
			(void)nanosleep(&nap, NULL);
		} else {
			put_packet(i++);
		}
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
