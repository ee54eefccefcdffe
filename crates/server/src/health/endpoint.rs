//! The paths of the health port; texts as upstream's `healthz.go`.

use super::Check;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use std::fmt::Write;
use std::sync::Arc;

pub(super) fn router(checks: Vec<Check>) -> Router {
    let mut router = Router::new();
    for check in &checks {
        let check = check.clone();
        let path = format!("/healthz/{}", check.name());
        router = router.route(&path, any(move || one(check.clone())));
    }
    router
        .route("/healthz", any(all))
        .fallback(|| async { text(StatusCode::NOT_FOUND, "404 page not found\n".to_owned()) })
        .with_state(Arc::from(checks))
}

async fn one(check: Check) -> Response {
    match check.run().await {
        Ok(()) => text(StatusCode::OK, "ok".to_owned()),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, format!("internal server error: {error}\n")),
    }
}

async fn all(State(checks): State<Arc<[Check]>>, Query(query): Query<Vec<(String, String)>>) -> Response {
    let verbose = query.iter().any(|(key, _)| key == "verbose");
    let mut unknown: Vec<&str> =
        query.iter().filter(|(key, _)| key == "exclude").map(|(_, name)| name.as_str()).collect();
    unknown.sort_unstable();
    unknown.dedup();

    let mut lines = String::new();
    let mut failed = Vec::new();
    for check in checks.iter() {
        let name = check.name();
        if let Some(position) = unknown.iter().position(|excluded| *excluded == name) {
            unknown.remove(position);
            let _ = writeln!(lines, "[+]{name} excluded: ok");
            continue;
        }
        match check.run().await {
            Ok(()) => {
                let _ = writeln!(lines, "[+]{name} ok");
            }
            Err(error) => {
                let _ = writeln!(lines, "[-]{name} failed: reason withheld");
                failed.push(format!("{name}: {error}"));
            }
        }
    }
    if !unknown.is_empty() {
        let quoted: Vec<String> = unknown.iter().map(|name| format!("{name:?}")).collect();
        let quoted = quoted.join(",");
        let _ = writeln!(lines, "warn: some health checks cannot be excluded: no matches for {quoted}");
    }
    if !failed.is_empty() {
        tracing::warn!(failed = failed.join("; "), "healthz check failed");
        return text(StatusCode::INTERNAL_SERVER_ERROR, format!("{lines}healthz check failed\n"));
    }
    if !verbose {
        return text(StatusCode::OK, "ok".to_owned());
    }
    let _ = writeln!(lines, "healthz check passed");
    text(StatusCode::OK, lines)
}

fn text(code: StatusCode, body: String) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    (code, headers, body).into_response()
}
