/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/enc wire/dnsrec wire/dnstab wire/dnsname wire/dnsline wire/line wire/text wire/stream wire/ifaces wire/dnsget wire/hello wire/frame wire/ctl wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/zpack tests/unit/gen tests/unit/gendns tests/unit/show -lz */
/*
 * Reads tests/vectors/NAME.hex: octets in hexadecimal and comments after '#'.
 * "# what: hello", "frame" or "stream" says how to read them; the lines
 * "# expect: TEXT" are, in order, what comes out, as tests/unit/show.h puts it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/show.h"
#include "wire/enc.h"
#include "wire/frame.h"
#include "wire/ifaces.h"
#include "wire/stream.h"

#define OCTETS_MAX 8192

struct vector {
	char what[16];
	char want[SHOW_MAX]; /* the lines of "expect" */
	uint8_t data[OCTETS_MAX];
	size_t len;
};

/* What a reader showed, and the same stream as we would send it. */
struct reading {
	char got[SHOW_MAX];
	struct enc *enc;
	bool dns; /* it has DNS records */
	uint8_t again[OCTETS_MAX];
	size_t again_len;
};

static void
add_octets(struct vector *v, char *line)
{
	line[strcspn(line, "#\n")] = '\0';
	for (char *p = line; *p != '\0';) {
		char *end;
		const unsigned long octet = strtoul(p, &end, 16);

		assert_true(end == p + 2 && v->len < OCTETS_MAX);
		v->data[v->len++] = (uint8_t)octet;
		p = end + strspn(end, " ");
	}
}

static void
load(const char *path, struct vector *ret_v)
{
	FILE *f = fopen(path, "r");
	char line[1024];

	assert_non_null(f);
	memset(ret_v, 0, sizeof(*ret_v));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "# expect: ", 10) == 0) {
			show_text(ret_v->want, line + 10);
		} else if (strncmp(line, "# what: ", 8) == 0) {
			(void)sscanf(line + 8, "%15s", ret_v->what);
		} else {
			add_octets(ret_v, line);
		}
	}
	assert_int_equal(fclose(f), 0);
	assert_true(ret_v->len > 0);
	assert_true(ret_v->want[0] != '\0');
}

/* What hello_get and frame_get return, for those that are not whole. */
static void
show_result(char *text, int n)
{
	show_text(text, n == 0    ? "more\n"
			: n == -2 ? "error unsupported\n"
				  : "error\n");
}

static void
again(struct reading *r, const void *data, size_t len)
{
	assert_true(len <= sizeof(r->again) - r->again_len);
	memcpy(r->again + r->again_len, data, len);
	r->again_len += len;
}

static void
again_hello(struct reading *r, const struct hello *h)
{
	uint8_t buf[HELLO_MAX];

	again(r, buf, hello_put(buf, h));
}

static void
again_ctl(
    struct reading *r, enum frame_type type, const uint8_t *body, size_t len)
{
	uint8_t buf[CTL_MAX + FRAME_OVERHEAD];

	again(r, buf, ctl_frame(buf, type, body, len));
}

static void
read_hello(struct reading *r, const uint8_t *data, size_t len)
{
	struct hello h;
	const int n = hello_get(&h, data, len);

	if (n <= 0) {
		show_result(r->got, n);
		return;
	}
	show_hello(r->got, &h);
	again_hello(r, &h);
}

static void
read_ctl(struct reading *r, const struct frame *f)
{
	uint8_t body[CTL_MAX];
	struct ctl_stats s;
	struct ctl_time t;
	struct obs o;
	unsigned int why;
	uint64_t next, dns;
	size_t n = 0;

	if (f->type == FRAME_STATS && ctl_stats_get(&s, f->body, f->len) == 0) {
		show_stats(r->got, &s);
		n = ctl_stats_put(body, &s);
	} else if (f->type == FRAME_SYSINFO &&
		   ctl_sysinfo_get(&o, f->body, f->len) == 0) {
		show_obs(r->got, 0, &o);
		n = ctl_sysinfo_put(body, &o);
	} else if (f->type == FRAME_GAP &&
		   ctl_gap_get(&o, f->body, f->len) == 0) {
		show_obs(r->got, 0, &o);
		n = ctl_gap_put(body, &o);
	} else if (f->type == FRAME_ACK &&
		   ctl_ack_get(&next, &dns, f->body, f->len) == 0) {
		show_ack(r->got, next, dns);
		n = ctl_ack_put(body, next, dns);
	} else if (f->type == FRAME_TIME &&
		   ctl_time_get(&t, f->body, f->len) == 0) {
		show_time(r->got, &t);
		n = ctl_time_put(body, &t);
	} else if (f->type == FRAME_BYE &&
		   ctl_bye_get(&why, &next, f->body, f->len) == 0) {
		show_bye(r->got, why, next);
		n = ctl_bye_put(body, (enum ctl_bye)why, next);
	} else {
		show_result(r->got, -1);
		return;
	}
	again_ctl(r, (enum frame_type)f->type, body, n);
}

static void
read_frame(struct reading *r, const uint8_t *data, size_t len)
{
	struct frame f;
	const int n = frame_get(&f, data, len, FRAME_MAX);

	if (n <= 0) {
		show_result(r->got, n);
	} else {
		read_ctl(r, &f);
	}
}

static void
on_block(void *arg, const struct enc_block *b)
{
	again(arg, b->data, b->len);
}

static void
on_hello(void *arg, const struct hello *h)
{
	struct reading *r = arg;

	show_hello(r->got, h);
	again_hello(r, h);
	r->enc = enc_new(&h->par, 6, h->seq, on_block, r);
	assert_non_null(r->enc);
	r->dns = h->par.caps & HELLO_CAP_DNS;
	enc_dns_start(r->enc, h->dns_seq);
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	uint8_t frame[IFACES_FRAME_MAX];
	struct reading *r = arg;

	show_iface(r->got, index, i);
	again(r, frame, ifaces_frame(frame, index, i));
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct reading *r = arg;

	if (o->kind != OBS_DNS)
		enc_flush(r->enc);
	for (size_t i = 0; i < n; i++) {
		show_obs(r->got, first + i, &o[i]);
		if (o[i].kind == OBS_LOSS &&
		    o[i].loss.reason == OBS_LOSS_DNS_QUEUE) {
			enc_dns_start(
			    r->enc, o[i].loss.first + o[i].loss.count);
		} else {
			enc_put(r->enc, &o[i]);
		}
	}
	/* DNS records come one by one, and stand in one block. */
	if (o->kind != OBS_DNS)
		enc_flush(r->enc);
}

static void
on_stats(void *arg, const struct ctl_stats *s)
{
	uint8_t body[CTL_MAX];
	struct reading *r = arg;

	show_stats(r->got, s);
	again_ctl(r, FRAME_STATS, body, ctl_stats_put(body, s));
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	uint8_t body[CTL_MAX];
	struct reading *r = arg;

	show_time(r->got, t);
	again_ctl(r, FRAME_TIME, body, ctl_time_put(body, t));
}

static void
on_bye(void *arg, unsigned int why, uint64_t next)
{
	uint8_t body[CTL_MAX];
	struct reading *r = arg;
	size_t n = ctl_bye_put(body, (enum ctl_bye)why, next);

	show_bye(r->got, why, next);
	enc_flush(r->enc);
	if (r->dns)
		n = ctl_bye_dns_put(body, n, enc_dns_next(r->enc));
	again_ctl(r, FRAME_BYE, body, n);
}

static const struct stream_ops ops = { .hello = on_hello,
	.iface = on_iface,
	.obs = on_obs,
	.stats = on_stats,
	.time = on_time,
	.bye = on_bye };

static void
read_stream(struct reading *r, const uint8_t *data, size_t len)
{
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *s = stream_new(sc, &ops, r);
	enum ctl_bye why;
	ptrdiff_t n;

	assert_true(sc != NULL && s != NULL);
	n = stream_feed(s, data, len);
	if (n < 0) {
		(void)stream_error(s, &why);
		show_text(r->got, why == CTL_BYE_UNSUPPORTED
				      ? "error unsupported\n"
				      : "error protocol\n");
	} else {
		show_text(r->got, stream_ended(s)    ? "end\n"
				  : (size_t)n == len ? "open\n"
						     : "more\n");
	}
	enc_free(r->enc);
	stream_free(s);
	stream_scratch_free(sc);
}

static void
run(const struct vector *v, struct reading *ret_r)
{
	const uint8_t *p = gen_guard(v->data, v->len);

	memset(ret_r, 0, sizeof(*ret_r));
	if (strcmp(v->what, "hello") == 0) {
		read_hello(ret_r, p, v->len);
	} else if (strcmp(v->what, "frame") == 0) {
		read_frame(ret_r, p, v->len);
	} else if (strcmp(v->what, "stream") == 0) {
		read_stream(ret_r, p, v->len);
	} else {
		fail_msg("what is \"%s\"?", v->what);
	}
	gen_unguard(p, v->len);
}

/* Run ${check} on every vector that matches ${pattern}; at least ${least}. */
static void
each(const char *pattern, size_t least,
    void (*check)(const char *path, const struct vector *v))
{
	static struct vector v;
	glob_t found;

	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= least);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		load(found.gl_pathv[i], &v);
		check(found.gl_pathv[i], &v);
	}
	globfree(&found);
}

static void
check_text(const char *path, const struct vector *v)
{
	static struct reading r;

	run(v, &r);
	if (strcmp(r.got, v->want) != 0)
		fail_msg("%s:\ngot\n%swant\n%s", path, r.got, v->want);
}

/* Deflate, unknown TLVs and skipped frames are free to the sender. */
static void
check_again(const char *path, const struct vector *v)
{
	static struct reading r;

	if (strstr(path, "deflate") != NULL || strstr(path, "unknown") != NULL)
		return;
	run(v, &r);
	if (r.again_len != v->len || memcmp(r.again, v->data, v->len) != 0)
		fail_msg("%s: we would send other octets", path);
}

/* Prefixes of what is valid are never in error. */
static void
check_prefixes(const char *path, const struct vector *v)
{
	static struct vector cut;
	static struct reading r;

	cut = *v;
	for (cut.len = 1; cut.len < v->len; cut.len++) {
		run(&cut, &r);
		if (strstr(r.got, "error") != NULL)
			fail_msg("%s: error after %zu octets", path, cut.len);
	}
}

static void
valid_vectors_read_as_they_say(void **state)
{
	(void)state;
	each("tests/vectors/valid-*.hex", 12, check_text);
}

static void
invalid_vectors_are_refused_as_they_say(void **state)
{
	(void)state;
	each("tests/vectors/invalid-*.hex", 15, check_text);
}

static void
cut_vectors_need_more(void **state)
{
	(void)state;
	each("tests/vectors/need-more-*.hex", 3, check_text);
}

static void
what_the_vectors_say_is_sent_as_the_same_octets(void **state)
{
	(void)state;
	each("tests/vectors/valid-*.hex", 12, check_again);
}

static void
prefixes_of_valid_vectors_are_never_in_error(void **state)
{
	(void)state;
	each("tests/vectors/valid-*.hex", 12, check_prefixes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_vectors_read_as_they_say),
		cmocka_unit_test(invalid_vectors_are_refused_as_they_say),
		cmocka_unit_test(cut_vectors_need_more),
		cmocka_unit_test(
		    what_the_vectors_say_is_sent_as_the_same_octets),
		cmocka_unit_test(prefixes_of_valid_vectors_are_never_in_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
