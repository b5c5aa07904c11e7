gmemsim trace 1
# SPDX-License-Identifier: GPL-2.0-only
#
# Signals, and steps that fail.
#
# fail=NAME:N makes the N-th pass of an operation through a fail site fail; 'gmemsim list fails' has
# the sites, what they are upstream, and what comes of them. A pass that does not come is a finding:
# the trace would be about something that did not happen. 'fail NAME:N' is the same for whatever the
# task does from now on. NAME:N@KERNEL counts for one kernel.
#
# An operation that fails has changed nothing, or has said how far it got: the rule error-atomic
# compares attributes, folios and what is in them.
#
# kill sends a signal: who waits where that is allowed, or looks for signals, ends with EINTR. The
# VMM then enters the guest again, so that a guest notices nothing, unless expect= asks for EINTR.
# 'kill TASK fatal' is SIGKILL: the process ends, with its memory, its files and its VM.
#
# Look at: 'left' of the prefault that was interrupted, and what is allocated of the file.
title = "a VMM is interrupted, runs out of memory, and is killed"
expect = none

[machine]
cpus = 4

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 4M
vcpus = 2
init = shared
mmap = yes

[cost]
folio_zero = 1us
guest_exit = 1us

# Two signals end KVM_RUN on the way, which the guest does not see. The last one it asks for.
[task vcpu0]
touch shared 0 1M write value=0x41 expect=ok,done=256
touch shared 0 4K expect=EINTR fail=signal_run
touch shared 0 4K expect=bytes:0x41
signal touched
wait over

[task vmm]
at 50us kill vcpu0
at 100us kill vcpu0
wait touched

# What was allocated before the signal stays; a conversion that finds no memory changes nothing.
allocate 2M len=64K expect=EINTR fail=signal_allocate:9
expect present(vm0, 0x207000)
expect never present(vm0, 0x208000)
convert private 0 len=64K expect=ENOMEM,error_offset=0 fail=attr_prealloc@inplace
expect shared(vm0, 0)
access read 0 len=64K expect=bytes:0x41

# Both calls say how far they got: bytes that are left, pages that are pinned.
prefault 1M len=64K vcpu=1 expect=ok,left=60K fail=signal_pre_fault:2
pin 0 len=64K as=some expect=ok,done=16
unpin some

# A second file: no descriptor, no struct file, no memory for the attributes.
create extra size=2M expect=EMFILE fail=gmem_fd
create extra size=2M expect=ENFILE fail=gmem_filp
create extra size=2M expect=ENOMEM fail=attr_init
create extra size=2M expect=ok
signal done

# The third page that this task allocates from here on is not to be had.
[task vmm-io]
wait done
fail folio_alloc:3
access write 3M len=4K expect=ok
access write 0x301000 len=16K expect=ENOMEM,done=1
signal done

# Nothing is done after SIGKILL: the vCPU's wait ends without its signal.
[task kworker]
wait done count=2
after 50ms kill vmm fatal
signal over

[final]
exists killed(vcpu0)
never killed(vmm)
exists errors(vmm) == 5
