//! The command line: what is named, what is printed, what it costs.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use super::{Trial, built, many, world};
use crate::{github::fake::world::World, support::program};

fn three() -> World {
    let mut world = world();
    for (name, count) in [("acme/api", 2), ("acme/web", 0), ("zeta/tool", 1)] {
        let at = world.add_repository(name);
        for n in 0..count {
            world.add_pull(at, &format!("Change {n}"));
        }
    }
    world
}

fn repositories(trial: &Trial) -> Vec<String> {
    let names: std::collections::BTreeSet<String> =
        trial.board().into_keys().map(|key| key.split('#').next().unwrap_or_default().to_owned()).collect();
    names.into_iter().collect()
}

#[test]
fn an_organisation_ones_own_and_names_are_synced_each_once() {
    let trial = Trial::new(three());
    trial.sync(&["--org", "acme", "ACME/api"]);
    assert_eq!(repositories(&trial), ["acme/api"]);
    let lists = trial.asked().iter().filter(|asked| asked.what == "First").count();
    assert_eq!(lists, 4, "two repositories, two lists each");
    trial.sync(&["--mine"]);
    assert_eq!(repositories(&trial), ["acme/api", "zeta/tool"]);
}

fn git(folder: &Path, args: &[&str]) {
    let status = Command::new("git").args(args).current_dir(folder).env("HOME", folder).status();
    assert!(status.expect("git").success());
}

#[test]
fn without_a_name_the_checkout_counts_and_then_the_configuration() {
    let trial = Trial::new(three());
    let answer = trial.run(&["sync"]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("try flowlens sync OWNER/REPO, or flowlens sync --mine"), "{answer}");
    let config = trial.home.path().join(".config/flowlens");
    fs::create_dir_all(&config).expect("a folder");
    fs::write(config.join("config.toml"), "[github]\nrepos = [\"zeta/tool\"]\n").expect("a file");
    trial.sync(&[]);
    assert_eq!(repositories(&trial), ["zeta/tool"]);
    git(trial.home.path(), &["init", "-q"]);
    let remote = format!("{}/acme/api.git", trial.fake.url());
    git(trial.home.path(), &["remote", "add", "origin", &remote]);
    trial.sync(&[]);
    assert_eq!(repositories(&trial), ["acme/api", "zeta/tool"]);
}

#[test]
fn a_checkout_is_known_by_its_only_remote_and_by_a_name_that_only_ssh_knows() {
    let trial = Trial::new(three());
    let home = trial.home.path();
    git(home, &["init", "-q"]);
    git(home, &["remote", "add", "github", &format!("{}/acme/api", trial.fake.url())]);
    trial.sync(&[]);
    assert_eq!(repositories(&trial), ["acme/api"]);
    // Of two, none is meant more than the other.
    git(home, &["remote", "add", "fork", &format!("{}/ana/api", trial.fake.url())]);
    assert_eq!(trial.run(&["sync"]).status.code(), Some(2));

    // ssh itself finds its configuration by the user, not by HOME; its place is taken here.
    let ssh = home.join("bin/ssh");
    fs::create_dir_all(home.join("bin")).expect("a folder");
    let says = "[ \"$*\" = '-G -- work' ] && printf 'host work\\nuser git\\nhostname 127.0.0.1\\n'\n";
    program::write(&ssh, says);
    git(home, &["remote", "add", "origin", "git@work:zeta/tool.git"]);
    let path = format!("{}:{}", home.join("bin").display(), std::env::var("PATH").expect("a path"));
    let answer = trial.run_with(&["sync"], &[("PATH", &path)]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert_eq!(repositories(&trial), ["acme/api", "zeta/tool"]);
}

#[test]
fn a_name_alone_is_an_organisation_with_all_of_its_repositories() {
    let trial = Trial::new(three());
    trial.set(|world| {
        let at = world.add_repository("acme/docs");
        world.add_pull(at, "A change");
    });
    trial.sync(&["acme"]);
    assert_eq!(repositories(&trial), ["acme/api", "acme/docs"]);
    assert!(trial.sync(&["--org", "acme"]).contains("acme/docs: 1 open; nothing new"));
}

#[test]
fn one_rule_reads_what_is_named_wherever_it_is_named() {
    let trial = Trial::new(three());
    let url = trial.fake.url();
    let host = url.trim_start_matches("http://");
    let config = trial.home.path().join(".config/flowlens/config.toml");
    fs::create_dir_all(config.parent().expect("a folder")).expect("a folder");
    let kept = |text: &str| fs::write(&config, format!("[github]\nrepos = [{text:?}]\n")).expect("a file");
    for (text, name) in [
        (format!("{url}/acme/api/pull/1"), "acme/api"),
        (format!("git@{}:acme/api.git", host.split(':').next().unwrap_or_default()), "acme/api"),
        ("acme/api#1".to_owned(), "acme/api"),
        (format!("{url}/acme"), "acme"),
        ("acme".to_owned(), "acme"),
    ] {
        let shown = format!("= [\"{name}\"]");
        let answer = trial.run_with(&["config", "show"], &[("FLOWLENS_GITHUB_REPOS", &text)]);
        assert!(answer.stdout.contains(&shown), "{text}: {answer}");
        kept(&text);
        let answer = trial.run(&["config", "show"]);
        assert!(answer.stdout.contains(&shown), "{text}: {answer}");
        assert!(trial.sync(&[]).contains("acme/api: 2 open; "), "{text}");
    }
    let elsewhere =
        format!("gitlab.com is not the GitHub that is read, {host}; GH_HOST, or url under [github]");
    let elsewhere = format!(": \"…@gitlab.com/acme/api\": {elsewhere}");
    for (text, said) in [
        ("https://ana:hunter2@gitlab.com/acme/api", elsewhere.as_str()),
        ("acme/api/pulls", ": \"acme/api/pulls\": the repository is acme/api: leave out what follows it"),
        ("acme/", ": \"acme/\": expected acme for all of its repositories, or acme/REPO for one"),
        ("acme:hunter2@", ": \"…@\": expected OWNER/REPO, an organisation, or an address such as http"),
    ] {
        kept(text);
        let flag = trial.run_with(&["--sync", text], &[("FLOWLENS_CONFIG", "/dev/null")]);
        for (answer, place) in [
            (trial.run(&["config", "check"]), "config.toml:2: [github] repos"),
            (trial.run_with(&["status"], &[("FLOWLENS_GITHUB_REPOS", text)]), "FLOWLENS_GITHUB_REPOS"),
            (flag, "--sync"),
        ] {
            assert_eq!(answer.status.code(), Some(2), "{answer}");
            assert!(answer.to_string().contains(&format!("{place}{said}")), "{place}{said}: {answer}");
            assert!(!answer.to_string().contains("hunter2"), "{answer}");
        }
    }
    kept("acme/api");
    // A repository on the board is named as well by its page.
    for command in ["status", "inbox list"] {
        let args: Vec<&str> = command.split(' ').chain(["-R", "https://github.com/acme"]).collect();
        let answer = trial.run(&args);
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        let said = "acme is an organisation or a user; name one repository, as acme/REPO";
        assert!(answer.stderr.contains(said), "{answer}");
    }
    let answer = trial.run(&["status", "-R", "https://github.com/Acme/api/pull/2"]);
    assert!(answer.stdout.contains("Change 1"), "{answer}");
}

#[test]
fn a_repository_is_named_by_any_address_of_its_own() {
    let trial = Trial::new(three());
    let url = trial.fake.url();
    let host = url.trim_start_matches("http://");
    for address in [
        format!("{url}/acme/api"),
        format!("{url}/acme/api/pull/12"),
        format!("{url}/acme/api.git"),
        format!("{host}/acme/api/pull/12/files"),
        "git@127.0.0.1:acme/api.git".to_owned(),
        "ssh://git@127.0.0.1/acme/api".to_owned(),
        "acme/api/".to_owned(),
        "acme/api#2".to_owned(),
    ] {
        let said = trial.sync(&[&address]);
        assert!(said.starts_with("acme/api: 2 open; "), "{address}: {said}");
    }
    trial.asked();
    let elsewhere = format!("gitlab.com is not the GitHub that is read, {host}; GH_HOST, or url under");
    for (args, said) in [
        (&["https://ana:hunter2@gitlab.com/acme/api"][..], elsewhere.as_str()),
        (&["git@gitlab.com:acme/api"], &elsewhere),
        (&["acme/api/pulls"], "\"acme/api/pulls\": the repository is acme/api: leave out what follows it"),
        (&["acme/"], "\"acme/\": expected acme for all of its repositories, or acme/REPO for one"),
        (&["--org", "acme/api"], "acme/api is a repository, not an organisation: leave out --org"),
        (&["--org", "acme\u{1b}[1m"], "--org \"acme[1m\": expected OWNER/REPO, an organisation, or an"),
        (&["acme api"], "\"acme api\": expected OWNER/REPO, an organisation, or an address such as http"),
    ] {
        let answer = trial.run(&[&["sync"], args].concat());
        assert_eq!(answer.status.code(), Some(2), "{answer}");
        assert!(answer.stderr.contains(said), "{answer}");
        assert!(!answer.to_string().contains("hunter2"), "{answer}");
    }
    assert!(trial.asked().is_empty(), "nothing is read from another place of that name");
}

/// Tags are each token's own, and go with the rows.
#[test]
fn an_organisations_list_that_is_the_same_costs_the_next_run_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let stores = runtime.block_on(crate::support::rows::Store::both("sync_lists"));
    for store in stores {
        let trial = Trial::on(three(), std::time::Duration::ZERO, &store);
        let lists = |trial: &Trial| -> Vec<(u16, u32)> {
            let asked = trial.asked();
            let lists = asked.iter().filter(|asked| asked.what.contains("/orgs/acme/repos"));
            lists.map(|asked| (asked.status, asked.cost)).collect()
        };
        trial.sync(&["--org", "acme"]);
        assert_eq!(lists(&trial), [(200, 1)]);
        let said = trial.sync(&["--org", "acme"]);
        assert_eq!(lists(&trial), [(304, 0)]);
        assert!(said.contains("acme/api: 2 open; nothing new") && said.contains(", 0 requests"), "{said}");
        // A new repository; and another token, which may see other ones.
        trial.set(|world| {
            let at = world.add_repository("acme/new");
            world.add_pull(at, "A change");
        });
        assert!(trial.sync(&["--org", "acme"]).contains("acme/new: 1 open; 1 read"));
        assert_eq!(lists(&trial), [(200, 1)]);
        let env = [("FLOWLENS_GITHUB_URL", trial.fake.url()), ("FLOWLENS_DATABASE_URL", store.url())];
        let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let other = [&env[..], &[("GH_TOKEN", "ghp_another")]].concat();
        let answer = crate::support::cli::run_in(trial.home.path(), &["sync", "--org", "acme"], &other);
        assert!(answer.status.success(), "{answer}");
        assert_eq!(lists(&trial), [(200, 1)]);
        trial.sync(&["--org", "acme"]);
        assert_eq!(lists(&trial), [(304, 0)], "the first one's is there still");
    }
}

/// GitHub has a list for organisations and one for users; nobody says which somebody is.
#[test]
fn a_user_is_asked_for_as_one_from_the_second_run_on() {
    let trial = Trial::new(three());
    trial.set(|world| world.users.extend(["zeta".to_owned()]));
    let lists = |trial: &Trial| -> Vec<(u16, bool)> {
        let asked = trial.asked().into_iter().filter(|asked| asked.what.contains("/zeta/repos"));
        asked.map(|asked| (asked.status, asked.what.contains("/users/"))).collect()
    };
    assert!(trial.sync(&["zeta"]).contains("zeta/tool: 1 open; 1 read"));
    assert_eq!(lists(&trial), [(404, false), (200, true)]);
    assert!(trial.sync(&["zeta"]).contains("zeta/tool: 1 open; nothing new"));
    assert_eq!(lists(&trial), [(304, true)]);
    // It has become an organisation.
    trial.set(|world| world.users.clear());
    assert!(trial.sync(&["zeta"]).contains("zeta/tool: 1 open; nothing new"));
    assert_eq!(lists(&trial), [(404, true), (200, false)]);
}

#[test]
fn an_empty_database_names_what_fills_it_and_nothing_is_said_of_risks_that_nobody_assessed() {
    let trial = Trial::new(many(1));
    let answer = trial.run(&["status"]);
    let said = "this database is empty; from GitHub it is filled by: flowlens sync OWNER/REPO";
    assert!(answer.status.success() && answer.stderr.contains(said), "{answer}");
    let answer = trial.run(&["status", "--json"]);
    assert!(!answer.stderr.contains(said), "{answer}");
    trial.sync(&["acme/api"]);
    let answer = trial.run(&["status"]);
    assert!(!answer.stderr.contains(said) && answer.stderr.contains("failing; "), "{answer}");
    assert!(!answer.stderr.contains("high risk"), "{answer}");
}

#[test]
fn scripts_get_lines_of_json() {
    let trial = Trial::new(many(3));
    built(&mut trial.fake.world(), 0, 1, "test", None);
    let said = trial.sync(&["--json", "acme/api"]);
    let events: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let kinds: Vec<&str> = events.iter().map(|event| event["event"].as_str().expect("a kind")).collect();
    assert_eq!((kinds.first(), kinds.last()), (Some(&"begun"), Some(&"finished")));
    assert_eq!((&events[0]["nth"], &events[0]["of"]), (&1.into(), &1.into()));
    for kind in ["login", "found", "progress", "spent", "written", "done", "fresh"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    let finished = &events[events.len() - 1];
    assert_eq!(
        (&finished["open"], &finished["pulls"], &finished["files"]),
        (&3.into(), &3.into(), &3.into())
    );
    assert_eq!(finished["requests"], 3);
    let points: u32 = trial.asked().iter().filter(|asked| asked.is_graphql).map(|asked| asked.cost).sum();
    assert_eq!(finished["points"], points);
}

#[test]
fn a_shared_database_is_not_migrated_on_the_way() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let trial = Trial::new(many(1));
        let db = crate::support::pg::database("sync_shared").await;
        let answer = trial.run(&["--database-url", &db.url(), "sync", "acme/api"]);
        assert_eq!(answer.status.code(), Some(1), "{answer}");
        assert!(answer.stderr.contains("flowlens db migrate"), "{answer}");
        assert!(trial.asked().is_empty());
        assert!(trial.run(&["--database-url", &db.url(), "db", "migrate"]).status.success());
        let answer = trial.run(&["--database-url", &db.url(), "sync", "acme/api"]);
        assert!(answer.status.success(), "{answer}");
        let answer = trial.run(&["--database-url", &db.url(), "sync", "acme/api"]);
        assert!(answer.stdout.contains("nothing new"), "{answer}");
    });
}
