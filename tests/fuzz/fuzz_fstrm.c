/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/fstrm -lfstrm */
/* Frame Streams: slices lie inside, and cuts change nothing. */
#include <stdlib.h>
#include <string.h>

#include "agent/fstrm.h"

#define MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All frames of a stream, mixed into one number, and how it ended. */
struct sum {
	uint64_t mix;
	size_t used;
	enum fstrm_state state;
	enum fstrm_why why;
};

static void
must(bool so)
{
	if (!so)
		abort();
}

static void
mix(struct sum *s, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		s->mix = s->mix * 31 + p[i] + 1;
}

static void
check(const struct fstrm *f, const struct fstrm_frame *frame,
    const uint8_t *buf, size_t n)
{
	must(f->reply_len <= sizeof(f->reply));
	must(f->reply_len == 0 || f->bidirectional);
	if (frame->what != FSTRM_WHAT_DATA)
		return;
	must(f->state == FSTRM_OPEN && f->reply_len == 0);
	must(frame->len > 0 && frame->len <= MAX);
	must(frame->data == buf + 4 && n == 4 + frame->len);
}

/* Hand over the octets ${step} more at a time. */
static void
run(struct sum *s, const uint8_t *data, size_t size, size_t step)
{
	struct fstrm_frame frame;
	struct fstrm f;
	ptrdiff_t n = 0;

	*s = (struct sum){ 0 };
	must(fstrm_init(&f, MAX) == 0);
	for (size_t end = 0; n >= 0 && end < size;) {
		end = size - end > step ? end + step : size;
		while ((n = fstrm_take(
			    &f, &frame, data + s->used, end - s->used)) > 0) {
			must((size_t)n <= end - s->used);
			must(fstrm_want(data + s->used, end - s->used) ==
			     (size_t)n);
			check(&f, &frame, data + s->used, (size_t)n);
			s->mix = s->mix * 31 + frame.what;
			mix(s, frame.data, frame.len);
			mix(s, f.reply, f.reply_len);
			f.reply_len = 0;
			s->used += (size_t)n;
		}
	}
	must((n < 0) == (f.state == FSTRM_BROKEN));
	must((n < 0) == (f.why != FSTRM_WHY_NONE));
	s->state = f.state;
	s->why = f.why;
	fstrm_done(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum whole, cut;

	run(&whole, data, size, size + 1);
	for (size_t step = 1; step < 16; step += 5) {
		run(&cut, data, size, step);
		must(cut.mix == whole.mix && cut.used == whole.used &&
		     cut.state == whole.state && cut.why == whole.why);
	}
	return 0;
}
