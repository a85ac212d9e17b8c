//! `flowlens hook`: through the command line, against a small GitHub.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    github::fake::{
        faults::What,
        world::{Asked, World},
    },
    support::{
        PATIENCE,
        cli::{self, Answer},
        term::Pty,
    },
    sync::{TOKEN, Trial, world},
};

const URL: &str = "https://flowlens.acme.example/webhook";
const SECRET: &str = "averyverysecretsecret";
const ASK: &str = "Make it? [y/N]";

fn acme() -> World {
    let mut world = world();
    world.add_repository("acme/api");
    world.hooks.first_call = Some(202);
    world
}

/// With a webhook as it should be.
fn hooked() -> World {
    let mut world = acme();
    world.add_hook("acme/api", URL);
    world
}

fn hook(trial: &Trial, args: &[&str]) -> Answer {
    let env = trial.env();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.push(("FLOWLENS_WEBHOOK_SECRET", SECRET));
    let answer = cli::run_in(trial.home.path(), &[&["hook"], args].concat(), &env);
    let said = answer.to_string();
    assert!(!said.contains(SECRET) && !said.contains(TOKEN), "{said}");
    answer
}

fn api(trial: &Trial, args: &[&str]) -> Answer {
    hook(trial, &[&["acme/api", "--url", URL], args].concat())
}

/// What was sent to change something.
fn written(trial: &Trial) -> Vec<(String, String, Value)> {
    std::mem::take(&mut trial.fake.world().hooks.written)
}

fn is_change(asked: &Asked) -> bool {
    asked.is_write
}

#[test]
fn a_webhook_is_made_with_all_events_json_and_the_secret() {
    let trial = Trial::new(acme());
    let answer = api(&trial, &["--dry-run"]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stdout.contains("acme/api: there is no webhook to"), "{answer}");
    // Nobody is there to be asked.
    let answer = api(&trial, &[]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stderr.contains("--yes does it without asking"), "{answer}");
    assert_eq!(written(&trial), []);

    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.contains("GitHub's first call was answered: 202"), "{answer}");
    let [(method, path, body)] = <[_; 1]>::try_from(written(&trial)).expect("one change");
    assert_eq!((method.as_str(), path.as_str()), ("POST", "repos/acme/api/hooks"));
    let config = json!({"url": URL, "content_type": "json", "insecure_ssl": "0", "secret": SECRET});
    assert_eq!((&body["config"], &body["active"], &body["name"]), (&config, &json!(true), &json!("web")));
    let events = body["events"].as_array().expect("a list");
    assert!(events.len() == 10 && events.contains(&json!("workflow_run")), "{body}");

    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.contains("is as it should be"), "{answer}");
    assert_eq!(written(&trial), []);
}

#[test]
fn whoever_sits_there_is_asked_and_only_a_yes_is_one() {
    let trial = Trial::new(acme());
    let env = trial.env();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.push(("FLOWLENS_WEBHOOK_SECRET", SECRET));
    for (answer, code, changes) in [("\r", 8, 0), ("nay\r", 8, 0), ("y\r", 0, 1)] {
        let mut pty = Pty::spawn(&["hook", "acme/api", "--url", URL], &env, 100, 30);
        pty.wait_for(ASK, PATIENCE);
        pty.keys(answer);
        assert_eq!(pty.exit_code(), Ok(code), "{answer}: {}", pty.screen());
        assert_eq!(written(&trial).len(), changes, "{answer}");
    }
    let mut pty = Pty::spawn(&["hook", "--org", "none", "--url", URL], &env, 100, 30);
    assert_eq!(pty.exit_code(), Ok(1), "{}", pty.screen());
}

#[test]
fn ctrl_c_ends_the_question() {
    let trial = Trial::new(acme());
    let env = trial.env();
    let mut env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    env.push(("FLOWLENS_WEBHOOK_SECRET", SECRET));
    let mut pty = Pty::spawn(&["hook", "acme/api", "--url", URL], &env, 100, 30);
    pty.wait_for(ASK, PATIENCE);
    pty.keys("\x03");
    assert_eq!(pty.exit_code(), Ok(130), "{}", pty.screen());
    assert_eq!(written(&trial), []);
}

#[test]
fn what_is_wrong_is_named_and_mended_and_what_others_want_stays() {
    let trial = Trial::new(hooked());
    trial.set(|world| {
        let hook = &mut world.hooks.list[0];
        hook.active = false;
        hook.events = vec!["star".to_owned(), "push".to_owned()];
        hook.config = json!({"url": format!("{URL}/"), "content_type": "form", "insecure_ssl": 1});
    });
    let answer = api(&trial, &["--dry-run"]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    for lack in ["switched off", "lacks the events check_run", "sends form", "no secret", "certificate"] {
        assert!(answer.stdout.contains(lack), "{lack}: {answer}");
    }
    assert_eq!(written(&trial), []);
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    let [(method, _, body)] = <[_; 1]>::try_from(written(&trial)).expect("one change");
    assert_eq!((method.as_str(), &body["config"]["secret"]), ("PATCH", &json!(SECRET)));
    assert_eq!(body["events"].as_array().map(Vec::len), Some(11), "{body}");
    assert!(api(&trial, &[]).stdout.contains("is as it should be"));
}

#[test]
fn a_receiver_that_refuses_the_signature_tells_that_the_secret_is_another_one() {
    let trial = Trial::new(hooked());
    trial.set(|world| world.deliver(0, "a", 401));
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.contains("its secret is another one"), "{answer}");
    let changes: Vec<String> = written(&trial).into_iter().map(|(method, ..)| method).collect();
    assert_eq!(changes, ["PATCH", "POST"], "the secret, then the delivery once more");
}

#[test]
fn a_secret_is_replaced_where_it_is_wanted_whatever_it_is() {
    let trial = Trial::new(hooked());
    assert!(api(&trial, &["--yes"]).stdout.contains("is as it should be"));
    assert_eq!(written(&trial), []);
    let answer = api(&trial, &["--replace-secret", "--dry-run"]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stdout.contains("its secret is to be replaced"), "{answer}");
    assert_eq!(written(&trial), []);
    assert_eq!(api(&trial, &["--replace-secret", "--yes"]).status.code(), Some(0));
    let [(method, _, body)] = <[_; 1]>::try_from(written(&trial)).expect("one change");
    assert_eq!((method.as_str(), &body["config"]["secret"]), ("PATCH", &json!(SECRET)));
}

#[test]
fn what_failed_in_the_last_three_days_is_sent_again_once() {
    let mut world = hooked();
    world.deliver(0, "too-old", 502);
    world.pass(TimeDelta::days(3) + TimeDelta::minutes(1));
    for (guid, code) in [("a", 502), ("b", 0), ("c", 202), ("a", 503), ("b", 202), ("d", 202)] {
        world.deliver(0, guid, code);
    }
    let trial = Trial::new(world);
    let answer = api(&trial, &[]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stdout.contains("the last three days: 3 × 202, 1 × 503"), "{answer}");
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.contains("acme/api: 1 delivery sent again"), "{answer}");
    assert_eq!(written(&trial).len(), 1);
    // It was taken this time.
    let answer = api(&trial, &["--yes"]);
    assert!(answer.stdout.contains("the last three days: 4 × 202"), "{answer}");
    assert_eq!(written(&trial), []);
}

#[test]
fn an_organisation_wants_a_scope_of_its_own() {
    let trial = Trial::new(acme());
    let organisation = ["--org", "acme", "--url", URL, "--yes"];
    let answer = hook(&trial, &organisation);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("the token lacks the scope admin:org_hook; add it:"), "{answer}");
    trial.set(|world| world.token.scopes = None);
    assert_eq!(hook(&trial, &organisation).status.code(), Some(0));
    assert_eq!(written(&trial)[0].1, "orgs/acme/hooks");
}

/// The receiver's path is added where somebody names the machine alone.
#[test]
fn a_webhook_that_is_there_is_not_made_again() {
    for (owner, args) in [("acme/api", ["acme/api", "--yes"]), ("acme", ["acme", "--yes"])] {
        let trial = Trial::new(acme());
        trial.set(|world| world.token.scopes = None);
        for (url, said) in [("https://flowlens.acme.example", "is made"), (URL, "is as it should be")] {
            let answer = hook(&trial, &[&args[..], &["--url", url]].concat());
            assert_eq!(answer.status.code(), Some(0), "{answer}");
            assert!(answer.stdout.contains(said) && answer.stdout.contains(URL), "{answer}");
        }
        assert_eq!(trial.fake.world().hooks.list.len(), 1, "{owner}");
        trial.set(|world| world.hooks.list[0].active = false);
        let answer = hook(&trial, &[&args[..], &["--url", "https://flowlens.acme.example"]].concat());
        assert!(answer.stdout.contains("is mended"), "{answer}");
        let changes: Vec<String> = written(&trial).into_iter().map(|(method, ..)| method).collect();
        assert_eq!(changes, ["POST", "PATCH"], "{owner}");
        let answer = hook(&trial, &[args[0], "--dry-run", "--url", "https://flowlens.acme.example/"]);
        assert!(answer.stderr.contains("listens at /webhook, and this address leads to /"), "{answer}");
        assert_eq!(trial.fake.world().hooks.list.len(), 1, "{owner}");
    }
}

#[test]
fn a_repository_under_its_former_name_is_written_to_where_it_is() {
    let mut world = acme();
    world.rename(0, "acme/app");
    let id = world.repositories[0].id;
    let trial = Trial::new(world);
    assert_eq!(api(&trial, &["--yes"]).status.code(), Some(0));
    assert_eq!(written(&trial)[0].1, format!("repositories/{id}/hooks"));
}

#[test]
fn without_a_token_it_tells_what_to_click() {
    let trial = Trial::new(acme());
    let url = trial.fake.url();
    let env = [("FLOWLENS_GITHUB_URL", url.as_str()), ("FLOWLENS_WEBHOOK_SECRET", SECRET), ("PATH", "")];
    let answer = cli::run_in(trial.home.path(), &["hook", "acme/api", "--url", URL], &env);
    let _redacted = cli::redacted();
    insta::assert_snapshot!("hook_by_hand", answer.to_string());
    assert!(trial.asked().is_empty());
}

#[test]
fn nothing_is_made_without_a_secret() {
    let trial = Trial::new(acme());
    let answer = trial.run(&["hook", "acme/api", "--url", URL, "--yes"]);
    assert_eq!(answer.status.code(), Some(2), "{answer}");
    assert!(answer.stderr.contains("there is no secret to sign with"), "{answer}");
    assert_eq!(written(&trial), []);
    let answer = trial.run(&["hook", "acme/api", "--url", URL, "--dry-run"]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
}

#[test]
fn an_outcome_that_is_not_known_is_looked_at_and_nothing_is_sent_twice() {
    for is_made in [true, false] {
        let trial = Trial::new(acme());
        let lost = if is_made { What::Lost(None) } else { What::Cut };
        trial.fake.world().fault(1, is_change, lost);
        let answer = api(&trial, &["--yes"]);
        assert_eq!(answer.status.code(), Some(i32::from(!is_made)), "{answer}");
        assert!(answer.stderr.contains("looking whether it was done"), "{answer}");
        assert_eq!(trial.asked().iter().filter(|asked| is_change(asked)).count(), 1);
    }
}

/// The answer to `--yes`, of which the change's own answer is lost: it is done, or it is not.
fn mended_in_the_dark(world: World, is_done: bool) -> Answer {
    let trial = Trial::new(world);
    let lost = if is_done { What::Lost(None) } else { What::Cut };
    trial.fake.world().fault(1, is_change, lost);
    let answer = api(&trial, &["--yes"]);
    assert!(answer.stderr.contains("looking whether it was done"), "{answer}");
    assert_eq!(trial.asked().iter().filter(|asked| is_change(asked)).count(), 1, "{answer}");
    answer
}

#[test]
fn nothing_is_called_mended_of_which_it_is_not_known() {
    let inactive = || {
        let mut world = hooked();
        world.hooks.list[0].active = false;
        world
    };
    let answer = mended_in_the_dark(inactive(), true);
    assert_eq!(answer.status.code(), Some(0), "{answer}");
    assert!(answer.stdout.contains("is mended"), "{answer}");
    let answer = mended_in_the_dark(inactive(), false);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("the webhook is as before: it is switched off"), "{answer}");
    // Of a secret GitHub shows nothing but stars.
    for is_done in [true, false] {
        let mut world = hooked();
        world.deliver(0, "a", 401);
        let answer = mended_in_the_dark(world, is_done);
        assert_eq!(answer.status.code(), Some(1), "{answer}");
        assert!(
            answer.stderr.contains("it is not known whether the webhook has this secret now"),
            "{answer}"
        );
        assert!(!answer.stdout.contains("is mended"), "{answer}");
    }
    // Somebody else deletes it meanwhile.
    let trial = Trial::new(inactive());
    trial.fake.world().fault(1, is_change, What::Before(Box::new(|world| world.hooks.list.clear())));
    trial.fake.world().fault(1, is_change, What::Cut);
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("the webhook is not there"), "{answer}");
}

#[test]
fn a_delivery_of_which_it_is_not_known_whether_it_was_sent_again_is_sent_once() {
    let mut world = hooked();
    world.deliver(0, "a", 502);
    let trial = Trial::new(world);
    trial.fake.world().fault(1, is_change, What::Cut);
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("0 of 1 were sent again"), "{answer}");
    assert!(answer.stderr.contains("it is not known whether it was done"), "{answer}");
    assert_eq!(trial.asked().iter().filter(|asked| is_change(asked)).count(), 1);
}

#[test]
fn a_change_that_github_refuses_is_told_and_nothing_is_called_mended() {
    let mut world = hooked();
    world.hooks.list[0].active = false;
    let trial = Trial::new(world);
    let body = r#"{"message": "Must have admin rights to Repository."}"#;
    trial.fake.world().fault(1, is_change, What::Answer(403, String::new(), body.to_owned()));
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("Must have admin rights to Repository."), "{answer}");
    assert!(!answer.stdout.contains("is mended"), "{answer}");
}

#[test]
fn github_s_own_words_tell_why_it_refuses() {
    let trial = Trial::new(acme());
    let body = r#"{"message": "Validation Failed", "errors": [{"message": "url is not supported"}]}"#;
    trial.fake.world().fault(1, is_change, What::Answer(422, String::new(), body.to_owned()));
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("Validation Failed: url is not supported"), "{answer}");
    let answer = hook(&trial, &["nobody/none", "--url", URL, "--yes"]);
    assert_eq!(answer.status.code(), Some(1), "{answer}");
    assert!(answer.stderr.contains("only an administrator sees and changes it"), "{answer}");
}

#[test]
fn two_webhooks_to_one_receiver_are_told_and_left_alone() {
    let mut world = hooked();
    world.add_hook("acme/api", URL);
    let trial = Trial::new(world);
    let answer = api(&trial, &["--yes"]);
    assert_eq!(answer.status.code(), Some(8), "{answer}");
    assert!(answer.stdout.contains("2 webhooks lead to"), "{answer}");
    assert_eq!(written(&trial), []);
}
