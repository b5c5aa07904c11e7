gmemsim trace 1
# A pfn cache is refreshed between its invalidation and the beginning of the notifier's range.
#
# class: interleaving
# CPU 0 unmaps the window through which the memslot reaches the file: the notifier invalidates KVM's cache
# of the page, and then takes mmu_lock and opens the invalidation.  CPU 1 refreshes the cache in between;
# the page is still mapped.  Faulty: no invalidation is open and none has ended, so the cache is valid,
# over a page that CPU 0 goes on to unmap and then punches out.  Fixed (58cd407ca4c6): the refresh looks
# at the number of active notifiers, which was raised before the caches were invalidated.
title = "pfn cache refreshed in the notifier's blind spot"

[machine]
cpus = 2

[vm vm0]
memory = 64K

[cost]
invalidate_range = 100us

[task vmm0]
create g size=64K mmap=yes init=shared
mmap 0 len=64K gmem=g as=window
bind slot=1 gpa=1M offset=0 len=64K gmem=g
access write 0 len=4K map=window
kvm-access read 1M
lru-drain
signal cached
at 1ms munmap window
punch 0 len=64K gmem=g

# the notifier has invalidated the cache at 1 ms and opens the invalidation at 1.1 ms
[task kernel0]
wait cached
at 1050us kvm-access read 1M
at 3ms kvm-access read 1M
