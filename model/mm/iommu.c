// SPDX-License-Identifier: GPL-2.0-only
/*
 * model/mm/iommu.c - memory mapped for devices: long-term pins behind a device's page table.
 *
 * Invariant: the device's page table has exactly the pages that are pinned; what is pinned is all
 * of the range or nothing.
 *
 * Upstream: drivers/vfio/vfio_iommu_type1.c:vfio_dma_do_map, vfio_dma_do_unmap
 * Fidelity: simplified: the page table is a cost, DMA itself is not modelled (an `access` of a
 * device task stands for it)
 */
#include "model/check.h"
#include "model/mm/gup.h"
#include "model/ops.h"
#include "model/task_work.h"

/*
 * Upstream: drivers/vfio/vfio_iommu_type1.c:vfio_pin_map_dma
 * Fidelity: simplified: pinned in one batch
 */
s64 iommu_map(struct task *me, hva_t addr, u64 len, struct pin **out)
{
	u64 nr = len >> PAGE_SHIFT;
	s64 ret;

	SIM_FRAME(me);
	*out = NULL;
	if (!len || !IS_ALIGNED(addr, PAGE_SIZE) || !IS_ALIGNED(len, PAGE_SIZE))
		return check_result(me, OP_IOMMU_MAP, -EINVAL);
	ret = pin_user_pages(me, addr, len, true, false, out);
	if (ret >= 0 && (u64)ret < nr) {
		if (*out)
			unpin_user_pages(me, *out);
		*out = NULL;
		ret = -EFAULT;
	}
	for (u64 i = 0; ret > 0 && i < nr; i++)
		cost(me, COST_iommu_map);
	task_work_run(me);
	return check_result(me, OP_IOMMU_MAP, ret);
}

s64 iommu_unmap(struct task *me, struct pin *pin)
{
	SIM_FRAME(me);
	for (u64 i = 0; i < pin->nr; i++)
		cost(me, COST_iommu_unmap);
	return unpin_user_pages(me, pin);
}
