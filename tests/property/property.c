// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What vfio-claim plan says of the next boot is what vfio-claim-boot does: on random machines, with
 * random command lines. Usage:
 *   property --dir DIR [--seed N] [--first N] [--count N] [--show] [--brief]
 *
 * --show shows every case, --brief ends at the first that is wrong; --without menu, leftovers,
 * iommu, vmd or ids leaves that out of the cases.
 * DIR/host/lib/modules has the kernels that ./run makes. Prints what differs, and TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/boot/verbs.h"
#include "property.h"

/* Both have an EXIT_USAGE. */
#undef EXIT_USAGE
#include "../../src/commands/command.h"

/* As many cases are tried on one machine. */
#define CASES_OF_MACHINE 20

/* As many differences are shown whole. */
#define SHOWN 5

#define LINES_MAX 256

/* In front of the line of a menu's entry; see menu.c. */
#define MENU_FIRST "BOOT_IMAGE=/vmlinuz root=UUID=0a1b2c3d ro "

struct features with = { true, true, true, true, true };

static FILE *out;

static struct {
	char host[512], boot[512];
	unsigned long seed, first, count;
	bool show, brief;
} options = { .seed = 1, .count = 20000 };

/* What one case has shown. */
struct outcome {
	struct string cmdline; /* that the boot has */
	struct string running;
	char *plan, *messages, *report;
	int plan_status, boot_status;
	int root;                    /* the boot's tree, with what has become of it */
	bool claimed[FUNCTIONS_MAX]; /* in the boot, at its end */
	char *lines[2][LINES_MAX];   /* of plan and report, made alike and sorted */
	size_t line_count[2];
};

/* What must have been there, before the silence of the cases says anything. */
static struct {
	const char *what;
	unsigned long count;
} seen[] = {
	{ ": claimed by ", 0 },
	{ "the boot display, which goes dark", 0 },
	{ " keeps it", 0 },
	{ "this system needs it for ", 0 },
	{ "a bridge cannot be claimed", 0 },
	{ "its modalias cannot be read", 0 },
	{ "it is another device, ", 0 },
	{ "no IOMMU is active", 0 },
	{ "(RMRR)", 0 },
	{ "keeps the IOMMU group from being passed through", 0 },
	{ "no such device", 0 },
	{ ": ignored: ", 0 },
	{ "rd.vfio=0: nothing is claimed", 0 },
	{ "No devices requested", 0 },
	{ "not claimed: loading vfio-pci", 0 },
	{ "(claim=", 0 },
	{ "(vfio-pci.ids=", 0 },
};

/* --- running both ------------------------------------------------------------------------------
 */

/* Runs a command of vfio-claim in this process; gives its status and what it has printed. */
static int run_command(const struct command *command, int count, char **words, char **said,
		       char **messages)
{
	FILE *standard_output = stdout, *standard_error = stderr;
	struct arguments args = { .count = count, .word = words, .at = 2, .command = words[1] };
	size_t length;
	int status;

	stdout = open_memstream(said, &length);
	stderr = open_memstream(messages, &length);
	if (!stdout || !stderr)
		abort();
	status = arguments_read(&args, command->options, &command->operand);
	if (status == EXIT_OK)
		status = command->run(options.host, &args);
	fclose(stdout);
	fclose(stderr);
	stdout = standard_output;
	stderr = standard_error;
	return status;
}

static void make_image(const struct machine *machine)
{
	char *words[] = { (char *)"vfio-claim", (char *)"image",
			  (char *)"--kernel",   (char *)KERNELS[machine->vfio],
			  (char *)"--output",   options.boot,
			  (char *)"--hostonly", NULL };
	char *said, *messages;
	int status = run_command(&image_command, 7, words, &said, &messages);

	if (status != EXIT_OK && machine->vfio != VFIO_NONE) {
		fprintf(out, "Bail out! no image can be made: %s\n", messages);
		exit(2);
	}
	free(said);
	free(messages);
}

static void run_plan(struct outcome *outcome)
{
	char *words[] = { (char *)"vfio-claim", (char *)"plan", (char *)"--cmdline",
			  outcome->cmdline.data, NULL };
	int count = outcome->running.length ? 2 : 4;

	outcome->plan_status =
		run_command(&plan_command, count, words, &outcome->plan, &outcome->messages);
}

/* One program after another: each leaves descriptors to its end. */
static int run_verb(enum verb verb, int root)
{
	int own = dup(root), status = verb_run(verb, own, NULL);

	close_range((unsigned int)root + 1, ~0u, 0);
	return status;
}

/* What runs beside the boot looks once; an older program has nothing of the kind. */
static void run_watch(int root)
{
	int verb;

	for (verb = 0; verb < VERB_NONE && strcmp(VERB_NAMES[verb], "watch") != 0; verb++)
		;
	if (verb == VERB_NONE)
		return;
	kernel_watch(true);
	run_verb((enum verb)verb, root);
	kernel_watch(false);
}

static char *read_report(int root)
{
	char text[32768];
	int fd = openat(root, "run/vfio-claim/boot", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[length < 0 ? 0 : length] = '\0';
	return strdup(text);
}

static void run_boot(struct outcome *outcome, struct machine *machine)
{
	int root = open(options.boot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct string line = { .length = 0 };
	bool early = chance(50);

	string_add(&line, "%s\n", outcome->cmdline.data);
	write_text(options.boot, "proc/cmdline", line.data);
	kernel_start(machine, root, outcome->cmdline.data);
	run_verb(VERB_RESERVE, root);
	run_watch(root);
	if (machine->early_load) {
		kernel_load_early();
		run_watch(root);
	}
	kernel_coldplug(chance(50));
	if (early) {
		run_verb(VERB_BIND_EARLY, root);
		kernel_coldplug(false);
	}
	run_watch(root);
	outcome->boot_status = run_verb(VERB_BIND, root);
	kernel_coldplug(false);
	run_watch(root);
	outcome->report = read_report(root);
	outcome->root = root;
}

/* --- comparing ---------------------------------------------------------------------------------
 */

/* Where what is only known on one side begins, and where it ends; both the line's end otherwise. */
static const char *find_unlike(const char *line, const char **end)
{
	static const char claimed[] = ": claimed by ", iommu[] = "no IOMMU is active",
			  loading[] = ": not claimed: loading vfio-pci: ";
	const char *at;

	*end = line + strlen(line);
	/* Which driver of a variant's module takes the device. */
	if ((at = strstr(line, claimed))) {
		at += strlen(claimed);
		*end = at + strcspn(at, " ");
		return at;
	}
	/* The words of modprobe. */
	if ((at = strstr(line, loading)))
		return at + strlen(loading);
	/* Why that is so, and what to do about it. */
	if ((at = strstr(line, iommu)) && strrchr(at, '(')) {
		*end = strrchr(at, '(');
		return at + strlen(iommu);
	}
	return *end;
}

/* Takes @words out of a line, wherever they stand. */
static void drop(char *line, const char *words)
{
	char *at;

	while ((at = strstr(line, words)))
		memmove(at, at + strlen(words), strlen(at + strlen(words)) + 1);
}

static char *make_alike(const char *line)
{
	const char *end, *begin = find_unlike(line, &end);
	char *alike;

	if (asprintf(&alike, "%.*s-%s", (int)(begin - line), line, end) < 0)
		abort();
	/* In the boot a driver may have a device that none has now, or not yet. */
	drop(alike, "if a driver takes it, it");
	drop(alike, "its driver");
	return alike;
}

/* The function that a line is about, or NULL. */
static const struct function *function_of(const char *line, const struct machine *machine)
{
	size_t i;

	for (i = 0; i < machine->count; i++)
		if (!strncmp(machine->function[i].slot, line, strlen(machine->function[i].slot)))
			return &machine->function[i];
	return NULL;
}

static bool was_given_back(const struct outcome *outcome, const struct function *function)
{
	char line[100];

	snprintf(line, sizeof(line), "%s: given back: ", function->slot);
	return strstr(outcome->report, line) != NULL;
}

/*
 * Where only the next boot will have an IOMMU, nobody knows yet what shares a group; the plan has
 * to say so.
 */
static bool groups_are_unknown(const struct outcome *outcome, const struct machine *machine)
{
	return !machine->iommu_now && iommu_will_be(machine, outcome->cmdline.data);
}

/*
 * Whether the boot and plan may differ in what a function means for its group. Of what no driver
 * has, and none will take, the boot says what would be "if a driver takes it". What something else
 * has given vfio-pci, and goes back, is nothing in the way when the boot looks.
 */
static bool may_differ_in_group(const struct outcome *outcome, const struct machine *machine,
				const struct function *function)
{
	return groups_are_unknown(outcome, machine) || (!function->native && !function->bound) ||
	       was_given_back(outcome, function);
}

/* What is only there for its group is not. */
static bool is_in_plan(const struct outcome *outcome, const struct function *function)
{
	char begin[32];

	snprintf(begin, sizeof(begin), "%s: ", function->slot);
	return strstr(outcome->plan, begin) != NULL;
}

/* Gives whether that is all of the line, and cuts it out where it is not. */
static bool is_group_talk(const struct outcome *outcome, char *line, const struct machine *machine)
{
	static const char *const talk[] = { "if a driver takes it, it keeps the IOMMU group",
					    "its driver keeps the IOMMU group",
					    "it cannot be passed through: " };
	const struct function *function = function_of(line, machine);
	char *at = NULL, *rest;
	size_t i;

	if (!function || !may_differ_in_group(outcome, machine, function))
		return false;
	if (groups_are_unknown(outcome, machine) && !is_in_plan(outcome, function))
		return true;
	for (i = 0; !at && i < COUNT(talk); i++)
		at = strstr(line, talk[i]);
	if (!at)
		return false;
	if (strncmp(at - 2, "; ", 2) != 0 || !is_in_plan(outcome, function))
		return true;
	rest = strstr(at, " (");
	if (!rest)
		rest = strstr(at, "; it is the boot display");
	if (!rest)
		rest = at + strlen(at);
	memmove(at - 2, rest, strlen(rest) + 1);
	return false;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether a line is about what only the boot can know. */
static bool is_boots_own(const char *line)
{
	/* How far it has come: the last one. */
	return !strncmp(line, "bound ", strlen("bound ")) ||
	       !strncmp(line, "reserved ", strlen("reserved ")) ||
	       /* What something else has given vfio-pci. */
	       strstr(line, ": given back: vfio-pci had it: ");
}

/* Whether the plan says that a function will be claimed. */
static bool is_planned(const struct outcome *outcome, const struct function *function)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "%s: claimed by ", function->slot);
	return strstr(outcome->plan, begin) != NULL;
}

/* Whether the plan takes a VMD controller, for good or until it fails, and what is behind it goes.
 */
static bool takes_vmd(const struct outcome *outcome, const struct machine *machine)
{
	const struct function *vmd;
	char failed[64];
	size_t i;

	for (i = 0; i < machine->count; i++) {
		if (machine->function[i].vmd < 0)
			continue;
		vmd = &machine->function[machine->function[i].vmd];
		snprintf(failed, sizeof(failed), "%s: not claimed: ", vmd->slot);
		if (is_planned(outcome, vmd) || strstr(outcome->plan, failed))
			return true;
	}
	return false;
}

/* Whether that is still there when the boot looks, is only known in the boot. */
static bool is_behind_vmd(const char *line)
{
	return !strncmp(line, "10000:", strlen("10000:")) || strstr(line, ": no such device");
}

static void take_lines(struct outcome *outcome, int which, const char *text,
		       const struct machine *machine)
{
	bool vmd = takes_vmd(outcome, machine);
	char *copy = strdup(text), *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || is_boots_own(line) || is_group_talk(outcome, line, machine) ||
		    (vmd && is_behind_vmd(line)) ||
		    !strncmp(line, "Module options:", strlen("Module options:")) ||
		    !strncmp(line, "No devices requested", strlen("No devices requested")))
			continue;
		if (outcome->line_count[which] == LINES_MAX)
			abort();
		outcome->lines[which][outcome->line_count[which]++] = make_alike(line);
	}
	qsort(outcome->lines[which], outcome->line_count[which], sizeof(char *), compare_lines);
	free(copy);
}

static bool lines_differ(const struct outcome *outcome)
{
	size_t i;

	if (outcome->line_count[0] != outcome->line_count[1])
		return true;
	for (i = 0; i < outcome->line_count[0]; i++)
		if (strcmp(outcome->lines[0][i], outcome->lines[1][i]) != 0)
			return true;
	return false;
}

static bool is_for_guests(const char *driver)
{
	return driver && strstr(driver, "vfio") != NULL;
}

/* Whether rd.vfio= turns it off; where nothing else is asked, plan has no word of it. */
static bool is_off(const struct outcome *outcome)
{
	static const char *const no[] = { "0", "no", "off", "n", "false" };
	const char *at = outcome->cmdline.data, *end = strstr(at, " -- ");
	bool off = false;
	size_t i, length;

	if (!strncmp(outcome->plan, "rd.vfio=0: ", strlen("rd.vfio=0: ")))
		return true;
	while ((at = strstr(at, " rd.vfio=")) && (!end || at < end)) {
		at += strlen(" rd.vfio=");
		length = strcspn(at, " \t");
		off = false;
		for (i = 0; i < COUNT(no); i++)
			off |= length == strlen(no[i]) && !strncmp(at, no[i], length);
	}
	return off;
}

/* Whether the system runs from a function. */
static bool is_protected(const struct machine *machine, size_t number)
{
	return (int)number == machine->root_disk || (int)number == machine->boot_disk ||
	       (int)number == machine->network;
}

/* Whether there is a claim, and not mistakes alone. */
static bool any_claim(const struct outcome *outcome)
{
	size_t i;

	for (i = 0; i < outcome->line_count[0]; i++)
		if (!strstr(outcome->lines[0][i], ": ignored: "))
			return true;
	return false;
}

/* Whether vfio-pci may hold what nobody has claimed: where nothing is asked, and it does no harm.
 */
static bool may_hold(const struct outcome *outcome, const struct machine *machine, size_t number)
{
	/* rd.vfio=0 leaves vfio-pci what the kernel or others have given it. */
	if (is_off(outcome))
		return true;
	return machine->early_load && !any_claim(outcome) && !is_protected(machine, number);
}

static bool any_direct(const struct machine *machine)
{
	size_t i;

	for (i = 0; i < machine->count; i++)
		if (machine->function[i].direct)
			return true;
	return false;
}

/* Whether what is unknown may change more than the lines about neighbours. */
static bool is_left_out(const struct outcome *outcome, const struct machine *machine)
{
	return groups_are_unknown(outcome, machine) &&
	       (any_direct(machine) || takes_vmd(outcome, machine) ||
		strstr(outcome->cmdline.data, "group") || strstr(machine->conf.data, "group"));
}

/* Gives what is wrong, or NULL. */
static const char *judge(const struct outcome *outcome, const struct machine *machine)
{
	const struct function *f;
	bool planned, any_virtual = false;
	size_t i;

	if (is_left_out(outcome, machine))
		return NULL;
	if (lines_differ(outcome))
		return "the lines of the plan are not those of the report";
	for (i = 0; i < machine->count; i++) {
		f = &machine->function[i];
		any_virtual |= f->parent >= 0;
		if (f->parent >= 0)
			continue;
		planned = is_planned(outcome, f);
		if (planned && f->hidden)
			return "what is planned to be claimed is not there at the end";
		if (f->hidden)
			continue;
		if (planned && !is_for_guests(f->bound))
			return "what is planned to be claimed has another driver at the end";
		if (!planned && is_for_guests(f->bound) && !may_hold(outcome, machine, i))
			return "vfio-pci has a device that is not planned to be claimed";
		if (!planned && *kernel_override(f) && !strstr(outcome->cmdline.data, "strict") &&
		    !strstr(machine->conf.data, "strict"))
			return "a driver_override is left at a device that is not claimed";
	}
	/* A claim of nothing but virtual functions succeeds later. */
	if (outcome->plan_status != outcome->boot_status && !any_virtual &&
	    !takes_vmd(outcome, machine))
		return "the exit statuses differ";
	return NULL;
}

/*
 * Where modprobe reads other IDs than the kernel (it goes on behind a "--", and only a blank ends a
 * word), the module takes what nobody has claimed.
 */
static unsigned long known;

static void show_text(const char *title, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	fprintf(out, "# %s:\n", title);
	while ((line = strsep(&rest, "\n")))
		if (*line)
			fprintf(out, "#     %s\n", line);
	free(copy);
}

static void show(const struct outcome *outcome, const struct machine *machine, unsigned long number,
		 const char *wrong)
{
	fprintf(out, "# case %lu of seed %lu (--seed %lu --first %lu --count 1): %s\n", number,
		options.seed, options.seed, number, wrong);
	machine_print(machine, out);
	show_text("command line", outcome->cmdline.data);
	show_text("command line of the running system", outcome->running.data);
	show_text("vfio-claim.conf", machine->conf.data);
	show_text("modprobe.d", machine->modprobe.data);
	show_text("plan", outcome->plan);
	show_text("its messages", outcome->messages);
	show_text("report of the boot", outcome->report);
	fprintf(out, "# exit statuses: %d and %d\n", outcome->plan_status, outcome->boot_status);
}

static void outcome_free(struct outcome *outcome)
{
	int which;

	for (which = 0; which < 2; which++)
		while (outcome->line_count[which])
			free(outcome->lines[which][--outcome->line_count[which]]);
	close(outcome->root);
	free(outcome->plan);
	free(outcome->messages);
	free(outcome->report);
}

/* --- cases -------------------------------------------------------------------------------------
 */

static void note_seen(const struct outcome *outcome)
{
	size_t i;

	for (i = 0; i < COUNT(seen); i++)
		seen[i].count += strstr(outcome->plan, seen[i].what) != NULL;
}

static void put_into_menu(struct outcome *outcome, const struct machine *machine)
{
	static struct string entry;

	menu_make_plain(&outcome->cmdline);
	entry = outcome->cmdline;
	menu_write(machine, options.host, entry.data, &outcome->running);
	write_text(options.host, "proc/cmdline", outcome->running.data);
	outcome->cmdline.length = 0;
	string_add(&outcome->cmdline, MENU_FIRST "%s", entry.data);
}

/* Gives whether all is well. */
static bool try(struct machine *machine, unsigned long number, unsigned long shown)
{
	static struct outcome outcome;
	const char *wrong;

	memset(&outcome, 0, sizeof(outcome));
	dice_begin(options.seed, number, 2);
	words_cmdline(machine, &outcome.cmdline);
	if (with.menu && chance(30))
		put_into_menu(&outcome, machine);
	run_plan(&outcome);
	run_boot(&outcome, machine);
	take_lines(&outcome, 0, outcome.plan, machine);
	take_lines(&outcome, 1, outcome.report, machine);
	note_seen(&outcome);
	wrong = judge(&outcome, machine);
	if (wrong && !with.ids && kernel_reads_ids_twice()) {
		known++;
		wrong = NULL;
	}
	if ((wrong && shown < SHOWN) || options.show)
		show(&outcome, machine, number, wrong ? wrong : "as it should be");
	outcome_free(&outcome);
	return !wrong;
}

static unsigned long try_all(void)
{
	static struct machine machine;
	unsigned long number, last = options.first + options.count, wrong = 0;

	for (number = options.first; number < last && !(wrong && options.brief); number++) {
		if (number == options.first || number % CASES_OF_MACHINE == 0) {
			dice_begin(options.seed, number / CASES_OF_MACHINE, 1);
			machine_make(&machine);
			machine_write(&machine, options.host, options.boot);
			make_image(&machine);
		}
		wrong += !try(&machine, number, wrong);
	}
	return wrong;
}

static bool never_seen(void)
{
	bool never = false;
	size_t i;

	fprintf(out, "# seen:");
	for (i = 0; i < COUNT(seen); i++) {
		fprintf(out, "%s %lu '%s'", i ? "," : "", seen[i].count, seen[i].what);
		never |= !seen[i].count;
	}
	fprintf(out, "\n");
	return never && options.count >= 10000;
}

/* Says whether there is such a feature. */
static bool leave_out(const char *feature)
{
	if (!strcmp(feature, "menu"))
		with.menu = false;
	else if (!strcmp(feature, "leftovers"))
		with.leftovers = false;
	else if (!strcmp(feature, "iommu"))
		with.iommu = false;
	else if (!strcmp(feature, "ids"))
		with.ids = false;
	else if (!strcmp(feature, "vmd"))
		with.vmd = false;
	else
		return false;
	return true;
}

static int read_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 's' },
		{ "first", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ "show", no_argument, NULL, 'v' },
		{ "brief", no_argument, NULL, 'b' },
		{ "without", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) >= 0) {
		switch (option) {
		case 'd':
			snprintf(options.host, sizeof(options.host), "%s/host", optarg);
			snprintf(options.boot, sizeof(options.boot), "%s/boot", optarg);
			break;
		case 's':
			options.seed = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			options.first = strtoul(optarg, NULL, 0);
			break;
		case 'c':
			options.count = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			if (!leave_out(optarg))
				return -1;
			break;
		case 'b':
			options.brief = true;
			break;
		case 'v':
			options.show = true;
			break;
		default:
			return -1;
		}
	}
	return options.host[0] ? 0 : -1;
}

int main(int argc, char **argv)
{
	static const char what[] = "what plan says is what the boot does";
	unsigned long wrong;
	bool never;
	int null;

	out = fdopen(dup(STDOUT_FILENO), "w");
	if (!out || read_options(argc, argv) < 0) {
		fprintf(stderr, "Usage: property --dir DIR [--seed N] [--first N] [--count N]\n");
		return 2;
	}
	/* Output is not folded for a terminal, and the boot program may write to its log's place.
	 */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(null, STDOUT_FILENO);
	fprintf(out, "1..1\n");
	wrong = try_all();
	never = never_seen();
	if (known)
		fprintf(out, "# known in %lu cases: modprobe reads other vfio-pci.ids=\n", known);
	if (wrong)
		fprintf(out, "not ok 1 - %s: %lu of %lu differ, seed %lu\n", what, wrong,
			options.count, options.seed);
	else
		fprintf(out, "%s 1 - %s: %lu cases, seed %lu\n", never ? "not ok" : "ok", what,
			options.count, options.seed);
	return wrong || never;
}
