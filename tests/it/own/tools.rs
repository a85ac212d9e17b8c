//! The editor and the pager.

use std::fs;

use flowlens::tui::{
    effect::{Errand, Program},
    msg::{Msg, NotWritten},
    perform::{Lending, Tools},
};

use super::script;

/// Lets a program have the terminal, as far as there is one here; what comes of it.
fn lend(tools: Tools, errand: Errand) -> Msg {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut lending = Lending::new(tools);
        assert!(!lending.is_lent());
        lending.begin(errand);
        assert!(lending.is_lent());
        lending.ended().await
    })
}

#[test]
fn what_is_written_in_the_editor_is_taken_and_what_is_not_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |text: &str| {
        let noted = format!("echo \"$2\" >>{}/files\n{text}", folder.path().display());
        let editor = vec![script(folder.path(), "editor", &noted), "-w".to_owned()];
        match lend(Tools { editor, ..Tools::default() }, Errand::Write("begun".to_owned())) {
            Msg::Written(written) => written,
            other => panic!("{other:?}"),
        }
    };
    let here = folder.path().display();
    // The file is the last argument, holds what was begun, and is ours alone.
    let looks = format!("[ \"$1\" = -w ] && stat -c %a \"$2\" >{here}/mode && cat \"$2\" >{here}/before\n");
    assert_eq!(
        written(&format!("{looks}printf 'all\\nof it\\n' >\"$2\"")),
        Ok(Some("all\nof it\n".to_owned()))
    );
    assert_eq!(fs::read_to_string(folder.path().join("mode")).expect("a mode"), "600\n");
    assert_eq!(fs::read_to_string(folder.path().join("before")).expect("a text"), "begun");
    // Another file in its place.
    assert_eq!(written("echo new >\"$2.x\"; mv \"$2.x\" \"$2\""), Ok(Some("new\n".to_owned())));
    assert_eq!(written("true"), Ok(None));
    assert_eq!(written(": >\"$2\""), Ok(None));
    // It may have failed after the words were written: they are not lost.
    let NotWritten { why, text } = written("echo half >\"$2\"; exit 1").unwrap_err();
    assert!(why.ends_with("editor ended with 1: what was written is kept"), "{why}");
    assert_eq!(text.as_deref(), Some("half\n"));
    let NotWritten { why, text } = written("exit 1").unwrap_err();
    assert!(why.ends_with("editor ended with 1: nothing was taken"), "{why}");
    assert_eq!(text, None);
    assert!(written("rm \"$2\"").is_err());
    let files = fs::read_to_string(folder.path().join("files")).expect("their names");
    let left: Vec<&str> = files.lines().filter(|file| fs::exists(file).expect("known")).collect();
    assert!(files.lines().count() == 7 && left.is_empty(), "{left:?} of {files}");
    // Far too much is neither cut nor lost.
    let NotWritten { why, .. } = written("head -c 1100000 /dev/zero | tr '\\0' x >\"$2\"").unwrap_err();
    let kept = why.rsplit_once(' ').expect("a path").1;
    assert!(why.starts_with("it is longer than 1048576 bytes; it is kept in /"), "{why}");
    assert_eq!(fs::metadata(kept).expect("the text").len(), 1_100_000);
    fs::remove_file(kept).expect("ours");
}

#[test]
fn a_text_and_an_output_go_to_the_pager() {
    let folder = tempfile::tempdir().expect("a folder");
    let pager = vec![script(folder.path(), "pager", "cat >\"${0%/*}/read\"")];
    let tools = || Tools { pager: pager.clone(), ..Tools::default() };
    let read = || fs::read_to_string(folder.path().join("read")).expect("a text");
    assert_eq!(lend(tools(), Errand::Show(b"a text".to_vec())), Msg::Done(Ok(String::new())));
    assert_eq!(read(), "a text");
    let program = |text: &str| Program {
        name: "x".to_owned(),
        words: vec!["sh".to_owned(), "-c".to_owned(), text.to_owned()],
        facts: Default::default(),
    };
    let shown = lend(tools(), Errand::Page(5, program("echo out; echo err >&2")));
    assert_eq!(shown, Msg::Ended(5, Ok("was shown".to_owned())));
    assert_eq!(read(), "out\nerr\n");
    let failed = lend(tools(), Errand::Page(5, program("echo out; exit 3")));
    assert_eq!(failed, Msg::Ended(5, Err("ended with 3".to_owned())));
    // Who leaves the pager waits for nothing more.
    let leaves = vec![script(folder.path(), "leaves", "exit 0")];
    let tools = Tools { pager: leaves, ..Tools::default() };
    let left = lend(tools, Errand::Page(5, program("echo out; exec sleep 1000")));
    assert_eq!(left, Msg::Ended(5, Ok("was shown".to_owned())));
}
