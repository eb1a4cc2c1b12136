/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "set_report.h"

#include <stdlib.h>
#include <string.h>

#include "../image/installed_image.h"
#include "../image/rebuild_images.h"
#include "command.h"
#include "json.h"

/* --- what was changed --------------------------------------------------------------------------
 */

/* Moves the images of installed kernels from @files to the report. */
static void take_images(struct set_report *report, struct string_set *files)
{
	struct string_set kernels = installed_kernels(report->sysroot);
	struct installed_image image;
	size_t i;

	for (i = 0; i < kernels.count; i++) {
		installed_image_find(&image, report->sysroot, kernels.name[i]);
		if (image.path && string_set_have(files, image.name)) {
			string_set_append(&report->images, image.name);
			string_set_append(&report->kernels, kernels.name[i]);
		}
		installed_image_free(&image);
	}
	string_set_free(&kernels);
}

/*
 * Returns true if the step's file was changed. A dry run cannot know what a tool will write, except
 * that it rebuilds images.
 */
static bool is_changed(const struct set_report *report, const struct changes *changes, size_t index,
		       const struct step *step)
{
	return report->dry_run ? step->file != NULL : changes_differs(changes, index);
}

void set_report_take(struct set_report *report, const struct changes *changes, bool done)
{
	struct string_set kept = { 0 }, changed = { 0 };
	struct step step;
	const char *file;
	size_t i;

	if (!report->json)
		return;
	for (i = 0; changes_step(changes, i, &step); i++) {
		file = step.file ? step.file : step.kept;
		if (step.command && (report->dry_run || i < changes->done))
			string_set_append(&report->commands, step.command);
		if (file && is_changed(report, changes, i, &step))
			string_set_add(&changed, file);
		if (file && report->dry_run)
			string_set_add(&kept, file);
	}
	take_images(report, report->dry_run ? &kept : &changed);
	for (i = 0; i < changed.count; i++)
		if (!string_set_have(&report->images, changed.name[i]))
			string_set_add(&report->files, changed.name[i]);
	report->changed = done ? changes_any(changes) : changed.count > 0;
	string_set_free(&changed);
	string_set_free(&kept);
}

/* --- as JSON -----------------------------------------------------------------------------------
 */

static struct json_object *list_images(const struct set_report *report)
{
	struct json_object *list = json_object_new_array(), *image;
	size_t i;

	for (i = 0; i < report->images.count; i++) {
		image = json_object_new_object();
		json_object_object_add(image, "kernel", json_text(report->kernels.name[i]));
		json_object_object_add(image, "file", json_text(report->images.name[i]));
		json_append(list, image);
	}
	return list;
}

/* Returns the words of @slots, or null. */
static struct json_object *list_slots(const char *slots)
{
	char *copy = slots ? strdup(slots) : NULL, *word, *rest;
	struct json_object *list = copy ? json_object_new_array() : NULL;

	for (word = copy ? strtok_r(copy, " ", &rest) : NULL; word;
	     word = strtok_r(NULL, " ", &rest))
		json_append(list, json_text(word));
	free(copy);
	return list;
}

/* Returns the outcome's sentence on one line, or null. */
static struct json_object *one_line(const char *sentence)
{
	char *copy = sentence ? strdup(sentence) : NULL, *c;
	struct json_object *text;

	for (c = copy; c && *c; c++)
		if (*c == '\n')
			*c = ' ';
	text = json_text(copy);
	free(copy);
	return text;
}

static struct json_object *describe_reboot(const struct outcome *outcome)
{
	struct json_object *reboot = json_object_new_object();

	json_object_object_add(
		reboot, "due",
		outcome->reboot_is_known ? json_object_new_boolean(outcome->reboot != NULL) : NULL);
	json_object_object_add(reboot, "why", json_text(outcome->reboot));
	return reboot;
}

int set_report_print(const struct set_report *report, const char *command, int status)
{
	const struct outcome *outcome = &report->outcome;
	struct json_object *all;
	int printed;

	if (!report->json || status == EXIT_USAGE)
		return status;
	all = json_object_new_object();
	json_object_object_add(all, "command", json_text(command));
	json_object_object_add(all, "ok", json_object_new_boolean(status == EXIT_OK));
	json_object_object_add(all, "dry_run", json_object_new_boolean(report->dry_run));
	json_object_object_add(all, "changed", json_object_new_boolean(report->changed));
	json_object_object_add(all, "place",
			       json_text(report->config ? report->config->what : NULL));
	json_object_object_add(all, "entry", json_text(report->entry));
	json_object_object_add(all, "words", json_text(report->words));
	json_object_object_add(all, "owner", json_text(report->owner));
	json_object_object_add(all, "files", json_strings(&report->files));
	json_object_object_add(all, "images", list_images(report));
	json_object_object_add(all, "commands", json_strings(&report->commands));
	json_object_object_add(all, "removed", json_strings(&report->removed));
	json_object_object_add(all, "left", json_strings(&report->left));
	json_object_object_add(all, "slots", list_slots(outcome->slots));
	json_object_object_add(all, "sure", json_object_new_boolean(outcome->sure));
	json_object_object_add(all, "outcome", one_line(outcome->sentence));
	json_object_object_add(all, "reboot", describe_reboot(outcome));
	printed = json_print(all);
	return printed == EXIT_OK ? status : printed;
}

void set_report_free(struct set_report *report)
{
	free(report->words);
	free(report->owner);
	string_set_free(&report->files);
	string_set_free(&report->images);
	string_set_free(&report->kernels);
	string_set_free(&report->commands);
	string_set_free(&report->removed);
	string_set_free(&report->left);
	outcome_free(&report->outcome);
}
