/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsname */
/*
 * mkdnstap COUNT: a Frame Streams file with COUNT answers of a resolver to a
 * few hundred clients, on standard output.
 * mkdnstap -a N: one answer with N addresses.
 * mkdnstap -l RATE: answers of this moment, so many a second, without end.
 * mkdnstap -n: of each name in standard input, one a line, three answers to
 * the client 10.0.0.1: the I-th (from 0) has the address 198.18.0.I, aliasI.ex
 * is an alias for it and has 198.18.1.I, and it does not exist.
 */
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/bytes.h"
#include "wire/dnsname.h"

#define CONTENT "protobuf:dnstap.Dnstap"
#define CLIENTS 300
#define NAMES   20000
#define EPOCH   1700000000 /* of the times in answers, seconds */

enum { A = 1, CNAME = 5, AAAA = 28, CLIENT_RESPONSE = 6, NXDOMAIN = 3 };

struct buf {
	uint8_t data[80000];
	size_t len;
};

static void
add(struct buf *b, const void *data, size_t len)
{
	if (len > sizeof(b->data) - b->len)
		errx(1, "too large");
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void
add16(struct buf *b, unsigned int v)
{
	uint8_t octet[2];

	put_be16(octet, (uint16_t)v);
	add(b, octet, 2);
}

static void
add32(struct buf *b, uint32_t v)
{
	uint8_t octet[4];

	put_be32(octet, v);
	add(b, octet, 4);
}

static void
add_varint(struct buf *b, uint64_t v)
{
	uint8_t octet;

	do {
		octet = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		add(b, &octet, 1);
		v >>= 7;
	} while (v > 0);
}

/* Protocol buffers: a field of octets, and one with a number. */
static void
add_field(struct buf *b, unsigned int id, const void *data, size_t len)
{
	add_varint(b, id << 3 | 2);
	add_varint(b, len);
	add(b, data, len);
}

static void
add_number(struct buf *b, unsigned int id, uint64_t v)
{
	add_varint(b, id << 3);
	add_varint(b, v);
}

static void
add_name(struct buf *b, const char *text)
{
	uint8_t name[DNSNAME_MAX];

	add(b, name, dnsname_parse(name, text, strlen(text)));
}

/* A record's head, for RDATA of ${len} octets; 0xc00c is the question. */
static void
add_record(struct buf *b, unsigned int type, uint32_t ttl, unsigned int len)
{
	add16(b, type);
	add16(b, 1);
	add32(b, ttl);
	add16(b, len);
}

static void
add_addresses(struct buf *m, unsigned int owner, unsigned int type,
    unsigned int n, uint32_t seed)
{
	for (unsigned int i = 0; i < n; i++) {
		add16(m, owner);
		add_record(m, type, 300, type == A ? 4 : 16);
		if (type == AAAA) {
			add32(m, 0x20010db8);
			add32(m, 0);
			add32(m, 0);
		}
		add32(m, type == A ? 0xc6120000 + seed + i : seed + i);
	}
}

/* The resolver's name for itself, which is no name of a host. */
static const char *identity = "bench";

static void
add_head(struct buf *m, unsigned int rcode, unsigned int answers,
    const char *question, unsigned int type)
{
	m->len = 0;
	add16(m, 0x1234);
	add16(m, 0x8180 | rcode);
	add16(m, 1);
	add16(m, answers);
	add32(m, 0);
	add_name(m, question);
	add16(m, type);
	add16(m, 1);
}

/* Of ten answers, one says no such name and three lead over a CNAME. */
static void
make_message(struct buf *m, uint32_t name)
{
	const unsigned int type = random() % 10 < 7 ? A : AAAA;
	const unsigned int kind = name % 10;
	const unsigned int n = 1 + name % 3;
	char text[64];

	(void)snprintf(
	    text, sizeof(text), "host%u.site%u.example", name % 7, name);
	if (kind == 0) {
		add_head(m, NXDOMAIN, 0, text, type);
	} else if (kind < 4) {
		uint8_t cdn[DNSNAME_MAX];
		size_t len;

		add_head(m, 0, 1 + n, text, type);
		(void)snprintf(text, sizeof(text), "e%u.cdn.example", name);
		len = dnsname_parse(cdn, text, strlen(text));
		add16(m, 0xc00c);
		add_record(m, CNAME, 600, (unsigned int)len);
		const unsigned int at = (unsigned int)m->len;
		add(m, cdn, len);
		add_addresses(m, 0xc000 | at, type, n, name * 4);
	} else {
		add_head(m, 0, n, text, type);
		add_addresses(m, 0xc00c, type, n, name * 4);
	}
}

/* Write the frame that holds ${m}, the answer to a client at ${ms}. */
static void
write_frame(const struct buf *m, uint32_t client, uint64_t ms)
{
	static struct buf message, frame;
	uint8_t addr[4], len[4];

	put_be32(addr, 0x0a000000 + client);
	message.len = frame.len = 0;
	add_number(&message, 1, CLIENT_RESPONSE);
	add_field(&message, 4, addr, sizeof(addr));
	add_number(&message, 12, EPOCH + ms / 1000);
	add_varint(&message, 13 << 3 | 5); /* nanoseconds, fixed32 */
	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t c =
		    (uint8_t)(ms % 1000 * 1000000 >> (8 * i) & 0xff);

		add(&message, &c, 1);
	}
	add_field(&message, 14, m->data, m->len);
	add_field(&frame, 1, identity, strlen(identity));
	add_field(&frame, 14, message.data, message.len);
	add_number(&frame, 15, 1);
	put_be32(len, (uint32_t)frame.len);
	fwrite(len, 1, sizeof(len), stdout);
	fwrite(frame.data, 1, frame.len, stdout);
}

/* START with its content type, or STOP. */
static void
write_control(uint32_t type)
{
	static struct buf b;
	const size_t content = type == 2 ? sizeof(CONTENT) - 1 : 0;

	b.len = 0;
	add32(&b, 0);
	add32(&b, 4 + (uint32_t)(content > 0 ? 8 + content : 0));
	add32(&b, type);
	if (content > 0) {
		add32(&b, 1);
		add32(&b, (uint32_t)content);
		add(&b, CONTENT, content);
	}
	fwrite(b.data, 1, b.len, stdout);
}

static void
write_answers(const char *name, uint32_t i)
{
	static struct buf m;
	char alias[32];
	uint8_t wire[DNSNAME_MAX];
	const size_t len = dnsname_parse(wire, name, strlen(name));

	if (len == 0)
		errx(1, "no name: %s", name);
	add_head(&m, 0, 1, name, A);
	add_addresses(&m, 0xc00c, A, 1, i);
	write_frame(&m, 1, 3 * (uint64_t)i);
	(void)snprintf(alias, sizeof(alias), "alias%u.ex", i);
	add_head(&m, 0, 2, alias, A);
	add16(&m, 0xc00c);
	add_record(&m, CNAME, 600, (unsigned int)len);
	const unsigned int at = (unsigned int)m.len;
	add(&m, wire, len);
	add_addresses(&m, 0xc000 | at, A, 1, 256 + i);
	write_frame(&m, 1, 3 * (uint64_t)i + 1);
	add_head(&m, NXDOMAIN, 0, name, A);
	write_frame(&m, 1, 3 * (uint64_t)i + 2);
}

static void
read_names(void)
{
	char *line = NULL;
	size_t size = 0;
	uint32_t i = 0;

	identity = "a b;c,\"d\"\n<e>\\\x80";
	for (; getline(&line, &size, stdin) > 0; i++) {
		line[strcspn(line, "\n")] = '\0';
		write_answers(line, i);
	}
	free(line);
}

/* One of many answers, of which a few come often. */
static void
write_random(uint64_t ms)
{
	static struct buf m;
	const long r = random() % NAMES * (random() % 1000);

	make_message(&m, (uint32_t)(r / 1000));
	write_frame(&m, (uint32_t)random() % CLIENTS, ms);
}

static uint64_t
clock_ms(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
write_live(double rate)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	const uint64_t begun = clock_ms(CLOCK_MONOTONIC);
	uint64_t sent = 0;

	while (fflush(stdout) == 0 && ferror(stdout) == 0) {
		const uint64_t ms = clock_ms(CLOCK_MONOTONIC) - begun;

		const uint64_t due = (uint64_t)((double)ms * rate / 1000);

		for (; sent < due; sent++) {
			write_random(
			    clock_ms(CLOCK_REALTIME) - UINT64_C(1000) * EPOCH);
		}
		(void)nanosleep(&nap, NULL);
	}
}

int
main(int argc, char **argv)
{
	static struct buf m;
	const bool names = argc == 2 && strcmp(argv[1], "-n") == 0;
	const bool live = argc == 3 && strcmp(argv[1], "-l") == 0;

	if (argc != 2 && !live && (argc != 3 || strcmp(argv[1], "-a") != 0))
		errx(2, "usage: mkdnstap COUNT | -a ADDRESSES | -l RATE | -n");
	srandom(1);
	write_control(2);
	if (names) {
		read_names();
	} else if (live) {
		write_live(strtod(argv[2], NULL));
	} else if (argc == 3) {
		const unsigned int n = (unsigned int)strtoul(argv[2], NULL, 10);

		add_head(&m, 0, n, "many.example", A);
		add_addresses(&m, 0xc00c, A, n, 0);
		write_frame(&m, 1, 0);
	} else {
		const unsigned long n = strtoul(argv[1], NULL, 10);

		for (unsigned long i = 0; i < n; i++)
			write_random(i);
	}
	write_control(3);
	return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
