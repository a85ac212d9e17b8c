//! The pull requests that are acted on, and what GitHub says may be done with each.

use crate::{
    domain::{
        hub::{ActKind, Gate, Hub, MergeMethod, QueuePlace, Target, UpdateMethod, Verdict},
        pr_state::PrState,
        repository::own_name,
        text::counted,
    },
    tui::overlay::Backdrop,
};

/// Fixed when the menu opens: wherever the cursor goes meanwhile, these are meant.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    /// In the order of the list.
    pub targets: Vec<Target>,
    /// Marked ones of which no commit is known, by name.
    pub headless: Vec<String>,
}

/// What an action needs besides its pull requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    Nothing,
    Method(MergeMethod),
    Update(UpdateMethod),
    Words(String),
    /// Names that are to be on, or off.
    Picks(Vec<(String, bool)>),
}

impl Detail {
    /// Of an action for which nothing is picked: the usual way of it.
    pub(super) fn of(kind: ActKind, stock: &Stock, back: Backdrop<'_>) -> Self {
        match kind {
            ActKind::Merge | ActKind::AutoMergeOn => {
                stock.methods(back).first().map_or(Self::Nothing, |usual| Self::Method(*usual))
            }
            ActKind::UpdateBranch => Self::Update(UpdateMethod::default()),
            _ => Self::Nothing,
        }
    }

    /// The next way of it, and its name; behind the last comes the first.
    pub(super) fn other(&self, stock: &Stock, back: Backdrop<'_>) -> Option<(Self, &'static str)> {
        match self {
            Self::Method(method) => {
                let ways = stock.methods(back);
                let at = ways.iter().position(|way| way == method)?;
                let other = *ways.iter().cycle().nth(at + 1)?;
                // "Merge instead" would be no other way of a merge.
                let name = if other == MergeMethod::Merge { "merge commit" } else { other.word() };
                (other != *method).then_some((Self::Method(other), name))
            }
            Self::Update(UpdateMethod::Merge) => Some((Self::Update(UpdateMethod::Rebase), "rebase")),
            Self::Update(UpdateMethod::Rebase) => Some((Self::Update(UpdateMethod::Merge), "merge")),
            Self::Nothing | Self::Words(_) | Self::Picks(_) => None,
        }
    }
}

/// Whether an action may be chosen, over all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// So many may be acted on.
    pub(super) allowed: usize,
    /// Why the others may not; nothing, where that stands above all actions.
    pub(super) why: Option<String>,
}

impl Stock {
    /// `acme/api#421`, or how many.
    pub(super) fn name(&self) -> String {
        match self.targets.as_slice() {
            [one] => one.name(),
            all => counted(all.len(), "pull request"),
        }
    }

    /// So many have been asked about.
    pub(super) fn answered(&self, hub: &Hub) -> usize {
        self.targets.iter().filter(|target| hub.gate(target.key).is_some()).count()
    }

    /// GitHub is being asked what may be done, and has not answered about all.
    pub(super) fn is_asked_about(&self, back: Backdrop<'_>) -> bool {
        off(back).is_none() && self.answered(back.hub) < self.targets.len()
    }

    /// The gates of those that GitHub told about.
    pub(super) fn gates<'h>(&self, back: Backdrop<'h>) -> Vec<(&Target, &'h Gate)> {
        let gate = |target| gate(back, target).ok();
        self.targets.iter().filter_map(|target| Some((target, gate(target)?))).collect()
    }

    /// How a pull request stands: by GitHub, or by the board before it has answered.
    pub(super) fn state<'b>(back: Backdrop<'b>, target: &Target) -> Option<&'b PrState> {
        let told = gate(back, target).ok().map(|gate| &gate.state);
        told.or_else(|| back.board.pull(target.key).map(|pr| &pr.state))
    }

    /// All of them are merged or closed.
    pub(super) fn is_over(&self, back: Backdrop<'_>) -> bool {
        self.targets
            .iter()
            .all(|target| matches!(Self::state(back, target), Some(PrState::Merged | PrState::Closed)))
    }

    /// Whether an action leads out of the state that any of them is in.
    pub(super) fn fits(&self, back: Backdrop<'_>, kind: ActKind) -> bool {
        self.targets.iter().any(|target| {
            let (gate, state) = (gate(back, target).ok(), Self::state(back, target));
            match kind {
                ActKind::Draft => state != Some(&PrState::Draft),
                ActKind::Ready => state == Some(&PrState::Draft),
                ActKind::Reopen => state == Some(&PrState::Closed),
                ActKind::AutoMergeOff => gate.is_some_and(|gate| gate.auto_merge.is_some()),
                ActKind::Dequeue => gate.is_some_and(|gate| matches!(gate.queue, QueuePlace::In { .. })),
                _ => true,
            }
        })
    }

    /// What is most likely wanted of the first one.
    pub(super) fn likely(&self, back: Backdrop<'_>) -> Option<ActKind> {
        let (target, gate) = self.gates(back).into_iter().next()?;
        if gate.head == target.head { gate.likely() } else { None }
    }

    /// Ways to merge that any of the repositories allows, the usual one of the first one first.
    fn methods(&self, back: Backdrop<'_>) -> Vec<MergeMethod> {
        let mut methods = Vec::new();
        for (_, gate) in self.gates(back) {
            for method in &gate.methods {
                if !methods.contains(method) {
                    methods.push(*method);
                }
            }
        }
        methods
    }

    pub(super) fn offer(&self, back: Backdrop<'_>, kind: ActKind) -> Offer {
        let mut refused: Vec<(&Target, String)> = Vec::new();
        for target in &self.targets {
            if let Verdict::Not(why) = verdict(back, target, kind) {
                refused.push((target, why));
            }
        }
        let allowed = self.targets.len() - refused.len();
        // Why nothing can be known of a single one stands above, too.
        let is_alone = self.targets.len() == 1;
        refused.retain(|(target, why)| {
            gate(back, target).is_ok() || !is_alone && why != ASKING && off(back) != Some(why)
        });
        Offer { allowed, why: self.reasons(&refused) }
    }

    /// `api#421, web#7: it is a draft; api#419: it is merged`; of one alone, and of all for one reason, without names.
    fn reasons(&self, refused: &[(&Target, String)]) -> Option<String> {
        let (_, first) = refused.first()?;
        if refused.len() == self.targets.len() && refused.iter().all(|(_, why)| why == first) {
            return Some(if refused.len() > 1 { format!("each: {first}") } else { first.clone() });
        }
        let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
        for (target, why) in refused {
            let name = format!("{}#{}", own_name(&target.repository), target.number);
            match groups.iter_mut().find(|(known, _)| known == why) {
                Some((_, names)) => names.push(name),
                None => groups.push((why, vec![name])),
            }
        }
        let told: Vec<String> =
            groups.iter().map(|(why, names)| format!("{}: {why}", names.join(", "))).collect();
        Some(told.join("; "))
    }
}

const ASKING: &str = "GitHub is being asked …";

/// Why nothing can be done with any of them.
pub(super) fn off(back: Backdrop<'_>) -> Option<&str> {
    back.no_actions.or(back.hub.off.as_deref())
}

/// What GitHub said of a pull request, or why nothing can be done with it.
fn gate<'h>(back: Backdrop<'h>, target: &Target) -> Result<&'h Gate, String> {
    match (back.hub.gate(target.key), off(back)) {
        (_, Some(why)) => Err(why.to_owned()),
        (Some(Err(why)), None) => Err(why.clone()),
        (None, None) => Err(ASKING.to_owned()),
        (Some(Ok(gate)), None) => Ok(gate),
    }
}

/// The head that GitHub has by now, where it is another one than was shown.
pub(super) fn moved<'h>(back: Backdrop<'h>, target: &Target) -> Option<&'h Gate> {
    gate(back, target).ok().filter(|gate| gate.head != target.head)
}

pub(super) fn verdict(back: Backdrop<'_>, target: &Target, kind: ActKind) -> Verdict {
    match gate(back, target) {
        Err(why) => Verdict::Not(why),
        Ok(gate) if kind.is_pinned() && gate.head != target.head => Verdict::Not(format!(
            "its head is {} by now, and you saw {}",
            gate.head.short(),
            target.head.short()
        )),
        Ok(gate) => gate.verdict(kind),
    }
}
