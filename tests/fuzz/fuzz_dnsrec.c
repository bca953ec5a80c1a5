/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsrec wire/dnstab wire/dnsget wire/dnsname wire/zpack wire/frame tests/unit/gen tests/unit/gendns -lz */
/* DNS blocks: what can be decoded is the same after encoding and decoding. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "tests/unit/gendns.h"
#include "wire/bytes.h"
#include "wire/dnsget.h"
#include "wire/dnsrec.h"
#include "wire/frame.h"

#define COUNT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dnsget get;
static struct obs *first[COUNT_MAX];

static void
need(bool ok)
{
	if (!ok)
		abort();
}

/* Read the frame and compare it with the first ${n} records. */
static void
compare(const uint8_t *data, size_t len, int64_t tick, unsigned int n)
{
	struct frame f;
	struct rd r;
	struct dnsget_in in = { .tick = tick };
	struct obs o;

	need(frame_get(&f, data, len, FRAME_MAX) == (int)len);
	need(f.type == FRAME_DNS);
	r = rd_init(f.body, f.len);
	need(rd_var(&r) == 7);
	in.count = (unsigned int)rd_var(&r);
	in.base.ns = (int64_t)rd_u64(&r);
	in.body = r.p;
	in.len = rd_left(&r);
	need(in.count == n && dnsget_open(&get, &in) == 0);
	for (unsigned int i = 0; i < n; i++)
		need(dnsget_next(&get, &o) == 1 && gen_same(&o, first[i]));
	need(dnsget_next(&get, &o) == 0);
}

static void
encode(const struct hello_params *par, int64_t tick, unsigned int n)
{
	struct dnsrec *d = dnsrec_new(par, 6);
	const uint8_t *data;
	unsigned int i;
	size_t len;

	need(d != NULL);
	for (i = 0; i < n; i++) {
		const int added = dnsrec_add(d, first[i]);

		need(added >= 0);
		if (added == 0)
			break;
	}
	data = dnsrec_finish(d, 7, &len);
	compare(data, len, tick, i);
	dnsrec_free(d);
}

/* Tick, count, base (8), columns behind their lengths. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct hello_params par = { .block = 4096, .frame_max = FRAME_MAX };
	struct dnsget_in in = { .tick = 1 };
	unsigned int n = 0;
	struct obs o;
	int got;

	par.tick_exp = rd_u8(&r) % 10;
	for (unsigned int i = 0; i < par.tick_exp; i++)
		in.tick *= 10;
	in.count = 1u + rd_u8(&r);
	in.base.ns = (int64_t)rd_u64(&r);
	in.body = r.p;
	in.len = rd_left(&r);
	if (r.bad || dnsget_open(&get, &in) != 0)
		return 0;
	while ((got = dnsget_next(&get, &o)) == 1) {
		need(dnsrec_valid(&o.dns));
		first[n++] = gendns_copy(&o);
	}
	if (got == 0)
		encode(&par, in.tick, n);
	while (n > 0)
		gendns_free(first[--n]);
	return 0;
}
