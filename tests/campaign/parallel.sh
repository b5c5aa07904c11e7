#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A campaign under GNU parallel gives the report of one process, and goes on after an interruption.
# usage: tests/campaign/parallel.sh GMEMSIM        (prints TAP)
set -eu
gmemsim=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q '^GNU' || { echo "1..0 # SKIP no GNU parallel"; exit 0; }
d=$(mktemp -d)
trap 'rm -rf "$d"' EXIT
cd "$d"
cp "$root/traces/examples/13-deadlock.gms" "$root/traces/examples/14-failure-injection.gms" .
args=(--schedules 2000 13-deadlock.gms 14-failure-injection.gms)
n=0
result() {
	n=$((n + 1))
	echo "$1 $n - $2"
}
mask() { sed 's/"wall_ns": [0-9]*/"wall_ns": 0/' "$1"; }
same() { # NAME
	if mask whole.json | cmp - <(mask campaign/report.json) >&2; then result ok "$1"; else result "not ok" "$1"; fi
}
campaign() { "$root/tools/campaign" parallel -n 5 -d campaign -g "$gmemsim" -o "--jobs 2" -- "${args[@]}" >report.txt; }

"$gmemsim" check --quiet --save campaign/findings --json whole.json "${args[@]}"
rm -rf campaign
campaign
same "five shards on two processes at a time merge to the report of one process, byte for byte"
rm campaign/shard-2.json campaign/shard-5.json
kept=$(stat -c %Y.%i campaign/shard-1.json)
campaign
same "two lost shards are made again"
if [ "$kept" = "$(stat -c %Y.%i campaign/shard-1.json)" ]; then result ok "the others are not"; else result "not ok" "the others are not"; fi
echo "1..$n"
