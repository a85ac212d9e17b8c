//! The sync with GitHub: in the header, on the first page, and the line for another repository.

use flowlens::domain::sync::{Candidate, Pause, SyncNews, SyncProblem};

use super::*;

/// How the sync with GitHub is, in the header and on the first page.
#[test]
fn a_sync_with_github() {
    let name = "acme/api".to_owned();
    let reading = SyncNews::Reading { repository: name.clone(), done: 40, expected: 120 };
    let door = SyncNews::Failed(SyncProblem {
        repository: Some(name.clone()),
        said: "acme/api: acme needs single sign-on".to_owned(),
        mend: None,
        url: Some("https://github.com/orgs/acme/sso?authorization_request=AAA".to_owned()),
    });
    let refused = SyncNews::Failed(SyncProblem {
        repository: None,
        said: "GitHub does not accept the token (401)".to_owned(),
        mend: Some("make a new one at https://github.com/settings/tokens".to_owned()),
        url: None,
    });
    let until = noon() + chrono::TimeDelta::minutes(12);
    let all = [
        ("fresh", SyncNews::Fresh { repository: name, at: noon() - chrono::TimeDelta::seconds(43) }),
        ("reading", reading),
        ("limit", SyncNews::Paused { until, why: Pause::Limit }),
        ("outage", SyncNews::Paused { until, why: Pause::Outage }),
        ("single_sign_on", door),
        ("refused", refused),
    ];
    for (columns, lines) in SIZES {
        let headers = all.iter().map(|(name, news)| {
            let mut model = board::model(columns, lines);
            update(&mut model, Msg::Sync(news.clone()));
            format!("{name}: {}", draw(&model).lines().next().unwrap_or_default())
        });
        snap(format!("sync_headers_{columns}x{lines}"), headers.collect::<Vec<_>>().join("\n"));
        for (name, news) in all.iter().skip(1) {
            let setup = Setup { target: "~/flowlens.db".to_owned(), ..board::setup(columns, lines) };
            let mut model = Model::new(Setup { synced: vec!["acme/api".to_owned()], ..setup });
            tell(&mut model, FeedEvent::Connected(board::embedded()));
            tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
            tell(&mut model, FeedEvent::Polled(poll_at(noon(), noon())));
            update(&mut model, Msg::Sync(news.clone()));
            if *name == "reading" || columns == 80 {
                snap(format!("sync_first_{name}_{columns}x{lines}"), draw(&model));
            }
        }
    }
}

/// The line for a repository or an organisation.
#[test]
fn a_repository_is_added() {
    let candidate = |name: &str, open| Candidate { full_name: name.to_owned(), open };
    let found: Vec<_> = (1..20).map(|n| candidate(&format!("acme/service-{n}"), 40 - n)).collect();
    for (columns, lines) in SIZES {
        let mut model = Model::new(board::setup(columns, lines));
        tell(&mut model, FeedEvent::Connected(board::embedded()));
        tell(&mut model, FeedEvent::Loaded { limited: false, replaced: false });
        keys(&mut model, "A");
        snap(format!("sync_add_{columns}x{lines}"), draw(&model));
        update(&mut model, Msg::Candidates(Ok(found.clone())));
        keys(&mut model, "<down><down>");
        snap(format!("sync_add_listed_{columns}x{lines}"), draw(&model));
        keys(&mut model, "acme/ser");
        snap(format!("sync_add_typed_{columns}x{lines}"), draw(&model));
        keys(&mut model, "vice !");
        snap(format!("sync_add_wrong_{columns}x{lines}"), draw(&model));
        keys(&mut model, "<ctrl-u>acme/api<enter>");
        snap(format!("sync_add_remember_{columns}x{lines}"), draw(&model));
    }
}
