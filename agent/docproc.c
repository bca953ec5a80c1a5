/* SPDX-License-Identifier: BSD-3-Clause */
/* What the network texts of /proc and /sys say. */
#include "agent/docproc.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOFTNET_CPU 12 /* column, from 0 */

/* The line after the one at ${p}, or NULL. */
static const char *
next_line(const char *p)
{
	p = strchr(p, '\n');
	return p == NULL ? NULL : p + 1;
}

static bool
begins(const char *line, const char *word)
{
	const size_t n = strlen(word);

	return strncmp(line, word, n) == 0 && strchr(": \t", line[n]) != NULL;
}

/* The word number ${n}, from 0, of a line; NULL when it has fewer. */
static const char *
word_at(const char *line, unsigned int n)
{
	for (;;) {
		line += strspn(line, " \t");
		if (*line == '\n' || *line == '\0')
			return NULL;
		if (n-- == 0)
			return line;
		line += strcspn(line, " \t\n");
	}
}

static int
number(uint64_t *ret, const char *text, int base)
{
	char *end;

	if (text == NULL)
		return -1;
	*ret = strtoull(text, &end, base);
	return end == text ? -1 : 0;
}

int
docproc_pair(
    uint64_t *ret, const char *text, const char *group, const char *name)
{
	const size_t n = strlen(name);
	const char *values, *word;

	while (text != NULL && !begins(text, group))
		text = next_line(text);
	if (text == NULL || (values = next_line(text)) == NULL ||
	    !begins(values, group))
		return -1;
	for (unsigned int i = 1; (word = word_at(text, i)) != NULL; i++) {
		if (strcspn(word, " \t\n") == n && memcmp(word, name, n) == 0)
			return number(ret, word_at(values, i), 10);
	}
	return -1;
}

int
docproc_named(uint64_t *ret, const char *text, const char *name)
{
	for (; text != NULL; text = next_line(text)) {
		if (begins(text, name))
			return number(ret, word_at(text, 1), 10);
	}
	return -1;
}

uint64_t
docproc_dev(char ret_name[static IFNAMSIZ], const char *line)
{
	const char *counts = strchr(line, ':');
	uint64_t drop, fifo;

	ret_name[0] = '\0';
	line += strspn(line, " ");
	if (counts == NULL || counts - line >= IFNAMSIZ || begins(line, "lo") ||
	    number(&drop, word_at(counts + 1, 3), 10) < 0 ||
	    number(&fifo, word_at(counts + 1, 4), 10) < 0)
		return 0;
	memcpy(ret_name, line, (size_t)(counts - line));
	ret_name[counts - line] = '\0';
	return drop + fifo;
}

/* Words of 32 bits in the order of this machine, in hexadecimal. */
static int
read_address(struct docproc_socket *ret, const char *hex, size_t n)
{
	char text[INET6_ADDRSTRLEN], digits[9] = "";
	uint32_t word[4];
	const bool v6 = n == 32;
	char *end;

	if (n != 8 && n != 32)
		return -1;
	for (size_t i = 0; i < n / 8; i++) {
		memcpy(digits, hex + 8 * i, 8);
		word[i] = (uint32_t)strtoul(digits, &end, 16);
		if (*end != '\0')
			return -1;
	}
	if (inet_ntop(v6 ? AF_INET6 : AF_INET, word, text, sizeof(text)) ==
	    NULL)
		return -1;
	(void)snprintf(ret->name, sizeof(ret->name), v6 ? "[%s]:%u" : "%s:%u",
	    text, ret->port);
	return 0;
}

/* "TX:RX", hexadecimal. */
static int
read_queues(struct docproc_socket *ret, const char *text)
{
	const char *colon = text == NULL ? NULL : strchr(text, ':');

	return colon == NULL || number(&ret->tx_queue, text, 16) < 0
		   ? -1
		   : number(&ret->rx_queue, colon + 1, 16);
}

int
docproc_socket(struct docproc_socket *ret, const char *line)
{
	struct docproc_socket s = { .port = 0 };
	const char *local = word_at(line, 1);
	const size_t n = local == NULL ? 0 : strcspn(local, ": \t\n");
	uint64_t port;

	if (n == 0 || local[n] != ':' || number(&port, local + n + 1, 16) < 0 ||
	    read_queues(&s, word_at(line, 4)) < 0 ||
	    number(&s.inode, word_at(line, 9), 10) < 0 ||
	    number(&s.drops, word_at(line, 12), 10) < 0)
		return -1;
	s.port = (uint16_t)port;
	if (read_address(&s, local, n) < 0)
		return -1;
	*ret = s;
	return 0;
}

int
docproc_softnet(struct docproc_softnet *ret, const char *line, unsigned int row)
{
	uint64_t cpu = row;

	if (number(&ret->dropped, word_at(line, 1), 16) < 0 ||
	    number(&ret->squeezed, word_at(line, 2), 16) < 0)
		return -1;
	(void)number(&cpu, word_at(line, SOFTNET_CPU), 16);
	ret->cpu = (unsigned int)cpu;
	return 0;
}

unsigned int
docproc_mask(const char *text)
{
	unsigned int n = 0;

	for (; *text != '\0'; text++) {
		const char digit[] = { *text, '\0' };

		n +=
		    (unsigned int)__builtin_popcountl(strtoul(digit, NULL, 16));
	}
	return n;
}

unsigned int
docproc_list(const char *text)
{
	unsigned int n = 0;

	while (*text >= '0' && *text <= '9') {
		char *end;
		const unsigned long first = strtoul(text, &end, 10);
		unsigned long last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last >= first)
			n += (unsigned int)(last - first + 1);
		text = *end == ',' ? end + 1 : end;
	}
	return n;
}
