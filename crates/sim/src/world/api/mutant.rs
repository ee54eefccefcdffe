//! Planted bugs: what a kubelet with the mistake would send, and what it would make of the answers.

use super::door::{Request, Response, send};
use crate::scenario::{GATE, Mutant};
use crate::world::World;
use apiserver::fake::{FakeService, PODS, TransportError};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::Method;
use http::header::CONTENT_TYPE;
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use serde_json::{Value, json};

/// A token that expires then is never renewed.
const NEVER: &str = "2100-01-01T00:00:00Z";

/// Sends the request as the kubelet with this mistake would.
pub(super) async fn plant(
    mutant: Mutant,
    world: &World,
    inner: FakeService,
    mut request: Request,
) -> Result<Response, TransportError> {
    let is_status = request.is_to_pod(&Method::PATCH, "status");
    match mutant {
        Mutant::PhaseGoesBack if is_status => change(&mut request, |patch| {
            let phase = &mut patch["status"]["phase"];
            if phase.is_null() {
                *phase = json!("Pending");
            }
        }),
        Mutant::DropsConditions if is_status => change(&mut request, |patch| {
            if let Some(conditions) = patch["status"]["conditions"].as_array_mut() {
                conditions.push(json!({ "$patch": "delete", "type": GATE }));
            }
        }),
        Mutant::WritesToAnyPod if is_status => change(&mut request, |patch| patch["metadata"] = json!({})),
        Mutant::ForgetsUnreported if is_status && ends(&request) && is_deleted(world, &request) => {
            return send(world, inner, removal(&request)).await;
        }
        Mutant::DeletesTooEarly if is_status && is_deleted(world, &request) => {
            return send(world, inner, removal(&request)).await;
        }
        Mutant::ReadsBeforeWrite if is_status => {
            send(world, inner.clone(), bare(Method::GET, &request, json!(null))).await?;
        }
        Mutant::DeletesAnyPod if request.is_to_pod(&Method::DELETE, "") => {
            change(&mut request, |options| options["preconditions"] = json!({}));
        }
        Mutant::RenewsTwice if request.head.method == Method::PUT => {
            let again = Request { head: request.head.clone(), body: request.body.clone() };
            let answer = send(world, inner.clone(), request).await;
            send(world, inner, again).await.ok();
            return answer;
        }
        Mutant::IgnoresExpiry if watches(&request, "pods") => {
            let answer = send(world, inner, request).await?;
            return Ok(filtered(
                answer,
                |line| if says(line, "ERROR") { Heard::Silence } else { Heard::Passed },
            ));
        }
        Mutant::MissesContent if watches(&request, "secrets") || watches(&request, "configmaps") => {
            let answer = send(world, inner, request).await?;
            return Ok(filtered(
                answer,
                |line| if says(line, "MODIFIED") { Heard::Lost } else { Heard::Passed },
            ));
        }
        Mutant::KeepsToken if request.head.uri.path().ends_with("/token") => {
            let (head, body) = send(world, inner, request).await?.into_parts();
            let bytes = body.collect().await?.to_bytes();
            let mut answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            answer["status"]["expirationTimestamp"] = json!(NEVER);
            let body = Full::new(Bytes::from(answer.to_string())).map_err(|never| match never {});
            return Ok(Response::from_parts(head, body.boxed_unsync()));
        }
        // What the source makes of a watch gap is planted behind it.
        Mutant::MissesDeletions => {}
        Mutant::PhaseGoesBack
        | Mutant::DropsConditions
        | Mutant::WritesToAnyPod
        | Mutant::ForgetsUnreported
        | Mutant::DeletesTooEarly
        | Mutant::ReadsBeforeWrite
        | Mutant::DeletesAnyPod
        | Mutant::RenewsTwice
        | Mutant::IgnoresExpiry
        | Mutant::MissesContent
        | Mutant::KeepsToken => {}
    }
    send(world, inner, request).await
}

fn change(request: &mut Request, change: impl FnOnce(&mut Value)) {
    let mut body = request.json();
    change(&mut body);
    request.body = body.to_string().into();
}

/// Whether a write of status says that the pod is over.
fn ends(request: &Request) -> bool {
    matches!(request.json()["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

/// Whether somebody has deleted the pod of a write of status.
fn is_deleted(world: &World, request: &Request) -> bool {
    let path = pod_path(request);
    let name = path.rsplit('/').next().unwrap_or_default();
    let pod = world.api.admin().get(&PODS, "default", name);
    pod.is_some_and(|pod| !pod["metadata"]["deletionTimestamp"].is_null())
}

fn pod_path(request: &Request) -> &str {
    request.head.uri.path().trim_end_matches("/status")
}

/// The removal of the pod whose status is written.
fn removal(request: &Request) -> Request {
    let uid = &request.json()["metadata"]["uid"];
    let options = json!({ "gracePeriodSeconds": 0, "preconditions": { "uid": uid } });
    bare(Method::DELETE, request, options)
}

/// A request about the pod whose status is written.
fn bare(method: Method, request: &Request, body: Value) -> Request {
    let built = http::Request::builder().method(method).uri(pod_path(request));
    let built = built.header(CONTENT_TYPE, "application/json").body(());
    let (head, ()) = built.expect("the path is one already").into_parts();
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    Request { head, body }
}

fn watches(request: &Request, plural: &str) -> bool {
    let uri = &request.head.uri;
    uri.path().ends_with(plural) && uri.query().is_some_and(|query| query.contains("watch=true"))
}

fn says(line: &[u8], kind: &str) -> bool {
    serde_json::from_slice::<Value>(line).is_ok_and(|event| event["type"] == kind)
}

/// What becomes of a line of a watch.
enum Heard {
    Passed,
    Lost,
    /// Nothing is heard from then on.
    Silence,
}

fn filtered(answer: Response, hears: fn(&[u8]) -> Heard) -> Response {
    let (head, body) = answer.into_parts();
    let frames = stream::unfold(body.into_data_stream(), move |mut lines| async move {
        loop {
            let line = lines.next().await?;
            match line.as_ref().map_or(Heard::Passed, |line| hears(line)) {
                Heard::Passed => return Some((line.map(Frame::data), lines)),
                Heard::Lost => {}
                Heard::Silence => std::future::pending::<()>().await,
            }
        }
    });
    Response::from_parts(head, StreamBody::new(frames).boxed_unsync())
}
