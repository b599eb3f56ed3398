//! How many calls of the API server the controller made, of which kind.

use std::collections::BTreeMap;

use super::audit::Entry;

/// Calls by verb and resource.
#[derive(Clone, Debug, Default)]
pub struct Calls(BTreeMap<(String, String), u64>);

impl Calls {
    /// Those of one user in the audit log.
    pub fn of_user<'a>(entries: impl IntoIterator<Item = &'a Entry>, user: &str) -> Self {
        let mut calls = Self::default();
        for entry in entries {
            // A watch is told of when it begins and when it ends.
            if entry.user() == user && entry.stage == "ResponseComplete" {
                *calls.0.entry((entry.verb.clone(), entry.resource())).or_default() += 1;
            }
        }
        calls
    }

    /// Those that the controller counted itself.
    pub fn of_metrics(page: &str) -> Self {
        let mut calls = Self::default();
        for line in page.lines() {
            let Some((labels, count)) =
                line.strip_prefix("gene_api_calls_total{").and_then(|rest| rest.split_once("} "))
            else {
                continue;
            };
            let label = |name: &str| {
                let value = labels.split(',').find_map(|label| label.strip_prefix(name)?.strip_prefix("=\""));
                value.unwrap_or_default().trim_end_matches('"').to_owned()
            };
            let count = count.split_whitespace().next().and_then(|count| count.parse::<u64>().ok());
            *calls.0.entry((label("verb"), label("resource"))).or_default() += count.unwrap_or(0);
        }
        calls
    }

    /// These without those that were made before.
    pub fn since(mut self, before: &Self) -> Self {
        for (of, count) in &before.0 {
            self.0.entry(of.clone()).and_modify(|now| *now -= count);
        }
        self
    }

    /// Jobs created, statuses written, results kept: what counts as the controller's own writes.
    /// Leases and Events are counted apart.
    pub fn writes(&self) -> u64 {
        self.count(|verb, resource| {
            matches!(verb, "create" | "patch" | "update" | "delete") && !is_apart(resource)
        })
    }

    /// Looks at single objects and lists: none but those of results where all goes well.
    pub fn reads(&self) -> u64 {
        self.count(|verb, resource| matches!(verb, "get" | "list") && !is_apart(resource))
    }

    /// All in words, the most frequent kinds first.
    pub fn words(&self) -> String {
        let mut all: Vec<_> = self.0.iter().filter(|(_, count)| **count > 0).collect();
        all.sort_by(|one, other| other.1.cmp(one.1));
        let word =
            |((verb, resource), count): (&(String, String), &u64)| format!("{count} {verb} {resource}");
        all.into_iter().map(word).collect::<Vec<_>>().join(", ")
    }

    fn count(&self, is_wanted: impl Fn(&str, &str) -> bool) -> u64 {
        let wanted = self.0.iter().filter(|((verb, resource), _)| is_wanted(verb, resource));
        wanted.map(|(_, count)| count).sum()
    }
}

fn is_apart(resource: &str) -> bool {
    matches!(resource, "leases" | "events")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_and_events_are_counted_apart() {
        let page = "gene_api_calls_total{verb=\"create\",resource=\"jobs\",code=\"201\"} 10\n\
                    gene_api_calls_total{verb=\"create\",resource=\"jobs\",code=\"409\"} 1\n\
                    gene_api_calls_total{verb=\"patch\",resource=\"executions/status\",code=\"200\"} 2\n\
                    gene_api_calls_total{verb=\"get\",resource=\"leases\",code=\"200\"} 3\n\
                    gene_api_calls_total{verb=\"create\",resource=\"events\",code=\"201\"} 4\n\
                    gene_api_calls_total{verb=\"list\",resource=\"pods\",code=\"200\"} 5\n";
        let calls = Calls::of_metrics(page);
        assert_eq!((calls.writes(), calls.reads()), (13, 5));
        let none = Calls::of_metrics(page).since(&calls);
        assert_eq!((none.writes(), none.reads(), none.words().as_str()), (0, 0, ""));
    }
}
