/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubdial base/lookup base/net base/log -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <ev.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/pubdial.h"
#include "base/log.h"

#define PATIENCE_S 10.0

/* A place to dial, and what came of it. */
struct place {
	struct ev_loop *loop;
	ev_timer guard;
	int fd;
	bool full; /* the next connection is not taken */
	unsigned int connected, told;
	double at[4]; /* loop time of each connection */
};

static void
on_guard(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	fail_msg("nothing happened for %.0f s", PATIENCE_S);
}

static bool
on_connected(void *arg, struct pubdial *d, int fd, const struct net_addr *addr)
{
	struct place *p = arg;

	(void)d;
	assert_int_equal(addr->ss.ss_family, AF_INET);
	close(fd);
	p->at[p->connected++] = ev_now(p->loop);
	ev_break(p->loop, EVBREAK_ALL);
	return !p->full;
}

static void
on_address(void *arg, const struct sockaddr *sa)
{
	struct place *p = arg;

	assert_int_equal(sa->sa_family, AF_INET);
	p->told++;
}

/* Listen on a free port of this host, whose name goes to ${ret_text}. */
static void
open_place(struct place *p, char ret_text[static 32])
{
	const struct net_hostport hp = { .host = "127.0.0.1" };
	uint16_t port;

	*p = (struct place){ .loop = ev_loop_new(0) };
	assert_true((p->fd = net_listen(&hp, &port)) >= 0);
	snprintf(ret_text, 32, "127.0.0.1:%u", port);
	ev_timer_init(&p->guard, on_guard, PATIENCE_S, 0);
	ev_timer_start(p->loop, &p->guard);
}

static void
close_place(struct place *p)
{
	ev_timer_stop(p->loop, &p->guard);
	ev_loop_destroy(p->loop);
	if (p->fd >= 0)
		close(p->fd);
}

static void
a_connection_that_ended_is_made_again_after_half_a_second(void **state)
{
	char text[32];
	struct place p;
	struct pubdial *d;

	(void)state;
	open_place(&p, text);
	d = pubdial_new(text, on_connected, &p);
	assert_non_null(d);
	pubdial_watch(d, on_address, &p);
	pubdial_start(d, p.loop);
	ev_run(p.loop, 0);
	assert_int_equal(p.connected, 1);
	pubdial_closed(d, true);
	ev_run(p.loop, 0);
	assert_int_equal(p.connected, 2);
	assert_int_equal(p.told, 2);
	assert_true(p.at[1] - p.at[0] > 0.4);
	pubdial_free(d);
	close_place(&p);
}

static void
attempts_that_lead_nowhere_come_less_and_less_often(void **state)
{
	char text[32];
	struct place p;
	struct pubdial *d;

	(void)state;
	open_place(&p, text);
	p.full = true;
	d = pubdial_new(text, on_connected, &p);
	pubdial_start(d, p.loop);
	while (p.connected < 3)
		ev_run(p.loop, 0);
	assert_true(p.at[2] - p.at[1] > 1.5 * (p.at[1] - p.at[0]));
	pubdial_free(d);
	close_place(&p);
}

static void
after_a_stop_nothing_is_left_in_the_loop(void **state)
{
	char text[32];
	struct place p;
	struct pubdial *d;

	(void)state;
	open_place(&p, text);
	d = pubdial_new(text, on_connected, &p);
	pubdial_start(d, p.loop);
	pubdial_stop(d);
	ev_timer_stop(p.loop, &p.guard);
	ev_run(p.loop, 0); /* returns when nothing is watched */
	assert_int_equal(p.connected, 0);
	pubdial_free(d);
	close_place(&p);
}

static void
an_address_without_a_host_is_refused(void **state)
{
	(void)state;
	assert_null(pubdial_new(":7073", on_connected, NULL));
	assert_null(pubdial_new("host:port", on_connected, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_connection_that_ended_is_made_again_after_half_a_second),
		cmocka_unit_test(
		    attempts_that_lead_nowhere_come_less_and_less_often),
		cmocka_unit_test(after_a_stop_nothing_is_left_in_the_loop),
		cmocka_unit_test(an_address_without_a_host_is_refused),
	};

	log_init("test_pubdial", LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
