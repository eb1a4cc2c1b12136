# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the report of coverage, as TAP, from the reasons and gcov's annotated sources.

# --- the reasons: lines of code, "FILE FUNCTION: CODE", and below them, indented, the reason

FNR == NR {
	if ($0 ~ /^#/ || $0 ~ /^$/)
		next
	if ($0 ~ /^\t/) {
		for (i = 0; i < waiting; i++)
			reason[code[i]] = substr($0, 2)
		waiting = 0
		next
	}
	code[waiting++] = $0
	next
}

# --- the sources: COUNT:NUMBER:CODE

{
	first = index($0, ":")
	rest = substr($0, first + 1)
	second = index(rest, ":")
	count = substr($0, 1, first - 1)
	number = substr(rest, 1, second - 1) + 0
	text = substr(rest, second + 1)
	gsub(/[ *]/, "", count)
}

number == 0 {
	if (sub(/^Source:/, "", text)) {
		file = text
		function_name = "-"
		if (!(file in lines)) {
			files[file_count++] = file
			lines[file] = 0
		}
	}
	next
}

# A function begins at the edge of the page.
text ~ /^[a-zA-Z_].*\(/ && text !~ /;$/ {
	function_name = text
	sub(/\(.*/, "", function_name)
	sub(/.*[ *]/, "", function_name)
}

count == "-" {
	next
}

{
	if (!((file, number) in known)) {
		known[file, number] = 1
		lines[file]++
	}
	if (count !~ /^[#=]/ && !((file, number) in covered)) {
		covered[file, number] = 1
		runs[file]++
	}
	sub(/^[ \t]+/, "", text)
	named[file, number] = file " " function_name ": " text
	if (number > last[file])
		last[file] = number
}

# --- the report

function percent(part, all) {
	return sprintf("%5.1f %% %4d of %4d lines", all ? 100 * part / all : 100, part, all)
}

function explain(file, number,    line) {
	if (!((file, number) in known) || (file, number) in covered)
		return
	line = named[file, number]
	if (line in reason) {
		used[line] = 1
		explained++
		return
	}
	print "# not run: " file ":" number ": " substr(line, length(file) + 2)
	unexplained++
}

END {
	for (i = 0; i < file_count; i++) {
		file = files[i]
		printf "# %-22s %s\n", file, percent(runs[file], lines[file])
		all_lines += lines[file]
		all_runs += runs[file]
	}
	for (i = 0; i < file_count; i++)
		for (number = 1; number <= last[files[i]]; number++)
			explain(files[i], number)
	for (line in reason)
		if (!(line in used))
			print "# is run after all: " line
	low = !all_lines || 100 * all_runs / all_lines < least
	print (low ? "not ok" : "ok") " - at least " least " % of the lines are run:" percent(all_runs, all_lines)
	print (unexplained ? "not ok" : "ok") " - what is not run has a reason: " explained + 0 \
		" lines have, " unexplained + 0 " have none"
	exit low || unexplained
}
