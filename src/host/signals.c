/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "signals.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void note(int number)
{
	if (!caught && number != SIGPIPE)
		caught = number;
}

/* Returns true if the default action of the signal is to end the program, by somebody's will. */
static bool ends_program(int number)
{
	static const int others[] = {
		SIGKILL, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGCHLD,
		SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH
	};
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (number == others[i])
			return false;
	return true;
}

void signals_catch(void)
{
	const struct sigaction noting = { .sa_handler = note, .sa_flags = SA_RESTART };
	struct sigaction now;
	int number;

	/* Fails for those that the C library keeps for itself. */
	for (number = 1; number <= SIGRTMAX; number++)
		if (ends_program(number) && sigaction(number, NULL, &now) == 0 &&
		    now.sa_handler == SIG_DFL)
			sigaction(number, &noting, NULL);
}

int signals_caught(void)
{
	return caught;
}

void signals_deliver(void)
{
	sigset_t set;

	if (!caught)
		return;
	signal(caught, SIG_DFL);
	raise(caught);
	sigemptyset(&set);
	sigaddset(&set, caught);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}
