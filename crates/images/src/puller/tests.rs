use super::*;
use crate::credentials::plugins::Plugins;
use crate::credentials::{NO_PULL_SECRETS, NodeFiles, PullSecrets};
use crate::records::Verification;
use async_trait::async_trait;
use cri::fake::{FakeOptions, FakeRuntime};
use cri::{CriError, Operation};
use host::files::RealFiles;
use jiff::Timestamp;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use std::collections::BTreeMap;
use std::sync::Mutex;

type Answer<T> = Result<T, CriError>;

/// A runtime whose registry gives `kubelet.test/private/…` to the user `robot` alone.
struct PrivateRegistry {
    runtime: FakeRuntime,
    /// Users that pulls showed, `-` for none.
    shown: Mutex<Vec<String>>,
}

#[async_trait]
impl ImageService for PrivateRegistry {
    async fn list_images(&self, filter: Option<v1::ImageFilter>) -> Answer<Vec<v1::Image>> {
        self.runtime.list_images(filter).await
    }

    async fn image_status(&self, image: v1::ImageSpec, verbose: bool) -> Answer<v1::ImageStatusResponse> {
        self.runtime.image_status(image, verbose).await
    }

    async fn pull_image(
        &self,
        image: v1::ImageSpec,
        auth: Option<v1::AuthConfig>,
        sandbox_config: Option<v1::PodSandboxConfig>,
    ) -> Answer<String> {
        let user = auth.as_ref().map_or("-", |auth| auth.username.as_str()).to_owned();
        self.shown.lock().unwrap().push(user.clone());
        if image.image.starts_with("kubelet.test/private/") && user != "robot" {
            return Err(CriError::unknown(Operation::PullImage, format!("{user}: unauthorized")));
        }
        self.runtime.pull_image(image, auth, sandbox_config).await
    }

    async fn remove_image(&self, image: v1::ImageSpec) -> Answer<()> {
        self.runtime.remove_image(image).await
    }

    async fn image_fs_info(&self) -> Answer<v1::ImageFsInfoResponse> {
        self.runtime.image_fs_info().await
    }
}

/// A puller on a node of its own.
struct Node {
    root: tempfile::TempDir,
    registry: Arc<PrivateRegistry>,
    images: Images,
    told: Mutex<Vec<String>>,
}

struct Secrets(Vec<Arc<Secret>>);

#[async_trait]
impl PullSecrets for Secrets {
    async fn get(&self) -> Vec<Arc<Secret>> {
        self.0.clone()
    }
}

/// Secrets of these names, each with one user for `kubelet.test`.
fn secrets(users: &[(&str, &str)]) -> Secrets {
    let secret = |(name, user): &(&str, &str)| {
        let data = format!(r#"{{"kubelet.test":{{"username":"{user}","password":"p"}}}}"#);
        let mut secret = Secret { type_: Some("kubernetes.io/dockercfg".to_owned()), ..Secret::default() };
        secret.metadata.name = Some((*name).to_owned());
        secret.metadata.namespace = Some("ns".to_owned());
        secret.metadata.uid = Some(format!("uid-{name}"));
        secret.data = Some(BTreeMap::from([(".dockercfg".to_owned(), ByteString(data.into_bytes()))]));
        Arc::new(secret)
    };
    Secrets(users.iter().map(secret).collect())
}

impl Node {
    async fn new(verification: Verification) -> Self {
        let root = tempfile::tempdir().unwrap();
        let runtime = FakeRuntime::new(FakeOptions::default());
        let registry = Arc::new(PrivateRegistry { runtime, shown: Mutex::default() });
        let files = Arc::new(RealFiles::default());
        let metrics = Metrics::new(&prometheus::Registry::new()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let records = PullRecords::load(
            files.clone(),
            registry.as_ref(),
            root.path(),
            verification,
            metrics.clone(),
            now,
        )
        .await;
        let node_files = NodeFiles::new(files, root.path(), None, None);
        let credentials = Credentials::new(node_files, Plugins::default());
        let settings = PullSettings { max_parallel: None, pulls_per_second: 0, burst: 0 };
        let clock = Clock::simulated(now);
        let images = Images::new(registry.clone(), records, credentials, settings, clock, metrics);
        Self { root, registry, images, told: Mutex::default() }
    }

    /// What a container of `pod` gets: how its image came, or the reason why not.
    async fn ensure(
        &self,
        pod: &str,
        image: &str,
        policy: &str,
        secrets: &dyn PullSecrets,
    ) -> Result<&'static str, (&'static str, String)> {
        let (annotations, sandbox) = (BTreeMap::new(), v1::PodSandboxConfig::default());
        let request = Request {
            pod_uid: pod,
            service_account: "",
            secrets,
            image,
            policy,
            annotations: &annotations,
            sandbox: &sandbox,
        };
        let tell = |event: ImageEvent| {
            self.told.lock().unwrap().push(format!(
                "{} {}: {}",
                event.kind.as_str(),
                event.reason,
                event.message
            ));
        };
        let failed = |error: ImageError| (error.reason, error.message);
        match self.images.present(&request, &tell).await.map_err(failed)? {
            Presence::Usable(_) => Ok("present"),
            Presence::Wanted(wanted) => {
                self.images.pull(&request, wanted, &tell).await.map_err(failed)?;
                Ok("pulled")
            }
        }
    }

    fn shown(&self) -> Vec<String> {
        std::mem::take(&mut *self.registry.shown.lock().unwrap())
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

const PRIVATE: &str = "kubelet.test/private/app:1";

#[tokio::test(start_paused = true)]
async fn credentials_are_tried_in_order() {
    let node = Node::new(Verification::Pulled).await;
    assert_eq!(node.ensure("p1", "busybox", "IfNotPresent", NO_PULL_SECRETS).await, Ok("pulled"));
    assert_eq!(node.shown(), ["-"]);
    let config = r#"{"auths":{"kubelet.test":{"username":"robot","password":"p"}}}"#;
    std::fs::write(node.root.path().join("config.json"), config).unwrap();
    let two = secrets(&[("a", "alice"), ("b", "bob")]);
    assert_eq!(node.ensure("p1", PRIVATE, "Always", &two).await, Ok("pulled"));
    assert_eq!(node.shown(), ["alice", "bob", "robot"]);
    // It came with the node's credentials: all pods may use it.
    assert_eq!(node.ensure("p2", PRIVATE, "IfNotPresent", NO_PULL_SECRETS).await, Ok("present"));
    assert_eq!(node.shown(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_every_credential_met_is_told() {
    let node = Node::new(Verification::Pulled).await;
    for (users, words) in [
        (&[][..], "-: unauthorized"),
        (&[("a", "alice")], "alice: unauthorized"),
        (&[("a", "alice"), ("b", "bob"), ("c", "alice")], "[alice: unauthorized, bob: unauthorized]"),
    ] {
        let pod = format!("pod of {}", users.len());
        let error = node.ensure(&pod, PRIVATE, "IfNotPresent", &secrets(users)).await;
        assert_eq!(error, Err((waiting::ERR_IMAGE_PULL, words.to_owned())));
        let failed = format!("Warning Failed: Failed to pull image \"{PRIVATE}\": {words}");
        assert_eq!(node.told(), [format!("Normal Pulling: Pulling image \"{PRIVATE}\""), failed]);
        let waits = node.ensure(&pod, PRIVATE, "IfNotPresent", &secrets(users)).await;
        let message = format!("Back-off pulling image \"{PRIVATE}\": ErrImagePull: {words}");
        assert_eq!(waits, Err((waiting::IMAGE_PULL_BACK_OFF, message)));
        assert_eq!(node.told(), [format!("Normal BackOff: Back-off pulling image \"{PRIVATE}\"")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_private_image_is_for_pods_that_could_have_pulled_it() {
    let node = Node::new(Verification::Pulled).await;
    let mine = secrets(&[("mine", "robot")]);
    assert_eq!(node.ensure("p1", PRIVATE, "IfNotPresent", &mine).await, Ok("pulled"));
    assert_eq!(node.ensure("p2", PRIVATE, "IfNotPresent", &mine).await, Ok("present"));
    node.told();
    // Never says nothing about what is there.
    let never = node.ensure("p3", PRIVATE, "Never", NO_PULL_SECRETS).await;
    let words = format!("Container image \"{PRIVATE}\" is not present with pull policy of Never");
    assert_eq!(never, Err((waiting::ERR_IMAGE_NEVER_PULL, words.clone())));
    assert_eq!(node.told(), [format!("Warning ErrImageNeverPull: {words}")]);
    assert_eq!(node.ensure("p4", PRIVATE, "Never", &mine).await, Ok("present"));
    let stranger = node.ensure("p5", PRIVATE, "IfNotPresent", NO_PULL_SECRETS).await;
    assert_eq!(stranger, Err((waiting::ERR_IMAGE_PULL, "-: unauthorized".to_owned())));
    // With a secret that never pulled it, the registry is asked once.
    node.shown();
    let other = secrets(&[("wrong", "alice"), ("other", "robot")]);
    assert_eq!(
        node.ensure("p6", PRIVATE, "IfNotPresent", &other).await,
        Ok("present"),
        "the same credential"
    );
    assert_eq!(node.shown(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn without_the_gate_whatever_is_there_is_for_all() {
    let node = Node::new(Verification::Off).await;
    assert_eq!(node.ensure("p1", PRIVATE, "IfNotPresent", &secrets(&[("a", "robot")])).await, Ok("pulled"));
    node.told();
    assert_eq!(node.ensure("p2", PRIVATE, "IfNotPresent", NO_PULL_SECRETS).await, Ok("present"));
    assert_eq!(
        node.told(),
        [format!("Normal Pulled: Container image \"{PRIVATE}\" already present on machine")]
    );
}

#[tokio::test(start_paused = true)]
async fn a_broken_secret_is_named() {
    let node = Node::new(Verification::Pulled).await;
    let mut broken = secrets(&[("broken", "robot")]);
    let data = BTreeMap::from([(".dockercfg".to_owned(), ByteString(b"{".to_vec()))]);
    Arc::make_mut(&mut broken.0[0]).data = Some(data);
    let (reason, message) = node.ensure("p1", PRIVATE, "IfNotPresent", &broken).await.unwrap_err();
    assert_eq!(reason, waiting::ERR_IMAGE_PULL);
    assert!(message.starts_with("image pull secret ns/broken cannot be read"), "{message}");
}
