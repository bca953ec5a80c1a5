/* SPDX-License-Identifier: BSD-3-Clause */
/* TLS 1.3 (RFC 8446) over a connected, non-blocking socket. */
#include "base/tls.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tlsint.h"

#define RECORD_MAX 16384 /* octets of a TLS record */

/* What the certificate of the server has to say. */
static int
expect_name(struct tls *t, const char *host)
{
	const struct tlslib *lib = t->ctx->lib;
	const char *name = t->ctx->name == NULL ? host : t->ctx->name;

	if (name == NULL || strcmp(name, TLSCTX_ANY_NAME) == 0)
		return 0;
	if (lib->X509_VERIFY_PARAM_set1_ip_asc(
		lib->SSL_get0_param(t->ssl), name) == 1)
		return 0;
	lib->ERR_clear_error();
	lib->SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* SSL_ctrl copies the name, whatever its prototype says. */
	char *text = strdup(name);
	const int ok = text != NULL && lib->SSL_set1_host(t->ssl, name) == 1 &&
		       lib->SSL_ctrl(t->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			   TLSEXT_NAMETYPE_host_name, text) == 1;

	free(text);
	return ok ? 0 : -1;
}

struct tls *
tls_new(struct tlsctx *ctx, enum tls_role role, int fd, const char *host)
{
	const struct tlslib *lib = ctx->lib;
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->ctx = tlsctx_share(ctx);
	t->read_on = TLS_READ;
	t->write_on = TLS_WRITE;
	t->ssl = lib->SSL_new(ctx->ssl);
	if (t->ssl == NULL || lib->SSL_set_fd(t->ssl, fd) != 1 ||
	    lib->SSL_set_ex_data(t->ssl, 0, t) != 1)
		goto fail;
	if (role == TLS_SERVER) {
		lib->SSL_set_accept_state(t->ssl);
		return t;
	}
	lib->SSL_set_connect_state(t->ssl);
	t->read_on = TLS_WRITE; /* the client speaks first */
	if (expect_name(t, host) == 0)
		return t;
fail:
	lib->ERR_clear_error();
	tls_free(t);
	return NULL;
}

/* Write into .why what ended the connection, if nobody knows better. */
static void
explain(struct tls *t)
{
	const struct tlslib *lib = t->ctx->lib;
	const long bad = lib->SSL_get_verify_result(t->ssl);
	const int reason = ERR_GET_REASON(lib->ERR_peek_last_error());

	if (t->why[0] != '\0')
		return;
	if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED && bad != X509_V_OK) {
		(void)snprintf(t->why, sizeof(t->why), "certificate: %s",
		    lib->X509_verify_cert_error_string(bad));
	} else {
		tlslib_reason(lib, t->why, sizeof(t->why));
	}
}

static void
lost(struct tls *t, int err)
{
	if (!t->done) {
		(void)snprintf(t->why, sizeof(t->why),
		    "the connection ended in the handshake");
		errno = EPROTO;
	} else {
		errno = err == 0 ? ECONNRESET : err;
	}
}

/* Turn what OpenSSL says into errno; ${on} is what to wait for. */
static int
failed(struct tls *t, int rc, int err, int *on)
{
	const struct tlslib *lib = t->ctx->lib;

	switch (lib->SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		*on = TLS_READ;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		*on = TLS_WRITE;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_ZERO_RETURN:
		errno = 0;
		return -1;
	case SSL_ERROR_SYSCALL:
		lost(t, err);
		break;
	default:
		if (ERR_GET_REASON(lib->ERR_peek_last_error()) ==
		    SSL_R_UNEXPECTED_EOF_WHILE_READING) {
			lost(t, 0);
			break;
		}
		explain(t);
		errno = EPROTO;
		break;
	}
	err = errno;
	lib->ERR_clear_error();
	errno = err;
	return -1;
}

int
tls_handshake(struct tls *t)
{
	int rc;

	if (t->done)
		return 0;
	t->ctx->lib->ERR_clear_error();
	errno = 0;
	rc = t->ctx->lib->SSL_do_handshake(t->ssl);
	if (rc == 1) {
		t->done = true;
		t->read_on = TLS_READ;
		return 0;
	}
	(void)failed(t, rc, errno, &t->read_on);
	if (errno == 0)
		lost(t, 0);
	return -1;
}

ssize_t
tls_read(struct tls *t, void *buf, size_t len)
{
	int rc;

	t->ctx->lib->ERR_clear_error();
	errno = 0;
	rc = t->ctx->lib->SSL_read(
	    t->ssl, buf, len > INT_MAX ? INT_MAX : (int)len);
	if (rc > 0) {
		t->read_on = TLS_READ;
		return rc;
	}
	(void)failed(t, rc, errno, &t->read_on);
	return errno == 0 ? 0 : -1;
}

bool
tls_pending(const struct tls *t)
{
	return t->done && t->ctx->lib->SSL_pending(t->ssl) > 0;
}

/* The next write sends the message about it first. */
static void
rekey(struct tls *t)
{
	t->records = 0;
	if (t->ctx->lib->SSL_key_update(t->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) !=
	    1)
		t->ctx->lib->ERR_clear_error();
}

static int
write_record(struct tls *t, const void *data, size_t len)
{
	int rc;

	t->ctx->lib->ERR_clear_error();
	errno = 0;
	rc = t->ctx->lib->SSL_write(t->ssl, data, (int)len);
	if (rc > 0) {
		t->write_on = TLS_WRITE;
		if (++t->records == TLS_REKEY)
			rekey(t);
		return rc;
	}
	(void)failed(t, rc, errno, &t->write_on);
	if (errno == 0)
		errno = ECONNRESET;
	return -1;
}

/*
 * A record that was begun must be offered again, octet for octet, while the
 * caller may change its mind about what it did not hear was sent: keep it.
 */
static int
hold(struct tls *t, const void *data, size_t len)
{
	if (t->held == NULL && (t->held = malloc(RECORD_MAX)) == NULL)
		return -1;
	memcpy(t->held, data, len);
	t->n_held = len;
	return 0;
}

ssize_t
tls_write(struct tls *t, const void *data, size_t len)
{
	const size_t n = len > RECORD_MAX ? RECORD_MAX : len;
	int rc;

	while (t->n_held > 0) {
		if ((rc = write_record(t, t->held, t->n_held)) < 0)
			return -1;
		t->n_held -= (size_t)rc;
		memmove(t->held, t->held + rc, t->n_held);
	}
	if (n == 0)
		return 0;
	rc = write_record(t, data, n);
	if (rc >= 0 || errno != EAGAIN)
		return rc;
	if (hold(t, data, n) != 0)
		return -1;
	return (ssize_t)n;
}

bool
tls_holds(const struct tls *t)
{
	return t->n_held > 0;
}

int
tls_want(const struct tls *t, bool read, bool write)
{
	if (!t->done)
		return t->read_on;
	return (read ? t->read_on : 0) |
	       (write || t->n_held > 0 ? t->write_on : 0);
}

void
tls_shutdown(struct tls *t)
{
	const struct tlslib *lib = t->ctx->lib;

	if (t->done && t->why[0] == '\0')
		(void)lib->SSL_shutdown(t->ssl);
	lib->ERR_clear_error();
}

const char *
tls_why(const struct tls *t)
{
	return t->why;
}

const char *
tls_about(const struct tls *t, char dst[static TLS_WHY_MAX])
{
	const struct tlslib *lib = t->ctx->lib;
	const struct psk_key *k = t->peer == NULL ? t->ctx->mine : t->peer;
	char name[TLS_WHY_MAX / 2] = "";

	if (lib->SSL_session_reused(t->ssl) == 1 && k != NULL) {
		(void)snprintf(dst, TLS_WHY_MAX, "TLS, PSK %s", k->identity);
		return dst;
	}
	X509 *cert = lib->SSL_get0_peer_certificate(t->ssl);

	if (cert != NULL) {
		(void)lib->X509_NAME_get_text_by_NID(
		    lib->X509_get_subject_name(cert), NID_commonName, name,
		    sizeof(name));
	}
	(void)snprintf(dst, TLS_WHY_MAX, "TLS, certificate of %s", name);
	return dst;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	if (t->ssl != NULL)
		t->ctx->lib->SSL_free(t->ssl);
	if (t->held != NULL)
		t->ctx->lib->OPENSSL_cleanse(t->held, RECORD_MAX);
	free(t->held);
	tlsctx_free(t->ctx);
	free(t);
}
