/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/pack wire/cols wire/flowtab wire/unpack wire/dict wire/bits wire/dnsname tests/unit/gen tests/unit/gendns */
/* Columns: what can be decoded is the same after encoding and decoding. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/bytes.h"
#include "wire/pack.h"
#include "wire/unpack.h"

#define COUNT_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct obs first[COUNT_MAX], again[COUNT_MAX];

static void
encode(const struct hello_params *par, unsigned int n)
{
	struct pack *p = pack_new(par);
	struct unpack *u = unpack_new(par);
	uint8_t *cols = malloc(pack_room(par));
	struct pack_out out;
	size_t len = 0;

	if (p == NULL || u == NULL || cols == NULL)
		abort();
	for (unsigned int i = 0; i < n; i++) {
		if (!pack_add(p, &first[i]))
			abort();
	}
	pack_finish(p, &out);
	for (unsigned int c = 0; c < PACK_COLS; c++) {
		memcpy(cols + len, out.col[c].data, out.col[c].len);
		len += out.col[c].len;
	}
	if (unpack(u, again,
		&(struct unpack_in){ .count = out.count,
		    .messages = out.messages,
		    .cols = { cols, len },
		    .raw = out.raw }) != 0)
		abort();
	for (unsigned int i = 0; i < n; i++) {
		if (!gen_same(&first[i], &again[i]))
			abort();
	}
	pack_free(p);
	unpack_free(u);
	free(cols);
}

/* Count, messages, tick, slots, octets of columns (2); columns; raw bits. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd r = rd_init(data, size);
	struct hello_params par = { .block = 4096,
		.fields = HELLO_FIELD_ALL,
		.digest_max = UINT32_MAX };
	struct unpack_in in;
	struct unpack *u;
	size_t len;

	in.count = 1u + rd_u8(&r);
	in.messages = rd_u8(&r);
	par.tick_exp = rd_u8(&r) % 10;
	par.slots_log2 = (uint8_t)(6 + rd_u8(&r) % 4);
	len = rd_u16(&r);
	if (len > rd_left(&r))
		len = rd_left(&r);
	in.cols = (struct pack_span){ rd_take(&r, len), len };
	in.raw = (struct pack_span){ r.p, rd_left(&r) };
	u = unpack_new(&par);
	if (u == NULL)
		abort();
	if (!r.bad && unpack(u, first, &in) == 0)
		encode(&par, in.count);
	unpack_free(u);
	return 0;
}
