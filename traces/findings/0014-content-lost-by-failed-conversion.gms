gmemsim trace 1
# A conversion fails for want of memory when the guest's page is gone already.
#
# free: hugetlb-plan
title = "the conversion failed, and the content is gone"
expect = error-atomic

[design]
kernel = hugetlb-wip

[vm vm0]
type = sw-protected
memory = 2M
vcpus = 1
backing = 2M
private-zap = destroys

[task vcpu0]
touch private 0 4K write value=0x7 expect=ok

[task vmm]
convert shared 0 len=4K expect=ENOMEM fail=hvo_restore

[machine]
scheduler = search

[schedule]
engine = virtual
explored = yes
model = 0xb8502ec56804476
config = 0xe42d4d949d84acae
finding = 1
seed = 3681697457321254924
fingerprint = 0x5324cb638a34a3b8
steps = 128
preemptions = 0
zero-values = yes
