#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A campaign as a Slurm job array gives the report of one machine.  Not part of CI: it wants root, slurmd, slurmctld
# and munged, and starts a cluster of this one node under a scratch directory, with ports and a key of its own.
# usage: tests/campaign/slurm.sh GMEMSIM        (prints TAP; all daemons are stopped at the end)
set -eu
gmemsim=$(realpath "$1")
root=$(realpath "$(dirname "$0")/../..")
for tool in munged slurmctld slurmd sbatch; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "1..0 # SKIP no $tool"; exit 0; }
done
PATH=$PATH:/usr/sbin
d=$(mktemp -d /var/tmp/gmemsim-slurm.XXXXXX)
pids=()
finish() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	wait
	rm -rf "$d"
}
trap finish EXIT

mkdir "$d/state" "$d/spool"
(umask 077; head -c 128 /dev/urandom >"$d/munge.key")
munged --foreground --force --key-file="$d/munge.key" --socket="$d/munge.sock" --pid-file="$d/munged.pid" \
	--log-file="$d/munged.log" --seed-file="$d/munged.seed" >"$d/munged.out" 2>&1 &
pids+=($!)
host=$(hostname -s)
cat >"$d/slurm.conf" <<CONF
ClusterName=gmemsim
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$d/munge.sock
CredType=cred/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$d/state
SlurmdSpoolDir=$d/spool
SlurmctldPidFile=$d/slurmctld.pid
SlurmdPidFile=$d/slurmd.pid
SlurmctldLogFile=$d/slurmctld.log
SlurmdLogFile=$d/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
MailProg=/bin/true
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$d/slurm.conf
slurmctld -D >"$d/slurmctld.out" 2>&1 &
pids+=($!)
slurmd -D -N "$host" >"$d/slurmd.out" 2>&1 &
pids+=($!)
for _ in $(seq 60); do
	sinfo -h -o %T 2>/dev/null | grep -q '^idle' && break
	sleep 0.5
done
sinfo -h -o '# %N: %c CPUs, %T' 2>&1 || { cat "$d"/*.out "$d"/*.log; exit 1; }

cd "$d"
cp "$root/traces/examples/13-deadlock.gms" "$root/traces/examples/14-failure-injection.gms" .
args=(--schedules 2000 13-deadlock.gms 14-failure-injection.gms)
mask() { sed 's/"wall_ns": [0-9]*/"wall_ns": 0/' "$1"; }
"$gmemsim" check --quiet --save campaign/findings --json whole.json "${args[@]}" || true
rm -rf campaign
n=0
result() {
	n=$((n + 1))
	echo "$1 $n - $2"
}
if timeout 120 "$root/tools/campaign" slurm -n 5 -d campaign -g "$gmemsim" -- "${args[@]}" >report.txt 2>err.txt; then
	result ok "a job array of five shards, all as expected"
else
	sed 's/^/# /' err.txt report.txt
	result "not ok" "a job array of five shards, all as expected"
fi
if mask whole.json | cmp - <(mask campaign/report.json); then
	result ok "the merged report is that of one machine, byte for byte"
else
	result "not ok" "the merged report is that of one machine, byte for byte"
fi
echo "# Slurm $(sinfo --version | cut -d' ' -f2): $(ls campaign/shard-*.log | wc -l) array tasks ran"
echo "1..$n"
