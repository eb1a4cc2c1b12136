# SPDX-License-Identifier: GPL-2.0-or-later
# Shows what packaging/nix/package.nix would do; the compiler is that of this machine.
{ lib }:

let
  package = import ../../packaging/nix/package.nix {
    lib = import lib;
    stdenv.mkDerivation = attributes: attributes;
    pkgsStatic.stdenv.cc = {
      outPath = "/usr";
      targetPrefix = "";
    };
    src = null;
    pkg-config = null;
    kmod = null;
    pciutils = null;
    util-linux = null;
    json_c = null;
    libarchive = null;
  };
in
{
  inherit (package) makeFlags version;
}
