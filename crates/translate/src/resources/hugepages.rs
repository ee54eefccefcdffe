//! Limits of huge pages (`GetHugepageLimitsFromResources`).

use cri::v1;
use k8s_openapi::api::core::v1::PodSpec;
use std::collections::BTreeMap;
use types::quantity::Quantity;
use types::resources::{self, HUGE_PAGES_PREFIX, ResourceList, Side};

const UNITS: [&str; 6] = ["B", "KB", "MB", "GB", "TB", "PB"];

/// One limit per page size of the kernel: the container's, else the pod's, else none at all.
pub(super) fn limits(
    spec: &PodSpec,
    container: &ResourceList,
    page_sizes: &[String],
) -> Vec<v1::HugepageLimit> {
    let mut asked = BTreeMap::new();
    let pod = resources::resource_list(spec.resources.as_ref(), Side::Limits);
    for (name, amount) in pod.iter().chain(container) {
        if let Some(page_size) = name.strip_prefix(HUGE_PAGES_PREFIX).and_then(page_size_name) {
            asked.insert(page_size, u64::try_from(amount.value()).unwrap_or(0));
        }
    }
    page_sizes
        .iter()
        .map(|page_size| v1::HugepageLimit {
            page_size: page_size.clone(),
            limit: asked.get(page_size).copied().unwrap_or(0),
        })
        .collect()
}

/// A page size such as `2Mi` as the hugetlb controller spells it: `2MB` (`HugePageUnitSizeFromByteSize`).
fn page_size_name(quantity: &str) -> Option<String> {
    let mut size = quantity.parse::<Quantity>().ok()?.value();
    let mut unit = 0;
    while size % 1024 == 0 && unit < UNITS.len() - 1 {
        size /= 1024;
        unit += 1;
    }
    (size <= 1024 || unit == UNITS.len() - 1).then(|| format!("{size}{}", UNITS[unit]))
}
