//! Each check bites.

use super::{
    Page, broken_links, commands, missing_paths, page::Table, refused_settings, unknown_keys,
    unknown_variables, wrong_actions, wrong_settings,
};

fn page(text: &str) -> Page {
    Page::new("docs/using.md", text)
}

fn shell(line: &str) -> Page {
    page(&format!("```sh\n{line}\n```\n"))
}

fn table(text: &str) -> Table {
    page(text).tables.remove(0)
}

#[test]
fn commands_that_do_not_exist_are_found() {
    for line in [
        "flowlens stats",
        "flowlens status --fail-onn x",
        "flowlens status --filter 'is:mien'",
        "gh api x | flowlens insight",
        "FLOWLENS_LIMIT=5 flowlens db frobnicate",
        "cargo run --release -- demo --sped 2",
        "cargo bench --bench nothing",
        "cargo build --profile nothing",
        "tests/walk",
        "flowlens status --filter 'open",
    ] {
        assert_eq!(commands::problems(&shell(line)).len(), 1, "{line}");
    }
    for span in ["flowlens stats", "--fail-onn", "-Q", "cargo bench --bench nothing"] {
        assert_eq!(commands::problems(&page(&format!("See `{span}`."))).len(), 1, "{span}");
    }
}

#[test]
fn commands_that_exist_pass() {
    let found = commands::problems(&page(
        "`flowlens man DIR`, `flowlens completions SHELL`, `--speed 10`, `-R`, `cargo bench --bench risk`, `tests/run`\n\
         ```sh\nflowlens --version && flowlens -h # both\ngh pr list | flowlens insight - > x.txt\n\
         FLOWLENS_LIMIT=5 flowlens status -R acme/api\ncargo run -- demo --seed 7\nless README.md\n```\n\
         ```toml\nflowlens = \"nonsense\"\n```\n",
    ));
    assert_eq!(found, [""; 0]);
}

#[test]
fn links_and_paths_to_nowhere_are_found() {
    let text = "# A head\n[a](#a-head) [b](#b) ![c](c.png) [d](using.md) [e](../README.md#run-it) [f](using.md#f)\n\
                [g](https://example.org/g) `src/main.rs` `src/{lib,main,mian}.rs` `src/NAME.rs` `docs/x.md:7`\n";
    let page = page(text);
    assert_eq!(broken_links(&page, &super::pages()), ["no #b", "no using.md#f", "no c.png"]);
    assert_eq!(missing_paths(&page), ["no file src/mian.rs", "no file docs/x.md"]);
}

#[test]
fn settings_that_do_not_exist_are_found() {
    assert_eq!(refused_settings(&page("```toml\n[log]\nlevel = \"loud\"\n```\n")).len(), 1);
    assert_eq!(refused_settings(&page("```toml\n[keys]\nopne = \"o\"\n```\n")).len(), 1);
    assert_eq!(unknown_variables(&page("`FLOWLENS_MEE` FLOWLENS_ME")), ["nothing reads FLOWLENS_MEE"]);
    let text = "`wroker = \"off\"` `worker = \"off\"`\n\n| key of `[insights]` | default |\n|---|---|\n\
                | `lease` | `3m` |\n| `lesae` | `2m` |\n\n| key of `[insight]` | |\n|---|---|\n| `x` | |\n";
    assert_eq!(
        wrong_settings(&page(text)),
        [
            "[insights] lease is Some(\"2m\"), not 3m",
            "[insights] lesae is None, not 2m",
            "no section [insight]",
            "no setting wroker"
        ]
    );
}

#[test]
fn keys_that_do_not_exist_are_found() {
    let text = "| key | name | does |\n|---|---|---|\n| `j` `Ctrl-j` | down, donw | |\n";
    assert_eq!(unknown_keys(&page(text)), ["no key Ctrl-j"]);
    let found = wrong_actions(&table(text));
    for problem in ["the row of down lacks ↓", "no row for up", "no action donw"] {
        assert!(found.iter().any(|found| found == problem), "{found:?}");
    }
}
