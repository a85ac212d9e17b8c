//! What is pasted, and where keys lead to.

use crate::dashboard::{environment, open, team};
use crate::support::term::Pty;
use crate::support::{PATIENCE, eventually, program};

#[tokio::test]
async fn a_paste_of_any_length_is_taken_up_to_the_limit_and_the_rest_is_said_to_be_cut() {
    let db = team("paste").await;
    let mut pty = open(&db.url());
    pty.keys("/");
    pty.wait_for("Enter keeps", PATIENCE);
    // What is in it is no key: neither its q nor its Escape.
    let pasted = format!("\x1b[200~author:ana\r\x1b[Bq{}\x1b[201~", "q".repeat(100_000));
    for piece in pasted.as_bytes().chunks(1_000) {
        pty.piece(piece);
    }
    pty.wait_for("Cut: 200 bytes fit", PATIENCE);
    pty.keys("\x15");
    pty.wait_for("5 shown", PATIENCE);
    pty.keys("\x1b[200~oauth refresh\x1b[201~");
    pty.wait_for("1 shown", PATIENCE);
    pty.keys("\r");
    pty.wait_for("? help", PATIENCE);
    // Where nothing is typed, a paste is nothing.
    pty.keys("\x1b[200~qqq\x1b[201~");
    pty.keys("?");
    pty.wait_for("Filter: all terms must match", PATIENCE);
    pty.keys("qq");
    assert_eq!(pty.exit_code(), Ok(0));
    assert!(pty.is_restored());
}

#[tokio::test]
async fn a_browser_gets_https_pages_of_its_host_without_a_login_and_other_addresses_are_shown() {
    let db = team("browser").await;
    db.execute("ALTER TABLE pull_requests ADD COLUMN IF NOT EXISTS pr_url text").await;
    let folder = tempfile::tempdir().expect("a folder");
    let (browser, opened) = (folder.path().join("xdg-open"), folder.path().join("opened"));
    // Of our secrets it would tell those that it sees.
    let secrets = "$GH_TOKEN$FLOWLENS_DATABASE_URL";
    program::write(&browser, &format!("echo \"$@{secrets}\" >>'{}'\n", opened.display()));
    let (url, path) = (db.url(), folder.path().display().to_string());
    let env = [environment(&url)[0], ("PATH", path.as_str()), ("GH_TOKEN", "ghp_secret")];
    let page = "https://github.com/acme/api/pull/421";
    for (address, is_opened) in [
        (page, true),
        ("https://github.com@evil.test/acme/api/pull/421", false),
        ("https://me:secret@github.com/acme/api/pull/421", false),
        ("https://evil.test/acme/api/pull/421", false),
    ] {
        let sql = format!(
            "UPDATE pull_requests SET pr_url = '{address}', updated_at = now() WHERE pr_number = 421"
        );
        db.execute(&sql).await;
        let mut pty = Pty::spawn(&["-i", "200ms"], &env, 140, 40);
        pty.wait_for("Pipeline acme/api#421", PATIENCE);
        pty.keys("o");
        if is_opened {
            let got = || std::fs::read_to_string(&opened).ok().filter(|text| text.ends_with('\n'));
            assert_eq!(eventually(PATIENCE, got).as_deref(), Some(format!("{address}\n").as_str()));
            pty.keys("q");
        } else {
            pty.wait_for("Not opened: ", PATIENCE);
            pty.wait_for(address, PATIENCE);
            pty.keys("qq");
        }
        assert_eq!(pty.exit_code(), Ok(0), "{address}");
    }
    assert_eq!(std::fs::read_to_string(&opened).expect("a file"), format!("{page}\n"));
}

#[tokio::test]
async fn an_opener_that_finds_no_browser_leaves_the_address() {
    let db = team("no_browser").await;
    let folder = tempfile::tempdir().expect("a folder");
    // As xdg-open without any browser.
    program::write(&folder.path().join("xdg-open"), "exit 3\n");
    let (url, path) = (db.url(), folder.path().display().to_string());
    let mut pty = Pty::spawn(&[], &[environment(&url)[0], ("PATH", path.as_str())], 140, 40);
    pty.wait_for("Pipeline acme/api#421", PATIENCE);
    pty.keys("o");
    pty.wait_for("Open this address", PATIENCE);
    pty.wait_for("https://github.com/acme/api/pull/421", PATIENCE);
    pty.keys("qq");
    assert_eq!(pty.exit_code(), Ok(0));
}
