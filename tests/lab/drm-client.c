// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * drm-client [SECONDS]: what a display manager does with a card. Waits for /dev/dri/card0, opens
 * it, becomes its master (drm(7)), which only one process can be, writes a line for each time to
 * /run/lab-master, and holds it until it is told to end. With SECONDS, it is a program of the
 * desktop's instead: it opens the card without being its master, and ends so many seconds after it
 * was told to.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CARD "/dev/dri/card0"

/* <drm/drm.h> is not everywhere. */
#define DRM_IOCTL_SET_MASTER  _IO('d', 0x1e)
#define DRM_IOCTL_DROP_MASTER _IO('d', 0x1f)

static int open_card(void)
{
	int card;

	while ((card = open(CARD, O_RDWR | O_CLOEXEC)) < 0)
		usleep(100000);
	return card;
}

static void note(const char *line)
{
	int file = open("/run/lab-master", O_WRONLY | O_CREAT | O_APPEND, 0644);

	dprintf(file, "%s\n", line);
	close(file);
}

int main(int argc, char **argv)
{
	int card, number;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	card = open_card();
	if (argc > 1) {
		/* The first one to open it is its master. */
		ioctl(card, DRM_IOCTL_DROP_MASTER, 0);
		sigwait(&set, &number);
		sleep((unsigned int)atoi(argv[1]));
		return 0;
	}
	while (ioctl(card, DRM_IOCTL_SET_MASTER, 0) < 0)
		usleep(100000);
	note("master");
	sigwait(&set, &number);
	return 0;
}
