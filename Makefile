# One file; an object list per program; quiet unless V=1.
VERSION = 0.1.0
PREFIX ?= /usr/local
B ?= build
CC ?= cc
Q = $(if $(V),,@)

all: progs

# ---- compiler ------------------------------------------------------------
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
SAN ?=
HARDEN = $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE
CPPFLAGS += -I. -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
ALLCFLAGS = -std=gnu11 $(OPT) -g $(WARN) $(HARDEN) $(SAN) $(CFLAGS)
ALLLDFLAGS = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(SAN) $(LDFLAGS)

# ---- what is made of what -------------------------------------------------
WIRE = $(patsubst %.c,%,$(wildcard wire/*.c))
BASE = $(patsubst %.c,%,$(wildcard base/*.c))
PCAPPER = $(WIRE) $(BASE) $(patsubst %.c,%,$(wildcard agent/*.c))
RECOLLECT = $(WIRE) $(BASE) $(patsubst %.c,%,$(wildcard collector/*.c))

objs = $(patsubst %,$(B)/%.o,$1)

PROGS = $(if $(wildcard agent/pcapper.c),$(B)/bin/pcapper) \
	$(if $(wildcard collector/recollect.c),$(B)/bin/recollect)

progs: $(PROGS)

$(B)/bin/pcapper: $(call objs,$(PCAPPER))
$(B)/bin/pcapper: LIBS = -lpcap -lev -lz
$(B)/bin/recollect: $(call objs,$(RECOLLECT))
$(B)/bin/recollect: LIBS = -lev -lhiredis -linih -lz

$(B)/bin/%:
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)

# A unit test links only the modules it tests; its second line names them:
#   /* links: wire/frame wire/zpack -lz */
TESTS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
links = $(shell sed -n '2s,^/\* links: \(.*\) \*/$$,\1,p' tests/unit/$1.c)
define test_rule
$$(B)/tests/$1: $$(B)/tests/unit/$1.o $(patsubst %,$$(B)/%.o,$(filter-out -%,$(call links,$1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALLLDFLAGS) -o $$@ $$^ $(filter -%,$(call links,$1)) -lcmocka
endef
$(foreach t,$(TESTS),$(eval $(call test_rule,$t)))
unit: $(patsubst %,$(B)/tests/%,$(TESTS))
	$(Q)for t in $^; do $$t || exit 1; done

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALLCFLAGS) -MMD -MP -c -o $@ $<

clean:
	$(Q)rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
.PHONY: all progs unit clean
