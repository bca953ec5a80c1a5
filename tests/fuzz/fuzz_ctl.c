/* SPDX-License-Identifier: BSD-3-Clause */
/* links: wire/ctl wire/ifaces wire/hello wire/frame wire/zpack wire/dnsname tests/unit/gen tests/unit/gendns -lz */
/* Small payloads: what was read is read again from what we write. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/gen.h"
#include "wire/ctl.h"
#include "wire/ifaces.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool ok)
{
	if (!ok)
		abort();
}

static void
check_obs(const uint8_t *data, size_t size)
{
	uint8_t buf[CTL_MAX];
	struct obs o;
	struct obs again;

	if (ctl_sysinfo_get(&o, data, size) == 0) {
		need(ctl_sysinfo_get(&again, buf, ctl_sysinfo_put(buf, &o)) ==
		     0);
		need(gen_same(&o, &again));
	}
	if (ctl_gap_get(&o, data, size) == 0) {
		need(ctl_gap_get(&again, buf, ctl_gap_put(buf, &o)) == 0);
		need(gen_same(&o, &again));
		need(o.loss.count > 0 &&
		     o.loss.first <= UINT64_MAX - o.loss.count);
	}
}

static void
check_others(const uint8_t *data, size_t size)
{
	uint8_t buf[CTL_MAX];
	struct ctl_stats s[2];
	struct ctl_time t[2];
	uint64_t seq[2], dns[2];
	unsigned int why[2];

	if (ctl_stats_get(&s[0], data, size) == 0) {
		need(ctl_stats_get(&s[1], buf, ctl_stats_put(buf, &s[0])) == 0);
		need(memcmp(&s[0], &s[1], sizeof(s[0])) == 0);
	}
	if (ctl_time_get(&t[0], data, size) == 0) {
		need(ctl_time_get(&t[1], buf, ctl_time_put(buf, &t[0])) == 0);
		need(memcmp(&t[0], &t[1], sizeof(t[0])) == 0);
	}
	if (ctl_ack_get(&seq[0], &dns[0], data, size) == 0) {
		const size_t n = ctl_ack_put(buf, seq[0], dns[0]);

		need(ctl_ack_get(&seq[1], &dns[1], buf, n) == 0);
		need(seq[0] == seq[1] && dns[0] == dns[1]);
	}
	if (ctl_bye_get(&why[0], &seq[0], data, size) == 0) {
		const size_t n = ctl_bye_put(buf, (enum ctl_bye)why[0], seq[0]);

		need(ctl_bye_get(&why[1], &seq[1], buf, n) == 0);
		need(why[0] == why[1] && seq[0] == seq[1]);
	}
}

static void
check_iface(const uint8_t *data, size_t size)
{
	uint8_t buf[IFACES_FRAME_MAX];
	struct hello_iface i[2];
	uint64_t index[2];
	struct frame f;
	size_t n;

	if (ifaces_get(&index[0], &i[0], data, size) <= 0)
		return;
	need(strlen(i[0].name) < sizeof(i[0].name));
	need(strlen(i[0].node) < sizeof(i[0].node));
	need(strlen(i[0].filter) < sizeof(i[0].filter));
	need(strchr(i[0].name, ':') == NULL && strchr(i[0].node, ':') == NULL);
	n = ifaces_frame(buf, index[0], &i[0]);
	need(n <= sizeof(buf) && frame_get(&f, buf, n, FRAME_MAX) == (int)n);
	need(ifaces_get(&index[1], &i[1], f.body, f.len) == 1);
	need(index[0] == index[1] && memcmp(&i[0], &i[1], sizeof(i[0])) == 0);
}

/* As a payload, and as the payload of a frame. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f;

	check_obs(data, size);
	check_others(data, size);
	check_iface(data, size);
	if (frame_get(&f, data, size, FRAME_MAX) > 0) {
		check_obs(f.body, f.len);
		check_others(f.body, f.len);
		check_iface(f.body, f.len);
	}
	return 0;
}
