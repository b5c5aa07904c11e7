gmemsim trace 1
# A range is converted whose two ends lie inside 2M pages of a TD; the second split gets no memory.
#
# class: single-path
# Zapping takes a page as a whole, and with it what the guest has in the other half.  So the pages at both ends
# are split first; the first split is no harm if the second one fails.
# Faulty: the zap goes on nevertheless, and the guest's neighbours are gone.
# Fixed (TDX huge pages v3, 16/24): the conversion fails with -ENOMEM and has zapped nothing.
title = "half of a page is zapped because the other half could not be split off"

[machine]
cpus = 2

[design]
kernel = hugetlb-plan

[tdx]
huge-pages = yes

[vm td0]
type = tdx
memory = 4M
vcpus = 1
backing = 2M
accepted = 0..4M

[task vcpu0]
touch private 0 4K write value=7 expect=ok
touch private 3M 4K write value=8 expect=ok
signal written
wait converted
touch private 0 4K read expect=bytes:7
touch private 3M 4K read expect=bytes:8

[task vmm]
wait written
convert shared 1M len=2M fail=split_sp:2 expect=ENOMEM|ok
signal converted
