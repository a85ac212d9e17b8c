//! Generated facts: lives as GitHub would tell them, and a soup of facts that contradict each other.

use chrono::{DateTime, TimeDelta, Utc};
use flowlens::facts::fact::{
    CheckConclusion, CheckSeen, CheckStatus, Fact, FilesSeen, MergeQueueSeen, PullRequestSeen, PullState,
    RepositoryRef, RepositorySeen, ReviewDismissed, ReviewSeen, ReviewState, What, Workflow,
};
use proptest::{collection::vec, prelude::*, sample::select};

/// So many seconds after the beginning of the test's time.
pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).expect("a time") + TimeDelta::seconds(seconds)
}

/// The repository that facts are of unless said.
pub(crate) fn acme() -> RepositoryRef {
    RepositoryRef { github_id: 1, full_name: "acme/api".into() }
}

/// A fact of [`acme`].
pub(crate) fn fact(seconds: i64, what: What) -> Fact {
    Fact { repository: acme(), at: at(seconds), what }
}

/// An open pull request #1.
pub(crate) fn pull(head: &str) -> PullRequestSeen {
    PullRequestSeen {
        number: 1,
        title: "Add OAuth refresh".into(),
        author: Some("ana".into()),
        author_avatar: None,
        state: PullState::Open,
        head_sha: head.into(),
        head_branch: "oauth".into(),
        base_branch: "main".into(),
        description: None,
        url: None,
        labels: Vec::new(),
        assignees: Vec::new(),
        reviewers: Vec::new(),
        additions: Some(1),
        deletions: Some(0),
        changed_files: Some(1),
        commits: Some(1),
        mergeable_state: None,
        auto_merge: false,
        created_at: at(0),
    }
}

/// A check of GitHub Actions, `status` or a conclusion by its word.
pub(crate) fn check(head: &str, suite_id: i64, name: &str, github_id: i64, word: &str) -> CheckSeen {
    let conclusion = Some(CheckConclusion::parse(word)).filter(|c| CheckConclusion::ALL.contains(c));
    CheckSeen {
        head_sha: head.into(),
        app: "github-actions".into(),
        suite_id,
        workflow: None,
        workflow_name: None,
        name: name.into(),
        github_id,
        attempt: None,
        status: if conclusion.is_some() { CheckStatus::Completed } else { CheckStatus::parse(word) },
        conclusion,
        url: None,
        summary: None,
        created_at: None,
        started_at: None,
        completed_at: None,
    }
}

/// A review of #1.
pub(crate) fn review(seconds: i64, review_id: i64, reviewer: &str, word: &str) -> Fact {
    let seen = ReviewSeen {
        number: 1,
        review_id,
        reviewer: reviewer.into(),
        state: ReviewState::parse(word),
        commit_sha: None,
        submitted_at: at(seconds),
    };
    fact(seconds, What::Review(seen))
}

/// The dismissal of a review of #1.
pub(crate) fn dismissal(seconds: i64, review_id: i64, reviewer: &str, submitted: i64) -> Fact {
    let seen =
        ReviewDismissed { number: 1, review_id, reviewer: reviewer.into(), submitted_at: at(submitted) };
    fact(seconds, What::ReviewDismissed(seen))
}

/// What happens next in a life.
#[derive(Clone, Debug)]
enum Step {
    Push,
    /// Back to an earlier commit.
    Force(usize),
    Job {
        suite: i64,
        word: &'static str,
        /// Of an earlier commit, this many back.
        back: usize,
        again: bool,
    },
    Status(&'static str),
    Review(&'static str, &'static str),
    Dismiss(usize),
    Ask(bool),
    Label,
    Draft(bool),
    Conflict(bool),
    AutoMerge,
    Queue(Option<i32>),
    Files,
    Close,
    Reopen,
    Merge,
    Rename,
    TakeOver,
    /// The repository's end.
    Delete,
}

const WORDS: &[&str] = &[
    "queued",
    "in_progress",
    "success",
    "failure",
    "neutral",
    "skipped",
    "cancelled",
    "timed_out",
    "stale",
    "odd",
];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Push),
        1 => (0..4_usize).prop_map(Step::Force),
        6 => (0..3_i64, select(WORDS), 0..3_usize, any::<bool>())
            .prop_map(|(suite, word, back, again)| Step::Job { suite, word, back, again }),
        1 => select(WORDS).prop_map(Step::Status),
        4 => (select(&["bo", "cy"][..]), select(&["approved", "changes_requested", "commented", "pending"][..]))
            .prop_map(|(who, word)| Step::Review(who, word)),
        2 => (0..4_usize).prop_map(Step::Dismiss),
        1 => any::<bool>().prop_map(Step::Ask),
        2 => Just(Step::Label),
        1 => any::<bool>().prop_map(Step::Draft),
        1 => any::<bool>().prop_map(Step::Conflict),
        1 => Just(Step::AutoMerge),
        2 => proptest::option::of(1..12_i32).prop_map(Step::Queue),
        1 => Just(Step::Files),
        1 => Just(Step::Close),
        1 => Just(Step::Reopen),
        1 => Just(Step::Merge),
        1 => Just(Step::Rename),
        1 => Just(Step::TakeOver),
        1 => Just(Step::Delete),
    ]
}

/// The life of one pull request (maybe with a twin of the same head) as a list of facts.
pub(crate) fn life() -> impl Strategy<Value = Vec<Fact>> {
    life_of(0..3)
}

/// The same, without two things in one second.
pub(crate) fn slow_life() -> impl Strategy<Value = Vec<Fact>> {
    life_of(1..3)
}

fn life_of(seconds: std::ops::Range<i64>) -> impl Strategy<Value = Vec<Fact>> {
    (any::<bool>(), vec((step(), seconds), 1..40)).prop_map(|(twin, steps)| {
        let mut life =
            Life { repository: acme(), pull: pull("c0"), commits: vec!["c0".into()], ..Life::new() };
        life.picture();
        for (step, seconds) in steps {
            life.now += seconds;
            life.go(&step);
        }
        if twin {
            life.pull.number = 2;
            life.picture();
        }
        life.facts
    })
}

struct Life {
    repository: RepositoryRef,
    pull: PullRequestSeen,
    commits: Vec<String>,
    reviews: Vec<(i64, &'static str, i64)>,
    now: i64,
    ids: i64,
    facts: Vec<Fact>,
}

impl Life {
    fn new() -> Self {
        Self {
            repository: acme(),
            pull: pull("c0"),
            commits: Vec::new(),
            reviews: Vec::new(),
            now: 0,
            ids: 100,
            facts: Vec::new(),
        }
    }

    fn tell(&mut self, what: What) {
        self.facts.push(Fact { repository: self.repository.clone(), at: at(self.now), what });
    }

    fn picture(&mut self) {
        self.tell(What::PullRequest(Box::new(self.pull.clone())));
    }

    fn id(&mut self) -> i64 {
        self.ids += 1;
        self.ids
    }

    fn go(&mut self, step: &Step) {
        match step {
            Step::Push => {
                self.commits.push(format!("c{}", self.commits.len()));
                self.pull.head_sha = self.commits.last().expect("a commit").clone();
                self.pull.commits = self.pull.commits.map(|n| n + 1);
            }
            Step::Force(n) => self.pull.head_sha = self.commits[n % self.commits.len()].clone(),
            Step::Job { suite, word, back, again } => {
                let commit = self.commits.iter().rev().nth(*back).unwrap_or(&self.pull.head_sha).clone();
                let id = if *again { self.id() } else { self.ids };
                let mut seen = check(&commit, *suite, "test", id, word);
                seen.attempt = again.then_some(2);
                seen.created_at = again.then(|| at(self.now - 2));
                seen.workflow_name = back.is_multiple_of(2).then(|| format!("CI {suite}"));
                seen.started_at = Some(at(self.now - 1));
                seen.completed_at = seen.conclusion.is_some().then(|| at(self.now));
                return self.tell(What::Check(seen));
            }
            Step::Status(word) => {
                let seen = CheckSeen {
                    app: CheckSeen::STATUS.into(),
                    ..check(&self.pull.head_sha, 0, "ci/other", self.ids, word)
                };
                return self.tell(What::Check(seen));
            }
            Step::Review(reviewer, word) => {
                let id = self.id();
                self.reviews.push((id, reviewer, self.now));
                let mut fact = review(self.now, id, reviewer, word);
                fact.repository = self.repository.clone();
                return self.facts.push(fact);
            }
            Step::Dismiss(n) => {
                let Some((id, reviewer, submitted)) = self.reviews.get(*n).copied() else { return };
                let mut fact = dismissal(self.now, id, reviewer, submitted);
                fact.repository = self.repository.clone();
                return self.facts.push(fact);
            }
            Step::Ask(yes) => self.pull.reviewers = if *yes { vec!["bo".into()] } else { Vec::new() },
            Step::Label => self.pull.labels.push("bug".into()),
            Step::Draft(yes) if matches!(self.pull.state, PullState::Open | PullState::Draft) => {
                self.pull.state = if *yes { PullState::Draft } else { PullState::Open };
            }
            Step::Conflict(yes) => {
                self.pull.mergeable_state = Some(if *yes { "dirty" } else { "clean" }.into());
            }
            Step::AutoMerge => self.pull.auto_merge = !self.pull.auto_merge,
            Step::Queue(position) => {
                return self.tell(What::MergeQueue(MergeQueueSeen {
                    number: 1,
                    position: *position,
                    updated_at: None,
                }));
            }
            Step::Files => {
                let files = serde_json::json!([{ "filename": format!("src/{}.rs", self.now) }]);
                let head_sha = self.pull.head_sha.clone();
                return self.tell(What::Files(FilesSeen {
                    number: 1,
                    head_sha,
                    base_branch: None,
                    files: files.into(),
                }));
            }
            Step::Close => self.pull.state = PullState::Closed { at: at(self.now) },
            Step::Reopen if matches!(self.pull.state, PullState::Closed { .. }) => {
                self.pull.state = PullState::Open;
            }
            Step::Draft(_) | Step::Reopen => return,
            Step::Merge => self.pull.state = PullState::Merged { at: at(self.now) },
            Step::Rename => {
                self.repository.full_name = format!("acme/api{}", self.now % 3);
                return self.tell(What::Repository(RepositorySeen::default()));
            }
            Step::Delete => return self.tell(What::RepositoryGone),
            Step::TakeOver => {
                let repository = RepositoryRef { github_id: 2 + self.now % 2, ..self.repository.clone() };
                let what = What::Repository(RepositorySeen::default());
                return self.facts.push(Fact { repository, at: at(self.now), what });
            }
        }
        self.picture();
    }
}

/// Facts without a story: few seconds, few names, so that every tie and every contradiction comes up.
pub(crate) fn soup() -> impl Strategy<Value = Vec<Fact>> {
    vec((0..6_i64, 1..3_i64, 0..3_usize, stray()), 1..24).prop_map(|facts| {
        let names = ["acme/api", "acme/web", "Acme/api"];
        let fact = |(seconds, github_id, name, what): (i64, i64, usize, What)| {
            let repository = RepositoryRef { github_id, full_name: names[name].into() };
            Fact { repository, at: at(seconds), what }
        };
        facts.into_iter().map(fact).collect()
    })
}

fn sha() -> impl Strategy<Value = String> {
    select(&["a1", "b2"][..]).prop_map(str::to_owned)
}

fn stray() -> impl Strategy<Value = What> {
    let time = || (0..6_i64).prop_map(at);
    let state = prop_oneof![
        Just(PullState::Draft),
        Just(PullState::Open),
        time().prop_map(|at| PullState::Closed { at }),
        time().prop_map(|at| PullState::Merged { at }),
    ];
    let picture = (sha(), state, any::<[bool; 4]>(), 0..3_i32).prop_map(|(head, state, flags, n)| {
        let [title, asked, conflict, auto_merge] = flags;
        What::PullRequest(Box::new(PullRequestSeen {
            state,
            auto_merge,
            title: if title { "A" } else { "B" }.into(),
            reviewers: if asked { vec!["bo".into()] } else { Vec::new() },
            mergeable_state: conflict.then(|| "dirty".into()),
            commits: Some(n),
            created_at: at(i64::from(n)),
            ..pull(&head)
        }))
    });
    // A job has the run of its suite, which the addresses of checks tell.
    let suite = (-2..3_i64, proptest::option::of(1..3_i64));
    let check = (sha(), suite, 0..4_i64, select(WORDS), proptest::option::of(1..3_i32), time()).prop_map(
        |(head, (suite, run), id, word, attempt, time)| {
            let completed_at = Some(time);
            let url = run.map(|run| format!("https://github.com/acme/api/actions/runs/{run}/job/{id}"));
            let workflow = run.filter(|_| id == 0).map(|id| Workflow { id, event: "push".into() });
            let seen = check(&head, suite, "test", id, word);
            What::Check(CheckSeen { attempt, completed_at, url, workflow, ..seen })
        },
    );
    let reviews =
        (1..4_i64, any::<bool>(), 0..ReviewState::ALL.len(), time()).prop_map(|(id, bo, word, time)| {
            What::Review(ReviewSeen {
                number: 1,
                review_id: id,
                reviewer: if bo { "bo" } else { "cy" }.into(),
                state: ReviewState::ALL[word].clone(),
                commit_sha: None,
                submitted_at: time,
            })
        });
    let dismissals = (1..4_i64, time()).prop_map(|(review_id, submitted_at)| {
        What::ReviewDismissed(ReviewDismissed { number: 1, review_id, reviewer: "bo".into(), submitted_at })
    });
    let queue = proptest::option::of(1..12_i32)
        .prop_map(|position| What::MergeQueue(MergeQueueSeen { number: 1, position, updated_at: None }));
    let files = (sha(), 0..3_i32).prop_map(|(head_sha, n)| {
        What::Files(FilesSeen {
            number: 1,
            head_sha,
            base_branch: None,
            files: serde_json::json!([{ "filename": n }]).into(),
        })
    });
    let repository = (any::<bool>(), any::<bool>()).prop_map(|(private, archived)| {
        What::Repository(RepositorySeen { private, archived, ..RepositorySeen::default() })
    });
    let end = Just(What::RepositoryGone);
    prop_oneof![
        4 => picture, 4 => check, 3 => reviews, 1 => dismissals, 2 => queue, 1 => files, 1 => repository, 1 => end
    ]
}
