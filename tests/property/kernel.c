// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel below the boot's tree, and modprobe: what happens when the boot program writes to a
 * control file of the PCI bus (drivers/pci/pci-driver.c, drivers/base/bus.c) or runs modprobe.
 * Children run in this process; nothing waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/core/child.h"
#include "../../src/core/sysfs.h"
#include "../../src/host/sysroot_files.h"
#include "../../src/machine/override.h"
#include "property.h"

#define VFIO "vfio-pci"

#define IDS_MAX 256
#define ANY     0xffffffffu

struct dynamic_id {
	unsigned int vendor, device, subvendor, subdevice, class, mask;
};

static struct {
	struct machine *machine;
	int root;
	const char *cmdline;
	struct dynamic_id id[IDS_MAX];
	size_t id_count;
	bool vfio;    /* vfio-pci is registered */
	bool variant; /* so is the other one */
	bool cold;    /* the natives that are modules have not been loaded yet */
	bool half;    /* only those of even bus numbers have */
	bool iommu;   /* it is in use in this boot */
} kernel;

/* The variant's module and the driver in it are called differently. */
static const char VARIANT[] = "hisi-acc-vfio-pci";
static const char VARIANT_MODULE[] = "hisi_acc_vfio_pci";

/* --- functions ---------------------------------------------------------------------------------
 */

/* Whether the boot has it at this moment. */
static bool is_there(const struct function *f)
{
	return f->parent < 0 && !f->hidden;
}

static struct function *find_function(const char *slot)
{
	size_t i, length = strcspn(slot, "\n");

	for (i = 0; i < kernel.machine->count; i++)
		if (is_there(&kernel.machine->function[i]) &&
		    strlen(kernel.machine->function[i].slot) == length &&
		    !strncmp(kernel.machine->function[i].slot, slot, length))
			return &kernel.machine->function[i];
	return NULL;
}

const char *kernel_override(const struct function *function)
{
	static char override[DRIVER_SIZE];
	char path[100];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", function->slot);
	fd = openat(kernel.root, path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, override, sizeof(override) - 1);
	if (fd >= 0)
		close(fd);
	override[length < 0 ? 0 : length] = '\0';
	override[strcspn(override, "\n")] = '\0';
	return strcmp(override, "(null)") ? override : "";
}

/* The link in the directory of the driver, which only these drivers have here. */
static bool has_directory(const char *driver)
{
	return !strcmp(driver, VFIO) || !strcmp(driver, VARIANT);
}

static void unbind(struct function *function);

/* Where the bus and its group have a function. */
static void link_function(const struct function *f, bool there)
{
	char path[140], target[400];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", f->slot);
	snprintf(target, sizeof(target), "../../../devices/%s", f->path);
	unlinkat(kernel.root, path, 0);
	if (there && symlinkat(target, kernel.root, path) < 0)
		abort();
	if (f->group < 0)
		return;
	snprintf(path, sizeof(path), "sys/kernel/iommu_groups/%d/devices/%s", f->group, f->slot);
	snprintf(target, sizeof(target), "../../../../devices/%s", f->path);
	unlinkat(kernel.root, path, 0);
	if (there && symlinkat(target, kernel.root, path) < 0)
		abort();
}

/* What is behind a VMD controller comes and goes with its driver. */
static void show_behind(const struct function *vmd, bool show)
{
	struct function *f;
	size_t i;

	for (i = 0; i < kernel.machine->count; i++) {
		f = &kernel.machine->function[i];
		if (f->vmd < 0 || &kernel.machine->function[f->vmd] != vmd || f->hidden == !show)
			continue;
		if (!show && f->bound)
			unbind(f);
		f->hidden = !show;
		link_function(f, show);
	}
}

static void bind_to(struct function *function, const char *driver)
{
	char path[140], target[140];

	function->bound = driver;
	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", function->slot);
	snprintf(target, sizeof(target), "../../../bus/pci/drivers/%s", driver);
	if (symlinkat(target, kernel.root, path) < 0)
		abort();
	if (!strcmp(driver, "vmd"))
		show_behind(function, true);
	if (!has_directory(driver))
		return;
	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", driver, function->slot);
	snprintf(target, sizeof(target), "../../../../devices/%.100s", function->path);
	if (symlinkat(target, kernel.root, path) < 0)
		abort();
}

static void unbind(struct function *function)
{
	char path[140];

	if (!strcmp(function->bound, "vmd"))
		show_behind(function, false);

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", function->slot);
	unlinkat(kernel.root, path, 0);
	if (has_directory(function->bound)) {
		snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s/%s", function->bound,
			 function->slot);
		unlinkat(kernel.root, path, 0);
	}
	function->bound = NULL;
}

/* --- drivers -----------------------------------------------------------------------------------
 */

static bool has_dynamic_id(const struct function *f)
{
	const struct dynamic_id *id;
	size_t i;

	for (i = 0; i < kernel.id_count; i++) {
		id = &kernel.id[i];
		if (f->readable && id->vendor == f->vendor && id->device == f->id &&
		    (id->subvendor == ANY || id->subvendor == f->subvendor) &&
		    (id->subdevice == ANY || id->subdevice == f->subdevice) &&
		    !((id->class ^ f->class) & id->mask))
			return true;
	}
	return false;
}

/* Whether the module of a function's own driver has been loaded. */
static bool native_is_there(const struct function *f)
{
	return f->native && (f->early || !kernel.cold || (kernel.half && f->bus % 2 == 0));
}

/* pci_match_device() */
static bool matches(const struct function *f, const char *driver)
{
	const char *override = kernel_override(f);

	if (*override)
		return !strcmp(override, driver);
	if (!strcmp(driver, VFIO))
		return has_dynamic_id(f);
	return native_is_there(f) && !strcmp(f->native, driver);
}

/* vfio_pci_core_register_device(); a group, or there is no IOMMU that would serve it. */
static bool accepts(const struct function *f, const char *driver)
{
	return !has_directory(driver) || (!f->bridge && f->group >= 0 && kernel.iommu);
}

static int bind_if(struct function *f, const char *driver)
{
	if (f->bound)
		return -EBUSY;
	if (!matches(f, driver))
		return -ENODEV;
	if (!accepts(f, driver))
		return -EINVAL;
	bind_to(f, driver);
	return 0;
}

static bool is_registered(const char *driver)
{
	if (!strcmp(driver, VFIO))
		return kernel.vfio;
	return strcmp(driver, VARIANT) || kernel.variant;
}

static void probe(struct function *f)
{
	static const char *const drivers[] = { VFIO, VARIANT };
	size_t i;

	if (f->bound)
		return;
	/* By pci-stub.ids=; it is built in where there is one. */
	if (f->stub && !*kernel_override(f)) {
		bind_to(f, "pci-stub");
		return;
	}
	if (f->native && !bind_if(f, f->native))
		return;
	for (i = 0; i < COUNT(drivers); i++)
		if (is_registered(drivers[i]) && !bind_if(f, drivers[i]))
			return;
}

static void register_driver(const char *driver)
{
	char path[100];
	size_t i;

	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", driver);
	mkdirat(kernel.root, path, 0755);
	if (!strcmp(driver, VFIO))
		kernel.vfio = true;
	else
		kernel.variant = true;
	for (i = 0; i < kernel.machine->count; i++)
		if (is_there(&kernel.machine->function[i]))
			bind_if(&kernel.machine->function[i], driver);
}

/* vfio_pci_fill_ids() */
static void give_ids(const char *ids)
{
	char *copy = strdup(ids), *rest = copy, *item;
	struct dynamic_id *id;

	while (copy && (item = strsep(&rest, ",")) && kernel.id_count < IDS_MAX) {
		id = &kernel.id[kernel.id_count];
		*id = (struct dynamic_id){ 0, 0, ANY, ANY, 0, 0 };
		if (*item && sscanf(item, "%x:%x:%x:%x:%x:%x", &id->vendor, &id->device,
				    &id->subvendor, &id->subdevice, &id->class, &id->mask) >= 2)
			kernel.id_count++;
	}
	free(copy);
}

/* The value of the last vfio-pci.ids= on the command line, a new string, or NULL. */
static char *ids_of_cmdline(bool to_the_end)
{
	char *copy = strdup(kernel.cmdline), *rest = copy, *word, *value = NULL, *c;

	while (copy && (word = strsep(&rest, to_the_end ? " " : " \t"))) {
		if (!to_the_end && !strcmp(word, "--"))
			break;
		word += *word == '"';
		for (c = word; *c && *c != '.'; c++)
			*c = *c == '-' ? '_' : *c;
		if (strncmp(word, "vfio_pci.ids=", strlen("vfio_pci.ids=")) != 0)
			continue;
		word += strlen("vfio_pci.ids=");
		word += *word == '"';
		free(value);
		value = strndup(word, strcspn(word, "\""));
	}
	free(copy);
	return value;
}

/* Gives those that are there their built-in drivers, pci-stub or the others. */
static void start_drivers(bool stub)
{
	struct function *f;
	size_t i;

	for (i = 0; i < kernel.machine->count; i++) {
		f = &kernel.machine->function[i];
		if (!is_there(f) || f->bound || f->stub != stub)
			continue;
		if (f->stub || f->early)
			bind_to(f, f->stub ? "pci-stub" : f->native);
	}
}

static void start_vfio(void)
{
	char *ids;

	if (kernel.machine->vfio != VFIO_BUILT_IN)
		return;
	ids = ids_of_cmdline(false);
	if (ids)
		give_ids(ids);
	free(ids);
	register_driver(VFIO);
}

static void join_group(const struct function *f, bool join)
{
	char path[140], target[200];

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/iommu_group", f->slot);
	snprintf(target, sizeof(target), "%skernel/iommu_groups/%d", function_way_up(f), f->group);
	unlinkat(kernel.root, path, 0);
	if (join && symlinkat(target, kernel.root, path) < 0)
		abort();
}

/* The links that tell of an IOMMU; is_there says how an earlier boot has left them. */
static void start_iommu(void)
{
	const char *iommu = kernel.machine->amd ? "sys/class/iommu/ivhd0" : "sys/class/iommu/dmar0";
	bool is_there = !faccessat(kernel.root, iommu, F_OK, 0);
	size_t i;

	kernel.iommu = iommu_will_be(kernel.machine, kernel.cmdline);
	if (kernel.iommu == is_there)
		return;
	for (i = 0; i < kernel.machine->count; i++)
		if (kernel.machine->function[i].parent < 0 &&
		    kernel.machine->function[i].group >= 0)
			join_group(&kernel.machine->function[i], kernel.iommu);
	if (is_there)
		unlinkat(kernel.root, iommu, AT_REMOVEDIR);
	else
		mkdirat(kernel.root, iommu, 0755);
}

/* Takes away all that an earlier boot has made. */
static void clean(void)
{
	static const char *const files[] = {
		"boot", "conf", "protected", "variants", "lock", "late"
	};
	struct function *f;
	char path[140];
	size_t i;
	int fd;

	for (i = 0; i < kernel.machine->count; i++) {
		f = &kernel.machine->function[i];
		if (f->bound)
			unbind(f);
		if (f->hidden)
			link_function(f, true);
		f->hidden = false;
		if (f->parent >= 0 || !*kernel_override(f))
			continue;
		snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver_override", f->slot);
		fd = openat(kernel.root, path, O_WRONLY | O_TRUNC | O_CLOEXEC);
		if (fd < 0 || write(fd, "(null)\n", 7) != 7)
			abort();
		close(fd);
	}
	unlinkat(kernel.root, "sys/bus/pci/drivers/" VFIO, AT_REMOVEDIR);
	snprintf(path, sizeof(path), "sys/bus/pci/drivers/%s", VARIANT);
	unlinkat(kernel.root, path, AT_REMOVEDIR);
	for (i = 0; i < COUNT(files); i++) {
		snprintf(path, sizeof(path), "run/vfio-claim/%s", files[i]);
		unlinkat(kernel.root, path, 0);
	}
	unlinkat(kernel.root, "run/vfio-claim", AT_REMOVEDIR);
	fd = openat(kernel.root, "dev/kmsg", O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
}

void kernel_start(struct machine *machine, int root, const char *cmdline)
{
	size_t i;

	memset(&kernel, 0, sizeof(kernel));
	kernel.machine = machine;
	kernel.root = root;
	kernel.cmdline = cmdline;
	kernel.cold = true;
	clean();
	start_iommu();
	for (i = 0; i < machine->count; i++)
		if (machine->function[i].class == 0x010400)
			show_behind(&machine->function[i], false);
	start_drivers(true);
	if (!machine->natives_first)
		start_vfio();
	start_drivers(false);
	if (machine->natives_first)
		start_vfio();
}

void kernel_coldplug(bool some)
{
	struct function *f;
	size_t i;

	kernel.half = some;
	kernel.cold = some;
	for (i = 0; i < kernel.machine->count; i++) {
		f = &kernel.machine->function[i];
		if (is_there(f))
			probe(f);
	}
}

/* --- control files, in place of sysfs_write() ---------------------------------------------------
 */

/* remove_id_store(): the first one that is so. */
static int remove_id(const char *data)
{
	struct dynamic_id wanted = { 0, 0, ANY, ANY, 0, 0 }, *id;
	size_t i;

	if (sscanf(data, "%x %x %x %x %x %x", &wanted.vendor, &wanted.device, &wanted.subvendor,
		   &wanted.subdevice, &wanted.class, &wanted.mask) < 2)
		return -EINVAL;
	for (i = 0; i < kernel.id_count; i++) {
		id = &kernel.id[i];
		if (id->vendor != wanted.vendor || id->device != wanted.device ||
		    (wanted.subvendor != ANY && id->subvendor != wanted.subvendor) ||
		    (wanted.subdevice != ANY && id->subdevice != wanted.subdevice) ||
		    ((id->class ^ wanted.class) & wanted.mask))
			continue;
		memmove(id, id + 1, (--kernel.id_count - i) * sizeof(*id));
		return 0;
	}
	return -ENODEV;
}

static int write_driver(const char *driver, const char *file, const char *data)
{
	struct function *f = find_function(data);

	if (!is_registered(driver))
		return -ENOENT;
	if (!strcmp(file, "remove_id"))
		return strcmp(driver, VFIO) ? -ENODEV : remove_id(data);
	if (!f)
		return -ENODEV;
	if (!strcmp(file, "bind")) {
		static const char *const own[] = { VFIO, VARIANT, "pci-stub" };
		size_t i;

		for (i = 0; i < COUNT(own); i++)
			if (!strcmp(driver, own[i]))
				return bind_if(f, own[i]);
		return f->native ? bind_if(f, f->native) : -ENODEV;
	}
	if (strcmp(file, "unbind") != 0)
		abort();
	if (!f->bound || strcmp(f->bound, driver) != 0)
		return -ENODEV;
	unbind(f);
	return 0;
}

int __real_sysfs_write(int dir, const char *path, const char *data);
int __wrap_sysfs_write(int dir, const char *path, const char *data);
int __wrap_sysfs_write(int dir, const char *path, const char *data)
{
	static const char drivers[] = "bus/pci/drivers/";
	char driver[DRIVER_SIZE];
	const char *slash;

	if (!strcmp(path, "bus/pci/drivers_probe")) {
		struct function *f = find_function(data);

		if (f)
			probe(f);
		return f ? 0 : -ENODEV;
	}
	if (strncmp(path, drivers, strlen(drivers)) != 0)
		return __real_sysfs_write(dir, path, data);
	path += strlen(drivers);
	slash = strchr(path, '/');
	if (!slash)
		abort();
	snprintf(driver, sizeof(driver), "%.*s", (int)(slash - path), path);
	return write_driver(driver, slash + 1, data);
}

/* A file that is written from its beginning keeps what it had behind that; an attribute does not.
 */
ssize_t __real_pwrite(int fd, const void *data, size_t length, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t length, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *data, size_t length, off_t offset)
{
	ssize_t done = __real_pwrite(fd, data, length, offset);

	return done >= 0 && ftruncate(fd, offset + done) < 0 ? -1 : done;
}

/* --- src/core/child.h, in this process; and modprobe ---------------------------------------------
 */

static sigjmp_buf job_end;
static bool in_job, watching;
static int job_say;

static void end_job(const char *said, int status)
{
	if (*said && write(job_say, said, strlen(said)) < 0)
		abort();
	siglongjmp(job_end, status + 1);
}

void child_start(struct child *child, child_job *job, void *what)
{
	ssize_t length;
	int ends[2], jump;

	memset(child, 0, sizeof(*child));
	if (in_job || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	in_job = true;
	job_say = ends[1];
	jump = sigsetjmp(job_end, 1);
	child->error = jump ? jump - 1 : job(what, ends[1]);
	in_job = false;
	length = read(ends[0], child->said, sizeof(child->said) - 1);
	child->length = length > 0 ? (size_t)length : 0;
	close(ends[0]);
	close(ends[1]);
}

bool child_wait(struct child *child, unsigned int patience, unsigned int *budget)
{
	(void)child;
	(void)patience;
	(void)budget;
	return true;
}

void child_abandon(struct child *child)
{
	(void)child;
}

int __real_fchdir(int fd);
int __wrap_fchdir(int fd);
int __wrap_fchdir(int fd)
{
	return in_job ? 0 : __real_fchdir(fd);
}

int __real_dup2(int from, int to);
int __wrap_dup2(int from, int to);
int __wrap_dup2(int from, int to)
{
	return in_job ? to : __real_dup2(from, to);
}

/* Without the process that it takes for a driver that does not let go of its device. */
char *__wrap_override_read(const char *sysroot, const char *slot);
char *__wrap_override_read(const char *sysroot, const char *slot)
{
	char *override = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/driver_override", slot);

	if (override && !strcmp(override, "(null)"))
		*override = '\0';
	return override;
}

/* What is waited for has happened, or never will. */
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (count)
		return __real_poll(fds, count, timeout);
	if (watching && !in_job)
		renameat(kernel.root, "proc/cmdline", kernel.root, "proc/cmdline.gone");
	return 0;
}

void kernel_watch(bool now)
{
	watching = now;
	if (!now)
		renameat(kernel.root, "proc/cmdline.gone", kernel.root, "proc/cmdline");
}

/* What modprobe has been told. */
struct modprobe {
	bool ignore_install;
	const char *ids; /* on its own command line */
};

static void load_vfio(const struct modprobe *modprobe)
{
	const char *ids = modprobe->ids;
	char *given;

	if (kernel.vfio)
		return;
	given = ids ? NULL : ids_of_cmdline(true);
	/* The last one counts: modprobe.d, the kernel command line, modprobe's own. */
	if (!ids)
		ids = given ? given : kernel.machine->file_ids.data;
	give_ids(ids);
	free(given);
	register_driver(VFIO);
}

/* Gives what modprobe says when it fails, or NULL. */
static const char *load_module(const char *name, const struct modprobe *modprobe)
{
	char path[100], module[DRIVER_SIZE], *c;

	snprintf(module, sizeof(module), "%s", name);
	for (c = module; *c; c++)
		*c = *c == '-' ? '_' : *c;
	if (strcmp(module, "vfio_pci") != 0 && strcmp(module, VARIANT_MODULE) != 0)
		return NULL;
	if (kernel.machine->vfio == VFIO_NONE)
		return "modprobe: FATAL: Module vfio-pci not found in directory /lib/modules/x\n";
	if (!strcmp(module, "vfio_pci")) {
		if (kernel.machine->install && !modprobe->ignore_install)
			return "modprobe: ERROR: the install command has failed\n";
		load_vfio(modprobe);
		return NULL;
	}
	if (kernel.variant)
		return NULL;
	snprintf(path, sizeof(path), "sys/module/%s", VARIANT_MODULE);
	mkdirat(kernel.root, path, 0755);
	snprintf(path, sizeof(path), "sys/module/%s/drivers", VARIANT_MODULE);
	mkdirat(kernel.root, path, 0755);
	snprintf(path, sizeof(path), "sys/module/%s/drivers/pci:%s", VARIANT_MODULE, VARIANT);
	mkdirat(kernel.root, path, 0755);
	register_driver(VARIANT);
	return NULL;
}

void kernel_load_early(void)
{
	const struct modprobe modprobe = { .ids = NULL };

	load_module("vfio-pci", &modprobe);
}

bool kernel_reads_ids_twice(void)
{
	char *own = ids_of_cmdline(false), *modprobes = ids_of_cmdline(true);
	bool differ = own && modprobes ? strcmp(own, modprobes) != 0 : own != modprobes;

	free(own);
	free(modprobes);
	return differ;
}

int __wrap_execve(const char *path, char *const *argv, char *const *environment);
int __wrap_execve(const char *path, char *const *argv, char *const *environment)
{
	struct modprobe modprobe = { .ids = NULL };
	const char *said = NULL, *slash = strrchr(path, '/');
	size_t i;

	(void)environment;
	if (!in_job || strcmp(slash ? slash + 1 : path, "modprobe") != 0)
		abort();
	for (i = 1; argv[i]; i++) {
		modprobe.ignore_install |= !strcmp(argv[i], "-i") ||
					   !strcmp(argv[i], "--ignore-install") ||
					   !strcmp(argv[i], "-ai");
		if (!strncmp(argv[i], "ids=", strlen("ids=")))
			modprobe.ids = argv[i] + strlen("ids=");
	}
	for (i = 1; argv[i] && !said; i++)
		if (*argv[i] != '-' && !strchr(argv[i], '='))
			said = load_module(argv[i], &modprobe);
	end_job(said ? said : "", said ? 1 : 0);
	return -1;
}
