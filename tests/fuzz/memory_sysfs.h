/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A /sys in memory, in place of src/core/sysfs.c: what looks at the machine is linked with it and
 * makes no system call. There is nothing to write with, so a core that writes while it looks does
 * not link.
 */
#ifndef VFIO_CLAIM_MEMORY_SYSFS_H
#define VFIO_CLAIM_MEMORY_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/* A file, a directory or a link, until the next tree_reset(); TREE_NONE is none of them. */
typedef int tree_node;

#define TREE_ROOT ((tree_node)0)
#define TREE_NONE ((tree_node)-1)

/* Makes the tree empty. With @reversed, directories list what was made last first. */
void tree_reset(bool reversed);

/* Text that lives as long as the tree. */
char *tree_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * These make the entry @name of the directory @parent, or change the one that is there. Names and
 * data are not copied: they must live as long as the tree.
 */
tree_node tree_dir(tree_node parent, const char *name);
tree_node tree_file(tree_node parent, const char *name, const char *data, size_t length);
tree_node tree_link(tree_node parent, const char *name, const char *text, tree_node target);

/* What is at @path below @from, links in it followed but for the last one; or TREE_NONE. */
tree_node tree_find(tree_node from, const char *path);

/* The same, with every directory on the way made; @last is where its last component begins. */
tree_node tree_make_way(tree_node from, char *path, char **last);

/* From now on everything that is done with @node fails with the errno @error. */
void tree_break(tree_node node, int error);

/* How many directories are open. */
int tree_open_dirs(void);

#endif
