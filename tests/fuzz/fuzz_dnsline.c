/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/dnsline wire/dnsrec wire/dnstab wire/dnsname wire/line wire/text wire/zpack wire/frame tests/unit/gen tests/unit/gendns -lz */
/* DNS lines: what can be read is the same after writing and reading. */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/dnsline.h"
#include "wire/dnsrec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct dnsline mem[2];
static char text[DNSLINE_MAX];

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *in = malloc(size + 1);
	struct obs o, again;
	ptrdiff_t n;
	size_t len;

	if (in == NULL)
		abort();
	if (size > 0)
		memcpy(in, data, size);
	n = dnsline_get(&o, &mem[0], in, size);
	if (n > (ptrdiff_t)size || n < -1)
		abort();
	if (n > 0 && o.kind == OBS_DNS) {
		if (!dnsrec_valid(&o.dns))
			abort();
		len = dnsline_put(text, &o);
		if (len == 0 || len > dnsline_room(&o) ||
		    dnsline_get(&again, &mem[1], text, len) != (ptrdiff_t)len ||
		    !gen_same(&o, &again))
			abort();
	}
	free(in);
	return 0;
}
