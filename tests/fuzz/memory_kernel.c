// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_kernel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/boot/claim.h"
#include "../../src/boot/framebuffer.h"
#include "../../src/text.h"
#include "fuzz.h"
#include "memory_sysfs.h"

/* Longest override that anybody sets here. */
#define OVERRIDE_SIZE 128

static struct {
	const struct test_case *test;
	bool native;  /* coldplug has been */
	bool decline; /* variants do not want any device */
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

static void bind_to(const struct function *function, const char *driver)
{
	tree_link(dir_of(function), "driver", tree_text("../../bus/pci/drivers/%s", driver),
		  tree_find(TREE_ROOT, tree_text("bus/pci/drivers/%s", driver)));
}

static void unbind(const struct function *function)
{
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
	if (function->bridge || (function->vfs && strcmp(function->vfs, "0")))
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

/* An override is matched to the letter; without one vfio-pci has no table but its dynamic IDs. */
static bool is_match(const struct function *function, const char *driver)
{
	const char *override = kernel_override(function);
	const char *native = native_driver(function);

	if (*override)
		return !strcmp(override, driver);
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

/* What the bus finds; that there is nothing is no error. */
static void probe(const struct function *function)
{
	const char *driver = kernel_override(function);

	if (!*driver)
		driver = native_driver(function);
	if (!is_bound(function) && driver && is_registered(driver))
		bind_if(function, driver);
}

void kernel_start(const struct test_case *test)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.test = test;
	tree_file(tree_find(TREE_ROOT, "bus/pci"), "drivers_probe", "", 0);
}

void kernel_coldplug(void)
{
	size_t i;

	kernel.native = true;
	register_driver(DRIVER_NATIVE);
	for (i = 0; i < kernel.test->count; i++)
		probe(&kernel.test->functions[i]);
}

static bool has_kernel_id(const struct requests *requests, const struct function *function)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; function->id_known && i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (claim->param == PARAM_KERNEL_IDS && selector_matches_id(claim, &function->id))
			return true;
	}
	return false;
}

void kernel_load_vfio(const struct requests *requests, bool hide_ids, bool decline)
{
	const struct function *function;
	size_t i;

	kernel.decline = decline;
	for (i = 0; i < requests->variant_count; i++)
		register_driver(requests->variants[i].module);
	register_driver(VFIO_DRIVER);
	for (i = 0; i < kernel.test->count; i++) {
		function = &kernel.test->functions[i];
		probe(function);
		if (!hide_ids && !is_bound(function) && !*kernel_override(function) &&
		    kernel_accepts(function) && has_kernel_id(requests, function))
			bind_to(function, VFIO_DRIVER);
	}
}

/* --- src/sysfs.h, as far as acting needs it
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

/* The control files of a driver. */
static int write_driver(char *driver, const char *slot)
{
	const struct function *function = find_function(slot);
	char *file = strchr(driver, '/');
	bool bound;

	expect(file && function, "control files are written a slot");
	*file++ = '\0';
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

/* --- src/boot/child.h
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
