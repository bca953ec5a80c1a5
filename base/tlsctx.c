/* SPDX-License-Identifier: BSD-3-Clause */
/* What the TLS connections of a program share: certificates and keys. */
#include "base/tlsctx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/tlsint.h"

/* Both have SHA-256, so that any of them goes with any pre-shared key. */
#define SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define LEVEL  2 /* of security: keys of 112 bits and more */

static const unsigned char program[] = "recollect";

/* Octets 19, 1: TLS_AES_128_GCM_SHA256 names the hash of a pre-shared key. */
static const unsigned char psk_suite[] = { 0x13, 0x01 };

bool
tlsctx_used(const struct tlsctx_conf *c)
{
	return c->cert != NULL || c->key != NULL || c->ca != NULL ||
	       c->psk_file != NULL || c->psk_identity != NULL ||
	       c->name != NULL;
}

const char *
tlsctx_wrong(const struct tlsctx_conf *c)
{
	const int n = (c->cert != NULL) + (c->key != NULL) + (c->ca != NULL);

	if (n != 0 && n != 3)
		return "certificate, key and CA are needed together";
	if (c->psk_identity != NULL && c->psk_file == NULL)
		return "an identity needs a file of pre-shared keys";
	if (c->name != NULL && n == 0)
		return "a name to expect needs certificates";
	return NULL;
}

/* ---- pre-shared keys ---- */

static SSL_SESSION *
session_of(const struct tlslib *lib, SSL *ssl, const struct psk_key *k)
{
	const SSL_CIPHER *suite = lib->SSL_CIPHER_find(ssl, psk_suite);
	SSL_SESSION *s = lib->SSL_SESSION_new();

	if (s != NULL && suite != NULL &&
	    lib->SSL_SESSION_set1_master_key(s, k->key, k->len) == 1 &&
	    lib->SSL_SESSION_set1_id_context(s, program, sizeof(program)) ==
		1 &&
	    lib->SSL_SESSION_set_cipher(s, suite) == 1 &&
	    lib->SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION) == 1)
		return s;
	lib->SSL_SESSION_free(s);
	return NULL;
}

static struct tls *
tls_of(const SSL *ssl)
{
	const char *why = NULL;

	return tlslib_load(&why)->SSL_get_ex_data(ssl, 0);
}

/* The server: who is that?  Whom we do not know may have a certificate. */
static int
on_find(SSL *ssl, const unsigned char *identity, size_t len,
    SSL_SESSION **ret_session)
{
	struct tls *t = tls_of(ssl);
	const struct psk_key *k = psk_find(t->ctx->psk, identity, len);

	*ret_session = NULL;
	if (k == NULL && t->ctx->certs)
		return 1;
	if (k == NULL) {
		(void)snprintf(t->why, sizeof(t->why),
		    "unknown PSK identity \"%.*s\"",
		    len > PSK_IDENTITY_MAX ? PSK_IDENTITY_MAX : (int)len,
		    (const char *)identity);
		return 0;
	}
	t->peer = k;
	*ret_session = session_of(t->ctx->lib, ssl, k);
	return *ret_session != NULL;
}

/* The client: say who we are. */
static int
on_use(SSL *ssl, const EVP_MD *md, const unsigned char **ret_id,
    size_t *ret_len, SSL_SESSION **ret_session)
{
	const struct tls *t = tls_of(ssl);
	const struct psk_key *k = t->ctx->mine;

	(void)md; /* SHA-256 is the only one */
	*ret_session = session_of(t->ctx->lib, ssl, k);
	*ret_id = (const unsigned char *)k->identity;
	*ret_len = strlen(k->identity);
	return *ret_session != NULL;
}

static int
load_psk(struct tlsctx *ctx, const struct tlsctx_conf *c)
{
	if ((ctx->psk = psk_load(c->psk_file)) == NULL)
		return -1;
	ctx->mine = psk_first(ctx->psk);
	if (c->psk_identity != NULL) {
		ctx->mine = psk_find(
		    ctx->psk, c->psk_identity, strlen(c->psk_identity));
	}
	if (ctx->mine == NULL) {
		log_errorx("%s: there is no identity \"%s\"", c->psk_file,
		    c->psk_identity);
		return -1;
	}
	ctx->lib->SSL_CTX_set_psk_find_session_callback(ctx->ssl, on_find);
	ctx->lib->SSL_CTX_set_psk_use_session_callback(ctx->ssl, on_use);
	return 0;
}

/* ---- certificates ---- */

/* Nobody is there to be asked for the password of a key. */
static int
on_password(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)arg;
	return -1;
}

static int
load_certs(struct tlsctx *ctx, const struct tlsctx_conf *c)
{
	const struct tlslib *lib = ctx->lib;
	const char *file = c->cert;
	char why[TLS_WHY_MAX];

	lib->SSL_CTX_set_default_passwd_cb(ctx->ssl, on_password);
	if (lib->SSL_CTX_use_certificate_chain_file(ctx->ssl, c->cert) != 1)
		goto fail;
	file = c->key;
	if (lib->SSL_CTX_use_PrivateKey_file(
		ctx->ssl, c->key, SSL_FILETYPE_PEM) != 1 ||
	    lib->SSL_CTX_check_private_key(ctx->ssl) != 1)
		goto fail;
	file = c->ca;
	if (lib->SSL_CTX_load_verify_file(ctx->ssl, c->ca) != 1)
		goto fail;
	ctx->certs = true;
	return 0;
fail:
	tlslib_reason(lib, why, sizeof(why));
	log_errorx("%s: %s", file, why);
	return -1;
}

/* ---- */

static int
make_ssl(struct tlsctx *ctx)
{
	const struct tlslib *lib = ctx->lib;
	SSL_CTX *s = lib->SSL_CTX_new(lib->TLS_method());

	ctx->ssl = s;
	if (s == NULL)
		return -1;
	lib->SSL_CTX_set_security_level(s, LEVEL);
	(void)lib->SSL_CTX_set_options(s, SSL_OP_NO_TICKET);
	(void)lib->SSL_CTX_ctrl(
	    s, SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF, NULL);
	(void)lib->SSL_CTX_ctrl(s, SSL_CTRL_MODE,
	    SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER,
	    NULL);
	lib->SSL_CTX_set_verify(
	    s, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	/* A pre-shared key is a session, which has to be of this program. */
	return lib->SSL_CTX_set_session_id_context(
		   s, program, sizeof(program)) == 1 &&
		       lib->SSL_CTX_set_num_tickets(s, 0) == 1 &&
		       lib->SSL_CTX_set_ciphersuites(s, SUITES) == 1 &&
		       lib->SSL_CTX_ctrl(s, SSL_CTRL_SET_MIN_PROTO_VERSION,
			   TLS1_3_VERSION, NULL) == 1 &&
		       lib->SSL_CTX_ctrl(s, SSL_CTRL_SET_MAX_PROTO_VERSION,
			   TLS1_3_VERSION, NULL) == 1
		   ? 0
		   : -1;
}

struct tlsctx *
tlsctx_new(const struct tlsctx_conf *c)
{
	struct tlsctx *ctx = calloc(1, sizeof(*ctx));
	const char *why = "out of memory";

	if (tlsctx_share(ctx) == NULL || (ctx->lib = tlslib_load(&why)) == NULL)
		goto fail;
	why = "OpenSSL cannot be set up";
	if (make_ssl(ctx) != 0 ||
	    (c->name != NULL && (ctx->name = strdup(c->name)) == NULL))
		goto fail;
	if ((c->psk_file == NULL || load_psk(ctx, c) == 0) &&
	    (c->cert == NULL || load_certs(ctx, c) == 0))
		return ctx;
	tlsctx_free(ctx);
	return NULL;
fail:
	log_errorx("TLS: %s", why);
	tlsctx_free(ctx);
	return NULL;
}

struct tlsctx *
tlsctx_share(struct tlsctx *ctx)
{
	if (ctx != NULL)
		ctx->users++;
	return ctx;
}

void
tlsctx_free(struct tlsctx *ctx)
{
	if (ctx == NULL || --ctx->users > 0)
		return;
	if (ctx->ssl != NULL)
		ctx->lib->SSL_CTX_free(ctx->ssl);
	psk_free(ctx->psk);
	free(ctx->name);
	free(ctx);
}
