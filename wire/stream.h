/* SPDX-License-Identifier: BSD-3-Clause */
/* The receiving half of a v1 stream: bytes in, observations out. */
#ifndef WIRE_STREAM_H_
#define WIRE_STREAM_H_

#include <stddef.h>
#include <stdint.h>

#include "wire/ctl.h"
#include "wire/hello.h"
#include "wire/obs.h"

struct stream;
struct stream_scratch; /* working memory that all streams of a thread share */

/* What a stream reports, in the order of the bytes.  No member may be NULL. */
struct stream_ops {
	/* The agent's HELLO, once, first. */
	void (*hello)(void *arg, const struct hello *h);
	/* One more interface, beyond those of HELLO; in order, each once. */
	void (*iface)(
	    void *arg, unsigned int index, const struct hello_iface *i);
	/*
	 * ${n} packets with the sequence numbers first, first + 1, ...; or one
	 * host or loss observation, with first = the next sequence number;
	 * or ${n} DNS observations with the DNS numbers first, ....  Where
	 * DNS numbers jump forward, a loss (OBS_LOSS_DNS_QUEUE) comes first.
	 * They may be changed.
	 */
	void (*obs)(void *arg, uint64_t first, struct obs *o, size_t n);
	void (*stats)(void *arg, const struct ctl_stats *s);
	void (*time)(void *arg, const struct ctl_time *t);
	void (*bye)(void *arg, unsigned int why, uint64_t next_seq);
};

/**
 * stream_scratch_new():
 * Return working memory (about 2 MB, touched as needed), or NULL.  Free it after the streams.
 */
struct stream_scratch *stream_scratch_new(void);
void stream_scratch_free(struct stream_scratch *sc);

/**
 * stream_new(sc, ops, arg):
 * Return a reader at the start of a stream: a HELLO is expected.  Uses
 * ${sc} only inside stream_feed.  NULL with errno set on failure.
 */
struct stream *stream_new(
    struct stream_scratch *sc, const struct stream_ops *ops, void *arg);

/**
 * stream_feed(s, buf, len):
 * Decode as many whole frames as the ${len} octets at ${buf} hold.  Returns
 * the octets used: keep the rest, and offer them again with more behind.
 * Returns -1 when the peer broke the protocol: close, stream_error says why.
 * The rest is smaller than HELLO_MAX, or the largest frame after HELLO.
 */
ptrdiff_t stream_feed(struct stream *s, const uint8_t *buf, size_t len);

/**
 * stream_error(s):
 * Return why stream_feed failed, a static text, and the BYE reason for it.
 */
const char *stream_error(const struct stream *s, enum ctl_bye *ret_why);

/**
 * stream_ended(s):
 * Return whether BYE was seen: nothing may follow.
 */
bool stream_ended(const struct stream *s);

void stream_free(struct stream *s);

#endif
