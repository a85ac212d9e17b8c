//! The pull requests that are acted on, and what GitHub says may be done with each.

use crate::{
    domain::{
        hub::{ActKind, Gate, Hub, MergeMethod, Target, UpdateMethod, Verdict},
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
    /// Of an action for which nothing is picked.
    pub(super) fn of(kind: ActKind, stock: &Stock, back: Backdrop<'_>) -> Self {
        let gates: Vec<&Gate> = stock.gates(back).into_iter().map(|(_, gate)| gate).collect();
        let only = methods(&gates).first().copied();
        match kind {
            ActKind::Merge | ActKind::AutoMergeOn => only.map_or(Self::Nothing, Self::Method),
            _ => Self::Nothing,
        }
    }
}

/// Those that any of the repositories allows, the usual one of the first one first.
pub(super) fn methods(gates: &[&Gate]) -> Vec<MergeMethod> {
    let mut methods = Vec::new();
    for method in gates.iter().flat_map(|gate| &gate.methods) {
        if !methods.contains(method) {
            methods.push(*method);
        }
    }
    methods
}

/// Whether an action may be chosen, over all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// So many may be acted on.
    pub(super) allowed: usize,
    /// Why the first of the others may not.
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

    pub(super) fn offer(&self, back: Backdrop<'_>, kind: ActKind) -> Offer {
        let mut offer = Offer { allowed: 0, why: None };
        for target in &self.targets {
            match verdict(back, target, kind) {
                Verdict::Allowed | Verdict::Warned(_) => offer.allowed += 1,
                Verdict::Not(why) => offer.why = offer.why.or(Some(why)),
            }
        }
        offer
    }
}

const ASKING: &str = "GitHub is being asked …";

/// Whether a reason holds for all actions: it stands above them once.
pub(super) fn is_for_all(back: Backdrop<'_>, why: &str) -> bool {
    why == ASKING || off(back) == Some(why)
}

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
