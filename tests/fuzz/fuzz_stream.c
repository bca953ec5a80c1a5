/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/tape -lz */
/* Streams: cut at random they read as when they come at once. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/tape.h"
#include "wire/bytes.h"
#include "wire/frame.h"
#include "wire/zpack.h"

#define PIECES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Octets that are a frame for sure, or a HELLO. */
static size_t
most(const struct tape_seen *seen)
{
	return seen->hellos == 0 ? HELLO_MAX : seen->frame_max + FRAME_OVERHEAD;
}

/* Read ${len} octets in up to ${pieces} pieces.  Returns the error or NULL. */
static const char *
read_all(
    const uint8_t *buf, size_t len, unsigned int pieces, struct tape_seen *seen)
{
	static struct stream_scratch *sc;
	const char *error;
	enum ctl_bye why;
	struct stream *s;
	struct gen g;
	size_t used = 0;

	if (sc == NULL)
		sc = stream_scratch_new();
	s = stream_new(sc, &tape_ops, seen);
	if (sc == NULL || s == NULL)
		abort();
	gen_seed(&g, zpack_crc(buf, len));
	for (size_t to = 0; to < len && stream_error(s, &why) == NULL;) {
		ptrdiff_t n;

		to = pieces-- <= 1
			 ? len
			 : to + 1 + gen_below(&g, (uint32_t)(len - to));
		n = stream_feed(s, buf + used, to - used);
		if (n > (ptrdiff_t)(to - used) ||
		    (n < 0) != (stream_error(s, &why) != NULL))
			abort();
		used += n > 0 ? (size_t)n : 0;
		if (n >= 0 && !stream_ended(s) && to - used >= most(seen))
			abort();
	}
	error = stream_error(s, &why);
	stream_free(s);
	return error;
}

static void
check(const uint8_t *buf, size_t len)
{
	struct tape_seen whole = { 0 };
	struct tape_seen cut = { 0 };

	if (read_all(buf, len, 1, &whole) != read_all(buf, len, PIECES, &cut))
		abort();
	if (whole.n != cut.n || whole.hellos != cut.hellos ||
	    whole.stats != cut.stats || whole.times != cut.times ||
	    whole.byes != cut.byes)
		abort();
	for (size_t i = 0; i < whole.n; i++) {
		if (whole.seq[i] != cut.seq[i] ||
		    !gen_same(&whole.obs[i], &cut.obs[i]))
			abort();
	}
	tape_seen_done(&whole);
	tape_seen_done(&cut);
}

/* Put the checksum of the frame at ${buf} right.  Returns its octets, or 0. */
static size_t
repair_frame(uint8_t *buf, size_t len)
{
	struct rd r = rd_init(buf, len);
	uint64_t body;
	size_t n;

	(void)rd_u8(&r);
	body = rd_var(&r);
	if (r.bad || body > len || rd_left(&r) < body + 4)
		return 0;
	n = (size_t)(r.p - buf) + body;
	put_be32(buf + n, zpack_crc(buf, n));
	return n + 4;
}

static void
repair(uint8_t *buf, size_t len)
{
	size_t n;

	if (len < 16 || 16 + (size_t)get_be16(buf + 10) > len)
		return;
	n = 12 + (size_t)get_be16(buf + 10);
	put_be32(buf + n, zpack_crc(buf, n));
	buf += n + 4;
	len -= n + 4;
	while (len > 0 && (n = repair_frame(buf, len)) > 0) {
		buf += n;
		len -= n;
	}
}

/* As it came, and with its checksums put right. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *buf = malloc(size + 1);

	if (buf == NULL)
		abort();
	check(data, size);
	if (size > 0)
		memcpy(buf, data, size);
	repair(buf, size);
	check(buf, size);
	free(buf);
	return 0;
}
