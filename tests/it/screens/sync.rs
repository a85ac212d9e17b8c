//! The sync with GitHub: in the header, on the first page, and the line for another repository.

use flowlens::domain::sync::{Candidate, Pause, SyncNews, SyncProblem, Synced};

use super::*;

/// What every request fails of, or a repository's.
fn failed(repository: Option<&str>, brief: &str, said: &str, mend: &str) -> SyncNews {
    SyncNews::Failed(SyncProblem {
        repository: repository.map(str::to_owned),
        said: said.to_owned(),
        brief: brief.to_owned(),
        mend: Some(mend.to_owned()),
        url: None,
    })
}

/// How the sync with GitHub is, in the header and on the first page.
#[test]
fn a_sync_with_github() {
    let name = "acme/api".to_owned();
    let reading = SyncNews::Reading { repository: name.clone(), phase: "read", done: 40, expected: 120 };
    let door = SyncNews::Failed(SyncProblem {
        repository: Some(name.clone()),
        said: "acme/api: acme needs single sign-on".to_owned(),
        brief: "acme: single sign-on needed".to_owned(),
        mend: None,
        url: Some("https://github.com/orgs/acme/sso?authorization_request=AAA".to_owned()),
    });
    let refused = failed(
        None,
        "GitHub refuses the token",
        "GitHub does not accept the token (401)",
        "make a new one at https://github.com/settings/tokens",
    );
    let tokenless = failed(
        None,
        "no GitHub token",
        "there is no token for github.com",
        "log in with `gh auth login --hostname github.com`, or run flowlens again with GH_TOKEN set, or with a token_file under [github] in the config file",
    );
    let missing = failed(Some("acme/apo"), "acme/apo is not found", "acme/apo is not found", "check it");
    let until = noon() + chrono::TimeDelta::minutes(12);
    let down = Pause::Outage {
        brief: "GitHub cannot be reached".to_owned(),
        told: "GitHub cannot be reached: api.github.com, no address is known for this name; check the network, and HTTPS_PROXY if you need one".to_owned(),
    };
    let fresh = SyncNews::Fresh { repository: name, at: noon() - chrono::TimeDelta::seconds(43) };
    let all = [
        ("fresh", fresh.clone()),
        ("reading", reading),
        ("limit", SyncNews::Paused { until, why: Pause::Limit }),
        ("outage", SyncNews::Paused { until, why: down }),
        ("single_sign_on", door),
        ("refused", refused),
        ("no_token", tokenless),
    ];
    // Where the database knows how old GitHub's word is.
    let stored = [
        ("old", vec![]),
        ("old limit", vec![all[2].1.clone()]),
        ("old outage", vec![all[3].1.clone()]),
        ("old no_token", vec![all[6].1.clone()]),
        ("not read", vec![fresh, missing]),
        ("another", vec![SyncNews::Elsewhere { repository: "acme/api".to_owned() }]),
    ];
    let first_line = |model: &Model| draw(model).lines().next().unwrap_or_default().to_owned();
    for (columns, lines) in SIZES {
        let headers = all.iter().map(|(name, news)| {
            let mut model = board::model(columns, lines);
            update(&mut model, Msg::Sync(news.clone()));
            format!("{name}: {}", first_line(&model))
        });
        let aged = stored.iter().map(|(name, news)| {
            let mut model = board::model(columns, lines);
            let at = Some(noon() - chrono::TimeDelta::hours(3));
            let synced =
                Synced { repository: board::repo(1), at, is_held: false, trouble: None, is_first: false };
            tell(&mut model, FeedEvent::Synced(vec![synced]));
            for news in news {
                update(&mut model, Msg::Sync(news.clone()));
            }
            format!("{name}: {}", first_line(&model))
        });
        snap(format!("sync_headers_{columns}x{lines}"), headers.chain(aged).collect::<Vec<_>>().join("\n"));
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
            if *name == "no_token" && columns == 80 {
                keys(&mut model, "A");
                snap("sync_add_no_token_80x24", draw(&model));
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
        let name = || "acme/api".to_owned();
        for news in [
            SyncNews::Found { name: name(), full_name: name() },
            SyncNews::Fresh { repository: name(), at: noon() },
        ] {
            update(&mut model, Msg::Sync(news));
        }
        snap(format!("sync_add_remember_{columns}x{lines}"), draw(&model));
    }
}
