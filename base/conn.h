/* SPDX-License-Identifier: BSD-3-Clause */
/* A TCP connection, plain or under TLS: below it a socket, above it octets. */
#ifndef BASE_CONN_H_
#define BASE_CONN_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/obuf.h"
#include "base/tls.h"

#define CONN_SHAKE_S 5.0 /* a TLS handshake must end within these seconds */

enum conn_stage {
	CONN_FIRST,   /* accepted: the first octet of the peer will tell */
	CONN_SHAKING, /* TLS handshake */
	CONN_SECURE,  /* TLS */
	CONN_PLAIN,   /* no TLS */
	CONN_BARRED   /* no TLS, which was required: close it */
};

struct conn {
	int fd;
	enum conn_stage stage;
	bool required;      /* plain peers are barred */
	const char *late;   /* why conn_expire ended it */
	struct tlsctx *ctx; /* of who was accepted; NULL: plain */
	struct tls *tls;
};

/**
 * conn_accepted(c, fd, ctx, required):
 * Serve the connected non-blocking socket ${fd}, which becomes owned.  When
 * ${ctx} is not NULL and the first octet of the peer is that of TLS, we are
 * its server; any other peer is plain, or barred if TLS is ${required}.
 */
void conn_accepted(struct conn *c, int fd, struct tlsctx *ctx, bool required);

/**
 * conn_dialled(c, fd, ctx, host):
 * The same for a socket that we connected to ${host}: a TLS client when
 * ${ctx} is not NULL, else plain.  Returns 0, or -1 when memory is short; then
 * ${fd} is not owned.
 */
int conn_dialled(struct conn *c, int fd, struct tlsctx *ctx, const char *host);

/**
 * conn_handshake(c):
 * Go on until it is known whether the connection is plain, and a TLS
 * handshake is done.  Returns 0; -1 with errno EAGAIN: not yet; else it
 * failed.  conn_read and conn_send do it, too.
 */
int conn_handshake(struct conn *c);

/**
 * conn_settle(c):
 * The peer was silent for long enough: it is plain, if it may be.  So it is
 * when conn_send has something to send before the peer did.
 */
void conn_settle(struct conn *c);

/**
 * conn_expire(c):
 * Time for the handshake is up: say so in conn_why if it did not end, and bar
 * who did not begin one that was required.
 */
void conn_expire(struct conn *c);

/**
 * conn_read(c, buf, len):
 * As read(2): octets, 0 at the end, -1 with errno (EAGAIN: nothing yet).
 */
ssize_t conn_read(struct conn *c, void *buf, size_t len);

/**
 * conn_pending(c):
 * Return whether conn_read has more though the socket may have not: poll will
 * not tell.
 */
bool conn_pending(const struct conn *c);

/**
 * conn_write(c, data, len):
 * Return how many octets were taken, 0 when it would block, -1 with errno when
 * the connection failed.  What was taken may still be held: call it, with
 * ${len} 0 at least, when what conn_poll tells is possible.
 */
ssize_t conn_write(struct conn *c, const void *data, size_t len);

/**
 * conn_send(c, b):
 * Send what the connection takes of ${b} now; returns as conn_write.
 */
ptrdiff_t conn_send(struct conn *c, struct obuf *b);

/**
 * conn_holds(c):
 * Return whether octets that were taken are still to be sent.
 */
bool conn_holds(const struct conn *c);

/**
 * conn_poll(c, read, write):
 * Return EV_READ and EV_WRITE, as they are needed by a caller that wants to
 * ${read} and to ${write}.
 */
int conn_poll(const struct conn *c, bool read, bool write);

/**
 * conn_shutdown(c):
 * Send no more.  Returns 0, or -1 with errno.
 */
int conn_shutdown(struct conn *c);

/**
 * conn_why(c):
 * Return what TLS found wrong, NULL when that is not what ended ${c}.
 */
const char *conn_why(const struct conn *c);

/**
 * conn_close(c):
 * Close the socket; again is fine.
 */
void conn_close(struct conn *c);

#endif
