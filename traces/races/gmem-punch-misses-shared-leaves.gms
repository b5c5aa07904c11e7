gmemsim trace 1
# A hole is punched where the guest has mapped shared memory.
#
# class: single-path
# A TD has one root for private memory and one for shared.  Faulty: an invalidation by the file zaps private
# leaves only, as when a guest_memfd had no others; a shared leaf stays over a page that is freed.
# Fixed (5d3341d684be): both kinds are zapped.
title = "a shared leaf stays over a hole"

[machine]
cpus = 2

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 64K
vcpus = 1
init = shared
mmap = yes

[task vcpu0]
touch shared 0 4K write expect=ok
signal touched

[task vmm]
wait touched
lru-drain
punch 0 len=4K expect=ok
