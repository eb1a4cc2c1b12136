# SPDX-License-Identifier: GPL-2.0-or-later
#
# make                 builds build/vfio-claim-boot and build/vfio-claim
# make install         DESTDIR= prefix= and the directories below
# make uninstall       removes the same files
# make clean           removes what was built; make distclean also the lab's systems and images
#
# These install the Debian packages that they need:
# make demo            shows a claim on a real kernel in QEMU
# make check-quick     runs the tests that need no virtual machine, in 3 minutes
# make check           runs the tests of every promise, with real kernels in QEMU, in 20 minutes
# make check-all       runs check and everything else
# make fuzz            runs the fuzzers for FUZZ_SECONDS=600, or FUZZ_RUNS= executions each
# make coverage        shows which lines of the boot program no test runs
# make bench           measures what a claim costs; make measured also writes it into docs/measured.md
# make matrix          boots many kernels, generators, IOMMUs and firmwares; CELLS='PATTERN…' picks, JOBS=N at a time
# make soak            boots N=200 random machines with random requests, SEED=1 and those after it
#
# make dist            packs the sources: build/vfio-claim-VERSION.tar.gz
# make deb, make rpm   build the packages, in build/
# make release         builds all of these and their checksums, in build/release/

VERSION = 0.1.0

prefix              ?= /usr
exec_prefix         ?= $(prefix)
sbindir             ?= $(exec_prefix)/sbin
sysconfdir          ?= /etc
datarootdir         ?= $(prefix)/share
docdir              ?= $(datarootdir)/doc/vfio-claim
mandir              ?= $(datarootdir)/man
bashcompletiondir   ?= $(datarootdir)/bash-completion/completions
zshcompletiondir    ?= $(datarootdir)/zsh/site-functions
fishcompletiondir   ?= $(datarootdir)/fish/vendor_completions.d
# Inside an image the program is always at /usr/lib/vfio-claim/vfio-claim-boot.
pkglibdir           ?= $(prefix)/lib/vfio-claim
# Directories of other programs, which do not depend on the prefix.
udevrulesdir        ?= $(prefix)/lib/udev/rules.d
systemdsystemunitdir ?= $(or $(call pc,systemdsystemunitdir,systemd),/usr/lib/systemd/system)
initramfsdir        ?= /usr/share/initramfs-tools
dracutdir           ?= $(or $(call pc,dracutmodulesdir,dracut),/usr/lib/dracut/modules.d)
initcpiodir         ?= /usr/lib/initcpio
kernelinstalldir    ?= /usr/lib/kernel/install.d
grubdropindir       ?= $(sysconfdir)/default/grub.d
grubscriptdir       ?= $(sysconfdir)/grub.d

# What to install for. A package names its own; files for a generator that is not installed do no
# harm.
GENERATORS  ?= initramfs-tools dracut mkinitcpio
BOOTLOADERS ?= grub.d grub-mkconfig kernel-install

INSTALL         ?= install
INSTALL_PROGRAM ?= $(INSTALL) -m 0755
INSTALL_DATA    ?= $(INSTALL) -m 0644
PKG_CONFIG      ?= pkg-config
# The value of a pkg-config variable, or nothing where there is no such package.
pc = $(shell $(PKG_CONFIG) --variable=$(1) $(2) 2>/dev/null)

# --- the boot program: static, with the smallest libc available ----------------------------------
#
# It has its own flags: those that distributions put into CFLAGS (-fstack-protector-strong, -g)
# either do not link with klibc or double its size.

# arch COMPILER: what it compiles for, as one word; nothing for one that is not there.
arch = $(shell echo 'arch __x86_64__ __i386__ __aarch64__ __arm__ __powerpc64__ __s390x__ __riscv __loongarch__ \
	__mips__ __LP64__ __BYTE_ORDER__' | $(1) -E -x c - 2>/dev/null | sed -n 's/ /-/g; /^arch/p')
cc_arch := $(call arch,$(CC))
# Those for a small libc, best first; klcc and musl-gcc are usually for the build machine, Debian's cross compilers for
# musl are named by their targets.
small_cc = klcc musl-gcc $(subst gnu,musl,$(shell $(CC) -dumpmachine 2>/dev/null))-gcc
ifeq ($(origin INITRAMFS_CC),undefined)
INITRAMFS_CC      := $(or $(firstword $(foreach cc,$(small_cc),\
			$(if $(filter $(or $(cc_arch),%),$(call arch,$(cc))),$(cc)))),$(CC)) -static
endif
ifneq ($(filter-out $(cc_arch),$(if $(cc_arch),$(call arch,$(INITRAMFS_CC)))),)
$(error INITRAMFS_CC=$(INITRAMFS_CC) and CC=$(CC) are for different architectures)
endif
INITRAMFS_CFLAGS  ?= $(or $(call try,-Oz),-Os) -Wall -Wextra
INITRAMFS_LDFLAGS ?= -s
# A flag, if the compiler has it: -Oz needs gcc 12 or clang.
try = $(shell $(INITRAMFS_CC) $(1) -E -x c /dev/null >/dev/null 2>&1 && echo '$(1)')
# Keeps the paths of the build out of the programs; gcc 8 and clang have the better flag.
prefix_map := $(or $(call try,-ffile-prefix-map=$(CURDIR)=.),-fdebug-prefix-map=$(CURDIR)=.)
boot_cppflags = -D_GNU_SOURCE -DVERSION='"$(VERSION)"'
boot_cflags   = -std=gnu11 -fno-stack-protector -fno-asynchronous-unwind-tables -fomit-frame-pointer \
		-ffunction-sections -fdata-sections $(smaller) $(prefix_map)
# A stack aligned to 8 bytes is enough for klibc, which has no SSE instructions; musl and glibc have some.
klibc_only   := $(if $(findstring klcc,$(INITRAMFS_CC)),-mpreferred-stack-boundary=3)
# Optimizations of -Oz that make this program larger, and alignment that it does not need.
smaller      := -fno-jump-tables $(foreach flag,-fno-tree-switch-conversion -fno-tree-loop-im -fipa-pta \
		-fno-caller-saves -fno-forward-propagate -fno-inline-functions-called-once \
		-fno-move-loop-invariants -fno-partial-inlining -fno-shrink-wrap \
		-fno-tree-dominator-opts -fno-tree-sra -fno-tree-tail-merge \
		-fno-guess-branch-probability -malign-data=abi $(klibc_only),$(call try,$(flag)))
# noseparate-code: no page of zeros between data and code.
boot_ldflags  = -Wl,--gc-sections -Wl,-z,noseparate-code -Wl,--build-id=none

# --- the administrator's command -----------------------------------------------------------------

CFLAGS       ?= -O2 -g -Wall -Wextra
libs          = libkmod libpci mount blkid json-c libarchive
cli_cppflags  = -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
		$(shell $(PKG_CONFIG) --cflags $(libs))
cli_cflags    = -std=gnu11 $(prefix_map)
cli_libs      = $(shell $(PKG_CONFIG) --libs $(libs))

B            ?= build
boot_sources := $(wildcard src/core/*.c src/boot/*.c $(if $(findstring klcc,$(INITRAMFS_CC)),src/boot/klibc/*.c))
# All rooms except the boot program's.
cli_sources  := $(filter-out src/boot/%,$(wildcard src/*/*.c src/*/*/*.c))
boot_objects  = $(boot_sources:src/%.c=$(B)/boot.o/%.o)
cli_objects   = $(cli_sources:src/%.c=$(B)/cli.o/%.o) $(B)/cli.o/grub_d_file.o $(B)/cli.o/addon_files.o

all: $(B)/vfio-claim-boot $(B)/vfio-claim

$(B)/vfio-claim-boot: $(boot_objects)
	$(INITRAMFS_CC) $(boot_ldflags) $(INITRAMFS_LDFLAGS) -o $@ $^

# Compiled one by one into the build directory: in a single step, klcc leaves .o files beside the sources.
$(B)/boot.o/%.o: src/%.c $(B)/boot.o/flags
	@mkdir -p $(@D)
	$(INITRAMFS_CC) $(boot_cppflags) $(boot_cflags) $(INITRAMFS_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/vfio-claim: $(cli_objects)
	$(CC) $(LDFLAGS) -o $@ $^ $(cli_libs)

# Where the program that images get, and GRUB's commands, are installed. Another prefix compiles nothing else again.
with_directories = $(addprefix $(B)/cli.o/,image/image_layout.o bootloader/fallback/fallback_blscfg.o)
$(with_directories): cli_cppflags += -DPKGLIBDIR='"$(pkglibdir)"' -DUDEVRULESDIR='"$(udevrulesdir)"'
$(with_directories): $(B)/cli.o/directories

# The drop-in, which vfio-claim enable writes again if it has been removed.
$(B)/cli.o/grub_d_file.c: grub.d/vfio-claim.cfg $(B)/cli.o/directories
	@mkdir -p $(@D)
	@{ echo 'extern const char grub_d_file[];' && echo 'const char grub_d_file[] =' && \
		sed 's|/usr/lib/vfio-claim|$(pkglibdir)|; s/[\\"]/\\&/g; s/.*/"&\\n"/' $< && echo ';'; } >$@

# What "vfio-claim enable --addon" puts into an add-on.
embed = echo 'extern const char $(1)[];' && echo 'const char $(1)[] =' && \
	sed 's/[\\"]/\\&/g; s/.*/"&\\n"/' $(2) && echo ';'
$(B)/cli.o/addon_files.c: systemd/vfio-claim-reserve.service systemd/addon/vfio-claim-complete.service \
		systemd/addon/tmpfiles.conf
	@mkdir -p $(@D)
	@{ $(call embed,reserve_unit,$(word 1,$^)) && $(call embed,complete_unit,$(word 2,$^)) && \
		$(call embed,addon_tmpfiles,$(word 3,$^)); } >$@

# In its directory and without debug information: it must not contain the name of the build directory.
$(B)/cli.o/grub_d_file.o $(B)/cli.o/addon_files.o: $(B)/cli.o/%.o: $(B)/cli.o/%.c
	cd $(@D) && $(CC) $(CPPFLAGS) $(cli_cflags) $(CFLAGS) -g0 -c -o $(@F) $(<F)

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

$(B)/cli.o/directories: FORCE
	@mkdir -p $(@D)
	@echo '$(pkglibdir) $(udevrulesdir)' | cmp -s - $@ || echo '$(pkglibdir) $(udevrulesdir)' >$@

-include $(boot_objects:.o=.d) $(cli_objects:.o=.d)

# --- install -------------------------------------------------------------------------------------

# What goes where: FILE:DIRECTORY, programs, data and settings, for each part.
# to DIRECTORY FILES
to = $(addsuffix :$(strip $(1)),$(wildcard $(2)))

# Documents and examples, and the directories that have some.
doc_names = *.md *.schema.json *.yml *.nix vfio-claim-* qemu Containerfile
docs      = $(sort $(shell find docs -type d))

programs_core = $(B)/vfio-claim:$(sbindir) $(B)/vfio-claim-boot:$(pkglibdir)
data_core     = $(call to,$(docdir),README.md CHANGELOG.md) \
		$(foreach dir,$(docs),$(call to,$(docdir)/$(dir),$(addprefix $(dir)/,$(doc_names)))) \
		$(foreach s,5 7 8,$(call to,$(mandir)/man$(s),man/*.$(s))) \
		$(call to,$(bashcompletiondir),completion/vfio-claim) \
		$(call to,$(zshcompletiondir),completion/_vfio-claim) \
		$(call to,$(fishcompletiondir),completion/vfio-claim.fish) \
		$(call to,$(udevrulesdir),udev/*.rules) \
		$(call to,$(systemdsystemunitdir),$(addprefix systemd/vfio-claim-,\
			reserve.service bind.service watch.service finish.service status.service))
programs_initramfs-tools = $(foreach d,hooks scripts/init-top scripts/init-bottom,\
	$(call to,$(initramfsdir)/$(d),initramfs-tools/$(d)/*))
programs_dracut         = $(call to,$(dracutdir)/50vfio-claim,dracut-module/50vfio-claim/*.sh)
data_mkinitcpio         = $(foreach d,install hooks,$(call to,$(initcpiodir)/$(d),mkinitcpio/$(d)/*))
settings_grub.d         = $(call to,$(grubdropindir),grub.d/*.cfg)
programs_grub-mkconfig  = $(call to,$(grubscriptdir),grub.d/42_vfio-claim)
data_grub-mkconfig      = $(call to,$(pkglibdir),grub.d/fallback.grub)
programs_kernel-install = $(call to,$(kernelinstalldir),kernel-install/*.install)

parts    = core $(GENERATORS) $(BOOTLOADERS)
programs = $(foreach part,$(parts),$(programs_$(part)))
data     = $(foreach part,$(parts),$(data_$(part)))
# These belong to the administrator once they are installed.
settings = $(foreach part,$(parts),$(settings_$(part)))
# Files that contain a default directory.
with_sbindir   = $(initramfsdir)/hooks/vfio-claim $(dracutdir)/50vfio-claim/module-setup.sh \
		 $(initcpiodir)/install/vfio-claim $(systemdsystemunitdir)/vfio-claim-status.service \
		 $(udevrulesdir)/10-vfio-claim.rules
with_pkglibdir = $(udevrulesdir)/10-vfio-claim.rules $(grubdropindir)/vfio-claim.cfg \
		 $(grubscriptdir)/42_vfio-claim \
		 $(initramfsdir)/scripts/init-top/00-vfio-claim

# each PAIRS COMMAND: for each pair, with its file in $$file and its destination in $$to
each = set -e; for pair in $(1); do \
	file=$${pair%%:*}; to=$(DESTDIR)$${pair\#*:}/$${file\#\#*/}; $(2); done
# name_directory FROM TO FILES: changes the directory in those of the files that have been installed
name_directory = for file in $(addprefix $(DESTDIR),$(3)); do \
	[ ! -e "$$file" ] || sed -i 's|$(1)/vfio-claim|$(2)/vfio-claim|' "$$file" || exit; done

install: all
	$(call each,$(programs),$(INSTALL) -d "$${to%/*}"; $(INSTALL_PROGRAM) "$$file" "$$to")
	$(call each,$(data),$(INSTALL) -d "$${to%/*}"; $(INSTALL_DATA) "$$file" "$$to")
	$(call each,$(settings),$(INSTALL) -d "$${to%/*}"; \
		[ -e "$$to" ] || $(INSTALL_DATA) "$$file" "$$to")
	$(call name_directory,/usr/sbin,$(sbindir),$(with_sbindir))
	$(call name_directory,/usr/lib,$(patsubst %/vfio-claim,%,$(pkglibdir)),$(with_pkglibdir))

uninstall:
	$(call each,$(programs) $(data) $(settings),rm -f "$$to")
	for dir in $(addprefix $(docdir)/,$(shell find docs -depth -type d)) $(docdir) $(pkglibdir) \
		$(dracutdir)/50vfio-claim; do \
		[ ! -d "$(DESTDIR)$$dir" ] || rmdir "$(DESTDIR)$$dir" || exit; done

# --- packages ------------------------------------------------------------------------------------

tarball = $(B)/vfio-claim-$(VERSION).tar.gz
# The date of all packed files is that of the release, so that two builds are identical.
export SOURCE_DATE_EPOCH ?= $(shell date -d "$$(sed -n 's/^ -- .*>  //p' debian/changelog | head -n 1)" +%s)

dist:
	packaging/dist $(VERSION) $(B)

deb: dist
	tests/install-packages deb
	packaging/deb/build $(tarball) $(B)

rpm: dist
	packaging/rpm/build $(tarball) $(B)

release: dist
	tests/install-packages release
	packaging/release $(tarball) $(B)/release

# --- show, test, measure -------------------------------------------------------------------------

demo:
	@tests/demo

check check-quick check-all:
	@tests/install-packages check
	@$(MAKE) -s all
	@tests/run $(or $(@:check-%=%),check)

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

measured: bench
	@bench/page

matrix:
	@tests/install-packages check
	@$(MAKE) -s all
	@tests/matrix/run

soak:
	@tests/install-packages check
	@$(MAKE) -s all
	@tests/soak/run --seed $(or $(SEED),1) --boots $(or $(N),200)

# Keeps the lab's systems and images, which take minutes to build.
clean:
	find $(B) -mindepth 1 -maxdepth 1 ! -name lab -exec rm -rf {} +

distclean:
	rm -rf $(B)

# The value of a variable, for scripts that build with other compilers.
show-%:
	@echo '$($*)'

FORCE:
.PHONY: all install uninstall dist deb rpm release demo check check-quick check-all fuzz coverage bench measured matrix soak clean distclean FORCE
