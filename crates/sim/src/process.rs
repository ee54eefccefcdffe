//! One process of the kubelet: the real wiring behind the doors of one life.

use crate::scenario::NODE_NAME;
use crate::sources::{Deliveries, relay, source};
use crate::world::{HostDoor, Life, ProcessDoor, RuntimeDoor, World, api_server};
use anyhow::{Context, Result};
use config::Settings;
use host::machine::Machine;
use host::network::{FixedNetwork, HostAddresses};
use kubelet::directory::Directory;
use kubelet::startup::{self, registry_access::RegistryAccess, worlds::Worlds};
use kubelet::wiring::{self, Sources};
use pods::sources::EVENT_QUEUE;
use pods::supervisor::PodsHandle;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;
use tasks::Stop;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use translate::NodeFacts;

/// From the stop signal to the end of the process, as the binary has it.
const STOP_TIME: Duration = Duration::from_millis(4500);

/// Pause before the runtime is asked again whether it is there.
const RUNTIME_PAUSE: Duration = Duration::from_millis(500);

/// Rounds in which a dead process's tasks are dropped: each may hold others.
const BURIAL_ROUNDS: usize = 16;

/// A process of the kubelet.
pub struct Process {
    /// Its life, which may end in any call.
    pub life: Arc<Life>,
    stop: Stop,
    view: Arc<OnceLock<View>>,
    task: JoinHandle<Result<()>>,
}

struct View {
    pods: PodsHandle,
    directory: Arc<Directory>,
}

impl Process {
    /// Starts one.
    pub fn start(
        world: &Arc<World>,
        number: u32,
        serialize_image_pulls: bool,
        deliveries: Deliveries,
    ) -> Self {
        world.ledger().life_begins(number);
        let life = Arc::new(Life::new(number));
        let (stop, view) = (Stop::new(), Arc::new(OnceLock::new()));
        let live =
            live(world.clone(), life.clone(), serialize_image_pulls, deliveries, stop.clone(), view.clone());
        Self { life, stop, view, task: tokio::spawn(live) }
    }

    /// The pods as it sees them; none before it has started.
    pub fn pods(&self) -> Vec<Arc<pods::actor::PodState>> {
        self.view.get().map(|view| view.pods.list()).unwrap_or_default()
    }

    /// The statuses that its local API would show.
    pub fn statuses(&self) -> Vec<Arc<k8s_openapi::api::core::v1::Pod>> {
        self.view.get().map(|view| server::PodDirectory::list(view.directory.as_ref())).unwrap_or_default()
    }

    /// Resolves when it ends by itself, as when it cannot start.
    pub async fn ended(&mut self) -> String {
        match (&mut self.task).await {
            Ok(Ok(())) => "ended".to_owned(),
            Ok(Err(error)) => format!("{error:#}"),
            Err(error) => format!("{error}"),
        }
    }

    /// Stops it in order.
    pub async fn stop(mut self, world: &World) {
        let asked_at = Instant::now();
        world.ledger().trace_line(format_args!("== the kubelet is stopped"));
        self.stop.request();
        let is_over = tokio::select! {
            biased;
            () = self.life.died.notified() => true,
            ended = tokio::time::timeout(STOP_TIME * 2, &mut self.task) => ended.is_ok(),
        };
        let took = asked_at.elapsed();
        if !is_over || took > STOP_TIME {
            world.ledger().broken(format_args!("an ordered stop takes {took:?}"));
        }
        self.die(world).await;
    }

    /// Ends it at once, in whatever it does: everything of it is dropped, and nothing of it hears of a stop.
    pub async fn die(self, world: &World) {
        let Self { life, stop: _unasked, view, task } = self;
        life.die();
        if !task.is_finished() {
            task.abort();
            task.await.ok();
        }
        drop(view);
        for _ in 0..BURIAL_ROUNDS {
            tokio::task::yield_now().await;
        }
        life.bury();
        world.absorb();
        let mut ledger = world.ledger();
        // Whatever still holds a door would not end with the parts that it belongs to.
        let holders = Arc::strong_count(&life) - 1;
        if holders > 0 {
            ledger.broken(format_args!("{holders} doors of a dead kubelet are held by somebody"));
        }
        ledger.trace_line(format_args!("== the kubelet is gone"));
    }
}

async fn live(
    world: Arc<World>,
    life: Arc<Life>,
    serialize_image_pulls: bool,
    deliveries: Deliveries,
    stop: Stop,
    view: Arc<OnceLock<View>>,
) -> Result<()> {
    let runtime = Arc::new(RuntimeDoor::new(world.clone(), life.clone()));
    let capabilities = loop {
        tokio::select! {
            biased;
            () = stop.requested() => return Ok(()),
            asked = cri::probe(runtime.as_ref()) => if let Ok(capabilities) = asked { break capabilities },
        }
        tokio::time::sleep(RUNTIME_PAUSE).await;
    };
    let door = Arc::new(HostDoor::new(world.clone(), life.clone()));
    let settings = settings(serialize_image_pulls);
    let resources = startup::node::resources(settings, &machine(), 60 << 30)?;
    let node = startup::node::view(
        settings,
        &machine(),
        NODE_NAME,
        &cri::v1::StatusResponse::default(),
        &resources,
    )?;
    let mut node_object = startup::node_object::settings(
        settings,
        &machine(),
        NODE_NAME,
        resources,
        &cri::v1::StatusResponse::default(),
        world.clock.now(),
    )?;
    node_object.seed = u64::from(life.number);
    let worlds = Worlds {
        node,
        user_ids: pods::user_namespaces::IdSpace::unconfigured(65_536),
        registry_access: RegistryAccess::default(),
        api: deliveries.has_api.then(|| api_server(&world, &life)),
        node_object,
        first_answers: node::FirstAnswers::default(),
        network: Arc::new(network()),
        images: runtime.clone(),
        runtime,
        capabilities,
        cgroups: door.clone(),
        files: door.clone(),
        mounts: door.clone(),
        beneath: door,
        processes: Arc::new(ProcessDoor::new(world.clone(), life)),
        machine: machine(),
        facts: NodeFacts {
            node_name: NODE_NAME.to_owned(),
            host_ips: vec!["192.0.2.1".parse().context("an address")?],
            memory_capacity_bytes: 8 << 30,
            ..NodeFacts::default()
        },
        clock: world.clock,
    };
    let (events_tx, events) = mpsc::channel(EVENT_QUEUE);
    let kinds: BTreeSet<_> = deliveries.kinds();
    let tasks = kinds.iter().map(|kind| {
        let source = source(*kind, world.clone(), deliveries.clone(), events_tx.clone());
        AbortOnDropHandle::new(tokio::spawn(source))
    });
    let mut tasks: Vec<_> = tasks.collect();
    let (sender, told) = mpsc::channel(EVENT_QUEUE);
    let passing_on = relay(world.clone(), deliveries, told, events_tx);
    tasks.push(AbortOnDropHandle::new(tokio::spawn(passing_on)));
    let sources = Sources { sender, events, tasks, kinds };
    let registry = prometheus::Registry::new();
    // As in the binary: a stop during the start ends it.
    let running = tokio::select! {
        biased;
        () = stop.requested() => return Ok(()),
        started = wiring::start(worlds, settings, sources, &registry, &stop) => started?,
    };
    view.set(View { pods: running.pods.clone(), directory: running.directory.clone() }).ok();
    running.supervisor.await.context("the supervisor panicked")
}

fn network() -> FixedNetwork {
    let address = Ipv4Addr::new(192, 0, 2, 1);
    let addresses =
        HostAddresses { local: vec![address.into()], default_ipv4: Some(address), default_ipv6: None };
    FixedNetwork { addresses, looked_up: Vec::new() }
}

fn machine() -> Machine {
    Machine {
        memory_bytes: 8 << 30,
        cpus: 2,
        cpu_list: "0-1".to_owned(),
        boot_id: "boot".to_owned(),
        machine_id: "machine".to_owned(),
        system_uuid: "system".to_owned(),
        hostname: NODE_NAME.to_owned(),
        kernel_version: "6.18".to_owned(),
        os_image: "sim".to_owned(),
        huge_page_sizes: Vec::new(),
    }
}

/// The kubelet's configuration, which is read once: all scenarios share it.
fn settings(serialize_image_pulls: bool) -> &'static Settings {
    static SETTINGS: [LazyLock<Settings>; 2] = [LazyLock::new(|| load(false)), LazyLock::new(|| load(true))];
    &SETTINGS[usize::from(serialize_image_pulls)]
}

fn load(serialize_image_pulls: bool) -> Settings {
    let contents = format!(
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nserializeImagePulls: {serialize_image_pulls}\n"
    );
    let words = ["--config=/etc/kubelet.yaml".to_owned(), "--root-dir=/var/lib/kubelet".to_owned()];
    let line = config::parse_command_line(&words).expect("these flags exist");
    let file = config::File { path: "/etc/kubelet.yaml".to_owned(), contents: contents.into_bytes() };
    let sources = config::Sources { config: Some(file), ..config::Sources::default() };
    config::load(&line, &sources).expect("a good configuration").settings
}
