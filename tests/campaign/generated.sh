#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A campaign of generated traces on one kernel; what it finds outside tests/prop/known_findings.c is made small.
#
# usage: tests/campaign/generated.sh BUILD KERNEL DIR [TRACES [FIRST [SCHEDULES]]]
# DIR receives the traces, DIR/found the findings, DIR/small those that shrink leaves, for traces/regress.
set -u
[ $# -ge 3 ] || { sed -n '3,6s/^# //p' "$0" >&2; exit 64; }
build=$1 kernel=$2 dir=$3 schedules=${6:-40}
mkdir -p "$dir/found" "$dir/small"
"$build/tests/prop/prop_explore" "$(dirname "$0")/../.." "$kernel" "${4:-2000}" "${5:-1}" "$schedules" "$dir"
code=$?
for trace in "$dir"/generated-"$kernel"-*.gms; do
	[ -e "$trace" ] || break
	seed=${trace##*-}
	"$build/gmemsim" check --quiet --seed "${seed%.gms}" --schedules "$schedules" --save "$dir/found" "$trace"
done
for trace in "$dir"/found/*.gms; do
	[ -e "$trace" ] || break
	"$build/gmemsim" shrink -o "$dir/small/$(basename "$trace")" "$trace"
done
exit $code
