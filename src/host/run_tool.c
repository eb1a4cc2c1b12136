/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_tool.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"
#include "sysroot_files.h"

/* The exit status of a shell that cannot find a command, and ours if a tool cannot be run. */
#define NOT_FOUND 127

/* How many lines of a failed tool's output are shown, and how many bytes are kept for them. */
#define SHOWN    20
#define LOG_SIZE (32 * 1024)

/* More reads than two full pipes need (pipe(7)). */
#define PIPE_READS 64

/* How long to wait for a silent tool at a time, in milliseconds. */
#define SLICE 20

static const char search_path[] =
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* A tool's output or input. */
struct buffer {
	char *data;
	size_t length;
	size_t limit;
	bool cut;
};

enum { INPUT, OUTPUT, LOG, PIPES };

/* A running tool. */
struct run {
	const struct tool *tool;
	pid_t pid;
	int fd[PIPES]; /* our ends; -1 once closed */
	size_t given;  /* bytes of its input written */
	struct buffer output;
	struct buffer log;
};

/* --- the child ---------------------------------------------------------------------------------
 */

static bool is_below(const struct tool *tool)
{
	return tool->sysroot && tool->sysroot[0];
}

/* Returns true if a tool inherits this variable. */
static bool is_kept(const struct tool *tool, const char *variable)
{
	if (strncmp(variable, "TMPDIR=", strlen("TMPDIR=")) == 0)
		return !is_below(tool);
	if (tool->plain)
		return false;
	/* GRUB's menu is in the language of its generator's locale. */
	return strncmp(variable, "LANG=", strlen("LANG=")) == 0 ||
	       strncmp(variable, "LANGUAGE=", strlen("LANGUAGE=")) == 0 ||
	       strncmp(variable, "LC_", strlen("LC_")) == 0;
}

/* Replaces the environment. Returns 0, or -1 if out of memory. */
static int clean_environment(const struct tool *tool)
{
	size_t count = 0, kept = 0;
	char **fresh, **each;

	for (each = environ; *each; each++)
		count++;
	fresh = calloc(count + 4, sizeof(*fresh));
	if (!fresh)
		return -1;
	for (each = environ; *each; each++)
		if (is_kept(tool, *each))
			fresh[kept++] = *each;
	fresh[kept++] = (char *)search_path;
	fresh[kept++] = (char *)"HOME=/root";
	if (tool->plain)
		fresh[kept] = (char *)"LC_ALL=C";
	environ = fresh;
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	/* exec(2) resets those that are caught; SIGPIPE may have been ignored by our parent. */
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Becomes the tool; does not return. */
static void become(const struct tool *tool, int input, int output, int log)
{
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(NOT_FOUND);
	reset_signals();
	/*
	 * In /, a selector with a wildcard does not match files, should a careless tool expand it.
	 */
	if ((is_below(tool) && chroot(tool->sysroot) < 0) || chdir("/") < 0) {
		dprintf(STDERR_FILENO, "%s: %s\n", is_below(tool) ? tool->sysroot : "/",
			strerror(errno));
	} else if (clean_environment(tool) == 0) {
		execvp(tool->argv[0], (char *const *)tool->argv);
		dprintf(STDERR_FILENO, "%s: %s\n", tool->argv[0], strerror(errno));
	}
	_exit(NOT_FOUND);
}

/* --- talking to it -----------------------------------------------------------------------------
 */

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Makes a pipe whose end @ours is non-blocking and stored in *@mine. Returns the other, or -1. */
static int make_pipe(int *mine, int ours)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	fcntl(ends[ours], F_SETFL, O_NONBLOCK);
	*mine = ends[ours];
	return ends[!ours];
}

/* Returns 0, or -1 with errno. */
static int start(struct run *run)
{
	const struct tool *tool = run->tool;
	int input, output, log, err;

	input = tool->input ? make_pipe(&run->fd[INPUT], 1)
			    : open("/dev/null", O_RDONLY | O_CLOEXEC);
	output = tool->output_limit ? make_pipe(&run->fd[OUTPUT], 0) : -1;
	log = make_pipe(&run->fd[LOG], 0);
	run->pid = -1;
	fflush(NULL);
	if (input >= 0 && log >= 0 && (output >= 0 || !tool->output_limit))
		run->pid = fork();
	if (run->pid == 0)
		become(tool, input, tool->output_limit ? output : log, log);
	err = errno;
	close_end(&input);
	close_end(&output);
	close_end(&log);
	errno = err;
	return run->pid < 0 ? -1 : 0;
}

/* Returns false, keeping nothing, if there is no room. */
static bool keep(struct buffer *buffer, const char *data, size_t length)
{
	char *longer;

	if (length > buffer->limit - buffer->length) {
		buffer->cut = true;
		return false;
	}
	longer = realloc(buffer->data, buffer->length + length + 1);
	if (!longer) {
		buffer->cut = true;
		return false;
	}
	memcpy(longer + buffer->length, data, length);
	buffer->data = longer;
	buffer->length += length;
	longer[buffer->length] = '\0';
	return true;
}

/* Keeps the end of a log. */
static void keep_log(struct buffer *log, const char *data, size_t length)
{
	size_t surplus = log->length / 2;

	if (keep(log, data, length))
		return;
	memmove(log->data, log->data + surplus, log->length - surplus);
	log->length -= surplus;
	keep(log, data, length);
}

/* Reads what is available of one of its outputs. Returns false if there is nothing. */
static bool hear(struct run *run, int which)
{
	char data[4096];
	ssize_t got = run->fd[which] < 0 ? 0 : read(run->fd[which], data, sizeof(data));

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		close_end(&run->fd[which]);
		return false;
	}
	if (which == LOG)
		keep_log(&run->log, data, (size_t)got);
	else if (!keep(&run->output, data, (size_t)got))
		close_end(&run->fd[which]);
	return true;
}

/* Writes more of its input, unless the tool has closed it. */
static void speak(struct run *run)
{
	const struct tool *tool = run->tool;
	ssize_t done = write(run->fd[INPUT], (const char *)tool->input + run->given,
			     tool->input_length - run->given);

	if (done > 0)
		run->given += (size_t)done;
	else if (done < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (done < 0 || run->given == tool->input_length)
		close_end(&run->fd[INPUT]);
}

/* Waits a short time until something can be read or written, and does it. */
static void talk(struct run *run)
{
	struct pollfd watched[PIPES];
	bool any = false;
	int i;

	for (i = 0; i < PIPES; i++) {
		any |= run->fd[i] >= 0;
		watched[i] = (struct pollfd){ run->fd[i], i == INPUT ? POLLOUT : POLLIN, 0 };
	}
	/* Without pipes left, it is about to end. */
	if (poll(watched, PIPES, any ? SLICE : 1) <= 0)
		return;
	if (watched[INPUT].revents)
		speak(run);
	for (i = OUTPUT; i < PIPES; i++)
		if (watched[i].revents)
			hear(run, i);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/*
 * Serves it until it has ended; its own children may live on. Returns its status from waitpid(2),
 * or -1 with errno: ETIMEDOUT, or EFBIG if it printed too much.
 */
static int attend(struct run *run)
{
	const struct tool *tool = run->tool;
	time_t end = now() + (time_t)(tool->seconds ? tool->seconds : TOOL_SECONDS);
	int status, why = 0, i;
	pid_t ended;

	while ((ended = waitpid(run->pid, &status, WNOHANG)) == 0 ||
	       (ended < 0 && errno == EINTR)) {
		talk(run);
		if (!why && (run->output.cut || now() > end)) {
			why = run->output.cut ? EFBIG : ETIMEDOUT;
			kill(run->pid, SIGKILL);
		}
	}
	/* Read what is left in the pipes, but not what a surviving child may add forever. */
	for (i = 0; i < PIPE_READS && (hear(run, OUTPUT) || hear(run, LOG)); i++)
		;
	if (ended > 0 && !why && !run->output.cut)
		return status;
	if (ended > 0)
		errno = why ? why : EFBIG;
	return -1;
}

/* --- what went wrong ---------------------------------------------------------------------------
 */

/* Prints the last lines of the tool's output. */
static void show(const struct buffer *log)
{
	const char *line = log->data, *end, *c;
	int lines = 0;

	if (!line)
		return;
	end = line + log->length;
	for (c = end; c > line; c--)
		if (c < end && c[-1] == '\n' && ++lines == SHOWN)
			line = c;
	for (; line < end; line += strcspn(line, "\n") + 1)
		message_error("  %.*s", (int)strcspn(line, "\n"), line);
}

static void complain_of(const char *line, const struct tool *tool, int status)
{
	if (status == -1 && errno == ETIMEDOUT)
		message_error("'%s' did not finish within %u s; it printed:", line,
			      tool->seconds ? tool->seconds : TOOL_SECONDS);
	else if (status == -1 && errno == EFBIG)
		message_error("'%s' printed more than %zu bytes; it printed:", line,
			      tool->output_limit);
	else if (status == -1)
		message_errno(errno, "cannot run '%s'", line);
	else if (WIFSIGNALED(status))
		message_error("'%s' was ended by signal %d (%s); it printed:", line,
			      WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		message_error("'%s' failed with status %d; it printed:", line, WEXITSTATUS(status));
}

static bool is_plain_word(const char *word)
{
	const char *c;

	for (c = word; isalnum((unsigned char)*c) || (*c && strchr("_./:=,@%+-", *c)); c++)
		;
	return c > word && !*c;
}

static void write_quoted(FILE *out, const char *word)
{
	putc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			putc(*word, out);
	putc('\'', out);
}

char *tool_line(const char *const *argv)
{
	char *line = NULL;
	size_t size, i;
	FILE *out = open_memstream(&line, &size);

	for (i = 0; out && argv[i]; i++) {
		if (i)
			putc(' ', out);
		if (is_plain_word(argv[i]))
			fputs(argv[i], out);
		else
			write_quoted(out, argv[i]);
	}
	if (out && fclose(out) == 0)
		return line;
	free(line);
	return NULL;
}

/* Like tool_run(); messages show it as @line. */
static int run(const struct tool *tool, const char *line, char **output, size_t *length)
{
	struct run run = { .tool = tool, .fd = { -1, -1, -1 }, .log = { .limit = LOG_SIZE } };
	/* A tool may close its input early; our parent may have ignored SIGCHLD. */
	sighandler_t on_pipe = signal(SIGPIPE, SIG_IGN), on_child = signal(SIGCHLD, SIG_DFL);
	bool done;
	int status, i;

	message_debug(0, "run %s", line);
	run.output.limit = tool->output_limit;
	run.output.data = strdup("");
	status = !run.output.data || start(&run) < 0 ? -1 : attend(&run);
	signal(SIGPIPE, on_pipe);
	signal(SIGCHLD, on_child);
	message_debug(status < 0 ? errno : 0, "ended with wait status %#x: %s",
		      (unsigned int)status, line);
	done = status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) <= (int)tool->status_max;
	if (!done) {
		complain_of(line, tool, status);
		show(&run.log);
	}
	for (i = 0; i < PIPES; i++)
		close_end(&run.fd[i]);
	free(run.log.data);
	if (output)
		*output = done ? run.output.data : NULL;
	if (!output || !done)
		free(run.output.data);
	if (length)
		*length = done ? run.output.length : 0;
	return done ? 0 : -1;
}

int tool_run(const struct tool *tool, char **output, size_t *length)
{
	char *line = tool_line(tool->argv);
	int result = run(tool, line ? line : tool->argv[0], output, length);

	free(line);
	return result;
}

char *find_program(const char *sysroot, const char *name)
{
	const char *directory = search_path + strlen("PATH=");
	char *path;
	size_t len;

	for (; *directory; directory += len + (directory[len] == ':')) {
		len = strcspn(directory, ":");
		if (asprintf(&path, "%.*s/%s", (int)len, directory, name) < 0)
			return NULL;
		if (sysroot_has(sysroot, "%s", path))
			return path;
		free(path);
	}
	return NULL;
}

bool has_program(const char *sysroot, const char *name)
{
	char *path = find_program(sysroot, name);

	free(path);
	return path;
}
