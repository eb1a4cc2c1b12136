/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel OPTION… -- COMMAND [ARGUMENT…]: runs COMMAND and answers the system calls of one program
 * in it in the kernel's stead (seccomp_unotify(2)); a static program can be given faults in no
 * other way. A call that a --fault asks for fails; a write to a control file of the tree below
 * --root has the effect that it has on a PCI bus; every other call goes on.
 *
 *   --watch FILE         the program; what else runs is left alone
 *   --root DIR           the machine of files that the program is given
 *   --native SLOT=NAME   the driver that takes this device when nothing else is asked for
 *   --log FILE           what the program changes goes here, a line each: CALL TARGET; behind it,
 *                        how often each fault has struck, and how COMMAND has ended
 *   --limit MS           COMMAND is killed when it has not ended by then
 *   --fault "CALLS TARGET ACTION [WHEN]"
 *       CALLS   names of system calls with commas between them; "*" is every one that can fail
 *       TARGET  a pattern (fnmatch(3), with @() and its like) for the path, relative to DIR, "-"
 *               where there is none; with a "=" in it, for the path, "=" and the first line of what
 *               is written
 *       ACTION  the name of an errno
 *               "fails"  the errno that is usual for the call
 *               "=N"     it returns N, and nothing is done
 *               "Nms"    it is done so much later
 *               "late"   it is done when COMMAND has ended
 *               "hang"   it never ends
 *               "kill"   the process is killed by it
 *               "!WORDS" these are run by bash first; they take all that follows
 *       WHEN    "3" is only the third time, "3+" from then on; all of them otherwise
 *
 * The table of calls below is that of x86-64.
 * The exit status is 0 when COMMAND was run, whatever became of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX  64
#define EVER (-1)

/* How long, once COMMAND has ended, what it has left behind may be silent before it is ended. */
#define LINGER_MS 700
/* And how long it may be busy. */
#define REST_MS 3000

/* Where a system call has what it is about. */
enum form { BARE, AT_FD, AT_PATH, AT_DIR, OPEN, OPENAT, WRITE, RENAMEAT };

/* What the program may be expected to call, and what such a call usually fails with. */
static const struct call {
	int number;
	const char *name;
	enum form form;
	int usual; /* 0: it cannot fail, or nobody asks */
	bool changes;
} CALLS[] = {
	{ SYS_read, "read", AT_FD, EIO, false },
	{ SYS_write, "write", WRITE, EIO, true },
	{ SYS_pwrite64, "write", WRITE, EIO, true },
	{ SYS_open, "open", OPEN, EIO, false },
	{ SYS_openat, "open", OPENAT, EIO, false },
	{ SYS_close, "close", AT_FD, 0, false },
	/* Of a link in sysfs that is there. */
	{ SYS_readlinkat, "readlink", AT_DIR, 0, false },
	{ SYS_readlink, "readlink", AT_PATH, 0, false },
	{ SYS_faccessat, "access", AT_DIR, EIO, false },
	{ SYS_faccessat2, "access", AT_DIR, EIO, false },
	{ SYS_access, "access", AT_PATH, EIO, false },
	{ SYS_newfstatat, "stat", AT_DIR, EIO, false },
	{ SYS_stat, "stat", AT_PATH, EIO, false },
	{ SYS_fstat, "stat", AT_FD, EIO, false },
	{ SYS_getdents64, "getdents", AT_FD, EIO, false },
	{ SYS_lseek, "lseek", AT_FD, EIO, false },
	{ SYS_mmap, "mmap", BARE, ENOMEM, false },
	{ SYS_mremap, "mmap", BARE, ENOMEM, false },
	{ SYS_brk, "brk", BARE, ENOMEM, false },
	{ SYS_fork, "fork", BARE, EAGAIN, false },
	{ SYS_vfork, "fork", BARE, EAGAIN, false },
	{ SYS_clone, "fork", BARE, EAGAIN, false },
	{ SYS_wait4, "wait", BARE, EINTR, false },
	{ SYS_poll, "poll", BARE, EINTR, false },
	{ SYS_nanosleep, "sleep", BARE, EINTR, false },
	{ SYS_pipe2, "pipe", BARE, EMFILE, false },
	{ SYS_pipe, "pipe", BARE, EMFILE, false },
	{ SYS_dup2, "dup", AT_FD, EMFILE, false },
	{ SYS_dup3, "dup", AT_FD, EMFILE, false },
	{ SYS_fcntl, "fcntl", AT_FD, EIO, false },
	{ SYS_fchdir, "chdir", AT_FD, EIO, false },
	{ SYS_execve, "exec", AT_PATH, EIO, false },
	{ SYS_mkdirat, "mkdir", AT_DIR, EIO, true },
	{ SYS_mkdir, "mkdir", AT_PATH, EIO, true },
	{ SYS_unlinkat, "unlink", AT_DIR, EIO, true },
	{ SYS_renameat, "rename", RENAMEAT, EIO, true },
	{ SYS_renameat2, "rename", RENAMEAT, EIO, true },
	{ SYS_kill, "kill", BARE, 0, false },
	{ SYS_munmap, "munmap", BARE, 0, false },
	{ SYS_ioctl, "ioctl", AT_FD, 0, false },
	/* What the C libraries ask for by themselves. */
	{ SYS_madvise, "libc", BARE, 0, false },
	{ SYS_mprotect, "libc", BARE, 0, false },
	{ SYS_arch_prctl, "libc", BARE, 0, false },
	{ SYS_set_tid_address, "libc", BARE, 0, false },
	{ SYS_set_robust_list, "libc", BARE, 0, false },
	{ SYS_rseq, "libc", BARE, 0, false },
	{ SYS_prlimit64, "libc", BARE, 0, false },
	{ SYS_getrandom, "libc", BARE, 0, false },
	{ SYS_gettid, "libc", BARE, 0, false },
	{ SYS_rt_sigaction, "libc", BARE, 0, false },
	{ SYS_rt_sigprocmask, "libc", BARE, 0, false },
};

struct fault {
	char *calls, *target, *action;
	int error; /* 0: something else than an errno */
	int from, to;
	int met, struck;
};

/* One system call that waits for its answer. */
struct request {
	union {
		struct seccomp_notif notif;
		char room[512]; /* that of a newer kernel may be larger */
	};
	const struct call *call;
	char path[1024];   /* relative to the root when it is below it */
	char target[2048]; /* what a fault is matched with, and what is logged */
	char data[64];     /* the first line of what is written */
	long long due;     /* when it is to be done after all; 0: nothing is postponed here */
	bool late;         /* due when COMMAND has ended */
};

static const char *watched, *root;
static struct stat watched_stat;
static FILE *log_file;
static int listener, root_fd;
static struct fault faults[MAX];
static const char *natives[MAX];
static int fault_count, native_count;
static bool begun;
static struct request postponed[MAX];

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* --- what is asked ---------------------------------------------------------------------------- */

/* Whether the process runs the program, and not modprobe or a shell. */
static bool is_watched(pid_t pid)
{
	struct stat now_runs;
	char exe[32];

	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	return !stat(exe, &now_runs) && now_runs.st_ino == watched_stat.st_ino &&
	       now_runs.st_dev == watched_stat.st_dev;
}

/* Copies what stands at @address in the process; the rest of @to is zeroes. */
static void peek(pid_t pid, __u64 address, char *to, size_t size)
{
	size_t done = 0, step;

	memset(to, 0, size);
	while (done < size) {
		/* Never across the end of a page: the next may not be there. */
		step = 4096 - (address + done) % 4096;
		if (step > size - done)
			step = size - done;
		if (process_vm_readv(pid, &(struct iovec){ to + done, step }, 1,
				     &(struct iovec){ (void *)(uintptr_t)(address + done), step },
				     1, 0) < 0)
			return;
		done += step;
	}
}

/* Where the descriptor @fd of the process leads, or its working directory. */
static void path_of_fd(pid_t pid, int fd, char *path, size_t size)
{
	char link[64];
	ssize_t length;

	if (fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", pid, fd);
	length = readlink(link, path, size - 1);
	path[length < 0 ? 0 : length] = '\0';
}

/* Cuts the root off. */
static void make_relative(char *path)
{
	size_t length = strlen(root);

	if (!strncmp(path, root, length) && path[length] == '/')
		memmove(path, path + length + 1, strlen(path + length));
}

static void path_at(pid_t pid, int dir, __u64 address, char *path, size_t size)
{
	char name[512];
	size_t length = 0;

	peek(pid, address, name, sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (name[0] != '/') {
		path_of_fd(pid, dir, path, size);
		length = strlen(path);
	}
	snprintf(path + length, size - length, "%s%s", name[0] == '/' ? "" : "/", name);
	make_relative(path);
}

static bool opens_to_write(const struct request *request)
{
	__u64 flags = request->notif.data.args[request->call->form == OPEN ? 1 : 2];

	return (request->call->form == OPEN || request->call->form == OPENAT) &&
	       flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
}

/* In sysfs there is nothing to be created. */
static const char *name_of(const struct request *request)
{
	__u64 flags = request->notif.data.args[request->call->form == OPEN ? 1 : 2];

	if (opens_to_write(request) && flags & O_CREAT && !strncmp(request->path, "sys/", 4))
		return "create";
	return request->call->name;
}

static void read_written(struct request *request)
{
	const __u64 *args = request->notif.data.args;
	size_t size = args[2] < sizeof(request->data) ? args[2] : sizeof(request->data) - 1;

	peek(request->notif.pid, args[1], request->data, size);
	request->data[strcspn(request->data, "\n")] = '\0';
}

/* Finds out what the call is about. */
static void read_target(struct request *request)
{
	const __u64 *args = request->notif.data.args;
	pid_t pid = request->notif.pid;
	char to[512] = "";

	switch (request->call->form) {
	case BARE:
		strcpy(request->path, "-");
		break;
	case WRITE:
		read_written(request);
		/* fall through */
	case AT_FD:
		path_of_fd(pid, (int)args[0], request->path, sizeof(request->path));
		make_relative(request->path);
		break;
	case AT_PATH:
	case OPEN:
		path_at(pid, AT_FDCWD, args[0], request->path, sizeof(request->path));
		break;
	case RENAMEAT:
		path_at(pid, (int)args[2], args[3], to, sizeof(to));
		/* fall through */
	case AT_DIR:
	case OPENAT:
		path_at(pid, (int)args[0], args[1], request->path, sizeof(request->path));
		break;
	}
	snprintf(request->target, sizeof(request->target), "%s%s%s", request->path,
		 request->call->form == WRITE || to[0] ? "=" : "", to[0] ? to : request->data);
}

static void read_call(struct request *request)
{
	static const struct call unknown = { -1, "unknown", BARE, 0, true };
	size_t i;

	request->call = &unknown;
	for (i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++)
		if (CALLS[i].number == request->notif.data.nr)
			request->call = &CALLS[i];
	if (request->call == &unknown)
		snprintf(request->target, sizeof(request->target), "%d", request->notif.data.nr);
	else
		read_target(request);
}

/* --- the answers ------------------------------------------------------------------------------ */

static void respond(const struct request *request, int error, __s64 value, __u32 flags)
{
	union {
		struct seccomp_notif_resp response;
		char room[512];
	} answer;

	memset(&answer, 0, sizeof(answer));
	answer.response.id = request->notif.id;
	/* A break that cannot be moved is told by where it is. */
	answer.response.error = request->notif.data.nr == SYS_brk ? 0 : -error;
	answer.response.val = error ? 0 : value;
	answer.response.flags = flags;
	/* It fails when the process has been killed in the meantime. */
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

static void let_go_on(const struct request *request)
{
	respond(request, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
}

/* Opens in its stead, without O_TRUNC: to sysfs that means nothing, to our files a lot. */
static void open_for(const struct request *request)
{
	const __u64 *args = request->notif.data.args;
	__u64 flags = args[request->call->form == OPEN ? 1 : 2];
	struct seccomp_notif_addfd give = { .id = request->notif.id,
					    .flags = SECCOMP_ADDFD_FLAG_SEND,
					    .newfd_flags = flags & O_CLOEXEC };
	int fd = openat(root_fd, request->path, (int)flags & ~O_TRUNC & ~O_CREAT);

	if (fd < 0) {
		respond(request, errno, 0, 0);
		return;
	}
	give.srcfd = (__u32)fd;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &give);
	close(fd);
}

/* --- the PCI bus ------------------------------------------------------------------------------ */

static void read_override(int device, char *override, size_t size)
{
	int fd = openat(device, "driver_override", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, override, size - 1);

	close(fd);
	override[length < 0 ? 0 : length] = '\0';
	override[strcspn(override, "\n")] = '\0';
	if (!strcmp(override, "(null)"))
		override[0] = '\0';
}

/* driver_set_override() in drivers/base/driver.c */
static int set_override(const char *path, const char *to)
{
	int fd = openat(root_fd, path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return ENODEV;
	dprintf(fd, "%s\n", to[0] ? to : "(null)");
	close(fd);
	return 0;
}

static const char *native_of(const char *slot)
{
	size_t length = strlen(slot);
	int i;

	for (i = 0; i < native_count; i++)
		if (!strncmp(natives[i], slot, length) && natives[i][length] == '=')
			return natives[i] + length + 1;
	return "";
}

/* The name of the driver that has the device, or the empty string. */
static void driver_of(int device, char *name, size_t size)
{
	char link[256];
	ssize_t length = readlinkat(device, "driver", link, sizeof(link) - 1);

	link[length < 0 ? 0 : length] = '\0';
	snprintf(name, size, "%s", strrchr(link, '/') ? strrchr(link, '/') + 1 : "");
}

/* The driver that would take it: pci_match_device() in drivers/pci/pci-driver.c */
static void match_of(int device, const char *slot, char *name, size_t size)
{
	read_override(device, name, size);
	if (!name[0])
		snprintf(name, size, "%s", native_of(slot));
}

static int give_to(int device, const char *driver)
{
	char link[256];

	snprintf(link, sizeof(link), "../../../../bus/pci/drivers/%s", driver);
	return symlinkat(link, device, "driver") ? errno : 0;
}

static int bind_to(int device, const char *slot, const char *driver)
{
	char match[128], has[128];

	match_of(device, slot, match, sizeof(match));
	driver_of(device, has, sizeof(has));
	if (strcmp(match, driver))
		return ENODEV;
	return has[0] ? EBUSY : give_to(device, driver);
}

static int unbind_from(int device, const char *driver)
{
	char has[128];

	driver_of(device, has, sizeof(has));
	if (strcmp(has, driver))
		return ENODEV;
	return unlinkat(device, "driver", 0) ? errno : 0;
}

static int probe(int device, const char *slot)
{
	char match[128], has[128], dir[256];

	match_of(device, slot, match, sizeof(match));
	driver_of(device, has, sizeof(has));
	snprintf(dir, sizeof(dir), "sys/bus/pci/drivers/%s", match);
	/* It succeeds whether or not a driver wants the device. */
	if (!has[0] && match[0] && !faccessat(root_fd, dir, F_OK, 0))
		give_to(device, match);
	return 0;
}

/* What the write of a slot's name to the control file @file of @driver does. */
static int control(const char *slot, const char *driver, const char *file)
{
	char path[256];
	int device, error;

	snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", slot);
	device = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!slot[0] || device < 0)
		return ENODEV;
	if (!strcmp(file, "bind"))
		error = bind_to(device, slot, driver);
	else if (!strcmp(file, "unbind"))
		error = unbind_from(device, driver);
	else
		error = probe(device, slot);
	close(device);
	return error;
}

/* Whether the call writes to a file of the bus that acts; then it has been answered. */
static bool play_bus(const struct request *request)
{
	const char *path = request->path;
	const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char driver[128] = "", verb[32] = "";
	int error;

	if (request->call->form != WRITE || strncmp(path, "sys/", 4))
		return false;
	if (strstr(path, " (deleted)"))
		error = ENODEV;
	else if (!strcmp(file, "driver_override"))
		error = set_override(path, request->data);
	else if (!strcmp(path, "sys/bus/pci/drivers_probe"))
		error = control(request->data, "", "");
	else if (sscanf(path, "sys/bus/pci/drivers/%127[^/]/%31s", driver, verb) == 2 &&
		 (!strcmp(verb, "bind") || !strcmp(verb, "unbind")))
		error = control(request->data, driver, verb);
	else
		return false;
	respond(request, error, (__s64)request->notif.data.args[2], 0);
	return true;
}

/* Does what was asked, as a kernel without faults. */
static void perform(const struct request *request)
{
	if (opens_to_write(request) && !strncmp(request->path, "sys/", 4))
		open_for(request);
	else if (!play_bus(request))
		let_go_on(request);
}

/* --- the faults ------------------------------------------------------------------------------- */

static bool names_call(const struct fault *fault, const struct call *call)
{
	char list[256], name[64];

	if (!strcmp(fault->calls, "*"))
		return call->usual;
	snprintf(list, sizeof(list), ",%s,", fault->calls);
	snprintf(name, sizeof(name), ",%s,", call->name);
	return strstr(list, name);
}

static struct fault *fault_for(const struct request *request)
{
	struct fault *fault;

	for (fault = faults; fault < faults + fault_count; fault++) {
		if (!names_call(fault, request->call) ||
		    fnmatch(fault->target,
			    strchr(fault->target, '=') ? request->target : request->path,
			    FNM_EXTMATCH))
			continue;
		fault->met++;
		if (fault->met < fault->from || fault->met > fault->to)
			continue;
		fault->struck++;
		return fault;
	}
	return NULL;
}

static void postpone(const struct request *request, const char *action, bool ended)
{
	struct request *free_one = postponed;

	while (free_one < postponed + MAX && free_one->due)
		free_one++;
	if (free_one == postponed + MAX)
		die("too many calls are postponed");
	*free_one = *request;
	free_one->late = !strcmp(action, "late");
	free_one->due = strstr(action, "ms") ? now() + atoi(action) : EVER;
	/* Behind the end, what is done late is done at once. */
	if (ended && free_one->late)
		free_one->due = now();
}

static void run_first(const char *words)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/bash", "bash", "-c", words, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static void strike(struct request *request, const struct fault *fault, bool ended)
{
	const char *action = fault->action;

	if (fault->error)
		respond(request, fault->error, 0, 0);
	else if (!strcmp(action, "fails"))
		respond(request, request->call->usual, 0, 0);
	else if (action[0] == '=')
		respond(request, 0, atoi(action + 1), 0);
	else if (!strcmp(action, "kill"))
		kill((pid_t)request->notif.pid, SIGKILL);
	else if (action[0] != '!')
		postpone(request, action, ended);
	else {
		run_first(action + 1);
		perform(request);
	}
}

/* Does what is due by now; with @ended, also what was to wait until then. */
static void do_postponed(bool ended)
{
	struct request *request;

	for (request = postponed; request < postponed + MAX; request++) {
		if (ended && request->late && request->due)
			request->due = now();
		if (!request->due || request->due == EVER || request->due > now())
			continue;
		perform(request);
		request->due = 0;
	}
}

static void answer(bool ended)
{
	struct request request;
	struct fault *fault;

	memset(&request, 0, sizeof(request));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request.notif))
		return;
	if (!is_watched((pid_t)request.notif.pid)) {
		let_go_on(&request);
		return;
	}
	read_call(&request);
	if (request.call->changes || opens_to_write(&request))
		fprintf(log_file, "%s %s\n", name_of(&request), request.target);
	fault = begun ? fault_for(&request) : NULL;
	if (fault)
		strike(&request, fault, ended);
	else
		perform(&request);
	/* What a C library asks for before main() is its own affair. */
	begun |= !strcmp(request.path, root);
}

/* --- COMMAND ---------------------------------------------------------------------------------- */

static void send_listener(int socket, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	struct msghdr message = { .msg_iov = &(struct iovec){ "", 1 },
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	sendmsg(socket, &message, 0);
}

static int receive_listener(int socket)
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct msghdr message = { .msg_iov = &(struct iovec){ &byte, 1 },
				  .msg_iovlen = 1,
				  .msg_control = room,
				  .msg_controllen = sizeof(room) };
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 1 || !CMSG_FIRSTHDR(&message))
		die("seccomp");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* From here on every system call of this process and of its children asks whoever listens. */
static void become_watched(int socket)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		/* How the listener gets to know of us, how we end, and what only goes on. */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_restart_syscall, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(rules) / sizeof(rules[0]), rules };
	long fd;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		     &program);
	if (fd >= 0)
		send_listener(socket, (int)fd);
}

static pid_t start(char **command)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends))
		die("socketpair");
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		become_watched(ends[1]);
		execvp(command[0], command);
		_exit(127);
	}
	setpgid(pid, pid);
	close(ends[1]);
	listener = receive_listener(ends[0]);
	return pid;
}

/* Answers for a while; returns whether anything was asked. */
static bool serve(int patience, bool ended)
{
	struct pollfd asks = { .fd = listener, .events = POLLIN };

	if (poll(&asks, 1, patience) > 0 && asks.revents & POLLIN) {
		answer(ended);
		return true;
	}
	do_postponed(ended);
	return false;
}

/* Until COMMAND has ended; what its end was. */
static void serve_command(pid_t pid, int limit)
{
	long long began = now(), took;
	int status;

	while (!waitpid(pid, &status, WNOHANG)) {
		if (now() - began > limit) {
			fprintf(log_file, "hung %d\n", limit);
			kill(-pid, SIGKILL);
			return;
		}
		serve(2, false);
	}
	took = now() - began;
	if (WIFEXITED(status))
		fprintf(log_file, "exit %d %lld\n", WEXITSTATUS(status), took);
	else
		fprintf(log_file, "signal %d %lld\n", WTERMSIG(status), took);
}

static int count_children(void)
{
	char path[64], children[4096];
	ssize_t length;
	int fd, count = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = read(fd, children, sizeof(children));
	close(fd);
	while (length-- > 0)
		count += children[length] == ' ';
	return count;
}

static int count_hanging(void)
{
	const struct request *request;
	int count = 0;

	for (request = postponed; request < postponed + MAX; request++)
		count += request->due == EVER &&
			 !ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request->notif.id);
	return count;
}

/* What COMMAND has left behind may end its work; what hangs or is silent for too long is ended. */
static void serve_rest(pid_t group)
{
	long long began = now(), heard = began;

	do_postponed(true);
	while (waitpid(-1, NULL, WNOHANG) >= 0 && count_children() > count_hanging() &&
	       now() - heard < LINGER_MS && now() - began < REST_MS)
		if (serve(2, true))
			heard = now();
	kill(-group, SIGKILL);
}

/* --- options ---------------------------------------------------------------------------------- */

static int errno_named(const char *name)
{
	int error;

	for (error = 1; error < 134; error++)
		if (strerrorname_np(error) && !strcmp(strerrorname_np(error), name))
			return error;
	return 0;
}

/* CALLS TARGET ACTION [WHEN]; an ACTION that is a command takes all that follows. */
static void add_fault(char *words)
{
	struct fault *fault = &faults[fault_count++];
	char *when;

	fault->calls = strsep(&words, " ");
	fault->target = strsep(&words, " ");
	fault->action = words;
	if (!words || fault_count == MAX)
		die("--fault");
	fault->from = 1;
	fault->to = 1 << 30;
	if (words[0] == '!')
		return;
	strsep(&words, " ");
	fault->error = errno_named(fault->action);
	if (!words)
		return;
	fault->from = (int)strtol(words, &when, 10);
	if (*when != '+')
		fault->to = fault->from;
}

static char **read_options(char **word, int *limit)
{
	for (word++; *word && strcmp(*word, "--"); word += 2) {
		if (!strcmp(*word, "--watch"))
			watched = word[1];
		else if (!strcmp(*word, "--root"))
			root = word[1];
		else if (!strcmp(*word, "--native"))
			natives[native_count++ % MAX] = word[1];
		else if (!strcmp(*word, "--log"))
			log_file = fopen(word[1], "we");
		else if (!strcmp(*word, "--limit"))
			*limit = atoi(word[1]);
		else if (!strcmp(*word, "--fault"))
			add_fault(word[1]);
	}
	if (!*word || !word[1] || !watched || !root || !log_file || stat(watched, &watched_stat))
		die("kernel: options");
	return word + 1;
}

int main(int argc, char **argv)
{
	int limit = 10000, i;
	char **command;
	pid_t pid;

	(void)argc;
	command = read_options(argv, &limit);
	root = realpath(root, NULL);
	if (!root)
		die("--root");
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* What COMMAND leaves behind becomes ours. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = start(command);
	serve_command(pid, limit);
	serve_rest(pid);
	for (i = 0; i < fault_count; i++)
		fprintf(log_file, "struck %d of %d\n", faults[i].struck, faults[i].met);
	return 0;
}
