//! News of what is done on GitHub.

use crate::{domain::hub::HubNews, tui::model::Model};

pub(super) fn take(model: &mut Model, news: HubNews) {
    let board = &model.board;
    model.hub.take(news, model.now, |key| board.pull(key).and_then(|pr| pr.updated_at));
}
