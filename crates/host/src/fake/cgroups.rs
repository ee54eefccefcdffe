//! [`Cgroups`] in memory.

use std::{collections::BTreeMap, path::PathBuf};

use async_trait::async_trait;

use super::{FakeHost, Operation};
use crate::cgroups::{
    CgroupError, CgroupResources, Cgroups, Driver, PodCgroup, QosClass, TreeLimits, names::Layout,
};
use crate::processes::Process;

/// The control groups of a [`FakeHost`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FakeCgroups {
    /// Values of `kubepods`, once made.
    pub tree: Option<TreeLimits>,
    /// Values of the levels.
    pub qos: BTreeMap<QosClass, CgroupResources>,
    /// The pods' groups and their values.
    pub pods: BTreeMap<PodCgroup, CgroupResources>,
}

impl FakeHost {
    async fn cgroup(
        &self,
        operation: Operation,
        action: &'static str,
        subject: &str,
    ) -> Result<(), CgroupError> {
        let entered = self.enter(operation, subject).await;
        entered.map_err(|source| match source.raw_os_error() {
            Some(libc::EBUSY) => CgroupError::Busy { path: PathBuf::from(subject), pids: Vec::new() },
            _ => CgroupError::Io { action, path: PathBuf::from(subject), source },
        })
    }
}

#[async_trait]
impl Cgroups for FakeHost {
    async fn ensure_tree(&self, limits: &TreeLimits) -> Result<(), CgroupError> {
        self.cgroup(Operation::CgroupsEnsureTree, "make", "/kubepods").await?;
        self.state().cgroups.tree = Some(limits.clone());
        Ok(())
    }

    async fn ensure_pod(&self, pod: &PodCgroup, resources: &CgroupResources) -> Result<(), CgroupError> {
        self.cgroup(Operation::CgroupsEnsurePod, "make", &self.cgroup_parent(pod)).await?;
        self.state().cgroups.pods.insert(pod.clone(), resources.clone());
        Ok(())
    }

    async fn update_qos(&self, qos: QosClass, resources: &CgroupResources) -> Result<(), CgroupError> {
        self.cgroup(Operation::CgroupsUpdateQos, "change", &format!("{qos:?}")).await?;
        self.state().cgroups.qos.insert(qos, resources.clone());
        Ok(())
    }

    async fn remove_pod(&self, pod: &PodCgroup) -> Result<(), CgroupError> {
        self.cgroup(Operation::CgroupsRemovePod, "remove", &self.cgroup_parent(pod)).await?;
        self.state().cgroups.pods.remove(pod);
        Ok(())
    }

    async fn list_pods(&self) -> Result<Vec<PodCgroup>, CgroupError> {
        self.cgroup(Operation::CgroupsListPods, "list", "/kubepods").await?;
        Ok(self.state().cgroups.pods.keys().cloned().collect())
    }

    async fn first_process(
        &self,
        pod: &PodCgroup,
        container_id: &str,
    ) -> Result<Option<Box<dyn Process>>, CgroupError> {
        let group = format!("{}/{container_id}", self.cgroup_parent(pod));
        self.cgroup(Operation::CgroupsFirstProcess, "read the processes of", &group).await?;
        Ok(self.state().processes.first_of_group(&group))
    }

    fn cgroup_parent(&self, pod: &PodCgroup) -> String {
        let layout = Layout::new("/", Driver::Cgroupfs, true);
        layout.pod(&pod.uid, pod.qos).unwrap_or_else(|_| layout.qos(pod.qos)).path(Driver::Cgroupfs)
    }
}
