/* SPDX-License-Identifier: BSD-3-Clause */
/* The insides of TLS, for the files that know OpenSSL. */
#ifndef BASE_TLSINT_H_
#define BASE_TLSINT_H_

#include <stddef.h>

#include "base/psk.h"
#include "base/tls.h"
#include "base/tlsctx.h"
#include "base/tlslib.h"

struct tlsctx {
	unsigned int users; /* it goes with the last one */
	const struct tlslib *lib;
	SSL_CTX *ssl;
	bool certs;                 /* peers may show certificates */
	struct psk *psk;            /* NULL: none */
	const struct psk_key *mine; /* what a client offers */
	char *name;                 /* see tlsctx_conf */
};

/* A connection.  Its SSL's application data is this. */
struct tls {
	struct tlsctx *ctx;
	SSL *ssl;
	bool done;                  /* the handshake */
	int read_on, write_on;      /* TLS_* bits that the next one waits for */
	const struct psk_key *peer; /* who the client says it is */
	uint8_t *held;              /* taken by tls_write, not yet sent */
	size_t n_held;
	uint32_t records; /* sent under this key */
	char why[TLS_WHY_MAX];
};

#endif
