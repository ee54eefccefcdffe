//! Selectors of labels (apimachinery `pkg/apis/meta/v1/helpers.go`, `LabelSelectorAsSelector`).

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};

/// An operator that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a valid label selector operator", types::go::quote(.0))]
pub struct InvalidOperator(pub String);

/// Whether labels are what a selector asks for: no selector selects nothing, an empty one everything.
///
/// # Errors
/// [`InvalidOperator`], whatever the labels are.
pub(crate) fn matches(
    selector: Option<&LabelSelector>,
    labels: &BTreeMap<String, String>,
) -> Result<bool, InvalidOperator> {
    let Some(selector) = selector else { return Ok(false) };
    let mut matches =
        selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    for requirement in selector.match_expressions.iter().flatten() {
        matches &= holds(requirement, labels)?;
    }
    Ok(matches)
}

fn holds(
    requirement: &LabelSelectorRequirement,
    labels: &BTreeMap<String, String>,
) -> Result<bool, InvalidOperator> {
    let value = labels.get(&requirement.key);
    let listed = requirement.values.as_deref().unwrap_or_default();
    match requirement.operator.as_str() {
        "In" => Ok(value.is_some_and(|value| listed.contains(value))),
        "NotIn" => Ok(value.is_none_or(|value| !listed.contains(value))),
        "Exists" => Ok(value.is_some()),
        "DoesNotExist" => Ok(value.is_none()),
        other => Err(InvalidOperator(other.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::serde_json::{self, Value, json};

    #[test]
    fn selectors() {
        let labels = BTreeMap::from([("stage".to_owned(), "live".to_owned())]);
        let check = |selector: Value, expected: Result<bool, &str>| {
            let parsed: Option<LabelSelector> = serde_json::from_value(selector.clone()).unwrap();
            let found = matches(parsed.as_ref(), &labels).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{selector}");
        };
        let expression = |key: &str, operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        check(json!(null), Ok(false));
        check(json!({}), Ok(true));
        check(json!({"matchLabels": {"stage": "live"}}), Ok(true));
        check(json!({"matchLabels": {"stage": "live", "app": "web"}}), Ok(false));
        check(expression("stage", "In", &["test", "live"]), Ok(true));
        check(expression("app", "In", &["web"]), Ok(false));
        check(expression("stage", "NotIn", &["live"]), Ok(false));
        check(expression("app", "NotIn", &["web"]), Ok(true));
        check(expression("stage", "Exists", &[]), Ok(true));
        check(expression("app", "Exists", &[]), Ok(false));
        check(expression("app", "DoesNotExist", &[]), Ok(true));
        check(expression("stage", "Gt", &["1"]), Err("\"Gt\" is not a valid label selector operator"));
    }
}
