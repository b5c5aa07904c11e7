gmemsim trace 1
# As 0001, where attributes are the file's: a hole zaps what the range's attributes say can be mapped.
title = "no shared leaf of a TD survives the hole"

[design]
kernel = inplace

[vm td0]
type = tdx
memory = 4K
vcpus = 1
mmap = yes

[task vcpu0]
touch shared 0 4K write

[task vmm]
convert shared 0 len=4K expect=ok
punch 0 len=4K expect=ok
