//! [`Cgroups`] on this machine.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;

use super::{
    CgroupError, CgroupName, CgroupResources, Cgroups, Driver, PodCgroup, QosClass, TreeLimits,
    first_process, hierarchies::Hierarchies, names::Layout, remove, resources, systemd::Systemd, tree,
    values,
};
use crate::{
    blocking::Blocking,
    processes::{Held, Process},
};

/// How the node is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgroupSettings {
    /// `cgroupRoot`: `/` unless configured; must exist.
    pub root: String,
    /// `cgroupDriver`; the runtime must use the same.
    pub driver: Driver,
    /// `cgroupsPerQOS`: without it there are no groups of ours.
    pub per_qos: bool,
    /// Sizes of huge pages that the kernel has, in bytes ([`crate::machine::Machine`]).
    pub huge_page_sizes: Vec<u64>,
}

/// This machine's control groups.
#[derive(Debug)]
pub struct RealCgroups {
    hierarchies: Arc<Hierarchies>,
    layout: Layout,
    settings: CgroupSettings,
    blocking: Blocking,
    systemd: Option<Systemd>,
    /// What this process has set, by path: not set again while the group exists.
    known: Mutex<BTreeMap<String, CgroupResources>>,
}

impl RealCgroups {
    /// The machine's groups as they are mounted now.
    ///
    /// # Errors
    /// If there are none, or the mount table cannot be read.
    pub fn find(settings: CgroupSettings, blocking: Blocking) -> io::Result<Self> {
        Ok(Self::new(Hierarchies::find()?, settings, blocking))
    }

    /// Groups below given mount points.
    pub fn new(hierarchies: Hierarchies, settings: CgroupSettings, blocking: Blocking) -> Self {
        let systemd = match settings.driver {
            Driver::Cgroupfs => None,
            Driver::Systemd => Some(Systemd::default()),
        };
        Self {
            layout: Layout::new(&settings.root, settings.driver, settings.per_qos),
            hierarchies: Arc::new(hierarchies),
            settings,
            blocking,
            systemd,
            known: Mutex::default(),
        }
    }

    /// Runs `call` where it may block; calls about one group follow each other.
    async fn on<T: Send + 'static>(
        &self,
        path: &str,
        call: impl FnOnce(&Hierarchies, &str) -> Result<T, CgroupError> + Send + 'static,
    ) -> Result<T, CgroupError> {
        let (hierarchies, owned) = (Arc::clone(&self.hierarchies), path.to_owned());
        let key = Path::new("/sys/fs/cgroup").join(path.trim_start_matches('/'));
        match self.blocking.run(&key, move || call(&hierarchies, &owned)).await {
            Ok(answer) => answer,
            Err(_stuck) => Err(CgroupError::Stuck { path: PathBuf::from(path) }),
        }
    }

    fn is_known(&self, path: &str, resources: &CgroupResources) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(path) == Some(resources)
    }

    fn remember(&self, path: &str, resources: Option<&CgroupResources>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match resources {
            Some(resources) => {
                known.insert(path.to_owned(), resources.clone());
            }
            None => {
                known.remove(path);
            }
        }
    }

    /// Makes a group and sets its values, unless that is how it is already.
    async fn ensure(&self, name: &CgroupName, resources: &CgroupResources) -> Result<(), CgroupError> {
        let path = name.path(self.layout.driver());
        let known = self.is_known(&path, resources);
        let wanted = match &self.systemd {
            None => resources.clone(),
            Some(systemd) => {
                let exists = self.on(&path, |hierarchies, path| Ok(tree::exists(hierarchies, path))).await?;
                if known && exists {
                    return Ok(());
                }
                if !exists {
                    systemd.start_slice(name, &self.hierarchies).await?;
                }
                systemd.set(name, resources.clone(), &self.hierarchies).await?
            }
        };
        let sizes = self.settings.huge_page_sizes.clone();
        // What systemd makes lacks the controllers that it does not manage.
        let settled = known && self.systemd.is_none();
        self.on(&path, move |hierarchies, path| {
            if settled && tree::exists(hierarchies, path) {
                return Ok(());
            }
            tree::make(hierarchies, path)?;
            let writes = match hierarchies {
                Hierarchies::V2 { .. } => values::v2(&wanted, &sizes),
                Hierarchies::V1 { .. } => values::v1(&wanted, &sizes),
            };
            tree::set(hierarchies, path, &writes)
        })
        .await?;
        self.remember(&path, Some(resources));
        Ok(())
    }

    fn pod_name(&self, pod: &PodCgroup) -> Result<CgroupName, CgroupError> {
        self.layout.pod(&pod.uid, pod.qos).map_err(|error| CgroupError::Io {
            action: "name the control group of pod",
            path: pod.uid.as_str().into(),
            source: io::Error::new(io::ErrorKind::InvalidInput, error),
        })
    }
}

#[async_trait]
impl Cgroups for RealCgroups {
    async fn ensure_tree(&self, limits: &TreeLimits) -> Result<(), CgroupError> {
        if !self.layout.per_qos() {
            return Ok(());
        }
        let root = CgroupName::from_cgroup_root(&self.settings.root);
        let root_path = root.path(self.layout.driver());
        let configured = self.settings.root.clone();
        self.on(&root_path, move |hierarchies, path| {
            if !tree::exists(hierarchies, path) {
                return Err(CgroupError::NoRoot { root: configured });
            }
            Ok(())
        })
        .await?;
        self.ensure(&self.layout.all_pods, &limits.all_pods).await?;
        let all_pods = self.layout.all_pods.path(self.layout.driver());
        self.on(&all_pods, tree::check_controllers).await?;
        for qos in [QosClass::Burstable, QosClass::BestEffort] {
            let name = self.layout.qos(qos);
            let path = name.path(self.layout.driver());
            // What running pods need together is set by `update_qos` as soon as they are known.
            let known = {
                let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.get(&path).cloned()
            };
            let unset = || CgroupResources {
                cpu_shares: match qos {
                    QosClass::BestEffort => Some(resources::MIN_SHARES),
                    QosClass::Burstable | QosClass::Guaranteed => None,
                },
                huge_pages: Some(resources::unbounded_huge_pages(&self.settings.huge_page_sizes)),
                ..CgroupResources::default()
            };
            self.ensure(&name, &known.unwrap_or_else(unset)).await?;
        }
        Ok(())
    }

    async fn ensure_pod(&self, pod: &PodCgroup, resources: &CgroupResources) -> Result<(), CgroupError> {
        if !self.layout.per_qos() {
            return Ok(());
        }
        self.ensure(&self.pod_name(pod)?, resources).await
    }

    async fn update_qos(&self, qos: QosClass, resources: &CgroupResources) -> Result<(), CgroupError> {
        if !self.layout.per_qos() {
            return Ok(());
        }
        self.ensure(&self.layout.qos(qos), resources).await
    }

    async fn remove_pod(&self, pod: &PodCgroup) -> Result<(), CgroupError> {
        if !self.layout.per_qos() {
            return Ok(());
        }
        let name = self.pod_name(pod)?;
        let path = name.path(self.layout.driver());
        self.remember(&path, None);
        if let Some(systemd) = &self.systemd {
            systemd.stop_slice(&name).await?;
        }
        self.on(&path, |hierarchies, path| remove::remove(&hierarchies.directories(path))).await
    }

    async fn list_pods(&self) -> Result<Vec<PodCgroup>, CgroupError> {
        let mut pods = Vec::new();
        if !self.layout.per_qos() {
            return Ok(pods);
        }
        for qos in [QosClass::Guaranteed, QosClass::Burstable, QosClass::BestEffort] {
            let path = self.layout.qos(qos).path(self.layout.driver());
            let names = self.on(&path, tree::children).await?;
            let uids = names.iter().filter_map(|name| self.layout.pod_of_directory(name));
            pods.extend(uids.map(|uid| PodCgroup { uid, qos }));
        }
        pods.sort();
        Ok(pods)
    }

    async fn first_process(
        &self,
        pod: &PodCgroup,
        container_id: &str,
    ) -> Result<Option<Box<dyn Process>>, CgroupError> {
        if !self.layout.per_qos() {
            return Ok(None);
        }
        let path = self.pod_name(pod)?.path(self.layout.driver());
        let id = container_id.to_owned();
        let found =
            self.on(&path, move |hierarchies, path| first_process::find(hierarchies, path, &id)).await?;
        let watched = found.map(Held::watch).transpose();
        watched.map_err(|error| tree::failed("watch a process in", Path::new(&path), io::Error::other(error)))
    }

    fn cgroup_parent(&self, pod: &PodCgroup) -> String {
        if !self.layout.per_qos() {
            return String::new();
        }
        // A UID that cannot be a name has no group, and `ensure_pod` has said so.
        self.pod_name(pod).map_or_else(|_| String::new(), |name| name.path(self.layout.driver()))
    }
}
