#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Does libgmemsim serve a program of somebody else, built with what pkg-config says?
# usage: installed.sh BUILD_DIR CC
set -eu
build=$(cd "$1" && pwd)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
meson install -C "$build" --no-rebuild --quiet --destdir "$root" >"$root/log" 2>&1 || { cat "$root/log"; exit 1; }
pc=$(find "$root" -name gmemsim.pc)
PKG_CONFIG_PATH=$(dirname "$pc"):${PKG_CONFIG_PATH:-}
export PKG_CONFIG_PATH
export PKG_CONFIG_SYSROOT_DIR="$root"

cat >"$root/other.c" <<'C'
#include <stdio.h>
#include <string.h>
#include "tools/replay/replay.h"

int main(void)
{
	static const char text[] = "gmemsim trace 1\n[vm vm0]\nmemory = 4M\n[task vmm]\n"
				   "access write 0 len=1M\npunch 0 len=4M\n"
				   "[final]\nexists allocated(vm0) == 0\n";
	struct trace_errors errs = { 0 };
	struct trace *t = trace_parse_buf("other", text, strlen(text), &replay_names, &errs);
	struct replay_options opt;
	struct replay *r;
	unsigned int n;

	replay_options_default(&opt);
	r = t ? replay_create(t, &opt, &errs) : NULL;
	trace_errors_print(&errs, stderr);
	if (!r)
		return 1;
	replay_run(r);
	n = replay_sim(r)->nr_findings;
	printf("%u operations kinds, %u findings\n", replay_sim(r)->nr_ops_stat, n);
	replay_destroy(r);
	trace_free(t);
	return n != 0;
}
C
# the system's own flags must not be looked for in the scratch root
flags=$(pkg-config --cflags --libs gmemsim | sed "s#$root/usr/include/glib#/usr/include/glib#g; s#$root/usr/lib/#/usr/lib/#g")
# shellcheck disable=SC2086
"$2" -std=gnu11 -D_GNU_SOURCE "$root/other.c" -o "$root/other" $flags
"$root/other"
if pkg-config --exists cmocka; then
	# shellcheck disable=SC2086,SC2046
	"$2" -std=gnu11 -D_GNU_SOURCE "$(dirname "$0")/../../docs/examples/property.c" -o "$root/property" $flags $(PKG_CONFIG_SYSROOT_DIR='' pkg-config --cflags --libs cmocka)
	"$root/property"
fi
"$(find "$root" -type f -name gmemsim -path '*bin*')" --version
