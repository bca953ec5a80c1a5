/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenSSL, loaded when it is needed: mapped, it costs 0.4 MiB an agent. */
#ifndef BASE_TLSLIB_H_
#define BASE_TLSLIB_H_

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* The functions we call; tlslib_load finds all of them. */
#define TLSLIB_LIST(F)                           \
	F(ERR_clear_error)                       \
	F(ERR_get_error)                         \
	F(ERR_peek_last_error)                   \
	F(ERR_reason_error_string)               \
	F(OPENSSL_cleanse)                       \
	F(SSL_CIPHER_find)                       \
	F(SSL_CTX_check_private_key)             \
	F(SSL_CTX_ctrl)                          \
	F(SSL_CTX_free)                          \
	F(SSL_CTX_load_verify_file)              \
	F(SSL_CTX_new)                           \
	F(SSL_CTX_set_ciphersuites)              \
	F(SSL_CTX_set_default_passwd_cb)         \
	F(SSL_CTX_set_num_tickets)               \
	F(SSL_CTX_set_options)                   \
	F(SSL_CTX_set_psk_find_session_callback) \
	F(SSL_CTX_set_psk_use_session_callback)  \
	F(SSL_CTX_set_security_level)            \
	F(SSL_CTX_set_session_id_context)        \
	F(SSL_CTX_set_verify)                    \
	F(SSL_CTX_use_PrivateKey_file)           \
	F(SSL_CTX_use_certificate_chain_file)    \
	F(SSL_SESSION_free)                      \
	F(SSL_SESSION_new)                       \
	F(SSL_SESSION_set1_id_context)           \
	F(SSL_SESSION_set1_master_key)           \
	F(SSL_SESSION_set_cipher)                \
	F(SSL_SESSION_set_protocol_version)      \
	F(SSL_ctrl)                              \
	F(SSL_do_handshake)                      \
	F(SSL_free)                              \
	F(SSL_get0_param)                        \
	F(SSL_get0_peer_certificate)             \
	F(SSL_get_error)                         \
	F(SSL_get_ex_data)                       \
	F(SSL_get_verify_result)                 \
	F(SSL_key_update)                        \
	F(SSL_new)                               \
	F(SSL_pending)                           \
	F(SSL_read)                              \
	F(SSL_session_reused)                    \
	F(SSL_set1_host)                         \
	F(SSL_set_accept_state)                  \
	F(SSL_set_connect_state)                 \
	F(SSL_set_ex_data)                       \
	F(SSL_set_fd)                            \
	F(SSL_set_hostflags)                     \
	F(SSL_shutdown)                          \
	F(SSL_write)                             \
	F(TLS_method)                            \
	F(X509_NAME_get_text_by_NID)             \
	F(X509_VERIFY_PARAM_set1_ip_asc)         \
	F(X509_get_subject_name)                 \
	F(X509_verify_cert_error_string)

struct tlslib {
#define F(name) __typeof__(name) *name;
	TLSLIB_LIST(F)
#undef F
};

/**
 * tlslib_load(ret_why):
 * Return the library, which stays loaded; NULL with the reason (valid until
 * the next call) in ${ret_why}.
 */
const struct tlslib *tlslib_load(const char **ret_why);

/**
 * tlslib_reason(l, dst, size):
 * Write the oldest error in the queue of the library to ${dst} and empty it.
 */
void tlslib_reason(const struct tlslib *l, char *dst, size_t size);

#endif
