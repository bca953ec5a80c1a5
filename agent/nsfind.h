/* SPDX-License-Identifier: BSD-3-Clause */
/* Which network namespaces there are, and what they are called. */
#ifndef AGENT_NSFIND_H_
#define AGENT_NSFIND_H_

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "wire/hello.h"

#define NSFIND_DIR  "/run/netns" /* of those that have a name */
#define NSFIND_ALL  "all"
#define NSFIND_MAX  1024 /* namespaces; more are left out */
#define NSFIND_PATH 320

struct nsfind;

struct nsfind_ns {
	ino_t ino; /* no other one has it as long as this one is there */
	char name[HELLO_NAME_MAX];
	bool unnamed; /* the name is the number of a process in it */
	char path[NSFIND_PATH];
};

/**
 * nsfind_check(what):
 * Return what is wrong with ${what}, of one --netns, as static text, or NULL.
 */
const char *nsfind_check(const char *what);

/**
 * nsfind_processes(what, n):
 * Return whether any of the ${n} in ${what} is to be found by a process: "all",
 * or the number of one.
 */
bool nsfind_processes(const char *const *what, size_t n);

/**
 * nsfind_open(what, n):
 * Look for the namespaces in the ${n} lists ${what} (borrowed), with commas
 * between them: "all", a name of NSFIND_DIR or the number of a process.  Our
 * own is never found.  Returns NULL with errno.
 */
struct nsfind *nsfind_open(const char *const *what, size_t n);

/**
 * nsfind_scan(f):
 * Look now.  With "all", those of NSFIND_DIR, and those of the processes that
 * can be seen.  Returns 0, or -1 with errno; then what was found stays.
 */
int nsfind_scan(struct nsfind *f);

/**
 * nsfind_at(f, i) / nsfind_ino(f, ino):
 * Return number ${i}, from 0, or the one of ${ino}, of the last scan; NULL:
 * there is none.  Valid until the next one.
 */
const struct nsfind_ns *nsfind_at(const struct nsfind *f, size_t i);
const struct nsfind_ns *nsfind_ino(const struct nsfind *f, ino_t ino);

/**
 * nsfind_full(f):
 * Return whether the last scan left some out.
 */
bool nsfind_full(const struct nsfind *f);

/**
 * nsfind_unfinished(f):
 * Return whether a name is there that is no namespace yet: somebody makes one.
 */
bool nsfind_unfinished(const struct nsfind *f);

/**
 * nsfind_missing(f):
 * Return the first of those that were asked for and are not there; NULL: all
 * are there.
 */
const char *nsfind_missing(const struct nsfind *f);

/**
 * nsfind_fd(ns):
 * Open ${ns}.  Returns its descriptor, or -1 with errno, ESTALE when there is
 * another one in its place now.
 */
int nsfind_fd(const struct nsfind_ns *ns);
void nsfind_close(struct nsfind *f);

#endif
