//! Whatever the order of keys, polls and answers: an action goes to the pull request and the head in its question.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

use flowlens::{
    domain::{
        hub::{Gate, HubAsk, HubNews, Order, Outcome},
        ids::{PrKey, Sha},
    },
    tui::{
        effect::{Effect, ServiceCall},
        keymap::Keymap,
        model::Model,
        theme::Theme,
        view,
    },
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use uuid::Uuid;

use crate::support::{
    board::{self, answer, change, events, gate, hear, key, pass, press, pull, remove},
    screen,
};

const NUMBERS: [i32; 3] = [421, 419, 500];

/// What leads to a question, and past it.
const KEYS: [&str; 23] = [
    "a",
    "a",
    "m",
    "f",
    "F",
    "x",
    "a",
    "achi<enter>",
    "chi<enter>",
    "C",
    "d",
    "u",
    "l<space><enter>",
    "v<space><enter>",
    "y",
    "y",
    "y",
    "<esc>",
    "<enter>",
    "j",
    "k",
    "<space>",
    "n",
];

const WAYS: [&str; 7] = ["m", "f", "a", "chi<enter>", "C", "l<space><enter>", "u"];

#[derive(Clone, Debug)]
enum Step {
    Keys(&'static str),
    /// From the board to a question, with this answer of GitHub's.
    Way(&'static str, i64),
    /// Somebody pushes, and the feed says so.
    Push(i32),
    /// It is gone, and comes back with the next push.
    Gone(i32),
    /// GitHub says to a question what may be done: with the head of now, or of so many pushes ago or ahead.
    Answer(usize, i64),
    Fails(usize),
    /// Of one that was sent.
    Ended(usize),
    Seconds(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let number = || select(&NUMBERS[..]);
    prop_oneof![
        8 => select(&KEYS[..]).prop_map(Step::Keys),
        4 => (select(&WAYS[..]), select(&[0, 0, 0, 0, -1, 1][..])).prop_map(|(keys, off)| Step::Way(keys, off)),
        2 => number().prop_map(Step::Push),
        1 => number().prop_map(Step::Gone),
        8 => (0..3_usize, select(&[0, 0, 0, 0, -1, 1][..])).prop_map(|(nth, off)| Step::Answer(nth, off)),
        1 => (0..3_usize).prop_map(Step::Fails),
        1 => (0..4_usize).prop_map(Step::Ended),
        1 => (0..70_i64).prop_map(Step::Seconds),
    ]
}

/// Its head after so many pushes: all of them begin alike.
fn head(number: i32, pushes: i64) -> Sha {
    Sha::parse(&format!("{number:08x}{pushes:032x}")).expect("a commit")
}

fn title(number: i32, pushes: i64) -> String {
    format!("Change {number}, push {pushes}.")
}

struct Trial {
    model: Model,
    pushes: HashMap<i32, i64>,
    /// What GitHub was asked about, and has not answered.
    asked: Vec<i32>,
    /// Heads for which GitHub said that something may be done.
    answered: HashSet<(i32, Sha)>,
    sent: Vec<Order>,
}

impl Trial {
    fn new() -> Self {
        let mut trial = Self {
            model: board::model(140, 40),
            pushes: HashMap::new(),
            asked: Vec::new(),
            answered: HashSet::new(),
            sent: Vec::new(),
        };
        let others: Vec<PrKey> = trial.model.board.pulls().map(|pr| pr.key).collect();
        for number in NUMBERS {
            trial.push(number);
        }
        let is_ours = |pr: &PrKey| NUMBERS.iter().any(|number| *pr == key(1, *number));
        let others: Vec<PrKey> = others.into_iter().filter(|pr| !is_ours(pr)).collect();
        remove(&mut trial.model, &others);
        trial
    }

    fn push(&mut self, number: i32) {
        let pushes = self.pushes.entry(number).or_insert(10);
        *pushes += 1;
        let draft = pull(1, number, &title(number, *pushes), "ben", 1);
        let head = head(number, *pushes);
        change(&mut self.model, vec![draft.with(|row| row.commit_sha = Some(head.as_str().to_owned()))]);
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Keys(pressed) => self.press(pressed),
            Step::Push(number) => self.push(*number),
            Step::Gone(number) => drop(remove(&mut self.model, &[key(1, *number)])),
            Step::Way(pressed, off) => {
                self.press("<esc><esc><esc>a");
                while !self.asked.is_empty() {
                    self.answer(0, *off);
                }
                self.press(pressed);
            }
            Step::Answer(nth, off) => self.answer(*nth, *off),
            Step::Fails(nth) => {
                let Some(number) = self.take_asked(*nth) else { return };
                hear(
                    &mut self.model,
                    HubNews::Gate(key(1, number), Err("GitHub does not answer".to_owned())),
                );
            }
            Step::Ended(nth) => {
                if let Some(order) = self.sent.get(*nth) {
                    hear(&mut self.model, HubNews::Outcome(order.id, Outcome::Done("done".to_owned())));
                }
            }
            Step::Seconds(seconds) => drop(pass(&mut self.model, *seconds)),
        }
    }

    fn answer(&mut self, nth: usize, off: i64) {
        let Some(number) = self.take_asked(nth) else { return };
        let pushes = self.pushes[&number] + off;
        let head = head(number, pushes);
        self.answered.insert((number, head.clone()));
        let gate = Gate { node: format!("PR_{number}"), title: title(number, pushes), head, ..gate() };
        answer(&mut self.model, number, gate);
    }

    fn take_asked(&mut self, nth: usize) -> Option<i32> {
        (nth < self.asked.len()).then(|| self.asked.remove(nth))
    }

    fn press(&mut self, pressed: &str) {
        for event in events(pressed) {
            let before = (pressed == "y").then(|| self.screen());
            for effect in press(&mut self.model, &event) {
                match effect {
                    Effect::Service(ServiceCall::Hub(HubAsk::Gate(target))) => self.asked.push(target.number),
                    Effect::Service(ServiceCall::Hub(HubAsk::Act(orders))) => {
                        for order in orders {
                            self.is_as_asked(&order, before.as_deref().expect("a question"));
                            self.sent.push(order);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    fn screen(&self) -> String {
        let theme = Theme { color: false, ascii: true, wide_glyphs: false };
        screen::draw(140, 40, |frame| view::draw(&self.model, &Keymap::default(), &theme, frame))
    }

    /// All of the order stood on the screen when `y` was pressed, and all of it is of one moment.
    fn is_as_asked(&self, order: &Order, question: &str) {
        let target = &order.target;
        let number = target.number;
        assert_eq!((target.key, target.repository.as_str()), (key(1, number), "acme/api"), "{order:?}");
        assert_eq!(order.node, format!("PR_{number}"), "{order:?}");
        let pushes = (0..=self.pushes[&number]).find(|pushes| head(number, *pushes) == target.head);
        let pushes = pushes.expect("a head of its own");
        assert_eq!(target.title, title(number, pushes), "{order:?}");
        assert!(question.contains(&format!("acme/api#{number}")), "{order:?}\n{question}");
        assert!(question.contains(&target.title), "{order:?}\n{question}");
        assert!(question.contains(target.head.short()), "{order:?}\n{question}");
        let is_answered = self.answered.contains(&(number, target.head.clone()));
        assert!(is_answered || !order.act.kind().is_pinned(), "GitHub has another head: {order:?}");
    }
}

#[test]
fn an_action_goes_to_what_stood_in_its_question() {
    let sent = Cell::new(0);
    let moved = Cell::new(0);
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let run = runner.run(&vec(step(), 1..60), |steps| {
        let mut trial = Trial::new();
        for step in &steps {
            trial.take(step);
        }
        let ids: HashSet<Uuid> = trial.sent.iter().map(|order| order.id).collect();
        assert_eq!(ids.len(), trial.sent.len(), "an id twice");
        sent.set(sent.get() + trial.sent.len());
        let is_old = |order: &&Order| {
            order.target.head != head(order.target.number, trial.pushes[&order.target.number])
        };
        moved.set(moved.get() + trial.sent.iter().filter(is_old).count());
        Ok(())
    });
    run.expect("a rule that holds");
    // Else nothing was tried.
    assert!(
        sent.get() > 50 && moved.get() > 10,
        "{} sent, {} of them for a former head",
        sent.get(),
        moved.get()
    );
}
