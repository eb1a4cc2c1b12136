/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random machine as two trees of files: the running system's, on which vfio-claim plan is asked,
 * and that of its next boot, on which vfio-claim-boot acts, with a kernel simulated behind it.
 */
#ifndef VFIO_CLAIM_PROPERTY_H
#define VFIO_CLAIM_PROPERTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FUNCTIONS_MAX 48
#define DRIVER_SIZE   64
#define TEXT_MAX      8192

/* --- dice.c: random numbers, the same for the same seed ---------------------------------------- */

/* Begins the sequence that belongs to these numbers. */
void dice_begin(uint64_t seed, uint64_t number, uint64_t purpose);

/* A number from 0 to @sides - 1. */
unsigned int roll(unsigned int sides);

/* True in @percent of 100 cases. */
bool chance(unsigned int percent);

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PICK(array)  ((array)[roll(COUNT(array))])

/* A text that is put together; what does not fit any more is an error of the generator. */
struct string {
	char data[TEXT_MAX];
	size_t length;
};

void string_add(struct string *string, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* --- machine.c: what there is ------------------------------------------------------------------ */

struct function {
	unsigned int domain, bus, device, function;
	unsigned int vendor, id, subvendor, subdevice, class;
	char slot[20];
	char path[240];     /* below /sys/devices, beginning at the root bus */
	const char *native; /* the driver that it is for, or NULL */
	bool early;         /* that one is built into the kernel */
	bool stub;          /* pci-stub has it from the start of every boot */
	const char *now;    /* the driver that it has in the running system, or NULL */
	const char *override;
	bool readable; /* its modalias */
	bool bridge;   /* its header type is not 0 */
	bool display, boot_vga;
	bool direct; /* the firmware has reserved memory for it */
	int group;   /* -1 for none */
	int vfs;     /* virtual functions enabled now; -1 when it cannot have any */
	int parent;  /* the physical function of a virtual one, which the boot has not got, or -1 */
	const char *bound; /* the driver that it has in the simulated boot, or NULL */
};

/* How vfio is there in the kernel. */
enum vfio { VFIO_MODULE, VFIO_BUILT_IN, VFIO_NONE };

struct machine {
	struct function function[FUNCTIONS_MAX];
	size_t count;
	enum vfio vfio;
	int root_disk, boot_disk, network; /* functions, or -1 */
	struct string conf;                /* vfio-claim.conf; empty for none */
	struct string modprobe;            /* what an old guide has left in modprobe.d */
	const char *file_ids;              /* the ids= in it, or NULL */
	bool install;                      /* there is an install command for vfio-pci in it */
	bool iommu;
	bool natives_first;                /* built-in drivers come before a built-in vfio-pci */
};

extern const char *const KERNELS[]; /* the release for each enum vfio */

/* Makes a machine from the dice. */
void machine_make(struct machine *machine);

/* Writes both trees, anew. The image is made later, over that of the boot. */
void machine_write(const struct machine *machine, const char *host, const char *boot);

/* Removes all below @path, and that. */
void remove_tree(const char *path);

/* Writes a file, making the directories. */
void write_text(const char *root, const char *path, const char *text);

/* The machine for a person. */
void machine_print(const struct machine *machine, FILE *to);

/* --- words.c: what somebody may write ---------------------------------------------------------- */

void words_cmdline(const struct machine *machine, struct string *cmdline);
void words_conf(const struct machine *machine, struct string *conf);
void words_ids(const struct machine *machine, struct string *ids);

/* --- kernel.c: the simulated kernel below the boot's tree --------------------------------------- */

/* Sets the tree, whose directory is @root, back to when init starts. */
void kernel_start(struct machine *machine, int root, const char *cmdline);

/* Loads the drivers of the devices' own; with @some, half of them. */
void kernel_coldplug(bool some);

/* The driver_override of a function. */
const char *kernel_override(const struct function *function);

#endif
