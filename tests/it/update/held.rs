//! Choices that are made before GitHub has said what may be done: from the menu's keys, and by name from the palette.

use flowlens::{
    domain::{
        hub::{ActKind, Gate, HubAsk, HubNews, MergeState, Pick, Picks},
        pr_state::PrState,
    },
    tui::{
        effect::{Effect, ServiceCall},
        model::{Model, Own, Setup},
    },
};

use super::{after, look, notice, text};
use crate::support::board::{self, answer, gate, hear, key, keys, repo};

/// The menu on #421 with these keys, before GitHub has answered; and what is there once it has.
fn held(pressed: &str, gate: Gate) -> (Model, String) {
    let mut model = board::model(140, 40);
    keys(&mut model, "a");
    let effects = keys(&mut model, pressed);
    assert!(!effects.iter().any(is_act), "{pressed}: nobody has said yes");
    let effects = answer(&mut model, 421, gate);
    assert!(!effects.iter().any(is_act), "{pressed}: nobody has said yes");
    let shown = look(&model).remove("overlay").unwrap_or_default();
    (model, shown)
}

fn is_act(effect: &Effect) -> bool {
    matches!(effect, Effect::Service(ServiceCall::Hub(HubAsk::Act(_))))
}

#[test]
fn a_choice_waits_for_the_answer_and_no_key_answers_a_question_before_it_is_there() {
    for (pressed, want) in [
        ("f", "act ask Rerun failed jobs: acme/api#421?"),
        ("<down><enter>", "act ask Rerun failed jobs: acme/api#421?"),
        ("<down><down><enter>", "act ask Rerun all jobs: acme/api#421?"),
        ("fy", "act ask Rerun failed jobs: acme/api#421?"),
        ("f<enter>y<enter>", "act ask Rerun failed jobs: acme/api#421?"),
        ("m", "act ask Merge: acme/api#421?"),
        ("m<enter>yy", "act ask Merge: acme/api#421?"),
        ("a", "act ask Approve: acme/api#421?"),
        ("ay", "act ask Approve: acme/api#421?"),
        ("acyy<enter>y", "act ask Approve: acme/api#421?"),
        ("cfix the typo", "act words fix the typo"),
        ("cfix the typo<enter>yy", "act ask Comment: acme/api#421?"),
        ("lbug<enter>y", "act ask Labels: acme/api#421?"),
        ("l<down> ", "act pick bug +bug"),
        ("C", "act ask Close: acme/api#421?"),
    ] {
        let (mut model, shown) = held(pressed, gate());
        assert_eq!(shown, want, "{pressed}");
        if shown.starts_with("act ask") {
            assert!(after(&mut model, "<enter>").starts_with("overlay "), "{pressed}: Enter says no");
            assert!(model.overlay.is_none(), "{pressed}");
        }
    }
    // Escape takes it back with the menu.
    let mut model = board::model(140, 40);
    keys(&mut model, "am<esc>");
    assert!(model.overlay.is_none());
    answer(&mut model, 421, gate());
    assert!(model.overlay.is_none(), "nothing opens by itself");
}

#[test]
fn what_may_not_be_done_or_means_another_thing_by_now_is_not_chosen() {
    let blocked = Gate { merge_state: MergeState::Dirty, ..gate() };
    for (pressed, gate, says) in [
        ("m", blocked, "Merge: it conflicts with its base"),
        ("e", gate(), "Put into the merge queue: the branch has no merge queue, or the token sees none"),
        // The line offered to make a draft; of one that is, the same key would make it ready.
        ("d", Gate { state: PrState::Draft, ..gate() }, "Turn into a draft: it is a draft"),
    ] {
        let (mut model, shown) = held(pressed, gate);
        assert_eq!(shown, format!("act menu {pressed}"));
        assert!(text(&model).contains(says), "{pressed}: {}", text(&model));
        keys(&mut model, "<down>");
        assert!(!text(&model).contains(says), "the next key has its own say");
    }
    for news in [
        HubNews::Gate(key(1, 421), Err("GitHub does not answer".to_owned())),
        HubNews::Off("there is no token".to_owned()),
    ] {
        let mut model = board::model(140, 40);
        keys(&mut model, "am");
        hear(&mut model, news);
        assert_eq!(look(&model)["overlay"], "act menu m");
    }
}

/// No line stands out before the likely one is known: Enter means none, and says so.
#[test]
fn enter_means_the_line_that_is_seen_and_no_other() {
    let (model, shown) = held("<enter><enter>", Gate { runs: vec![], ..gate() });
    assert_eq!(shown, "act menu m", "the cursor is on the likely line, and nothing was chosen");
    assert!(!text(&model).contains("No line is chosen"), "{}", text(&model));
    let mut model = board::model(140, 40);
    keys(&mut model, "a");
    let before = text(&model);
    assert!(!before.contains("▌ f") && !before.contains("No line is chosen"), "{before}");
    assert_eq!(after(&mut model, "<enter>"), "");
    assert!(text(&model).contains("No line is chosen yet: GitHub has not answered"), "{}", text(&model));
    // Nothing may be chosen: the first line says why not.
    hear(&mut model, HubNews::Off("there is no token".to_owned()));
    assert_eq!(look(&model)["overlay"], "act menu f");
    assert_eq!(after(&mut model, "<enter>"), "");
}

/// Of several, all have to be answered: else some would be left out.
#[test]
fn a_choice_waits_for_the_last_answer() {
    let mut model = board::model(140, 40);
    keys(&mut model, "<space><space>aC");
    answer(&mut model, 421, gate());
    assert_eq!(look(&model)["overlay"], "act menu C held");
    let head = model.board.pull(key(1, 419)).and_then(|pr| pr.head.clone()).expect("a head");
    answer(&mut model, 419, Gate { head, ..gate() });
    assert_eq!(look(&model)["overlay"], "act ask Close: 2 actions?");
}

#[test]
fn every_action_is_chosen_by_its_name() {
    for kind in ActKind::ALL {
        let mut model = board::model(140, 40);
        let effects = keys(&mut model, &format!(":{}<enter>", kind.name()));
        assert!(matches!(effects[..], [Effect::Service(ServiceCall::Hub(HubAsk::Gate(_)))]), "{kind:?}");
        assert!(look(&model)["overlay"].ends_with("held"), "{kind:?}: {}", look(&model)["overlay"]);
        answer(&mut model, 421, gate());
        let (shown, verdict) = (look(&model)["overlay"].clone(), gate().verdict(kind));
        assert_eq!(shown.starts_with("act menu"), !verdict.is_allowed(), "{kind:?}: {shown}");
        assert!(verdict.is_allowed() || text(&model).contains(&format!("{}: ", kind.name())), "{kind:?}");
    }
    for (typed, want) in [
        ("rerun", "act ask Rerun failed jobs: acme/api#421?"),
        ("approve", "act ask Approve: acme/api#421?"),
        ("merge", "act ask Merge: acme/api#421?"),
        ("labels", "act pick wip"),
    ] {
        let mut model = board::model(140, 40);
        keys(&mut model, &format!(":{typed}<enter>"));
        answer(&mut model, 421, gate());
        assert_eq!(look(&model)["overlay"], want, "{typed}");
    }
    // All marked ones are meant, as from the menu.
    let mut model = board::model(140, 40);
    assert_eq!(keys(&mut model, "<space><space>:close<enter>").len(), 4, "two details, two questions");
    // Git asks nobody.
    let mut model = board::model(140, 40);
    keys(&mut model, ":check out<enter>");
    assert_eq!(look(&model)["overlay"], "act ask Check out here: acme/api#421?");
    let own = Own { no_actions: Some("--readonly: nothing is written".to_owned()), ..Own::default() };
    let mut model = board::with(Setup { own, ..board::setup(140, 40) });
    keys(&mut model, ":check out<enter>");
    assert_eq!(look(&model)["overlay"], "act menu o");
}

/// A repository with more people than are told at first: GitHub looks for what is typed.
#[test]
fn what_is_typed_is_looked_for_on_github_where_there_is_more() {
    let pick = |name: String| Pick { id: format!("id-{name}"), name };
    let many: Vec<Pick> = (0..100).map(|n| pick(format!("dev{n:03}"))).collect();
    let mut model = board::model(140, 40);
    keys(&mut model, "a");
    answer(&mut model, 421, Gate { people: many, has_more_picks: true, ..gate() });
    let effects = keys(&mut model, "vzo");
    let asked = |effect: &Effect| match effect {
        Effect::Service(ServiceCall::Hub(HubAsk::Picks(of, text))) => (of.len(), text.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(effects.iter().map(asked).collect::<Vec<_>>(), [(1, "z".to_owned()), (1, "zo".to_owned())]);
    assert!(text(&model).contains("GitHub is being asked"), "{}", text(&model));
    let found = |names: &[&str]| {
        let people = names.iter().map(|name| pick((*name).to_owned())).collect();
        HubNews::Picks(repo(1), Ok(Picks { people, ..Picks::default() }))
    };
    hear(&mut model, found(&["zoe", "dev007"]));
    assert_eq!(look(&model)["overlay"], "act pick zoe");
    keys(&mut model, "<space><ctrl-u>dev007<space><enter>");
    assert_eq!(look(&model)["overlay"], "act ask Ask for a review: acme/api#421?");
    assert!(text(&model).contains("Ask for a review: dev007, zoe"), "{}", text(&model));
    // Where all is told, nobody is asked.
    for pressed in ["vbo", "lbug"] {
        let mut model = board::model(140, 40);
        keys(&mut model, "a");
        answer(&mut model, 421, gate());
        assert_eq!(keys(&mut model, pressed), [], "{pressed}");
    }
    let mut model = board::model(140, 40);
    keys(&mut model, "a");
    answer(&mut model, 421, gate());
    keys(&mut model, "vzz");
    hear(&mut model, HubNews::Picks(repo(1), Err("GitHub does not answer".to_owned())));
    assert_eq!(notice(&model), "GitHub does not answer");
    assert!(text(&model).contains("Nothing matches."));
}
