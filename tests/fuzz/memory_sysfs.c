// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_sysfs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/core/selector.h"
#include "../../src/core/sysfs.h"

#define BUCKETS    4096
#define TEXTS_SIZE 65536

/* As many links as the kernel follows (MAXSYMLINKS). */
#define LINKS_MAX 40

enum kind { KIND_DIR, KIND_FILE, KIND_LINK };

struct node {
	enum kind kind;
	tree_node parent;
	const char *name;
	size_t name_length;
	tree_node chain;       /* the next of the same hash */
	tree_node first, last; /* a directory's entries */
	tree_node next;        /* the next entry of the same directory */
	const char *data;      /* what is in a file, where a link points */
	size_t length;
	tree_node target; /* what a link leads to */
	int error;
};

/* Where texts are; the one that is being filled is first. */
struct texts {
	struct texts *next;
	size_t used, size;
	char data[];
};

static struct {
	struct node *node;
	tree_node count, room;
	tree_node bucket[BUCKETS];
	struct texts *texts;
	bool reversed;
	int open_dirs;
} tree;

static tree_node *bucket_of(tree_node parent, const char *name, size_t length)
{
	uint32_t hash = 2166136261u ^ (uint32_t)parent * 40503u;

	while (length--)
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return &tree.bucket[(hash ^ hash >> 15) % BUCKETS];
}

static tree_node child_of(tree_node parent, const char *name, size_t length)
{
	tree_node at = *bucket_of(parent, name, length);
	const struct node *node;

	for (; at != TREE_NONE; at = node->chain) {
		node = &tree.node[at];
		if (node->parent == parent && node->name_length == length &&
		    !memcmp(node->name, name, length))
			return at;
	}
	return TREE_NONE;
}

static void list_entry(tree_node parent, tree_node entry)
{
	struct node *dir = &tree.node[parent];

	if (tree.reversed) {
		tree.node[entry].next = dir->first;
		dir->first = entry;
		return;
	}
	tree.node[entry].next = TREE_NONE;
	if (dir->first == TREE_NONE)
		dir->first = entry;
	else
		tree.node[dir->last].next = entry;
	dir->last = entry;
}

static tree_node new_node(tree_node parent, const char *name)
{
	struct node *node;

	if (tree.count == tree.room) {
		tree.room = tree.room ? tree.room * 2 : 256;
		tree.node = realloc(tree.node, (size_t)tree.room * sizeof(*tree.node));
		if (!tree.node)
			abort();
	}
	node = &tree.node[tree.count];
	memset(node, 0, sizeof(*node));
	node->parent = parent;
	node->name = name;
	node->name_length = strlen(name);
	node->first = node->last = node->next = node->chain = node->target = TREE_NONE;
	return tree.count++;
}

/* The entry @name of @parent, there already or new, and of this kind now. */
static tree_node entry(tree_node parent, const char *name, enum kind kind)
{
	tree_node at = child_of(parent, name, strlen(name));
	tree_node *bucket;

	if (at == TREE_NONE) {
		at = new_node(parent, name);
		bucket = bucket_of(parent, name, strlen(name));
		tree.node[at].chain = *bucket;
		*bucket = at;
		list_entry(parent, at);
	}
	tree.node[at].kind = kind;
	tree.node[at].error = 0;
	return at;
}

/* Frees all but the oldest. */
static void empty_texts(void)
{
	struct texts *next;

	while (tree.texts && tree.texts->next) {
		next = tree.texts->next;
		free(tree.texts);
		tree.texts = next;
	}
	if (tree.texts)
		tree.texts->used = 0;
}

static char *text_room(size_t size)
{
	struct texts *texts = tree.texts;

	if (!texts || texts->size - texts->used < size) {
		texts = malloc(sizeof(*texts) + size + TEXTS_SIZE);
		if (!texts)
			abort();
		texts->next = tree.texts;
		texts->used = 0;
		texts->size = size + TEXTS_SIZE;
		tree.texts = texts;
	}
	texts->used += size;
	return texts->data + texts->used - size;
}

void tree_reset(bool reversed)
{
	empty_texts();
	memset(tree.bucket, 0xff, sizeof(tree.bucket));
	tree.reversed = reversed;
	tree.open_dirs = 0;
	tree.count = 0;
	new_node(TREE_ROOT, "");
}

char *tree_text(const char *format, ...)
{
	va_list values;
	char *text;
	int length;

	va_start(values, format);
	length = vsnprintf(NULL, 0, format, values);
	va_end(values);
	text = text_room((size_t)length + 1);
	va_start(values, format);
	vsprintf(text, format, values);
	va_end(values);
	return text;
}

tree_node tree_dir(tree_node parent, const char *name)
{
	return entry(parent, name, KIND_DIR);
}

tree_node tree_file(tree_node parent, const char *name, const char *data, size_t length)
{
	tree_node at = entry(parent, name, KIND_FILE);

	tree.node[at].data = data;
	tree.node[at].length = length;
	return at;
}

tree_node tree_link(tree_node parent, const char *name, const char *text, tree_node target)
{
	tree_node at = entry(parent, name, KIND_LINK);

	tree.node[at].data = text;
	tree.node[at].length = strlen(text);
	tree.node[at].target = target;
	return at;
}

void tree_break(tree_node node, int error)
{
	tree.node[node].error = error;
}

int tree_open_dirs(void)
{
	return tree.open_dirs;
}

/* Where a chain of links ends; TREE_NONE with errno set when it leads nowhere. */
static tree_node follow(tree_node at)
{
	int links;

	for (links = 0; at != TREE_NONE && tree.node[at].kind == KIND_LINK; links++) {
		if (links == LINKS_MAX) {
			errno = ELOOP;
			return TREE_NONE;
		}
		at = tree.node[at].target;
	}
	if (at == TREE_NONE)
		errno = ENOENT;
	return at;
}

/* One component of a path, of any length, below @at. */
static tree_node step(tree_node at, const char *name, size_t length)
{
	at = follow(at);
	if (at == TREE_NONE)
		return at;
	if (tree.node[at].kind != KIND_DIR) {
		errno = ENOTDIR;
		return TREE_NONE;
	}
	if (length == 2 && !memcmp(name, "..", 2))
		return tree.node[at].parent;
	if (!length || (length == 1 && *name == '.'))
		return at;
	errno = ENOENT;
	return child_of(at, name, length);
}

tree_node tree_find(tree_node from, const char *path)
{
	size_t length;

	do {
		length = strcspn(path, "/");
		from = step(from, path, length);
		path += length;
	} while (from != TREE_NONE && *path++);
	return from;
}

tree_node tree_make_way(tree_node from, char *path, char **last)
{
	char *slash;
	tree_node next;

	while ((slash = strchr(path, '/'))) {
		*slash = '\0';
		next = step(from, path, strlen(path));
		if (next == TREE_NONE && tree.node[from].kind == KIND_DIR && *path)
			next = tree_dir(from, path);
		if (next != TREE_NONE)
			next = follow(next);
		if (next == TREE_NONE || tree.node[next].kind != KIND_DIR)
			return TREE_NONE;
		from = next;
		path = slash + 1;
	}
	*last = path;
	return from;
}

/* What is at @path, links followed; NULL with errno set when there is nothing or it is broken. */
static const struct node *look_at(const char *path)
{
	tree_node at = tree_find(TREE_ROOT, path);

	if (at != TREE_NONE)
		at = follow(at);
	if (at == TREE_NONE)
		return NULL;
	if (tree.node[at].error) {
		errno = tree.node[at].error;
		return NULL;
	}
	return &tree.node[at];
}

/* The link itself that is at @path, or NULL. */
static const struct node *link_at(const char *path)
{
	tree_node at = tree_find(TREE_ROOT, path);

	if (at == TREE_NONE || tree.node[at].kind != KIND_LINK || tree.node[at].error)
		return NULL;
	return &tree.node[at];
}

/* --- src/core/sysfs.h, as far as looking needs it; @dir is always the root of this tree ----------
 */

int sysfs_read(int dir, const char *path, char *data, size_t size)
{
	const struct node *node = look_at(path);
	size_t length;

	(void)dir;
	data[0] = '\0';
	if (!node)
		return -errno;
	if (node->kind != KIND_FILE)
		return -EISDIR;
	if (node->length >= size)
		return -EFBIG;
	length = node->length;
	memcpy(data, node->data, length);
	if (length && data[length - 1] == '\n')
		length--;
	data[length] = '\0';
	return (int)length;
}

bool sysfs_exists(int dir, const char *path)
{
	tree_node at = tree_find(TREE_ROOT, path);

	(void)dir;
	return at != TREE_NONE && !tree.node[at].error;
}

/* One line of the kernel's list, about the function that the entry @node is for. */
static char *list_function(char *end, const struct node *node)
{
	char path[256], alias[256];
	unsigned int vendor, device;
	struct pci_address address;

	if (node->name_length > 64 || !address_parse(node->name, &address))
		return end;
	snprintf(path, sizeof(path), "bus/pci/devices/%s/modalias", node->name);
	/* What cannot be read is not meant by its ID, whatever the list says. */
	if (sysfs_read(0, path, alias, sizeof(alias)) < 0 ||
	    sscanf(alias, "pci:v%8xd%8x", &vendor, &device) != 2)
		vendor = device = 0xffff;
	return end + sprintf(end, "%02x%02x\t%04x%04x\t0\n", address.bus,
			     address.device << 3 | address.function, vendor & 0xffff,
			     device & 0xffff);
}

/* The core reads one file as a whole: /proc/bus/pci/devices, which every second machine has. */
char *sysfs_read_all(int dir, const char *path)
{
	const struct node *node = look_at("bus/pci/devices");
	char *list, *end;
	tree_node at;

	(void)dir;
	if (strcmp(path, "../proc/bus/pci/devices") != 0 || tree.count % 2 || !node ||
	    node->kind != KIND_DIR)
		return NULL;
	list = malloc((size_t)tree.count * 32 + 1);
	if (!list)
		return NULL;
	end = list;
	for (at = node->first; at != TREE_NONE; at = tree.node[at].next)
		end = list_function(end, &tree.node[at]);
	*end = '\0';
	/* As in sysfs_read(), without the last newline. */
	if (end > list)
		end[-1] = '\0';
	return list;
}

/* What stands behind a DIR here. */
struct stream {
	tree_node next;
};

DIR *sysfs_open_dir(int dir, const char *path)
{
	const struct node *node = look_at(path);
	struct stream *stream;

	(void)dir;
	if (!node)
		return NULL;
	if (node->kind != KIND_DIR) {
		errno = ENOTDIR;
		return NULL;
	}
	stream = malloc(sizeof(*stream));
	if (!stream)
		return NULL;
	stream->next = node->first;
	tree.open_dirs++;
	return (DIR *)stream;
}

const char *sysfs_next_entry(DIR *dir)
{
	struct stream *stream = (struct stream *)dir;
	const struct node *node;

	do {
		if (stream->next == TREE_NONE)
			return NULL;
		node = &tree.node[stream->next];
		stream->next = node->next;
	} while (node->name[0] == '.');
	return node->name;
}

/* Linked in place of closedir(). */
int __wrap_closedir(DIR *dir);
int __wrap_closedir(DIR *dir)
{
	free(dir);
	tree.open_dirs--;
	return 0;
}

/* The path of a function's @attribute; both names come from the core and are short. */
static const char *pci_path(const char *slot, const char *attribute)
{
	static char path[1024];

	stpcpy(stpcpy(stpcpy(stpcpy(path, "bus/pci/devices/"), slot), "/"), attribute);
	return path;
}

int pci_read(int sys, const char *slot, const char *attribute, char *data, size_t size)
{
	return sysfs_read(sys, pci_path(slot, attribute), data, size);
}

void pci_link(int sys, const char *slot, const char *attribute, char *name)
{
	const struct node *link = link_at(pci_path(slot, attribute));
	const char *last;

	(void)sys;
	last = link ? strrchr(link->data, '/') : NULL;
	snprintf(name, NAME_SIZE, "%s", last ? last + 1 : link ? link->data : "");
}

bool pci_exists(int sys, const char *slot, const char *attribute)
{
	return sysfs_exists(sys, pci_path(slot, attribute));
}

void pci_path_of(int sys, const char *slot, char *path, size_t size)
{
	char name[64];
	const struct node *link;

	(void)sys;
	snprintf(name, sizeof(name), "bus/pci/devices/%s", slot);
	link = link_at(name);
	path[0] = '\0';
	if (link && link->length < size)
		memcpy(path, link->data, link->length + 1);
}
