/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "option_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/sysroot_files.h"
#include "../image/module_option.h"

#define MODULES "/sys/module"

static void find(struct option_state *state, const char *word, const char *sysroot)
{
	struct module_option option;

	*state = (struct option_state){ .word = word };
	if (module_option_parse(&option, word))
		return;
	state->loaded = sysroot_has(sysroot, MODULES "/%s", option.module);
	state->now =
		sysroot_read(sysroot, MODULES "/%s/parameters/%s", option.module, option.parameter);
	state->differs = state->now && !module_option_is(&option, state->now);
}

int option_states_tell(const struct remembered *remembered, const char *running,
		       const char *sysroot, option_state_fn *tell, void *to)
{
	char *options = cmdline_module_options(remembered->words ? remembered->words : "");
	char *rest = options, *word;
	struct option_state state;

	while (options && (word = config_word(&rest))) {
		if (!cmdline_has(running, word))
			continue;
		find(&state, word, sysroot);
		tell(to, &state);
		free(state.now);
	}
	free(options);
	return options ? 0 : -ENOMEM;
}

static void note_difference(void *to, const struct option_state *state)
{
	*(bool *)to |= state->differs;
}

bool option_states_differ(const struct remembered *remembered, const char *running,
			  const char *sysroot)
{
	bool differ = false;

	return option_states_tell(remembered, running, sysroot, note_difference, &differ) < 0 ||
	       differ;
}
