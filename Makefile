# One file; quiet unless V=1.  B names the build directory, CC the compiler:
#   make                        the programs, in build/bin
#   make CC=clang B=build/clang the same by clang, beside it
VERSION = 0.1.0
PREFIX ?= /usr/local
B ?= build
Q = $(if $(V),,@)
SUBMAKE = $(MAKE) --no-print-directory
MAKEFLAGS += -r

# says nothing, not even that there was nothing to do
all: progs
	@:

# ---- compiler ------------------------------------------------------------
CC ?= cc
OPT ?= -O2
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion \
	-Wcast-qual -Wpointer-arith -Wwrite-strings -Wstrict-prototypes \
	-Wmissing-prototypes -Wundef -Wvla -Wformat=2 -Wnull-dereference \
	-Wimplicit-fallthrough -Wdouble-promotion -Wdate-time
IS_CLANG := $(shell $(CC) --version 2>/dev/null | grep -c clang)
ifeq ($(IS_CLANG),0)
WARN += -Wlogical-op -Wduplicated-cond -Wduplicated-branches \
	-Wjump-misses-init -Wcast-align=strict -Wold-style-definition
endif
WERROR ?=
SAN ?=
FORTIFY = $(if $(SAN)$(filter -O0,$(OPT)),,-D_FORTIFY_SOURCE=2)
HARDEN = $(FORTIFY) -fstack-protector-strong -fPIE
# what a program does not call is not linked into it
SECTIONS = -ffunction-sections -fdata-sections
# SECCOMP=0 leaves the filter of system calls (base/jail.c) out.
SECCOMP ?= 1
SECCOMP_LIB = $(if $(filter 1,$(SECCOMP)),-lseccomp)
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
ALLCFLAGS = -std=gnu11 $(OPT) -g $(WARN) $(WERROR) $(HARDEN) $(SECTIONS) $(SAN) \
	$(CFLAGS)
ALLLDFLAGS = -pie -Wl,-z,relro,-z,now,--as-needed,--gc-sections $(SAN) \
	$(LDFLAGS)

# ---- what is made of what -------------------------------------------------
WIRE = $(patsubst %.c,%,$(wildcard wire/*.c))
BASE = $(patsubst %.c,%,$(wildcard base/*.c))
FWD = agent/capture-fwd $(patsubst %.c,%,$(wildcard agent/fwd*.c))
PCAPPER = $(WIRE) $(BASE) \
	$(filter-out $(FWD),$(patsubst %.c,%,$(wildcard agent/*.c)))
CAPTURE_FWD = $(FWD) $(WIRE) \
	$(addprefix agent/,capfile capstream caphalt iftab pktip pktlink) \
	$(addprefix base/,jail log net opt proc stat udp)
RECOLLECT = $(WIRE) $(BASE) $(patsubst %.c,%,$(wildcard collector/*.c))

objs = $(patsubst %,$(B)/%.o,$1)

PROGS = $(if $(wildcard agent/pcapper.c),$(B)/bin/pcapper) \
	$(if $(wildcard agent/capture-fwd.c),$(B)/bin/capture-fwd) \
	$(if $(wildcard collector/recollect.c),$(B)/bin/recollect)

$(B)/bin/pcapper: $(call objs,$(PCAPPER))
# The static one, with agent/dbus.c, saves ten libraries; LIBPCAP=-lpcap does not.
LIBPCAP ?= -Wl,-Bstatic -lpcap -Wl,-Bdynamic
$(B)/bin/pcapper: LIBS = $(LIBPCAP) -lev -lz -lfstrm -lresolv $(SECCOMP_LIB)
$(B)/bin/capture-fwd: $(call objs,$(CAPTURE_FWD))
$(B)/bin/capture-fwd: LIBS = -lpcap -lev -lz $(SECCOMP_LIB)
$(B)/bin/recollect: $(call objs,$(RECOLLECT))
$(B)/bin/recollect: LIBS = -lev -lhiredis -linih -ljansson -lexpat -lz \
	$(SECCOMP_LIB)

# Each program under tests/ links what its second line names, no more:
#   /* links: wire/frame wire/zpack -lz */
named = $(shell sed -n '2s,^/\* links: \(.*\) \*/$$,\1,p' $1.c)
source = $(patsubst %.c,%,$(wildcard tests/$1.c))
UNIT_SRC := $(call source,unit/test_*)
FUZZ_SRC := $(call source,fuzz/fuzz_*)
BENCH_SRC := $(call source,bench/bench_*)
TOOL_SRC := $(call source,tools/*)
UNIT = $(patsubst tests/unit/%,$(B)/tests/%,$(UNIT_SRC))
FUZZERS = $(patsubst tests/fuzz/%,$(B)/fuzz/%,$(FUZZ_SRC))
BENCHES = $(patsubst tests/bench/%,$(B)/bench/%,$(BENCH_SRC))
TOOLS = $(patsubst tests/tools/%,$(B)/tools/%,$(TOOL_SRC))
# A fuzz target is run over stored input by our own main, or driven by clang's.
FUZZ_MAIN = $(or $(LIBFUZZER),tests/fuzz/replay)

# $(call test_rule,program,source,modules and libraries)
define test_rule
$(B)/$1: $(call objs,$2 $(filter-out -%,$3))
$(B)/$1: LIBS = $(filter -%,$(if $(SECCOMP_LIB),$3,$(filter-out -lseccomp,$3)))
endef
$(foreach s,$(UNIT_SRC),$(eval $(call test_rule,tests/$(notdir $s),$s,\
	$(call named,$s) -lcmocka)))
$(foreach s,$(FUZZ_SRC),$(eval $(call test_rule,fuzz/$(notdir $s),$s,\
	$(call named,$s) $(FUZZ_MAIN))))
$(foreach s,$(BENCH_SRC),$(eval $(call test_rule,bench/$(notdir $s),$s,\
	$(call named,$s))))
$(foreach s,$(TOOL_SRC),$(eval $(call test_rule,tools/$(notdir $s),$s,\
	$(call named,$s))))

$(PROGS) $(UNIT) $(FUZZERS) $(BENCHES) $(TOOLS):
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)

# The one file that SECCOMP changes is compiled again when it has changed.
$(B)/base/jail.o: CPPFLAGS += $(if $(SECCOMP_LIB),-DWITH_SECCOMP)
$(B)/base/jail.o: $(B)/seccomp.$(SECCOMP)
$(B)/seccomp.$(SECCOMP):
	@mkdir -p $(@D)
	@rm -f $(B)/seccomp.*
	@touch $@

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

progs: $(PROGS)
tests: $(call objs,$(sort $(PCAPPER) $(CAPTURE_FWD) $(RECOLLECT))) \
	$(UNIT) $(FUZZERS) $(BENCHES) $(TOOLS)

# ---- Debian packages -------------------------------------------------------
DEPS_BUILD = gcc libc6-dev make libpcap-dev libev-dev libhiredis-dev \
	zlib1g-dev libinih-dev libjansson-dev libexpat1-dev libfstrm-dev \
	$(if $(SECCOMP_LIB),libseccomp-dev) libssl-dev
DEPS_TEST = libcmocka-dev binutils redis-server redis-tools tcpdump mgen \
	libldns-dev fstrm-bin unbound bind9 \
	dnsmasq-base bind9-dnsutils curl iproute2 iputils-ping procps util-linux \
	openssl python3 python3-mako mandoc systemd faketime ethtool tshark
DEPS_FUZZ = clang libclang-rt-14-dev
DEPS_LINT = clang clang-format clang-tidy cppcheck mandoc shellcheck
DEPS_BENCH = valgrind
DEPS_PEERS = softflowd nfdump argus-server pmacct

# Does nothing, and needs no network, when they are all there.
deps:
	$(Q)tests/tools/deps $(DEPS_BUILD) $(DEPS_TEST)

# ---- checks ----------------------------------------------------------------
# The real work is in a second make, which sees what deps has installed.
JOBS ?= 2
RUN = B=$(B) CC="$(CC)" tests/run
CHECKS = $(wildcard tests/check/check-*)
ROOT_SCENARIOS = $(wildcard tests/scenario/*.root.sh)
SCENARIOS = $(filter-out $(ROOT_SCENARIOS),$(wildcard tests/scenario/*.sh))
SCRIPTS = $(wildcard tests/vectors/*.sh tests/golden/*.sh tests/core/*.sh) \
	$(SCENARIOS)

check: deps
	$(Q)$(SUBMAKE) run-check
run-check: progs tests
	$(Q)$(RUN) -j $(JOBS) $(CHECKS) $(UNIT) $(FUZZERS:%=replay:%) $(SCRIPTS)

check-root: deps
	$(Q)$(SUBMAKE) run-check-root
run-check-root: progs tests
	$(Q)$(RUN) -t 120 $(ROOT_SCENARIOS)

unit: $(UNIT)
	$(Q)$(RUN) $(UNIT)

# The sanitizers' own system calls are not on the list of the filter.
SAN_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all
san: deps
	$(Q)tests/tools/deps $(DEPS_FUZZ)
	@echo "san: built without the filter of system calls (SECCOMP=0)"
	$(Q)$(SUBMAKE) CC=clang B=build/san SAN="$(SAN_FLAGS)" SECCOMP=0 \
	    run-san
run-san: progs tests
	$(Q)$(RUN) -j $(JOBS) -t 180 $(UNIT) $(FUZZERS:%=replay:%) $(SCRIPTS) \
	    $(ROOT_SCENARIOS)

# Seconds for each fuzz target; what it finds stays under build/fuzz.
FUZZ_TIME ?= 120
fuzz: deps
	$(Q)tests/tools/deps $(DEPS_FUZZ)
	$(Q)$(SUBMAKE) CC=clang B=build/fuzz SECCOMP=0 \
	    LIBFUZZER=-fsanitize=fuzzer \
	    SAN="$(SAN_FLAGS) -fsanitize=fuzzer-no-link" run-fuzz
run-fuzz: $(FUZZERS) $(B)/tools/unhex
	$(Q)B=$(B) FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run $(FUZZERS)

# Scenarios for SOAK_MINUTES, in their long forms, with faults at random.
SOAK_MINUTES ?= 120
soak: deps
	$(Q)$(SUBMAKE) run-soak
run-soak: progs tests
	$(Q)B=$(B) SOAK_MINUTES=$(SOAK_MINUTES) tests/soak

# The programs under valgrind, which does not know the filter of system calls.
memcheck: deps
	$(Q)tests/tools/deps $(DEPS_BENCH)
	$(Q)$(SUBMAKE) B=build/plain SECCOMP=0 progs
	$(Q)B=build/plain tests/memcheck

bench: deps
	$(Q)tests/tools/deps $(DEPS_BENCH)
	$(Q)$(SUBMAKE) B=build/plain SECCOMP=0 progs
	$(Q)$(SUBMAKE) run-bench
run-bench: progs $(BENCHES) $(TOOLS)
	$(Q)B=$(B) tests/bench/run $(BENCHES)
bench-peers:
	$(Q)tests/tools/deps $(DEPS_PEERS)

lint: deps
	$(Q)tests/tools/deps $(DEPS_LINT)
	$(Q)$(SUBMAKE) run-lint
run-lint:
	$(Q)JOBS=$(JOBS) tests/check/lint

# Both compilers, with and without optimisation, and no warning anywhere.
ci: deps
	$(Q)tests/tools/deps $(DEPS_FUZZ)
	$(Q)$(SUBMAKE) -j$(JOBS) CC=gcc B=build/ci WERROR=-Werror progs tests
	$(Q)$(SUBMAKE) -j$(JOBS) CC=gcc OPT=-O0 B=build/ci-O0 WERROR=-Werror \
	    progs tests
	$(Q)$(SUBMAKE) -j$(JOBS) CC=clang B=build/ci-clang WERROR=-Werror \
	    progs tests

demo: deps
	$(Q)$(SUBMAKE) run-demo
run-demo: progs
	$(Q)B=$(B) tests/demo

# ---- install ---------------------------------------------------------------
MANDIR = $(PREFIX)/share/man
SHAREDIR = $(PREFIX)/share/recollect
UNITDIR = $(PREFIX)/lib/systemd/system
UNITS = $(wildcard agent/*.service collector/*.service)
BIN = $(filter-out $(SBIN),$(PROGS))
SBIN = $(filter %/recollect,$(PROGS))
put = $(if $3,install -d "$(DESTDIR)$2" && install -m $1 $3 "$(DESTDIR)$2")

install: progs
	$(Q)$(call put,755,$(PREFIX)/bin,$(BIN))
	$(Q)$(call put,755,$(PREFIX)/sbin,$(SBIN))
	$(Q)$(call put,644,$(MANDIR)/man1,$(wildcard man/*.1))
	$(Q)$(call put,644,$(MANDIR)/man5,$(wildcard man/*.5))
	$(Q)$(call put,644,$(MANDIR)/man7,$(wildcard man/*.7))
	$(Q)$(call put,644,$(MANDIR)/man8,$(wildcard man/*.8))
	$(Q)$(call put,644,$(SHAREDIR)/core-services,$(wildcard core-services/*.*))
	$(Q)$(call put,644,$(SHAREDIR)/core-services/examples,\
	    $(wildcard core-services/examples/*.*))
	$(Q)$(call put,644,$(UNITDIR),$(UNITS))
	$(Q)sed -i 's,=/usr/local/,=$(PREFIX)/,' \
	    $(patsubst %,"$(DESTDIR)$(UNITDIR)/%",$(notdir $(UNITS)))

clean:
	$(Q)rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: memcheck all progs tests deps soak run-soak check run-check check-root run-check-root unit \
	san run-san fuzz run-fuzz bench run-bench bench-peers lint run-lint \
	ci demo run-demo install clean
