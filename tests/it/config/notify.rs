//! `[[notify]]`.

use std::time::Duration;

use flowlens::domain::notify::Sign;

use super::{Home, shown};

#[test]
fn a_rule_is_read_with_its_defaults() {
    let text = r#"
[[notify]]
name = "mine fails"
filter = "is:mine is:failing"
how = "bell"

[[notify]]
name = "reviews"
filter = "is:waiting !is:mine"
how = ["osc9", "osc777"]
command = ["notify-send", "--", "{repo}#{number}", "{title}"]
per_minute = 1
timeout = "2s"
"#;
    let home = Home::with(text);
    let config = home.load().unwrap();
    let rules: Vec<_> = config.notify.iter().map(|(rule, origin)| (rule, origin.to_string())).collect();
    assert_eq!((rules[0].0.name.as_str(), rules[0].0.signs.as_slice()), ("mine fails", &[Sign::Bell][..]));
    assert_eq!((rules[0].0.per_minute, rules[0].0.timeout), (6, Duration::from_secs(10)));
    assert!(rules[0].0.command.is_empty());
    assert_eq!(rules[0].1, "~/.config/flowlens/config.toml:3");
    assert_eq!((rules[1].0.per_minute, rules[1].0.timeout), (1, Duration::from_secs(2)));
    assert_eq!(rules[1].0.command[3], "{title}");
    let shown = shown(&home);
    assert!(shown.contains("[[notify]]  # ~/.config/flowlens/config.toml:8"), "{shown}");
    assert!(shown.contains("command = [\"notify-send\", \"…\"]  # 3 arguments, not shown"), "{shown}");
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (rule, want) in [
        ("filter = \"is:mine\"\nhow = \"bell\"", "2: [[notify]] wants a name"),
        ("name = \"a\"\nhow = \"bell\"", "2: [[notify]] \"a\" wants a filter"),
        ("name = \"a\"\nfilter = \"\"", "2: [[notify]] \"a\" tells nobody: it wants how, or a command"),
        (
            "name = \"a\"\nfilter = \"is:mien\"\nhow = \"bell\"",
            "3: [[notify]] filter = \"is:mien\": is:mien is not known",
        ),
        (
            "name = \"a\"\nfilter = \"\"\nhow = \"beep\"",
            "4: [[notify]] how = \"beep\": expected one or a list of \"bell\"",
        ),
        ("name = \"a\"\nfilter = \"\"\ncommand = \"echo {title}\"", "4: [[notify]] command: expected a list"),
        ("name = \"a\"\nfilter = \"\"\ncommand = []", "4: [[notify]] command: expected a list"),
        (
            "name = \"a\"\nfilter = \"\"\ncommand = [\"{title}\"]",
            "4: [[notify]] command: the program itself may not",
        ),
        (
            "name = \"a\"\nfilter = \"\"\ncommand = [\"x\", \"{titel}\"]",
            "4: [[notify]] command: {titel} stands for nothing",
        ),
        (
            "name = \"a\"\nfilter = \"\"\nhow = \"bell\"\nper_minute = 0",
            "5: [[notify]] per_minute = 0: expected",
        ),
        ("name = \"a\"\nfilter = \"\"\nhow = \"bell\"\ntimeout = 3", "5: [[notify]] timeout = 3: expected"),
        (
            "name = \"a\"\nfilter = \"\"\nhow = \"bell\"\ncomand = []",
            "5: unknown key \"comand\" in [[notify]]; did you mean \"command\"?",
        ),
    ] {
        let error = Home::with(&format!("[[notify]]\n{rule}\n")).load().unwrap_err().to_string();
        assert!(error.starts_with(&format!("~/.config/flowlens/config.toml:{want}")), "{rule}\n{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let secret = "[[notify]]\nname = \"a\"\nfilter = \"\"\ncommand = [\"curl\", \"hunter2\", \"{x}\"]\n";
    assert!(!Home::with(secret).load().unwrap_err().to_string().contains("hunter2"));
    let twice = "[[notify]]\nname = \"a\"\nfilter = \"\"\nhow = \"bell\"\n".repeat(2);
    let error = Home::with(&twice).load().unwrap_err().to_string();
    assert!(error.contains(":6: [[notify]] \"a\" is there already"), "{error}");
    let error = Home::with("[notify]\nname = \"a\"\n").load().unwrap_err().to_string();
    assert!(error.contains("write [[notify]]"), "{error}");
}
