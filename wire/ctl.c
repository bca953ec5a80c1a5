/* SPDX-License-Identifier: BSD-3-Clause */
/* Payloads of the small v1 frames: STATS SYSINFO GAP ACK TIME BYE. */
#include "wire/ctl.h"

#include "wire/bytes.h"

size_t
ctl_stats_put(uint8_t dst[static CTL_MAX], const struct ctl_stats *s)
{
	struct wr w = wr_init(dst, CTL_MAX);

	wr_u64(&w, (uint64_t)s->wall.ns);
	wr_u64(&w, (uint64_t)s->mono_ns);
	wr_var(&w, s->next_seq);
	wr_var(&w, s->received);
	wr_var(&w, s->kernel_drops);
	wr_var(&w, s->iface_drops);
	wr_var(&w, s->filtered);
	wr_var(&w, s->not_ip);
	wr_var(&w, s->malformed);
	wr_var(&w, s->gap_records);
	wr_var(&w, s->queued);
	wr_var(&w, s->cpu_us);
	wr_var(&w, s->host_iface);
	wr_var(&w, s->host_softnet);
	wr_var(&w, s->host_udp);
	return (size_t)(w.p - dst);
}

int
ctl_stats_get(struct ctl_stats *ret_s, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);
	struct ctl_stats s = { 0 };

	s.wall.ns = (int64_t)rd_u64(&r);
	s.mono_ns = (int64_t)rd_u64(&r);
	s.next_seq = rd_var(&r);
	s.received = rd_var(&r);
	s.kernel_drops = rd_var(&r);
	s.iface_drops = rd_var(&r);
	s.filtered = rd_var(&r);
	s.not_ip = rd_var(&r);
	s.malformed = rd_var(&r);
	s.gap_records = rd_var(&r);
	s.queued = rd_var(&r);
	s.cpu_us = rd_var(&r);
	s.host_iface = rd_var(&r);
	s.host_softnet = rd_var(&r);
	s.host_udp = rd_var(&r);
	if (r.bad)
		return -1;
	*ret_s = s;
	return 0;
}

size_t
ctl_sysinfo_put(uint8_t dst[static CTL_MAX], const struct obs *o)
{
	struct wr w = wr_init(dst, CTL_MAX);

	wr_u64(&w, (uint64_t)o->time.ns);
	wr_u8(&w, o->host.has);
	if (o->host.has & OBS_HOST_CPU)
		wr_var(&w, o->host.cpu_busy);
	if (o->host.has & OBS_HOST_MEM)
		wr_var(&w, o->host.mem_used);
	return (size_t)(w.p - dst);
}

int
ctl_sysinfo_get(struct obs *ret_o, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);
	struct obs o = { .kind = OBS_HOST };
	uint64_t cpu = 0;

	o.time.ns = (int64_t)rd_u64(&r);
	o.host.has = rd_u8(&r);
	if (o.host.has & OBS_HOST_CPU)
		cpu = rd_var(&r);
	if (o.host.has & OBS_HOST_MEM)
		o.host.mem_used = rd_var(&r);
	o.host.cpu_busy = (uint32_t)cpu;
	if (r.bad || (o.host.has & ~OBS_HOST_ALL) != 0 || cpu > UINT32_MAX)
		return -1;
	*ret_o = o;
	return 0;
}

size_t
ctl_gap_put(uint8_t dst[static CTL_MAX], const struct obs *o)
{
	struct wr w = wr_init(dst, CTL_MAX);

	wr_u64(&w, (uint64_t)o->time.ns);
	wr_var(&w, o->loss.reason);
	wr_var(&w, o->loss.first);
	wr_var(&w, o->loss.count);
	return (size_t)(w.p - dst);
}

int
ctl_gap_get(struct obs *ret_o, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);
	struct obs o = { .kind = OBS_LOSS };
	uint64_t reason;

	o.time.ns = (int64_t)rd_u64(&r);
	reason = rd_var(&r);
	o.loss.first = rd_var(&r);
	o.loss.count = rd_var(&r);
	o.loss.reason = (uint32_t)reason;
	if (r.bad || reason == 0 || reason > OBS_LOSS_MAX ||
	    o.loss.count == 0 || o.loss.count > UINT64_MAX - o.loss.first)
		return -1;
	*ret_o = o;
	return 0;
}

size_t
ctl_ack_put(uint8_t dst[static CTL_MAX], uint64_t next_seq, uint64_t next_dns)
{
	struct wr w = wr_init(dst, CTL_MAX);

	wr_var(&w, next_seq);
	wr_var(&w, next_dns);
	return (size_t)(w.p - dst);
}

int
ctl_ack_get(
    uint64_t *ret_seq, uint64_t *ret_dns, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);
	const uint64_t seq = rd_var(&r);
	const uint64_t dns = rd_var(&r);

	if (r.bad)
		return -1;
	*ret_seq = seq;
	*ret_dns = dns;
	return 0;
}

size_t
ctl_time_put(uint8_t dst[static CTL_MAX], const struct ctl_time *t)
{
	struct wr w = wr_init(dst, CTL_MAX);

	wr_var(&w, t->id);
	wr_u64(&w, (uint64_t)t->t1);
	wr_u64(&w, (uint64_t)t->t2);
	wr_u64(&w, (uint64_t)t->t3);
	return (size_t)(w.p - dst);
}

int
ctl_time_get(struct ctl_time *ret_t, const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);
	struct ctl_time t;

	t.id = rd_var(&r);
	t.t1 = (int64_t)rd_u64(&r);
	t.t2 = (int64_t)rd_u64(&r);
	t.t3 = (int64_t)rd_u64(&r);
	if (r.bad)
		return -1;
	*ret_t = t;
	return 0;
}

size_t
ctl_bye_put(uint8_t dst[static CTL_MAX], enum ctl_bye why, uint64_t next_seq)
{
	struct wr w = wr_init(dst, CTL_MAX);

	wr_u8(&w, (uint8_t)why);
	wr_var(&w, next_seq);
	return (size_t)(w.p - dst);
}

int
ctl_bye_get(unsigned int *ret_why, uint64_t *ret_next_seq, const uint8_t *body,
    size_t len)
{
	struct rd r = rd_init(body, len);
	const uint8_t why = rd_u8(&r);
	const uint64_t seq = rd_var(&r);

	if (r.bad)
		return -1;
	*ret_why = why;
	*ret_next_seq = seq;
	return 0;
}

size_t
ctl_bye_dns_put(uint8_t dst[static CTL_MAX], size_t len, uint64_t next_dns)
{
	struct wr w = wr_init(dst + len, CTL_MAX - len);

	wr_var(&w, next_dns);
	return (size_t)(w.p - dst);
}

uint64_t
ctl_bye_dns_get(const uint8_t *body, size_t len)
{
	struct rd r = rd_init(body, len);

	rd_skip(&r, 1);
	(void)rd_var(&r);
	return rd_var(&r);
}

size_t
ctl_frame(uint8_t dst[static CTL_MAX + FRAME_OVERHEAD], enum frame_type type,
    const uint8_t *body, size_t len)
{
	const struct frame f = {
		.type = (uint8_t)type, .body = body, .len = len
	};

	return frame_put(dst, &f);
}
