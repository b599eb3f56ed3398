//! `kubectl gene tree`.

use std::process::ExitCode;

use anstream::ColorChoice;
use k8s_openapi::jiff::Timestamp;

use super::watch;
use crate::{
    cli::TreeArgs,
    cluster::{self, Error, Session},
    local::Stream,
    observe, print,
    render::line::Color,
    view::{
        Subject,
        tree::{Look, tree},
    },
};

/// Runs the command.
pub fn run(args: &TreeArgs) -> ExitCode {
    cluster::block_on(&args.connection, async |session| {
        if args.watch {
            watch::follow(session, &args.name, args.expand).await
        } else {
            show(session, args).await
        }
    })
}

async fn show(session: &Session, args: &TreeArgs) -> Result<ExitCode, Error> {
    let subject = Subject::from_document(&observe::execution(session, &args.name).await?);
    let around = observe::surroundings(session, &subject).await;
    let lines = tree(&subject, &around, &look(args.expand));
    Ok(print::finish(&(lines.join("\n") + "\n"), ExitCode::SUCCESS))
}

/// How a picture looks on standard output: cut and coloured on a terminal, whole elsewhere.
pub fn look(expand: bool) -> Look {
    let is_terminal = Stream::Out.is_terminal();
    let width = if is_terminal { Stream::Out.size().0 } else { usize::MAX };
    Look { now: Timestamp::now(), expand, width, height: None, color: color(is_terminal) }
}

fn color(is_terminal: bool) -> Color {
    let is_wanted = match ColorChoice::global() {
        ColorChoice::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
        ColorChoice::Never => false,
    };
    if is_wanted { Color::Always } else { Color::Never }
}
