use std::{
    os::unix::net::UnixStream,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::*;

/// What the other side was asked, and what it is to say.
#[derive(Clone, Default)]
struct Script {
    asked: Arc<Mutex<Vec<String>>>,
    /// Results of jobs, or names of errors, in order.
    answers: Arc<Mutex<Vec<&'static str>>>,
}

/// The other end of a connection: it answers as systemd's manager does, from a script.
async fn client(script: Script) -> Client {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let guid = zbus::Guid::generate();
    let server = zbus::connection::Builder::unix_stream(theirs).server(guid).p2p();
    let own = zbus::connection::Builder::unix_stream(ours).p2p();
    let (server, own) = tokio::join!(server.build(), own.build());
    let server = server.unwrap();
    tokio::spawn(async move {
        let mut messages = zbus::MessageStream::from(&server);
        let mut jobs = 0u32;
        while let Some(Ok(message)) = messages.next().await {
            answer(&server, &message, &script, &mut jobs).await;
        }
    });
    Client::over(own.unwrap()).await.unwrap()
}

async fn answer(server: &Connection, message: &zbus::Message, script: &Script, jobs: &mut u32) {
    let header = message.header();
    let Some(member) = header.member() else { return };
    let name = member.as_str().to_owned();
    script.asked.lock().unwrap().push(name.clone());
    match name.as_str() {
        "Get" => {
            let version = Variant::from("252.38-1~deb12u1");
            server.reply(&header, &version).await.unwrap();
        }
        "StartTransientUnit" | "StopUnit" => {
            let next = script.answers.lock().unwrap().remove(0);
            if let Some(error) = next.strip_prefix("error ") {
                let error = format!("org.freedesktop.systemd1.{error}");
                server.reply_error(&header, error, &"no").await.unwrap();
                return;
            }
            *jobs += 1;
            let job = OwnedObjectPath::try_from(format!("/job/{jobs}")).unwrap();
            let other = OwnedObjectPath::try_from("/job/0").unwrap();
            let removed = async |job: &OwnedObjectPath, result: &str| {
                let body = (0u32, job, "x.slice", result);
                let interface = "org.freedesktop.systemd1.Manager";
                let path = "/org/freedesktop/systemd1";
                server.emit_signal(None::<&str>, path, interface, "JobRemoved", &body).await.unwrap();
            };
            // Somebody else's job, and even the end of ours before its answer, are no surprise.
            removed(&other, "failed").await;
            removed(&job, next).await;
            server.reply(&header, &job).await.unwrap();
        }
        _ => server.reply(&header, &()).await.unwrap(),
    }
}

fn run(answers: &[&'static str], case: impl AsyncFnOnce(&Client, &Script)) {
    let script = Script { answers: Arc::new(Mutex::new(answers.to_vec())), ..Script::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let limit = Duration::from_secs(20);
        let client = tokio::time::timeout(limit, client(script.clone())).await.unwrap();
        script.asked.lock().unwrap().clear();
        tokio::time::timeout(limit, case(&client, &script)).await.unwrap();
    });
}

#[test]
fn jobs_that_are_done() {
    run(&["done", "done"], async |client, script| {
        assert_eq!(client.version(), 252);
        client.start("a.slice", vec![("CPUAccounting", Variant::from(true))]).await.unwrap();
        client.set("a.slice", vec![("CPUWeight", Variant::from(7u64))]).await.unwrap();
        client.stop("a.slice").await.unwrap();
        let asked = script.asked.lock().unwrap().clone();
        assert_eq!(asked, ["StartTransientUnit", "SetUnitProperties", "StopUnit", "ResetFailedUnit"]);
        assert!(client.is_alive());
    });
}

#[test]
fn a_slice_that_is_there_or_gone_is_success() {
    run(&["error UnitExists", "error NoSuchUnit", "canceled"], async |client, _script| {
        client.start("a.slice", vec![]).await.unwrap();
        client.stop("a.slice").await.unwrap();
        client.stop("a.slice").await.unwrap();
    });
}

#[test]
fn jobs_that_fail() {
    run(&["failed", "error AccessDenied", "error AccessDenied"], async |client, script| {
        let failed = client.start("a.slice", vec![]).await.unwrap_err();
        assert_eq!(failed.to_string(), "the job ended as \"failed\"");
        assert_eq!(script.asked.lock().unwrap().last().unwrap(), "ResetFailedUnit");
        let refused = client.start("a.slice", vec![]).await.unwrap_err();
        assert!(refused.to_string().contains("AccessDenied"), "{refused}");
        client.stop("a.slice").await.unwrap_err();
    });
}

#[test]
fn versions() {
    for (text, expected) in [
        ("252.39-1~deb12u1", 252),
        ("v245.4-1.fc32", 245),
        ("\"v245", 245),
        ("252", 252),
        ("", 0),
        ("devel", 0),
    ] {
        assert_eq!(version(text), expected, "{text:?}");
    }
}
