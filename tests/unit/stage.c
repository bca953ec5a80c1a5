/* SPDX-License-Identifier: BSD-3-Clause */
/* A publisher on a loop of its own, and clients that are given turns. */
#include "tests/unit/stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above */
#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/bytes.h"
#include "wire/stream.h"

#define QUEUE      (256 << 10)
#define PATIENCE_S 10.0 /* before a test that waits fails */

struct tlsctx_conf stage_tls;

static void
on_guard(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	fail_msg("nothing happened for %.0f s", PATIENCE_S);
}

int
stage_make(void **state)
{
	static const struct hello_iface iface = { .name = "eth0" };
	struct stage *s = calloc(1, sizeof(*s));

	*state = s;
	s->loop = ev_loop_new(0);
	s->conf =
	    (struct pub_conf){ .listen = { .tcp = true, .addr = "127.0.0.1" },
		    .legacy_wait_ms = 30,
		    .queue = QUEUE,
		    .spool_size = QUEUE,
		    .spool_time = 60,
		    .max_peers = 3,
		    .level = 6,
		    .format = LINE_BASIC,
		    .tls = stage_tls };
	s->tab = iftab_new();
	if (s->tab == NULL || ident_init(&s->id, "n1", s->tab) < 0)
		return -1;
	(void)iftab_add(s->tab, &iface);
	s->pub = pub_open(&s->conf, &s->id, &s->count);
	if (s->pub == NULL)
		return -1;
	pub_start(s->pub, s->loop);
	ev_timer_init(&s->guard, on_guard, PATIENCE_S, 0);
	ev_timer_start(s->loop, &s->guard);
	return 0;
}

int
stage_remove(void **state)
{
	struct stage *s = *state;

	ev_timer_stop(s->loop, &s->guard);
	pub_close(s->pub);
	iftab_free(s->tab);
	ev_loop_destroy(s->loop);
	free(s);
	return 0;
}

struct client *
stage_connect(const struct stage *s)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(pub_port(s->pub)),
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const int small = 4096;
	struct client *c = calloc(1, sizeof(*c));

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(c->fd >= 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(
	    connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	return c;
}

void
stage_leave(struct client *c)
{
	close(c->fd);
	free(c);
}

void
stage_say(const struct client *c, const void *data, size_t len)
{
	assert_int_equal(send(c->fd, data, len, MSG_NOSIGNAL), len);
}

void
stage_listen(struct client *c)
{
	const ssize_t n =
	    recv(c->fd, c->buf + c->len, sizeof(c->buf) - c->len, MSG_DONTWAIT);

	if (n > 0) {
		c->len += (size_t)n;
	} else if (n == 0 || errno != EAGAIN) {
		c->eof = true;
	}
}

void
stage_turn(struct stage *s, struct client *c)
{
	ev_run(s->loop, EVRUN_NOWAIT);
	if (c != NULL)
		stage_listen(c);
	usleep(200);
}

void
stage_wait_attached(struct stage *s, unsigned int n)
{
	while (pub_attached(s->pub) != n)
		stage_turn(s, NULL);
}

void
stage_wait_eof(struct stage *s, struct client *c)
{
	while (!c->eof)
		stage_turn(s, c);
}

struct obs
stage_packet(uint32_t i)
{
	struct obs o = { .kind = OBS_PKT,
		.time = wall_make(1700000000, (int64_t)i * 1000) };

	o.pkt.ipver = 4;
	memcpy(o.pkt.src, "\x0a\0\0\1", 4);
	memcpy(o.pkt.dst, "\x0a\0\0\2", 4);
	o.pkt.has = OBS_HAS_PORTS;
	o.pkt.sport = (uint16_t)i;
	o.pkt.dport = 2;
	o.pkt.len = 100 + i % 1000;
	o.pkt.proto = 17;
	return o;
}

void
stage_publish(struct stage *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		const struct obs o = stage_packet(i);

		pub_send(s->pub, &o);
	}
}

void
stage_publish_noise(struct stage *s, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		struct obs o = stage_packet(i);

		put_be32(o.pkt.src, i * 2654435761u);
		put_be32(o.pkt.dst, i * 2246822519u);
		pub_send(s->pub, &o);
	}
}

static void
on_hello(void *arg, const struct hello *h)
{
	struct client *c = arg;

	c->hellos += h->from_agent;
	c->ifaces = h->n_ifaces;
}

static void
on_iface(void *arg, unsigned int index, const struct hello_iface *i)
{
	struct client *c = arg;

	assert_int_equal(index, c->ifaces++);
	c->last_iface = *i;
}

static void
on_obs(void *arg, uint64_t first, struct obs *o, size_t n)
{
	struct client *c = arg;

	if (o->kind == OBS_PKT) {
		assert_int_equal(first, c->pkts + c->gaps);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(o[i].pkt.sport, (uint16_t)(first + i));
		c->pkts += n;
	} else if (o->kind == OBS_LOSS) {
		assert_int_equal(o->loss.reason, OBS_LOSS_QUEUE);
		c->gap_first = o->loss.first;
		c->gaps += o->loss.count;
	} else
		c->host++;
}

static void
on_stats(void *arg, const struct ctl_stats *st)
{
	struct client *c = arg;

	c->next_seq = st->next_seq;
	c->stats++;
}

static void
on_time(void *arg, const struct ctl_time *t)
{
	struct client *c = arg;

	c->pong = *t;
	c->pkts_at_pong = c->pkts;
	c->pings++;
}

static void
on_bye(void *arg, unsigned int why, uint64_t next_seq)
{
	struct client *c = arg;

	(void)next_seq;
	c->byes++;
	c->bye_why = why;
}

static const struct stream_ops ops = { on_hello, on_iface, on_obs, on_stats,
	on_time, on_bye };

void
stage_decode(struct client *c)
{
	struct stream_scratch *sc = stream_scratch_new();
	struct stream *st = stream_new(sc, &ops, c);

	assert_non_null(st);
	assert_int_equal(stream_feed(st, c->buf, c->len), c->len);
	stream_free(st);
	stream_scratch_free(sc);
}

void
stage_say_hello(const struct client *c)
{
	uint8_t buf[HELLO_MAX];
	struct hello h;

	hello_default(&h, false);
	stage_say(c, buf, hello_put(buf, &h));
}
