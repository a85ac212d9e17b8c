//! Addresses: which are opened, and which are shown.

use flowlens::tui::effect::{Effect, HostCall};
use flowlens::tui::model::{Notice, Setup};
use flowlens::tui::msg::Msg;

use super::{after, look, notice, send};
use crate::support::board::{self, change, key, keys, pull};

#[test]
fn a_browser_that_does_not_start_leaves_the_address() {
    let mut model = board::model(140, 30);
    let url = "https://github.com/acme/api/pull/421";
    let effects = send(&mut model, Msg::NotOpened(url.to_owned(), "no xdg-open".to_owned()));
    assert_eq!(effects, [Effect::Host(HostCall::Copy(url.to_owned()))]);
    assert_eq!(look(&model)["overlay"], format!("address {url}"));
    assert!(model.notice.as_ref().is_some_and(Notice::is_error));
}

#[test]
fn over_ssh_no_browser_is_started_here() {
    let mut model = board::with(Setup { remote: true, ..board::setup(140, 30) });
    let url = "https://github.com/acme/api/pull/421";
    assert_eq!(after(&mut model, "o"), format!("overlay address {url}, !copy {url}"));
    assert_eq!(after(&mut model, "<enter>"), "overlay ");
    let check = "https://ci.example/run/1";
    assert_eq!(after(&mut model, "O"), format!("overlay address {check}, !copy {check}"));
    keys(&mut model, "<esc>y");
    assert_eq!(notice(&model), "Sent to the clipboard: acme/api#421");
}

#[test]
fn only_https_addresses_are_opened() {
    let mut model = board::model(140, 30);
    for hostile in ["file:///etc/passwd", "javascript:alert(1)", "http://ci.example", "-h"] {
        let mut detail = board::detail();
        for check in &mut detail.checks {
            check.url = Some(hostile.to_owned());
        }
        send(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
        assert_eq!(after(&mut model, "O"), format!("overlay address {hostile}, !copy {hostile}"));
        keys(&mut model, "<esc>");
    }
    change(
        &mut model,
        vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some("file:///etc/passwd".into()))],
    );
    assert_eq!(after(&mut model, "o"), "!open https://github.com/acme/api/pull/421");
}

#[test]
fn a_page_of_another_host_or_with_a_login_is_shown_and_not_opened() {
    let setup = board::setup(140, 30);
    let hosts = vec!["github.com".to_owned(), "ghe.acme.test".to_owned()];
    let mut model = board::with(Setup { hosts, ..setup });
    for (url, is_opened) in [
        ("https://github.com/acme/api/pull/421", true),
        ("https://ghe.acme.test/acme/api/pull/421", true),
        ("https://evil.test/acme/api/pull/421", false),
        ("https://github.com@evil.test/acme/api/pull/421", false),
        ("https://me:secret@github.com/acme/api/pull/421", false),
        ("https://github.com.evil.test/acme/api/pull/421", false),
    ] {
        change(&mut model, vec![pull(1, 421, "x", "ana", 49).with(|p| p.pr_url = Some(url.into()))]);
        let want =
            if is_opened { format!("!open {url}") } else { format!("overlay address {url}, !copy {url}") };
        assert_eq!(after(&mut model, "o"), want);
        keys(&mut model, "<esc>");
    }
    // Checks run anywhere; a login is never opened.
    let mut detail = board::detail();
    for check in &mut detail.checks {
        check.url = Some("https://github.com@evil.test/".to_owned());
    }
    send(&mut model, Msg::Detail(key(1, 421), Ok(detail)));
    let url = "https://github.com@evil.test/";
    assert_eq!(after(&mut model, "O"), format!("overlay address {url}, !copy {url}"));
}
