//! The sync with GitHub: its news on the screen, and the wishes to it.

use flowlens::domain::board::{FeedEvent, Poll};
use flowlens::domain::ingest::Ingest;
use flowlens::domain::sync::{Candidate, Pause, ReaderTrouble, SyncNews, SyncProblem, Synced, Trouble};
use flowlens::tui::action::Action;
use flowlens::tui::model::Model;
use flowlens::tui::msg::Msg;
use flowlens::tui::overlay::Overlay;

use super::{after, effect, notice};
use crate::support::board::{self, noon, pass, poll_at, tell};

/// What a message starts.
fn send(model: &mut Model, msg: Msg) -> String {
    super::send(model, msg).iter().map(effect).collect::<Vec<_>>().join(", ")
}

fn fresh(model: &mut Model, repository: &str) {
    let news = SyncNews::Fresh { repository: repository.to_owned(), at: model.now };
    send(model, Msg::Sync(news));
}

fn failed(repository: Option<&str>, said: &str, url: Option<&str>) -> Msg {
    Msg::Sync(SyncNews::Failed(SyncProblem {
        repository: repository.map(str::to_owned),
        said: said.to_owned(),
        brief: said.to_owned(),
        mend: Some("mend it".to_owned()),
        url: url.map(str::to_owned),
    }))
}

/// The embedded database, read and empty.
fn empty() -> Model {
    let mut model = Model::new(board::setup(140, 40));
    tell(&mut model, FeedEvent::Connected(board::embedded()));
    tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
    tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
    model
}

#[test]
fn a_poll_by_key_looks_at_the_selected_pull_request_where_that_can_be() {
    let mut model = board::model(140, 40);
    assert_eq!(after(&mut model, "r"), "!refresh", "nothing is synced");
    fresh(&mut model, "acme/web");
    assert_eq!(after(&mut model, "r"), "!refresh", "another repository is");
    fresh(&mut model, "Acme/API");
    assert_eq!(after(&mut model, "r"), "!refresh, !look acme/api#421");
    assert_eq!(notice(&model), "Polling, and asking GitHub for acme/api#421 …");
    let looked = |found| SyncNews::Looked { repository: "acme/api".to_owned(), number: 421, found };
    send(&mut model, Msg::Sync(looked(true)));
    assert_eq!(notice(&model), "acme/api#421 is as on GitHub now");
    send(&mut model, Msg::Sync(looked(false)));
    assert_eq!(notice(&model), "GitHub shows no acme/api#421 to this token");

    let until = model.now + chrono::TimeDelta::minutes(12);
    send(&mut model, Msg::Sync(SyncNews::Paused { until, why: Pause::Limit }));
    assert_eq!(after(&mut model, "r"), "!refresh");
    assert_eq!(notice(&model), "Polling …; GitHub's limit lets nobody ask for 12 min");
    send(&mut model, Msg::Sync(SyncNews::Resumed));
    send(&mut model, Msg::Sync(SyncNews::Elsewhere { repository: "acme/api".to_owned() }));
    assert_eq!(after(&mut model, "r"), "!refresh");
    assert_eq!(notice(&model), "Polling …; another sync reads acme/api from GitHub");
    send(&mut model, failed(None, "GitHub does not accept the token (401)", None));
    assert_eq!(after(&mut model, "r"), "!refresh, !again");
}

/// An error stays, but not beyond what it tells of.
#[test]
fn a_problem_that_is_over_is_said_no_more() {
    let mut model = board::model(140, 40);
    send(&mut model, failed(Some("acme/api"), "GitHub does not answer", None));
    fresh(&mut model, "acme/web");
    assert!(notice(&model).starts_with("GitHub does not answer"), "another one: {}", notice(&model));
    fresh(&mut model, "acme/api");
    assert_eq!(model.notice, None);
}

#[test]
fn a_page_that_lets_the_token_in_is_opened_once() {
    let mut model = board::model(140, 40);
    let url = "https://github.com/orgs/acme/sso?authorization_request=AAA";
    let problem = failed(Some("acme/api"), "acme needs single sign-on", Some(url));
    send(&mut model, problem.clone());
    assert_eq!(notice(&model), "acme needs single sign-on");
    assert_eq!(after(&mut model, "O"), format!("!open {url}"));
    send(&mut model, problem);
    assert!(notice(&model).starts_with("Opening "), "told before: {}", notice(&model));
    assert_eq!(after(&mut model, "O"), "!open https://ci.example/run/1", "the failing check again");

    let mut model = board::model(140, 40);
    send(&mut model, failed(Some("acme/api"), "acme needs single sign-on", Some("https://evil.test/sso")));
    assert!(!after(&mut model, "O").contains("!open"), "another host's page is shown, not opened");
}

#[test]
fn a_repository_is_typed_or_chosen_and_remembered_after_a_question() {
    let mut model = empty();
    assert_eq!(after(&mut model, "a"), "overlay add , !candidates");
    let candidate = |name: &str, open| Candidate { full_name: name.to_owned(), open };
    let candidates = vec![candidate("acme/web", 7), candidate("acme/api", 3)];
    send(&mut model, Msg::Candidates(Ok(candidates.clone())));
    assert!(after(&mut model, "zz top<enter>").starts_with("overlay add zz top"), "that is no name");
    assert!(after(&mut model, "<ctrl-u><down><enter>").ends_with("!also acme/api"));
    // Not before it is read, and then as it is called there.
    let found = |name: &str, full_name: &str| {
        Msg::Sync(SyncNews::Found { name: name.to_owned(), full_name: full_name.to_owned() })
    };
    send(&mut model, found("acme/api", "Acme/api"));
    fresh(&mut model, "acme/web");
    assert!(model.overlay.is_none(), "another one");
    // Nor while somebody is at something else.
    after(&mut model, "?");
    fresh(&mut model, "acme/api");
    after(&mut model, "<esc>");
    assert!(model.overlay.is_none());
    fresh(&mut model, "acme/api");
    assert!(matches!(model.overlay, Some(Overlay::Confirm(_))), "{:?}", model.overlay);
    // Whoever presses Enter just then opens a pull request.
    assert_eq!(after(&mut model, "<enter>"), "");
    assert_eq!(model.sync.configured, Vec::<String>::new());
    assert_eq!(after(&mut model, "y"), "overlay , !remember Acme/api");
    fresh(&mut model, "acme/api");
    assert!(model.overlay.is_none(), "once");
    assert_eq!(
        (&model.sync.asked, &model.sync.configured),
        (&vec!["acme/api".to_owned()], &vec!["Acme/api".to_owned()])
    );
    // What is remembered is not asked about again.
    assert_eq!(after(&mut model, "AACME/api<enter>"), "!candidates, !also ACME/api");
    fresh(&mut model, "acme/api");
    assert!(model.overlay.is_none());
    keys_through(&mut model, &candidates);
}

#[test]
fn what_is_read_is_not_said_to_be_read_any_longer() {
    let read = || Msg::Sync(SyncNews::Read { repository: "acme/api".to_owned() });
    let mut model = empty();
    after(&mut model, "AACME/api<enter>");
    assert_eq!(notice(&model), "Reading ACME/api from GitHub …");
    send(&mut model, read());
    assert_eq!(notice(&model), "acme/api is read from GitHub");
    after(&mut model, "Azeta<enter>");
    send(&mut model, read());
    assert_eq!(notice(&model), "Reading zeta from GitHub …", "another one's");
    after(&mut model, "Aacme<enter>");
    send(&mut model, read());
    assert_eq!(model.notice, None);
}

#[test]
fn a_name_that_is_not_found_is_written_nowhere_and_may_be_typed_again() {
    let missing = || failed(Some("acme/apo"), "acme/apo is not found: private, or misspelt", None);
    let dropped = || Msg::Sync(SyncNews::Dropped { name: "acme/apo".to_owned() });
    let mut model = empty();
    after(&mut model, "Aacme/apo<enter>");
    send(&mut model, missing());
    assert_eq!(send(&mut model, dropped()), "!candidates");
    assert!(after(&mut model, "<backspace>i<enter>").ends_with("!also acme/api"));
    assert_eq!(model.sync.asked, ["acme/api"]);
    // Nothing opens over what somebody is at.
    after(&mut model, "Aacme/apo<enter>?");
    send(&mut model, missing());
    assert_eq!(send(&mut model, dropped()), "");
    assert!(notice(&model).ends_with("; mend it"), "{}", notice(&model));
    assert!(model.sync.problem().is_none());
    assert!(model.sync.configured.is_empty());
}

#[test]
fn what_was_asked_for_by_mistake_is_taken_back() {
    let mut model = empty();
    after(&mut model, "Aacmee<enter>");
    after(&mut model, "Azeta<enter>");
    send(&mut model, failed(Some("acmee"), "acmee is not found", None));
    // The cursor stands on a name that was asked for here.
    assert_eq!(after(&mut model, "A<enter>"), "!candidates, !without acmee");
    assert_eq!(notice(&model), "acmee is not read from GitHub any more");
    assert_eq!((&model.sync.asked, model.sync.problem()), (&vec!["zeta".to_owned()], None));
    // Typed in full, it is the same; and what the config file names stays.
    model.sync.configured.push("acme".to_owned());
    assert_eq!(after(&mut model, "Azeta<enter>"), "!candidates, !without zeta");
    assert_eq!(model.sync.targets(), ["acme"]);
    assert!(after(&mut model, "Aacme<enter>").ends_with("!also acme"));
}

#[test]
fn the_tokens_login_is_mine_unless_another_is_given() {
    let mut model = Model::new(board::setup(140, 40));
    model.me = None;
    let login = |name: &str| Msg::Sync(SyncNews::Login(name.to_owned()));
    send(&mut model, login("ana"));
    send(&mut model, login("bo"));
    assert_eq!(model.me.as_deref(), Some("ana"));
}

/// An organisation, not remembered; and a closed line.
fn keys_through(model: &mut Model, found: &[Candidate]) {
    after(model, "A");
    send(model, Msg::Candidates(Ok(found.to_vec())));
    assert!(after(model, "acme<enter>").ends_with("!also acme"));
    assert_eq!(after(model, "Aacme/new<esc>"), "!candidates");
    assert_eq!(model.sync.configured, ["Acme/api"]);
}

#[test]
fn a_shared_database_is_synced_only_where_that_is_configured() {
    let mut model = board::model(140, 40);
    assert_eq!(after(&mut model, "A"), "");
    assert!(notice(&model).ends_with("[github] repos"), "{}", notice(&model));
}

/// What the database tells of `acme/api`: read so many seconds ago, by whom.
fn stored(model: &mut Model, seconds: i64, is_held: bool) {
    let at = Some(model.server_now() - chrono::TimeDelta::seconds(seconds));
    let synced = Synced { repository: board::repo(1), at, is_held, trouble: None, is_first: false };
    tell(model, FeedEvent::Synced(vec![synced]));
}

fn line(model: &Model) -> String {
    model.sync_line().map(|line| line.parts.join(" · ")).unwrap_or_default()
}

#[test]
fn the_age_of_what_another_sync_read_is_told_unless_webhooks_told_more() {
    let mut model = board::model(140, 40);
    assert_eq!(line(&model), "");
    stored(&mut model, 3 * 3_600, false);
    assert_eq!(line(&model), "GitHub 3h ago");
    stored(&mut model, 42, true);
    assert_eq!(line(&model), "GitHub 40 s ago · another sync reads");
    // What this dashboard's own sync knows is newer.
    fresh(&mut model, "acme/api");
    assert_eq!(line(&model), "GitHub just now · another sync reads");
    // A delivery that came since tells more than a sync of yesterday.
    let mut model = board::model(140, 40);
    stored(&mut model, 86_400, false);
    tell(&mut model, FeedEvent::Ingest(Ingest { newest: Some(noon()), ..Ingest::default() }));
    assert_eq!(line(&model), "");
    stored(&mut model, -9, false);
    assert_eq!(line(&model), "GitHub just now");
}

/// What a reader beside this dashboard could not do is told as if it were this one's.
#[test]
fn the_trouble_of_whoever_reads_is_told_here_too() {
    let told = |model: &mut Model, is_held, why: &Trouble| {
        let now = model.server_now();
        let trouble = Some(ReaderTrouble { why: why.clone(), until: now + chrono::TimeDelta::seconds(40) });
        let at = Some(now - chrono::TimeDelta::minutes(8));
        let synced = Synced { repository: board::repo(1), at, is_held, trouble, is_first: false };
        tell(model, FeedEvent::Synced(vec![synced]));
        line(model)
    };
    let down = Trouble::Outage("GitHub is down (503)".to_owned());
    let failed = Trouble::Failed {
        brief: "GitHub refuses the token".to_owned(),
        told: "GitHub does not accept the token (401); make a new one".to_owned(),
    };
    let mut model = board::model(140, 40);
    let line_of_down = "GitHub is down (503) · 8m old · again in 40 s · another sync reads";
    assert_eq!(told(&mut model, true, &down), line_of_down);
    assert_eq!(told(&mut model, true, &Trouble::Limit), "GitHub limit: 1 min · 8m old · another sync reads");
    // Whoever is gone waits for nothing; that it could not go on stays true.
    assert_eq!(told(&mut model, false, &down), "GitHub 8m ago");
    assert_eq!(told(&mut model, false, &failed), "GitHub refuses the token · 8m old");
    assert_eq!(model.sync_line().and_then(|line| line.offer), Some((Action::Sync, "tells more")));
    after(&mut model, "A");
    assert_eq!(notice(&model), "GitHub does not accept the token (401); make a new one");
    // It counts down by itself.
    told(&mut model, true, &down);
    pass(&mut model, 10);
    assert_eq!(line(&model), line_of_down.replace("40 s", "30 s"));
    // What this dashboard reads itself, it knows better.
    fresh(&mut model, "acme/api");
    model.sync.configured.push("acme/api".to_owned());
    assert_eq!(told(&mut model, true, &down), "GitHub just now");
    send(&mut model, Msg::Sync(SyncNews::Elsewhere { repository: "acme/api".to_owned() }));
    assert!(line(&model).starts_with("GitHub is down (503)"), "{}", line(&model));
}

#[test]
fn a_renamed_repository_has_one_age_and_is_taken_back_as_it_was_typed() {
    let found = |model: &mut Model, full_name: &str| {
        let (name, full_name) = ("acme/api".to_owned(), full_name.to_owned());
        send(model, Msg::Sync(SyncNews::Found { name, full_name: full_name.clone() }));
        fresh(model, &full_name);
    };
    let mut model = empty();
    after(&mut model, "Aacme/api<enter>");
    found(&mut model, "acme/api");
    after(&mut model, "n");
    pass(&mut model, 60 * 5);
    assert_eq!(line(&model), "GitHub 5m ago");
    found(&mut model, "umbrella/core");
    assert_eq!(line(&model), "GitHub just now", "not the age by its former name");
    assert_eq!(after(&mut model, "A<enter>"), "!candidates, !without acme/api");
    assert_eq!(model.sync_line(), None);
}

/// The machine's clock may be wrong: ages are the server's.
#[test]
fn the_age_is_by_the_servers_clock() {
    let mut model = board::model(140, 40);
    let ahead = poll_at(noon() + chrono::TimeDelta::hours(2), model.now);
    tell(&mut model, FeedEvent::Polled(ahead));
    stored(&mut model, 60 * 5, false);
    assert_eq!(line(&model), "GitHub 5m ago");
}

#[test]
fn a_poll_by_key_speaks_of_both_the_database_and_github() {
    let asked = |model: &mut Model| {
        let poll = poll_at(model.server_now(), model.now);
        tell(model, FeedEvent::Polled(Poll { asked: true, ..poll }));
        let said = notice(model);
        said.split_once(", ").map_or(said, |(_, rest)| rest).to_owned()
    };
    let mut model = board::model(140, 40);
    assert_eq!(asked(&mut model), "nothing new");
    stored(&mut model, 180, false);
    assert_eq!(asked(&mut model), "nothing new in the database; GitHub last read 3m ago");
    model.size.0 = 60;
    assert_eq!(asked(&mut model), "Database: nothing new; GitHub read 3m ago");
    model.size.0 = 140;
    let until = model.now + chrono::TimeDelta::seconds(40);
    let paused = |why| Msg::Sync(SyncNews::Paused { until, why });
    send(&mut model, paused(Pause::Outage { brief: "GitHub is down (502)".to_owned(), told: String::new() }));
    assert_eq!(asked(&mut model), "nothing new; but GitHub is down (502), last read 3m ago");
    send(&mut model, paused(Pause::Limit));
    assert_eq!(
        asked(&mut model),
        "nothing new; but GitHub's limit lets nobody ask for 1 min, last read 3m ago"
    );
    send(&mut model, Msg::Sync(SyncNews::Resumed));
    // It has asked GitHub, too, and says so when the answer comes.
    fresh(&mut model, "acme/api");
    assert_eq!(asked(&mut model), "nothing new");
    send(&mut model, failed(None, "no GitHub token", None));
    assert_eq!(asked(&mut model), "nothing new; but no GitHub token, last read just now");
}

#[test]
fn what_helps_is_behind_the_key_that_the_header_offers() {
    let mut model = empty();
    send(&mut model, failed(None, "there is no token for github.com", None));
    assert_eq!(model.sync_line().and_then(|line| line.offer), Some((Action::Sync, "tells more")));
    let shown = after(&mut model, "A");
    assert!(shown.starts_with("overlay add"), "{shown}");
    let mut model = board::model(140, 40);
    send(&mut model, failed(None, "there is no token for github.com", None));
    pass(&mut model, 60);
    assert_eq!(after(&mut model, "A"), "", "a shared database");
    assert_eq!(notice(&model), "there is no token for github.com; mend it");
}

#[test]
fn time_alone_changes_the_header_in_whole_units() {
    let mut model = empty();
    let before = model.deadline();
    fresh(&mut model, "acme/api");
    assert_eq!(model.deadline(), model.now + chrono::TimeDelta::seconds(10));
    assert!(before > model.deadline());
    pass(&mut model, 43);
    assert_eq!(model.deadline(), model.now + chrono::TimeDelta::seconds(7));
}
