//! What holds for any filter and any pull request.

use std::time::Duration;

use chrono::TimeDelta;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Context, Filter, Noted,
    parse::{IS, RISKS},
    term::{Bound, Moment, Person, Term, Test},
};
use crate::domain::{
    any::{CHECKS, LOGINS, STATES, board, now, pull_request},
    ids::{InsightId, PrKey, PrNumber, RepoId},
    insight::Insight,
    pipeline::{Stage, StageStatus, StoredStage},
    pull_request::{PullRequest, PullRow, RunRow},
    text::folded,
};

/// Any text that a term may hold.
fn text() -> impl Strategy<Value = String> {
    let odd = "[^\"]{1,8}".prop_map(|text| folded(&text));
    let odd = odd.prop_filter("folded", |text| folded(text) == *text && !text.is_empty());
    let known = select(
        [&LOGINS[..], &CHECKS, &["main", "bug", "a, b", "!x", "key:value", "ci", "someone", "ap"]].concat(),
    );
    prop_oneof![1 => odd, 4 => (known, any::<Index>(), any::<bool>()).prop_map(|(word, at, whole)| {
        let word = folded(word);
        let chars: Vec<char> = word.chars().collect();
        if whole { word } else { chars[at.index(chars.len())..].iter().collect() }
    })]
}

fn term() -> impl Strategy<Value = Term> {
    let texts = || vec(text(), 1..4);
    let person = || {
        let name = text().prop_filter("no sign of @me", |name| !name.starts_with('@'));
        let login = name.prop_flat_map(|name| {
            let pattern = select(vec![format!("{name}*"), format!("*{name}"), format!("*{name}*")]);
            let known = if name.contains('*') { Person::Like(name) } else { Person::Login(name) };
            prop_oneof![Just(known), pattern.prop_map(Person::Like)]
        });
        vec(prop_oneof![1 => Just(Person::Me), 4 => login], 1..4)
    };
    let status = select(&STATES[..]).prop_map(StageStatus::parse);
    let moment = select(vec![Moment::Opened, Moment::Due, Moment::Changed]);
    let since = (moment, any::<bool>(), 0..400_000_u64).prop_map(|(moment, over, seconds)| {
        Test::Since(moment, if over { Bound::Over } else { Bound::Under }, Duration::from_secs(seconds))
    });
    let test = prop_oneof![
        text().prop_map(Test::Word),
        vec(select(IS.map(|(_, is)| is).to_vec()), 1..4).prop_map(Test::Is),
        vec(select(&RISKS[..]).prop_map(str::to_owned), 1..3).prop_map(Test::Risk),
        vec((select(Stage::ALL.to_vec()), status), 1..4).prop_map(Test::Stage),
        texts().prop_map(Test::Check),
        person().prop_map(Test::Author),
        person().prop_map(Test::Reviewer),
        person().prop_map(Test::Owner),
        texts().prop_map(Test::Repo),
        texts().prop_map(Test::Base),
        texts().prop_map(Test::Label),
        since,
    ];
    (any::<bool>(), test).prop_map(|(negated, test)| Term { negated, test })
}

fn filter() -> impl Strategy<Value = Filter> {
    vec(term(), 0..5).prop_map(|terms| Filter { terms })
}

/// Whether a filter matches, to a reader whose login is `bo`.
fn matches(filter: &Filter, pr: &PullRequest) -> bool {
    let noted = Noted {
        new: [PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1))].into_iter().collect(),
        ..Noted::default()
    };
    let context = Context { board: &board(), me: Some("bo"), now: now(), noted: Some(&noted) };
    filter.matches(pr, context)
}

fn alone(term: &Term) -> Filter {
    Filter { terms: vec![term.clone()] }
}

proptest! {
    #[test]
    fn it_is_read_as_it_was_written(filter in filter()) {
        let text = filter.to_string();
        prop_assert_eq!(Filter::parse(&text), Ok(filter), "{}", text);
    }

    #[test]
    fn an_excluded_term_matches_what_it_does_not_match_otherwise(term in term(), pr in pull_request()) {
        let opposite = Term { negated: !term.negated, ..term.clone() };
        prop_assert_ne!(matches(&alone(&term), &pr), matches(&alone(&opposite), &pr), "{}", term);
    }

    #[test]
    fn all_terms_must_hold(filter in filter(), pr in pull_request()) {
        let each = filter.terms.iter().all(|term| matches(&alone(term), &pr));
        prop_assert_eq!(matches(&filter, &pr), each, "{}", filter);
    }

    #[test]
    fn a_comma_is_an_or(people in vec(select(vec!["ana", "bo", "@me", "élif", "bot"]), 1..4), pr in pull_request()) {
        for key in ["author", "reviewer", "owner"] {
            let any = people.iter().any(|one| matches(&Filter::parse(&format!("{key}:{one}")).unwrap(), &pr));
            let all = Filter::parse(&format!("{key}:{}", people.join(","))).unwrap();
            prop_assert_eq!(matches(&all, &pr), any, "{}", all);
        }
    }

    #[test]
    fn what_narrows_matches_no_more(wide in term(), narrow in filter(), pr in pull_request()) {
        let wide = alone(&wide);
        if narrow.narrows(&wide) && matches(&narrow, &pr) {
            prop_assert!(matches(&wide, &pr), "{} does not narrow {}", narrow, wide);
        }
        prop_assert!(wide.narrows(&wide));
    }
}

#[test]
fn each_word_of_is_and_each_person_finds_its_own() {
    let row = |state: &str| PullRow {
        state: Some(state.to_owned()),
        author: Some("ana".to_owned()),
        reviewers: Some(json!(["bo", "cy"])),
        created_at: Some(now() - TimeDelta::days(3)),
        base_branch: Some("Main".to_owned()),
        ..PullRow::default()
    };
    let assemble = |row: PullRow, words: [&str; 4]| {
        let since = Some(now() - TimeDelta::hours(30));
        let stages = words.map(|word| StoredStage { word: Some(word.to_owned()), since });
        let run = RunRow { stages, ..RunRow::default() };
        PullRequest::assemble(
            PrKey::new(RepoId::new(Uuid::nil()), PrNumber::new(1)),
            Some(row),
            Some(&run),
            None,
        )
    };
    let review = assemble(row("open"), ["passed", "passed", "pending", "pending"]);
    let ready = assemble(row("open"), ["passed", "passed", "approved", "pending"]);
    let held_back = PullRow { mergeable_state: Some("blocked".to_owned()), ..row("open") };
    let held_back = assemble(held_back, ["passed", "passed", "approved", "pending"]);
    let queued = PullRow { queue_position: Some(2), ..row("open") };
    let queued = assemble(queued, ["passed", "passed", "approved", "pending"]);
    let builds = assemble(row("open"), ["passed", "running", "pending", "pending"]);
    let mut failed = assemble(row("open"), ["passed", "failed", "pending", "pending"]);
    failed.failed_checks = Box::new(["Lint (linux)".into()]);
    failed.insight = Some(Insight {
        id: InsightId::new(Uuid::nil()),
        sha: None,
        risk: None,
        score: None,
        summary: None,
        recommendation: None,
        created_at: None,
        files_came: true,
    });
    let bot = PullRow { author: Some("renovate[bot]".to_owned()), reviewers: None, ..row("open") };
    let bot = assemble(bot, ["passed", "passed", "pending", "pending"]);
    let merged = PullRow { queue_position: Some(1), ..row("merged") };
    let merged = assemble(merged, ["passed", "passed", "approved", "merged"]);
    let all = [&review, &ready, &held_back, &queued, &builds, &failed, &bot, &merged];
    for (text, want) in [
        ("is:ready", "_r______"),
        ("is:queued", "___q____"),
        ("is:bot", "______b_"),
        ("is:snoozed", "________"),
        ("is:stale", "_____f__"),
        ("risk:none", "rrhqbfbm"),
        ("is:new !author:ana", "______b_"),
        ("is:ready,queued", "_r_q____"),
        ("is:waiting", "r_______"),
        ("owner:bo", "r_______"),
        ("owner:@me", "r_______"),
        ("owner:ana", "_rh__f__"),
        ("owner:an", "________"),
        ("owner:an*", "_rh__f__"),
        ("owner:*n*", "_rh__f__"),
        ("author:bo", "________"),
        ("author:renovate,Renovate[bot]", "______b_"),
        ("author:*[bot]", "______b_"),
        ("author:a*a,*x*", "rrhqbf_m"),
        ("author:aa*a", "________"),
        ("reviewer:*", "rrhqbf_m"),
        ("owner:ci", "____b___"),
        ("owner:merge_queue,someone", "___q__b_"),
        ("reviewer:@me", "rrhqbf_m"),
        ("reviewer:cy,dan", "rrhqbf_m"),
        ("reviewer:ana", "________"),
        ("base:main", "rrhqbfbm"),
        ("base:mai", "________"),
        ("check:lint=failed", "_____f__"),
        ("check:test,LINUX=failed", "_____f__"),
        ("!check:lint=failed is:failing", "________"),
        ("waiting:>1d", "rrhqbfb_"),
        ("waiting:>2d", "________"),
        ("waiting:<2d", "rrhqbfb_"),
        ("waiting:>30h", "________"),
        ("waiting:<30h", "________"),
        ("!waiting:<2d", "_______m"),
        ("age:>2d", "rrhqbfbm"),
        ("changed:<1d", "________"),
        ("changed:<31h changed:>1d", "rrhqbfbm"),
    ] {
        let filter = Filter::parse(text).unwrap();
        let found: String = all
            .iter()
            .zip("rrhqbfbm".chars())
            .map(|(pr, c)| if matches(&filter, pr) { c } else { '_' })
            .collect();
        assert_eq!(found, want, "{text}");
    }
}
