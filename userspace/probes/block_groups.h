// SPDX-License-Identifier: Apache-2.0
// What bpf/block.bpf.c counts by who wants a request, for the name groups.
#pragma once

#include <memory>

#include "loader/skeleton.h"
#include "process/group_counts.h"
#include "skeletons/block.skel.h"

namespace hx {

// Before loading: shares the numbers of groups; without `numbers` no owner is told.
Status prepare_block_groups(Skeleton<block_bpf>& skeleton, const GroupNumbers* numbers);
// After it.
Status add_block_groups(std::shared_ptr<Skeleton<block_bpf>> skeleton, GroupSources& groups);

}  // namespace hx
