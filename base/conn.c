/* SPDX-License-Identifier: BSD-3-Clause */
/* A TCP connection, plain or under TLS: below it a socket, above it octets. */
#include "base/conn.h"

#include <errno.h>
#include <ev.h>
#include <sys/socket.h>
#include <unistd.h>

_Static_assert(TLS_READ == EV_READ && TLS_WRITE == EV_WRITE, "the same bits");

void
conn_accepted(struct conn *c, int fd, struct tlsctx *ctx, bool required)
{
	*c = (struct conn){ .fd = fd,
		.stage = ctx == NULL ? CONN_PLAIN : CONN_FIRST,
		.required = required,
		.ctx = tlsctx_share(ctx) };
}

int
conn_dialled(struct conn *c, int fd, struct tlsctx *ctx, const char *host)
{
	*c = (struct conn){ .fd = fd, .stage = CONN_PLAIN };
	if (ctx == NULL)
		return 0;
	c->stage = CONN_SHAKING;
	c->tls = tls_new(ctx, TLS_CLIENT, fd, host);
	return c->tls == NULL ? -1 : 0;
}

/* Look at the first octet, and leave it where it is. */
static int
sniff(struct conn *c)
{
	uint8_t first;
	const ssize_t n = recv(c->fd, &first, 1, MSG_PEEK);

	if (n < 0)
		return -1;
	if (n == 0 || first != TLS_FIRST_OCTET) {
		conn_settle(c);
		return 0;
	}
	c->tls = tls_new(c->ctx, TLS_SERVER, c->fd, NULL);
	if (c->tls == NULL) {
		errno = ENOMEM;
		return -1;
	}
	c->stage = CONN_SHAKING;
	return 0;
}

int
conn_handshake(struct conn *c)
{
	if (c->stage == CONN_FIRST && sniff(c) != 0)
		return -1;
	if (c->stage == CONN_SHAKING) {
		if (tls_handshake(c->tls) != 0)
			return -1;
		c->stage = CONN_SECURE;
	}
	if (c->stage != CONN_BARRED)
		return 0;
	errno = EPROTO;
	return -1;
}

void
conn_settle(struct conn *c)
{
	if (c->stage == CONN_FIRST)
		c->stage = c->required ? CONN_BARRED : CONN_PLAIN;
}

void
conn_expire(struct conn *c)
{
	if (c->stage == CONN_SHAKING) {
		c->late = "no handshake in time";
	} else if (c->required) {
		conn_settle(c);
	}
}

ssize_t
conn_read(struct conn *c, void *buf, size_t len)
{
	if (conn_handshake(c) != 0)
		return -1;
	if (c->tls == NULL)
		return read(c->fd, buf, len);
	return tls_read(c->tls, buf, len);
}

bool
conn_pending(const struct conn *c)
{
	return c->tls != NULL && tls_pending(c->tls);
}

/* Whether octets can be sent: 1, 0 not yet, -1 with errno never. */
static int
ready(struct conn *c, bool wanted)
{
	if (c->stage == CONN_FIRST && wanted)
		conn_settle(c);
	if (c->stage == CONN_FIRST)
		return 0;
	if (conn_handshake(c) == 0)
		return 1;
	return errno == EAGAIN ? 0 : -1;
}

ssize_t
conn_write(struct conn *c, const void *data, size_t len)
{
	const int rc = ready(c, len > 0);
	ssize_t n;

	if (rc <= 0)
		return rc;
	if (c->tls != NULL) {
		n = tls_write(c->tls, data, len);
	} else if (len == 0) {
		return 0;
	} else {
		n = send(c->fd, data, len, MSG_NOSIGNAL);
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

ptrdiff_t
conn_send(struct conn *c, struct obuf *b)
{
	const int rc = ready(c, obuf_used(b) > 0);
	ptrdiff_t sent = 0;
	const uint8_t *at = NULL;
	ssize_t n;

	if (rc <= 0)
		return rc;
	if (c->tls == NULL)
		return obuf_send(b, c->fd);
	/* An empty queue may still have to push what is held. */
	do {
		const size_t len = obuf_peek(b, &at);

		if ((n = conn_write(c, at, len)) < 0)
			return -1;
		obuf_drop(b, (size_t)n);
		sent += n;
	} while (n > 0 && !conn_holds(c) && obuf_used(b) > 0);
	return sent;
}

bool
conn_holds(const struct conn *c)
{
	return c->tls != NULL && tls_holds(c->tls);
}

int
conn_poll(const struct conn *c, bool read, bool write)
{
	if (c->tls != NULL)
		return tls_want(c->tls, read, write);
	return (read ? EV_READ : 0) | (write ? EV_WRITE : 0);
}

int
conn_shutdown(struct conn *c)
{
	if (c->tls != NULL)
		tls_shutdown(c->tls);
	return shutdown(c->fd, SHUT_WR);
}

const char *
conn_why(const struct conn *c)
{
	if (c->late != NULL)
		return c->late;
	return c->tls != NULL && tls_why(c->tls)[0] != '\0' ? tls_why(c->tls)
							    : NULL;
}

void
conn_close(struct conn *c)
{
	tls_free(c->tls);
	c->tls = NULL;
	tlsctx_free(c->ctx);
	c->ctx = NULL;
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
}
