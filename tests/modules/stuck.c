// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A driver for QEMU's edu device that never gives it up: whoever unbinds it stays in remove(),
 * cannot be killed, and holds the device's lock.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/pci.h>

static int stuck_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return 0;
}

static void stuck_remove(struct pci_dev *pdev)
{
	/*
	 * Not pci_info(): the journal looks up the device that a message is about, and there are
	 * kernels where that waits for the lock.
	 */
	pr_info("stuck: not letting go of %s\n", pci_name(pdev));
	/* Not one long sleep: the kernel would warn of a hung task. */
	for (;;)
		msleep(1000);
}

static const struct pci_device_id stuck_table[] = { { PCI_DEVICE(0x1234, 0x11e8) }, {} };
MODULE_DEVICE_TABLE(pci, stuck_table);

static struct pci_driver stuck_driver = {
	.name = "stuck",
	.id_table = stuck_table,
	.probe = stuck_probe,
	.remove = stuck_remove,
};
module_pci_driver(stuck_driver);

MODULE_DESCRIPTION("A PCI driver that never lets go of its device");
MODULE_LICENSE("GPL");
