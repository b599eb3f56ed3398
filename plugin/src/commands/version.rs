//! `kubectl gene version`.

use std::process::ExitCode;

use http::Request;
use serde::Deserialize;

use crate::{
    cli::VersionArgs,
    cluster::{self, Error, Session},
    print,
    render::text::printable,
};

const CLIENT: &str = concat!("Client Version: v", env!("CARGO_PKG_VERSION"), "\n");

#[derive(Deserialize)]
struct Server {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

/// Prints the version as `kubectl version` prints its own: the client's first, so that it is there even where no
/// server answers.
pub fn run(args: &VersionArgs) -> ExitCode {
    let code = print::finish(CLIENT, ExitCode::SUCCESS);
    if args.client || code != ExitCode::SUCCESS {
        return code;
    }
    cluster::block_on(&args.connection, async |session| {
        let version = server(session).await?;
        Ok(print::finish(&format!("Server Version: {}\n", printable(&version)), ExitCode::SUCCESS))
    })
}

async fn server(session: &Session) -> Result<String, Error> {
    let request = Request::get("/version").body(Vec::new());
    let server: Server = session.read(request.map_err(kube::core::request::Error::BuildRequest)).await?;
    Ok(server.git_version)
}
