# SPDX-License-Identifier: GPL-2.0-or-later
#
# make                 builds build/vfio-claim-boot and build/vfio-claim
# make demo            shows a claim on a real kernel in QEMU      (installs what it needs)
# make check           runs every test                             (installs what it needs)
# make fuzz            runs the fuzzers for FUZZ_SECONDS=600, or FUZZ_RUNS= executions each
# make coverage        shows which lines the tests do not run      (both install what they need)
# make bench           measures what a claim costs                 (installs what it needs)
# make install         DESTDIR= prefix= and the directories below
# make uninstall       removes the same files

VERSION = 0.1.0

prefix        ?= /usr
exec_prefix   ?= $(prefix)
sbindir       ?= $(exec_prefix)/sbin
datarootdir   ?= $(prefix)/share
docdir        ?= $(datarootdir)/doc/vfio-claim
# Inside an image the program is always at /usr/lib/vfio-claim/vfio-claim-boot.
pkglibdir     ?= $(prefix)/lib/vfio-claim
# Where mkinitramfs looks, whatever the prefix.
initramfsdir  ?= /usr/share/initramfs-tools
udevrulesdir  ?= $(prefix)/lib/udev/rules.d
dracutdir     ?= $(or $(call pc,dracutmodulesdir,dracut),/usr/lib/dracut/modules.d)

INSTALL         ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 0755
INSTALL_DATA    ?= $(INSTALL) -m 0644
PKG_CONFIG      ?= pkg-config
# The value of a pkg-config variable, or nothing where there is no such package.
pc = $(shell $(PKG_CONFIG) --variable=$(1) $(2) 2>/dev/null)

# --- the boot program: static, with the smallest libc there is -----------------------------------
#
# Its flags are its own: what distributions put into CFLAGS (-fstack-protector-strong, -g) either
# does not link with klibc or doubles its size.

INITRAMFS_CC      ?= $(or $(shell command -v klcc),$(shell command -v musl-gcc),gcc) -static
INITRAMFS_CFLAGS  ?= $(smallest) -fno-jump-tables -fno-tree-switch-conversion -Wall -Wextra
INITRAMFS_LDFLAGS ?= -s
# -Oz is smaller still, where the compiler has it (gcc 12, clang), and some of what it does makes this
# program larger.
try      = $(shell $(INITRAMFS_CC) $(1) -E -x c /dev/null >/dev/null 2>&1 && echo '$(1)')
smallest := $(or $(call try,-Oz -fno-caller-saves -fno-inline-functions-called-once \
	-fno-move-loop-invariants -fno-tree-tail-merge -fno-tree-fre -fno-shrink-wrap \
	-fno-forward-propagate -fno-tree-dominator-opts),-Os) $(call try,-malign-data=abi)
boot_cppflags = -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
boot_cflags   = -std=gnu11 -fno-stack-protector -fno-asynchronous-unwind-tables -fomit-frame-pointer \
		-ffunction-sections -fdata-sections -ffile-prefix-map=$(CURDIR)=.
# The last one: no room between what is read and what is written.
boot_ldflags  = -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,--build-id=none -Wl,-z,common-page-size=64

# --- the administrator's command -----------------------------------------------------------------

CFLAGS       ?= -O2 -g -Wall -Wextra
libs          = libkmod libpci mount blkid
cli_cppflags  = -D_GNU_SOURCE -DVERSION='"$(VERSION)"' -DPKGLIBDIR='"$(pkglibdir)"' \
		-DUDEVRULESDIR='"$(udevrulesdir)"' \
		$(shell $(PKG_CONFIG) --cflags $(libs))
cli_cflags    = -std=gnu11 -ffile-prefix-map=$(CURDIR)=.
cli_libs      = $(shell $(PKG_CONFIG) --libs $(libs))

B            ?= build
boot_sources := $(wildcard src/*.c src/boot/*.c)
cli_sources  := $(wildcard src/*.c src/cli/*.c)
boot_objects  = $(boot_sources:src/%.c=$(B)/boot.o/%.o)
cli_objects   = $(cli_sources:src/%.c=$(B)/cli.o/%.o)

all: $(B)/vfio-claim-boot $(B)/vfio-claim

$(B)/vfio-claim-boot: $(boot_objects)
	$(INITRAMFS_CC) $(boot_ldflags) $(INITRAMFS_LDFLAGS) -o $@ $^

# Compiled one by one into the build directory: in one step, klcc leaves .o files beside the sources.
$(B)/boot.o/%.o: src/%.c $(B)/boot.o/flags
	@mkdir -p $(@D)
	$(INITRAMFS_CC) $(boot_cppflags) $(boot_cflags) $(INITRAMFS_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/vfio-claim: $(cli_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(cli_libs)

$(B)/cli.o/%.o: src/%.c $(B)/cli.o/flags
	@mkdir -p $(@D)
	$(CC) $(cli_cppflags) $(CPPFLAGS) $(cli_cflags) $(CFLAGS) -MMD -MP -c -o $@ $<

# Rebuild all when the compiler or a flag changes.
$(B)/boot.o/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(INITRAMFS_CC) $(boot_cppflags) $(boot_cflags) $(INITRAMFS_CFLAGS)' | cmp -s - $@ || \
		echo '$(INITRAMFS_CC) $(boot_cppflags) $(boot_cflags) $(INITRAMFS_CFLAGS)' >$@

$(B)/cli.o/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(cli_cppflags) $(CPPFLAGS) $(CFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(cli_cppflags) $(CPPFLAGS) $(CFLAGS)' >$@

-include $(boot_objects:.o=.d) $(cli_objects:.o=.d)

# --- install -------------------------------------------------------------------------------------

glue_hooks   = initramfs-tools/hooks/vfio-claim
glue_scripts = initramfs-tools/scripts/init-top/00-vfio-claim \
	       initramfs-tools/scripts/init-bottom/00-vfio-claim
dracut_programs = $(wildcard dracut-module/50vfio-claim/*.sh)
dracut_data     = $(wildcard dracut-module/50vfio-claim/*.service)

install: all
	$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(pkglibdir) $(DESTDIR)$(docdir) \
		$(DESTDIR)$(initramfsdir)/hooks $(DESTDIR)$(initramfsdir)/scripts/init-top \
		$(DESTDIR)$(initramfsdir)/scripts/init-bottom $(DESTDIR)$(dracutdir)/50vfio-claim \
		$(DESTDIR)$(udevrulesdir)
	$(INSTALL_PROGRAM) $(B)/vfio-claim $(DESTDIR)$(sbindir)/
	$(INSTALL_PROGRAM) $(B)/vfio-claim-boot $(DESTDIR)$(pkglibdir)/
	$(INSTALL_DATA) README.md $(DESTDIR)$(docdir)/
	$(INSTALL_DATA) udev/10-vfio-claim.rules $(DESTDIR)$(udevrulesdir)/
	for file in $(glue_hooks) $(glue_scripts); do \
		$(INSTALL_PROGRAM) $$file $(DESTDIR)$(initramfsdir)/$${file#initramfs-tools/} || exit; done
	$(INSTALL_PROGRAM) $(dracut_programs) $(DESTDIR)$(dracutdir)/50vfio-claim/
	$(INSTALL_DATA) $(dracut_data) $(DESTDIR)$(dracutdir)/50vfio-claim/
	sed -i 's|/usr/sbin/vfio-claim|$(sbindir)/vfio-claim|' \
		$(DESTDIR)$(initramfsdir)/hooks/vfio-claim \
		$(DESTDIR)$(dracutdir)/50vfio-claim/module-setup.sh
	sed -i 's|/usr/lib/vfio-claim/|$(pkglibdir)/|' $(DESTDIR)$(udevrulesdir)/10-vfio-claim.rules

uninstall:
	rm -rf $(DESTDIR)$(pkglibdir) $(DESTDIR)$(docdir) $(DESTDIR)$(dracutdir)/50vfio-claim
	rm -f $(DESTDIR)$(sbindir)/vfio-claim $(DESTDIR)$(udevrulesdir)/10-vfio-claim.rules \
		$(DESTDIR)$(initramfsdir)/hooks/vfio-claim \
		$(DESTDIR)$(initramfsdir)/scripts/init-top/00-vfio-claim \
		$(DESTDIR)$(initramfsdir)/scripts/init-bottom/00-vfio-claim

# --- show, test, measure ----------------------------------------------------------------------------

demo:
	@tests/install-packages demo
	@$(MAKE) -s all
	@tests/demo

check:
	@tests/install-packages check
	@$(MAKE) -s all
	@tests/run

fuzz:
	@tests/install-packages check
	@tests/fuzz/run long

coverage:
	@tests/install-packages check
	@tests/run coverage

bench:
	@tests/install-packages check
	@$(MAKE) -s all
	@bench/run

# What the build made; the lab's chroots and kernels, which cost a minute, stay.
clean:
	find $(B) -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +

distclean:
	rm -rf $(B)

# The value of a variable, for scripts that build with other compilers.
show-%:
	@echo '$($*)'

FORCE:
.PHONY: all install uninstall demo check fuzz coverage bench clean distclean FORCE
