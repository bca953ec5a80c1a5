/* SPDX-License-Identifier: BSD-3-Clause */
/* What the TLS connections of a program share: certificates and keys. */
#ifndef BASE_TLSCTX_H_
#define BASE_TLSCTX_H_

#include <stdbool.h>

#define TLSCTX_ANY_NAME "none" /* as .name: the name is not looked at */

/* Who we are and whom we trust; all NULL: TLS is not used. */
struct tlsctx_conf {
	const char *cert, *key; /* PEM files, ours */
	const char *ca;         /* PEM file, signs the certificates of peers */
	const char *psk_file;   /* see base/psk.h */
	const char *psk_identity; /* ours when we dial; NULL: the first one */
	/* Of the peer's certificate when we dial; NULL: the host dialled. */
	const char *name;
};

struct tlsctx;

/**
 * tlsctx_used(c):
 * Return whether ${c} asks for TLS at all.
 */
bool tlsctx_used(const struct tlsctx_conf *c);

/**
 * tlsctx_wrong(c):
 * Return what is missing in ${c} (static text), or NULL.
 */
const char *tlsctx_wrong(const struct tlsctx_conf *c);

/**
 * tlsctx_new(c):
 * Load the library, certificates and keys; for connections in both roles.
 * ${c} is not needed after that.  The process, which has secrets then, should
 * write no core files (proc_no_core).  Returns NULL after a message.
 */
struct tlsctx *tlsctx_new(const struct tlsctx_conf *c);

/**
 * tlsctx_share(ctx):
 * Return ${ctx} for one more user, who frees it, too.  NULL is fine.
 */
struct tlsctx *tlsctx_share(struct tlsctx *ctx);

/**
 * tlsctx_free(ctx):
 * This user needs ${ctx} no more; after the last one, and the last connection,
 * overwrite the keys and free.  NULL is fine.
 */
void tlsctx_free(struct tlsctx *ctx);

#endif
