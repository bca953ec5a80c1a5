/* SPDX-License-Identifier: BSD-3-Clause */
/* dnstap: one frame, a protobuf message, read field by field. */
#include "agent/dnstap.h"

#include "wire/bytes.h"

/* Wire types of Protocol Buffers. */
enum { VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5 };

/* Fields of Dnstap and of Message. */
enum {
	TAP_IDENTITY = 1,
	TAP_MESSAGE = 14,
	MSG_TYPE = 1,
	MSG_QUERY_ADDRESS = 4,
	MSG_RESPONSE_ADDRESS = 5,
	MSG_QUERY_SEC = 8,
	MSG_QUERY_NSEC = 9,
	MSG_QUERY = 10,
	MSG_RESPONSE_SEC = 12,
	MSG_RESPONSE_NSEC = 13,
	MSG_RESPONSE = 14
};

struct field {
	uint64_t id;
	unsigned int wire;
	uint64_t v;            /* VARINT, FIXED32 */
	struct dnstap_bytes b; /* BYTES */
};

/* A time in two fields, either of which may be missing. */
struct stamp {
	bool has_sec;
	uint64_t sec, nsec;
};

/* A varint may be longer than need be, unlike those of our own formats. */
static uint64_t
get_varint(struct rd *r)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 70; shift += 7) {
		const uint8_t b = rd_u8(r);

		if (shift < 64)
			v |= (uint64_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
	r->bad = true;
	return 0;
}

/* Read the next field; ${r} is bad afterwards when there is none. */
static void
get_field(struct field *f, struct rd *r)
{
	const uint64_t tag = get_varint(r);
	const uint8_t *p;

	*f = (struct field){ .id = tag >> 3, .wire = tag & 7 };
	if (f->wire == VARINT) {
		f->v = get_varint(r);
	} else if (f->wire == FIXED64) {
		rd_skip(r, 8);
	} else if (f->wire == FIXED32) {
		p = rd_take(r, 4);
		f->v = p == NULL
			   ? 0
			   : (uint64_t)p[0] | (uint64_t)p[1] << 8 |
				 (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
	} else if (f->wire == BYTES) {
		f->b.len = get_varint(r);
		f->b.p = rd_take(r, f->b.len);
	} else {
		r->bad = true;
	}
	if (f->id == 0)
		r->bad = true;
}

static bool
is_address(const struct field *f)
{
	return f->wire == BYTES && (f->b.len == 4 || f->b.len == 16);
}

static bool
put_bytes(struct dnstap_bytes *dst, const struct field *f)
{
	*dst = f->b;
	return f->wire == BYTES;
}

static bool
put_sec(struct stamp *s, const struct field *f)
{
	s->has_sec = true;
	s->sec = f->v;
	return f->wire == VARINT;
}

static bool
put_nsec(struct stamp *s, const struct field *f)
{
	s->nsec = f->v;
	return f->wire == FIXED32;
}

/* Whether ${s} is a time, and one that a wall_t can hold. */
static bool
is_time(const struct stamp *s)
{
	return s->has_sec && s->nsec < MONO_NS_PER_S &&
	       s->sec < INT64_MAX / MONO_NS_PER_S;
}

static void
set_time(
    struct dnstap *d, const struct stamp *response, const struct stamp *query)
{
	const struct stamp *s = is_time(response) ? response : query;

	d->has_time = is_time(s);
	if (d->has_time)
		d->time = wall_make((int64_t)s->sec, (int64_t)s->nsec);
}

/* Store the field ${f} of a Message.  Returns whether it is well-formed. */
static bool
put_field(struct dnstap *d, struct stamp *response, struct stamp *query,
    const struct field *f)
{
	switch (f->id) {
	case MSG_TYPE:
		d->type = f->v;
		return f->wire == VARINT;
	case MSG_QUERY_ADDRESS:
		return put_bytes(&d->client, f) && is_address(f);
	case MSG_RESPONSE_ADDRESS:
		return is_address(f);
	case MSG_QUERY_SEC:
		return put_sec(query, f);
	case MSG_QUERY_NSEC:
		return put_nsec(query, f);
	case MSG_QUERY:
		return put_bytes(&d->query, f);
	case MSG_RESPONSE_SEC:
		return put_sec(response, f);
	case MSG_RESPONSE_NSEC:
		return put_nsec(response, f);
	case MSG_RESPONSE:
		return put_bytes(&d->response, f);
	default:
		return true;
	}
}

static int
get_message(struct dnstap *d, const struct dnstap_bytes *b)
{
	struct rd r = rd_init(b->p, b->len);
	struct stamp response = { 0 };
	struct stamp query = { 0 };
	struct field f;
	bool typed = false;

	while (rd_left(&r) > 0) {
		get_field(&f, &r);
		if (r.bad || !put_field(d, &response, &query, &f))
			return -1;
		typed |= f.id == MSG_TYPE;
	}
	set_time(d, &response, &query);
	return typed ? 0 : -1;
}

int
dnstap_get(struct dnstap *ret, const uint8_t *buf, size_t len)
{
	struct rd r = rd_init(buf, len);
	struct dnstap_bytes message = { NULL, 0 };
	struct dnstap d = { 0 };
	struct field f;

	while (rd_left(&r) > 0) {
		get_field(&f, &r);
		if (r.bad)
			return -1;
		if (f.id == TAP_IDENTITY && !put_bytes(&d.identity, &f))
			return -1;
		if (f.id == TAP_MESSAGE && !put_bytes(&message, &f))
			return -1;
	}
	if (message.p == NULL || get_message(&d, &message) < 0)
		return -1;
	*ret = d;
	return 0;
}
