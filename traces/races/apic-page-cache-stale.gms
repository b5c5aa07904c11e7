gmemsim trace 1
# A vCPU caches the APIC access page again while it is being taken away.
#
# class: interleaving
# CPU 0 gives the page behind 0xfee00000 away; the notifier asks all vCPUs to reload its frame, and the
# user page table is cleared after that.  CPU 1 reloads at once: the old page is still mapped.  Faulty:
# it goes into the VMCS; then the page is unmapped and freed, and nobody asks again (Windows guests
# crashed).  Fixed: e649b3f0188f asked after the unmapping; today the reload looks at the
# invalidation sequence under mmu_lock, and is repeated.
title = "APIC access page reloaded too early"

[machine]
cpus = 2

[vm vm0]
memory = 64K

[cost]
pte_zap = 5us
user_access = 500ns

[task vmm0]
mmap 0 len=4K anon as=apic
bind slot=7 gpa=0xfee00000 offset=0 len=4K fd=none map=apic
access write 0 len=4K map=apic
signal there
at 1ms advise dontneed 0 len=4K map=apic

[task vcpu0]
wait there
touch shared 0 4K
at 1ms repeat 3 { touch shared 0 4K }
