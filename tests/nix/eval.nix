# SPDX-License-Identifier: GPL-2.0-or-later
# Evaluates packaging/nix/module.nix with the options of NixOS that it uses, as far as it uses them.
# Arguments: lib, the path of nixpkgs' lib; settings, the settings of boot.vfio-claim as JSON; systemd, in the initrd.
{
  lib,
  settings,
  systemd,
}:

let
  l = import lib;
  inherit (l) mkOption types;

  anything = mkOption {
    type = types.anything;
    default = { };
  };
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  lines = mkOption {
    type = types.lines;
    default = "";
  };

  derivation = name: {
    type = "derivation";
    inherit name;
    outPath = "/nix/store/${name}";
  };

  nixos = {
    options = {
      assertions = mkOption { type = types.listOf types.unspecified; };
      warnings = strings;
      boot.kernelParams = strings;
      boot.extraModprobeConfig = lines;
      boot.kernelPackages = anything;
      boot.initrd.availableKernelModules = strings;
      boot.initrd.kernelModules = strings;
      boot.initrd.preDeviceCommands = lines;
      boot.initrd.postMountCommands = lines;
      boot.initrd.extraFiles = anything;
      boot.initrd.systemd.enable = mkOption { type = types.bool; };
      boot.initrd.systemd.contents = anything;
      boot.initrd.systemd.packages = mkOption { type = types.listOf types.package; };
      boot.initrd.systemd.targets = anything;
      services.udev.packages = mkOption { type = types.listOf types.package; };
      systemd.packages = mkOption { type = types.listOf types.package; };
      systemd.services = anything;
      environment.systemPackages = mkOption { type = types.listOf types.package; };
      system.modulesTree = anything;
    };
    config = {
      boot.kernelPackages.kernel.modDirVersion = "6.1.0-test";
      boot.initrd.systemd.enable = systemd;
      boot.initrd.systemd.packages = [ ];
      system.modulesTree = "/nix/store/modules";
    };
  };

  # What runCommand would run stands in place of the path of its result.
  pkgs = {
    runCommand =
      _: _: text:
      text;
    callPackage = _: _: derivation "vfio-claim";
  };

  config =
    (l.evalModules {
      specialArgs = { inherit pkgs; };
      modules = [
        nixos
        ../../packaging/nix/module.nix
      ]
      ++ (
        if settings == "example" then
          [ ../../packaging/nix/example.nix ]
        else
          [ { boot.vfio-claim = builtins.fromJSON settings; } ]
      );
    }).config;
in
{
  params = config.boot.kernelParams;
  warnings = config.warnings;
  failed = map (a: a.message) (builtins.filter (a: !a.assertion) config.assertions);
  modules = config.boot.initrd.availableKernelModules;
  pre = config.boot.initrd.preDeviceCommands;
  post = config.boot.initrd.postMountCommands;
  files = builtins.attrNames config.boot.initrd.extraFiles;
  contents = builtins.attrNames config.boot.initrd.systemd.contents;
  image =
    (config.boot.initrd.systemd.contents // config.boot.initrd.extraFiles)."/usr/lib/vfio-claim".source
      or null;
  targets = config.boot.initrd.systemd.targets;
  packages = map toString config.boot.initrd.systemd.packages;
}
