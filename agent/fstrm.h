/* SPDX-License-Identifier: BSD-3-Clause */
/* Frame Streams: what a peer sends becomes frames, and what to answer it. */
#ifndef AGENT_FSTRM_H_
#define AGENT_FSTRM_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All integers are big-endian.  A data frame is its length and the payload;
 * length 0 announces a control frame: its length, then its type and fields.
 *
 *     data frame     +--------+---------------+
 *                    | length | payload       |
 *                    +--------+---------------+
 *     control frame  +--------+--------+------+--------------+
 *                    | 0      | length | type | fields       |
 *                    +--------+--------+------+--------------+
 *
 *     bidirectional    READY ->, <- ACCEPT, START ->, data ->, STOP ->,
 *                      <- FINISH
 *     unidirectional   START ->, data ->, STOP ->
 */
#define FSTRM_CONTROL_MAX 512 /* octets of a control frame's payload */
#define FSTRM_HEAD        8   /* octets that tell the size of any frame */
#define FSTRM_REPLY_MAX   (FSTRM_HEAD + FSTRM_CONTROL_MAX)

enum fstrm_state {
	FSTRM_BEGIN,   /* nothing yet */
	FSTRM_READY,   /* READY came, ACCEPT is to be sent */
	FSTRM_OPEN,    /* START came: data frames may follow */
	FSTRM_STOPPED, /* STOP came: the end */
	FSTRM_BROKEN   /* the peer broke the protocol: .why */
};

/* What the octets that fstrm_take used up were. */
enum fstrm_what {
	FSTRM_WHAT_NOTHING, /* READY */
	FSTRM_WHAT_START,
	FSTRM_WHAT_DATA, /* .data, .len */
	FSTRM_WHAT_STOP
};

enum fstrm_why {
	FSTRM_WHY_NONE,
	FSTRM_WHY_CONTROL_LENGTH, /* of a control frame: below 4, above 512 */
	FSTRM_WHY_CONTROL,        /* a control frame that cannot be read */
	FSTRM_WHY_CONTENT,        /* another content type than ours */
	FSTRM_WHY_ORDER,          /* a control frame out of turn */
	FSTRM_WHY_EARLY,          /* data before START */
	FSTRM_WHY_TOO_LONG        /* a data frame above the limit */
};

extern const char *const fstrm_why_text[];

struct fstrm_control;

struct fstrm {
	enum fstrm_state state;
	enum fstrm_why why;
	bool bidirectional;
	size_t data_max;
	struct fstrm_control *control; /* libfstrm's decoder */
	/* What is to be sent; the caller sets .reply_len to 0 once it is. */
	uint8_t reply[FSTRM_REPLY_MAX];
	size_t reply_len;
};

struct fstrm_frame {
	enum fstrm_what what;
	const uint8_t *data; /* inside the octets given */
	size_t len;
};

/**
 * fstrm_init(f, data_max):
 * Begin a stream of dnstap frames of at most ${data_max} octets.  Returns 0,
 * or -1 without memory.  Call fstrm_done in any case.
 */
int fstrm_init(struct fstrm *f, size_t data_max);

/**
 * fstrm_take(f, ret, buf, len):
 * Read one frame from the ${len} octets at ${buf}.  Returns the octets used;
 * 0 when there is no whole one; -1 when the peer broke the protocol, then
 * ${f}->why tells how.  A frame that is too long is refused at its head.
 * After STOP nothing is used any more.
 */
ptrdiff_t fstrm_take(
    struct fstrm *f, struct fstrm_frame *ret, const uint8_t *buf, size_t len);

/**
 * fstrm_want(f, buf, len):
 * Return the octets of the frame that starts at ${buf}, of which ${len} are
 * there, for as much of it as can be told: at least 4.
 */
size_t fstrm_want(const uint8_t *buf, size_t len);

void fstrm_done(struct fstrm *f);

#endif
