# SPDX-License-Identifier: GPL-2.0-or-later
# For configuration.nix: the second of two identical cards with its sound function, and never the console's.
{
  imports = [ ./module.nix ];

  boot.vfio-claim = {
    enable = true;
    claim = [ "02:00.*@10de:1e07" ];
    keep = [ "boot-vga" ];
    intelIommu = true;
  };
}
