//! Executions as lines. Their tasks are passed over while they are read.

use std::{collections::HashMap, process::ExitCode};

use k8s_openapi::jiff::Timestamp;

use super::Query;
use crate::{
    cli::GetFormat,
    cluster::{
        Error,
        execution::Summary,
        page::PageMetadata,
        watch::{Change, Step, Watch},
    },
    commands::wait::interrupted,
    print,
    render::executions::{Columns, Table},
};

pub async fn get(query: &Query<'_>) -> Result<ExitCode, Error> {
    let columns =
        Columns { namespace: query.args.all_namespaces, wide: query.args.output == GetFormat::Wide };
    let mut table = Table::new(columns);
    let mut code = ExitCode::SUCCESS;
    let (mut summaries, state) = query.found::<Summary>(&mut code).await?;
    summaries.retain(|summary| query.has_phase(&summary.status.phase));
    if !summaries.is_empty() {
        code = print::finish(&table.rows(&summaries, Timestamp::now(), !query.args.no_headers), code);
    } else if query.names.is_empty() && !query.args.watch {
        query.say_nothing_found();
    }
    if query.args.watch {
        let has_header = !summaries.is_empty() || query.args.no_headers;
        return follow(query, table, has_header, &summaries, state).await;
    }
    Ok(code)
}

/// Prints a line for each change that can be seen in the table, until it is interrupted.
async fn follow(
    query: &Query<'_>,
    mut table: Table,
    mut has_header: bool,
    shown: &[Summary],
    state: PageMetadata,
) -> Result<ExitCode, Error> {
    let mut known: HashMap<String, Summary> =
        shown.iter().map(|summary| (summary.metadata.uid.clone(), summary.clone())).collect();
    let mut watch: Watch<'_, Summary> =
        Watch::new(query.session, query.objects.clone(), query.watch_params(), &state);
    loop {
        let mut changed = Vec::new();
        match watch.next().await? {
            Step::Change(Change::Present(summary)) => changed.push(summary),
            Step::Change(Change::Gone(mut summary)) => {
                known.remove(&summary.metadata.uid);
                // The last state of one that went in the background has no word of it.
                summary.metadata.deletion_timestamp.get_or_insert_with(|| {
                    k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(Timestamp::now())
                });
                changed.push(summary);
            }
            Step::Forgotten => {
                let (found, state) = query.list().await?;
                changed = found;
                watch.restart(&state);
            }
            Step::Interrupted(error) => interrupted(&error),
        }
        changed.retain(|summary| {
            query.has_phase(&summary.status.phase)
                && known.get(&summary.metadata.uid).is_none_or(|before| differs(before, summary))
        });
        if changed.is_empty() {
            continue;
        }
        let rows = table.rows(&changed, Timestamp::now(), !std::mem::replace(&mut has_header, true));
        if print::finish(&rows, ExitCode::SUCCESS) != ExitCode::SUCCESS {
            return Ok(ExitCode::FAILURE);
        }
        known.extend(changed.into_iter().map(|summary| (summary.metadata.uid.clone(), summary)));
    }
}

/// Whether anything differs but what every write changes.
fn differs(before: &Summary, after: &Summary) -> bool {
    before.status != after.status
        || before.spec != after.spec
        || before.metadata.deletion_timestamp != after.metadata.deletion_timestamp
}
