//! Titles in scripts whose letters fonts join: terminals give each letter a cell.

use unicode_width::UnicodeWidthChar as _;

use crate::dashboard::{environment, team};
use crate::support::PATIENCE;
use crate::support::term::Pty;

#[tokio::test]
async fn titles_in_every_script_are_shown_whole_and_move_no_column() {
    let db = team("scripts").await;
    let titles = ["إصلاح الاتصال بالخادم لا يعمل", "ខ្មែរ កម្ពុជា ស្រុក", "नमस्ते दुनिया"];
    for (number, title) in [421, 420, 419].into_iter().zip(titles) {
        db.execute(&format!("UPDATE pull_requests SET title = '{title}' WHERE pr_number = {number}")).await;
    }
    let mut pty = Pty::spawn(&["-i", "200ms"], &environment(&db.url()), 140, 40);
    pty.wait_for("Old landing page", PATIENCE);
    let cells = |text: &str| text.chars().map(|c| c.width().unwrap_or_default()).sum::<usize>();
    let mut places = Vec::new();
    for title in titles.into_iter().chain(["New landing page", "Old landing page"]) {
        pty.wait_for(title, PATIENCE);
        let screen = pty.screen();
        let line = screen.lines().find(|line| line.contains(title)).expect("its line");
        places.push(line.rsplit_once('│').map(|(before, _)| cells(before)));
    }
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}:\n{}", pty.screen());
    pty.keys("q");
    assert_eq!(pty.exit_code(), Ok(0));
}
