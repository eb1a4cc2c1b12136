// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_kernel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/claim.h"
#include "../../src/core/framebuffer.h"
#include "../../src/core/text.h"
#include "fuzz.h"
#include "memory_sysfs.h"

/* Longest override that anybody sets here. */
#define OVERRIDE_SIZE 128

/* More dynamic IDs than a command line here has. */
#define IDS_MAX 256

static struct {
	const struct test_case *test;
	struct selector ids[IDS_MAX]; /* what vfio-pci was given as its ids= */
	size_t id_count;
	bool built_in; /* vfio-pci was there before any other driver */
	bool native;   /* coldplug has been */
	bool decline;  /* variants do not want any device */
	const struct function *stuck;
	child_job *stuck_job;
	struct claim stuck_claim;
} kernel;

/* --- the state of a function
 * ---------------------------------------------------------------------- */

static tree_node dir_of(const struct function *function)
{
	return tree_find(tree_find(TREE_ROOT, "devices"), function->path);
}

const char *kernel_driver(const struct function *function)
{
	static char driver[NAME_SIZE];

	pci_link(0, function->slot, "driver", driver);
	return driver;
}

const char *kernel_override(const struct function *function)
{
	static char override[OVERRIDE_SIZE];

	pci_read(0, function->slot, "driver_override", override, sizeof(override));
	return strcmp(override, "(null)") ? override : "";
}

static void set_override(const struct function *function, const char *data)
{
	int length = (int)strcspn(data, "\n");
	const char *text = length ? tree_text("%.*s\n", length, data) : tree_text("%s\n", "(null)");

	tree_file(dir_of(function), "driver_override", text, strlen(text));
}

static bool is_bound(const struct function *function)
{
	return *kernel_driver(function);
}

static tree_node driver_dir(const char *driver)
{
	return tree_find(TREE_ROOT, tree_text("bus/pci/drivers/%s", driver));
}

static void bind_to(const struct function *function, const char *driver)
{
	tree_link(driver_dir(driver), function->slot,
		  tree_text("../../../../devices/%s", function->path), dir_of(function));
	tree_link(dir_of(function), "driver", tree_text("../../bus/pci/drivers/%s", driver),
		  driver_dir(driver));
}

static void unbind(const struct function *function)
{
	tree_break(tree_find(driver_dir(kernel_driver(function)), function->slot), ENOENT);
	tree_break(tree_find(dir_of(function), "driver"), ENOENT);
}

static const struct function *find_function(const char *slot)
{
	size_t i;

	for (i = 0; i < kernel.test->count; i++)
		if (!strcmp(kernel.test->functions[i].slot, slot))
			return &kernel.test->functions[i];
	return NULL;
}

/* --- drivers
 * -------------------------------------------------------------------------------------- */

static bool is_registered(const char *driver)
{
	return sysfs_exists(0, tree_text("bus/pci/drivers/%s", driver));
}

static void register_driver(const char *driver)
{
	tree_node drivers = tree_find(TREE_ROOT, "bus/pci/drivers");

	if (!is_registered(driver))
		tree_dir(drivers, tree_text("%s", driver));
}

bool kernel_accepts(const struct function *function)
{
	uint32_t class = function->id_known ? function->id.class >> 8 : 0;

	/* The kernel shows no other header for the classes of bridges. */
	if (function->bridge || class == 0x0604 || class == 0x0607)
		return false;
	if (function->vfs && strcmp(function->vfs, "0"))
		return false;
	return function->group || kernel.test->iommu;
}

/* The driver that @function is for when nobody says otherwise; NULL for none. */
static const char *native_driver(const struct function *function)
{
	if (function->driver && strcmp(function->driver, VFIO_DRIVER))
		return function->driver;
	return kernel.native ? DRIVER_NATIVE : NULL;
}

static bool has_dynamic_id(const struct function *function)
{
	size_t i;

	for (i = 0; function->id_known && i < kernel.id_count; i++)
		if (selector_matches_id(&kernel.ids[i], &function->id))
			return true;
	return false;
}

/* An override is matched to the letter; without one vfio-pci has no table but its dynamic IDs. */
static bool is_match(const struct function *function, const char *driver)
{
	const char *override = kernel_override(function);
	const char *native = native_driver(function);

	if (*override)
		return !strcmp(override, driver);
	if (!strcmp(driver, VFIO_DRIVER))
		return has_dynamic_id(function);
	return native && !strcmp(native, driver);
}

/* All drivers but the function's own are for virtual machines here. */
static int bind_if(const struct function *function, const char *driver)
{
	const char *native = native_driver(function);

	if (!is_match(function, driver))
		return -ENODEV;
	if (!native || strcmp(native, driver)) {
		if (!kernel_accepts(function) || (kernel.decline && strcmp(driver, VFIO_DRIVER)))
			return -EINVAL;
	}
	bind_to(function, driver);
	return 0;
}

static bool try(const struct function *function, const char *driver)
{
	return driver && is_registered(driver) && !bind_if(function, driver);
}

/*
 * What the bus finds, in the order in which drivers came (bus_for_each_drv()); that there is
 * nothing is no error.
 */
static void probe(const struct function *function)
{
	if (is_bound(function))
		return;
	if (*kernel_override(function))
		try(function, kernel_override(function));
	else if (!(kernel.built_in && try(function, VFIO_DRIVER)) &&
		 !try(function, native_driver(function)))
		try(function, VFIO_DRIVER);
}

void kernel_start(const struct test_case *test)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.test = test;
	tree_file(tree_find(TREE_ROOT, "bus/pci"), "drivers_probe", "", 0);
}

/* pci_add_dynid() for what is in ids=. */
static void give_ids(const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->claims.count && kernel.id_count < IDS_MAX; i++)
		if (requests->claims.item[i].param == PARAM_KERNEL_IDS)
			kernel.ids[kernel.id_count++] = requests->claims.item[i];
}

static void probe_all(void)
{
	size_t i;

	for (i = 0; i < kernel.test->count; i++)
		probe(&kernel.test->functions[i]);
}

void kernel_coldplug(void)
{
	kernel.native = true;
	register_driver(DRIVER_NATIVE);
	probe_all();
}

void kernel_build_vfio_in(const struct requests *requests)
{
	size_t i;

	kernel.built_in = true;
	register_driver(VFIO_DRIVER);
	give_ids(requests);
	for (i = 0; i < kernel.test->count; i++)
		if (!is_bound(&kernel.test->functions[i]))
			try(&kernel.test->functions[i], VFIO_DRIVER);
}

void kernel_load_vfio(const struct requests *requests, bool hide_ids, bool decline)
{
	size_t i;

	kernel.decline = decline;
	for (i = 0; i < requests->variant_count; i++)
		register_driver(requests->variants[i].module);
	register_driver(VFIO_DRIVER);
	if (!hide_ids && !kernel.built_in)
		give_ids(requests);
	probe_all();
}

void kernel_intrude(const struct function *function, size_t kind)
{
	struct selector *id = &kernel.ids[kernel.id_count];

	register_driver(VFIO_DRIVER);
	if (function->id_known && kernel.id_count < IDS_MAX) {
		memset(id, 0, sizeof(*id));
		id->id = function->id;
		id->class_mask = kind ? 0xffffff : 0;
		id->id.subvendor = id->id.subdevice = PCI_ANY;
		if (kind)
			id->id.device = PCI_ANY;
		if (kind > 1)
			id->id.vendor = PCI_ANY;
		kernel.id_count++;
	}
	probe_all();
}

/* --- src/core/sysfs.h, as far as acting needs it
 * ------------------------------------------------------- */

int pci_write(int sys, const char *slot, const char *attribute, const char *data)
{
	const struct function *function = find_function(slot);

	(void)sys;
	expect(!strcmp(attribute, "driver_override"), "of a device only its override is written");
	if (!function)
		return -ENOENT;
	set_override(function, data);
	return 0;
}

int pci_update(int sys, const char *slot, const char *attribute,
	       int (*check)(const void *what, const char *value), const void *what,
	       const char *data)
{
	char value[NAME_SIZE];
	int error = pci_read(sys, slot, attribute, value, sizeof(value));

	if (error < 0)
		return -error;
	error = check(what, value);
	return error ? error : -pci_write(sys, slot, attribute, data);
}

/* drivers/pci/pci-driver.c: remove_id_store(). */
static int remove_id(const char *data)
{
	struct pci_id id = { 0, 0, PCI_ANY, PCI_ANY, 0 };
	uint32_t mask = 0;
	size_t i;

	if (sscanf(data, "%x %x %x %x %x %x", &id.vendor, &id.device, &id.subvendor, &id.subdevice,
		   &id.class, &mask) < 2)
		return -EINVAL;
	for (i = 0; i < kernel.id_count; i++) {
		const struct pci_id *own = &kernel.ids[i].id;

		if (own->vendor != id.vendor || own->device != id.device ||
		    (id.subvendor != PCI_ANY && own->subvendor != id.subvendor) ||
		    (id.subdevice != PCI_ANY && own->subdevice != id.subdevice) ||
		    ((own->class ^ id.class) & mask))
			continue;
		kernel.ids[i] = kernel.ids[--kernel.id_count];
		return 0;
	}
	return -ENODEV;
}

/* The control files of a driver. */
static int write_driver(char *driver, const char *slot)
{
	const struct function *function = find_function(slot);
	char *file = strchr(driver, '/');
	bool bound;

	expect(file, "a driver's directory is not written");
	*file++ = '\0';
	if (!strcmp(driver, VFIO_DRIVER) && !strcmp(file, "remove_id"))
		return is_registered(driver) ? remove_id(slot) : -ENOENT;
	expect(function, "control files are written a slot");
	if (!is_registered(driver))
		return -ENOENT;
	bound = !strcmp(kernel_driver(function), driver);
	if (!strcmp(file, "bind"))
		return is_bound(function) ? -EBUSY : bind_if(function, driver);
	expect(!strcmp(file, "unbind"), "a driver's control files are bind and unbind");
	if (!bound)
		return -ENODEV;
	unbind(function);
	return 0;
}

int sysfs_write(int dir, const char *path, const char *data)
{
	const struct function *function = find_function(data);

	(void)dir;
	if (text_skip(&path, "bus/pci/drivers/"))
		return write_driver(tree_text("%s", path), data);
	expect(!strcmp(path, "bus/pci/drivers_probe") && function, "nothing else is written");
	probe(function);
	return 0;
}

/* --- src/core/child.h
 * ----------------------------------------------------------------------------- */

/* All that act.c starts works on a claim; a child has its own copy. */
void child_start(struct child *child, child_job *job, void *what)
{
	struct claim claim = *(struct claim *)what;

	memset(child, 0, sizeof(*child));
	if (kernel.stuck && !strcmp(kernel.stuck->slot, claim.decision->device->slot)) {
		kernel.stuck_job = job;
		kernel.stuck_claim = claim;
		child->pid = 1;
		child->error = ETIMEDOUT;
		return;
	}
	child->error = job(&claim, -1);
}

bool child_wait(struct child *child, unsigned int patience, unsigned int *budget)
{
	if (!child->pid)
		return true;
	*budget -= *budget < patience ? *budget : patience;
	return false;
}

/* It can be killed as long as it has not begun. */
void child_abandon(struct child *child)
{
	if (child->pid)
		kernel.stuck_job = NULL;
	child->pid = 0;
}

void kernel_stick(const struct function *function)
{
	kernel.stuck = function;
}

void kernel_unstick(void)
{
	kernel.stuck = NULL;
	if (kernel.stuck_job)
		kernel.stuck_job(&kernel.stuck_claim, -1);
	kernel.stuck_job = NULL;
}

/* --- what else the boot program would do
 * ---------------------------------------------------------- */

void framebuffer_release(int root, const char *slot, unsigned int *budget, char *holder)
{
	(void)root;
	(void)slot;
	(void)budget;
	holder[0] = '\0';
}

void name_copy(char *to, const char *from)
{
	snprintf(to, NAME_SIZE, "%s", from);
}

/* Linked in place of poll(): what is waited for here has happened, or never will. */
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return count ? __real_poll(fds, count, timeout) : 0;
}
