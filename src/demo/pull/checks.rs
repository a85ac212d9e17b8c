//! The checks of a pull request's head.

use chrono::{DateTime, Duration, Utc};

use super::{
    super::{random::Dice, repos::CheckSpec},
    Ids, Pull,
};
use crate::facts::fact::{CheckConclusion, CheckSeen, CheckStatus, Fact, What, Workflow};

#[derive(Clone, Debug)]
pub(in crate::demo) struct Check {
    pub(in crate::demo) spec: &'static CheckSpec,
    pub(in crate::demo) suite: i64,
    pub(in crate::demo) id: i64,
    pub(in crate::demo) attempt: i32,
    pub(in crate::demo) status: CheckStatus,
    pub(in crate::demo) conclusion: Option<CheckConclusion>,
    pub(in crate::demo) summary: Option<String>,
    created: DateTime<Utc>,
    pub(in crate::demo) started: DateTime<Utc>,
    pub(in crate::demo) completed: Option<DateTime<Utc>>,
    /// The attempts before.
    earlier: Vec<Ended>,
}

/// An attempt that has ended.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Ended {
    pub(in crate::demo) id: i64,
    pub(in crate::demo) attempt: i32,
    pub(in crate::demo) conclusion: CheckConclusion,
    pub(in crate::demo) summary: Option<String>,
    pub(in crate::demo) started: DateTime<Utc>,
    pub(in crate::demo) completed: DateTime<Utc>,
}

impl Check {
    pub(in crate::demo) fn has_failed(&self) -> bool {
        self.conclusion.as_ref().is_some_and(|conclusion| *conclusion != CheckConclusion::Success)
    }

    /// Which attempt has this id.
    pub(in crate::demo) fn attempt_of(&self, id: i64) -> Option<i32> {
        let earlier = self.earlier.iter().map(|ended| (ended.id, ended.attempt));
        let mut all = earlier.chain([(self.id, self.attempt)]);
        all.find(|(of, _)| *of == id).map(|(_, attempt)| attempt)
    }

    /// How an attempt ended; `None` while it runs.
    pub(in crate::demo) fn ended(&self, attempt: i32) -> Option<Ended> {
        let newest = || {
            Some(Ended {
                id: self.id,
                attempt: self.attempt,
                conclusion: self.conclusion.clone()?,
                summary: self.summary.clone(),
                started: self.started,
                completed: self.completed?,
            })
        };
        if attempt == self.attempt {
            return newest();
        }
        self.earlier.iter().find(|ended| ended.attempt == attempt).cloned()
    }

    /// It is a job of a workflow, not a commit status.
    pub(in crate::demo) fn is_job(&self) -> bool {
        self.spec.app != CheckSeen::STATUS
    }
}

impl Pull {
    /// All that still run end, those of this suite or all.
    pub(in crate::demo) fn end_running(
        &mut self,
        at: DateTime<Utc>,
        suite: Option<i64>,
        how: &CheckConclusion,
    ) -> Vec<Fact> {
        let mut facts = Vec::new();
        for place in 0..self.checks.len() {
            let check = &mut self.checks[place];
            if check.conclusion.is_none() && suite.is_none_or(|suite| suite == check.suite || !check.is_job())
            {
                check.status = CheckStatus::Completed;
                (check.conclusion, check.completed) = (Some(how.clone()), Some(at));
                facts.push(self.check(at, &self.checks[place]));
            }
        }
        facts
    }

    pub(in crate::demo) fn running(&self) -> usize {
        self.checks.iter().filter(|check| check.conclusion.is_none()).count()
    }

    pub(in crate::demo) fn has_failed(&self) -> bool {
        self.checks.iter().any(Check::has_failed)
    }

    pub(in crate::demo) fn is_green(&self) -> bool {
        !self.checks.is_empty() && self.running() == 0 && !self.has_failed()
    }

    fn check(&self, at: DateTime<Utc>, check: &Check) -> Fact {
        let commit_status = check.spec.app == CheckSeen::STATUS;
        let waiting = check.status == CheckStatus::Queued;
        let path = if commit_status {
            format!("deployments/{}", check.id)
        } else {
            format!("actions/runs/{}/job/{}", check.suite, check.id)
        };
        self.fact(
            at,
            What::Check(CheckSeen {
                head_sha: self.head.clone(),
                app: check.spec.app.to_owned(),
                suite_id: check.suite,
                workflow: (!commit_status).then(|| Workflow {
                    id: self.repository().id * 10 + check.spec.workflow,
                    event: "pull_request".to_owned(),
                }),
                workflow_name: check.spec.workflow_name().map(str::to_owned),
                name: check.spec.name.to_owned(),
                github_id: check.id,
                attempt: if commit_status { None } else { Some(check.attempt) },
                status: check.status.clone(),
                conclusion: check.conclusion.clone(),
                url: Some(self.url(&path)),
                summary: check.summary.clone(),
                created_at: (!commit_status).then_some(check.created),
                started_at: if waiting { None } else { Some(check.started) },
                completed_at: check.completed,
            }),
        )
    }

    pub(super) fn start(&mut self, at: DateTime<Utc>, ids: &mut Ids) -> Vec<Fact> {
        let suites = [0, ids.take(), ids.take()];
        self.checks.clear();
        for (place, spec) in self.repository().checks.iter().enumerate() {
            let commit_status = spec.app == CheckSeen::STATUS;
            let status = match (place, commit_status) {
                (_, true) => CheckStatus::Pending,
                (3.., false) => CheckStatus::Queued, // no runner is free
                (_, false) => CheckStatus::InProgress,
            };
            let suite = usize::try_from(spec.workflow).ok().and_then(|w| suites.get(w)).copied().unwrap_or(0);
            self.checks.push(Check {
                spec,
                suite,
                id: ids.take(),
                attempt: 1,
                status,
                conclusion: None,
                summary: None,
                created: at,
                started: at,
                completed: None,
                earlier: Vec::new(),
            });
        }
        self.checks.iter().map(|check| self.check(at, check)).collect()
    }

    pub(super) fn finish(&mut self, at: DateTime<Utc>, well: bool, dice: &mut Dice) -> Vec<Fact> {
        let running = self.checks.iter().enumerate().filter(|(_, check)| check.conclusion.is_none());
        let Some((place, _)) = running.min_by_key(|(_, check)| check.spec.minutes) else { return Vec::new() };
        self.end(place, at, well, dice);
        let mut facts = vec![self.check(at, &self.checks[place])];
        if let Some(next) = self.checks.iter().position(|check| check.status == CheckStatus::Queued) {
            self.checks[next].status = CheckStatus::InProgress;
            self.checks[next].started = at;
            facts.push(self.check(at, &self.checks[next]));
        }
        facts
    }

    /// Each at its own time, but none after `at`.
    pub(super) fn finish_all(&mut self, at: DateTime<Utc>, well: bool, dice: &mut Dice) -> Vec<Fact> {
        let bad = if well { None } else { Some(dice.below(self.checks.len())) };
        let mut facts = Vec::new();
        for place in 0..self.checks.len() {
            let check = &self.checks[place];
            if check.conclusion.is_none() {
                let took = Duration::minutes(check.spec.minutes) + Duration::seconds(dice.between(-20, 40));
                let end = (check.started + took).clamp(check.started, at);
                self.end(place, end, bad != Some(place), dice);
                facts.push(self.check(end, &self.checks[place]));
            }
        }
        facts
    }

    fn end(&mut self, place: usize, at: DateTime<Utc>, well: bool, dice: &mut Dice) {
        let check = &mut self.checks[place];
        check.status = CheckStatus::Completed;
        check.completed = Some(at);
        if well {
            check.conclusion = Some(CheckConclusion::Success);
            return;
        }
        let (conclusion, summary) = dice.pick(check.spec.fails);
        check.conclusion = Some(conclusion.clone());
        check.summary = Some(summary.replace("{part}", &self.topic.part));
    }

    pub(super) fn rerun(&mut self, at: DateTime<Utc>, ids: &mut Ids) -> Vec<Fact> {
        self.again(at, ids, Check::has_failed)
    }

    /// These run once more.
    pub(in crate::demo) fn again(
        &mut self,
        at: DateTime<Utc>,
        ids: &mut Ids,
        which: impl Fn(&Check) -> bool,
    ) -> Vec<Fact> {
        let mut facts = Vec::new();
        for place in 0..self.checks.len() {
            let check = &mut self.checks[place];
            if which(check) {
                check.earlier.extend(check.ended(check.attempt));
                check.id = ids.take();
                check.attempt += 1;
                check.status = CheckStatus::InProgress;
                (check.conclusion, check.summary, check.completed) = (None, None, None);
                (check.created, check.started) = (at, at);
                facts.push(self.check(at, &self.checks[place]));
            }
        }
        facts
    }
}
