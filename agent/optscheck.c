/* SPDX-License-Identifier: BSD-3-Clause */
/* Which options of pcapper exclude or need each other. */
#include "agent/optscheck.h"

#include <string.h>

#include "agent/nsfind.h"
#include "agent/pktdigest.h"
#include "base/net.h"

static bool
is_stdout(const char *path, const char *name)
{
	return path != NULL && strcmp(path, name) == 0;
}

/* Two of what is written cannot share standard output; a daemon has none. */
static const char *
check_stdout(const struct opts *o)
{
	const int n = (!o->no_log && is_stdout(o->log, "-")) +
		      is_stdout(o->write, "-") + is_stdout(o->dns_log, "-") +
		      is_stdout(o->dns_json, DNSCHAN_STDOUT);

	if (n > 0 && o->daemon)
		return "--daemon has no standard output to write to";
	return n > 1 ? "only one of -f, -w, --dns-log and --dns-json can be "
		       "standard output"
		     : NULL;
}

static bool
is_file(const char *path)
{
	return path != NULL && !is_stdout(path, "-");
}

static bool
writes_files(const struct opts *o)
{
	return (!o->no_log && is_file(o->log)) || is_file(o->dns_log) ||
	       is_file(o->write);
}

/* Nor has it a standard input. */
static const char *
check_stdin(const struct opts *o)
{
	bool wanted = false;

	for (size_t i = 0; i < o->file.n; i++)
		wanted |= strcmp(o->file.item[i], "-") == 0;
	for (size_t i = 0; i < o->dnstap_file.n; i++)
		wanted |= strcmp(o->dnstap_file.item[i], "-") == 0;
	return wanted && o->daemon
		   ? "--daemon has no standard input to read from"
		   : NULL;
}

static const char *
check_netns(const struct opts *o)
{
	const char *why = NULL;

	if (o->netns.n > 0 && o->file.n + o->dnstap_file.n > 0)
		return "--netns excludes -R and --dnstap-file";
	for (size_t i = 0; why == NULL && i < o->netns.n; i++)
		why = nsfind_check(o->netns.item[i]);
	return why;
}

static const char *
check_listen(const struct opts *o)
{
	size_t paths = 0;

	for (size_t i = 0; i < o->listen.n; i++)
		paths += net_path(o->listen.item[i]) != NULL;
	return paths > 1 || o->listen.n - paths > 1
		   ? "--listen: one address and one unix:PATH at most"
		   : NULL;
}

const char *
optscheck(const struct opts *o)
{
	const char *why = NULL;

	if (o->iface.n > 0 && o->file.n > 0) {
		why = "-i and -R exclude each other";
	} else if (o->dnstap_file.n > 0 && o->iface.n + o->dnstap.n > 0) {
		why = "--dnstap-file excludes -i and --dnstap";
	} else if (o->dnstap.n > 0 && o->file.n > 0) {
		why = "--dnstap and -R exclude each other";
	} else if (opts_all(o) && o->iface.n > 1) {
		why = "-i all is every interface: no other -i goes with it";
	} else if (o->digest && o->snaplen < PKTDIGEST_SNAPLEN) {
		why = "--digest: needs a --snaplen of 128 at least";
	} else if (o->quiet && o->verbose) {
		why = "-q and -v exclude each other";
	} else if (o->no_log && o->log_always) {
		why = "--no-log and --log-always exclude each other";
	} else if (o->no_listen && o->listen.n > 0) {
		why = "--listen and --no-listen exclude each other";
	} else if (o->wait_collectors > 0 && opts_live(o)) {
		why = "--wait-collectors is for -R and --dnstap-file";
	} else if (o->wait_collectors > o->max_collectors) {
		why = "--wait-collectors is more than --max-collectors";
	} else if (o->spool_size > 0 && o->spool_size < 64 << 10) {
		why = "--spool-size: less than 64K";
	} else if (o->quiet && o->stats > 0) {
		why = "-q and --stats exclude each other";
	} else if (o->keep != NULL && !writes_files(o)) {
		why = "--keep: nothing is written to a file";
	} else if (o->status && o->pidfile == NULL) {
		why = "--status needs the agent's --pidfile";
	} else if (!o->doctor && (o->watch > 0 || o->json)) {
		why = "--watch and --json are for --doctor";
	} else if (o->doctor && o->netns.n + o->file.n > 0) {
		why = "--doctor is for the interfaces that it sees: not with "
		      "-R or --netns";
	} else if (o->dns_json == NULL && o->dns_json_iface != NULL) {
		why = "--dns-json-interface is for --dns-json";
	} else if ((why = check_netns(o)) == NULL &&
		   (why = check_stdout(o)) == NULL &&
		   (why = check_stdin(o)) == NULL &&
		   (why = check_listen(o)) == NULL) {
		why = rotate_check(&o->rotate);
	}
	return why;
}
