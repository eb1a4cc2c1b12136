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

/* --- dice.c: random numbers, the same for the same seed ----------------------------------------
 */

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

/* --- machine.c: what there is ------------------------------------------------------------------
 */

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
	int vmd;     /* the VMD controller that it is behind, or -1 */
	int parent;  /* the physical function of a virtual one, which the boot has not got, or -1 */
	bool hidden; /* its VMD controller has no driver in the simulated boot */
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
	struct string running;             /* the command line of the running system */
	struct string modprobe;            /* what an old guide has left in modprobe.d */
	struct string file_ids;            /* the ids= in it */
	bool install;                      /* there is an install command for vfio-pci in it */
	bool early_load;                   /* something else loads vfio-pci before bind does */
	bool iommu;                        /* the machine has one, and the firmware has it on */
	bool iommu_now;                    /* it is in use in the running system */
	bool amd;                          /* whose it is */
	bool default_on;                   /* CONFIG_INTEL_IOMMU_DEFAULT_ON */
	bool natives_first;                /* built-in drivers come before a built-in vfio-pci */
};

/* What cases have besides machines, command lines and vfio-claim.conf. */
struct features {
	bool menu;      /* the command line stands in the default entry of a boot menu */
	bool leftovers; /* of older guides: modprobe.d, and others that load vfio-pci */
	bool iommu;     /* words that turn the IOMMU on and off */
	bool ids;       /* what modprobe makes of vfio-pci.ids= where the kernel reads another */
	bool vmd;       /* devices behind a VMD controller, which go with its driver */
};

extern struct features with;

extern const char *const KERNELS[]; /* the release for each enum vfio */

/* The "../" that lead from the directory of a function up to /sys. */
const char *function_way_up(const struct function *function);

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

/* --- words.c: what somebody may write ----------------------------------------------------------
 */

void words_cmdline(const struct machine *machine, struct string *cmdline);
void words_conf(const struct machine *machine, struct string *conf);
void words_ids(const struct machine *machine, struct string *ids);

/* --- menu.c, iommu.c ---------------------------------------------------------------------------
 */

/* Takes out of a command line what the boot loaders' own quoting would change. */
void menu_make_plain(struct string *line);

/*
 * Writes a boot menu whose default entry has @cmdline behind the root file system, and puts into
 * @running what the running system was started with.
 */
void menu_write(const struct machine *machine, const char *host, const char *cmdline,
		struct string *running);

/* Adds a word that is about the IOMMU. */
void iommu_add_word(struct string *cmdline);

/* Whether a boot of the machine with @cmdline has an IOMMU in use. */
bool iommu_will_be(const struct machine *machine, const char *cmdline);

/* --- kernel.c: the simulated kernel below the boot's tree ---------------------------------------
 */

/* Sets the tree, whose directory is @root, back to when init starts. */
void kernel_start(struct machine *machine, int root, const char *cmdline);

/* Loads the drivers of the devices' own; with @some, half of them. */
void kernel_coldplug(bool some);

/* With @now, what waits in a loop for the real root finds it at the end of its first round. */
void kernel_watch(bool now);

/* Loads vfio-pci as softdeps, modules-load.d and the like do. */
void kernel_load_early(void);

/* Whether the kernel and modprobe read other vfio-pci.ids= from the command line of this boot. */
bool kernel_reads_ids_twice(void);

/* The driver_override of a function. */
const char *kernel_override(const struct function *function);

#endif
