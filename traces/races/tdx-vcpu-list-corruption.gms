gmemsim trace 1
# A vCPU of a TD cannot be made, because somebody else has its number.
#
# class: single-path
# Loading the new vCPU puts it on its CPU's list of those that are associated with it.
# Faulty: where its creation fails it is freed and stays on the list; the next one is linked to it.
# Fixed (1e3a825c9ec9): freeing it takes it off.
title = "a vCPU that was never made is on a list"

[machine]
cpus = 1

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 2
build = none

[task vmm]
td-init expect=ok
td-vcpu 0 fail=tdx_create_vcpu expect=EEXIST
td-vcpu 1
