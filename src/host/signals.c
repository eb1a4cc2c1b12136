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

/* Returns true if the signal's default action ends the program, and it is not caused by a fault. */
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

/* Fails for those that the C library keeps for itself. */
static void catch_one(int number)
{
	const struct sigaction noting = { .sa_handler = note, .sa_flags = SA_RESTART };
	struct sigaction now;

	if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		sigaction(number, &noting, NULL);
}

void signals_survive_pipe(void)
{
	catch_one(SIGPIPE);
}

void signals_catch(void)
{
	int number;

	for (number = 1; number <= SIGRTMAX; number++)
		if (ends_program(number))
			catch_one(number);
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
