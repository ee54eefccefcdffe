//! The `logging` section (`k8s.io/component-base/logs/api/v1`), and container logs.

use super::Rules;
use crate::Duration;
use crate::text::quote;
use types::quantity::Quantity;

const HIGHEST_VERBOSITY: u32 = i32::MAX as u32;

pub(super) fn check(rules: &mut Rules) {
    let logging = &rules.configuration.logging;
    if logging.flush_frequency <= Duration::ZERO {
        let message = format!(
            "logging.flushFrequency: Invalid value: {}: Must be greater than zero",
            quote(&logging.flush_frequency.to_string())
        );
        rules.error("logging.flushFrequency", message);
    }
    if !["text", "json"].contains(&logging.format.as_str()) {
        let message =
            format!("logging.format: Invalid value: {}: Unsupported log format", quote(&logging.format));
        rules.error("logging.format", message);
    }
    verbosity(rules, "logging.verbosity", "logging.verbosity", logging.verbosity);
    if !logging.vmodule.is_empty() && !["", "text"].contains(&logging.format.as_str()) {
        rules.error("logging.vmodule", "logging.vmodule: Forbidden: Only supported for text log format");
    }
    for (index, rule) in logging.vmodule.iter().enumerate() {
        let field = format!("logging.vmodule[{index}]");
        if rule.file_pattern.is_empty() {
            let message = format!("{field}: Required value: File pattern must not be empty");
            rules.error(&field, message);
        }
        if rule.file_pattern.contains(['=', ',']) {
            let message = format!(
                "{field}: Invalid value: {}: File pattern must not contain equal sign or comma",
                quote(&rule.file_pattern)
            );
            rules.error(&field, message);
        }
        verbosity(rules, &field, &field, rule.verbosity);
    }
    for (format, options) in [("text", &logging.options.text), ("json", &logging.options.json)] {
        let buffered = options.info_buffer_size.parse::<Quantity>().is_ok_and(|size| !size.is_zero());
        for (option, set) in [("splitStream", options.split_stream), ("infoBufferSize", buffered)] {
            if set && !rules.gates.enabled("LoggingAlphaOptions") {
                let field = format!("logging.options.{format}.{option}");
                let message = format!("{field}: Forbidden: Feature LoggingAlphaOptions is disabled");
                rules.error(&field, message);
            }
        }
    }
}

fn verbosity(rules: &mut Rules, field: &str, name: &str, value: u32) {
    if value > HIGHEST_VERBOSITY {
        let message = format!("{name}: Invalid value: {value}: Must be <= {HIGHEST_VERBOSITY}");
        rules.error(field, message);
    }
}

pub(super) fn check_container_logs(rules: &mut Rules) {
    let configuration = rules.configuration;
    if configuration.container_log_max_workers < 1 {
        rules.invalid("containerLogMaxWorkers", "containerLogMaxWorkers must be greater than or equal to 1");
    }
    if configuration.container_log_monitor_interval < Duration::from_seconds(3) {
        rules.invalid(
            "containerLogMonitorInterval",
            "containerLogMonitorInterval must be a positive time duration greater than or equal to 3s",
        );
    }
    if configuration.container_log_max_files <= 1 {
        rules.invalid("containerLogMaxFiles", "containerLogMaxFiles must be greater than 1");
    }
    pod_logs(rules);
}

fn pod_logs(rules: &mut Rules) {
    let field = "podLogsDir";
    let directory = rules.configuration.pod_logs_dir.as_str();
    if directory.is_empty() {
        rules.invalid(field, "podLogsDir was not specified");
    }
    let path = format!("pod logs path {}", quote(directory));
    if !directory.starts_with('/') {
        rules.invalid(field, format!("{path} must be absolute path"));
    }
    if !is_clean(directory) {
        rules.invalid(field, format!("{path} must be normalized"));
    }
    if !directory.is_ascii() {
        // The misspelling is upstream's.
        rules.invalid(field, format!("{path} mut contains ASCII characters only"));
    }
}

/// Whether Go's `filepath.Clean` leaves a path as it is.
fn is_clean(path: &str) -> bool {
    if path == "/" || path == "." {
        return true;
    }
    let relative = path.strip_prefix('/').unwrap_or(path);
    !relative.is_empty() && relative.split('/').all(|part| !["", ".", ".."].contains(&part))
}
