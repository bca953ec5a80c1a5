/* SPDX-License-Identifier: BSD-3-Clause */
/* links: agent/pubq base/obuf */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/pubq.h"

#define LIMIT 65536
#define MSG   1024

static const uint8_t msg[MSG];

/* Fill ${q}; returns how many messages it took. */
static unsigned int
fill(struct pubq *q)
{
	unsigned int n = 0;

	while (pubq_put(q, msg, sizeof(msg)))
		n++;
	return n;
}

/* Take ${len} octets out of ${q}, as a collector that reads would. */
static void
drain(struct pubq *q, size_t len)
{
	uint8_t buf[MSG];
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	for (size_t left = len, before = obuf_used(&q->buf); left > 0;) {
		assert_true(obuf_send(&q->buf, fd[0]) > 0);
		while (recv(fd[1], buf, sizeof(buf), MSG_DONTWAIT) > 0)
			;
		const size_t gone = before - obuf_used(&q->buf);
		left = gone < len ? len - gone : 0;
	}
	close(fd[0]);
	close(fd[1]);
}

static void
a_full_queue_loses_everything_until_it_is_half_empty(void **state)
{
	const struct obs pkt = { .kind = OBS_PKT };
	uint64_t total = 0;
	struct pubq q;

	(void)state;
	pubq_init(&q, LIMIT, &total);
	assert_int_equal(fill(&q), LIMIT / MSG);
	assert_true(pubq_behind(&q));
	assert_false(pubq_ready(&q));
	pubq_lose_obs(&q, &pkt);
	assert_false(pubq_put(&q, msg, 1));
	drain(&q, LIMIT / 2);
	assert_true(pubq_ready(&q));
	assert_false(pubq_put(&q, msg, 1));
	pubq_resume(&q);
	assert_true(pubq_put(&q, msg, 1));
	assert_int_equal(total, 1);
	pubq_done(&q);
}

static void
packets_lost_in_a_row_are_owed_as_one_gap(void **state)
{
	const struct obs pkt = { .kind = OBS_PKT };
	uint64_t total = 0;
	struct pubq q;
	struct obs o;

	(void)state;
	pubq_init(&q, LIMIT, &total);
	for (unsigned int i = 0; i < 600; i++)
		pubq_lose_obs(&q, &pkt);
	assert_true(pubq_owed(&q, wall_make(7, 0), &o));
	assert_int_equal(o.kind, OBS_LOSS);
	assert_int_equal(o.time.ns, wall_make(7, 0).ns);
	assert_int_equal(o.loss.reason, OBS_LOSS_QUEUE);
	assert_int_equal(o.loss.count, 600);
	assert_false(pubq_owed(&q, wall_make(7, 0), &o));
	assert_int_equal(q.lost, 600);
	assert_int_equal(total, 600);
	pubq_done(&q);
}

static void
a_loss_that_is_lost_keeps_its_name(void **state)
{
	const struct obs kernel = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_KERNEL, .count = 40 } };
	const struct obs iface = { .kind = OBS_LOSS,
		.loss = { .reason = OBS_LOSS_INTERFACE, .count = 2 } };
	uint64_t total = 0;
	struct pubq q;
	struct obs o;

	(void)state;
	pubq_init(&q, LIMIT, &total);
	pubq_lose_obs(&q, &kernel);
	pubq_lose_obs(&q, &iface);
	pubq_lose_obs(&q, &kernel);
	assert_true(pubq_owed(&q, wall_make(0, 0), &o));
	assert_int_equal(o.loss.reason, OBS_LOSS_KERNEL);
	assert_int_equal(o.loss.count, 80);
	assert_true(pubq_owed(&q, wall_make(0, 0), &o));
	assert_int_equal(o.loss.reason, OBS_LOSS_INTERFACE);
	assert_int_equal(o.loss.count, 2);
	assert_false(pubq_owed(&q, wall_make(0, 0), &o));
	assert_int_equal(total, 0);
	pubq_done(&q);
}

static void
every_kind_of_record_is_counted_when_lost(void **state)
{
	const struct obs pkt = { .kind = OBS_PKT };
	const struct obs host = { .kind = OBS_HOST };
	uint64_t total = 5;
	struct pubq q;

	(void)state;
	pubq_init(&q, LIMIT, &total);
	pubq_lose_obs(&q, &pkt);
	pubq_lose_obs(&q, &host);
	assert_int_equal(q.lost, 2);
	assert_int_equal(q.gap, 1);
	assert_int_equal(total, 7);
	pubq_done(&q);
}

static void
what_carries_no_record_never_makes_the_queue_lose(void **state)
{
	uint64_t total = 0;
	struct pubq q;

	(void)state;
	pubq_init(&q, LIMIT, &total);
	for (unsigned int i = 0; i < LIMIT / MSG; i++)
		assert_true(pubq_tell(&q, msg, sizeof(msg)));
	assert_false(pubq_tell(&q, msg, sizeof(msg)));
	assert_false(q.losing);
	pubq_done(&q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_full_queue_loses_everything_until_it_is_half_empty),
		cmocka_unit_test(packets_lost_in_a_row_are_owed_as_one_gap),
		cmocka_unit_test(a_loss_that_is_lost_keeps_its_name),
		cmocka_unit_test(every_kind_of_record_is_counted_when_lost),
		cmocka_unit_test(
		    what_carries_no_record_never_makes_the_queue_lose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
