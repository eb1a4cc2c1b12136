// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * open-vfio.c - as a user, takes a PCI function from vfio as QEMU does: container, group, IOMMU,
 * one page mapped for DMA, the device and its information. Prints the first step that fails, or
 * what the device has. For the lab's boots; linked statically. Usage: open-vfio UID GID GROUP SLOT
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int fail(const char *step)
{
	printf("%s: %s\n", step, strerror(errno));
	return 1;
}

static int map_page(int container)
{
	struct vfio_iommu_type1_dma_map map = { .argsz = sizeof(map),
						.flags = VFIO_DMA_MAP_FLAG_READ |
							 VFIO_DMA_MAP_FLAG_WRITE,
						.iova = 0x100000,
						.size = 4096 };
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -1;
	map.vaddr = (uintptr_t)page;
	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int use_device(int group, const char *slot)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	struct vfio_region_info config = { .argsz = sizeof(config),
					   .index = VFIO_PCI_CONFIG_REGION_INDEX };
	int device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, slot);
	uint16_t ids[2];

	if (device < 0)
		return fail("device");
	if (ioctl(device, VFIO_DEVICE_GET_INFO, &info) < 0 ||
	    ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &config) < 0 ||
	    pread(device, ids, sizeof(ids), (off_t)config.offset) != sizeof(ids))
		return fail("information");
	printf("%04x:%04x, %u regions\n", ids[0], ids[1], info.num_regions);
	return 0;
}

static int use_group(int container, int group, const char *slot)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status) < 0)
		return fail("status");
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE)) {
		puts("the group is not viable");
		return 1;
	}
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0 ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0)
		return fail("container");
	if (map_page(container) < 0)
		return fail("DMA");
	return use_device(group, slot);
}

int main(int argc, char **argv)
{
	char path[64];
	int container, group;

	if (argc != 5)
		return 2;
	if (setgroups(0, NULL) < 0 || setgid((gid_t)atoi(argv[2])) < 0 ||
	    setuid((uid_t)atoi(argv[1])) < 0)
		return fail("user");
	container = open("/dev/vfio/vfio", O_RDWR);
	if (container < 0)
		return fail("/dev/vfio/vfio");
	snprintf(path, sizeof(path), "/dev/vfio/%s", argv[3]);
	group = open(path, O_RDWR);
	if (group < 0)
		return fail("the group");
	return use_group(container, group, argv[4]);
}
