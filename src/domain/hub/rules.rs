//! What may be done, by what GitHub said before. GitHub has the last word; but it stops no administrator, so the rules
//! do.

use super::{ActKind, Gate, MergeState, Permission, QueuePlace, RunState, Waits};
use crate::domain::pr_state::PrState;

const UNSEEN: &str = "one was sent before, and nothing of it was seen on GitHub";

/// Whether something may be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    /// It may, and the question says this.
    Warned(String),
    /// It may not, for this reason.
    Not(String),
}

impl Verdict {
    pub const fn is_allowed(&self) -> bool {
        !matches!(self, Self::Not(_))
    }
}

fn not(why: impl Into<String>) -> Verdict {
    Verdict::Not(why.into())
}

fn allowed_if(may: bool, else_why: &str) -> Verdict {
    if may { Verdict::Allowed } else { not(else_why) }
}

impl Gate {
    pub fn verdict(&self, kind: ActKind) -> Verdict {
        if let Some(why) = self.barred(kind) {
            return not(why);
        }
        let verdict = self.by_state(kind).unwrap_or_else(|| self.by_kind(kind));
        match (self.unseen.contains_key(&kind), verdict) {
            (true, Verdict::Allowed) => Verdict::Warned(UNSEEN.to_owned()),
            (true, Verdict::Warned(warning)) => Verdict::Warned(format!("{UNSEEN}; {warning}")),
            (_, verdict) => verdict,
        }
    }

    /// What its reader wants most likely, of what may be done.
    pub fn likely(&self) -> Option<ActKind> {
        let is_approved = self.viewer.is_author || self.reviews.as_deref() == Some("APPROVED");
        let order = [
            (ActKind::RerunFailed, self.is_open()),
            (ActKind::ApproveRun, true),
            (ActKind::Reopen, true),
            (ActKind::Ready, self.viewer.is_author),
            (ActKind::Approve, !is_approved && self.state != PrState::Draft),
            (ActKind::Merge, true),
            (ActKind::Enqueue, true),
            (ActKind::UpdateBranch, self.merge_state == MergeState::Behind),
            (ActKind::AutoMergeOn, self.merge_state == MergeState::Blocked),
            (ActKind::Comment, true),
        ];
        let mut wanted = order.into_iter().filter(|(_, is_wanted)| *is_wanted).map(|(kind, _)| kind);
        wanted.find(|kind| self.verdict(*kind).is_allowed())
    }

    /// It may still be merged.
    pub fn is_open(&self) -> bool {
        matches!(self.state, PrState::Open | PrState::Draft)
    }

    /// Why it may not be done, whatever the state of the pull request and of its runs.
    pub fn barred(&self, kind: ActKind) -> Option<String> {
        if let Some(why) = self.locks.get(&kind) {
            return Some(why.clone());
        }
        if self.is_frozen {
            return Some("the repository is archived or locked".to_owned());
        }
        self.lacks_permission(kind).map(str::to_owned)
    }

    /// Of those actions for which GitHub has no answer of its own.
    fn lacks_permission(&self, kind: ActKind) -> Option<&'static str> {
        let needed = match kind {
            ActKind::RerunFailed
            | ActKind::RerunAll
            | ActKind::RerunDebug
            | ActKind::CancelRun
            | ActKind::ForceCancel
            | ActKind::ApproveRun
            | ActKind::Merge
            | ActKind::Enqueue
            | ActKind::Dequeue => Permission::Write,
            ActKind::AskReview if self.viewer.is_author => return None,
            ActKind::AskReview | ActKind::Assign => Permission::Triage,
            ActKind::Approve
            | ActKind::RequestChanges
            | ActKind::Comment
            | ActKind::AutoMergeOn
            | ActKind::AutoMergeOff
            | ActKind::UpdateBranch
            | ActKind::Ready
            | ActKind::Draft
            | ActKind::Close
            | ActKind::Reopen
            | ActKind::Labels => return None,
        };
        let has = self.viewer.permission.as_ref().is_none_or(|has| *has >= needed);
        match needed {
            _ if has => None,
            Permission::Triage => Some("it needs the role Triage in the repository"),
            Permission::Read | Permission::Write | Permission::Maintain | Permission::Admin => {
                Some("it needs the right to write to the repository")
            }
        }
    }

    /// What has ended is not acted on, but talked about.
    fn by_state(&self, kind: ActKind) -> Option<Verdict> {
        let is_for_any = kind.is_of_run()
            || matches!(kind, ActKind::Comment | ActKind::Labels | ActKind::Assign | ActKind::Reopen);
        match &self.state {
            _ if is_for_any => None,
            PrState::Merged => Some(not("it is merged")),
            PrState::Closed => Some(not("it is closed")),
            PrState::Open | PrState::Draft | PrState::Other(_) => None,
        }
    }

    fn by_kind(&self, kind: ActKind) -> Verdict {
        let viewer = &self.viewer;
        match kind {
            ActKind::RerunFailed | ActKind::RerunDebug => {
                self.some_run(|state| *state == RunState::Failed, self.why_none_failed())
            }
            ActKind::RerunAll => self.some_run(
                |state| !matches!(state, RunState::Unfinished(_)),
                "no run of this commit has ended",
            ),
            ActKind::CancelRun => self.some_run(is_at_work, "no run of this commit is at work"),
            ActKind::ForceCancel => allowed_if(
                self.runs.iter().any(|run| run.is_cancelled_here && is_at_work(&run.state)),
                "only after a cancel that had no effect",
            ),
            ActKind::ApproveRun => self.some_run(
                |state| *state == RunState::Unfinished(Waits::Approval),
                "no run of this commit waits for it",
            ),
            ActKind::Approve if viewer.has_approved => not("you have approved this commit"),
            ActKind::Approve | ActKind::RequestChanges => {
                allowed_if(!viewer.is_author, "it is your own pull request")
            }
            ActKind::Comment => {
                let may_write = viewer.permission.as_ref().is_none_or(|has| *has >= Permission::Write);
                allowed_if(!self.is_locked || may_write, "its conversation is locked")
            }
            ActKind::AskReview | ActKind::Assign => Verdict::Allowed,
            ActKind::Merge => self.merge(),
            ActKind::AutoMergeOn => self.auto_merge_on(),
            ActKind::AutoMergeOff => match &self.auto_merge {
                None => not("it is off"),
                Some(_) => allowed_if(viewer.can_disable_auto_merge, "GitHub does not let you"),
            },
            ActKind::Enqueue => self.enqueue(),
            ActKind::Dequeue => match &self.queue {
                QueuePlace::In { by: Some(by), .. } if *by != viewer.login => {
                    Verdict::Warned(format!("{by} has put it there"))
                }
                QueuePlace::In { .. } => Verdict::Allowed,
                QueuePlace::None | QueuePlace::Outside => not("it is in no merge queue"),
            },
            ActKind::UpdateBranch => self.update_branch(),
            ActKind::Ready => match self.state {
                PrState::Draft => allowed_if(viewer.can_update, "GitHub does not let you"),
                PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_) => {
                    not("it is no draft")
                }
            },
            ActKind::Draft => match self.state {
                PrState::Draft => not("it is a draft"),
                PrState::Open | PrState::Closed | PrState::Merged | PrState::Other(_) => {
                    allowed_if(viewer.can_update, "GitHub does not let you")
                }
            },
            ActKind::Close => allowed_if(viewer.can_close, "GitHub does not let you"),
            ActKind::Reopen => match self.state {
                PrState::Closed => allowed_if(viewer.can_reopen, "GitHub does not let you"),
                PrState::Merged => not("it is merged"),
                PrState::Open | PrState::Draft | PrState::Other(_) => not("it is open"),
            },
            ActKind::Labels => allowed_if(viewer.can_label, "GitHub does not let you"),
        }
    }

    fn some_run(&self, is_such: impl Fn(&RunState) -> bool, else_why: &str) -> Verdict {
        allowed_if(self.runs.iter().any(|run| is_such(&run.state)), else_why)
    }

    fn why_none_failed(&self) -> &'static str {
        let attempts = self.runs.iter().filter(|run| is_at_work(&run.state)).map(|run| run.run.attempt);
        match attempts.max() {
            None => "no run of this commit has failed",
            Some(..=1) => "it still runs: rerun when it ends",
            Some(_) => "it runs again now",
        }
    }

    /// The plain merge, which is never past the rules.
    fn merge(&self) -> Verdict {
        match self.queue {
            QueuePlace::In { .. } => return not("it is in the merge queue"),
            QueuePlace::Outside => return not("the branch has a merge queue: put it there"),
            QueuePlace::None => {}
        }
        if self.state == PrState::Draft {
            return not("it is a draft");
        }
        if self.methods.is_empty() {
            return not("the repository allows no way to merge");
        }
        match &self.merge_state {
            MergeState::Clean | MergeState::HasHooks => Verdict::Allowed,
            MergeState::Unstable if self.failing.is_empty() => {
                Verdict::Warned("checks that are not required have not passed".to_owned())
            }
            MergeState::Unstable => Verdict::Warned(format!(
                "checks that are not required have failed: {}",
                self.failing.join(", ")
            )),
            MergeState::Blocked => not(self.blocked()),
            MergeState::Behind => not("its branch is behind its base: update it"),
            MergeState::Dirty => not("it conflicts with its base"),
            MergeState::Draft => not("it is a draft"),
            MergeState::Unknown => not("GitHub is still working out whether it can be merged: look again"),
            MergeState::Other(word) => not(format!("GitHub calls its state {word}")),
        }
    }

    fn blocked(&self) -> String {
        format!("GitHub holds it back: {}", self.held_back_by())
    }

    /// Why it may not be merged though nothing is wrong with it.
    pub fn held_back_by(&self) -> &'static str {
        match self.reviews.as_deref() {
            Some("CHANGES_REQUESTED") => "changes are requested",
            Some("REVIEW_REQUIRED") => "a review is missing",
            _ if self.lacks_workflow_scope => {
                "it changes workflow files, and the token lacks the scope workflow"
            }
            _ => "something that is required is missing",
        }
    }

    fn auto_merge_on(&self) -> Verdict {
        if self.auto_merge.is_some() {
            return not("it is on");
        }
        if !self.has_auto_merge {
            return not("the repository does not allow it");
        }
        if self.methods.is_empty() {
            return not("the repository allows no way to merge");
        }
        if !self.viewer.can_enable_auto_merge {
            return match self.merge_state {
                MergeState::Clean | MergeState::HasHooks | MergeState::Unstable => {
                    not("nothing is waited for: merge it")
                }
                MergeState::Blocked
                | MergeState::Behind
                | MergeState::Dirty
                | MergeState::Draft
                | MergeState::Unknown
                | MergeState::Other(_) => not("GitHub does not let you"),
            };
        }
        Verdict::Warned(
            "it is merged as soon as nothing required is missing: at once, if nothing is".to_owned(),
        )
    }

    fn enqueue(&self) -> Verdict {
        match (&self.queue, &self.merge_state) {
            (QueuePlace::None, _) => not("the branch has no merge queue, or the token sees none"),
            // It reads CLEAN in there, too.
            (QueuePlace::In { .. }, _) => not("it is in the merge queue"),
            (QueuePlace::Outside, _) if self.state == PrState::Draft => not("it is a draft"),
            (QueuePlace::Outside, MergeState::Dirty) => not("it conflicts with its base"),
            (QueuePlace::Outside, MergeState::Blocked) => not(self.blocked()),
            (QueuePlace::Outside, _) => Verdict::Allowed,
        }
    }

    fn update_branch(&self) -> Verdict {
        if matches!(self.queue, QueuePlace::In { .. }) {
            return not("it is in the merge queue");
        }
        if self.merge_state == MergeState::Dirty {
            return not("it conflicts with its base");
        }
        if !self.viewer.can_update_branch {
            return not("it is up to date, or GitHub does not let you");
        }
        if self.lacks_workflow_scope {
            let why = "it changes workflow files, and the token lacks the scope workflow: GitHub may refuse";
            return Verdict::Warned(why.to_owned());
        }
        Verdict::Allowed
    }
}

fn is_at_work(state: &RunState) -> bool {
    matches!(state, RunState::Unfinished(Waits::Queued | Waits::Running))
}
