//! Trust bundles and certificates of pods, as files. The signer is the test.

use anyhow::{Context, ensure};
use cluster::cases;
use cluster::objects::{STAY, pod, shell_spec};
use cluster::space::Space;
use cluster::suite::Case;
use e2e::wait::{self, BOUND};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::certificates::v1::{ClusterTrustBundle, PodCertificateRequest};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer, IsCa, KeyPair,
    PublicKeyData,
};
use serde_json::{Value, json};
use std::time::Duration;

pub(crate) const SHARED: &[Case] = cases![Shared:
    trust_bundles_follow_the_objects,
    a_certificate_is_the_pods_own,
    every_kind_of_key,
    a_refused_certificate_is_told,
];

/// Who signs here.
const SIGNER: &str = "example.org/tests";
/// How long the certificates are good for: an hour at least.
const LIFETIME: SignedDuration = SignedDuration::from_hours(2);

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> anyhow::Result<Authority> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// A line of a PEM block that no other certificate has: by it a file is known.
fn mark(pem: &str) -> String {
    pem.lines().rev().nth(2).unwrap_or_default().trim().to_owned()
}

/// A pod that stays, with these sources in one projected volume at `/volume`.
fn projected(name: &str, sources: Value) -> Value {
    let mut spec = shell_spec(STAY);
    spec["volumes"] = json!([{ "name": "volume", "projected": { "sources": sources } }]);
    spec["containers"][0]["volumeMounts"] = json!([{ "name": "volume", "mountPath": "/volume" }]);
    pod(name, spec)
}

async fn trust_bundles_follow_the_objects(space: Space) -> anyhow::Result<()> {
    // They belong to no namespace: their names hold the case's own.
    let by_name = format!("by-name-{}", space.namespace);
    let label = json!({ "case": space.namespace });
    let bundles = Api::<ClusterTrustBundle>::all(space.cluster.client.clone());
    let [first, second, third] = [authority()?, authority()?, authority()?];
    let make = |name: String, signer: Option<&str>, authority: &Authority| {
        let spec = json!({ "signerName": signer, "trustBundle": authority.pem() });
        json!({ "metadata": { "name": name, "labels": label }, "spec": spec })
    };
    let of_signer = |word: &str| format!("{}:{word}-{}", SIGNER.replace('/', ":"), space.namespace);
    let mut made = Vec::new();
    for object in
        [make(of_signer("one"), Some(SIGNER), &first), make(of_signer("two"), Some(SIGNER), &second)]
    {
        made.push(bundles.create(&PostParams::default(), &serde_json::from_value(object)?).await?);
    }
    let selector = json!({ "matchLabels": label });
    let sources = json!([
        { "clusterTrustBundle": { "name": by_name, "path": "by-name.pem" } },
        { "clusterTrustBundle": { "signerName": SIGNER, "labelSelector": selector, "path": "by-signer.pem" } },
        { "clusterTrustBundle": { "name": "nowhere", "optional": true, "path": "optional.pem" } },
    ]);
    space.make::<Pod>(projected("truster", sources)).await?;
    space.event("truster", "FailedMount: MountVolume.SetUp failed for volume \"volume\"").await?;
    let object = serde_json::from_value(make(by_name.clone(), None, &first))?;
    made.push(bundles.create(&PostParams::default(), &object).await?);
    space.ready("truster").await?;
    space.prints("truster", "cat /volume/by-name.pem", &mark(&first.pem())).await?;
    let told =
        space.exec("truster", "main", "cat /volume/by-signer.pem; wc -c < /volume/optional.pem").await?;
    for authority in [&first, &second] {
        ensure!(told.contains(&mark(&authority.pem())), "{told}");
    }
    ensure!(told.trim().ends_with("\n0"), "a bundle that may be missing is an empty file: {told}");

    let change = json!({ "spec": { "trustBundle": third.pem() } });
    bundles.patch(&by_name, &PatchParams::default(), &Patch::Merge(&change)).await?;
    space.prints("truster", "cat /volume/by-name.pem", &mark(&third.pem())).await?;
    for bundle in made {
        bundles.delete(&bundle.metadata.name.unwrap_or_default(), &DeleteParams::default()).await?;
    }
    Ok(())
}

/// A pod with a certificate of [`SIGNER`].
fn certified(name: &str) -> Value {
    let source = json!({
        "signerName": SIGNER, "keyType": "ECDSAP256", "maxExpirationSeconds": 86400,
        "credentialBundlePath": "bundle.pem",
    });
    projected(name, json!([{ "podCertificate": source }]))
}

/// Waits for the pod's request.
async fn request_of(space: &Space, pod: &str) -> anyhow::Result<PodCertificateRequest> {
    wait::until("the certificate is requested", BOUND, || async {
        let requests = space.api::<PodCertificateRequest>().list(&ListParams::default()).await;
        let requests = requests.map_err(|error| error.to_string())?.items;
        let found = requests.into_iter().find(|request| request.spec.pod_name == pod);
        found.ok_or_else(|| "there is none".to_owned())
    })
    .await
}

/// Answers a request as a signer does.
async fn answer(space: &Space, request: &PodCertificateRequest, status: Value) -> anyhow::Result<()> {
    let name = request.metadata.name.as_deref().context("no name")?;
    let patch = Patch::Merge(json!({ "status": status }));
    space.api::<PodCertificateRequest>().patch_status(name, &PatchParams::default(), &patch).await?;
    Ok(())
}

fn condition(kind: &str, reason: &str, message: &str) -> Value {
    json!([{
        "type": kind, "status": "True", "reason": reason, "message": message,
        "lastTransitionTime": Timestamp::from_second(Timestamp::now().as_second()).unwrap_or_default(),
    }])
}

async fn a_certificate_is_the_pods_own(space: Space) -> anyhow::Result<()> {
    let authority = authority()?;
    let created: Pod = space.make(certified("holder")).await?;
    let request = request_of(&space, "holder").await?;
    ensure!(request.spec.pod_uid == e2e::node::uid(&created), "{:?}", request.spec);
    ensure!(request.spec.signer_name == SIGNER && request.spec.node_name == "node-1", "{:?}", request.spec);

    let from = Timestamp::from_second(Timestamp::now().as_second())?;
    let der = request.spec.stub_pkc_s10_request.0.clone().into();
    let mut csr = CertificateSigningRequestParams::from_der(&der).context("the stub request")?;
    let since_1970 = |moment: Timestamp| Duration::from_secs(moment.as_second().unsigned_abs());
    csr.params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from);
    csr.params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from + LIFETIME);
    let certificate = csr.signed_by(&authority)?;
    let status = json!({
        "certificateChain": certificate.pem(), "conditions": condition("Issued", "Tested", "here it is"),
        "notBefore": from, "notAfter": from + LIFETIME, "beginRefreshAt": from + LIFETIME / 2,
    });
    answer(&space, &request, status).await?;

    space.ready("holder").await?;
    let bundle = space.exec("holder", "main", "cat /volume/bundle.pem").await?;
    let key = KeyPair::from_pem(&bundle).context("the bundle begins with the key")?;
    ensure!(key.subject_public_key_info() == csr.public_key.subject_public_key_info(), "another pod's key");
    ensure!(bundle.contains(&mark(&certificate.pem())), "{bundle}");
    Ok(())
}

/// The API server looks at the proof in each request when it is made: requests that are there are good.
async fn every_kind_of_key(space: Space) -> anyhow::Result<()> {
    let kinds = ["RSA3072", "RSA4096", "ECDSAP256", "ECDSAP384", "ECDSAP521", "ED25519"];
    let source = |kind: &&str| {
        let path = format!("{kind}.pem");
        json!({ "podCertificate": { "signerName": SIGNER, "keyType": kind, "credentialBundlePath": path } })
    };
    let sources: Vec<Value> = kinds.iter().map(source).collect();
    space.make::<Pod>(projected("keys", sources.into())).await?;
    wait::until("all certificates are requested", BOUND * 2, || async {
        let requests = space.api::<PodCertificateRequest>().list(&ListParams::default()).await;
        let count = requests.map_err(|error| error.to_string())?.items.len();
        if count == kinds.len() { Ok(()) } else { Err(format!("{count} requests")) }
    })
    .await
}

async fn a_refused_certificate_is_told(space: Space) -> anyhow::Result<()> {
    space.make::<Pod>(certified("stranger")).await?;
    let request = request_of(&space, "stranger").await?;
    let status = json!({ "conditions": condition("Denied", "Unknown", "nobody knows this pod") });
    answer(&space, &request, status).await?;
    let name = request.metadata.name.as_deref().unwrap_or_default();
    let words = format!(
        "PodCertificateRequest {}/{name} was denied, reason=\"Unknown\", message=\"nobody knows this pod\"",
        space.namespace
    );
    // Upstream formats its message with the signer's reason, and the sentence becomes a left-over argument of it.
    let told = space.event("stranger", "Denied: ").await?;
    ensure!(told.contains(&words), "{told}");
    Ok(())
}
