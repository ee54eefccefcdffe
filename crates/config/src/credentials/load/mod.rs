//! Reading, merging and validating the files (`pkg/credentialprovider/plugin/config.go`).

use super::{CREDENTIAL_PROVIDER_CONFIG, CredentialProvider, CredentialProviderConfig, TokenAttributes};
use crate::document::{self, Document, Position};
use crate::finding::Finding;
use crate::gates::Gates;
use crate::load::{Errors, File};
use crate::schema::{self, Mode};
use crate::taints;
use crate::text::{quote, quote_list};
use serde_json::Value;
use std::collections::BTreeMap;

/// The `kind`.
const KIND: &str = "CredentialProviderConfig";
/// The versions of the file; `tokenAttributes` exists in v1 alone.
const API_VERSIONS: [&str; 3] =
    ["kubelet.config.k8s.io/v1", "kubelet.config.k8s.io/v1alpha1", "kubelet.config.k8s.io/v1beta1"];
/// The versions of the exchange with the program.
const EXCHANGES: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
];

/// Whether a document is of this kind, whatever else is wrong with it.
pub(crate) fn is_credential_provider_config(document: &Document) -> bool {
    document.root.get("kind").is_some_and(|entry| entry.value.to_json() == KIND)
}

/// Reads the file of `--image-credential-provider-config`, or the files of that directory: those that end in `.json`,
/// `.yaml` or `.yml`, merged in order of their names.
///
/// # Errors
/// Everything that is wrong, each with file, line and column. Unknown and duplicate keys are errors here, as upstream
/// decodes this kind strictly.
pub fn load_credential_providers(files: &[File], gates: &Gates) -> Result<CredentialProviderConfig, Errors> {
    let mut sorted: Vec<&File> = files.iter().collect();
    sorted.sort_by(|left, right| left.path.cmp(&right.path));
    let mut merged = CredentialProviderConfig::default();
    let mut findings = Vec::new();
    for file in &sorted {
        match read(file) {
            Ok((config, positions)) => {
                findings.extend(
                    config_findings(&config, &merged, gates)
                        .into_iter()
                        .map(|finding| placed(finding, file, &positions)),
                );
                merged.providers.extend(config.providers);
            }
            Err(wrong) => findings.extend(wrong),
        }
    }
    // One file of several may have none.
    if findings.is_empty() && merged.providers.is_empty() {
        let missing = Finding::error("providers: Required value: at least 1 item in plugins is required");
        let missing = missing.about("providers");
        findings.push(sorted.first().map_or(missing.clone(), |file| missing.within(&file.path)));
    }
    if findings.is_empty() { Ok(merged) } else { Err(Errors { findings }) }
}

fn placed(finding: Finding, file: &File, positions: &BTreeMap<String, Position>) -> Finding {
    let finding = finding.within(&file.path);
    let mut path = finding.field.clone().unwrap_or_default();
    // The nearest thing around a missing field has a place.
    loop {
        if let Some(position) = positions.get(&path) {
            return finding.at(*position);
        }
        match path.rfind(['.', '[']) {
            Some(end) => path.truncate(end),
            None => return finding,
        }
    }
}

type Read = (CredentialProviderConfig, BTreeMap<String, Position>);

fn read(file: &File) -> Result<Read, Vec<Finding>> {
    let here = |finding: Finding| finding.within(&file.path);
    let document = document::parse(&file.contents)
        .map_err(|error| vec![here(Finding::error(error.to_string()).at(error.position))])?;
    let version = version(&document).map_err(|finding| vec![here(finding)])?;
    let decoded = schema::decode(&document.root, CREDENTIAL_PROVIDER_CONFIG, Mode::Object);
    let mut findings: Vec<Finding> = decoded
        .findings
        .into_iter()
        .map(|mut finding| {
            finding.severity = crate::Severity::Error;
            here(finding)
        })
        .collect();
    if version != API_VERSIONS[0] {
        for (path, position) in &decoded.positions {
            if path.ends_with("].tokenAttributes") {
                let message = format!("unknown field {}: it exists in {} only", quote(path), API_VERSIONS[0]);
                findings.push(here(Finding::error(message).about(path).at(*position)));
            }
        }
    }
    if !findings.is_empty() {
        return Err(findings);
    }
    let mut value = decoded.value;
    strip_nulls(&mut value);
    serde_json::from_value(value)
        .map(|config| (config, decoded.positions))
        .map_err(|error| vec![here(Finding::error(error.to_string()))])
}

fn strip_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, entry| !entry.is_null());
            entries.values_mut().for_each(strip_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn version(document: &Document) -> Result<String, Finding> {
    let string = |key: &str| match document.root.get(key).map(|entry| entry.value.to_json()) {
        Some(Value::String(text)) => text,
        _ => String::new(),
    };
    let (version, kind) = (string("apiVersion"), string("kind"));
    if kind != KIND {
        return Err(Finding::error(format!(
            "failed to decode {} (wrong Kind): expected {KIND}",
            quote(&kind)
        )));
    }
    if !API_VERSIONS.contains(&version.as_str()) {
        return Err(Finding::error(format!(
            "no kind {} is registered for version {}: expected one of {}",
            quote(KIND),
            quote(&version),
            API_VERSIONS.join(", ")
        )));
    }
    Ok(version)
}

fn config_findings(
    config: &CredentialProviderConfig,
    before: &CredentialProviderConfig,
    gates: &Gates,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, provider) in config.providers.iter().enumerate() {
        let path = format!("providers[{index}]");
        let mut rules = Provider { path, findings: &mut findings };
        let known = before.providers.iter().chain(&config.providers[..index]);
        rules.check(provider, known.map(|other| other.name.as_str()), gates);
    }
    findings
}

struct Provider<'findings> {
    path: String,
    findings: &'findings mut Vec<Finding>,
}

impl Provider<'_> {
    /// An error about a field; upstream names it without the item's number.
    fn error(&mut self, field: &str, message: impl AsRef<str>) {
        let place = format!("{}.{field}", self.path);
        let message = format!("providers.{field}: {}", message.as_ref());
        self.findings.push(Finding::error(message).about(place));
    }

    fn check<'names>(
        &mut self,
        provider: &CredentialProvider,
        mut known: impl Iterator<Item = &'names str>,
        gates: &Gates,
    ) {
        let name = provider.name.as_str();
        let invalid = |rule: &str| format!("Invalid value: {}: {rule}", quote(name));
        if name.contains('/') {
            self.error("name", invalid("provider name cannot contain '/'"));
        }
        if name.contains(' ') {
            self.error("name", invalid("provider name cannot contain spaces"));
        }
        if [".", ".."].contains(&name) {
            self.error("name", invalid(&format!("provider name cannot be '{name}'")));
        }
        if known.any(|other| other == name) {
            self.error(
                "name",
                format!("duplicate provider name {} found in configuration file(s)", quote(name)),
            );
        }
        let exchange = provider.api_version.as_str();
        if exchange.is_empty() {
            self.error("apiVersion", "Required value");
        } else if !EXCHANGES.contains(&exchange) {
            self.error("apiVersion", not_supported(exchange, &EXCHANGES));
        }
        if provider.match_images.is_empty() {
            self.error("matchImages", "Required value: at least 1 item in matchImages is required");
        }
        for image in &provider.match_images {
            if let Some(problem) = image_problem(image) {
                self.error(
                    "matchImages",
                    format!("Invalid value: {}: match image is invalid: {problem}", quote(image)),
                );
            }
        }
        match provider.default_cache_duration {
            None => self.error("defaultCacheDuration", "Required value"),
            Some(duration) if duration.is_negative() => self.error(
                "defaultCacheDuration",
                format!(
                    "Invalid value: {}: must be greater than or equal to 0",
                    quote(&duration.to_string())
                ),
            ),
            Some(_) => {}
        }
        if let Some(attributes) = &provider.token_attributes {
            self.check_token(attributes, exchange, gates);
        }
    }

    fn check_token(&mut self, attributes: &TokenAttributes, exchange: &str, gates: &Gates) {
        const CACHE_TYPES: [&str; 2] = ["ServiceAccount", "Token"];
        if !gates.enabled("KubeletServiceAccountTokenForCredentialProviders") {
            self.error("tokenAttributes", "Forbidden: tokenAttributes is not supported when KubeletServiceAccountTokenForCredentialProviders feature gate is disabled");
        }
        if attributes.service_account_token_audience.is_empty() {
            self.error("tokenAttributes.serviceAccountTokenAudience", "Required value");
        }
        if attributes.require_service_account.is_none() {
            self.error("tokenAttributes.requireServiceAccount", "Required value");
        }
        if exchange != EXCHANGES[0] {
            self.error(
                "tokenAttributes",
                format!("Forbidden: tokenAttributes is only supported for {} API version", EXCHANGES[0]),
            );
        }
        let required = &attributes.required_service_account_annotation_keys;
        let optional = &attributes.optional_service_account_annotation_keys;
        if attributes.require_service_account == Some(false) && !required.is_empty() {
            self.error(
                "tokenAttributes.requiredServiceAccountAnnotationKeys",
                "Forbidden: requireServiceAccount cannot be false when requiredServiceAccountAnnotationKeys is set",
            );
        }
        self.check_keys("tokenAttributes.requiredServiceAccountAnnotationKeys", required);
        self.check_keys("tokenAttributes.optionalServiceAccountAnnotationKeys", optional);
        let mut both: Vec<&str> =
            required.iter().filter(|key| optional.contains(key)).map(String::as_str).collect();
        both.sort_unstable();
        both.dedup();
        if !both.is_empty() {
            let list = quote_list(both).replace(' ', ",");
            self.error(
                "tokenAttributes",
                format!("Invalid value: {list}: annotation keys cannot be both required and optional"),
            );
        }
        let cache = attributes.cache_type.as_str();
        if cache.is_empty() {
            self.error("tokenAttributes.cacheType", "Required value: cacheType is required to be set when tokenAttributes is specified. Supported values are: ServiceAccount, Token");
        } else if !CACHE_TYPES.contains(&cache) {
            self.error("tokenAttributes.cacheType", not_supported(cache, &CACHE_TYPES));
        }
    }

    fn check_keys(&mut self, field: &str, keys: &[String]) {
        for (index, key) in keys.iter().enumerate() {
            for problem in taints::qualified_name_errors(&key.to_lowercase()) {
                self.error(field, format!("Invalid value: {}: {problem}", quote(key)));
            }
            if keys[..index].contains(key) {
                self.error(field, format!("Duplicate value: {}", quote(key)));
            }
        }
    }
}

fn not_supported(value: &str, supported: &[&str]) -> String {
    let supported: Vec<String> = supported.iter().map(|one| quote(one)).collect();
    format!("Unsupported value: {}: supported values: {}", quote(value), supported.join(", "))
}

/// What Go's URL parser says about `https://` and the pattern; only what people get wrong.
fn image_problem(image: &str) -> Option<String> {
    let url = quote(&format!("https://{image}"));
    let host = image.split(['/', '?', '#']).next().unwrap_or(image);
    if image.chars().any(|character| character.is_ascii_control()) {
        return Some(format!("parse {url}: net/url: invalid control character in URL"));
    }
    if let Some(bad) = host.chars().find(|character| " <>\"`{}|\\^".contains(*character)) {
        return Some(format!("parse {url}: invalid character {} in host name", quote(&bad.to_string())));
    }
    let port = host.rfind(':').map(|colon| &host[colon..]).filter(|port| !port.contains(']'));
    let bad = port.filter(|port| !port[1..].bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(format!("parse {url}: invalid port {} after host", quote(bad)))
}

#[cfg(test)]
mod tests;
