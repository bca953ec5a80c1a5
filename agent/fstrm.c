/* SPDX-License-Identifier: BSD-3-Clause */
/* Frame Streams: what a peer sends becomes frames, and what to answer it. */
#include "agent/fstrm.h"

#include <fstrm.h>

#include "wire/bytes.h"

_Static_assert(FSTRM_CONTROL_MAX == FSTRM_CONTROL_FRAME_LENGTH_MAX,
    "the limit of the specification is that of the library");

static const uint8_t content[] = "protobuf:dnstap.Dnstap";
static const size_t content_len = sizeof(content) - 1;

const char *const fstrm_why_text[] = {
	[FSTRM_WHY_NONE] = "nothing wrong",
	[FSTRM_WHY_CONTROL_LENGTH] = "a control frame of impossible length",
	[FSTRM_WHY_CONTROL] = "a malformed control frame",
	[FSTRM_WHY_CONTENT] = "a content type other than dnstap's",
	[FSTRM_WHY_ORDER] = "a control frame out of turn",
	[FSTRM_WHY_EARLY] = "data before START",
	[FSTRM_WHY_TOO_LONG] = "a data frame above the limit",
};

int
fstrm_init(struct fstrm *f, size_t data_max)
{
	*f = (struct fstrm){ .data_max = data_max };
	f->control = fstrm_control_init();
	return f->control == NULL ? -1 : 0;
}

static ptrdiff_t
broken(struct fstrm *f, enum fstrm_why why)
{
	f->state = FSTRM_BROKEN;
	f->why = why;
	return -1;
}

/* The state after a control frame in ${at}; FSTRM_BROKEN out of turn. */
static enum fstrm_state
step(enum fstrm_state at, fstrm_control_type type)
{
	if (type == FSTRM_CONTROL_READY && at == FSTRM_BEGIN)
		return FSTRM_READY;
	if (type == FSTRM_CONTROL_START &&
	    (at == FSTRM_BEGIN || at == FSTRM_READY))
		return FSTRM_OPEN;
	if (type == FSTRM_CONTROL_STOP && at == FSTRM_OPEN)
		return FSTRM_STOPPED;
	return FSTRM_BROKEN;
}

static int
answer(struct fstrm *f, fstrm_control_type type)
{
	size_t len = sizeof(f->reply);

	fstrm_control_reset(f->control);
	if (fstrm_control_set_type(f->control, type) != fstrm_res_success ||
	    (type == FSTRM_CONTROL_ACCEPT &&
		fstrm_control_add_field_content_type(
		    f->control, content, content_len) != fstrm_res_success) ||
	    fstrm_control_encode(f->control, f->reply, &len,
		FSTRM_CONTROL_FLAG_WITH_HEADER) != fstrm_res_success)
		return -1;
	f->reply_len = len;
	return 0;
}

static ptrdiff_t
take_control(
    struct fstrm *f, struct fstrm_frame *ret, const uint8_t *p, size_t len)
{
	fstrm_control_type type;
	enum fstrm_state next;

	if (fstrm_control_decode(f->control, p, len, 0) != fstrm_res_success ||
	    fstrm_control_get_type(f->control, &type) != fstrm_res_success)
		return broken(f, FSTRM_WHY_CONTROL);
	next = step(f->state, type);
	if (next == FSTRM_BROKEN)
		return broken(f, FSTRM_WHY_ORDER);
	if (next != FSTRM_STOPPED &&
	    fstrm_control_match_field_content_type(
		f->control, content, content_len) != fstrm_res_success)
		return broken(f, FSTRM_WHY_CONTENT);
	f->state = next;
	if (next == FSTRM_READY) {
		f->bidirectional = true;
		if (answer(f, FSTRM_CONTROL_ACCEPT) < 0)
			return broken(f, FSTRM_WHY_CONTROL);
		ret->what = FSTRM_WHAT_NOTHING;
	} else if (next == FSTRM_OPEN) {
		ret->what = FSTRM_WHAT_START;
	} else {
		ret->what = FSTRM_WHAT_STOP;
		if (f->bidirectional && answer(f, FSTRM_CONTROL_FINISH) < 0)
			return broken(f, FSTRM_WHY_CONTROL);
	}
	return FSTRM_HEAD + (ptrdiff_t)len;
}

ptrdiff_t
fstrm_take(
    struct fstrm *f, struct fstrm_frame *ret, const uint8_t *buf, size_t len)
{
	size_t n;

	*ret = (struct fstrm_frame){ .what = FSTRM_WHAT_NOTHING };
	if (f->state == FSTRM_BROKEN)
		return -1;
	if (len < 4 || f->state == FSTRM_STOPPED)
		return 0;
	n = get_be32(buf);
	if (n == 0) {
		if (len < FSTRM_HEAD)
			return 0;
		n = get_be32(buf + 4);
		if (n < 4 || n > FSTRM_CONTROL_MAX)
			return broken(f, FSTRM_WHY_CONTROL_LENGTH);
		return len < FSTRM_HEAD + n
			   ? 0
			   : take_control(f, ret, buf + FSTRM_HEAD, n);
	}
	if (f->state != FSTRM_OPEN)
		return broken(f, FSTRM_WHY_EARLY);
	if (n > f->data_max)
		return broken(f, FSTRM_WHY_TOO_LONG);
	if (len - 4 < n)
		return 0;
	ret->what = FSTRM_WHAT_DATA;
	ret->data = buf + 4;
	ret->len = n;
	return 4 + (ptrdiff_t)n;
}

size_t
fstrm_want(const uint8_t *buf, size_t len)
{
	if (len < 4)
		return 4;
	if (get_be32(buf) > 0)
		return 4 + (size_t)get_be32(buf);
	return len < FSTRM_HEAD ? FSTRM_HEAD
				: FSTRM_HEAD + (size_t)get_be32(buf + 4);
}

void
fstrm_done(struct fstrm *f)
{
	if (f->control != NULL)
		fstrm_control_destroy(&f->control);
}
