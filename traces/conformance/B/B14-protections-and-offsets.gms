gmemsim trace 1
# conformance: B14 [O]
# kernels: mainline inplace hugetlb-wip hugetlb-plan
# Code cannot be in it, neither from the start nor later; no access at all can be asked for; offsets are
# whole pages, but may lie behind the end.
title = "PROT_EXEC, PROT_NONE, offsets"

[design]
kernel = mainline

[vm vm0]
memory = 16K

[task vmm]
mmap 0 len=16K prot=exec expect=EPERM
mmap 0 len=16K as=all
access write 0 len=16K map=all value=4 expect=ok
protect exec 0 len=16K map=all expect=EACCES
access read 0 len=16K map=all expect=bytes:4
protect none 0 len=16K map=all expect=ok
access read 0 len=4K map=all expect=sigsegv
access write 0 len=4K map=all expect=sigsegv
protect read 0 len=8K map=all expect=ok
access read 0 len=8K map=all expect=bytes:4
access write 0 len=4K map=all expect=sigsegv
access read 8K len=4K map=all expect=sigsegv
protect write 0 len=16K map=all expect=ok
access write 0 len=16K map=all value=5 expect=ok
mmap 0 len=16K prot=none expect=ok
mmap 0x800 len=4K expect=EINVAL
mmap 1M len=4K as=behind expect=ok
access read 1M len=4K map=behind expect=sigbus
