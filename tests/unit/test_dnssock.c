/* SPDX-License-Identifier: BSD-3-Clause */
/* links: collector/dnssock collector/dnsevent agent/dnschan base/udp base/net base/log base/proc base/outfile base/outpath base/outq base/rotate base/meter base/meterlog wire/dnsjson wire/dnsname wire/text -ljansson -lev */
/* From the agent's channel to the collector's socket, in bursts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/dnschan.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/udp.h"
#include "collector/dnsevent.h"
#include "collector/dnssock.h"

#define ROOM       (16u << 20)
#define PATIENCE_S 10.0

static const uint8_t question[] = { 1, 'q', 2, 'e', 'x', 0 };

static struct obs_dns_addr addrs[OBS_DNS_ADDRS_MAX];

static const struct obs_dns answer = { .ipver = 4,
	.client = { 10, 0, 0, 1 },
	.qtype = 1,
	.n_names = 1,
	.names = question,
	.addrs = addrs,
	.resolver = "" };

struct got {
	struct ev_loop *loop;
	uint64_t n, want;
	bool in_order;
	wall_t when;
	char from[NET_NAME_MAX];
};

static void
take(void *arg, const struct dnssock_datagram *d)
{
	static struct dnsevent e;
	struct got *g = arg;

	assert_int_equal(dnsevent_parse(&e, d->data, d->len), 1);
	g->n++;
	g->in_order &= e.id == g->n && e.addr.addr[3] == (uint8_t)(g->n - 1);
	g->when = d->when;
	net_name(g->from, &d->from);
	if (g->n == g->want)
		ev_break(g->loop, EVBREAK_ALL);
}

static void
give_up(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

/* Until ${want} datagrams have come; fails when they do not. */
static void
await(struct got *g, uint64_t want)
{
	ev_timer patience;

	g->want = want;
	ev_timer_init(&patience, give_up, PATIENCE_S, 0.);
	ev_timer_start(g->loop, &patience);
	ev_now_update(g->loop);
	if (g->n < want)
		ev_run(g->loop, 0);
	ev_timer_stop(g->loop, &patience);
	assert_int_equal(g->n, want);
}

/* A port of ${host} that is free, as text. */
static void
free_port(char text[static NET_NAME_MAX], const char *host)
{
	struct net_addr a;
	int fd;

	snprintf(text, NET_NAME_MAX, "%s:0", host);
	assert_int_equal(udp_addr(&a, text), 0);
	fd = udp_listen(&a, NULL);
	assert_true(fd >= 0);
	a.len = sizeof(a.ss);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a.ss, &a.len), 0);
	net_name(text, &a);
	close(fd);
}

static void
four_thousand_datagrams_at_once_arrive_on(const char *host)
{
	char name[NET_NAME_MAX];
	const struct dnssock_conf sc = { .text = name, .room = ROOM };
	const struct dnschan_conf cc = { .to = name };
	struct got g = { .loop = ev_loop_new(0), .in_order = true };
	struct obs_dns d = answer;
	const wall_t before = proc_wall();
	struct dnssock *s;
	struct dnschan *c;

	free_port(name, host);
	s = dnssock_open(g.loop, &sc, take, &g);
	c = dnschan_open(&cc);
	assert_non_null(s);
	assert_non_null(c);
	dnssock_start(s, NULL);
	for (size_t i = 0; i < 4000; i++)
		addrs[i].addr[3] = (uint8_t)i;
	d.n_addrs = 4000;
	dnschan_put(c, &d); /* all are sent before the first is read */
	assert_int_equal(dnschan_lost(c), 0);
	await(&g, 4000);
	assert_true(g.in_order);
	assert_true(g.when.ns >= before.ns && g.when.ns <= proc_wall().ns);
	assert_memory_equal(g.from, name, strlen(host));
	assert_int_equal(dnssock_count(s)->datagrams, 4000);
	assert_int_equal(dnssock_count(s)->dropped, 0);
	assert_int_equal(dnschan_close(c), 0);
	dnssock_free(s);
	ev_loop_destroy(g.loop);
}

/* Whether this system gives the room; if not, the two cannot be tested. */
static bool
has_room(void)
{
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	const bool ok = udp_room(fd, SO_RCVBUF, ROOM) >= ROOM / 2;

	close(fd);
	return ok;
}

static void
a_burst_of_four_thousand_loses_nothing_on_ipv4(void **state)
{
	(void)state;
	if (!has_room())
		skip();
	four_thousand_datagrams_at_once_arrive_on("127.0.0.1");
}

static void
a_burst_of_four_thousand_loses_nothing_on_ipv6(void **state)
{
	(void)state;
	if (!has_room())
		skip();
	four_thousand_datagrams_at_once_arrive_on("[::1]");
}

/* More than a small buffer takes: what is missing is told by the system. */
static void
what_the_system_drops_is_counted(void **state)
{
	char name[NET_NAME_MAX];
	const struct dnssock_conf sc = { .text = name, .room = 65536 };
	const struct dnschan_conf cc = { .to = name };
	struct got g = { .loop = ev_loop_new(0) };
	struct obs_dns d = answer;
	struct dnssock *s;
	struct dnschan *c;
	uint64_t n;

	(void)state;
	free_port(name, "127.0.0.1");
	s = dnssock_open(g.loop, &sc, take, &g);
	c = dnschan_open(&cc);
	assert_non_null(s);
	assert_non_null(c);
	dnssock_start(s, NULL);
	d.n_addrs = 4000;
	dnschan_put(c, &d);
	g.want = UINT64_MAX;
	ev_run(g.loop, EVRUN_NOWAIT);
	n = g.n;
	assert_true(n < 4000);
	d.n_addrs = 1;
	dnschan_put(c, &d); /* the next one tells */
	await(&g, n + 1);
	assert_int_equal(dnssock_count(s)->dropped, 4000 - n);
	assert_int_equal(dnschan_close(c), 0);
	dnssock_free(s);
	ev_loop_destroy(g.loop);
}

static void
what_has_come_is_taken_at_the_end(void **state)
{
	char name[NET_NAME_MAX];
	const struct dnssock_conf sc = { .text = name, .room = 65536 };
	const struct dnschan_conf cc = { .to = name };
	struct got g = { .loop = ev_loop_new(0) };
	struct obs_dns d = answer;
	struct dnssock *s;
	struct dnschan *c;

	(void)state;
	free_port(name, "127.0.0.1");
	s = dnssock_open(g.loop, &sc, take, &g);
	c = dnschan_open(&cc);
	assert_non_null(s);
	assert_non_null(c);
	dnssock_start(s, NULL);
	d.n_addrs = 40;
	dnschan_put(c, &d);
	dnssock_stop(s);
	assert_int_equal(g.n, 40);
	assert_int_equal(dnschan_close(c), 0);
	dnssock_free(s);
	ev_loop_destroy(g.loop);
}

static void
an_impossible_address_is_refused(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", ":1", "localhost:1",
		"239.192.7.73:1", "[ff02::7:73]:1", "192.0.2.77:1" };
	struct ev_loop *loop = ev_loop_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct dnssock_conf sc = { .text = bad[i] };

		assert_null(dnssock_open(loop, &sc, take, NULL));
	}
	ev_loop_destroy(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_burst_of_four_thousand_loses_nothing_on_ipv4),
		cmocka_unit_test(
		    a_burst_of_four_thousand_loses_nothing_on_ipv6),
		cmocka_unit_test(what_the_system_drops_is_counted),
		cmocka_unit_test(what_has_come_is_taken_at_the_end),
		cmocka_unit_test(an_impossible_address_is_refused),
	};

	log_init("test", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
