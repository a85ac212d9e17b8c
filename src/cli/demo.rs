//! The command line of `demo`.

use clap::Args;

use super::ViewArgs;

#[derive(Args, Clone, Debug, PartialEq)]
pub struct DemoArgs {
    /// Which team: the same seed tells the same story
    #[arg(long, value_name = "NUMBER", default_value_t = Self::default().seed)]
    pub seed: u64,
    /// How many times faster than the team's own pace, from 0.01 to 1000
    #[arg(long, value_name = "FACTOR", default_value_t = Self::default().speed, value_parser = speed, allow_negative_numbers = true)]
    pub speed: f64,
    /// Do nothing on the simulated GitHub: only read
    #[arg(long)]
    pub readonly: bool,
    #[command(flatten)]
    pub view: ViewArgs,
}

impl Default for DemoArgs {
    fn default() -> Self {
        Self { seed: 6, speed: 1.0, readonly: false, view: ViewArgs::default() }
    }
}

fn speed(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|speed| (0.01..=1_000.0).contains(speed));
    number.ok_or_else(|| "expected a number from 0.01 to 1000".to_owned())
}
