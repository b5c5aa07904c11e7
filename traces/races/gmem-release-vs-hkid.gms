gmemsim trace 1
# A TD's process lets go of the VM while another one closes its memory.
#
# class: interleaving
# Closing the file takes private pages out of the TD, which needs the TD's key.
# Faulty (the first patches of 2023): the key is freed when the process exits; what is in the middle of taking a
# page out meets a TD that is BUSY or in the wrong state; the VM is killed, and the page is lost for good.
# Fixed: the file holds a reference to the VM, and the key goes when the VM is destroyed.
title = "the key goes while pages are taken out"

[machine]
cpus = 3

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
accepted = 0..64K

[cost]
tdx_control = 100us
tdx_seamcall = 1us

[task vmm0]
close

[task vmm1]
at 10us close fd=vm
