/* SPDX-License-Identifier: BSD-3-Clause */
/* DNS messages made by hand, record by record. */
#ifndef TESTS_DNSMAKE_H_
#define TESTS_DNSMAKE_H_

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/dnsname.h"

/* Begin with dnsmake_begin. */
struct dnsmake {
	uint8_t data[65535 + 4096];
	size_t len;
};

static inline void
dnsmake_octets(struct dnsmake *m, const void *data, size_t len)
{
	memcpy(m->data + m->len, data, len);
	m->len += len;
}

static inline void
dnsmake_u16(struct dnsmake *m, unsigned int v)
{
	put_be16(m->data + m->len, (uint16_t)v);
	m->len += 2;
}

static inline void
dnsmake_u32(struct dnsmake *m, uint32_t v)
{
	put_be32(m->data + m->len, v);
	m->len += 4;
}

static inline void
dnsmake_name(struct dnsmake *m, const char *text)
{
	m->len += dnsname_parse(m->data + m->len, text, strlen(text));
}

/* A response with one question; the counts are those of records to come. */
static inline void
dnsmake_begin(struct dnsmake *m, const char *qname, unsigned int qtype)
{
	m->len = 0;
	dnsmake_octets(m, "\x12\x34\x81\x80\0\1\0\0\0\0\0\0", 12);
	dnsmake_name(m, qname);
	dnsmake_u16(m, qtype);
	dnsmake_u16(m, 1);
}

/* The head of a record behind its owner; section 0 answer ... 2 additional. */
static inline void
dnsmake_rr(struct dnsmake *m, int section, unsigned int type, uint32_t ttl,
    unsigned int rdlength)
{
	uint8_t *count = m->data + 6 + 2 * section;

	put_be16(count, (uint16_t)(get_be16(count) + 1));
	dnsmake_u16(m, type);
	dnsmake_u16(m, 1);
	dnsmake_u32(m, ttl);
	dnsmake_u16(m, rdlength);
}

static inline void
dnsmake_a(struct dnsmake *m, const char *owner, uint32_t ttl, uint32_t addr)
{
	dnsmake_name(m, owner);
	dnsmake_rr(m, 0, 1, ttl, 4);
	dnsmake_u32(m, addr);
}

static inline void
dnsmake_cname(
    struct dnsmake *m, const char *owner, uint32_t ttl, const char *target)
{
	uint8_t wire[DNSNAME_MAX];
	const size_t n = dnsname_parse(wire, target, strlen(target));

	dnsmake_name(m, owner);
	dnsmake_rr(m, 0, 5, ttl, (unsigned int)n);
	dnsmake_octets(m, wire, n);
}

#endif
