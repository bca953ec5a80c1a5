/* SPDX-License-Identifier: BSD-3-Clause */
/* TLS 1.3 (RFC 8446) over a connected, non-blocking socket. */
#ifndef BASE_TLS_H_
#define BASE_TLS_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/tlsctx.h"

#define TLS_FIRST_OCTET 0x16 /* of every TLS client */
#define TLS_WHY_MAX     160  /* octets of a reason, with the final 0 */

/* Bits of tls_want: what has to become possible. */
#define TLS_READ  1
#define TLS_WRITE 2

enum tls_role {
	TLS_CLIENT, /* we dialled */
	TLS_SERVER
};

/*
 * Records under one key, far below what AES-GCM bears (RFC 8446 section 5.5);
 * the key of what we send is then replaced.
 */
#define TLS_REKEY (1u << 18)

struct tls;

/**
 * tls_new(ctx, role, fd, host):
 * Return a connection on ${fd}, which stays the caller's.  A client demands
 * the name or address ${host} in the certificate, unless tlsctx_conf.name says
 * another one.  Nothing is sent yet.  Returns NULL when memory is short.
 */
struct tls *tls_new(
    struct tlsctx *ctx, enum tls_role role, int fd, const char *host);

/**
 * tls_handshake(t):
 * Go on until both ends know each other.  Returns 0; -1 with errno EAGAIN:
 * call again when tls_want is possible; EPROTO: it failed, see tls_why.
 */
int tls_handshake(struct tls *t);

/**
 * tls_read(t, buf, len):
 * After the handshake, return how many octets were read, 0 when the peer sends
 * no more, -1 with errno as tls_handshake or ECONNRESET.
 */
ssize_t tls_read(struct tls *t, void *buf, size_t len);

/**
 * tls_pending(t):
 * Return whether octets wait in memory, of which the socket knows nothing.
 */
bool tls_pending(const struct tls *t);

/**
 * tls_write(t, data, len):
 * After the handshake, return how many octets were taken, which are ours from
 * then on, or -1 with errno as tls_read.  Also with ${len} 0 it goes on with
 * what is held.
 */
ssize_t tls_write(struct tls *t, const void *data, size_t len);

/**
 * tls_holds(t):
 * Return whether octets that tls_write took are still to be sent.
 */
bool tls_holds(const struct tls *t);

/**
 * tls_want(t, read, write):
 * Return the TLS_* bits of what has to become possible on the socket, when
 * the caller wants to ${read} and to ${write}.
 */
int tls_want(const struct tls *t, bool read, bool write);

/**
 * tls_shutdown(t):
 * Tell the peer that we send no more.
 */
void tls_shutdown(struct tls *t);

/**
 * tls_why(t):
 * Return why the connection failed; "" when it did not.
 */
const char *tls_why(const struct tls *t);

/**
 * tls_about(t, dst):
 * Write who the peer is, after the handshake, to ${dst}.  Returns ${dst}.
 */
const char *tls_about(const struct tls *t, char dst[static TLS_WHY_MAX]);

/**
 * tls_free(t):
 * NULL is fine.
 */
void tls_free(struct tls *t);

#endif
