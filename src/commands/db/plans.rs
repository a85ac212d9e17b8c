//! `flowlens db plans`: what each statement of a poll costs on this server, ready to paste into a report.

use std::io::{self, Write};

use super::{Failure, SchemaVerdict};
use crate::store::{
    board,
    engine::{
        connect::{Connected, Connector, close},
        plan::Plan,
    },
    insights,
};

/// Runs each statement in a transaction that may only read, and prints its plan, its cost and its bound.
pub(super) async fn show(mut connector: Connector, out: &mut impl Write) -> Result<SchemaVerdict, Failure> {
    let Connected { mut conn, schema, .. } = connector.connect().await?;
    let mut plans = board::plans::plans(&mut conn, &schema).await?;
    plans.extend(insights::plans::plans(&mut conn, &schema).await?);
    close(conn).await;
    // No host, database or login: the report is for strangers.
    writeln!(out, "flowlens {} on {} {}", env!("FLOWLENS_VERSION"), schema.engine, schema.version)?;
    table(&plans, out)?;
    for plan in &plans {
        writeln!(out, "\n## {}\n\n{}\n\n{}", plan.name, plan.sql, plan.text)?;
    }
    Ok(SchemaVerdict::Complete)
}

fn table(plans: &[Plan], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "\n{:<22}{:>9}{:>7}{:>9}{:>10}{:>9}",
        "statement", "requests", "bound", "scans", "ms", "pages"
    )?;
    for Plan { name, bound, cost, .. } in plans {
        let over = if bound.is_some_and(|bound| cost.requests > bound) { "  over its bound" } else { "" };
        let bound = bound.map_or_else(|| "-".to_owned(), |bound| bound.to_string());
        writeln!(
            out,
            "{name:<22}{:>9}{bound:>7}{:>9}{:>10.2}{:>9}{over}",
            cost.requests, cost.scans, cost.millis, cost.buffers
        )?;
    }
    Ok(())
}
