# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for vfio-claim, which knows itself what can come next: see src/commands/complete.c.

function __vfio_claim
    set -l words (commandline -opc) (commandline -ct)
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    set -l candidates (vfio-claim complete -- $words[2..-1] 2>/dev/null)
    set -l head (string match -r -- '^--[^=]*=' $words[-1])
    set -l value (string replace -- "$head" '' $words[-1])
    switch "$candidates[1]"
        case :directory
            __fish_complete_directories "$value" | string replace -r -- '^' "$head"
        case :file
            __fish_complete_path "$value" | string replace -r -- '^' "$head"
        case '*'
            printf '%s\n' $candidates
    end
end

complete -c vfio-claim -f -a '(__vfio_claim)'
