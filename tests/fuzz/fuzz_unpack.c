/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/unpack wire/pack wire/dict wire/bits */
/* Columns of strangers: what decodes is in range, and encodes again. */
#include <stdlib.h>
#include <string.h>

#include "wire/bytes.h"
#include "wire/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct obs obs[PACK_RECORDS_MAX];

static void
check(const struct obs *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (o[i].kind != OBS_PKT || o[i].pkt.role > OBS_ROLE_MAX ||
		    o[i].pkt.frag > OBS_FRAG_MAX ||
		    (o[i].pkt.ipver != 4 && o[i].pkt.ipver != 6) ||
		    (o[i].pkt.has & ~OBS_HAS_ALL) != 0)
			abort();
	}
}

/* Pack the records again; they must come back the same. */
static void
again(const struct obs *o, unsigned int n, const struct hello_params *par)
{
	static struct obs back[PACK_RECORDS_MAX];
	static uint8_t cols[PACK_RECORDS_MAX * PACK_RECORD_MAX];
	struct pack *p = pack_new(par);
	struct unpack *u = unpack_new(par);
	struct wr w = wr_init(cols, sizeof(cols));
	struct unpack_in in;
	struct pack_out out;
	unsigned int done = 0;

	if (p == NULL || u == NULL)
		abort();
	while (done < n && pack_add(p, &o[done]))
		done++;
	pack_finish(p, &out);
	for (unsigned int c = 0; c < PACK_COLS; c++)
		wr_mem(&w, out.col[c].data, out.col[c].len);
	in = (struct unpack_in){ .count = done,
		.messages = out.messages,
		.cols = { cols, (size_t)(w.p - cols) },
		.raw = out.raw };
	if (done == 0 || w.bad || unpack(u, back, &in) != 0 ||
	    memcmp(back, o, done * sizeof(*o)) != 0)
		abort();
	pack_free(p);
	unpack_free(u);
}

/* Octets: tick, records, messages, length of columns (2), columns, raw bits. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hello_params par = {
		.slots_log2 = 6, .block = 256, .fields = HELLO_FIELD_ALL
	};
	struct rd r = rd_init(data, len);
	struct unpack_in in = { .count = 0 };
	struct unpack *u;

	par.tick_exp = rd_u8(&r) % 10;
	in.count = rd_u8(&r) + 1u;
	in.messages = rd_u8(&r);
	in.cols.len = rd_u16(&r);
	in.cols.data = rd_take(&r, in.cols.len);
	if (r.bad)
		return 0;
	in.raw = (struct pack_span){ r.p, rd_left(&r) };
	if ((u = unpack_new(&par)) == NULL)
		abort();
	if (unpack(u, obs, &in) == 0) {
		check(obs, in.count);
		again(obs, in.count, &par);
	}
	unpack_free(u);
	return 0;
}
