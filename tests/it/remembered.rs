//! What one run leaves for the next, beside the configuration: the real dashboard in a pseudo-terminal.

use std::path::Path;

use crate::dashboard::team;
use crate::support::{PATIENCE, term::Pty};

/// The dashboard with this configuration, once it shows this order.
fn open(url: &str, home: &Path, config: &str, shows: &str) -> Pty {
    let (file, state) = (home.join("config.toml"), home.join("state").display().to_string());
    std::fs::write(&file, config).expect("a file");
    let file = file.display().to_string();
    let env = [("FLOWLENS_DATABASE_URL", url), ("XDG_STATE_HOME", state.as_str()), ("PATH", "/nowhere")];
    let mut pty = Pty::spawn(&["-i", "200ms", "--config", &file], &env, 140, 40);
    pty.wait_for("Add OAuth refresh", PATIENCE);
    pty.wait_for(shows, PATIENCE);
    pty
}

fn quit(mut pty: Pty) {
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}

#[tokio::test]
async fn a_configured_order_is_the_start_and_a_choice_holds_until_it_is_configured_anew() {
    let db = team("remembered").await;
    let home = tempfile::tempdir().expect("a folder");
    let (age, risk) = ("[dashboard]\nsort = \"age\"\n", "[dashboard]\nsort = \"risk\"\n");
    quit(open(&db.url(), home.path(), "", "sort: attention"));
    // The run before chose nothing.
    quit(open(&db.url(), home.path(), age, "sort: age"));
    let mut pty = open(&db.url(), home.path(), age, "sort: age");
    pty.keys("sss");
    pty.wait_for("sort: attention", PATIENCE);
    quit(pty);
    quit(open(&db.url(), home.path(), age, "sort: attention"));
    quit(open(&db.url(), home.path(), risk, "sort: risk"));
    quit(open(&db.url(), home.path(), age, "sort: age"));
}
