//! Lists, page by page.

use kube::core::params::ListParams;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    error::Error,
    execution::or_default,
    session::{Built, Session},
};

/// How many objects a page has.
const PAGE: u32 = 500;

/// A page of a list.
#[derive(Deserialize, Debug)]
#[serde(bound = "T: Deserialize<'de>")]
pub struct Page<T> {
    /// The state that the list shows, and where it goes on.
    #[serde(default)]
    pub metadata: PageMetadata,
    /// The objects. A list of metadata alone has null where there are none.
    #[serde(default, deserialize_with = "or_default")]
    pub items: Vec<T>,
}

/// Of a list's metadata what is needed to go on.
#[derive(Deserialize, Debug, Default)]
#[serde(rename_all = "camelCase", default)]
pub struct PageMetadata {
    /// The state that the list shows.
    pub resource_version: String,
    /// Where the next page begins; empty at the end.
    #[serde(rename = "continue")]
    pub next: String,
}

/// Every object of a list, and the state that it shows.
///
/// # Errors
/// There was no answer, or a refusal.
pub async fn all<T: DeserializeOwned>(
    session: &Session,
    params: &ListParams,
    list: impl Fn(&ListParams) -> Built,
) -> Result<(Vec<T>, PageMetadata), Error> {
    let mut params = params.clone().limit(PAGE);
    let mut items = Vec::new();
    loop {
        let page: Page<T> = session.read(list(&params)).await?;
        items.extend(page.items);
        if page.metadata.next.is_empty() {
            return Ok((items, page.metadata));
        }
        params.continue_token = Some(page.metadata.next);
    }
}
