//! What opens: the address that was looked at, the check that has one; and no key of the reader goes to what opens meanwhile.

use flowlens::{
    domain::check::{CheckOutcome, Detail},
    tui::{
        effect::{Effect, HostCall, ServiceCall},
        model::{Model, Setup},
        msg::Msg,
        overlay::Overlay,
        update::update,
    },
};

use super::notice;
use crate::support::board::{self, change, key, keys, pull};

#[test]
fn an_address_that_is_shown_is_the_one_that_was_looked_at() {
    let stored = "https://github.com\\@evil.test/";
    let looked_at = "https://github.com/@evil.test/";
    let shown = |model: &Model| match &model.overlay {
        Some(Overlay::Address(address)) => (address.url.clone(), address.doubt.is_some()),
        other => panic!("no address: {other:?}"),
    };
    let copied = |url: &str| vec![Effect::Host(HostCall::Copy(url.to_owned()))];
    let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
    change(&mut model, vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some(stored.into()))]);
    assert_eq!(keys(&mut model, "o"), copied(looked_at));
    assert_eq!(shown(&model), (looked_at.to_owned(), false));
    assert_eq!(keys(&mut model, "<esc>Y"), copied(looked_at));
    let mut detail = board::detail();
    detail.checks[0].url = Some(stored.to_owned());
    update(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
    assert_eq!(keys(&mut model, "O"), copied(looked_at));
    // Beside a doubt it stands as it is stored.
    let evil = "https://github.com@evil.test/";
    change(&mut model, vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some(evil.into()))]);
    assert_eq!(keys(&mut model, "<esc>o"), copied(evil));
    assert_eq!(shown(&model), (evil.to_owned(), true));
}

#[test]
fn an_address_that_was_not_opened_takes_no_key_from_what_is_open() {
    let url = "https://github.com/acme/api/pull/421";
    for open in [":so", "/oau", "d", "I"] {
        let mut model = board::model(140, 30);
        keys(&mut model, open);
        let typed = model.input.as_ref().map(|input| input.line.text().to_owned());
        let effects = update(&mut model, Msg::NotOpened(url.to_owned(), "no xdg-open".to_owned()));
        assert_eq!(effects, [Effect::Host(HostCall::Copy(url.to_owned()))], "{open}");
        assert!(!matches!(model.overlay, Some(Overlay::Address(_))), "{open}");
        assert_eq!(model.input.as_ref().map(|input| input.line.text().to_owned()), typed, "{open}");
        assert!(notice(&model).starts_with("No browser"), "{open}");
    }
}

#[test]
fn the_failing_check_that_opens_is_one_with_an_address() {
    let mut model = board::model(140, 30);
    let with = |urls: [Option<&str>; 2]| {
        let mut detail: Detail = board::detail();
        detail.checks.retain(|check| check.outcome == CheckOutcome::Failed);
        for (check, url) in detail.checks.iter_mut().zip(urls) {
            check.url = url.map(str::to_owned);
        }
        Msg::Detail(key(1, 421), Ok(detail))
    };
    update(&mut model, with([None, Some("https://ci.example/2")]));
    let opened = Effect::Service(ServiceCall::Open("https://ci.example/2".to_owned()));
    assert_eq!(keys(&mut model, "O"), [opened]);
    update(&mut model, with([None, None]));
    assert_eq!(keys(&mut model, "O"), []);
    assert!(notice(&model).starts_with("No failing check with an address"), "{}", notice(&model));
}
