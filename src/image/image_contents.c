/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_contents.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../bootloader/uki.h"
#include "../core/array.h"
#include "../host/messages.h"
#include "cpio.h"
#include "image_paths.h"

/* An image may come from an untrusted disk: time and memory must be limited. */
#define IMAGE_LIMIT  (4ULL * 1024 * 1024 * 1024) /* decompressed: 32 bits in an archive */
#define MEMORY_LIMIT (64 * 1024 * 1024)          /* names, and data of files with several names */

/* The files whose contents matter, by enum image_file. */
static const char *const paths[] = { IMAGE_PROGRAM, IMAGE_PROTECTED, IMAGE_VARIANTS,
				     IMAGE_CONF,    IMAGE_LATER,     IMAGE_TMPFILES };

/* The images into which dracut's modules for squashfs and EROFS put most files. */
static const char *const nested[] = { "squashfs-root.img", "squash-root.img", "squash/root.img",
				      "erofs-root.img" };

/* The data of a file with several names. One of these has it, usually the last one. */
struct link {
	uint32_t inode, major, minor;
	struct image_content content;
};

struct reading {
	struct image_contents *contents;
	unsigned long long budget;
	size_t memory; /* in use */
	void *links;   /* of the current archive: a tree of struct link, see tsearch(3) */
	struct link *link_of[IMAGE_FILE_COUNT]; /* NULL: none */
	bool nested;                            /* one of nested[] was found */
	const char *program;                    /* decompresses the current part */
	off_t at;                               /* the current part */
};

/* --- one archive -------------------------------------------------------------------------------
 */

static int use_memory(struct reading *reading, size_t size)
{
	reading->memory += size;
	return reading->memory > MEMORY_LIMIT ? -EFBIG : 0;
}

static void forget_content(struct image_content *content)
{
	free(content->text);
	*content = (struct image_content){ 0 };
}

/* Reads the data of an entry into *@content. Returns 0 or a negative errno value. */
static int read_content(struct reading *reading, const struct cpio_entry *entry,
			struct image_content *content)
{
	const unsigned char *data;

	forget_content(content);
	content->there = true;
	content->too_long = entry->size > IMAGE_TEXT_LIMIT;
	if (content->too_long)
		return 0;
	if (use_memory(reading, entry->size) < 0)
		return -EFBIG;
	data = cpio_data(entry);
	if (entry->size && !data)
		return errno == ENODATA || errno == EIO ? -EBADMSG : -errno;
	content->text = calloc(1, (size_t)entry->size + 1);
	if (!content->text)
		return -ENOMEM;
	if (entry->size)
		memcpy(content->text, data, entry->size);
	return 0;
}

/* Returns 0 or -ENOMEM. */
static int copy_content(struct image_content *to, const struct image_content *from)
{
	forget_content(to);
	*to = *from;
	to->text = from->text ? strdup(from->text) : NULL;
	return from->text && !to->text ? -ENOMEM : 0;
}

static int compare_links(const void *one, const void *other)
{
	const struct link *a = one, *b = other;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	return (a->minor > b->minor) - (a->minor < b->minor);
}

/* Returns the entry's file among the links, added if necessary, or NULL if out of memory. */
static struct link *find_link(struct reading *reading, const struct cpio_entry *entry)
{
	const struct link key = { entry->inode, entry->major, entry->minor, { .there = true } };
	struct link **found = tfind(&key, &reading->links, compare_links), *fresh;

	if (found)
		return *found;
	fresh = use_memory(reading, sizeof(*fresh)) < 0 ? NULL : malloc(sizeof(*fresh));
	if (!fresh)
		return NULL;
	*fresh = key;
	if (tsearch(fresh, &reading->links, compare_links))
		return fresh;
	free(fresh);
	return NULL;
}

/* Takes one name of a file that has several. @file: which of ours, or IMAGE_FILE_COUNT. */
static int take_link(struct reading *reading, const struct cpio_entry *entry, enum image_file file)
{
	struct link *link = find_link(reading, entry);
	size_t i;
	int err = 0;

	if (!link)
		return -EFBIG;
	if (file != IMAGE_FILE_COUNT)
		reading->link_of[file] = link;
	if (entry->size)
		err = read_content(reading, entry, &link->content);
	for (i = 0; i < IMAGE_FILE_COUNT && !err; i++)
		if (reading->link_of[i] == link)
			err = copy_content(&reading->contents->file[i], &link->content);
	return err;
}

static void free_link(void *node)
{
	struct link *link = node;

	forget_content(&link->content);
	free(link);
}

static void forget_links(struct reading *reading)
{
	tdestroy(reading->links, free_link);
	reading->links = NULL;
	memset(reading->link_of, 0, sizeof(reading->link_of));
}

/* Returns the path without leading "/" and "./". */
static const char *plain_name(const char *path)
{
	while (path[0] == '/' || (path[0] == '.' && path[1] == '/'))
		path++;
	return path;
}

static enum image_file which_file(const char *name)
{
	unsigned int i;

	for (i = 0; i < IMAGE_FILE_COUNT && strcmp(name, &paths[i][1]) != 0; i++)
		;
	return i;
}

/* Notes a name that is of interest. Returns 0 or a negative errno value. */
static int note_name(struct reading *reading, const char *name, bool regular)
{
	struct image_contents *contents = reading->contents;
	const char *slash = strrchr(name, '/');
	char *copy;
	size_t i;

	for (i = 0; i < sizeof(nested) / sizeof(nested[0]); i++)
		reading->nested |= strcmp(name, nested[i]) == 0;
	if (!strstr(name, "vfio") && !(regular && slash && strstr(slash, ".ko")))
		return 0;
	if (use_memory(reading, strlen(name)) < 0)
		return -EFBIG;
	copy = strdup(name);
	if (copy && array_add(&contents->names, &contents->count, &copy, sizeof(copy)) == 0)
		return 0;
	free(copy);
	return -ENOMEM;
}

/* A later entry of the same name replaces an earlier one, as in the kernel. */
static int take_entry(void *to, const struct cpio_entry *entry)
{
	struct reading *reading = to;
	const char *name = plain_name(entry->name);
	enum image_file file = which_file(name);
	bool regular = S_ISREG(entry->mode);
	struct image_content *content =
		file == IMAGE_FILE_COUNT ? NULL : &reading->contents->file[file];
	int err = note_name(reading, name, regular);

	if (content) {
		forget_content(content);
		reading->link_of[file] = NULL;
	}
	if (err || !regular)
		return err;
	if (entry->links > 1)
		return take_link(reading, entry, file);
	return content ? read_content(reading, entry, content) : 0;
}

/* --- the whole image ---------------------------------------------------------------------------
 */

/* Reads the archives of one part. Returns 0 or a negative errno value. */
static int read_archives(struct reading *reading, struct image_part *part)
{
	const unsigned char *next;
	int err;

	do {
		err = cpio_read(part, &reading->budget, take_entry, reading);
		forget_links(reading);
		if (!err && image_part_skip_zeros(part, &reading->budget) < 0)
			err = errno == EFBIG ? -EFBIG : -EBADMSG;
		next = err ? NULL : image_part_peek(part, strlen(CPIO_MAGIC));
	} while (next && memcmp(next, CPIO_MAGIC, strlen(CPIO_MAGIC)) == 0);
	return err;
}

/* Returns the offset of the next byte that is not zero, or @end. */
static off_t skip_zeros(int fd, off_t at, off_t end)
{
	unsigned char bytes[4096];
	ssize_t got, i;

	for (; at < end; at += got) {
		got = pread(fd, bytes, sizeof(bytes), at);
		if (got <= 0)
			return end;
		for (i = 0; i < got && !bytes[i]; i++)
			;
		if (i < got)
			return at + i < end ? at + i : end;
	}
	return end;
}

/* Reads one part after the other, from @at to @end. Returns 0 or a negative errno value. */
static int read_parts(struct reading *reading, int fd, off_t at, off_t end)
{
	const unsigned long long budget = reading->budget;
	const off_t start = at;
	struct image_part *part;
	off_t behind;
	int err;

	while ((at = skip_zeros(fd, at, end)) < end) {
		err = image_part_open(&part, fd, at, end, &reading->program);
		/* The kernel complains about what follows, but has what it needs. */
		if (err == -ENOENT && at > start)
			return 0;
		if (err)
			return err;
		err = read_archives(reading, part);
		behind = image_part_close(part);
		if (err)
			return err;
		if (behind <= at)
			return -EBADMSG;
		at = behind;
	}
	return reading->budget == budget ? -ENODATA : 0;
}

/* Finds the extent of the image in the open file. Returns 0 or a negative errno value. */
static int find_extent(int fd, bool unified, off_t *at, off_t *end)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOENT;
	*at = 0;
	*end = st.st_size;
	if (unified && !uki_find_section(fd, ".initrd", at, end))
		return -ENOENT;
	if (*end > st.st_size)
		*end = st.st_size;
	return *end - *at > (off_t)IMAGE_LIMIT ? -EFBIG : 0;
}

/* Reads one file. Returns 0 or a negative errno value. */
static int read_file(struct reading *reading, const char *path, bool unified)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	off_t at, end;
	int err;

	if (fd < 0)
		return -errno;
	err = find_extent(fd, unified, &at, &end);
	if (!err)
		err = read_parts(reading, fd, at, end);
	close(fd);
	return err;
}

/*
 * Reads the image, or all images that the boot loader loads: the kernel unpacks one after the other
 * (init/initramfs.c); add-ons come last. Returns 0 or a negative errno value.
 */
static int read_image(struct reading *reading, const struct installed_image *image)
{
	int err = image->paths.count ? 0 : read_file(reading, image->path, image->unified);
	size_t i;

	for (i = 0; !err && i < image->paths.count; i++)
		err = read_file(reading, image->paths.name[i], image->unified);
	for (i = 0; !err && i < image->addons.count; i++)
		err = read_file(reading, image->addons.name[i], true);
	if (!err && reading->nested && !reading->contents->file[IMAGE_FILE_PROGRAM].there)
		err = -EXDEV;
	return err;
}

/* Returns what is wrong: a new string, or NULL if out of memory. */
static char *words_of_trouble(const struct reading *reading, int err)
{
	char *words;

	switch (-err) {
	case ENODATA:
		return strdup("is empty");
	case EBADMSG:
		return strdup("is damaged or cut off");
	case EACCES:
	case EPERM:
		return strdup("try again as root");
	case ENOENT:
		return strdup("it is not an initramfs image");
	case EFBIG:
		return strdup("it contains more than any initramfs image");
	case EXDEV:
		return strdup("its files are in another file system (dracut's squash or erofs)");
	case ENOPKG:
		return asprintf(&words, "install %s, which decompresses it", reading->program) < 0
			       ? NULL
			       : words;
	default:
		return strdup(strerror(-err));
	}
}

struct image_contents *image_contents_read(const struct installed_image *image)
{
	struct image_contents *contents = calloc(1, sizeof(*contents));
	struct reading reading = { .contents = contents, .budget = IMAGE_LIMIT };
	int err = contents ? read_image(&reading, image) : 0;

	if (err && err != -ENOMEM) {
		contents->damaged = err == -ENODATA || err == -EBADMSG;
		contents->trouble = words_of_trouble(&reading, err);
	}
	if (contents && (!err || contents->trouble))
		return contents;
	message_errno(ENOMEM, "%s", image->name);
	image_contents_free(contents);
	return NULL;
}

void image_contents_free(struct image_contents *contents)
{
	size_t i;

	if (!contents)
		return;
	for (i = 0; i < IMAGE_FILE_COUNT; i++)
		free(contents->file[i].text);
	for (i = 0; i < contents->count; i++)
		free(contents->names[i]);
	free(contents->names);
	free(contents->trouble);
	free(contents);
}

bool image_contents_have_module(const struct image_contents *contents, const char *module)
{
	size_t len = strlen(module), i;
	const char *name;

	for (i = 0; i < contents->count; i++) {
		name = strrchr(contents->names[i], '/');
		if (name && strncmp(name + 1, module, len) == 0 &&
		    strncmp(name + 1 + len, ".ko", strlen(".ko")) == 0)
			return true;
	}
	return false;
}
