# SPDX-License-Identifier: GPL-2.0-or-later
# A NixOS module: claims PCI devices for vfio-pci in the initrd, with systemd there or without; see README.md.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.boot.vfio-claim;
  inherit (lib) mkIf mkOption optional types;

  # What may be written where a boot loader reads it. vfio-claim(7) has the forms; "vfio-claim plan" checks them.
  selector = types.strMatching "[0-9A-Za-z.:@*/+-]+";

  selectors =
    description:
    mkOption {
      type = types.listOf selector;
      default = [ ];
      inherit description;
    };

  list = name: values: optional (values != [ ]) "rd.vfio.${name}=${lib.concatStringsSep "," values}";
  switch = name: on: optional on "rd.vfio.${name}=1";

  kernel = config.boot.kernelPackages.kernel;

  # The boot program, and what it must know of this kernel. The command finds both below one directory.
  image = pkgs.runCommand "vfio-claim-image" { } ''
    mkdir -p $out root${cfg.package} root/lib/modules
    cp -r ${cfg.package}/lib root${cfg.package}/
    cp -r ${config.system.modulesTree}/lib/modules/${kernel.modDirVersion} root/lib/modules/
    chmod -R u+w root
    ${cfg.package}/bin/vfio-claim --sysroot "$PWD/root" image --kernel ${kernel.modDirVersion} --output $out
  '';

  program = "/usr/lib/vfio-claim/vfio-claim-boot";
in
{
  options.boot.vfio-claim = {
    enable = lib.mkEnableOption "claiming PCI devices for vfio-pci before any other driver can have them";

    package = mkOption {
      type = types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "pkgs.callPackage ./package.nix { }";
      description = "The package with the command and the boot program.";
    };

    claim = selectors "The devices, by slot, path or ID: see {manpage}`vfio-claim(7)`.";
    keep = selectors "Devices that are never claimed; `boot-vga` is the firmware's display.";
    force = selectors "Devices that are claimed even if a guard refuses.";

    vfs = mkOption {
      type = types.listOf (types.strMatching "[0-9A-Za-z.:@/]+:[0-9]+");
      default = [ ];
      example = [ "03:00.0:4" ];
      description = "Physical functions, and how many virtual functions of each are created and claimed.";
    };

    group = lib.mkEnableOption "claiming everything that shares an IOMMU group with the devices";
    strict = lib.mkEnableOption "leaving a device that cannot be claimed without a driver";

    timeout = mkOption {
      type = types.nullOr (types.ints.between 1 60);
      default = null;
      description = "Seconds until a step that hangs is given up; null: the program's default.";
    };

    intelIommu = lib.mkEnableOption "Intel's IOMMU (intel_iommu=on), which is off by default in many kernels";

    variants = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "mlx5_vfio_pci" ];
      description = "Modules of variant drivers that the initrd needs.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.claim != [ ] || cfg.vfs != [ ];
        message = "boot.vfio-claim.claim is empty: name a device, or turn boot.vfio-claim.enable off";
      }
    ];
    warnings =
      optional (lib.hasInfix "vfio-pci ids=" config.boot.extraModprobeConfig)
        "boot.extraModprobeConfig has ids= for vfio-pci, which takes every device with that ID: remove it"
      ++
        optional (!config.boot.initrd.systemd.enable && config.boot.initrd.kernelModules != [ ])
          "boot.initrd.kernelModules are loaded before vfio-claim: their drivers have the devices first, and give them back";

    # In the order of "vfio-claim enable".
    boot.kernelParams =
      list "claim" cfg.claim
      ++ list "keep" cfg.keep
      ++ list "force" cfg.force
      ++ list "vfs" cfg.vfs
      ++ switch "group" cfg.group
      ++ switch "strict" cfg.strict
      ++ optional (cfg.timeout != null) "rd.vfio.timeout=${toString cfg.timeout}"
      ++ optional cfg.intelIommu "intel_iommu=on";

    boot.initrd = {
      # Not kernelModules, which are loaded before anything is reserved.
      availableKernelModules = [
        "vfio_pci"
        "vfio_iommu_type1"
      ]
      ++ cfg.variants;

      systemd = mkIf config.boot.initrd.systemd.enable {
        contents."/usr/lib/vfio-claim".source = "${image}/usr/lib/vfio-claim";
        packages = [ cfg.package ];
        targets.sysinit.wants = [
          "vfio-claim-reserve.service"
          "vfio-claim-bind.service"
          "vfio-claim-watch.service"
        ];
        targets.initrd.wants = [ "vfio-claim-finish.service" ];
      };

      # The script that is used without systemd.
      extraFiles = mkIf (!config.boot.initrd.systemd.enable) {
        "/usr/lib/vfio-claim".source = "${image}/usr/lib/vfio-claim";
      };
      preDeviceCommands = mkIf (!config.boot.initrd.systemd.enable) (
        lib.mkBefore ''
          # The boot program looks for modprobe in /sbin.
          [ -e /sbin ] || ln -s /bin /sbin
          [ -e /proc/vmcore ] || {
            ${program} reserve
            { ${program} bind-early; ${program} watch; } &
          }
        ''
      );
      postMountCommands = mkIf (!config.boot.initrd.systemd.enable) ''
        [ -e /proc/vmcore ] || ${program} bind
      '';
    };

    # Devices that appear later, and the unit that fails if a claim has failed.
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.vfio-claim-status.wantedBy = [ "multi-user.target" ];
    environment.systemPackages = [ cfg.package ];
  };
}
