# SPDX-License-Identifier: GPL-2.0-or-later
# The package: pkgs.callPackage ./package.nix { }
{
  lib,
  stdenv,
  pkg-config,
  kmod,
  pciutils,
  util-linux,
  json_c,
  libarchive,
  pkgsStatic,
  src ? lib.cleanSource ../..,
}:

stdenv.mkDerivation {
  pname = "vfio-claim";
  version = lib.head (
    builtins.match "vfio-claim [(]([^)]*)[)].*" (builtins.readFile ../../debian/changelog)
  );
  inherit src;

  nativeBuildInputs = [ pkg-config ];
  buildInputs = [
    kmod
    pciutils
    util-linux
    json_c
    libarchive
  ];

  # NixOS builds its images itself (module.nix), and its boot menu has no drop-ins.
  makeFlags = [
    "GENERATORS="
    "BOOTLOADERS="
    "prefix=$(out)"
    "sbindir=$(out)/bin"
    "sysconfdir=$(out)/etc"
    "pkglibdir=$(out)/lib/vfio-claim"
    "udevrulesdir=$(out)/lib/udev/rules.d"
    "systemdsystemunitdir=$(out)/lib/systemd/system"
    # The boot program is static: in the initrd there is no libc of its own.
    "INITRAMFS_CC=${pkgsStatic.stdenv.cc}/bin/${pkgsStatic.stdenv.cc.targetPrefix}cc"
    "INITRAMFS_LDFLAGS=-static -s"
  ];
  enableParallelBuilding = true;

  meta = {
    description = "Gives PCI devices to vfio-pci at boot, before any other driver";
    license = lib.licenses.gpl2Plus;
    platforms = lib.platforms.linux;
    mainProgram = "vfio-claim";
  };
}
