//! The small GitHub as a server for trials by hand.

use std::{env, time::Duration};

use super::fake::{
    Fake,
    world::{Clock, World},
};

/// `FAKE_REPOSITORIES` with `FAKE_PULLS` open pull requests in all, of which `FAKE_GIANTS` have as many files as GitHub
/// tells; it answers after `FAKE_LATENCY` milliseconds.
#[test]
#[ignore = "a server for trials by hand; it runs until it is stopped"]
#[expect(clippy::print_stdout, reason = "whoever starts it needs the address")]
fn serve_fake_github() {
    let number =
        |name: &str, usual: usize| env::var(name).map_or(usual, |value| value.parse().expect("a number"));
    let mut world = World::team(Clock::Real, number("FAKE_REPOSITORIES", 2), number("FAKE_PULLS", 40));
    for n in 0..number("FAKE_GIANTS", 0) {
        world.resize(n % world.repositories.len(), 3, 3_000, 7);
    }
    rebuild(&mut world);
    let latency = u64::try_from(number("FAKE_LATENCY", 50)).expect("a number");
    let fake = Fake::start(world, Duration::from_millis(latency));
    println!("FLOWLENS_GITHUB_URL={} GH_TOKEN=x", fake.url());
    loop {
        std::thread::park();
    }
}

/// Some builds are red, and some are running.
fn rebuild(world: &mut World) {
    for at in 0..world.repositories.len() {
        let pulls: Vec<_> =
            world.repositories[at].pulls.iter().map(|(n, pull)| (*n, pull.head.clone())).collect();
        for (number, head) in pulls {
            match number % 3 {
                1 => drop(world.check(at, &head, 0, "test", Some("FAILURE"))),
                2 => drop(world.check(at, &head, 0, "test", None)),
                _ => {}
            }
        }
    }
}
