use tonic::{Code, Status};

use super::{CriError, from_status};
use crate::Operation;

const ENDPOINT: &str = "unix:///run/x.sock";

/// Shape of an error: the variant's name and, for a taken name, who has it.
fn shape(error: &CriError) -> String {
    match error {
        CriError::NotFound { .. } => "NotFound".into(),
        CriError::AlreadyExists { holder, .. } => {
            format!("AlreadyExists({})", holder.as_deref().unwrap_or("?"))
        }
        CriError::Unimplemented { .. } => "Unimplemented".into(),
        CriError::DeadlineExceeded { .. } => "DeadlineExceeded".into(),
        CriError::Unavailable { endpoint, .. } => format!("Unavailable({endpoint})"),
        CriError::Cancelled { .. } => "Cancelled".into(),
        CriError::ResourceExhausted { .. } => "ResourceExhausted".into(),
        CriError::Runtime { code, .. } => format!("Runtime({code:?})"),
    }
}

/// A status with these words becomes this variant, keeps the words, and is rendered as Go does.
#[track_caller]
fn check(operation: Operation, code: Code, message: &str, expected_shape: &str, expected_code: &str) {
    let error = from_status(operation, ENDPOINT, Status::new(code, message));
    assert_eq!(shape(&error), expected_shape);
    assert_eq!(error.operation(), operation);
    assert_eq!(error.message(), message);
    assert_eq!(error.grpc(), format!("rpc error: code = {expected_code} desc = {message}"));
}

#[test]
fn statuses_become_variants() {
    use Operation::{CreateContainer, ExecSync, PullImage, RunPodSandbox, StartContainer, StopContainer};
    let containerd_sandbox =
        "failed to reserve sandbox name \"a_b_c_0\": name \"a_b_c_0\" is reserved for \"4f1b\"";
    let containerd_container =
        "failed to reserve container name \"m_a_b_c_0\": name \"m_a_b_c_0\" is reserved for \"77ee\"";
    let crio = "name is reserved";
    check(StopContainer, Code::NotFound, "an error occurred", "NotFound", "NotFound");
    check(RunPodSandbox, Code::Unknown, containerd_sandbox, "AlreadyExists(4f1b)", "Unknown");
    check(CreateContainer, Code::Unknown, containerd_container, "AlreadyExists(77ee)", "Unknown");
    check(
        RunPodSandbox,
        Code::FailedPrecondition,
        containerd_sandbox,
        "AlreadyExists(4f1b)",
        "FailedPrecondition",
    );
    check(RunPodSandbox, Code::FailedPrecondition, "x", "Runtime(FailedPrecondition)", "FailedPrecondition");
    check(CreateContainer, Code::Unknown, crio, "AlreadyExists(?)", "Unknown");
    check(CreateContainer, Code::AlreadyExists, "there", "AlreadyExists(?)", "AlreadyExists");
    // Words of a failed start that happen to be alike are no name conflict.
    check(StartContainer, Code::Unknown, "mount: file already exists", "Runtime(Unknown)", "Unknown");
    check(ExecSync, Code::DeadlineExceeded, "timeout 1s exceeded", "DeadlineExceeded", "DeadlineExceeded");
    check(StopContainer, Code::Cancelled, "context canceled", "Cancelled", "Canceled");
    check(PullImage, Code::ResourceExhausted, "too large", "ResourceExhausted", "ResourceExhausted");
    check(PullImage, Code::Unavailable, "busy", "Unavailable(unix:///run/x.sock)", "Unavailable");
    check(RunPodSandbox, Code::Unimplemented, "no", "Unimplemented", "Unimplemented");
    check(RunPodSandbox, Code::Unknown, "failed to set up network", "Runtime(Unknown)", "Unknown");
    check(RunPodSandbox, Code::InvalidArgument, "", "Runtime(InvalidArgument)", "InvalidArgument");
    check(RunPodSandbox, Code::Internal, "x", "Runtime(Internal)", "Internal");
}

/// It answers already, but cannot do anything yet.
#[test]
fn a_starting_containerd_is_unavailable() {
    for code in [Code::Unknown, Code::Unavailable] {
        let status = Status::new(code, "server is not initialized yet");
        assert!(from_status(Operation::Version, ENDPOINT, status).is_unavailable(), "{code:?}");
    }
}

#[test]
fn codes_are_spelt_as_in_go() {
    let spelt: Vec<&str> = (0..17).map(|code| super::go_code_name(Code::from_i32(code))).collect();
    assert_eq!(
        spelt,
        [
            "OK",
            "Canceled",
            "Unknown",
            "InvalidArgument",
            "DeadlineExceeded",
            "NotFound",
            "AlreadyExists",
            "PermissionDenied",
            "ResourceExhausted",
            "FailedPrecondition",
            "Aborted",
            "OutOfRange",
            "Unimplemented",
            "Internal",
            "Unavailable",
            "DataLoss",
            "Unauthenticated",
        ]
    );
}

#[test]
fn failed_pulls_are_shown_without_an_unknown_code() {
    let shown = |operation, code| {
        from_status(operation, ENDPOINT, Status::new(code, "RegistryUnavailable: x")).shown()
    };
    assert_eq!(shown(Operation::PullImage, Code::Unknown), "RegistryUnavailable: x");
    assert_eq!(
        shown(Operation::PullImage, Code::NotFound),
        "rpc error: code = NotFound desc = RegistryUnavailable: x"
    );
    assert_eq!(
        shown(Operation::RunPodSandbox, Code::Unknown),
        "rpc error: code = Unknown desc = RegistryUnavailable: x"
    );
}
