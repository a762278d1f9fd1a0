# aside: two commands are enough.
#   make run     install what is missing, build, open the chat on the built-in model
#   make check   the same set-up, then every test
# Others: make, install, bench, asan, tsan, train, train-plots, clean. Nothing is written outside
# build/ except by install.

BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= cc
ASIDE_VERSION := 0.1.0

PACKAGES      := ncursesw readline sqlite3 openblas libutf8proc libpcre2-8 md4c libcjson libcurl
TEST_PACKAGES := cmocka vterm

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
OPT     ?= -O2 -g
CPPFLAGS += -I. -D_GNU_SOURCE -DASIDE_VERSION='"$(ASIDE_VERSION)"' -DASIDE_PREFIX='"$(PREFIX)"' \
            $(PKG_CFLAGS)
CFLAGS  += -std=c11 $(OPT) $(WARN) -pthread -fno-math-errno -ffp-contract=off $(SANITIZE)
LDFLAGS += -pthread $(SANITIZE)
LDLIBS  += $(PKG_LIBS) -lm

# Deferred, so that `make run` can install the packages before they are asked for.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

# One binary runs on every CPU of an architecture: only these files may use more of it, and they
# are entered after asking the CPU.
%_avx2.o:    CFLAGS += -mavx2 -mfma -mf16c
%_avxvnni.o: CFLAGS += -mavx2 -mfma -mf16c -mavxvnni
%_avx512.o:  CFLAGS += -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mfma -mf16c
%_amx.o:     CFLAGS += -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mavx512bf16 \
                       -mfma -mf16c -mamx-tile -mamx-int8 -mamx-bf16
%_neon.o:    CFLAGS += -march=armv8.2-a+dotprod+fp16

# The trainer's loops are long sums: these let the compiler reorder and vectorize them.
$(BUILD)/engine/train/%.o: CFLAGS += -O3 -fassociative-math -fno-signed-zeros -fno-trapping-math \
    $(if $(findstring x86_64,$(MACHINE)),-mprefer-vector-width=512)

# ISA-specific sources are compiled only for their architecture.
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
NOT_X86 := $(if $(findstring x86_64,$(MACHINE)),,%_avx2.c %_avxvnni.c %_avx512.c %_amx.c)
NOT_ARM := $(if $(findstring aarch64,$(MACHINE)),,%_neon.c)

SRC_LIB   := $(filter-out app/main.c $(NOT_X86) $(NOT_ARM), \
               $(wildcard base/*.c engine/*.c engine/*/*.c ui/*.c history/*.c app/*.c))
SRC_TRAIN := $(filter engine/train/%,$(SRC_LIB))
SRC_LIB   := $(filter-out engine/train/%,$(SRC_LIB))
SRC_TEST  := $(wildcard tests/test_*.c)
SRC_BENCH := $(wildcard tests/bench/*.c)
SRC_FUZZ  := $(wildcard tests/fuzz/*.c)

OBJ_LIB   := $(SRC_LIB:%.c=$(BUILD)/%.o) $(BUILD)/engine/tasks/ways.o
OBJ_TRAIN := $(SRC_TRAIN:%.c=$(BUILD)/%.o)
TESTS     := $(SRC_TEST:tests/%.c=$(BUILD)/tests/%)
BENCHES   := $(SRC_BENCH:tests/%.c=$(BUILD)/%)
FUZZERS   := $(SRC_FUZZ:tests/%.c=$(BUILD)/%)

# make V=1 shows the commands.
ifndef V
QUIET_CC = @echo "  CC  $<";
QUIET_LD = @echo "  LD  $@";
endif

.PHONY: all run check tests bench-build man bench asan tsan install uninstall clean setup setup-check train train-plots
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/aside $(BUILD)/aside-train

setup:
	@sh base/require.sh $(PACKAGES)

setup-check:
	@sh base/require.sh $(PACKAGES) $(TEST_PACKAGES)

# All processors, unless a -j was given.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell getconf _NPROCESSORS_ONLN))

# The recursive calls come after the set-up, so that pkg-config is asked once the packages are
# there. Standard output is the program's alone.
run: setup
	@$(MAKE) --no-print-directory $(JOBS) $(BUILD)/aside >&2
	@$(BUILD)/aside

check: setup-check
	@$(MAKE) --no-print-directory $(JOBS) all tests bench-build
	@sh tests/run.sh $(BUILD)

$(BUILD)/libaside.a: $(OBJ_LIB)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/aside: $(BUILD)/app/main.o $(BUILD)/libaside.a
	$(QUIET_LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/aside-train: $(OBJ_TRAIN) $(BUILD)/libaside.a
	$(QUIET_LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Tests of the trainer link its objects too; its main() stands alone in engine/train/main.c.
OBJ_TRAIN_LIB := $(filter-out $(BUILD)/engine/train/main.o,$(OBJ_TRAIN))
# Each may start a program on an emulated terminal (tests/terminal.h) or a server (http_server.h).
TEST_HELPERS := $(BUILD)/tests/terminal.o $(BUILD)/tests/http_server.o
$(BUILD)/tests/test_%: $(BUILD)/tests/test_%.o $(TEST_HELPERS) $(OBJ_TRAIN_LIB) $(BUILD)/libaside.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell pkg-config --libs $(TEST_PACKAGES))

$(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BUILD)/libaside.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# These drive the program on an emulated terminal.
$(BUILD)/bench/bench_interface $(BUILD)/bench/bench_history: $(BUILD)/bench/%: \
        $(BUILD)/tests/bench/%.o $(BUILD)/tests/terminal.o $(BUILD)/libaside.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(shell pkg-config --libs $(TEST_PACKAGES))

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libaside.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The interface over made-up data, for tests/test_ui_*.
$(BUILD)/tests/ui_demo: $(BUILD)/tests/ui_demo.o $(BUILD)/libaside.a
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

tests: $(TESTS) $(BUILD)/tests/ui_demo
bench-build: $(BENCHES)

# The sentences of engine/tasks/ways as a source, and that as an object like the others.
$(BUILD)/engine/tasks/ways.c: engine/tasks/ways.awk $(sort $(wildcard engine/tasks/ways/*.txt))
	@mkdir -p $(@D)
	@LC_ALL=C awk -f $^ >$@
$(BUILD)/engine/tasks/ways.o: $(BUILD)/engine/tasks/ways.c
	$(QUIET_CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(QUIET_CC)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

asan: setup-check
	@$(MAKE) --no-print-directory BUILD=build-asan OPT='-O1 -g' \
	    SANITIZE='-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined' \
	    all tests
	@sh tests/run.sh build-asan

tsan: setup-check
	@$(MAKE) --no-print-directory BUILD=build-tsan OPT='-O1 -g' SANITIZE='-fsanitize=thread' all tests
	@sh tests/run.sh build-tsan

# The manual's tables come from the program's.
MAN := $(patsubst man/%.in,$(BUILD)/man/%,$(wildcard man/*.in))
man: $(MAN)
$(BUILD)/man/%: man/%.in $(BUILD)/aside
	@mkdir -p $(@D)
	@$(BUILD)/aside manual $< >$@

install: all man
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/aside \
	    $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5 \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions
	install -m 755 $(BUILD)/aside $(DESTDIR)$(PREFIX)/bin/aside
	install -m 644 engine/builtin/aside-mini.gguf $(DESTDIR)$(PREFIX)/share/aside/
	install -m 644 $(filter %.1,$(MAN)) $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 $(filter %.5,$(MAN)) $(DESTDIR)$(PREFIX)/share/man/man5/
	$(BUILD)/aside completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/aside
	$(BUILD)/aside completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_aside

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/aside $(DESTDIR)$(PREFIX)/share/aside/aside-mini.gguf \
	    $(patsubst $(BUILD)/man/%.1,$(DESTDIR)$(PREFIX)/share/man/man1/%.1,$(filter %.1,$(MAN))) \
	    $(patsubst $(BUILD)/man/%.5,$(DESTDIR)$(PREFIX)/share/man/man5/%.5,$(filter %.5,$(MAN))) \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/aside \
	    $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_aside

bench: all bench-build
	@sh tests/bench/run.sh $(BUILD)

# The built-in model from its seed (hours on two cores): the first run, and a longer one that goes on
# from it with part of the thoughts cut off. train-plots draws the curves.
train: $(BUILD)/aside-train
	@mkdir -p $(BUILD)/train
	$< sft --seed 1 --warmup 60 --steps 7443 --decay 600 --out $(BUILD)/train/first.ckpt \
	    --metrics $(BUILD)/train/sft.tsv
	$< sft --seed 12 --from $(BUILD)/train/first.ckpt --steps 12150 --decay 2000 --rate 0.002 \
	    --cut 0.3 --mtp-every 8 --out $(BUILD)/train/sft.ckpt --metrics $(BUILD)/train/sft.tsv
	$< export --from $(BUILD)/train/sft.ckpt --out $(BUILD)/train/aside-mini.gguf

train-plots:
	@mkdir -p $(BUILD)/train
	gnuplot -e "out='$(BUILD)/train/curves.png'" engine/builtin/curves.gp

clean:
	rm -rf build build-asan build-tsan

-include $(OBJ_LIB:.o=.d) $(OBJ_TRAIN:.o=.d) $(TESTS:=.d) $(BUILD)/app/main.d
