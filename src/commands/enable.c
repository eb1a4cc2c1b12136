/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enable.c - vfio-claim enable: sets claims for all boots from the next one on
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_config.h"
#include "../bootloader/config_line.h"
#include "../bootloader/fallback/fallback.h"
#include "../bootloader/ukify.h"
#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../machine/container.h"
#include "../plan/boot_plan.h"
#include "../plan/claim_state.h"
#include "../plan/next_line.h"
#include "../plan/owner.h"
#include "../plan/remembered.h"
#include "../plan/vfs_state.h"
#include "claim_options.h"
#include "command.h"
#include "enable.h"
#include "json.h"
#include "option_args.h"
#include "persistent.h"
#include "print_entries.h"
#include "set_entry.h"

struct enable_options {
	struct claim_options wishes;
	bool add, config, addon, tried, json;
	const char *owner;             /* "USER", ":GROUP", or NULL */
	char *modules;                 /* module options, as words; from malloc(3), or NULL */
	const char *entry;             /* a name; NULL: the plain entries */
	unsigned int fallback;         /* how many boots may fail; 0: not given */
	const char *key, *certificate; /* for the add-on */
};

/* One run of the command. */
struct enabling {
	const char *sysroot;
	struct enable_options *options;
	const struct boot_config *config;
	struct remembered remembered;
	char *running;         /* the running command line */
	struct next_line line; /* what the next boot will have */
	char *old_owner;       /* that the rule names now, see owner.h; or NULL */
	const char *gone; /* words that migrate removes from the kernel command line; or NULL */
	const struct persistent_extra *extra; /* or NULL */
	struct set_report report;
};

/* Returns true if this boot has the virtual functions that its command line asks for. */
static bool has_vfs(const struct enabling *enabling, const struct boot_plan *boot_plan)
{
	struct vfs_requests vfs;
	bool has = vfs_requests_read(&vfs, enabling->sysroot, enabling->running, NULL) == 0 &&
		   !vfs_states_any_trouble(&vfs, enabling->sysroot, &boot_plan->requests);

	vfs_requests_free(&vfs);
	return has;
}

/* Returns the words of 'vfio-claim try' in this boot, or NULL after printing an error. */
static char *tried_words(const struct enabling *enabling)
{
	const char *sysroot = enabling->sysroot;
	struct boot_plan boot_plan = { 0 };
	char *words = NULL;
	bool went_well = boot_plan_read_boot(&boot_plan, sysroot) == 0 &&
			 boot_plan_look(&boot_plan, sysroot) == 0 &&
			 boot_plan_decide(&boot_plan) == 0;

	if (went_well && !boot_plan_asks(&boot_plan))
		message_error(
			"no devices were requested for this boot: first use 'vfio-claim try', and "
			"reboot");
	else if (went_well &&
		 (!boot_plan_is_claimed(&boot_plan, sysroot) || !has_vfs(enabling, &boot_plan)))
		message_error(
			"this boot did not do all that it was asked for: see 'vfio-claim status'");
	else if (went_well)
		words = cmdline_tried(enabling->running);
	boot_plan_free(&boot_plan);
	return words;
}

/* Returns what was set before, or NULL after printing an error. */
static char *remembered_words(const struct enabling *enabling)
{
	char *words = strdup(enabling->remembered.words);

	if (words)
		printf("Set again: %s\n", words);
	else
		message_errno(ENOMEM, "what was set before");
	return words;
}

/*
 * Returns what --add adds to: what is set now or, if that is lost, what is remembered; or NULL
 * after printing an error.
 */
static char *old_words(const struct enabling *enabling)
{
	const struct remembered *remembered = &enabling->remembered;
	char *old = enabling->config->read(enabling->sysroot);
	bool lost = old && !cmdline_requests(old) && remembered->words &&
		    remembered->conf == (enabling->config == &config_conf) &&
		    remembered->addon == (enabling->config == &config_addon);

	if (!lost)
		return old;
	free(old);
	return remembered_words(enabling);
}

/* Returns the next boot's command line without what is set now, or NULL without memory. */
static char *line_without_set(const struct enabling *enabling)
{
	char *set = enabling->config->read(enabling->sysroot);
	char *cmdline = set ? cmdline_without(enabling->line.cmdline, set) : NULL;

	free(set);
	return cmdline;
}

/*
 * Returns the module options to set: those of the command and, with --add, those of @old that they
 * do not replace. From then on they count as ours. NULL after printing an error. @line: as from
 * line_without_set().
 */
static char *module_options(const struct enabling *enabling, const char *old,
			    const struct next_line *line)
{
	const char *given = enabling->options->modules ? enabling->options->modules : "";
	char *fresh = option_args_settle(given, enabling->sysroot, line->kver, line->cmdline);
	char *kept = fresh ? cmdline_adopted(old ? old : "") : NULL, *words = NULL;

	if (kept)
		words = option_args_join(fresh, kept);
	if (fresh && (!words || cmdline_adopt(words) < 0))
		message_errno(ENOMEM, "the module options");
	free(kept);
	free(fresh);
	return words;
}

/* Returns @words, which it frees, and the module options; NULL after printing an error. */
static char *with_module_options(const struct enabling *enabling, char *words, const char *old,
				 const struct next_line *line)
{
	char *options = words ? module_options(enabling, old, line) : NULL, *both = NULL;

	if (options && asprintf(&both, "%s%s%s", words, options[0] ? " " : "", options) < 0) {
		message_errno(ENOMEM, "the module options");
		both = NULL;
	}
	free(options);
	free(words);
	return both;
}

/* Returns the words of the options, or NULL after printing an error. */
static char *wished_words(const struct enabling *enabling)
{
	const struct claim_options *wishes = &enabling->options->wishes;
	struct next_line line = enabling->line;
	char *old = enabling->options->add ? old_words(enabling) : NULL, *words = NULL;

	/* So that an IOMMU parameter that was set with the claims is found to be needed again. */
	line.cmdline = line_without_set(enabling);
	if (line.cmdline && (old || !enabling->options->add))
		words = claim_options_words(wishes, enabling->sysroot, old, &line);
	if (words && words[0])
		words = with_module_options(enabling, words, old, &line);
	if (words && enabling->gone && cmdline_adopt_all(enabling->gone) < 0) {
		message_errno(ENOMEM, "the old words");
		free(words);
		words = NULL;
	}
	free(line.cmdline);
	free(old);
	return words;
}

/*
 * Returns those of @words that a vfio-claim.conf can have, or NULL after printing an error. Frees
 * @words.
 */
static char *without_kernels(char *words)
{
	char *ours = words ? cmdline_ours(words) : NULL;
	char *others = ours ? cmdline_without(words, ours) : NULL;

	if (words && !others)
		message_errno(ENOMEM, "the claims");
	else if (words && others[0])
		message_warning("--config leaves the kernel command line alone: add %s to it "
				"yourself",
				others);
	free(others);
	free(words);
	return ours;
}

/* Returns true if the command says what to set; options alone are added to what is set. */
static bool is_wished(const struct enabling *enabling)
{
	const struct enable_options *options = enabling->options;

	return claim_options_any(&options->wishes) || options->modules || options->owner ||
	       enabling->gone;
}

/* Returns the words to set, or NULL after printing an error. */
static char *find_words(const struct enabling *enabling)
{
	char *words;

	if (enabling->options->tried)
		words = tried_words(enabling);
	else if (is_wished(enabling))
		words = wished_words(enabling);
	else
		words = remembered_words(enabling);
	return enabling->config == &config_conf ? without_kernels(words) : words;
}

/* Claims that are set again stay forced. */
static bool is_forced(const struct enabling *enabling, const char *words)
{
	char *force = claim_options_any(&enabling->options->wishes)
			      ? NULL
			      : cmdline_value(words, "rd.vfio.force");
	bool forced = enabling->options->wishes.force || force;

	free(force);
	return forced;
}

/* Returns 0, or -1 after printing an error. */
static int check_words(struct enabling *enabling, const char *words, struct outcome *foreseen)
{
	char *conf = NULL;
	int result = -1;

	if (enabling->config == &config_conf)
		conf = config_conf_text(enabling->sysroot, words);
	if (conf || enabling->config != &config_conf)
		result = wishes_check(enabling->sysroot, &enabling->line, words, conf,
				      is_forced(enabling, words), foreseen, NULL);
	free(conf);
	return result;
}

/*
 * Finds out to whom the nodes will belong: what is set again, tried, or added to keeps the owner.
 * Returns 0, or -1 after printing an error.
 */
static int find_owner(struct enabling *enabling)
{
	const struct enable_options *options = enabling->options;
	const char *text = options->owner;
	struct owner owner;

	enabling->old_owner = owner_rule_read(enabling->sysroot);
	if (text && owner_find(&owner, enabling->sysroot, text) < 0)
		return -1;
	if (!text && (options->add || !claim_options_any(&options->wishes)))
		text = enabling->old_owner;
	enabling->report.owner = text ? strdup(text) : NULL;
	if (!text || enabling->report.owner)
		return 0;
	message_errno(ENOMEM, "--owner %s", text);
	return -1;
}

/* Says what else a user's virtual machine needs. */
static void say_owner(const struct enabling *enabling)
{
	const char *owner = enabling->report.owner, *old = enabling->old_owner;

	if (owner && (!old || strcmp(owner, old) != 0))
		printf("From the next boot on, the nodes of the claimed devices in /dev/vfio "
		       "belong to "
		       "%s%s. Virtual machines that root does not start must be allowed to lock "
		       "their memory: as that user, run 'vfio-claim check --guest --memory GIB'.\n",
		       owner[0] == ':' ? "the group " : "", owner + (owner[0] == ':'));
}

/* Returns how many boots may fail: what was given or, if claims are kept, what is set up. */
static unsigned int find_fallback(const struct enabling *enabling)
{
	const struct enable_options *options = enabling->options;
	bool kept = options->add || (!options->tried && !claim_options_any(&options->wishes));

	if (options->fallback || !kept)
		return options->fallback;
	return fallback_read(enabling->sysroot).tries;
}

/* Sets the words. Returns an exit status. */
static int set_words(struct enabling *enabling, const char *words)
{
	struct set_report *report = &enabling->report;
	struct outcome foreseen = { .wants_reboot = report->json && report->dry_run };
	int status = EXIT_FAILED;

	if (check_words(enabling, words, &foreseen) == 0)
		status = persistent_set(report, words, foreseen.slots, find_fallback(enabling),
					enabling->extra);
	if (status == EXIT_OK && report->dry_run)
		report->outcome = foreseen;
	else
		outcome_free(&foreseen);
	return status;
}

/* Makes the named entry have the words. Returns an exit status. */
static int set_entry_words(struct enabling *enabling, const char *words)
{
	struct set_report *report = &enabling->report;
	struct outcome foreseen = { 0 };
	int status = EXIT_FAILED;

	if (check_words(enabling, words, &foreseen) == 0)
		status = set_entry(report, enabling->options->entry, words);
	/* What a boot of the entry will do; when that will be, nobody knows. */
	if (status == EXIT_OK) {
		foreseen.sentence = report->outcome.sentence;
		report->outcome = foreseen;
	} else {
		outcome_free(&foreseen);
	}
	return status;
}

/* Returns an exit status. */
static int set(struct enabling *enabling)
{
	struct claim_options *wishes = &enabling->options->wishes;
	struct set_report *report = &enabling->report;
	int status = EXIT_FAILED;

	report->config = enabling->config;
	if (find_owner(enabling) == 0 &&
	    claim_options_settle(wishes, enabling->sysroot, !report->json) == 0)
		report->words = find_words(enabling);
	if (report->words)
		status = enabling->options->entry ? set_entry_words(enabling, report->words)
						  : set_words(enabling, report->words);
	if (status == EXIT_OK && !wishes->dry_run)
		claim_options_offer(wishes, enabling->sysroot);
	if (status == EXIT_OK && !wishes->dry_run && !enabling->options->entry)
		say_owner(enabling);
	return status;
}

/* Finds what the next boot will have. Returns 0, or -1 after printing an error. */
static int find_line(struct enabling *enabling)
{
	struct next_line *line = &enabling->line;
	char *cmdline;

	if (boot_plan_read_cmdline(enabling->sysroot, &enabling->running) < 0)
		return -1;
	if (next_line_find_lasting(line, enabling->sysroot) < 0)
		return -1;
	cmdline = config_line_next(enabling->sysroot, enabling->config, line->file, line->cmdline);
	free(line->cmdline);
	line->cmdline = cmdline;
	return cmdline ? 0 : -1;
}

/* Returns EXIT_OK, or another exit status after printing an error. */
static int find_config(struct enabling *enabling)
{
	bool again = !enabling->options->tried && !claim_options_any(&enabling->options->wishes);

	if (remembered_read(&enabling->remembered, enabling->sysroot) < 0)
		return EXIT_FAILED;
	if (again && !enabling->remembered.words) {
		message_error("no device was named, and none is remembered: see 'vfio-claim enable "
			      "--help'");
		return EXIT_USAGE;
	}
	if (enabling->options->config || (again && enabling->remembered.conf))
		enabling->config = &config_conf;
	else if (enabling->options->addon || (again && enabling->remembered.addon))
		enabling->config = &config_addon;
	else
		enabling->config = boot_config_look(enabling->sysroot);
	enabling->options->wishes.sealed |= enabling->config == &config_conf;
	if (enabling->config)
		return EXIT_OK;
	boot_config_say_none(enabling->sysroot, enabling->options->wishes.claims);
	return EXIT_FAILED;
}

/*
 * Makes the module options that were set before count as ours. Returns EXIT_OK, or another exit
 * status after printing an error.
 */
static int adopt_options(const struct enabling *enabling)
{
	const struct remembered *remembered = &enabling->remembered;

	if (enabling->options->modules && enabling->config == &config_conf) {
		message_error(
			"the claims are in /etc/vfio-claim.conf, and a module option needs "
			"the kernel command line: put 'options MODULE PARAMETER=VALUE' into a "
			"file in /etc/modprobe.d, and rebuild the initramfs");
		return EXIT_FAILED;
	}
	if (!remembered->words || cmdline_adopt(remembered->words) == 0)
		return EXIT_OK;
	message_errno(ENOMEM, "the module options");
	return EXIT_FAILED;
}

/* Returns an exit status. */
static int find_and_set(struct enabling *enabling)
{
	int status;

	container_warn(enabling->sysroot);
	status = find_config(enabling);
	if (status == EXIT_OK)
		status = adopt_options(enabling);
	if (status == EXIT_OK)
		status = find_line(enabling) == 0 ? set(enabling) : EXIT_FAILED;
	return status;
}

/* Frees all but the report. */
static void forget(struct enabling *enabling)
{
	free(enabling->old_owner);
	next_line_free(&enabling->line);
	free(enabling->running);
	remembered_free(&enabling->remembered);
}

int enable_add(struct set_report *report, struct claim_options *wishes, const char *gone,
	       const struct persistent_extra *extra)
{
	struct enable_options added = { .wishes = *wishes, .add = true, .json = report->json };
	struct enabling enabling = { .sysroot = report->sysroot,
				     .options = &added,
				     .report = *report,
				     .gone = gone,
				     .extra = extra };
	int status = find_and_set(&enabling);

	*wishes = added.wishes;
	*report = enabling.report;
	forget(&enabling);
	return status;
}

static int enable(const char *sysroot, struct enable_options *options)
{
	struct enabling enabling = { .sysroot = sysroot, .options = options };
	struct set_report *report = &enabling.report;
	int status = EXIT_FAILED;

	*report = (struct set_report){ .sysroot = sysroot,
				       .dry_run = options->wishes.dry_run,
				       .json = options->json };
	report->outcome.wants_reboot = options->json;
	if (options->json)
		json_begin();
	if (persistent_begin(sysroot, report->dry_run) == 0)
		status = find_and_set(&enabling);
	status = set_report_print(report, enable_command.name, status);
	set_report_free(report);
	forget(&enabling);
	return status;
}

static int check_options(const struct arguments *args, const struct enable_options *options)
{
	const struct claim_options *wishes = &options->wishes;

	if (options->tried &&
	    (claim_options_any(wishes) || wishes->keeps || options->add || options->config ||
	     options->addon || options->modules || options->owner || wishes->stable))
		return usage_error(args, "--tried takes what was tried, and nothing else");
	if (options->entry && (options->tried || options->add || options->config || options->addon))
		return usage_error(args, "an --entry has claims of its own: it takes no --tried, "
					 "--add, --config or --addon");
	if (options->entry && options->fallback)
		return usage_error(args, "--fallback is for the default entry: not with --entry");
	if (options->entry && options->owner)
		return usage_error(args, "--owner is for the claims of the default entry: not with "
					 "--entry");
	if (options->entry && !claim_options_any(wishes))
		return usage_error(args, "no device was named for the entry '%s'", options->entry);
	/* Without arguments, sets again what was set before. */
	if (!options->tried && !claim_options_any(wishes) &&
	    (wishes->keeps || wishes->group || wishes->strict || wishes->iommu || wishes->pt ||
	     (options->add && !options->modules && !options->owner) || options->config ||
	     options->addon))
		return usage_error(args, "no device was named");
	if ((options->modules || options->owner) && !claim_options_any(wishes) && !options->add)
		return usage_error(args, "no device was named; --add adds it to the claims that "
					 "are set");
	if (options->modules && options->config)
		return usage_error(args, "--option needs the kernel command line, which --config "
					 "leaves alone");
	if (options->addon && options->config)
		return usage_error(args, "--addon and --config exclude each other");
	if (!options->key != !options->certificate)
		return usage_error(args, "--secureboot-key and --secureboot-certificate belong "
					 "together");
	if (options->key && (options->key[0] != '/' || options->certificate[0] != '/'))
		return usage_error(args, "the paths of key and certificate must begin with '/'");
	if (options->key && !options->addon)
		return usage_error(args, "only an --addon is signed");
	return EXIT_OK;
}

static struct enable_options options;

static int take_fallback(const struct arguments *args, void *to)
{
	if (args->value[0] < '1' || args->value[0] > '0' + FALLBACK_MAX || args->value[1])
		return usage_error(args, "'%s' is not a number of boots: it must be from 1 to %d",
				   args->value, FALLBACK_MAX);
	*(unsigned int *)to = (unsigned int)(args->value[0] - '0');
	return EXIT_OK;
}

static int run(const char *sysroot, const struct arguments *args)
{
	int status;

	options.wishes.sealed = options.config;
	ukify_set_keys(options.key, options.certificate);
	status = check_options(args, &options);
	if (status == EXIT_OK)
		status = enable(sysroot, &options);
	claim_options_free(&options.wishes);
	free(options.modules);
	options.modules = NULL;
	return status;
}

static const struct option_def enable_options[] = {
	{ .name = "add", .flag = &options.add, .help = "add to the claims that are already set" },
	{ .name = "config",
	  .flag = &options.config,
	  .help = "write /etc/vfio-claim.conf, which becomes part of the images, instead of "
		  "changing a kernel command line that is sealed" },
	{ .name = "addon",
	  .flag = &options.addon,
	  .help = "put the claims into an add-on beside the unified kernel images, which stay as "
		  "they are (systemd-stub 254 or later; needs systemd's ukify)" },
	{ .name = "secureboot-key",
	  .value = "FILE",
	  .text = &options.key,
	  .help = "sign the add-on with this private key" },
	{ .name = "secureboot-certificate",
	  .value = "FILE",
	  .text = &options.certificate,
	  .help = "and with this certificate; without both, those in /etc/kernel/uki.conf count" },
	{ .name = "tried",
	  .flag = &options.tried,
	  .help = "make the claims of 'vfio-claim try' in this boot permanent" },
	{ .name = "option",
	  .value = "MODULE.NAME=VALUE",
	  .take = option_args_add,
	  .to = &options.modules,
	  .help = "also set an option of a vfio or KVM module, such as "
		  "vfio_pci.disable_idle_d3=1, as long as the claims are set; may be repeated" },
	{ .name = "owner",
	  .value = "OWNER",
	  .text = &options.owner,
	  .help = "give the nodes of the claimed devices in /dev/vfio to this user, or to "
		  "a group: \":kvm\"" },
	{ .name = "entry",
	  .value = "NAME",
	  .take = take_entry_name,
	  .to = &options.entry,
	  .help = "leave the default entry as it is, and add one with these claims to the boot "
		  "menu, \"... (vfio: NAME)\", or replace its claims" },
	{ .name = "fallback",
	  .value = "N",
	  .take = take_fallback,
	  .to = &options.fallback,
	  .help = "after N boots that do not get as far as vfio-claim-status.service, start the "
		  "boot menu's entry without claims instead, until 'enable' is run again (GRUB, "
		  "systemd-boot)" },
	CLAIM_OPTIONS(options.wishes),
	{ .name = "json", .flag = &options.json, .help = SET_REPORT_HELP },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "the claims are set" },
	{ "1", "failure, or a claim would be refused; everything is as it was before" },
	{ "2", "wrong usage; SEL is not a selector; no SEL, and nothing is recorded" },
	{ .term = NULL },
};

const struct command enable_command = {
	.name = "enable",
	.group = GROUP_NEXT_BOOT,
	.purpose = "claim devices from the next boot on",
	.synopsis =
		"SEL... [OPTIONS]\n--vfs SLOT:N [SEL...] [OPTIONS]\n--add --option OPTION | "
		"--owner OWNER [OPTIONS]\n--entry NAME "
		"SEL... [OPTIONS]\n--tried [--dry-run] [--json]\n[--force] [--dry-run] [--json]",
	.help = "Claims these devices, and no others, from the next boot on. Writes the claims "
		"where this system keeps its kernel command line, rebuilds the initramfs images "
		"that lack something, and verifies them and the boot menu. If a step fails, "
		"everything is restored. Recovery entries of GRUB and rescue kernels claim "
		"nothing.\n"
		"The claims are recorded: if a kernel update, or a tool that rewrites the menu, "
		"drops them, 'enable' without SEL sets them again.\n"
		"With --entry, the default entry stays as it is. The boot menu gets another entry "
		"for each kernel, later ones included, which makes these claims and no others "
		"when it is chosen (GRUB and systemd-boot).",
	.options = enable_options,
	.operand = { "SEL", selector_args_add, &options.wishes.claims },
	.sysroot_help = CLAIM_SYSROOT_HELP,
	.statuses = statuses,
	.run = run,
};
