gmemsim trace 1
# A VMM and its child share a guest_memfd. Whatever the one takes away is gone for the other: the
# mapping is copied by fork, the pages are not, and a hole or a conversion unmaps them from both.
# Each answer that the modelled kernel gives is stated, so this is also a list of what files and
# processes can be asked.
title = "processes and files"

[machine]
cpus = 4

[design]
kernel = inplace

[vm vm0]
type = sw-protected
memory = 64K
init = shared
mmap = yes

[cost]
include = debian-vm

[task vmm]
# The file: a size and no blocks, nothing to read or to truncate.
stat expect=ok,size=64K,blksize=4K,blocks=0
io pread offset=0 len=4K expect=ESPIPE
io ftruncate len=4K expect=EINVAL

# The mapping: protections, locking, advice.
access write 0 len=64K value=0x1 expect=ok
protect read 0 len=16K expect=ok
access write 0 len=4K expect=sigsegv
protect write 0 len=16K expect=ok
mlock 0x4000 len=16K expect=ok
advise dontneed 0x4000 len=16K expect=EINVAL
munlock 0x4000 len=16K expect=ok
advise dontfork 0xc000 len=16K expect=ok

# Another process: it has the mapping, and faults the pages in itself.
fork child expect=ok
wait child-has-read
state 0 expect=present=1,private=0,mapcount=2,refcount=3
convert private 0 len=4K expect=ok
state 0 expect=present=1,private=1,mapcount=0
signal converted
join child expect=sigsegv
access read 0x1000 len=4K expect=bytes:0x02

# Descriptors: without one the file cannot be asked any more, but the mapping keeps it, and so the VM.
dup expect=ok
close expect=ok
stat expect=ok
close expect=ok
stat expect=EBADF
access read 0x1000 len=4K expect=bytes:0x02
counter vms expect=value=1

[task vmm-child process=child]
access read 0 len=4K expect=bytes:0x01
access write 0x1000 len=4K value=0x2 expect=ok
signal child-has-read
wait converted
access read 0 len=4K expect=bytes:0x01|sigbus
# This part was kept from the child, and it has no handler for the signal: it ends here.
access read 0xc000 len=4K
punch 0 len=64K expect=ok
