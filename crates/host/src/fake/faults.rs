//! Which calls go wrong, and how.

use std::{collections::BTreeMap, time::Duration};

/// A method of one of this crate's traits.
#[allow(missing_docs, reason = "each is the trait and method that its name says")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    CgroupsEnsureTree,
    CgroupsEnsurePod,
    CgroupsUpdateQos,
    CgroupsRemovePod,
    CgroupsListPods,
    CgroupsFirstProcess,
    FilesLook,
    FilesMakeDir,
    FilesMakeFile,
    FilesWrite,
    FilesRead,
    FilesListDir,
    FilesRename,
    FilesRemove,
    FilesRemoveTree,
    FilesSetMode,
    FilesSetOwner,
    FilesChangeOwnership,
    FilesDiskSpace,
    MountsTmpfs,
    MountsHugetlbfs,
    MountsBind,
    MountsMakeReadOnly,
    MountsUnmount,
    MountsBelow,
    MountsAt,
    MountsMakeShared,
    BeneathMakeDir,
    BeneathBind,
    ProcessesOpen,
    ProcessesStartTime,
}

impl Operation {
    /// All of them, for a simulation to choose from.
    pub const ALL: [Self; 31] = [
        Self::CgroupsEnsureTree,
        Self::CgroupsEnsurePod,
        Self::CgroupsUpdateQos,
        Self::CgroupsRemovePod,
        Self::CgroupsListPods,
        Self::CgroupsFirstProcess,
        Self::FilesLook,
        Self::FilesMakeDir,
        Self::FilesMakeFile,
        Self::FilesWrite,
        Self::FilesRead,
        Self::FilesListDir,
        Self::FilesRename,
        Self::FilesRemove,
        Self::FilesRemoveTree,
        Self::FilesSetMode,
        Self::FilesSetOwner,
        Self::FilesChangeOwnership,
        Self::FilesDiskSpace,
        Self::MountsTmpfs,
        Self::MountsHugetlbfs,
        Self::MountsBind,
        Self::MountsMakeReadOnly,
        Self::MountsUnmount,
        Self::MountsBelow,
        Self::MountsAt,
        Self::MountsMakeShared,
        Self::BeneathMakeDir,
        Self::BeneathBind,
        Self::ProcessesOpen,
        Self::ProcessesStartTime,
    ];
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It fails with this errno and changes nothing.
    Fail(i32),
    /// It never comes back and changes nothing. Dropping it ends it.
    Hang,
    /// It does what it should, after this time.
    Delay(Duration),
}

/// Calls that go wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Only this operation; any if none.
    pub operation: Option<Operation>,
    /// Only calls about a path, pod or process whose text contains this; all if empty.
    pub subject_contains: String,
    /// How.
    pub fault: Fault,
    /// How often before the rule wears off; for ever if none.
    pub times: Option<u32>,
}

#[derive(Debug, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    calls: BTreeMap<Operation, u64>,
}

impl Faults {
    pub(super) fn inject(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(super) fn heal(&mut self) {
        self.rules.clear();
    }

    pub(super) fn calls(&self) -> BTreeMap<Operation, u64> {
        self.calls.clone()
    }

    pub(super) fn enter(&mut self, operation: Operation, subject: &str) -> Option<Fault> {
        *self.calls.entry(operation).or_default() += 1;
        let index = self.rules.iter().position(|rule| {
            rule.operation.is_none_or(|wanted| wanted == operation)
                && subject.contains(&rule.subject_contains)
        })?;
        let rule = &mut self.rules[index];
        let fault = rule.fault;
        if let Some(times) = &mut rule.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.rules.remove(index);
            }
        }
        Some(fault)
    }
}
