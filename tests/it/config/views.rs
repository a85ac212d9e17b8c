//! `[[views]]`, and what a former version had instead.

use flowlens::domain::attention::Sort;
use flowlens::domain::view::{Column, Grouping};

use super::*;

/// The views as `key name: filter`.
fn views(config: &Config) -> Vec<String> {
    let shown = |key: Option<u8>| key.map_or("-".to_owned(), |key| key.to_string());
    let views = config.dashboard.views.iter().map(|(view, _)| view);
    views.map(|view| format!("{} {}: {}", shown(view.key), view.name, view.text)).collect()
}

const BUILT_IN: [&str; 6] = [
    "1 Open: is:open",
    "2 Mine: is:open is:mine",
    "3 To review: is:waiting reviewer:@me",
    "4 Failing: is:failing",
    "5 High risk: is:open risk:high",
    "6 Ended: !is:open",
];

#[test]
fn six_are_built_in_and_each_can_be_changed_by_its_name_or_its_key() {
    let config = Home::with("[dashboard]\nsort = \"age\"\n").load().unwrap();
    assert_eq!(views(&config), BUILT_IN);
    assert_eq!(config.dashboard.view, "Open");
    assert!(config.dashboard.views.iter().all(|(view, origin)| {
        view.sort == Sort::Age.into() && *origin == Origin::Default && view.grouping == Grouping::None
    }));
    let config = Home::with(
        "[[views]]\nname = \"FAILING\"\nsort = \"number\"\n\
         [[views]]\nkey = 2\nname = \"Ours\"\nfilter = \"author:ana\"\n\
         [[views]]\nkey = 5\nhidden = true\n\
         [[views]]\nname = \"Everything\"\nfilter = \"\"\ngroup = \"owner\"\n\
         columns = [\"next\", \"title\"]\n\
         [[views]]\nname = \"Ninth\"\nfilter = \"label:bug\"\nkey = 9\n\
         [dashboard]\nview = \"ours\"\n",
    )
    .load()
    .unwrap();
    assert_eq!(
        views(&config),
        [
            "1 Open: is:open",
            "2 Ours: author:ana",
            "3 To review: is:waiting reviewer:@me",
            "4 FAILING: is:failing",
            "5 Everything: ",
            "6 Ended: !is:open",
            "9 Ninth: label:bug",
        ]
    );
    assert_eq!(config.dashboard.view, "Ours");
    let (everything, origin) = &config.dashboard.views[4];
    assert_eq!((everything.sort, everything.grouping), (Sort::Attention.into(), Grouping::Owner));
    assert_eq!(everything.columns, [Column::Next, Column::Title]);
    assert_eq!((origin, config.dashboard.views[3].0.sort), (&in_file(12), Sort::Number.into()));
}

#[test]
fn two_views_may_change_places() {
    let config = Home::with("[[views]]\nname = \"Mine\"\nkey = 1\n[[views]]\nname = \"Open\"\nkey = 2\n")
        .load()
        .unwrap();
    assert_eq!(views(&config)[..2], ["1 Mine: is:open is:mine", "2 Open: is:open"]);
    assert_eq!(config.dashboard.view, "Open", "it is still the first");
}

#[test]
fn mistakes_in_views_are_named_with_their_place_and_their_mend() {
    let mistakes = [
        "[[views]]\nname = \"Late\"\nfilter = \"is:opne\"\nsort = \"size\"\ngroup = \"team\"\ncolumns = [\"titel\", \"next\"]\nkey = 0\nhidden = 1\nfiltre = \"\"",
        "[[views]]\nname = \"New\"",
        "[[views]]\nfilter = \"label:x\"",
        "[[views]]\nname = \"\"",
        "[[views]]\nname = \"Mine\"\n[[views]]\nname = \"mine\"",
        "[[views]]\nname = \"A\"\nfilter = \"a\"\nkey = 7\n[[views]]\nname = \"B\"\nfilter = \"b\"\nkey = 7",
        "[[views]]\nname = \"Mine\"\nkey = 4",
        "[[views]]\nname = \"C\"\nfilter = \"\"\ncolumns = [\"title\", \"title\"]",
        "[[views]]\nname = \"C\"\nfilter = \"\"\ncolumns = \"title\"",
        "[[views]]\n[log]",
        "[views]\nname = \"Mine\"",
        "views = [1]",
        "[dashboard]\nview = \"Elsewhere\"",
        "[[views]]\nkey = 1\nhidden = true\n[[views]]\nkey = 2\nhidden = true\n[[views]]\nkey = 3\nhidden = true\n[[views]]\nkey = 4\nhidden = true\n[[views]]\nkey = 5\nhidden = true\n[[views]]\nkey = 6\nhidden = true",
    ];
    let told: Vec<String> = mistakes
        .iter()
        .map(|text| {
            let problems = Home::with(text)
                .problems()
                .join("\n")
                .replace("~/.config/flowlens/config.toml", "config.toml");
            format!("{text}\n---\n{problems}\n")
        })
        .collect();
    snap("mistakes_in_views", &told.join("\n"));
    let many =
        (0..40).map(|n| format!("[[views]]\nname = \"{n}\"\nfilter = \"\"\n")).collect::<Vec<_>>().concat();
    let problems = Home::with(&many).problems();
    assert!(problems[0].ends_with("46 views are too many; 31 fit"), "{problems:?}");
}

#[test]
fn what_a_former_version_had_is_read_with_a_word_about_its_mend() {
    for (quick, view, says) in [
        ("merged", "Ended", "quick = \"merged\" is now view = \"Ended\""),
        ("waiting on me", "To review", "is now view = \"To review\""),
        ("failing", "Failing", "is now view = \"Failing\""),
        ("all", "Open", "is no more: the views are under [[views]]"),
    ] {
        let config = Home::with(&format!("[dashboard]\nquick = \"{quick}\"\n")).load().unwrap();
        assert_eq!(config.dashboard.view, view);
        let [warning] = config.warnings.as_slice() else { panic!("{:?}", config.warnings) };
        assert!(warning.starts_with("~/.config/flowlens/config.toml:2: [dashboard] quick = "), "{warning}");
        assert!(warning.contains(says), "{warning}");
    }
    let both = Home::with("[dashboard]\nquick = \"merged\"\nview = \"Mine\"\n[keys]\nquick-filter = \"w\"\n");
    let config = both.load().unwrap();
    assert_eq!(config.dashboard.view, "Mine");
    assert_eq!(config.warnings[1], "~/.config/flowlens/config.toml:5: [keys] quick-filter is now next-view");
}
